"""Comparing two moments: what moved, by which projects and which entries."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.reporting.contract import UnknownLine
from services.reporting.operations.asking import Asked, Opened, Reported, at_another_moment, next_page, opened, reported
from services.reporting.operations.coverage import figured
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.comparing import ABSENT, compared, moves
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.lines import lines
from services.reporting.rules.notes import bound_to, note
from services.reporting.rules.places import below
from services.reporting.rules.shape import ROOT
from services.reporting.store.comparing import CompareStore, Sides
from services.reporting.store.cutting import CutStore
from services.shared.database import Database
from services.shared.tokens import Caller

NOBODY = UUID(int=0)
AT_ONCE = 500
"""Projects whose documents are read at once."""


async def compare(
    database: Database,
    plans: KnownPlans,
    caller: Caller,
    asked: Asked,
    earlier: tuple[date | None, datetime | None],
    node: str,
    last: UUID | None,
    limit: int,
) -> Reported:
    """The figures at two moments; `earlier` are the day and the moment of knowledge of the first one, by default those
    of the second; `last` is the project that the page before ended with."""
    async with opened(database, plans, caller, asked) as after:
        as_of, recorded_at = earlier
        before = await at_another_moment(after, as_of or after.filters.as_of, recorded_at or asked.recorded_at)
        places = below(after.plan, node)
        if places is None:
            raise UnknownLine(edition=after.plan.edition, plan=asked.plan, code=node)
        tasks = [task for task in places if task != ROOT]
        was, found = await figured(before), await figured(after)
        named = {
            line["code"]: line for figures in (was, found) for line in lines(after.plan, after.level, figures.sums)
        }
        items = []
        for code, line in named.items():
            old, new = was.found.get(code, ABSENT), found.found.get(code, ABSENT)
            items.append(
                line | compared(old, new) | {"covered_before": old["covered"], "covered_after": new["covered"]}
            )
        sides = Sides(before.filters, after.filters, tasks)
        ids = await CompareStore(after.connection).changed(after.plan, sides, str(last or NOBODY), limit + 1)
        answer = after.head() | {
            "before": {
                "as_of": before.filters.as_of.isoformat(),
                "recorded_at": before.head()["recorded_at"],
                "positions": before.moment.positions.model_dump(),
            },
            "node": node,
            "totals": compared(was.found[ROOT], found.found[ROOT]),
            "items": items,
            "moved": [
                move
                for first in range(0, min(len(ids), limit), AT_ONCE)
                for move in await _moved(after, sides, ids[:limit][first : first + AT_ONCE])
            ],
            "next": next_page(after, str(ids[limit - 1])) if len(ids) > limit else None,
            "notes": _notes(after),
        }
    return reported(answer, after.moment)


def _notes(question: Opened) -> list[dict[str, Any]]:
    detail = "both sides are stated in one edition; the differences of what moved add up to that of the totals"
    return [note("one_edition", detail), *bound_to(question.scope), *formula_notes("compare")]


async def _moved(question: Opened, sides: Sides, ids: Sequence[Any]) -> list[dict[str, Any]]:
    """The projects of a page that differ; one that only came and went in between differs in nothing."""
    plan, store, names = question.plan, CompareStore(question.connection), CutStore(question.connection)
    positions = sides.before.position, sides.after.position
    money, presence = await store.money(plan, sides, ids), await store.presence(plan, sides, ids)
    found = {id: move for id, move in moves(money, presence, positions).items() if move.differs()}
    entries = sorted({position for move in found.values() for position in move.positions})
    recorded = await names.recorded_at(entries)
    of_projects = await store.of_projects(ids, entries)
    texts = await names.documents(ids, max(positions))
    documents = {id: json.loads(text) for id, text in texts.items()}
    return [
        {
            "project": id,
            "project_no": documents.get(id, {}).get("project_no"),
            "title": documents.get(id, {}).get("title"),
            "difference": move.whole(),
            "tasks": move.tasks(plan.order),
            "entries": [
                {
                    "position": position,
                    "recorded_at": recorded.get(position),
                    "kind": "project" if position in of_projects else "movement",
                }
                for position in sorted(move.positions)
            ],
        }
        for id, move in sorted(found.items())
    ]
