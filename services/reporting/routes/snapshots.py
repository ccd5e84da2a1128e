"""Snapshots over HTTP: asked for, looked at, their packages taken away, a part at a time where a line breaks."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.reporting import operations
from services.reporting.contract import (
    NewSnapshot,
    NothingInSpan,
    NotYetKnown,
    PreviousNotApplicable,
    Snapshot,
    SnapshotNotReady,
    UnknownFilterValue,
    UnknownPlanHere,
    UnknownSnapshot,
)
from services.reporting.store import SnapshotStore
from services.reporting.store.snapshots import PART
from services.shared.database import Database, DatabaseUnavailable
from services.shared.errors import IdempotencyKeyInFlight, IdempotencyKeyReused, Malformed
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.tokens import InvalidToken, RoleNotAllowed
from services.shared.web import PREFIX, Who, Writing, answer_response, json_response, problems
from services.shared.writes import perform

router = APIRouter(prefix=f"{PREFIX}/snapshots", tags=["snapshots"])
READERS = ("auditor", "manager")
TAKERS = ("auditor",)
READ = (InvalidToken, RoleNotAllowed, Malformed, DatabaseUnavailable)
WRITE = (*READ, IdempotencyKeyReused, IdempotencyKeyInFlight)
REFUSED = (UnknownPlanHere, UnknownFilterValue, NotYetKnown, UnknownSnapshot, PreviousNotApplicable)
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post(
    "",
    status_code=202,
    response_model=Snapshot,
    responses=problems(
        *WRITE, UnknownPlanHere, UnknownFilterValue, NotYetKnown, UnknownSnapshot, PreviousNotApplicable, NothingInSpan
    ),
)
async def take_snapshot(request: Request, write: Writing, given: NewSnapshot) -> Response:
    """Take a snapshot: its positions are fixed now, its package is made in the background."""
    write.caller.needs(*TAKERS)
    state = request.app.state
    snapshot = await operations.fixed(state.database, state.plans, write.caller, given)
    answer = await perform(state.database, write, lambda c: operations.queue(c, write, snapshot))
    state.taker.asked()
    return answer_response(answer)


@router.get("", response_model=Page[Snapshot], responses=problems(*READ, UnknownCursor))
async def snapshots(
    request: Request,
    who: Who,
    plan: Annotated[str | None, Query(max_length=64)] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Snapshots, the latest first."""
    who.needs(*READERS)
    try:
        before = UUID(key_of(cursor, 1)[0]) if cursor else None
    except ValueError:
        raise UnknownCursor() from None
    async with request.app.state.database.connection() as connection:
        found = await SnapshotStore(connection).snapshots(plan, before, limit + 1)
    following = f'"{cursor_of(str(found[limit - 1]["id"]))}"' if len(found) > limit else "null"
    return json_response(f'{{"items":[{",".join(row["body"] for row in found[:limit])}],"next":{following}}}')


@router.get("/{id}", response_model=Snapshot, responses=problems(*READ, UnknownSnapshot))
async def snapshot(request: Request, who: Who, id: UUID) -> Response:
    """How a snapshot stands."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await operations.snapshot_of(SnapshotStore(connection), id)
    return json_response(found.model_dump_json())


@router.get(
    "/{id}/package",
    response_class=Response,
    responses=problems(*READ, UnknownSnapshot, SnapshotNotReady) | ZIP,
)
async def package(
    request: Request,
    who: Who,
    id: UUID,
    range: Annotated[str | None, Header(max_length=100)] = None,
    if_range: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """The package: one .zip that holds one bag. A download that broke off goes on with `Range: bytes=N-`; the ETag is
    the package's SHA-256."""
    who.needs(*READERS)
    database: Database = request.app.state.database
    async with database.connection() as connection:
        made = (await operations.ready_snapshot(SnapshotStore(connection), id)).package
    assert made is not None, "a snapshot that is ready has a package"
    tag = f'"{made.sha256}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "ETag": tag,
    }
    span = _span(range, made.bytes) if if_range in (None, tag) else None
    if span == EMPTY:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{made.bytes}"})
    start, end = span or (0, made.bytes)
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{made.bytes}"
    headers["Content-Length"] = str(end - start)
    content = _pieces(database, id, start, end)
    return StreamingResponse(content, 206 if span else 200, headers, media_type="application/zip")


EMPTY = (0, 0)


def _span(range: str | None, size: int) -> tuple[int, int] | None:
    """The bytes that a Range asks for, from one to before another: EMPTY where there are none such, None where it is
    not one range of bytes, and the whole is given."""
    matched = RANGE.fullmatch(range or "")
    if matched is None or matched[0] == "bytes=-":
        return None
    if not matched[1]:
        last = min(int(matched[2]), size)
        return (size - last, size) if last else EMPTY
    start, end = int(matched[1]), int(matched[2] or size - 1)
    if matched[2] and end < start:
        return None
    return (start, min(end + 1, size)) if start < size else EMPTY


async def _pieces(database: Database, id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes of a package between two places; each piece on a connection of its own, for whom it is sent to may be
    slow."""
    for place in range(start // PART, -(-end // PART)):
        async with database.connection() as connection:
            piece = await SnapshotStore(connection).part(id, place)
        assert piece is not None, "a package that stands is whole"
        first = place * PART
        yield piece[max(0, start - first) : end - first]
