"""What a plan promises over HTTP: indicators, and targets in money."""

from fastapi import APIRouter, Request, Response

from services.catalog import operations
from services.catalog.contract import (
    Indicator,
    InvalidTarget,
    NewTarget,
    PlanDocument,
    Target,
    UnknownEdition,
    UnknownPlan,
)
from services.catalog.routes.common import (
    READ,
    READERS,
    WRITE,
    EditionQuery,
    IfNoneMatch,
    PlanPath,
    edition_of,
    items_page,
    run,
    standing_edition,
)
from services.catalog.store import CatalogStore
from services.shared.pages import Page
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.get(
    "/plans/{plan}/indicators",
    response_model=Page[Indicator],
    tags=["indicators"],
    responses=problems(*READ, UnknownPlan, UnknownEdition),
)
async def indicators(
    request: Request, who: Who, plan: PlanPath, edition: EditionQuery = None, if_none_match: IfNoneMatch = None
) -> Response:
    """The numbers that the plan promises."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    items = PlanDocument.model_validate_json(found["document"]).indicators
    return json_response(items_page(items), operations.etag_of(found), if_none_match)


@router.get(
    "/plans/{plan}/targets", response_model=Page[Target], tags=["targets"], responses=problems(*READ, UnknownPlan)
)
async def targets(request: Request, who: Who, plan: PlanPath) -> Response:
    """What the plan's nodes are meant to be given, as it stands."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        await standing_edition(store, who, plan, None)
        found = await store.targets(plan)
    return json_response(f'{{"items":[{",".join(row["body"] for row in found)}],"next":null}}')


@router.post(
    "/plans/{plan}/targets",
    status_code=201,
    response_model=Target,
    tags=["targets"],
    responses=problems(*WRITE, UnknownPlan, InvalidTarget),
)
async def set_target(request: Request, write: Writing, plan: PlanPath, new: NewTarget) -> Response:
    """Set a target; again for the same node, year and sources makes its next version."""
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.set_target(c, write, plan, new))
