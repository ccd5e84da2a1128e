"""Catalog over HTTP."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel

from services.catalog import operations, rules
from services.catalog.contract import (
    SKOS_FORMATS,
    Edition,
    Indicator,
    InvalidPlan,
    InvalidTarget,
    InvalidVocabulary,
    NewTarget,
    Node,
    Plan,
    PlanDocument,
    PlanSlugTaken,
    ProjectText,
    Relation,
    Suggestion,
    Suggestions,
    Target,
    Theme,
    Tree,
    UnknownEdition,
    UnknownNode,
    UnknownPlan,
    UnknownVocabulary,
    Vocabulary,
    as_json,
)
from services.catalog.store import CatalogStore
from services.catalog.suggest import Suggester
from services.shared.children import in_child
from services.shared.errors import (
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    Malformed,
    PreconditionFailed,
    PreconditionRequired,
)
from services.shared.journal import Feed, Journal
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.tokens import InvalidToken, RoleNotAllowed
from services.shared.web import PREFIX, Who, Writing, answer_response, json_response, problems
from services.shared.writes import Operation, Write, perform

READERS = ("staff", "approver", "manager", "auditor", "editor", "service")
READ = (InvalidToken, RoleNotAllowed)
WRITE = (*READ, Malformed, IdempotencyKeyReused, IdempotencyKeyInFlight)
router = APIRouter(prefix=PREFIX)

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text has no NUL: what holds one names nothing."""
PlanPath = Annotated[str, Path(max_length=64, pattern=NO_NUL, examples=["shanghai-sti-13"])]
CodePath = Annotated[str, Path(max_length=64, pattern=NO_NUL)]
CodeQuery = Annotated[str | None, Query(max_length=64, pattern=NO_NUL)]
EditionQuery = Annotated[int | None, Query(ge=1, le=1_000_000)]
IfNoneMatch = Annotated[str | None, Header()]


async def _run(request: Request, write: Write, operation: Operation) -> Response:
    """Commit an operation, wake the sequencer, answer."""
    answer = await perform(request.app.state.database, write, operation)
    journal: Journal = request.app.state.journal
    journal.written()
    return answer_response(answer)


async def _standing(store: CatalogStore, plan: str, edition: int | None) -> dict[str, Any]:
    """An edition of a plan, or the error that says what there is not."""
    found = await store.plan(plan, edition)
    if found is None and edition is not None and await store.plan(plan) is not None:
        raise UnknownEdition(plan=plan, edition=edition)
    if found is None:
        raise UnknownPlan(plan=plan)
    return found


async def _edition(request: Request, plan: str, edition: int | None) -> dict[str, Any]:
    async with request.app.state.database.connection() as connection:
        return await _standing(CatalogStore(connection), plan, edition)


def _items(items: Sequence[BaseModel]) -> str:
    return json.dumps({"items": [as_json(item) for item in items], "next": None}, ensure_ascii=False)


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
    return await _run(request, write, lambda c: operations.publish_plan(c, write, document))


@router.get(
    "/plans/{plan}", response_model=Plan, tags=["plans"], responses=problems(*READ, UnknownPlan, UnknownEdition)
)
async def plan(
    request: Request, who: Who, plan: PlanPath, edition: EditionQuery = None, if_none_match: IfNoneMatch = None
) -> Response:
    """A plan: levels, settings, currency, time zone, citation, denominators."""
    who.needs(*READERS)
    found = await _edition(request, plan, edition)
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
    found = await _edition(request, plan, edition)
    return json_response(found["document"], operations.etag_of(found), if_none_match)


@router.get(
    "/plans/{plan}/tree", response_model=Tree, tags=["plans"], responses=problems(*READ, UnknownPlan, UnknownEdition)
)
async def tree(
    request: Request, who: Who, plan: PlanPath, edition: EditionQuery = None, if_none_match: IfNoneMatch = None
) -> Response:
    """The nodes of a plan, nested, in plan order."""
    who.needs(*READERS)
    found = await _edition(request, plan, edition)
    nodes = rules.nodes_of(PlanDocument.model_validate_json(found["document"]), found["edition"])
    answer = Tree(plan=plan, edition=found["edition"], nodes=rules.tree_of(nodes))
    return json_response(answer.model_dump_json(), operations.etag_of(found), if_none_match)


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
        standing = await _standing(store, plan, edition)
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
        standing = await _standing(store, plan, edition)
        body = await store.node(plan, standing["edition"], code)
    if body is None:
        raise UnknownNode(code=code, plan=plan)
    return json_response(body, operations.etag_of(standing), if_none_match)


