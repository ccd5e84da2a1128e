"""The pages that a person reads: the plans, a plan at a glance, a task with its projects, a project."""

import asyncio
import re
from collections.abc import Awaitable, Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup
from pydantic import ValidationError

from gateway.callers import BUSINESS
from gateway.pages import notices, pictures, words
from gateway.pages import plan as shown
from gateway.pages.asking import Asking
from gateway.pages.filters import choices, level_of, narrowed, read
from gateway.pages.listing import projects_at, targets_at
from gateway.pages.rendering import PageRoute, page
from gateway.pages.signing import READ, refused, sessions_of
from gateway.pages.stated import document_of, invented, is_invented, lead_named, stated
from gateway.sessions import NotSignedIn, form_word, secret_in
from services.catalog.contract import NodeDocument, PlanDocument, Vocabulary
from services.portfolio.contract import Movement
from services.reporting.contract import Coverage
from services.shared.errors import ServiceError
from services.shared.tokens import Caller
from services.shared.web import UnknownPath

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
STEPS = 500
"""Movements and steps of one project that a page shows."""
PATIENCE = 10.0
"""Seconds that a page waits for what it can do without."""
log = structlog.get_logger()
Found = TypeVar("Found")


async def signed_in(request: Request) -> Caller:
    """Who reads; a refusal is written down."""
    request.state.reader = None
    try:
        request.state.reader = caller = await sessions_of(request).caller(request.scope)
        caller.needs(*BUSINESS)
    except ServiceError as error:
        await refused(request, error, request.state.reader)
        raise
    return caller


Reader = Annotated[Caller, Depends(signed_in)]


def asking_of(request: Request, caller: Caller) -> Asking:
    """The services, asked by whoever reads."""
    found: Asking = request.app.state.neighbourhood.as_(caller)
    return found


@router.api_route("/", methods=READ)
async def home(request: Request) -> Response:
    """How to sign in; to who is signed in the plan, or the plans where there are several."""
    if not secret_in(request.scope):
        return page("welcome.html")
    try:
        caller = await signed_in(request)
    except NotSignedIn:
        return page("welcome.html")
    asking = asking_of(request, caller)
    plans = await asking.catalog.plans()
    if len(plans) == 1:
        return await _plan(request, caller, plans[0].slug)
    told = await _told(asking, caller)
    return page("plans.html", **_whose(request, caller), plans=plans, address=shown.address, told=told)


@router.api_route("/plans/{slug}", methods=READ)
async def plan(request: Request, caller: Reader, slug: str) -> Response:
    """A plan at a glance."""
    return await _plan(request, caller, slug)


@router.api_route("/plans/{slug}/tasks/{code}", methods=READ)
async def task(request: Request, caller: Reader, slug: str, code: str, cursor: str = "") -> Response:
    """A node of a plan, or what belongs to none of its nodes, with its figures, what is below it, and the projects and
    targets that the figures are the sum of."""
    asking, slug, query = asking_of(request, caller), _slug(slug), _query(request)
    coverage, document = await stated(asking, slug, query)
    level_of(document, query)
    nodes = {node.code: node for node in document.nodes}
    item = next((found for found in coverage.items if found.code == code), None)
    if item is None:
        raise _no_node(request, coverage.edition, code)
    cut = {name: value for name, value in query.items() if name not in ("level", "denominator")}
    vocabularies, targets, listing, demo, lead = await asyncio.gather(
        asking.catalog.vocabularies(),
        targets_at(asking.reporting, slug, code, cut),
        projects_at(asking.reporting, slug, code, cut, cursor),
        invented(asking, slug),
        lead_named(asking, query),
    )
    below = [found for found in coverage.items if found.parent == code]
    return page(
        "task.html",
        **_whose(request, caller),
        **_frame(document, coverage, vocabularies, query),
        node=nodes.get(code) or NodeDocument(code=code, level=item.level, title=item.title),
        homeless=code not in nodes,
        item=item,
        path=_path(nodes, slug, code, query),
        below=shown.rows_of(below, slug, query, nodes),
        narrowed=narrowed(slug, code, query, vocabularies, lead),
        targets=targets,
        listing=listing,
        paged=bool(cursor or listing.next),
        tasks={node.code: (shown.titled(node), shown.address(slug, node.code, **query)) for node in document.nodes},
        next=shown.address(slug, code, **query, cursor=listing.next) if listing.next else "",
        demo=demo or is_invented(line.title for line in listing.lines),
        sources=shown.terms(vocabularies, "source"),
    )


@router.api_route("/projects/{id}", methods=READ)
async def project(request: Request, caller: Reader, id: str) -> Response:
    """One project: what it is, its shares, its money, its story."""
    asking = asking_of(request, caller)
    try:
        key = UUID(id)
    except ValueError:
        raise UnknownPath(method="GET", path=request.url.path) from None
    found, movements, history, vocabularies = await asyncio.gather(
        asking.portfolio.project(key),
        asking.portfolio.movements(key, limit=STEPS),
        asking.portfolio.history(key, limit=STEPS),
        asking.catalog.vocabularies(),
    )
    document, latest, lead, demo = await asyncio.gather(
        document_of(asking, found.plan, found.edition),
        asking.catalog.plan(found.plan),
        asking.portfolio.agency(found.lead),
        invented(asking, found.plan),
    )
    # Shares name tasks of the edition that the project is registered against, which need not be the plan today.
    edition = str(found.edition) if latest.edition > 1 else None
    return page(
        "project.html",
        **_whose(request, caller),
        plan=document,
        plan_link=shown.address(found.plan),
        project=found,
        lead=lead,
        shares=[(share, *_task(document, share.code, edition)) for share in found.tasks],
        sums=_sums(movements.items) if movements.next is None else dict.fromkeys(words.MOVEMENTS),
        movements=movements.items,
        history=history.items,
        more=bool(movements.next or history.next),
        is_demo=is_invented([found.title]),
        demo=demo,
        terms={name: shown.terms(vocabularies, name) for name in ("project_state", "fund_class", "source", "stage")},
    )


