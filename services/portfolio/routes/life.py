"""The life of a project over HTTP: states, the record, change requests, its story."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from services.portfolio import operations
from services.portfolio.contract import (
    ChangeRequest,
    ChangeRequestDecided,
    ChangeRequestOpen,
    Decision,
    GuardNotMet,
    Happening,
    InvalidProject,
    NewChangeRequest,
    NewTransition,
    Project,
    ProjectVoid,
    RecordLocked,
    RecordNotPublished,
    RecordStepNotAllowed,
    RecordTransition,
    Registered,
    SecondPersonNeeded,
    TransitionNotAllowed,
    UnknownChangeRequest,
    UnknownProject,
    Voiding,
)
from services.portfolio.routes.common import READ, READERS, WRITE, WRITERS, Cursor, Limit, knowledge_of, number_of, run
from services.portfolio.store import PortfolioStore
from services.shared.errors import PreconditionFailed
from services.shared.pages import Page, UnknownCursor, cursor_of
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)
NumberPath = Annotated[int, Path(ge=1, le=1_000_000)]


@router.post(
    "/projects/{id}/transitions",
    response_model=Registered,
    tags=["projects"],
    responses=problems(
        *(*WRITE, InvalidProject, UnknownProject, TransitionNotAllowed, GuardNotMet, RecordNotPublished),
        *(ProjectVoid, PreconditionFailed),
    ),
)
async def enter_state(request: Request, write: Writing, id: UUID, transition: NewTransition) -> Response:
    """Enter the project's next state. What the state asks for and is not there is refused in a plan with review
    (`guard_not_met`, all of it at once), and a warning without."""
    write.caller.needs(*WRITERS)
    knowledge = await knowledge_of(request, write, id)
    return await run(request, write, lambda c: operations.enter_state(c, write, id, transition, knowledge))


@router.post(
    "/projects/{id}/record-transitions",
    response_model=Project,
    tags=["projects"],
    responses=problems(
        *(*WRITE, InvalidProject, UnknownProject, RecordStepNotAllowed, SecondPersonNeeded, ProjectVoid),
        PreconditionFailed,
    ),
)
async def enter_record_state(request: Request, write: Writing, id: UUID, transition: RecordTransition) -> Response:
    """Hand a draft in, return it with comments on fields, publish it (a second person), or take it back."""
    write.caller.needs(*WRITERS)
    knowledge = await knowledge_of(request, write, id)
    return await run(request, write, lambda c: operations.enter_record_state(c, write, id, transition, knowledge))


@router.post(
    "/projects/{id}/void",
    response_model=Project,
    tags=["projects"],
    responses=problems(*WRITE, UnknownProject, SecondPersonNeeded, ProjectVoid),
)
async def void_project(request: Request, write: Writing, id: UUID, voiding: Voiding) -> Response:
    """Void a registration made by mistake; a second person does it, with a reason."""
    write.caller.needs("approver", "manager")
    today = datetime.now(UTC).date()
    return await run(request, write, lambda c: operations.void_project(c, write, id, voiding, today))


@router.post(
    "/projects/{id}/change-requests",
    status_code=201,
    response_model=ChangeRequest,
    tags=["projects"],
    responses=problems(*WRITE, InvalidProject, UnknownProject, RecordNotPublished, ChangeRequestOpen, ProjectVoid),
)
async def request_change(request: Request, write: Writing, id: UUID, new: NewChangeRequest) -> Response:
    """Ask for a change of a published project, with a reason; it is kept with before and after until it is decided."""
    write.caller.needs(*WRITERS)
    knowledge = await knowledge_of(request, write, id)
    return await run(request, write, lambda c: operations.request_change(c, write, id, new, knowledge))


@router.get(
    "/projects/{id}/change-requests",
    response_model=Page[ChangeRequest],
    tags=["projects"],
    responses=problems(*READ, UnknownProject),
)
async def change_requests(request: Request, who: Who, id: UUID) -> Response:
    """The change requests of a project, in their order."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        await operations.visible(store, who, id)
        found = await store.change_requests(id)
    return json_response(f'{{"items":[{",".join(row["body"] for row in found)}],"next":null}}')


@router.get(
    "/projects/{id}/change-requests/{number}",
    response_model=ChangeRequest,
    tags=["projects"],
    responses=problems(*READ, UnknownProject, UnknownChangeRequest),
)
async def change_request(request: Request, who: Who, id: UUID, number: NumberPath) -> Response:
    """One change request."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        await operations.visible(store, who, id)
        found = await store.change_request(id, number)
    if found is None:
        raise UnknownChangeRequest(number=number)
    return json_response(found["body"])


@router.post(
    "/projects/{id}/change-requests/{number}/decision",
    response_model=ChangeRequest,
    tags=["projects"],
    responses=problems(
        *(*WRITE, InvalidProject, UnknownProject, UnknownChangeRequest, ChangeRequestDecided, SecondPersonNeeded),
        *(RecordLocked, ProjectVoid),
    ),
)
async def decide_change(request: Request, write: Writing, id: UUID, number: NumberPath, decision: Decision) -> Response:
    """Approve a change request (the change makes the project's next version) or reject it: a second person does. Who
    asked for it may withdraw it."""
    write.caller.needs(*WRITERS)
    knowledge = await knowledge_of(request, write, id)
    return await run(request, write, lambda c: operations.decide_change(c, write, id, number, decision, knowledge))


@router.get(
    "/projects/{id}/history",
    response_model=Page[Happening],
    tags=["projects"],
    responses=problems(*READ, UnknownProject, UnknownCursor),
)
async def history(request: Request, who: Who, id: UUID, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """A project's story, step by step and field by field, told from the journal alone."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        found = await operations.story(store, who, id, number_of(cursor), limit + 1)
    more = cursor_of(str(found[limit - 1].serial)) if len(found) > limit else None
    return json_response(Page[Happening](items=found[:limit], next=more).model_dump_json())
