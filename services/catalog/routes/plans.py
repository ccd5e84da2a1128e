"""The plans over HTTP: whole, as a tree, by edition, as SKOS."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from services.catalog import operations, rules
from services.catalog.contract import (
    SKOS_FORMATS,
    InvalidPlan,
    Plan,
    PlanDocument,
    PlanSlugTaken,
    Tree,
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
    run,
)
from services.catalog.store import CatalogStore
from services.shared.children import in_child
from services.shared.pages import Page
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.get("/plans", response_model=Page[Plan], tags=["plans"], responses=problems(*READ))
async def plans(request: Request, who: Who) -> Response:
    """The plans, each in its latest edition."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await CatalogStore(connection).plans()
    return json_response(f'{{"items":[{",".join(found)}],"next":null}}')


@router.post(
    "/plans",
    status_code=201,
    response_model=Plan,
    tags=["plans"],
    responses=problems(*WRITE, InvalidPlan, PlanSlugTaken),
)
async def publish_plan(request: Request, write: Writing, document: PlanDocument) -> Response:
    """Publish a whole plan as its edition 1; the same document again changes nothing and answers 200."""
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.publish_plan(c, write, document))


@router.get(
    "/plans/{plan}", response_model=Plan, tags=["plans"], responses=problems(*READ, UnknownPlan, UnknownEdition)
)
async def plan(
    request: Request, who: Who, plan: PlanPath, edition: EditionQuery = None, if_none_match: IfNoneMatch = None
) -> Response:
    """A plan: levels, settings, currency, time zone, citation, denominators."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    return json_response(found["summary"], operations.etag_of(found), if_none_match)


@router.get(
    "/plans/{plan}/document",
    response_model=PlanDocument,
    tags=["plans"],
    responses=problems(*READ, UnknownPlan, UnknownEdition),
)
async def plan_document(
    request: Request, who: Who, plan: PlanPath, edition: EditionQuery = None, if_none_match: IfNoneMatch = None
) -> Response:
    """A plan, whole, in the form of its data file."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    return json_response(found["document"], operations.etag_of(found), if_none_match)


@router.get(
    "/plans/{plan}/tree", response_model=Tree, tags=["plans"], responses=problems(*READ, UnknownPlan, UnknownEdition)
)
async def tree(
    request: Request, who: Who, plan: PlanPath, edition: EditionQuery = None, if_none_match: IfNoneMatch = None
) -> Response:
    """The nodes of a plan, nested, in plan order."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    nodes = rules.nodes_of(PlanDocument.model_validate_json(found["document"]), found["edition"])
    answer = Tree(plan=plan, edition=found["edition"], nodes=rules.tree_of(nodes))
    return json_response(answer.model_dump_json(), operations.etag_of(found), if_none_match)


@router.get(
    "/plans/{plan}/skos",
    tags=["plans"],
    response_class=Response,
    responses=problems(*READ, UnknownPlan, UnknownEdition)
    | {200: {"content": {name: {"schema": {"type": "string"}} for name in SKOS_FORMATS}}},
)
async def skos(
    request: Request,
    who: Who,
    plan: PlanPath,
    edition: EditionQuery = None,
    accept: Annotated[str, Header()] = "*/*",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The plan as SKOS: Turtle, or JSON-LD where Accept asks for application/ld+json."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    media_type = next((known for known in reversed(SKOS_FORMATS) if known in accept), "text/turtle")
    etag = f"{operations.etag_of(found)}-{SKOS_FORMATS[media_type]}"
    answer = json_response("", etag, if_none_match)
    answer.headers["Vary"] = "Accept"
    if answer.status_code == 200:
        text = await in_child("services.catalog.skos", "skos_of", found["document"], media_type)
        return Response(text, 200, {"ETag": f'"{etag}"', "Vary": "Accept"}, f"{media_type}; charset=utf-8")
    return answer
