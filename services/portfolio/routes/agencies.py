"""Agencies over HTTP."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from services.portfolio import operations
from services.portfolio.contract import (
    Agency,
    AgencyChange,
    AgencyNotAllowed,
    AgencyTaken,
    InvalidAgency,
    NewAgency,
    UnknownAgency,
)
from services.portfolio.routes.common import (
    CHANGE,
    READ,
    READERS,
    WRITE,
    WRITERS,
    Cursor,
    Limit,
    catalog_of,
    page_of,
    run,
)
from services.portfolio.store import PortfolioStore
from services.shared.pages import Page, UnknownCursor, key_of
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)


AgencyPath = Annotated[str, Path(max_length=150, examples=["local:DEMO-01"])]


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
    vocabularies = list((await catalog_of(request).vocabularies()).values())
    today = datetime.now(UTC).date()
    return await run(request, write, lambda c: operations.register_agency(c, write, new, vocabularies, today))


@router.get("/agencies", response_model=Page[Agency], tags=["agencies"], responses=problems(*READ, UnknownCursor))
async def agencies(request: Request, who: Who, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """Agencies by their id; staff see their own and its subordinates."""
    who.needs(*READERS)
    after = key_of(cursor, 1)[0] if cursor else ""
    async with request.app.state.database.connection() as connection:
        found = await PortfolioStore(connection).agencies(operations.scope_of(who), after, limit + 1)
    return json_response(page_of(found, limit))


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
    vocabularies = list((await catalog_of(request).vocabularies()).values())
    today = datetime.now(UTC).date()
    return await run(request, write, lambda c: operations.change_agency(c, write, agency, change, vocabularies, today))
