"""Coverage and gaps: one question, one snapshot of what is known, one answer."""

from dataclasses import dataclass
from typing import Any

from services.reporting.operations.asking import (
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
from services.reporting.rules.lines import coverage_lines, elsewhere, gap_lines
from services.reporting.rules.links import explain_link
from services.reporting.rules.restating import restated_targets
from services.reporting.rules.shape import Shape
from services.reporting.store import EarlierStore
from services.shared.database import Database
from services.shared.tokens import Caller


@dataclass(frozen=True)
class Covered:
    """The figures of a plan: what the report states about itself, the totals, its lines and its notes."""

    head: dict[str, Any]
    totals: dict[str, Any]
    items: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    moment: Moment
    plan: Shape
    level: str
    sums: rules.Sums
    figures: dict[str, dict[str, Any]]
    """Of every node."""


async def coverage(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Reported:
    """What of the plan is covered, by how much."""
    found = await covered(database, plans, caller, asked)
    answer = found.head | {
        "totals": found.totals,
        "items": found.items,
        "explain": explain_link(found.head, "{code}", "{figure}"),
        "notes": [*found.notes, *formula_notes("coverage")],
    }
    return reported(answer, found.moment)


async def gaps(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Reported:
    """Where money is missing."""
    found = await covered(database, plans, caller, asked)
    notes = [*found.notes, *formula_notes("gaps")]
    answer = gap_lines(found.plan, found.level, found.sums, found.figures)
    answer |= {"explain": explain_link(found.head, "{code}", "{figure}"), "notes": notes}
    return reported(found.head | answer, found.moment)


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
    wanted = rules.Question(frozenset(asked.years), frozenset(asked.sources), filters.narrowed, asked.denominator)
    stated = await question.store.targets(asked.plan, moment.positions.catalog, filters.as_of)
    targets = rules.task_targets(plan, restated_targets(stated, question.editions, plan.edition), wanted)
    spoken = () if filters.narrowed else rules.spoken_of(t for standing in targets.values() for t in standing)
    if question.from_cells:
        sums = await question.store.from_cells(plan, filters, spoken)
    elif question.from_earlier_cells:
        store = EarlierStore(question.connection)
        base = await store.base(plan, filters.position, moment.applied.positions.portfolio)
        sums = await store.sums(plan, filters, spoken, base)
    else:
        sums = await question.store.from_facts(plan, filters)
    return Figured(rules.figures(sums, plan, targets, wanted), sums, wanted)


async def covered(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Covered:
    """The figures of every node of a level."""
    async with opened(database, plans, caller, asked) as question:
        figures = await figured(question)
    found, sums = figures.found, figures.sums
    listed = coverage_lines(question.plan, question.level, sums, found)
    cells = FINE + EARLIER if question.filters.fine() else CELLS
    notes = rules.notes(sums, question.found_in(cells), question.scope)
    notes += elsewhere(question.plan, question.level, sums)
    return Covered(
        question.head(),
        **listed,
        notes=notes,
        moment=question.moment,
        plan=question.plan,
        level=question.level,
        sums=sums,
        figures=found,
    )
