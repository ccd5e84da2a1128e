"""Portfolio over HTTP."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response

from services.portfolio import operations
from services.portfolio.contract import (
    Agency,
    AgencyChange,
    AgencyNotAllowed,
    AgencyTaken,
    InvalidAgency,
    InvalidMovement,
    InvalidProject,
    Movement,
    NewAgency,
    NewMovement,
    NewProject,
    NewTransition,
    Project,
    ProjectChange,
    ProjectNoTaken,
    ProjectVoid,
    Registered,
    SecondPersonNeeded,
    TransitionNotAllowed,
    UnknownAgency,
    UnknownProject,
    Voiding,
)
from services.portfolio.remembered import RememberedCatalog
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Database
from services.shared.errors import (
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    Malformed,
    PreconditionFailed,
    PreconditionRequired,
    ServiceUnreachable,
)
from services.shared.journal import Feed, Journal
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.tokens import InvalidToken, RoleNotAllowed
from services.shared.web import PREFIX, Who, Writing, answer_response, json_response, problems
from services.shared.writes import Operation, Write, perform

READERS = ("staff", "approver", "manager", "auditor", "editor", "service")
WRITERS = ("staff", "approver", "manager")
READ = (InvalidToken, RoleNotAllowed)
WRITE = (*READ, Malformed, IdempotencyKeyReused, IdempotencyKeyInFlight)
CHANGE = (PreconditionRequired, PreconditionFailed)
router = APIRouter(prefix=PREFIX)

AgencyPath = Annotated[str, Path(max_length=150, examples=["local:DEMO-01"])]
Cursor = Annotated[str | None, Query(max_length=500)]
Limit = Annotated[int, Query(ge=1, le=500)]
Filter = Annotated[str | None, Query(max_length=150)]


async def _run(request: Request, write: Write, operation: Operation) -> Response:
    """Commit an operation, wake the sequencer, answer."""
    database: Database = request.app.state.database
    answer = await perform(database, write, operation)
    journal: Journal = request.app.state.journal
    journal.written()
    return answer_response(answer)


def _catalog(request: Request) -> RememberedCatalog:
    catalog: RememberedCatalog = request.app.state.catalog
    return catalog


# agencies


@router.post(
    "/agencies",
    status_code=201,
    response_model=Agency,
    tags=["agencies"],
    responses=problems(*WRITE, InvalidAgency, AgencyTaken, UnknownAgency, AgencyNotAllowed),
)
async def register_agency(request: Request, write: Writing, new: NewAgency) -> Response:
    """Register an agency by scheme and value."""
    write.caller.needs(*WRITERS)
    vocabularies = list((await _catalog(request).vocabularies()).values())
    today = datetime.now(UTC).date()
    return await _run(request, write, lambda c: operations.register_agency(c, write, new, vocabularies, today))


@router.get("/agencies", response_model=Page[Agency], tags=["agencies"], responses=problems(*READ, UnknownCursor))
async def agencies(request: Request, who: Who, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """Agencies by their id; staff see their own and its subordinates."""
    who.needs(*READERS)
    after = key_of(cursor, 1)[0] if cursor else ""
    async with request.app.state.database.connection() as connection:
        found = await PortfolioStore(connection).agencies(operations.scope_of(who), after, limit + 1)
    return json_response(_page(found, limit))


@router.get("/agencies/{agency}", response_model=Agency, tags=["agencies"], responses=problems(*READ, UnknownAgency))
async def agency(
    request: Request, who: Who, agency: AgencyPath, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """One agency."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        body = await store.agency(agency)
        if body is None:
            raise UnknownAgency(agency=agency)
        await operations.check_scope(store, who, agency)
    version = Agency.model_validate_json(body).version
    return json_response(body, str(version), if_none_match)


@router.patch(
    "/agencies/{agency}",
    response_model=Agency,
    tags=["agencies"],
    responses=problems(*WRITE, *CHANGE, InvalidAgency, UnknownAgency, AgencyNotAllowed),
)
async def change_agency(request: Request, write: Writing, agency: AgencyPath, change: AgencyChange) -> Response:
    """Change an agency; If-Match names the version that was read."""
    write.caller.needs(*WRITERS)
    vocabularies = list((await _catalog(request).vocabularies()).values())
    today = datetime.now(UTC).date()
    return await _run(request, write, lambda c: operations.change_agency(c, write, agency, change, vocabularies, today))


# projects


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
    knowledge = await _catalog(request).for_tasks(new.plan, [share.code for share in new.tasks])
    return await _run(request, write, lambda c: operations.register_project(c, write, new, knowledge))


