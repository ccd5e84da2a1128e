"""The application as a whole: a real database, the two journals fakes."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.reporting.app import create_app
from services.reporting.operations import Feeds
from services.reporting.settings import Settings
from services.shared.notes import signers_in
from tests.conftest import Cluster
from tests.reporting.invented import (
    LEADS,
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    a_target,
    an_agency_entry,
    catalog_entries,
    registered,
)


def client_of(app: FastAPI, token: str) -> httpx.AsyncClient:
    """A caller with a token."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=transport, base_url="http://reporting/api/v1", headers=headers)


@pytest.fixture
def portfolio() -> FakeJournal:
    """A journal with one project."""
    movements = [a_movement_wire(1, 1), a_movement_wire(2, 1, kind="receipt", amount="33.33", on="2018-01-31")]
    agencies = [an_agency_entry(place, lead) for place, lead in enumerate(LEADS, 1)]
    return FakeJournal([*agencies, registered(4, a_project_wire(1), movements)])


@pytest.fixture
async def app(cluster: Cluster, portfolio: FakeJournal) -> AsyncIterator[FastAPI]:
    """The application, started and caught up."""
    settings = Settings(
        database_url=cluster.fresh()["reporting"],
        public_keys=cluster.keys / "jwks.json",
        signing_key=cluster.keys / "reporting.pem",
        snapshot_key=cluster.keys / "snapshots.key",
        log_keys=cluster.keys / "log-keys.txt",
        catalog_url="http://catalog.invalid",
        portfolio_url="http://portfolio.invalid",
    )
    catalog = FakeJournal(catalog_entries(targets=[a_target("4.8", "100.00")]))
    for name, journal in (("catalog", catalog), ("portfolio", portfolio)):
        (journal.signer,) = signers_in((cluster.keys / f"{name}-log.key").read_text())
    app = create_app(settings, Feeds(catalog, portfolio))
    async with app.router.lifespan_context(app), client_of(app, "none") as client:
        while (await client.get("http://reporting/readyz")).status_code != 200:
            await asyncio.sleep(0.02)
        yield app


@pytest.fixture
async def auditor(app: FastAPI, cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    """An auditor."""
    async with client_of(app, cluster.token("auditor")) as client:
        yield client


@pytest.fixture
async def manager(app: FastAPI, cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    """A manager."""
    async with client_of(app, cluster.token("manager")) as client:
        yield client
