"""Saved reports over HTTP: everybody sees and changes his own."""

import json
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.reporting import operations
from services.reporting.contract import (
    GapNotApplicable,
    NewSavedReport,
    Notice,
    SavedReport,
    SavedRun,
    TooManySaved,
    UnknownFilterValue,
    UnknownPlanHere,
    UnknownRun,
    UnknownSavedReport,
)
from services.reporting.store import SavedStore
from services.shared.database import DatabaseUnavailable
from services.shared.errors import (
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    Malformed,
    PreconditionFailed,
    PreconditionRequired,
)
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.tokens import InvalidToken, RoleNotAllowed
from services.shared.web import PREFIX, Who, Writing, answer_response, json_response, problems
from services.shared.writes import perform

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["saved reports"])
OWNERS = ("staff", "manager", "auditor")
READ = (InvalidToken, RoleNotAllowed, Malformed, DatabaseUnavailable)
WRITE = (*READ, IdempotencyKeyReused, IdempotencyKeyInFlight)
GIVEN = (UnknownPlanHere, UnknownFilterValue, GapNotApplicable)
VERSIONED = (UnknownSavedReport, PreconditionRequired, PreconditionFailed)
Cursor = Annotated[str | None, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=500)]
Order = Annotated[
    Literal["oldest", "newest"], Query(description="What comes first; a cursor goes on in the same order")
]
NOBODY = UUID(int=0)


@router.post("/saved", status_code=201, response_model=SavedReport, responses=problems(*WRITE, *GIVEN, TooManySaved))
async def save_report(request: Request, write: Writing, given: NewSavedReport) -> Response:
    """Keep a cut of a report under a name, to be asked at each month's end and to be told of changes."""
    write.caller.needs(*OWNERS)
    state = request.app.state
    today = await operations.checked_today(state.database, state.plans, write.caller, given)
    answer = await perform(state.database, write, lambda c: operations.save_report(c, write, given, today))
    return answer_response(answer)


@router.get("/saved", response_model=Page[SavedReport], responses=problems(*READ, UnknownCursor))
async def saved_reports(request: Request, who: Who, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """The caller's saved reports, in the order in which they were saved."""
    who.needs(*OWNERS)
    async with request.app.state.database.connection() as connection:
        found = await SavedStore(connection).all_saved(who.subject, _after(cursor), limit + 1)
    return _page([(row["id"], row["body"]) for row in found], limit)


@router.get("/saved/{id}", response_model=SavedReport, responses=problems(*READ, UnknownSavedReport))
async def saved_report(request: Request, who: Who, id: UUID) -> Response:
    """One saved report."""
    who.needs(*OWNERS)
    async with request.app.state.database.connection() as connection:
        found = await SavedStore(connection).saved(id, who.subject)
    if found is None:
        raise UnknownSavedReport(saved=id)
    return json_response(found["body"], str(found["version"]))


@router.put("/saved/{id}", response_model=SavedReport, responses=problems(*WRITE, *GIVEN, *VERSIONED))
async def change_saved(request: Request, write: Writing, id: UUID, given: NewSavedReport) -> Response:
    """Put another cut in the place of one; the month ends that were said stay."""
    write.caller.needs(*OWNERS)
    state = request.app.state
    today = await operations.checked_today(state.database, state.plans, write.caller, given)
    answer = await perform(state.database, write, lambda c: operations.change_saved(c, write, id, given, today))
    return answer_response(answer)


@router.delete("/saved/{id}", status_code=204, response_class=Response, responses=problems(*WRITE, *VERSIONED))
async def delete_saved(request: Request, write: Writing, id: UUID) -> Response:
    """Delete a saved report with its month ends and notices."""
    write.caller.needs(*OWNERS)
    state = request.app.state
    await perform(state.database, write, lambda c: operations.delete_saved(c, write, id))
    return Response(status_code=204)


@router.get(
    "/saved/{id}/runs", response_model=Page[SavedRun], responses=problems(*READ, UnknownSavedReport, UnknownCursor)
)
async def saved_runs(request: Request, who: Who, id: UUID, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """The month ends of a saved report."""
    who.needs(*OWNERS)
    try:
        after = date.fromisoformat(key_of(cursor, 1)[0]) if cursor else date.min
    except ValueError:
        raise UnknownCursor() from None
    async with request.app.state.database.connection() as connection:
        store = SavedStore(connection)
        if await store.saved(id, who.subject) is None:
            raise UnknownSavedReport(saved=id)
        found = await store.runs(id, after, limit + 1)
    items = [SavedRun(**row) for row in found[:limit]]
    following = cursor_of(items[-1].as_of.isoformat()) if len(found) > limit else None
    return json_response(Page[SavedRun](items=items, next=following).model_dump_json())


@router.get("/saved/{id}/runs/{as_of}", responses=problems(*READ, UnknownSavedReport, UnknownRun))
async def saved_run(request: Request, who: Who, id: UUID, as_of: date) -> Response:
    """What the report said of a month's end when it was first asked after the month was over: the very bytes."""
    who.needs(*OWNERS)
    async with request.app.state.database.connection() as connection:
        store = SavedStore(connection)
        if await store.saved(id, who.subject) is None:
            raise UnknownSavedReport(saved=id)
        found = await store.run(id, as_of)
    if found is None:
        raise UnknownRun(as_of=as_of, saved=id)
    return json_response(found)


@router.get("/notices", response_model=Page[Notice], responses=problems(*READ, UnknownCursor))
async def notices(
    request: Request, who: Who, cursor: Cursor = None, limit: Limit = 100, order: Order = "oldest"
) -> Response:
    """What the caller is told about the reports that he saved, in the order of time, the oldest or the newest first."""
    who.needs(*OWNERS)
    after = _after(cursor) if cursor else None
    async with request.app.state.database.connection() as connection:
        found = await SavedStore(connection).notices(who.subject, after, limit + 1, newest=order == "newest")
    return _page([(row["id"], row["body"]) for row in found], limit)


def _after(cursor: str | None) -> UUID:
    try:
        return UUID(key_of(cursor, 1)[0]) if cursor else NOBODY
    except ValueError:
        raise UnknownCursor() from None


def _page(found: list[tuple[UUID, str]], limit: int) -> Response:
    following = cursor_of(str(found[limit - 1][0])) if len(found) > limit else None
    items = ",".join(body for _, body in found[:limit])
    return json_response(f'{{"items":[{items}],"next":{json.dumps(following)}}}')
