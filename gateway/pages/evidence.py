"""The pages of evidence, for managers and auditors: the snapshots, one of them with what was found about it, and what
changed between two."""

import asyncio
from collections import defaultdict
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from gateway.pages.asking import Asking
from gateway.pages.reading import asking_of, signed_in
from gateway.pages.rendering import PageRoute, page
from gateway.pages.signing import READ, refused
from gateway.pages.stated import invented
from gateway.sessions import form_word
from services.reporting.contract import Diff, DiffItem, Snapshot
from services.shared.errors import ServiceError, UnexpectedAnswer
from services.shared.tokens import Caller
from services.shared.web import UnknownPath

router = APIRouter(route_class=PageRoute, include_in_schema=False)
READERS = ("manager", "auditor")
ROWS = 5
"""Rows of each check that the page of a snapshot shows."""
MOST_FIELDS = 20
"""Fields of a project that a page shows."""
MONEY = ("committed", "received", "disbursed", "spent", "refunded")


async def of_evidence(request: Request, caller: Annotated[Caller, Depends(signed_in)]) -> Caller:
    """Who may see evidence; a refusal is written down."""
    try:
        caller.needs(*READERS)
    except ServiceError as error:
        await refused(request, error, caller)
        raise
    return caller


Reader = Annotated[Caller, Depends(of_evidence)]


@router.api_route("/snapshots", methods=READ)
async def snapshots(request: Request, caller: Reader, cursor: str | None = None) -> Response:
    """The snapshots, the latest first."""
    asking = asking_of(request, caller)
    found, plans = await asyncio.gather(asking.reporting.snapshots(cursor), asking.catalog.plans())
    before = {one.id: _before(one, found.items) for one in found.items}
    zones = {one.slug: one.time_zone for one in plans}
    return page(
        "snapshots.html", **_whose(request, caller), snapshots=found.items, before=before, next=found.next, zones=zones
    )


def _before(one: Snapshot, all_of_them: list[Snapshot]) -> UUID | None:
    """The snapshot of the same plan and scope that was taken last before one: what a reader compares it with."""
    earlier = (
        other
        for other in all_of_them
        if other.id < one.id
        and (other.plan, other.scope) == (one.plan, one.scope)
        and other.positions.catalog <= one.positions.catalog
        and other.positions.portfolio <= one.positions.portfolio
    )
    return max((other.id for other in earlier), default=None)


@router.api_route("/snapshots/{id}", methods=READ)
async def snapshot(request: Request, caller: Reader, id: str) -> Response:
    """A snapshot: what it is about, its package, exceptions, samples, findings."""
    asking, key = asking_of(request, caller), _id(request, id)
    found = await asking.reporting.snapshot(key)
    plan, demo, exceptions, samples, findings = await asyncio.gather(
        _plan(asking, found.plan),
        invented(asking, found.plan),
        asking.reporting.snapshot_exceptions(key, ROWS),
        asking.reporting.samples(key),
        asking.reporting.findings(key),
    )
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for row in exceptions.items:
        rows[row.check].append(row)
    return page(
        "snapshot.html",
        **_whose(request, caller),
        plan=plan,
        demo=demo,
        snapshot=found,
        checks=exceptions.checks,
        rows=rows,
        samples=samples,
        findings=findings.items,
        more=findings.next is not None,
    )


@router.api_route("/snapshots/{id}/diff/{other}", methods=READ)
async def diff(request: Request, caller: Reader, id: str, other: str, cursor: str | None = None) -> Response:
    """What changed between two snapshots."""
    asking, earlier, later = asking_of(request, caller), _id(request, id), _id(request, other)
    found = await asking.reporting.diff(earlier, later, cursor)
    plan, demo = await asyncio.gather(_plan(asking, found.plan), invented(asking, found.plan))
    return page(
        "diff.html",
        **_whose(request, caller),
        plan=plan,
        demo=demo,
        earlier=earlier,
        later=later,
        diff=found,
        figures=_figures(found),
        covered=[item for item in found.items if item.after.covered and not item.before.covered],
        uncovered=[item for item in found.items if item.before.covered and not item.after.covered],
        gaps=_gaps(found),
        money=MONEY,
        most=MOST_FIELDS,
        next=f"/snapshots/{earlier}/diff/{later}?cursor={found.next}" if found.next else "",
    )


def _figures(found: Diff) -> list[tuple[str, Any, Any, Any]]:
    """The figures of the whole plan: name, before, after, difference."""
    both = found.totals
    names = type(both.difference).model_fields
    return [(name, *(getattr(side, name) for side in (both.before, both.after, both.difference))) for name in names]


def _gaps(found: Diff) -> list[tuple[str, list[DiffItem]]]:
    """The nodes whose gap grew, shrank, came to be said or ceased to be, in words; those that moved most first."""
    told: dict[str, list[DiffItem]] = {"缺口扩大": [], "缺口缩小": [], "缺口有无变化": []}
    for item in found.items:
        if item.before.gap != item.after.gap:
            moved = item.difference.gap
            told["缺口有无变化" if moved is None else "缺口扩大" if Decimal(moved) > 0 else "缺口缩小"].append(item)
    for items in told.values():
        items.sort(key=lambda item: -abs(Decimal(item.difference.gap or 0)))
    return [(word, items) for word, items in told.items() if items]


async def _plan(asking: Asking, slug: str) -> Any:
    plan = next((plan for plan in await asking.catalog.plans() if plan.slug == slug), None)
    if plan is None:  # a snapshot is of a plan, and no plan goes away
        raise UnexpectedAnswer(service="catalog")
    return plan


def _id(request: Request, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownPath(method="GET", path=request.url.path) from None


def _whose(request: Request, caller: Caller) -> dict[str, Any]:
    return {"caller": caller, "form_word": form_word(request.scope)}
