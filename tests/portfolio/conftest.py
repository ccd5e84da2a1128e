"""Portfolio as a whole: the real application on a real database, the catalog a fake."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.portfolio.app import create_app
from services.portfolio.settings import Settings
from tests.conftest import Cluster
from tests.fakes import FakeCatalog


@pytest.fixture
def settings(cluster: Cluster) -> Settings:
    """Settings with a database of this test's own."""
    return Settings(
        database_url=cluster.fresh()["portfolio"],
        public_keys=cluster.keys / "jwks.json",
        signing_key=cluster.keys / "portfolio.pem",
        log_key=cluster.keys / "portfolio-log.key",
        catalog_url="http://catalog.invalid",
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application, started."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        app.state.catalog = app.state.importer.shop.catalog = FakeCatalog()
        yield app


def client_of(app: FastAPI, token: str) -> httpx.AsyncClient:
    """A caller with a token."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=transport, base_url="http://portfolio/api/v1", headers=headers)


@pytest.fixture
async def manager(app: FastAPI, cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    """A manager, with agency local:A-01 registered."""
    async with client_of(app, cluster.token("manager")) as client:
        yield client
