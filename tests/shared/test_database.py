"""What every store builds on, on a real PostgreSQL."""

import asyncio
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.shared.database import Database, arrays, rows
from tests.conftest import Cluster

TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
NUMBERS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(TEXTS, st.one_of(st.none(), NUMBERS), NUMBERS, st.dates()), min_size=1)


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> str:
    """A database for many examples."""
    return cluster.fresh()["reporting"]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS)
def test_rows_come_back_from_array_literals_as_they_were(
    url: str, given_rows: list[tuple[str | None, int | None, int, date]]
) -> None:
    query = "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::date[]) AS given (a, b, c, d)"

    async def check() -> None:
        database = Database(url, "reporting")
        await database.open()
        async with database.connection() as connection:
            found = await rows(connection, query, arrays(given_rows))
        await database.close()
        assert [tuple(row.values()) for row in found] == given_rows

    asyncio.run(check())
