"""The gateway, put together."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.access_log import AccessLog
from gateway.callers import Door, area_of
from gateway.extracts import hand_over_for_ever
from gateway.openapi import SERVICES, Document, committed, merged, methods_at
from gateway.pages import Neighbourhood
from gateway.pages import router as pages
from gateway.proxy import Proxy
from gateway.refusals import Refusals
from gateway.routes import log_keys, public_keys, router
from gateway.sessions import TICKETS, Sessions
from gateway.settings import Settings
from gateway.verifying import Verifying
from services.shared.database import Database, check_schema
from services.shared.tasks import ended
from services.shared.tokens import PEOPLE, Signer, Verifier
from services.shared.web import NotReady, new_app

HEAD = "0002"
"""The revision of migrations/gateway that this code needs."""


class Neighbours:
    """Which services take traffic, asked once a second; and their OpenAPI documents, where none is committed."""

    def __init__(self, session: aiohttp.ClientSession, urls: Mapping[str, str]) -> None:
        self._session = session
        self._urls = urls
        self.down = set(urls)
        self.never_ready = set(urls)
        self.documents: dict[str, Document] = committed()

    async def watch(self) -> None:
        """Ask for ever."""
        while True:
            await asyncio.gather(*(self._ask(service, url) for service, url in self._urls.items()))
            await asyncio.sleep(0.2 if self.never_ready else 1.0)

    async def _ask(self, service: str, url: str) -> None:
        timeout = aiohttp.ClientTimeout(total=2)
        try:
            async with self._session.get(f"{url}/readyz", timeout=timeout) as answer:
                ready = answer.status == 200
                await answer.read()
            if ready and service not in self.documents:
                async with self._session.get(f"{url}/openapi.json", timeout=timeout) as answer:
                    if answer.status == 200:
                        self.documents[service] = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            ready = False
        if ready:
            self.down.discard(service)
            self.never_ready.discard(service)
        else:
            self.down.add(service)


@asynccontextmanager
async def _serving(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """Everything that stands while the gateway serves."""
    state = app.state
    state.verifier = Verifier(settings.public_keys, (PEOPLE,))
    state.public_keys = public_keys(settings.public_keys)
    state.log_keys = log_keys(settings.log_keys)
    state.database = Database(settings.database_url, "gateway", most=2)
    written = Database(settings.database_url, "gateway", most=1)
    walked = Database(settings.database_url, "gateway", most=1)
    for database in (state.database, written, walked):
        await database.open()
    state.verifying = Verifying(walked)
    state.access_log = AccessLog(written)
    state.access_log.start()
    state.refusals = Refusals(state.access_log, settings.refusals_per_second)
    state.refusals.start()
    state.door = Door(state.verifier, state.refusals, lambda path: methods_at(app.openapi(), path))
    urls = {service: str(getattr(settings, f"{service}_url")).rstrip("/") for service in SERVICES}
    state.proxy = Proxy(state.door, state.access_log, urls, settings.upstream_timeout)
    state.sessions = Sessions(state.database, Verifier(settings.public_keys, (TICKETS,)))
    state.neighbourhood = Neighbourhood(Signer("gateway", settings.signing_key), urls, settings.upstream_timeout)
    state.neighbours = Neighbours(state.proxy.session, urls)
    watching = asyncio.create_task(state.neighbours.watch())
    handing = asyncio.create_task(hand_over_for_ever(state.database, state.neighbourhood.reporting()))
    try:
        yield
    finally:
        await ended(handing)
        await ended(watching)
        await state.refusals.stop()
        await state.access_log.stop()
        await state.proxy.close()
        await state.neighbourhood.close()
        for database in (walked, written, state.database):
            await database.close()


async def data_plane(scope: Scope, receive: Receive, send: Send) -> None:
    """Whatever is not a route of our own: carried to its service, or refused."""
    await scope["app"].state.proxy(scope, receive, send)


class Shortcut:
    """Takes the services' paths to the data plane without looking through our own routes first."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        area = area_of(scope["path"]) if scope["type"] == "http" else None
        carried = area is not None and area.service in SERVICES
        await (data_plane if carried else self._app)(scope, receive, send)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; files and environment are read when it starts, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _serving(app, settings or Settings()):  # the environment fills what is not given
            yield

    async def ready() -> dict[str, Any]:
        await check_schema(app.state.database, HEAD)
        neighbours: Neighbours = app.state.neighbours
        if neighbours.never_ready:
            raise NotReady(reason=f"not yet ready: {', '.join(sorted(neighbours.never_ready))}")
        return {"down": sorted(neighbours.down)}

    app = new_app("gateway", "1.0.0", "A city's funded projects, set against the tasks of its plan.", lifespan, ready)
    app.include_router(router)
    app.include_router(pages)
    app.router.default = data_plane
    app.user_middleware.append(Middleware(Shortcut))  # the innermost: inside of what gives request ids
    _describe_everything(app)
    return app


def _describe_everything(app: FastAPI) -> None:
    """Make /openapi.json the document of the whole system, merged anew only when a service's document has changed."""
    original = app.openapi
    made_of: dict[str, Document] = {}
    whole: Document = {}

    def openapi() -> Document:
        nonlocal made_of, whole
        neighbours: Neighbours | None = getattr(app.state, "neighbours", None)
        documents = committed() if neighbours is None else neighbours.documents
        if not whole or documents != made_of:  # costs nothing while they are the very same objects
            made_of, whole = dict(documents), merged(original(), documents)
        return whole

    app.openapi = openapi  # type: ignore[method-assign]
