"""HTTP for a service: one application shape, one error body, request ids, health, metrics."""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

import structlog
from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.shared.database import NUL_CODE
from services.shared.errors import Malformed, NotFound, ServiceError, Unavailable
from services.shared.tokens import Caller, Verifier, bearer
from services.shared.writes import Answer, Write

PROBLEM = "application/problem+json"
PREFIX = "/api/v1"
log = structlog.get_logger()


class UnknownPath(NotFound):
    """Nothing is at {method} {path}."""


class NotReady(Unavailable):
    """Not ready to take traffic: {reason}."""


class Stopping(Unavailable):
    """The {service} service stops before it could answer. What you asked for may have been done: repeat it later.

    A write is repeated with the same Idempotency-Key.
    """


class ProblemPart(BaseModel):
    """One thing that is wrong: where (JSON pointer), which rule, what to do."""

    pointer: str
    code: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem; `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemPart] | None = None
    facts: dict[str, str | int] | None = None


def problems(*kinds: type[ServiceError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may raise these errors."""
    by_status: dict[int | str, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(f"`{kind.code}`: {' '.join((kind.__doc__ or '').split())}")
    return {
        status: {
            "description": "\n\n".join(texts),
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, texts in by_status.items()
    }


def problem_response(error: ServiceError) -> Response:
    """An error as the wire shows it."""
    headers = {"Retry-After": str(error.retry_after or 1)} if error.retry_after or error.status == 503 else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="kepan"'
    if error.status == 405:
        headers["Allow"] = str(error.facts["allow"])
    body = json.dumps(error.problem(), ensure_ascii=False)
    return Response(body, error.status, headers, PROBLEM)


def malformed(error: RequestValidationError) -> Malformed:
    """FastAPI's findings in our shape: a JSON pointer, a code, a sentence."""
    parts = []
    for found in error.errors():
        where = [str(step) for step in found["loc"]]
        pointer = "/" + "/".join(where[1:]) if where[:1] == ["body"] else "/".join(where)
        known = (found.get("ctx") or {}).get("error")
        code = getattr(known, "code", None) or found["type"]
        parts.append({"pointer": pointer, "code": str(code), "detail": str(known or found["msg"])})
    return Malformed(errors=parts)


class Requests:
    """Gives every request an id (or keeps the caller's), times it, and binds the id into every log line.

    A request that is cancelled because the service stops, and that has no answer yet, is answered `stopping`.
    """

    def __init__(self, app: ASGIApp, service: str, registry: CollectorRegistry) -> None:
        self._app = app
        self._service = service
        labels = ("method", "route", "status")
        self._seconds = Histogram("kepan_request_seconds", "Time to answer", labels, registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if given.isascii() and given.isprintable() and 0 < len(given) <= 128 else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status = 500
        answered = False

        async def send_with_id(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                answered = True
                message["headers"] = [
                    *((k, v) for k, v in message["headers"] if k.lower() != b"x-request-id"),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except asyncio.CancelledError:
                if not answered:
                    await problem_response(Stopping(service=self._service))(scope, receive, send_with_id)
                raise
            finally:
                seconds = time.perf_counter() - began
                route = getattr(scope.get("route"), "path", "unmatched")
                self._seconds.labels(scope["method"], route, str(status)).observe(seconds)
                if route not in ("/healthz", "/readyz", "/metrics"):
                    log.info(
                        "request",
                        method=scope["method"],
                        path=scope["path"],
                        status=status,
                        ms=round(seconds * 1000, 2),
                    )


def configure_logs(service: str) -> None:
    """One JSON object a line on standard error, with the service's name."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            lambda _, __, event: {"service": service} | dict(event),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


Readiness = Callable[[], Awaitable[Mapping[str, Any] | None]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def new_app(service: str, version: str, description: str, lifespan: Lifespan, ready: Readiness) -> FastAPI:
    """A service's application; `ready` raises a ServiceError while no traffic should come, or adds to the answer."""
    configure_logs(service)
    registry = CollectorRegistry()
    app = FastAPI(
        title=f"Kepan {service}",
        version=version,
        description=description,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        dependencies=[Depends(refuse_nul)],
        responses={422: problems(Malformed)[422]},
    )
    app.state.metrics = registry
    app.add_middleware(Requests, service=service, registry=registry)
    add_error_answers(app)
    _add_health(app, registry, ready)
    _describe(app)
    return app


async def refuse_nul(request: Request) -> None:
    """Malformed where a parameter of the path or the query holds a NUL, which PostgreSQL's text does not have."""
    given = {"path": request.path_params.items(), "query": request.query_params.multi_items()}
    errors = [
        {"pointer": f"{place}/{name}", "code": NUL_CODE, "detail": "leave the NUL character (%00) out"}
        for place, parameters in given.items()
        for name, value in parameters
        if "\0" in f"{name}{value}"
    ]
    if errors:
        raise Malformed(errors=errors)


def _operation_id(route: APIRoute) -> str:
    return route.name


def add_error_answers(app: FastAPI) -> None:
    """Every failure of an application answers as a problem."""
    failures = Counter("kepan_unexpected_failures", "Answers of 500", registry=app.state.metrics)

    @app.exception_handler(ServiceError)
    async def service_error(_: Request, error: ServiceError) -> Response:
        return problem_response(error)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(_: Request, error: RequestValidationError) -> Response:
        return problem_response(malformed(error))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == 400:
            part = {"pointer": "", "code": "not_json", "detail": "the body is not JSON in UTF-8"}
            return problem_response(Malformed(errors=[part]))
        if error.status_code == 404:
            return problem_response(UnknownPath(method=request.method, path=request.url.path))
        code = {405: "method_not_allowed"}.get(error.status_code, "http_error")
        body = {
            "type": f"urn:kepan:problem:{code}",
            "title": code.replace("_", " ").capitalize(),
            "status": error.status_code,
            "detail": str(error.detail),
            "code": code,
        }
        headers = dict(error.headers or {})
        return Response(json.dumps(body), error.status_code, headers, PROBLEM)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        failures.inc()
        log.error("unexpected_failure", exc_info=error, request_id=request.scope["state"].get("request_id"))
        body = {
            "type": "urn:kepan:problem:internal_error",
            "title": "Internal error",
            "status": 500,
            "detail": "Something went wrong on our side: quote the request id when you report it.",
            "code": "internal_error",
            "facts": {"request_id": request.scope["state"].get("request_id", "")},
        }
        return Response(json.dumps(body), 500, media_type=PROBLEM)


OPEN: dict[str, Any] = {"security": []}
"""What needs no token."""


def _add_health(app: FastAPI, registry: CollectorRegistry, ready: Readiness) -> None:
    @app.get("/healthz", tags=["health"], summary="Is the process alive?", openapi_extra=OPEN)
    async def healthz() -> dict[str, str]:
        """200 as long as the process answers at all; nothing else is asked."""
        return {"status": "alive"}

    @app.get(
        "/readyz", tags=["health"], summary="May it take traffic?", responses=problems(NotReady), openapi_extra=OPEN
    )
    async def readyz() -> dict[str, Any]:
        """200 when traffic may come; 503 `not_ready` with the reason until then."""
        return {"status": "ready"} | dict(await ready() or {})

    @app.get("/metrics", tags=["health"], summary="Prometheus metrics", response_class=Response, openapi_extra=OPEN)
    async def metrics() -> Response:
        """Counters and histograms in the text format of Prometheus."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


TAGS = {
    "access log": "Who wrote what, who was refused, who read personal data.",
    "auditor's desk": "Exceptions over a snapshot, samples, findings and what became of them.",
    "agencies": "Who leads projects.",
    "editions": "How a plan changes, and where its tasks go from one edition to the next.",
    "health": "For operators.",
    "imports": "Project lists in, as a whole.",
    "indicators": "The numbers that a plan promises.",
    "journal": "Accepted commands in their order.",
    "keys": "What tokens and proofs are verified with.",
    "movements": "Money that moved.",
    "nodes": "The chapters, sections, tasks and measures of a plan.",
    "plans": "Plans and their editions.",
    "projects": "Funded projects and their lives.",
    "reports": "What is covered, with whose money, and where it is missing.",
    "saved reports": "Cuts of reports that somebody keeps: month ends, and what he is told.",
    "responsibilities": "Who answers for a node of a plan.",
    "snapshots": "Packages of evidence that an auditor takes away and verifies alone.",
    "targets": "What a plan's nodes are meant to be given.",
    "vocabularies": "Controlled terms.",
}
"""What the operations are filed under."""


def _describe(app: FastAPI) -> None:
    """Add what FastAPI does not know of to the OpenAPI document: Problem, the bearer scheme, the error media type."""
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = original()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {})
        schemas["Problem"] = problem
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        used = {tag for item in document["paths"].values() for operation in item.values() for tag in operation["tags"]}
        document["tags"] = [{"name": tag, "description": TAGS[tag]} for tag in sorted(used)]
        document["servers"] = [{"url": "/", "description": "Where this document was read."}]
        document["info"]["contact"] = {"name": "Kepan"}
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        document["security"] = [{"bearer": []}]
        app.openapi_schema = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]


async def current_caller(
    request: Request, authorization: Annotated[str | None, Header(include_in_schema=False)] = None
) -> Caller:
    """The verified caller of a request; the application keeps its Verifier in `state.verifier`."""
    verifier: Verifier = request.app.state.verifier
    return verifier.caller(bearer(authorization))


Who = Annotated[Caller, Depends(current_caller)]


async def current_write(
    request: Request,
    caller: Who,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
    if_match: Annotated[str | None, Header(max_length=255)] = None,
    validate_only: Annotated[bool, Query(description="Answer as the write would, and write nothing.")] = False,
) -> Write:
    """The write that a request asks for."""
    query = request.url.query if request.url.query else ""
    route = f"{request.method} {request.url.path}" + (f"?{query}" if query else "")
    return Write(
        caller=caller,
        route=route,
        body=await request.body(),
        key=idempotency_key if request.method == "POST" else None,
        if_match=if_match,
        validate_only=validate_only,
    )


Writing = Annotated[Write, Depends(current_write)]


def answer_response(answer: Answer) -> Response:
    """A write's answer as HTTP."""
    headers = {}
    if answer.etag is not None:
        headers["ETag"] = f'"{answer.etag}"'
    if answer.location is not None:
        headers["Location"] = quote(answer.location, safe="/:?=&")
    return Response(answer.body, answer.status, headers, "application/json")


def json_response(body: str | bytes, etag: str | None = None, asked: str | None = None) -> Response:
    """Ready bytes with an ETag; 304 when the reader has them already."""
    headers = {"ETag": f'"{etag}"'} if etag is not None else {}
    if etag is not None and asked is not None and etag in {tag.strip().strip('"') for tag in asked.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "application/json")
