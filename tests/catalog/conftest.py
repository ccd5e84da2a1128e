"""Catalog as a whole: the real application on a real database."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.catalog.app import create_app
from services.catalog.contract import as_json
from services.catalog.settings import Settings
from tests.builders import a_plan, some_vocabularies
from tests.conftest import Cluster


@pytest.fixture
async def app(cluster: Cluster) -> AsyncIterator[FastAPI]:
    """The application, started on a database of this test's own."""
    settings = Settings(
        database_url=cluster.fresh()["catalog"],
        public_keys=cluster.keys / "jwks.json",
        signing_key=cluster.keys / "catalog.pem",
        log_key=cluster.keys / "catalog-log.key",
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


def client_of(app: FastAPI, token: str) -> httpx.AsyncClient:
    """A caller with a token."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=transport, base_url="http://catalog/api/v1", headers=headers)


@pytest.fixture
async def editor(app: FastAPI, cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    """An editor, with the small plan and the vocabularies published."""
    async with client_of(app, cluster.token("editor")) as client:
        for vocabulary in some_vocabularies():
            assert (await client.put(f"/vocabularies/{vocabulary.code}", json=as_json(vocabulary))).status_code == 201
        assert (await client.post("/plans", json=as_json(a_plan()))).status_code == 201
        yield client