@router.get("/projects", response_model=Page[Project], tags=["projects"], responses=problems(*READ, UnknownCursor))
async def projects(
    request: Request,
    who: Who,
    plan: Filter = None,
    agency: Filter = None,
    state: Filter = None,
    task: Filter = None,
    project_no: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Projects in the order of their registration; staff see those of their agency and its subordinates."""
    who.needs(*READERS)
    after = _uuid(key_of(cursor, 1)[0]) if cursor else None
    filters = {"plan": plan, "lead": agency, "state": state, "task": task}
    filters["number_key"] = operations.number_key(project_no)
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        found = await store.projects(filters, operations.scope_of(who), after, limit + 1)
    return json_response(_page(found, limit))


@router.get("/projects/{id}", response_model=Project, tags=["projects"], responses=problems(*READ, UnknownProject))
async def project(
    request: Request, who: Who, id: UUID, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """One project; phone and e-mail are masked."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await operations.visible(PortfolioStore(connection), who, id)
    return json_response(found["body"], str(found["version"]), if_none_match)


@router.patch(
    "/projects/{id}",
    response_model=Project,
    tags=["projects"],
    responses=problems(*WRITE, *CHANGE, InvalidProject, UnknownProject, AgencyNotAllowed, ProjectNoTaken, ProjectVoid),
)
async def change_project(request: Request, write: Writing, id: UUID, change: ProjectChange) -> Response:
    """Change a project; If-Match names the version that was read."""
    write.caller.needs(*WRITERS)
    knowledge = await _knowledge_of(request, write, id)
    return await _run(request, write, lambda c: operations.change_project(c, write, id, change, knowledge))


@router.post(
    "/projects/{id}/transitions",
    response_model=Project,
    tags=["projects"],
    responses=problems(*WRITE, InvalidProject, UnknownProject, TransitionNotAllowed, ProjectVoid, PreconditionFailed),
)
async def enter_state(request: Request, write: Writing, id: UUID, transition: NewTransition) -> Response:
    """Enter the project's next state."""
    write.caller.needs(*WRITERS)
    knowledge = await _knowledge_of(request, write, id)
    return await _run(request, write, lambda c: operations.enter_state(c, write, id, transition, knowledge))


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
    return await _run(request, write, lambda c: operations.void_project(c, write, id, voiding, today))


@router.post(
    "/projects/{id}/movements",
    status_code=201,
    response_model=Movement,
    tags=["movements"],
    responses=problems(*WRITE, InvalidMovement, UnknownProject, ProjectVoid),
)
async def record_movement(request: Request, write: Writing, id: UUID, movement: NewMovement) -> Response:
    """Enter a movement of money; nothing is edited, a negative amount corrects."""
    write.caller.needs(*WRITERS)
    knowledge = await _knowledge_of(request, write, id)
    return await _run(request, write, lambda c: operations.record_movement(c, write, id, movement, knowledge))


@router.get(
    "/projects/{id}/movements",
    response_model=Page[Movement],
    tags=["movements"],
    responses=problems(*READ, UnknownProject, UnknownCursor),
)
async def movements(request: Request, who: Who, id: UUID, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """The ledger of a project, in the order of its entries."""
    who.needs(*READERS)
    after = _uuid(key_of(cursor, 1)[0]) if cursor else None
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        await operations.visible(store, who, id)
        found = await store.movements(id, after, limit + 1)
    return json_response(_page(found, limit))


@router.get("/journal", response_model=Feed, tags=["journal"], responses=problems(*READ))
async def portfolio_journal(
    request: Request,
    who: Who,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the first entry")] = 0,
) -> Response:
    """The feed: accepted commands in their order. Pages go up to 10,000 entries for services, 500 for others."""
    who.needs("service", "auditor", "manager")
    journal: Journal = request.app.state.journal
    page = await journal.page(after, limit if who.role == "service" else min(limit, 500), wait)
    return json_response(page.model_dump_json())


async def _knowledge_of(request: Request, write: Write, id: UUID) -> Knowledge:
    """What the catalog says of the plan of a project that the caller may see."""
    async with request.app.state.database.connection() as connection:
        found = await operations.visible(PortfolioStore(connection), write.caller, id)
    return await _catalog(request).plan(Project.model_validate_json(found["body"]).plan)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownCursor() from None


def _page(found: list[dict[str, object]], limit: int) -> str:
    """Rows of (id, body), one more than asked for where there are more, as a page."""
    more = cursor_of(str(found[limit - 1]["id"])) if len(found) > limit else None
    bodies = ",".join(str(row["body"]) for row in found[:limit])
    following = f'"{more}"' if more else "null"
    return f'{{"items":[{bodies}],"next":{following}}}'
