"""Doubles and relations of projects, and the persons behind them, over HTTP."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.portfolio import operations
from services.portfolio.contract import (
    Candidate,
    Erasure,
    InvalidProject,
    NewRelation,
    People,
    PersonalValue,
    Project,
    ProjectVoid,
    ReasonRequired,
    Relation,
    UnknownProject,
)
from services.portfolio.routes.common import READ, READERS, WRITE, WRITERS, run
from services.portfolio.store import PortfolioStore
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)
Reason = Annotated[str, Query(max_length=500, description="why personal data is to be seen; the access log keeps it")]


@router.get(
    "/personal-values",
    response_model=Page[PersonalValue],
    tags=["projects"],
    responses=problems(*READ, ReasonRequired, UnknownCursor),
)
async def personal_values(
    request: Request,
    who: Who,
    plan: Annotated[str, Query(max_length=64)],
    reason: Reason,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="projects that a page is about")] = 100,
) -> Response:
    """Phones and e-mails of a plan's projects in clear, with the salts that prove which hash of the journal each stands
    for: for auditors who say why; the access log keeps it. Values that were erased are in none of the pages."""
    try:
        after = UUID(key_of(cursor, 1)[0]) if cursor else None
    except ValueError:
        raise UnknownCursor() from None
    async with request.app.state.database.connection() as connection:
        found, last = await operations.personal_values(PortfolioStore(connection), who, plan, reason, after, limit)
    page = Page[PersonalValue](items=found, next=None if last is None else cursor_of(str(last)))
    return _in_clear(page.model_dump_json())


def _in_clear(body: str) -> Response:
    """An answer with personal data: the door writes it down, nobody keeps it."""
    answer = json_response(body)
    answer.headers["Kepan-Personal-Data"] = "read"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get(
    "/projects/{id}/candidates",
    response_model=Page[Candidate],
    tags=["projects"],
    responses=problems(*READ, UnknownProject),
)
async def candidates(request: Request, who: Who, id: UUID) -> Response:
    """Projects that may be the same as this one, and why; a lawful double that is related to it is none of them."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await operations.candidates_of(PortfolioStore(connection), who, id)
    return json_response(Page[Candidate](items=found, next=None).model_dump_json())


@router.post(
    "/projects/{id}/relations",
    status_code=201,
    response_model=Relation,
    tags=["projects"],
    responses=problems(*WRITE, InvalidProject, UnknownProject, ProjectVoid),
)
async def relate(request: Request, write: Writing, id: UUID, new: NewRelation) -> Response:
    """Say how a project stands to another: 配套, 子课题, 延续 (lawful doubles), 重复待核."""
    write.caller.needs(*WRITERS)
    today = datetime.now(UTC).date()
    return await run(request, write, lambda c: operations.relate(c, write, id, new, today))


@router.get(
    "/projects/{id}/relations",
    response_model=Page[Relation],
    tags=["projects"],
    responses=problems(*READ, UnknownProject),
)
async def relations(request: Request, who: Who, id: UUID) -> Response:
    """The relations of a project, from it and to it."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        await operations.visible(store, who, id)
        found = await store.relations(id)
    return json_response(f'{{"items":[{",".join(found)}],"next":null}}')


@router.get(
    "/projects/{id}/people",
    response_model=People,
    tags=["projects"],
    responses=problems(*READ, UnknownProject, ReasonRequired),
)
async def people(request: Request, who: Who, id: UUID, reason: Reason) -> Response:
    """Phone and e-mail in clear, for approvers, managers and auditors who say why; the access log keeps it."""
    async with request.app.state.database.connection() as connection:
        found = await operations.people(PortfolioStore(connection), who, id, reason)
    return _in_clear(found.model_dump_json())


@router.post(
    "/projects/{id}/people/erasure",
    response_model=Project,
    tags=["projects"],
    responses=problems(*WRITE, UnknownProject, ProjectVoid),
)
async def erase_people(request: Request, write: Writing, id: UUID, erasure: Erasure) -> Response:
    """Forget phone and e-mail of a project's persons; the journal's proofs hold all the same."""
    today = datetime.now(UTC).date()
    return await run(request, write, lambda c: operations.erase_people(c, write, id, erasure.reason, today))
