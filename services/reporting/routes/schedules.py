"""Schedules of snapshots over HTTP."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.reporting import operations
from services.reporting.contract import NewSchedule, Schedule, UnknownFilterValue, UnknownPlanHere, UnknownSchedule
from services.reporting.routes.snapshots import READ, READERS, TAKERS, WRITE
from services.reporting.store.schedules import ScheduleStore
from services.shared.errors import PreconditionFailed, PreconditionRequired
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.web import PREFIX, Who, Writing, answer_response, json_response, problems
from services.shared.writes import perform

router = APIRouter(prefix=f"{PREFIX}/snapshots/schedules", tags=["snapshots"])
NOBODY = UUID(int=0)


@router.post(
    "", status_code=201, response_model=Schedule, responses=problems(*WRITE, UnknownPlanHere, UnknownFilterValue)
)
async def add_schedule(request: Request, write: Writing, given: NewSchedule) -> Response:
    """Let snapshots be taken by themselves at the ends of periods."""
    write.caller.needs(*TAKERS)
    state = request.app.state
    today = await operations.checked_schedule(state.database, state.plans, write.caller, given)
    return answer_response(
        await perform(state.database, write, lambda c: operations.keep_schedule(c, write, given, today))
    )


@router.get("", response_model=Page[Schedule], responses=problems(*READ, UnknownCursor))
async def schedules(
    request: Request,
    who: Who,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """The schedules, in the order in which they were made."""
    who.needs(*READERS)
    try:
        after = UUID(key_of(cursor, 1)[0]) if cursor else NOBODY
    except ValueError:
        raise UnknownCursor() from None
    async with request.app.state.database.connection() as connection:
        found = await ScheduleStore(connection).schedules(after, limit + 1)
    following = cursor_of(str(found[limit - 1]["id"])) if len(found) > limit else None
    items = ",".join(row["body"] for row in found[:limit])
    return json_response(f'{{"items":[{items}],"next":{json.dumps(following)}}}')


@router.get("/{id}", response_model=Schedule, responses=problems(*READ, UnknownSchedule))
async def schedule(request: Request, who: Who, id: UUID) -> Response:
    """One schedule."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await ScheduleStore(connection).schedule(id)
    if found is None:
        raise UnknownSchedule(schedule=id)
    return json_response(found["body"], str(found["version"]))


@router.delete(
    "/{id}",
    status_code=204,
    response_class=Response,
    responses=problems(*WRITE, UnknownSchedule, PreconditionRequired, PreconditionFailed),
)
async def delete_schedule(request: Request, write: Writing, id: UUID) -> Response:
    """Take no more snapshots by a schedule; those that were taken stay."""
    write.caller.needs(*TAKERS)
    await perform(request.app.state.database, write, lambda c: operations.delete_schedule(c, write, id))
    return Response(status_code=204)
