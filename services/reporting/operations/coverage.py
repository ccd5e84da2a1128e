"""Coverage and gaps: one question, one snapshot of what is known, one answer."""

from dataclasses import dataclass
from typing import Any

from services.reporting import contract
from services.reporting.operations.asking import (
    ALL_LEVELS,
    CELLS,
    EARLIER,
    FINE,
    Asked,
    Moment,
    Opened,
    Reported,
    opened,
    reported,
)
from services.reporting.operations.following import KnownPlans
from services.reporting.rules import coverage as rules
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.restating import restated_targets
from services.reporting.rules.shape import EARLIER_EDITION, HOMELESS, LATER_EDITION, ROOT, Shape
from services.reporting.store import EarlierStore
from services.shared.database import Database
from services.shared.tokens import Caller

OF_LINE = ("code", "level", "number", "title", "parent")
"""What a report says of a node besides its figures."""
NOT_RELATIVE = {"relative_share": None, "chapter_median": None}
HOMELESS_TITLES = {LATER_EDITION: "后续版次的任务（本版次无对应）", EARLIER_EDITION: "此前版次的任务（已撤销，无承接）"}
"""Of the lines of what has no home in the edition of a report."""


@dataclass(frozen=True)
class Covered:
    """The figures of a plan: what the report states about itself, the totals, its lines and its notes."""

    head: dict[str, Any]
    totals: dict[str, Any]
    items: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    moment: Moment
    plan: Shape
    figures: dict[str, dict[str, Any]]
    """Of every node."""


async def coverage(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Reported:
    """What of the plan is covered, by how much."""
    found = await covered(database, plans, caller, asked)
    answer = found.head | {
        "totals": found.totals,
        "items": found.items,
        "notes": [*found.notes, *formula_notes("coverage")],
    }
    return reported(answer, found.moment)


async def gaps(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Reported:
    """Where money is missing."""
    found = await covered(database, plans, caller, asked)
    totals = {name: found.totals[name] for name in contract.Gap.model_fields}
    relative = rules.relative_shares(found.plan, found.figures)
    items = [
        {name: item[name] for name in (*contract.Gap.model_fields, *OF_LINE)} | relative.get(item["code"], NOT_RELATIVE)
        for item in found.items
        if item["code"] not in HOMELESS
    ]
    notes = [*found.notes, *formula_notes("gaps")]
    return reported(found.head | {"totals": totals, "items": items, "notes": notes}, found.moment)


@dataclass(frozen=True)
class Figured:
    """The figures of every node of a plan, and what they were made from."""

    found: dict[str, dict[str, Any]]
    """By node, the root and the lines of what has no home among them: the figures as the wire has them."""
    sums: rules.Sums
    wanted: rules.Question


async def figured(question: Opened) -> Figured:
    """The figures of every node, from cells where they can say it."""
    plan, filters, moment, asked = question.plan, question.filters, question.moment, question.asked
    wanted = rules.Question(frozenset(asked.years), frozenset(asked.sources), filters.fine, asked.denominator)
    stated = await question.store.targets(asked.plan, moment.positions.catalog, filters.as_of)
    targets = rules.task_targets(plan, restated_targets(stated, question.editions, plan.edition), wanted)
    spoken = () if filters.fine else rules.spoken_of(t for standing in targets.values() for t in standing)
    if question.from_cells:
        sums = await question.store.from_cells(plan, filters, spoken)
    elif question.from_earlier_cells:
        store = EarlierStore(question.connection)
        base = await store.base(plan, filters.position, moment.applied.positions.portfolio)
        sums = await store.sums(plan, filters, spoken, base)
    else:
        sums = await question.store.from_facts(plan, filters)
    return Figured(rules.figures(sums, plan, targets, wanted), sums, wanted)


def lines(plan: Shape, level: str, sums: rules.Sums) -> list[dict[str, Any]]:
    """What a report of a level lists: its nodes, zeros included, and the lines of what has no home."""
    nodes = [
        {"code": n.code, "level": n.level, "number": n.number, "title": n.title, "parent": n.parent}
        for n in plan.plan.nodes
        if level in (n.level, ALL_LEVELS)
    ]
    return nodes + [
        {"code": line, "level": line, "number": "", "title": HOMELESS_TITLES[line], "parent": None}
        for line in rules.homeless(sums)
    ]


async def covered(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Covered:
    """The figures of every node of a level."""
    async with opened(database, plans, caller, asked) as question:
        figures = await figured(question)
    found, sums = figures.found, figures.sums
    items = [line | found[line["code"]] for line in lines(question.plan, question.level, sums)]
    cells = FINE + EARLIER if question.filters.fine else CELLS
    notes = rules.notes(sums, question.found_in(cells), question.scope)
    return Covered(question.head(), found[ROOT], items, notes, question.moment, question.plan, found)