@router.get(
    "/plans/{plan}/editions", response_model=Page[Edition], tags=["plans"], responses=problems(*READ, UnknownPlan)
)
async def editions(request: Request, who: Who, plan: PlanPath) -> Response:
    """The editions of a plan."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await CatalogStore(connection).editions(plan)
    if not found:
        raise UnknownPlan(plan=plan)
    made = [Edition(plan=plan, number=r["edition"], status=r["status"], published_at=r["published_at"]) for r in found]
    return json_response(_items(made))


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
    found = await _edition(request, plan, edition)
    items = PlanDocument.model_validate_json(found["document"]).relations
    return json_response(_items(items), operations.etag_of(found), if_none_match)


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
    found = await _edition(request, plan, edition)
    items = PlanDocument.model_validate_json(found["document"]).themes
    return json_response(_items(items), operations.etag_of(found), if_none_match)


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
    found = await _edition(request, plan, edition)
    items = PlanDocument.model_validate_json(found["document"]).indicators
    return json_response(_items(items), operations.etag_of(found), if_none_match)


@router.get(
    "/plans/{plan}/targets", response_model=Page[Target], tags=["targets"], responses=problems(*READ, UnknownPlan)
)
async def targets(request: Request, who: Who, plan: PlanPath) -> Response:
    """What the plan's nodes are meant to be given, as it stands."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        await _standing(store, plan, None)
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
    return await _run(request, write, lambda c: operations.set_target(c, write, plan, new))


@router.get("/vocabularies", response_model=Page[Vocabulary], tags=["vocabularies"], responses=problems(*READ))
async def vocabularies(request: Request, who: Who) -> Response:
    """The controlled vocabularies with their terms."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await CatalogStore(connection).vocabularies()
    return json_response(f'{{"items":[{",".join(found)}],"next":null}}')


@router.get(
    "/vocabularies/{code}",
    response_model=Vocabulary,
    tags=["vocabularies"],
    responses=problems(*READ, UnknownVocabulary),
)
async def vocabulary(request: Request, who: Who, code: CodePath, if_none_match: IfNoneMatch = None) -> Response:
    """One vocabulary."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await CatalogStore(connection).vocabulary(code)
    if found is None:
        raise UnknownVocabulary(code=code)
    return json_response(found["body"], str(found["version"]), if_none_match)


@router.put(
    "/vocabularies/{code}",
    response_model=Vocabulary,
    tags=["vocabularies"],
    responses=problems(*WRITE, InvalidVocabulary, PreconditionRequired, PreconditionFailed),
)
async def set_vocabulary(request: Request, write: Writing, code: CodePath, vocabulary: Vocabulary) -> Response:
    """Set a vocabulary; where it stands already, If-Match names the version that was read."""
    write.caller.needs("editor")
    if vocabulary.code != code:
        detail = f"the path says {code}, the body {vocabulary.code}"
        raise Malformed(errors=[rules.problem("/code", "code_differs", detail)])
    return await _run(request, write, lambda c: operations.set_vocabulary(c, write, vocabulary))


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
    found = await _edition(request, plan, edition)
    suggester: Suggester = request.app.state.suggesters.of(found["digest"], found["document"])
    items = [
        Suggestion(code=reason.code, title=reason.title, score=reason.score, because=reason.because)
        for reason in suggester.suggest(project.title, project.abstract)
    ]
    return json_response(Suggestions(items=items, none=not items).model_dump_json())


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
    found = await _edition(request, plan, edition)
    media_type = next((known for known in reversed(SKOS_FORMATS) if known in accept), "text/turtle")
    etag = f"{operations.etag_of(found)}-{SKOS_FORMATS[media_type]}"
    answer = json_response("", etag, if_none_match)
    answer.headers["Vary"] = "Accept"
    if answer.status_code == 200:
        text = await in_child("services.catalog.skos", "skos_of", found["document"], media_type)
        return Response(text, 200, {"ETag": f'"{etag}"', "Vary": "Accept"}, f"{media_type}; charset=utf-8")
    return answer


@router.get("/catalog/journal", response_model=Feed, tags=["journal"], responses=problems(*READ))
async def catalog_journal(
    request: Request,
    who: Who,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the first entry")] = 0,
) -> Response:
    """The feed: accepted commands in their order. Pages go up to 10,000 entries for services, 500 for others."""
    who.needs(*READERS)
    journal: Journal = request.app.state.journal
    page = await journal.page(after, limit if who.role == "service" else min(limit, 500), wait)
    return json_response(page.model_dump_json())
