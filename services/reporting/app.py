"""Reporting, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from services.reporting.follower import Follower
from services.reporting.operations import Feeds, KnownPlans, opened_feeds
from services.reporting.operations.packing import Darkroom
from services.reporting.routes import router
from services.reporting.settings import Settings
from services.reporting.taker import Taker
from services.reporting.watcher import Watcher
from services.shared.database import Database, check_schema
from services.shared.forgetting import Forgetting
from services.shared.parameters import only_known
from services.shared.tokens import PEOPLE, Verifier
from services.shared.web import new_app

HEAD = "0014"
"""The revision of migrations/reporting that this code needs."""


def create_app(settings: Settings | None = None, neighbours: Feeds | None = None) -> FastAPI:
    """The application; files and environment are read when it starts, not before. `neighbours` stand in for HTTP."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        given = settings or Settings()  # the environment fills what is not given
        database = Database(given.database_url, "reporting", most=8)
        await database.open()
        app.state.database = database
        app.state.plans = KnownPlans()
        app.state.verifier = Verifier(given.public_keys, (PEOPLE, "reporting"))
        async with opened_feeds(given) as feeds:
            app.state.feeds = neighbours or feeds
            app.state.follower = Follower(database, app.state.plans, app.state.feeds)
            await app.state.follower.start()
            watcher = Watcher(database, app.state.plans, app.state.follower.caught_up)
            await watcher.start()
            room = Darkroom(database, app.state.plans, app.state.feeds, given)
            app.state.taker = Taker(room, app.state.follower.caught_up)
            await app.state.taker.start()
            forgetting = Forgetting(database)
            await forgetting.start()
            yield
            await forgetting.stop()
            await app.state.taker.stop()
            await watcher.stop()
            await app.state.follower.stop()
        await database.close()

    async def ready() -> None:
        await check_schema(app.state.database, HEAD)
        app.state.follower.check_caught_up()

    app = new_app("reporting", "1.0.0", "Coverage and gaps, from the two journals.", lifespan, ready)
    app.include_router(router, dependencies=[Depends(only_known)])
    return app