@router.api_route("/plans/{rest:path}", methods=READ)
@router.api_route("/projects/{rest:path}", methods=READ)
async def nothing(request: Request, caller: Reader, rest: str) -> Response:
    """Below the pages, what no page is."""
    raise UnknownPath(method="GET", path=request.url.path)


async def _plan(request: Request, caller: Caller, slug: str) -> Response:
    asking, slug, query = asking_of(request, caller), _slug(slug), _query(request)
    coverage, document = await stated(asking, slug, query)
    level = level_of(document, query)
    vocabularies, demo, drawn, told, lead = await asyncio.gather(
        asking.catalog.vocabularies(),
        invented(asking, slug),
        _drawn(asking, document, query),
        _told(asking, caller),
        lead_named(asking, query),
    )
    return page(
        "plan.html",
        **_whose(request, caller),
        **_frame(document, coverage, vocabularies, query),
        level=level,
        groups=shown.groups(document, coverage, level, query),
        picture=shown.picture(document, coverage, level, query),
        narrowed=narrowed(slug, "", query, vocabularies, lead),
        drawn=drawn,
        told=told,
        choices=choices(document, vocabularies, query, lead),
        denominators=shown.denominators(coverage, slug, query),
        demo=demo,
    )


async def _drawn(asking: Asking, document: PlanDocument, query: Mapping[str, str]) -> list[tuple[str, Markup | None]]:
    """The pictures below the treemap, named; None for one whose report does not come."""
    slug, reports = document.slug, asking.reporting
    cut = {name: value for name, value in query.items() if name != "level"}
    matrix, flows, trend = await asyncio.gather(
        _perhaps("matrix", reports.matrix(slug, rows="district", columns=document.levels[0].code, **cut)),
        _perhaps("flows", reports.flows(slug, **cut)),
        _perhaps("trend", reports.trend(slug, **cut)),
    )
    return [
        ("资金分布", pictures.distribution(document, matrix, query) if matrix else None),
        ("资金去向", pictures.streams(document, flows) if flows else None),
        ("历年走势", pictures.growth(trend) if trend else None),
    ]


async def _told(asking: Asking, caller: Caller) -> tuple[notices.Told, ...] | None:
    """What the reader is told of the reports that he saved, the newest first; None where that does not come."""
    return await _perhaps("notices", _notices(asking)) if caller.role in notices.OWNERS else ()


async def _notices(asking: Asking) -> tuple[notices.Told, ...]:
    found = await asking.reporting.notices(notices.MOST)
    return notices.told(found, await asking.reporting.saved_reports()) if found else ()


async def _perhaps(name: str, asked: Awaitable[Found]) -> Found | None:
    """What a page can do without: None if it fails or takes too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await asked
    except (ServiceError, ValidationError, TimeoutError) as error:
        log.warning("page_without", part=name, error=type(error).__name__)
        return None


def _frame(
    document: PlanDocument, coverage: Coverage, vocabularies: list[Vocabulary], query: Mapping[str, str]
) -> dict[str, Any]:
    """What every page with figures says of them."""
    return {
        "plan": document,
        "plan_link": shown.address(document.slug, **query),
        "query": query,
        "coverage": coverage,
        "counted": shown.states_in_words(vocabularies, coverage.counted_states),
        "levels": {level.code: level.title for level in document.levels},
    }


def _query(request: Request) -> dict[str, str]:
    """What the address asks for."""
    return read({name: request.query_params.getlist(name) for name in request.query_params})


def _whose(request: Request, caller: Caller) -> dict[str, Any]:
    return {"caller": caller, "form_word": form_word(request.scope)}


def _slug(slug: str) -> str:
    """A slug that can stand in a path."""
    if not SLUG.fullmatch(slug):
        raise UnknownPath(method="GET", path=f"/plans/{slug}")
    return slug


def _no_node(request: Request, edition: int, code: str) -> UnknownPath:
    """Why there is no page of a code: another edition of the plan may have it."""
    detail = f"规划第 {edition} 版没有编码为 {code} 的节点；其他版次可以用截至日期或版次（edition）查看"
    return UnknownPath(method="GET", path=request.url.path, errors=[{"detail": detail}])


def _path(nodes: Mapping[str, NodeDocument], plan: str, code: str, query: Mapping[str, str]) -> list[tuple[str, str]]:
    """The nodes above one: title and page."""
    above = shown.path_of(nodes, code)[:-1] if code in nodes else []
    return [(shown.titled(node), shown.address(plan, node.code, **query)) for node in above]


def _task(document: PlanDocument, code: str, edition: str | None) -> tuple[str, str]:
    """A node's title and its page in an edition."""
    title = next((shown.titled(node) for node in document.nodes if node.code == code), code)
    return title, shown.address(document.slug, code, edition=edition)


def _sums(movements: list[Movement]) -> dict[str, Decimal]:
    """What a project's movements add up to, kind by kind."""
    sums: dict[str, Decimal] = {}
    for movement in movements:
        sums[movement.kind] = sums.get(movement.kind, Decimal(0)) + movement.amount
    return sums
