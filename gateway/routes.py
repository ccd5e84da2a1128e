"""What the gateway answers itself: its log, the public keys, and the pages that describe the interface."""

import json
from pathlib import Path
from typing import Annotated, Any

import fastapi_offline
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from gateway import access_log, store
from gateway.callers import Door
from gateway.verifying import NobodyWaits, VerificationRunning, Verifying
from services.shared.database import DatabaseUnavailable
from services.shared.notes import verifiers_in
from services.shared.tokens import Caller, InvalidToken, RoleNotAllowed
from services.shared.web import PREFIX, UnknownPath, problems

router = APIRouter()
NOBODY_WAITS = 499
"""What our own log says of an answer that nobody took."""
LARGEST = 9_007_199_254_740_991
PUBLIC_MEMBERS = frozenset({"kty", "crv", "x", "kid", "alg", "use", "key_ops"})
ASSETS = Path(fastapi_offline.__file__).parent / "static"
KINDS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "favicon.png": "image/png"}
DOCS_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Kepan 科盘: the interface</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="interface"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#interface",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
"""


class AccessEntry(BaseModel):
    """An entry of the access log. `hash` is SHA-256 of `previous_hash` followed by the RFC 8785 bytes of the others."""

    position: int
    at: str
    request_id: str
    subject: str | None
    role: str | None
    agency: str | None
    kind: str
    method: str
    path: str
    status: int
    detail: dict[str, str | int]
    previous_hash: str
    hash: str


class AccessPage(BaseModel):
    """A part of the access log; `next` is the `after` of the following part, null at the end."""

    items: list[AccessEntry]
    next: int | None


class Verification(BaseModel):
    """Whether the chain holds from the first entry to the last one."""

    entries: int
    intact: bool
    first_broken: int | None


class LogKey(BaseModel):
    """A key that checkpoints of a journal, or snapshots, are signed with: as a C2SP note verifier, and as PEM for
    OpenSSL.

    Keys that are no longer signed with stay in the list, so that old checkpoints and packages can be checked.
    """

    origin: str
    verifier: str
    pem: str


class Keys(BaseModel):
    """RFC 7517: the public keys that tokens are signed with; beside them those of the journals' checkpoints."""

    keys: list[dict[str, Any]]
    logs: list[LogKey]


async def admitted(request: Request) -> Caller:
    """The caller of a route of our own, let in by the same table as everybody."""
    door: Door = request.app.state.door
    return await door.admit(request.scope)


Admitted = Annotated[Caller, Depends(admitted)]
LOG_PROBLEMS = problems(InvalidToken, RoleNotAllowed, DatabaseUnavailable)


@router.get(f"{PREFIX}/access-log", tags=["access log"], responses=LOG_PROBLEMS)
async def list_access_entries(
    request: Request,
    caller: Admitted,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AccessPage:
    """Entries after a position, oldest first."""
    async with request.app.state.database.connection() as connection:
        found = await store.entries_after(connection, after, limit + 1)
    items = [AccessEntry.model_validate(access_log.shown(entry)) for entry in found[:limit]]
    return AccessPage(items=items, next=items[-1].position if len(found) > limit else None)


@router.get(
    f"{PREFIX}/access-log/verify",
    tags=["access log"],
    responses=problems(InvalidToken, RoleNotAllowed, DatabaseUnavailable, VerificationRunning),
    response_model=Verification,
)
async def verify_access_log(request: Request, caller: Admitted) -> Response | Verification:
    """Recompute every hash of the chain, for one asker at a time."""
    verifying: Verifying = request.app.state.verifying
    try:
        return Verification.model_validate(await verifying.verify(request.is_disconnected))
    except NobodyWaits:
        return Response(status_code=NOBODY_WAITS)


@router.get(f"{PREFIX}/keys", tags=["keys"], openapi_extra={"security": []})
async def list_keys(request: Request) -> Keys:
    """The public keys, for whoever checks a token, a checkpoint or a snapshot."""
    return Keys(keys=request.app.state.public_keys, logs=request.app.state.log_keys)


@router.get("/.well-known/jwks.json", include_in_schema=False)
async def key_set(request: Request) -> Response:
    """The same keys at the place where libraries look for them."""
    body = json.dumps({"keys": request.app.state.public_keys})
    return Response(body, media_type="application/jwk-set+json", headers={"Cache-Control": "max-age=300"})


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """The interface as a page, with nothing from elsewhere."""
    return Response(DOCS, media_type="text/html; charset=utf-8", headers=DOCS_HEADERS)


@router.get("/docs/start.js", include_in_schema=False)
async def docs_start() -> Response:
    """What starts the page; a file of its own, since the page's policy takes no inline script."""
    return Response(START, media_type="text/javascript", headers=DOCS_HEADERS)


@router.get("/docs/{name}", include_in_schema=False)
async def docs_asset(name: str) -> Response:
    """Swagger UI's own files."""
    if name not in KINDS:
        raise UnknownPath(method="GET", path=f"/docs/{name}")
    headers = DOCS_HEADERS | {"Cache-Control": "max-age=86400"}
    return FileResponse(ASSETS / name, media_type=KINDS[name], headers=headers)


def public_keys(file: Path) -> list[dict[str, Any]]:
    """The keys of the key-set file, with their public members alone."""
    keys = json.loads(file.read_text())["keys"]
    return [{name: value for name, value in key.items() if name in PUBLIC_MEMBERS} for key in keys]


def log_keys(file: Path) -> list[LogKey]:
    """The keys of a file of note verifiers."""
    found = verifiers_in(file.read_text())
    return [LogKey(origin=key.name, verifier=str(key), pem=key.pem) for key in found]
