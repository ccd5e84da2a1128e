"""The data plane: a request goes to the service that answers there, and its answer comes back as it was.

This is plain ASGI with aiohttp behind it, because it carries every request. The caller's Authorization goes along:
services verify it themselves. Reads are tried a second time when the connection failed before any byte of an answer;
a write never is, since only its caller knows the Idempotency-Key that makes that safe.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs

import aiohttp
import structlog
from multidict import CIMultiDict
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

from gateway.access_log import AccessLog, AccessLogUnavailable, entry_of, raw_path
from gateway.callers import READING, Door, area_of, is_write
from services.shared.errors import ServiceError, ServiceUnreachable, UnexpectedAnswer
from services.shared.tokens import Caller
from services.shared.web import PREFIX, Stopping, UnknownPath, problem_response

MIB = 1 << 20
MOST_JSON = 8 * MIB
MOST = 256 * MIB
WHOLE = MIB
"""Answers up to this size are read whole and sent in one go."""
CONNECTIONS = 64
IDLE = 3.0
"""Seconds that an unused connection is kept: less than a service keeps its end, so that no write meets a closed one."""
LONGEST_WAIT = 60.0
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"},
)
NOT_FORWARDED = HOP_BY_HOP | {"host", "x-request-id", "cookie", "expect", "proxy-authorization"}
NOT_RETURNED = HOP_BY_HOP | {"server", "date", "x-request-id"}
EXPORTS = (".csv", ".xlsx", ".pdf", "/package")
log = structlog.get_logger()


class RequestTooLarge(ServiceError):
    """The body is larger than the {most} bytes that are taken here."""

    status = 413


class UpstreamTimeout(ServiceError):
    """The {service} service was silent for {seconds} s. A write may have happened: repeat it with its key."""

    status = 504


class CallerGone(Exception):
    """The caller hung up before the request was complete."""


@dataclass(frozen=True, slots=True)
class Route:
    """The label of an area in the metrics."""

    path: str


@dataclass(slots=True)
class Body:
    """A request's body while it is read, at most `most` bytes of it."""

    receive: Receive
    most: int
    taken: int = 0
    problem: ServiceError | CallerGone | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The parts as they come in."""
        more = True
        while more:
            message: Message = await self.receive()
            if message["type"] == "http.disconnect":
                self.problem = CallerGone()
                raise self.problem
            chunk: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            self.taken += len(chunk)
            if self.taken > self.most:
                self.problem = RequestTooLarge(most=self.most)
                raise self.problem
            if chunk:
                yield chunk

    async def whole(self) -> bytes:
        """All of it."""
        return b"".join([chunk async for chunk in self.chunks()])


class Proxy:
    """Carries admitted requests to the services."""

    def __init__(self, door: Door, access_log: AccessLog, urls: Mapping[str, str], silence: float) -> None:
        self._door = door
        self._log = access_log
        self._urls = {service: url.rstrip("/") for service, url in urls.items()}
        self._silence = silence
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS, keepalive_timeout=IDLE),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            read_bufsize=256 * 1024,
        )
        # aiohttp repeats PUT and DELETE of its own accord; to us they are writes.
        self.session._retry_connection = False

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every failure of ours is a problem."""
        try:
            caller = await self._door.admit(scope)
            await self._carry(scope, receive, send, caller)
        except ServiceError as error:
            await problem_response(error)(scope, receive, send)
        except CallerGone:
            log.info("caller_gone", path=scope["path"])

    async def _carry(self, scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
        method, path = scope["method"], scope["path"]
        area = area_of(path)
        if area is None or area.service not in self._urls:  # below a path of our own, where no route of ours is
            raise UnknownPath(method=method, path=path)
        scope["route"] = Route(f"{PREFIX}/{path.split('/')[3]}")
        writes = is_write(method, path)
        if writes:
            await self._log.must_be_writable()
        try:
            answer = await self._ask(area.service, scope, receive)
        except ServiceError as error:
            if writes:
                entry = entry_of(scope, "write", error.status, caller, code=error.code)
                await self._log.record_done(entry)
            raise
        except asyncio.CancelledError:
            if writes:
                await self._write_down_unknown(scope, caller)
            raise
        async with answer:
            await self._write_down(scope, answer, caller, writes)
            await self._give(scope, answer, send, area.service)

    async def _write_down(self, scope: Scope, answer: aiohttp.ClientResponse, caller: Caller, writes: bool) -> None:
        """The entry that an answer needs, before the answer is given."""
        kind = None
        if writes:
            kind = "write"
        elif answer.status in (401, 403):
            kind = "refusal"
        elif answer.headers.get("Kepan-Personal-Data") == "read":
            kind = "personal_data"
        elif answer.status in (200, 206) and scope["path"].endswith(EXPORTS):
            kind = "export"
        if kind is not None:
            entry = entry_of(scope, kind, answer.status, caller, location=answer.headers.get("Location", ""))
            if writes:
                await self._log.record_done(entry)
            else:
                await self._log.record(entry, "Nothing was given out: repeat it later.")

    async def _write_down_unknown(self, scope: Scope, caller: Caller) -> None:
        """The entry of a write that was cut off because the gateway stops: it bears the very answer that its caller is
        given, which says that the write may have been done. Where it can not be written now the log keeps it."""
        entry = entry_of(scope, "write", Stopping.status, caller, code=Stopping.code)
        with suppress(AccessLogUnavailable):
            await asyncio.shield(self._log.record_done(entry))

    async def _ask(self, service: str, scope: Scope, receive: Receive) -> aiohttp.ClientResponse:
        """The head of the service's answer."""
        given = Headers(scope=scope)
        body = await _body(given, receive)
        data = body.chunks() if isinstance(body, Body) else body
        headers = _forwarded(scope, keep_length=isinstance(body, Body))
        query = scope["query_string"].decode("latin-1")
        url = URL(self._urls[service] + raw_path(scope) + (f"?{query}" if query else ""), encoded=True)
        silence = self._patience(scope)
        timeout = aiohttp.ClientTimeout(total=None, connect=self._silence, sock_connect=2, sock_read=silence)
        for again in (scope["method"] in READING and not body, False):
            try:
                return await self.session.request(
                    scope["method"], url, headers=headers, data=data, timeout=timeout, allow_redirects=False
                )
            except (aiohttp.ClientError, CallerGone, ServiceError) as error:
                if isinstance(body, Body) and body.problem is not None:
                    raise body.problem from None
                failure = _failure(error, service, silence)
                log.warning("upstream_failed", upstream=service, error=repr(error), again=again)
                if not (again and isinstance(failure, ServiceUnreachable)):
                    raise failure from error
        raise AssertionError("the second attempt returns or raises")

    async def _give(self, scope: Scope, answer: aiohttp.ClientResponse, send: Send, service: str) -> None:
        """Send a service's answer to the caller."""
        dropped = NOT_RETURNED | {name.strip().lower() for name in answer.headers.get("Connection", "").split(",")}
        headers = [
            (name.lower(), value) for name, value in answer.raw_headers if name.decode("latin-1").lower() not in dropped
        ]
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        length = answer.content_length
        if scope["method"] == "HEAD" or (length is not None and length <= WHOLE):
            try:
                body = await answer.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise _failure(error, service, self._patience(scope)) from error
            await send(start)
            await send({"type": "http.response.body", "body": body})
            return
        await send(start)
        try:
            async for chunk in answer.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except (aiohttp.ClientError, TimeoutError) as error:
            # The head is out: leaving the answer incomplete closes the connection, which the caller notices.
            log.warning("answer_cut_short", upstream=service, error=repr(error))
            return
        await send({"type": "http.response.body", "body": b""})

    def _patience(self, scope: Scope) -> float:
        """How long the service may be silent: longer for a long poll."""
        if not scope["path"].endswith("/journal"):
            return self._silence
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("wait", ["0"])[-1]
        try:
            return max(self._silence, min(float(asked), LONGEST_WAIT) + 10)
        except ValueError:
            return self._silence


async def _body(headers: Headers, receive: Receive) -> Body | bytes | None:
    """What goes along: JSON whole, anything else as it comes in."""
    length = headers.get("content-length")
    if length is None and "transfer-encoding" not in headers:
        return None
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    json = kind.endswith("json") or kind == "application/x-www-form-urlencoded"
    body = Body(receive, MOST_JSON if json else MOST)
    if length is not None and length.isdecimal() and int(length) > body.most:
        raise RequestTooLarge(most=body.most)
    return await body.whole() if json else body


def _forwarded(scope: Scope, keep_length: bool) -> CIMultiDict[str]:
    """The caller's headers without those of this connection, and with the request's id."""
    given = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    dropped = set(NOT_FORWARDED) if keep_length else NOT_FORWARDED | {"content-length"}
    dropped |= {name.strip().lower() for key, value in given if key == "connection" for name in value.split(",")}
    headers = CIMultiDict([(name, value) for name, value in given if name not in dropped])
    headers["X-Request-Id"] = scope["state"]["request_id"]
    return headers


def _failure(error: Exception, service: str, silence: float) -> ServiceError:
    """Our word for what went wrong on the way to a service."""
    if isinstance(error, aiohttp.SocketTimeoutError):
        return UpstreamTimeout(service=service, seconds=f"{silence:g}")
    if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
        return ServiceUnreachable(service=service, retry_after=1)
    return UnexpectedAnswer(service=service)
