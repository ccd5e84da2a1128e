"""A replica that was down for a week: it answers only what it knows, and catches up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from services.reporting import operations
from services.reporting.app import create_app
from services.reporting.operations import Feeds, KnownPlans
from services.reporting.settings import Settings
from services.shared.database import Database
from services.shared.errors import ServiceUnreachable
from services.shared.journal import Entry, Feed
from tests.conftest import Cluster
from tests.reporting.conftest import client_of
from tests.reporting.invented import (
    LEADS,
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    an_agency_entry,
    catalog_entries,
    moment,
    page,
    recorded,
    registered,
)

WEEK = timedelta(days=7)
BEFORE = [*(an_agency_entry(place, lead) for place, lead in enumerate(LEADS, 1)), registered(4, a_project_wire(1))]
QUESTION = {"plan": "small", "as_of": "2018-06-30", "level": "all"}


def a_week_later(entry: Entry) -> Entry:
    """The same entry, recorded a week later."""
    return entry.model_copy(update={"recorded_at": entry.recorded_at + WEEK})


DURING = [a_week_later(recorded(5 + n, a_movement_wire(n, 1, amount="10.00"))) for n in range(40)]
LAST = DURING[-1].recorded_at


class Journal(FakeJournal):
    """A journal that can be out of reach, and that is given a few entries at a time."""

    reached = True
    complete = BEFORE[-1].recorded_at
    """Up to when everything is in it."""

    async def journal(self, after: int, limit: int = 500, wait: float = 0) -> Feed:
        """A page of seven entries; complete up to the moment after the last one."""
        if not self.reached:
            raise ServiceUnreachable(service="portfolio")
        if wait and after == len(self.entries):
            await asyncio.sleep(0.05)
        return page(self.entries, after, min(limit, 7), self.complete)


def journals(entries: list[Entry]) -> tuple[Journal, Journal]:
    """The catalog's and the portfolio's, as they are before the week and after it."""
    catalog, portfolio = Journal(catalog_entries()), Journal(entries)
    portfolio.complete = catalog.complete = max(entries[-1].recorded_at, catalog.entries[-1].recorded_at)
    return catalog, portfolio


@asynccontextmanager
async def replica(cluster: Cluster, url: str, catalog: Journal, portfolio: Journal) -> AsyncIterator[FastAPI]:
    """Reporting on a database, caught up or not."""
    settings = Settings(
        database_url=url,
        public_keys=cluster.keys / "jwks.json",
        signing_key=cluster.keys / "reporting.pem",
        snapshot_key=cluster.keys / "snapshots.key",
        log_keys=cluster.keys / "log-keys.txt",
        catalog_url="http://catalog.invalid",
        portfolio_url="http://portfolio.invalid",
    )
    app = create_app(settings, Feeds(catalog, portfolio))
    async with app.router.lifespan_context(app):
        yield app


async def ready(client: httpx.AsyncClient) -> int:
    """Whether it may take traffic."""
    return (await client.get("http://reporting/readyz")).status_code


async def caught_up(client: httpx.AsyncClient) -> None:
    """Wait until it may take traffic."""
    async with asyncio.timeout(60):
        while await ready(client) != 200:
            await asyncio.sleep(0.02)


async def coverage(client: httpx.AsyncClient, at: datetime | None = None) -> httpx.Response:
    """The report, as of a moment of recording or now."""
    return await client.get("/reports/coverage", params=QUESTION | ({"recorded_at": at.isoformat()} if at else {}))


@pytest.fixture
def url(cluster: Cluster) -> str:
    """A database of its own."""
    return cluster.fresh()["reporting"]


async def test_who_asks_does_not_wait_for_a_rebuild_with_a_connection_in_hand(url: str) -> None:
    catalog, portfolio = journals(BEFORE)
    database = Database(url, "reporting")
    await database.open()
    try:
        async with database.transaction() as rebuilding:
            await rebuilding.execute("SELECT 1 FROM progress FOR UPDATE")
            feeds = Feeds(catalog, portfolio)
            asked = operations.catch_up(database, KnownPlans(), feeds, datetime(2999, 1, 1, tzinfo=UTC), seconds=0.4)
            assert await asyncio.wait_for(asked, 10) is False
    finally:
        await database.close()


async def test_a_replica_that_was_down_for_a_week_answers_when_it_may(cluster: Cluster, url: str) -> None:
    catalog, portfolio = journals(BEFORE)
    async with replica(cluster, url, catalog, portfolio) as app, client_of(app, cluster.token("manager")) as manager:
        await caught_up(manager)
        known = moment(4)
        earlier = await coverage(manager, known)
        assert earlier.status_code == 200

    portfolio.entries, portfolio.reached = [*BEFORE, *DURING], False
    portfolio.complete = catalog.complete = LAST
    async with replica(cluster, url, catalog, portfolio) as app, client_of(app, cluster.token("manager")) as manager:
        assert await ready(manager) == 503
        refused = await coverage(manager, LAST)
        assert (refused.status_code, refused.json()["code"]) == (503, "not_yet_known")
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await coverage(manager, known)).content == earlier.content, "what it knows it says, byte for byte"

        portfolio.reached = True
        await caught_up(manager)
        late = await coverage(manager, LAST)
        assert (late.status_code, late.json()["totals"]["committed"]) == (200, "400.00")
        assert (await coverage(manager, known)).content == earlier.content

    fresh = cluster.fresh()["reporting"]
    async with (
        replica(cluster, fresh, *journals([*BEFORE, *DURING])) as app,
        client_of(app, cluster.token("manager")) as other,
    ):
        await caught_up(other)
        assert (await coverage(other, LAST)).content == late.content, "it says what a replica says that was never down"
