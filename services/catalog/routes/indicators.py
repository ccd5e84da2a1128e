"""The numbers that a plan promises, and what they were observed to be, over HTTP."""

from fastapi import APIRouter, Request, Response

from services.catalog import operations
from services.catalog.contract import (
    Indicator,
    InvalidObservation,
    NewObservation,
    Observation,
    PlanDocument,
    Series,
    UnknownEdition,
    UnknownIndicator,
    UnknownPlan,
    series_of,
)
from services.catalog.routes.common import (
    READ,
    READERS,
    WRITE,
    CodePath,
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
    "/plans/{plan}/indicators/{code}/observations",
    response_model=Series,
    tags=["indicators"],
    responses=problems(*READ, UnknownPlan, UnknownEdition, UnknownIndicator),
)
async def observations(
    request: Request, who: Who, plan: PlanPath, code: CodePath, edition: EditionQuery = None
) -> Response:
    """An indicator through the years: the latest word on each, beside what was meant, and whether it is attained."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        standing = await standing_edition(store, who, plan, edition)
        document = PlanDocument.model_validate_json(standing["document"])
        indicator = operations.indicator_of(document, code)
        found = [Observation.model_validate_json(row["body"]) for row in await store.observations(plan, code)]
    return json_response(series_of(document, indicator, found).model_dump_json())


@router.get(
    "/plans/{plan}/indicators/{code}/observations/history",
    response_model=Page[Observation],
    tags=["indicators"],
    responses=problems(*READ, UnknownPlan, UnknownIndicator),
)
async def observation_history(request: Request, who: Who, plan: PlanPath, code: CodePath) -> Response:
    """Every observation of an indicator in the order of entry, those of indicators that are gone too."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        standing = await standing_edition(store, who, plan, None)
        found = await store.observations(plan, code)
        if not found:
            operations.indicator_of(PlanDocument.model_validate_json(standing["document"]), code)
    return json_response(f'{{"items":[{",".join(row["body"] for row in found)}],"next":null}}')


@router.post(
    "/plans/{plan}/indicators/{code}/observations",
    status_code=201,
    response_model=Observation,
    tags=["indicators"],
    responses=problems(*WRITE, UnknownPlan, UnknownIndicator, InvalidObservation),
)
async def record_observation(
    request: Request, write: Writing, plan: PlanPath, code: CodePath, new: NewObservation
) -> Response:
    """Enter what an indicator was in a year, or on a day; a further entry for the same time corrects."""
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.record_observation(c, write, plan, code, new))
