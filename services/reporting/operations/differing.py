"""What changed between two snapshots or positions: records, money, coverage, gaps, and which entries did it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

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
from services.reporting.rules.differing import change_of, differences, shown
from services.reporting.rules.facts import KINDS
from services.reporting.rules.lines import ALL_LEVELS, lines
from services.reporting.rules.shape import ROOT
from services.reporting.store import ReportStore
from services.reporting.store.cutting import CutStore
from services.reporting.store.differing import Between, DiffStore
from services.shared.database import Database, Row
from services.shared.money import from_fen
from services.shared.tokens import Caller

AT_ONCE = 500
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


async def diff(database: Database, plans: KnownPlans, caller: Caller, ends: Ends, last: UUID, limit: int) -> Reported:
    """What changed; `last` is the project that the page before ended with. Projects are found by what was entered
    between the two positions: the cost grows with that, not with the portfolio."""
    async with opened(database, plans, caller, replace(ends.later, level=ALL_LEVELS)) as after:
        store = ReportStore(after.connection)
        earlier = await dated(store, ends.earlier)
        before = await at_another_moment(after, ends.earlier_as_of or after.filters.as_of, None, earlier)
        was, now = before.moment.positions, after.moment.positions
        if was.catalog > now.catalog or was.portfolio > now.portfolio:
            raise DiffReversed(earlier=f"{was.catalog}-{was.portfolio}", later=f"{now.catalog}-{now.portfolio}")
        between = Between(after.asked.plan, was.portfolio, now.portfolio, after.filters.agencies)
        found = DiffStore(after.connection)
        ids = await found.changed(between, last, limit + 1)
        answer = {
            "plan": after.asked.plan,
            "edition": after.plan.edition,
            "unit": after.plan.plan.currency,
            "filters": after.head()["filters"],
            "before": _side(before),
            "after": _side(after),
            "counts": {
                "projects": await found.count(between),
                "catalog_entries": now.catalog - was.catalog,
                "portfolio_entries": now.portfolio - was.portfolio,
            },
            **await _figures(before, after),
            "catalog": await _catalog(found, after.asked.plan, was.catalog, now.catalog),
            "projects": [
                one
                for first in range(0, min(len(ids), limit), AT_ONCE)
                for one in await _projects(after, between, ids[:limit][first : first + AT_ONCE])
            ],
            "next": next_page(after, str(was.catalog), str(was.portfolio), str(ids[limit - 1]))
            if len(ids) > limit
            else None,
            "notes": _notes(after),
        }
    return reported(answer, after.moment)


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
        sides = {
            "before": shown(was.found.get(code, NO_FIGURES)),
            "after": shown(now.found.get(code, NO_FIGURES)),
        }
        if sides["before"] != sides["after"]:
            items.append({name: line[name] for name in ("code", "level", "number", "title")} | sides)
    return {"totals": {"before": shown(was.found[ROOT]), "after": shown(now.found[ROOT])}, "items": items}


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


async def _projects(question: Opened, between: Between, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    names, store = CutStore(question.connection), DiffStore(question.connection)
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
    detail = "both sides are stated in one edition and one scope, those of the later side"
    notes = [{"code": "one_edition", "detail": detail, "amount": None}]
    detail = "projects are those that something was entered of; figures may differ by the day alone as well"
    notes.append({"code": "entered", "detail": detail, "amount": None})
    if question.scope is not None:
        detail = f"only projects led by {question.scope} and its subordinates"
        notes.append({"code": "scope", "detail": detail, "amount": None})
    return notes
