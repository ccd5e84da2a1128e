"""The journal: order, completeness, hashes, append-only."""

import asyncio
import hashlib
import json
from datetime import date

import httpx
import psycopg
import pytest
import rfc8785

from services.portfolio.settings import Settings
from services.shared import journal
from services.shared.database import Connection, Database
from services.shared.journal import Journal
from services.shared.tokens import Caller
from tests.builders import a_project, an_agency
from tests.conftest import Cluster

SOMEBODY = Caller(subject="somebody@test", role="manager")


@pytest.fixture
async def database(cluster: Cluster) -> Database:
    database = Database(cluster.fresh()["portfolio"], "portfolio")
    return database


async def write(connection: Connection, subject: str, serial: int = 1) -> None:
    """An entry of no particular kind."""
    id, body = journal.canonical("agency_registered", subject, serial, SOMEBODY, date(2017, 1, 1), None, {})
    await journal.append(connection, id, "agency_registered", subject, serial, body)


async def test_a_slow_transaction_is_missed_by_nobody_who_follows(database: Database) -> None:
    await database.open()
    feed = Journal(database)
    followed: list[str] = []
    position = 0
    async with database.transaction() as slow:
        await write(slow, "slow")
        for i in range(20):
            async with database.transaction() as quick:
                await write(quick, f"quick-{i}")
            await feed.sequence()
            page = await feed.page(position, 100)
            followed += [json.loads(item.body)["subject"] for item in page.items]
            position = page.next
    await feed.sequence()
    followed += [json.loads(item.body)["subject"] for item in (await feed.page(position, 100)).items]
    assert followed == [*(f"quick-{i}" for i in range(20)), "slow"]
    await database.close()


async def test_concurrent_writers_and_sequencers_leave_no_gap_and_no_double(database: Database) -> None:
    await database.open()
    feeds = [Journal(database), Journal(database)]

    async def writer(name: int) -> None:
        for i in range(15):
            async with database.transaction() as connection:
                await write(connection, f"{name}", i)

    async def sequencer(feed: Journal) -> None:
        for _ in range(30):
            await feed.sequence(batch=3)

    await asyncio.gather(*(writer(i) for i in range(4)), *(sequencer(feed) for feed in feeds))
    while (await feeds[0].sequence())[1]:
        pass
    page = await feeds[0].page(0, 1000)
    assert [item.position for item in page.items] == list(range(1, 61))
    moments = [item.recorded_at for item in page.items]
    assert moments == sorted(set(moments))
    serials: dict[str, list[int]] = {}
    for item in page.items:
        body = json.loads(item.body)
        serials.setdefault(body["subject"], []).append(body["serial"])
    assert all(found == list(range(15)) for found in serials.values())
    await database.close()


async def test_nothing_is_recorded_at_or_before_a_horizon_that_was_given_out(database: Database) -> None:
    await database.open()
    feed = Journal(database)
    for i in range(5):
        idle = await feed.page(i, 10)
        assert idle.items == []
        async with database.transaction() as connection:
            await write(connection, f"after-{i}")
        await feed.sequence()
        page = await feed.page(i, 10)
        assert page.items[0].recorded_at > idle.known_through
        assert page.known_through == page.items[0].recorded_at
    await database.close()


async def test_entries_are_canonical_and_their_leaf_hash_is_that_of_rfc_6962(manager: httpx.AsyncClient) -> None:
    await manager.post("/agencies", json=an_agency())
    await manager.post("/projects", json=a_project())
    items: list[dict[str, str]] = []
    while len(items) < 2:
        items = (await manager.get("/journal", params={"after": 0, "wait": 1})).json()["items"]
    for item in items:
        assert rfc8785.dumps(json.loads(item["body"])) == item["body"].encode()
        assert item["leaf_hash"] == hashlib.sha256(b"\x00" + item["body"].encode()).hexdigest()


@pytest.mark.parametrize("table", ["journal_entry", "journal_position", "movement"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_serving_role_may_only_add(settings: Settings, table: str, verb: str) -> None:
    column = "position" if table == "journal_position" else "id"
    with psycopg.connect(settings.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(verb.format(table, column, column))


@pytest.mark.parametrize("schema", ["catalog", "reporting", "gateway"])
def test_the_serving_role_reads_no_other_schema(settings: Settings, schema: str) -> None:
    with psycopg.connect(settings.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT FROM {schema}.alembic_version")
