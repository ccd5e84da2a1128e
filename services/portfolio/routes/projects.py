"""Projects over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response

from services.portfolio import operations
from services.portfolio.contract import (
    AgencyNotAllowed,
    ChangeRequestNeeded,
    InvalidProject,
    NewProject,
    Project,
    ProjectChange,
    ProjectNoTaken,
    ProjectVoid,
    RecordLocked,
    Registered,
    UnknownAgency,
    UnknownProject,
)
from services.portfolio.routes.common import (
    CHANGE,
    READ,
    READERS,
    WRITE,
    WRITERS,
    Cursor,
    Filter,
    Limit,
    catalog_of,
    knowledge_of,
    page_of,
    run,
    uuid_of,
)
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.errors import ServiceUnreachable
from services.shared.pages import Page, UnknownCursor, key_of
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.post(
    "/projects",
    status_code=201,
    response_model=Registered,
    tags=["projects"],
    responses=problems(*WRITE, InvalidProject, UnknownAgency, AgencyNotAllowed, ProjectNoTaken, ServiceUnreachable),
)
async def register_project(request: Request, write: Writing, new: NewProject) -> Response:
    """Register a funded project against tasks of a plan; near-duplicates come back as `candidates`."""
    write.caller.needs(*WRITERS)
    knowledge = await catalog_of(request).for_tasks(new.plan, [share.code for share in new.tasks])
    return await run(request, write, lambda c: operations.register_project(c, write, new, knowledge))


@router.get("/projects", response_model=Page[Project], tags=["projects"], responses=problems(*READ, UnknownCursor))
async def projects(
    request: Request,
    who: Who,
    plan: Filter = None,
    agency: Filter = None,
    state: Filter = None,
    record: Filter = None,
    task: Filter = None,
    project_no: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Projects in the order of their registration; staff see those of their agency and its subordinates."""
    who.needs(*READERS)
    after = uuid_of(key_of(cursor, 1)[0]) if cursor else None
    filters = {"plan": plan, "lead": agency, "state": state, "record_status": record, "task": task}
    filters["number_key"] = operations.number_key(project_no)
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        found = await store.projects(filters, operations.scope_of(who), after, limit + 1)
        bodies = await operations.with_flags(store, found, await _plans_of(request, found))
    shown = [{"id": row["id"], "body": body} for row, body in zip(found, bodies, strict=True)]
    return json_response(page_of(shown, limit))


async def _plans_of(request: Request, found: list[dict[str, Any]]) -> dict[str, Knowledge]:
    """What the catalog says of the plans of some projects."""
    slugs = {row["plan"] for row in found}
    return {slug: await catalog_of(request).plan(slug) for slug in sorted(slugs)}


@router.get("/projects/{id}", response_model=Project, tags=["projects"], responses=problems(*READ, UnknownProject))
async def project(
    request: Request, who: Who, id: UUID, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """One project; phone and e-mail are masked."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        found = await operations.visible(store, who, id)
        bodies = await operations.with_flags(store, [found], await _plans_of(request, [found]))
    return json_response(bodies[0], str(found["version"]), if_none_match)


@router.patch(
    "/projects/{id}",
    response_model=Project,
    tags=["projects"],
    responses=problems(
        *(*WRITE, *CHANGE, InvalidProject, UnknownProject, AgencyNotAllowed, ProjectNoTaken, ProjectVoid),
        *(RecordLocked, ChangeRequestNeeded),
    ),
)
async def change_project(request: Request, write: Writing, id: UUID, change: ProjectChange) -> Response:
    """Change a project; If-Match names the version that was read. In a plan with review, what a second person decides
    on goes through a change request (`change_request_needed`)."""
    write.caller.needs(*WRITERS)
    knowledge = await knowledge_of(request, write, id)
    return await run(request, write, lambda c: operations.change_project(c, write, id, change, knowledge))
