"""What changed between two snapshots or positions: records, money, coverage, gaps, and which entries did it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from services.reporting.contract import DiffReversed, SnapshotsOfTwoPlans
from services.reporting.contract.snapshots import Snapshot
from services.reporting.operations.asking import (
    Asked,
    Known,
    Opened,
    Reported,
    at_another_moment,
    next_page,
    opened,
    reported,
)
from services.reporting.operations.coverage import figured
from services.reporting.operations.following import KnownPlans
from services.reporting.operations.snapshots import asked_of
from services.reporting.rules.cells import MONEY
from services.reporting.rules.comparing import ABSENT
from services.reporting.rules.differing import change_of, differences, sides
from services.reporting.rules.facts import KINDS
from services.reporting.rules.lines import ALL_LEVELS, lines
from services.reporting.rules.notes import bound_to, note
from services.reporting.rules.shape import ROOT
from services.reporting.store import ReportStore
from services.reporting.store.cutting import CutStore
from services.reporting.store.differing import Between, DiffStore
from services.shared.database import Database, Row
from services.shared.money import from_fen
from services.shared.tokens import Caller

AT_ONCE = 500
"""Projects whose documents are read at once."""
MOST = 100_000
"""Rows of a table of a file: projects, fields, movements."""
NOBODY = UUID(int=0)
NO_FIGURES: Mapping[str, Any] = dict(ABSENT) | {"target": None, "gap": None}
"""Of a line that one side does not have."""


@dataclass(frozen=True)
class Ends:
    """The two that are held against each other: the question of the later one, and what was known at the earlier one,
    on which day."""

    later: Asked
    earlier: Known
    earlier_as_of: date | None


def ends_of(before: Snapshot, after: Snapshot) -> Ends:
    """Two snapshots of one plan, the earlier one first; stated in the edition and the scope of the later one."""
    if before.plan != after.plan:
        raise SnapshotsOfTwoPlans(before=before.plan, after=after.plan)
    known = asked_of(before).known
    assert known is not None, "a snapshot fixes what is known"
    return Ends(asked_of(after), known, before.as_of)


@dataclass(frozen=True)
class Sides:
    """The question on both sides, and what lies between them."""

    before: Opened
    after: Opened
    between: Between

    @property
    def store(self) -> DiffStore:
        """What is read of what lies between."""
        return DiffStore(self.after.connection)


async def diff(database: Database, plans: KnownPlans, caller: Caller, ends: Ends, last: UUID, limit: int) -> Reported:
    """A page of what changed, up to 500 projects; `last` is the project that the page before ended with. Projects are
    found by what was entered between the two positions: the cost grows with that, not with the portfolio."""
    async with _opened(database, plans, caller, ends) as both:
        ids = await both.store.changed(both.between, last, limit + 1)
        page = ids[:limit]
        was = both.before.moment.positions
        answer = await _head(both) | {
            "projects": await _projects(both, page),
            "next": next_page(both.after, str(was.catalog), str(was.portfolio), str(page[-1]))
            if len(ids) > limit
            else None,
        }
    return reported(answer, both.after.moment)


async def whole_diff(database: Database, plans: KnownPlans, caller: Caller, ends: Ends) -> Reported:
    """What changed, as files have it: all projects, fields and movements up to 100,000 of each, and in `cut` which of
    them there are more of. Projects are text once they are read, 500 at a time: their text alone is held."""
    room, texts = _Room(), list[bytes]()
    async with _opened(database, plans, caller, ends) as both:
        ids = await both.store.changed(both.between, NOBODY, MOST + 1)
        page = ids[:MOST]
        for first in range(0, len(page), AT_ONCE):
            texts += [to_json(room.kept(one)) for one in await _projects(both, page[first : first + AT_ONCE])]
        cut = [*(["projects"] if len(ids) > MOST else []), *room.cut]
        head = to_json(await _head(both) | {"cut": cut})
    body = head.removesuffix(b"}") + b',"projects":[' + b",".join(texts) + b"]}"
    return Reported(body.decode(), both.after.moment.applied.known_through)


class _Room:
    """How many fields and movements a file has room for still."""

    def __init__(self) -> None:
        self._left = dict.fromkeys(("fields", "movements"), MOST)
        self.cut: list[str] = []

    def kept(self, project: dict[str, Any]) -> dict[str, Any]:
        """A project with those that there is room for."""
        held = project | {name: project[name][:left] for name, left in self._left.items()}
        for name in self._left:
            self._left[name] -= len(held[name])
            if len(held[name]) < len(project[name]) and name not in self.cut:
                self.cut.append(name)
        return held


@asynccontextmanager
async def _opened(database: Database, plans: KnownPlans, caller: Caller, ends: Ends) -> AsyncIterator[Sides]:
    """Both sides, read from one snapshot of the database."""
    async with opened(database, plans, caller, replace(ends.later, level=ALL_LEVELS)) as opened_later:
        after = await _dated(opened_later)
        earlier = await dated(ReportStore(after.connection), ends.earlier)
        before = await at_another_moment(after, ends.earlier_as_of or after.filters.as_of, None, earlier)
        was, now = before.moment.positions, after.moment.positions
        if was.catalog > now.catalog or was.portfolio > now.portfolio:
            raise DiffReversed(earlier=f"{was.catalog}-{was.portfolio}", later=f"{now.catalog}-{now.portfolio}")
        between = Between(after.asked.plan, was.portfolio, now.portfolio, after.filters.agencies)
        yield Sides(before, after, between)


async def _head(both: Sides) -> dict[str, Any]:
    """All of the answer but its projects."""
    was, now = both.before.moment.positions, both.after.moment.positions
    plan = both.after.asked.plan
    return {
        "plan": plan,
        "edition": both.after.plan.edition,
        "unit": both.after.plan.plan.currency,
        "filters": both.after.head()["filters"],
        "before": _side(both.before),
        "after": _side(both.after),
        "counts": {
            **await both.store.counts(both.between),
            "catalog_entries": now.catalog - was.catalog,
            "portfolio_entries": now.portfolio - was.portfolio,
        },
        **await _figures(both.before, both.after),
        "catalog": await _catalog(both.store, plan, was.catalog, now.catalog),
        "notes": _notes(both.after),
    }


async def _dated(later: Opened) -> Opened:
    """A side with the moment by which it was known, where its positions alone were named."""
    moment, known = later.moment, later.asked.known
    if known is None or moment.recorded_at is not None:
        return later
    recorded_at = (await dated(later.store, known)).recorded_at
    return replace(later, moment=replace(moment, recorded_at=recorded_at))


async def dated(store: ReportStore, known: Known) -> Known:
    """Positions with the moment by which they were known, where it is not said: that of the later entry of the two."""
    if known.recorded_at is not None:
        return known
    moments = [
        await store.recorded_at(journal, position)
        for journal, position in (("catalog", known.catalog), ("portfolio", known.portfolio))
    ]
    return known._replace(recorded_at=max((moment for moment in moments if moment is not None), default=None))


def _side(question: Opened) -> dict[str, Any]:
    head = question.head()
    return {name: head[name] for name in ("as_of", "recorded_at", "positions")}


async def _figures(before: Opened, after: Opened) -> dict[str, Any]:
    was, now = await figured(before), await figured(after)
    named = {one["code"]: one for side in (was, now) for one in lines(after.plan, ALL_LEVELS, side.sums)}
    items = []
    for code, line in named.items():
        figures = sides(was.found.get(code, NO_FIGURES), now.found.get(code, NO_FIGURES))
        if figures["before"] != figures["after"]:
            items.append({name: line[name] for name in ("code", "level", "number", "title")} | figures)
    return {"totals": sides(was.found[ROOT], now.found[ROOT]), "items": items}


async def _catalog(store: DiffStore, plan: str, after: int, until: int) -> dict[str, Any]:
    return {
        "editions": [dict(row) for row in await store.editions(plan, after, until)],
        "targets": [
            {
                "node": row["node"],
                "year": row["year"] or None,
                "sources": row["sources"].split(","),
                "before": None if row["before"] is None else from_fen(row["before"]),
                "after": from_fen(row["fen"]),
                "source_document": row["document"],
                "position": row["position"],
            }
            for row in await store.targets(plan, after, until)
        ],
    }


async def _projects(both: Sides, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    names, store, between = CutStore(both.after.connection), both.store, both.between
    was = {id: json.loads(text) for id, text in (await names.documents(ids, between.after)).items()}
    now = {id: json.loads(text) for id, text in (await names.documents(ids, between.until)).items()}
    movements: dict[str, list[Row]] = {}
    for row in await store.movements(between, ids):
        movements.setdefault(str(row["project"]), []).append(row)
    entries: dict[str, list[Row]] = {}
    for row in await store.entries(between, ids):
        entries.setdefault(str(row["project"]), []).append(row)
    found = []
    for id in map(str, ids):
        before, after = was.get(id), now[id]
        found.append(
            {
                "project": id,
                "project_no": after.get("project_no"),
                "title": after["title"],
                "lead": after["lead"],
                "change": change_of(before, after),
                "fields": [] if before is None else [one._asdict() for one in differences(before, after)],
                "moved": _moved(movements.get(id, ())),
                "movements": [_movement(row) for row in movements.get(id, ())],
                "entries": [
                    {name: row[name] for name in ("position", "recorded_at", "kind")} for row in entries.get(id, ())
                ],
            }
        )
    return found


def _movement(row: Row) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "kind": row["kind"],
        "on": row["on_day"],
        "year": row["year"],
        "source": row["source"],
        "amount": from_fen(row["fen"]),
        "position": row["known_from"],
    }


def _moved(movements: Sequence[Row]) -> dict[str, str]:
    sums = dict.fromkeys(KINDS, 0)
    for row in movements:
        sums[row["kind"]] += row["fen"]
    return {name: from_fen(fen) for name, fen in zip(MONEY, sums.values(), strict=True)}


def _notes(question: Opened) -> list[dict[str, Any]]:
    entered = "projects are those that something was entered of; figures may differ by the day alone as well"
    return [
        note("one_edition", "both sides are stated in one edition and one scope, those of the later side"),
        note("entered", entered),
        *bound_to(question.scope),
    ]
