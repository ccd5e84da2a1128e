"""What the database refuses, and what a caller is told of it."""

from collections.abc import AsyncIterator

import pytest

from services.shared.database import Database, DatabaseExhausted, GaveWay
from services.shared.errors import Malformed, ServiceError
from tests.conftest import Cluster


@pytest.fixture
async def database(cluster: Cluster) -> AsyncIterator[Database]:
    """A database of this test's own."""
    database = Database(cluster.fresh()["portfolio"], "portfolio")
    await database.open()
    yield database
    await database.close()


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [("53100", DatabaseExhausted), ("53200", DatabaseExhausted), ("40P01", GaveWay), ("40001", GaveWay)],
)
async def test_what_passes_by_itself_is_unavailable_for_a_while(
    database: Database, sqlstate: str, kind: type[ServiceError]
) -> None:
    with pytest.raises(kind) as raised:
        async with database.transaction() as connection:
            await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{sqlstate}'; END $$".encode())
    assert raised.value.status == 503
    assert raised.value.retry_after


@pytest.mark.parametrize("query", ["SELECT %s::text", "SELECT %s::jsonb", "SELECT unnest(%s::text[])"])
async def test_a_nul_that_came_as_far_as_the_database_is_malformed(database: Database, query: str) -> None:
    value: object = {"SELECT %s::jsonb": '"\\u0000"', "SELECT %s::text": "a\0"}.get(query, ["a\0"])
    with pytest.raises(Malformed) as raised:
        async with database.connection() as connection:
            await connection.execute(query.encode(), (value,))
    assert [part["code"] for part in raised.value.errors] == ["nul_character"]
