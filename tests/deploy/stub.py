"""A process that does nothing but say when it starts and stops: for the supervisor's tests."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def create_app() -> Starlette:
    """The application that STUB_NAME and STUB_DIARY describe; not ready before the file STUB_NEEDS is there."""
    name, diary = os.environ["STUB_NAME"], Path(os.environ["STUB_DIARY"])

    def noted(what: str) -> None:
        with diary.open("a") as opened:
            opened.write(f"{what} {name}\n")

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        noted("start")
        yield
        noted("stop")

    async def good(_: Request) -> PlainTextResponse:
        return PlainTextResponse(str(os.getpid()))

    def ready(_: Request) -> PlainTextResponse:
        lacking = "STUB_NEEDS" in os.environ and not Path(os.environ["STUB_NEEDS"]).exists()
        return PlainTextResponse("", 503 if lacking else 200)

    return Starlette(routes=[Route("/healthz", good), Route("/readyz", ready)], lifespan=life)
