"""Catalog, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from services.catalog.routes import router
from services.catalog.routes.common import READERS
from services.catalog.settings import Settings
from services.catalog.suggest import Suggesters
from services.shared.database import Database, check_schema
from services.shared.forgetting import Forgetting
from services.shared.journal import Journal
from services.shared.log import Log
from services.shared.log_routes import log_routes
from services.shared.notes import signers_in
from services.shared.parameters import only_known
from services.shared.tokens import PEOPLE, Verifier
from services.shared.web import new_app

HEAD = "0004"
"""The revision of migrations/catalog that this code needs."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; files and environment are read when it starts, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        given = settings or Settings()  # the environment fills what is not given
        database = Database(given.database_url, "catalog")
        await database.open()
        app.state.database = database
        app.state.verifier = Verifier(given.public_keys, (PEOPLE, "catalog"))
        app.state.suggesters = Suggesters()
        app.state.journal = Journal(database)
        app.state.log = Log(database, signers_in(given.log_key.read_text()))
        forgetting = Forgetting(database)
        await app.state.journal.start()
        await forgetting.start()
        yield
        await forgetting.stop()
        await app.state.journal.stop()
        await database.close()

    async def ready() -> None:
        await check_schema(app.state.database, HEAD)

    app = new_app("catalog", "1.0.0", "Plans, their nodes, targets, indicators and vocabularies.", lifespan, ready)
    app.include_router(router, dependencies=[Depends(only_known)])
    app.include_router(log_routes("catalog", "/catalog/journal", READERS))
    return app
