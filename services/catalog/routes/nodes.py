"""A plan's nodes over HTTP: lists, search, relations, themes, suggestions."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.catalog import operations
from services.catalog.contract import (
    Node,
    PlanDocument,
    ProjectText,
    Relation,
    Suggestion,
    Suggestions,
    Theme,
    UnknownEdition,
    UnknownNode,
    UnknownPlan,
)
from services.catalog.routes.common import (
    NO_NUL,
    READ,
    READERS,
    CodeQuery,
    EditionQuery,
    IfNoneMatch,
    PlanPath,
    edition_of,
    items_page,
    standing_edition,
)
from services.catalog.store import CatalogStore
from services.catalog.suggest import Suggester
from services.shared.errors import Malformed
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.web import PREFIX, Who, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.get(
    "/plans/{plan}/nodes",
    response_model=Page[Node],
    tags=["nodes"],
    responses=problems(*READ, UnknownPlan, UnknownEdition, UnknownCursor),
)
async def nodes(
    request: Request,
    who: Who,
    plan: PlanPath,
    level: CodeQuery = None,
    parent: CodeQuery = None,
    q: Annotated[
        str | None, Query(max_length=100, pattern=NO_NUL, description="code, title, alias, keyword or pinyin")
    ] = None,
    edition: EditionQuery = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Nodes in plan order; with `q` those that the words find, the best first, on one page."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        standing = await standing_edition(store, who, plan, edition)
        if q is not None:
            found = await store.found(plan, standing["edition"], q, level, parent, limit)
        else:
            after = _place(cursor) if cursor else -1
            found = await store.nodes(plan, standing["edition"], level, parent, after, limit + 1)
    more = f'"{cursor_of(str(found[limit - 1]["key"]))}"' if len(found) > limit else "null"
    return json_response(f'{{"items":[{",".join(row["body"] for row in found[:limit])}],"next":{more}}}')


def _place(cursor: str) -> int:
    """The place in plan order that a cursor stands for."""
    place = key_of(cursor, 1)[0]
    if not (place.isascii() and place.isdigit() and len(place) < 10):
        raise UnknownCursor()
    return int(place)


@router.get(
    "/plans/{plan}/nodes/{code}",
    response_model=Node,
    tags=["nodes"],
    responses=problems(*READ, UnknownPlan, UnknownEdition, UnknownNode),
)
async def node(
    request: Request,
    who: Who,
    plan: PlanPath,
    code: Annotated[str, Path(max_length=64, pattern=NO_NUL, examples=["4.8"])],
    edition: EditionQuery = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One node."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        standing = await standing_edition(store, who, plan, edition)
        body = await store.node(plan, standing["edition"], code)
    if body is None:
        raise UnknownNode(code=code, plan=plan)
    return json_response(body, operations.etag_of(standing), if_none_match)


@router.get(
    "/plans/{plan}/relations",
    response_model=Page[Relation],
    tags=["nodes"],
    responses=problems(*READ, UnknownPlan, UnknownEdition),
)
async def relations(
    request: Request, who: Who, plan: PlanPath, edition: EditionQuery = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Nodes that belong together."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    items = PlanDocument.model_validate_json(found["document"]).relations
    return json_response(items_page(items), operations.etag_of(found), if_none_match)


@router.get(
    "/plans/{plan}/themes",
    response_model=Page[Theme],
    tags=["nodes"],
    responses=problems(*READ, UnknownPlan, UnknownEdition),
)
async def themes(
    request: Request, who: Who, plan: PlanPath, edition: EditionQuery = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Words with more than one home in the plan."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    items = PlanDocument.model_validate_json(found["document"]).themes
    return json_response(items_page(items), operations.etag_of(found), if_none_match)


@router.post(
    "/plans/{plan}/suggestions",
    response_model=Suggestions,
    tags=["nodes"],
    responses=problems(*READ, Malformed, UnknownPlan, UnknownEdition),
)
async def suggest(
    request: Request, who: Who, plan: PlanPath, project: ProjectText, edition: EditionQuery = None
) -> Response:
    """Which tasks a project fits, by its title and abstract; nothing is written."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    suggester: Suggester = request.app.state.suggesters.of(found["digest"], found["document"])
    items = [
        Suggestion(code=reason.code, title=reason.title, score=reason.score, because=reason.because)
        for reason in suggester.suggest(project.title, project.abstract)
    ]
    return json_response(Suggestions(items=items, none=not items).model_dump_json())
