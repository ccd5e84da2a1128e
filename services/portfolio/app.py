"""Portfolio, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import Depends, FastAPI

from services.catalog.client import CatalogClient
from services.portfolio.importer import Importer
from services.portfolio.operations.imports import Workshop
from services.portfolio.remembered import RememberedCatalog
from services.portfolio.routes import router
from services.portfolio.settings import Settings
from services.shared.database import Database, check_schema
from services.shared.forgetting import Forgetting
from services.shared.journal import Journal
from services.shared.log import Log
from services.shared.log_routes import log_routes
from services.shared.notes import signers_in
from services.shared.parameters import only_known
from services.shared.tokens import PEOPLE, Signer, Verifier
from services.shared.web import new_app

HEAD = "0006"
"""The revision of migrations/portfolio that this code needs."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; files and environment are read when it starts, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        given = settings or Settings()  # the environment fills what is not given
        database = Database(given.database_url, "portfolio")
        await database.open()
        app.state.database = database
        app.state.verifier = Verifier(given.public_keys, (PEOPLE, "portfolio"))
        app.state.journal = Journal(database)
        app.state.log = Log(database, signers_in(given.log_key.read_text()))
        async with httpx.AsyncClient(base_url=given.catalog_url, trust_env=False) as http:
            catalog = CatalogClient(http, signer=Signer("portfolio", given.signing_key))
            app.state.catalog = RememberedCatalog(database, catalog)
            app.state.importer = Importer(Workshop(database, app.state.catalog, app.state.journal))
            await app.state.journal.start()
            await app.state.importer.start()
            forgetting = Forgetting(database)
            await forgetting.start()
            yield
            await forgetting.stop()
            await app.state.importer.stop()
            await app.state.journal.stop()
        await database.close()

    async def ready() -> None:
        await check_schema(app.state.database, HEAD)

    app = new_app("portfolio", "1.0.0", "Agencies, projects, shares, budgets and movements of money.", lifespan, ready)
    app.include_router(router, dependencies=[Depends(only_known)])
    app.include_router(log_routes("portfolio", "/journal", ("service", "auditor", "manager")))
    return app
