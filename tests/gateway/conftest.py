"""A gateway that really listens, in front of stand-ins that really listen, on a real PostgreSQL."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.app import create_app
from gateway.settings import Settings
from tests.conftest import Cluster


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """The URL of an application on a free port."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, asyncio turns Nagle off
    sock.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
        if running.done():
            running.result()
            raise AssertionError("the server did not start")
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        sock.close()


@dataclass
class StandIn:
    """A service that answers what it was told to, and remembers what it was asked."""

    name: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    ready: bool = True
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """Status and body by path, for those who ask for something in particular; a function makes a body of the query."""
    slow: dict[str, float] = field(default_factory=dict)
    """Seconds that an answer of a path takes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] in ("/readyz", "/openapi.json"):
            return await self._answer(send, 200 if self.ready else 503, {"openapi": "3.1.0", "info": {}, "paths": {}})
        if scope["path"] == "/api/v1/access-log-extracts":  # asked by the gateway itself, all the time
            return await self._answer(send, 200, [])
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.asked.append(
            {"method": scope["method"], "path": scope["raw_path"].decode(), "query": scope["query_string"].decode()}
            | {"headers": headers, "body": body}
        )
        await asyncio.sleep(self.slow.get(scope["path"], 0))
        if scope["path"] in self.answers:
            status, told = self.answers[scope["path"]]
            asked = parse_qs(scope["query_string"].decode())
            return await self._answer(send, status, told(asked) if callable(told) else told)
        await self._answer_as_told(headers, body, send)

    async def _answer_as_told(self, headers: dict[str, str], body: bytes, send: Send) -> None:
        await asyncio.sleep(float(headers.get("test-sleep", "0")))
        status = int(headers.get("test-status", "200"))
        more = [(b"kepan-personal-data", b"read")] if "test-personal" in headers else []
        if "test-location" in headers:
            more.append((b"location", headers["test-location"].encode()))
        if "test-large" in headers:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/csv")]})
            for _ in range(40):
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            return await send({"type": "http.response.body", "body": b""})
        await self._answer(send, status, {"service": self.name, "bytes": len(body)}, more)

    async def _answer(self, send: Send, status: int, body: Any, more: Any = ()) -> None:
        text = json.dumps(body).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(text)).encode()),
            (b"etag", b'"7"'),
            *more,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})


class Dropper:
    """A listener that takes a request and hangs up without a byte."""

    def __init__(self) -> None:
        self.requests = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        self.requests += 1
        writer.close()
        await writer.wait_closed()


@dataclass
class Front:
    """A gateway with its stand-ins."""

    http: httpx.AsyncClient
    app: Any
    cluster: Cluster
    admin_url: str
    catalog: StandIn
    portfolio: StandIn
    reporting: StandIn

    def bearer(self, role: str, **more: str) -> dict[str, str]:
        """The headers of somebody of a role."""
        agency = "cn-uscc:91310000MA1FL0000X" if role in ("staff", "approver") else None
        return {"Authorization": f"Bearer {self.cluster.token(role, agency)}"} | more


@asynccontextmanager
async def fronted(cluster: Cluster, **more: Any) -> AsyncIterator[Front]:
    """A gateway with settings that may differ."""
    url = cluster.fresh()["gateway"]
    services = {name: StandIn(name) for name in ("catalog", "portfolio", "reporting")}
    async with (
        listening(services["catalog"]) as catalog,
        listening(services["portfolio"]) as portfolio,
        listening(services["reporting"]) as reporting,
    ):
        given: dict[str, Any] = {
            "database_url": url,
            "public_keys": cluster.keys / "jwks.json",
            "log_keys": cluster.keys / "log-keys.txt",
            "signing_key": cluster.keys / "gateway.pem",
            "catalog_url": catalog,
            "portfolio_url": portfolio,
            "reporting_url": reporting,
        }
        app = create_app(Settings(**given | more))
        async with listening(app) as front, httpx.AsyncClient(base_url=front, timeout=20) as http:
            yield Front(http, app, cluster, cluster.admin(url), **services)


@pytest.fixture
async def front(cluster: Cluster) -> AsyncIterator[Front]:
    """A gateway with three services behind it."""
    async with fronted(cluster) as standing:
        yield standing
