"""Budgets and movements of money."""

import calendar
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from services.portfolio.contract import BudgetLine, Movement, NewMovement
from services.portfolio.rules.knowledge import Knowledge, Problem, problem, unknown_value
from services.shared.money import TOO_LARGE, too_large


def amount_problems(pointer: str, amount: Decimal) -> list[Problem]:
    """An amount whose likes could overflow a sum."""
    return [problem(pointer, "amount_out_of_range", TOO_LARGE)] if too_large(amount) else []


def budget_problems(budget: Sequence[BudgetLine], knowledge: Knowledge) -> list[Problem]:
    """Negative lines, too large ones, a sum that is too large, sources that the vocabulary does not have."""
    found = []
    for i, line in enumerate(budget):
        if line.amount < 0:
            found.append(problem(f"/budget/{i}/amount", "amount_negative", "what is planned is not negative"))
        found += amount_problems(f"/budget/{i}/amount", line.amount)
        if not knowledge.allows("source", line.source):
            found.append(unknown_value(f"/budget/{i}/source", "source", line.source))
        if line.heading is not None and not knowledge.allows("budget_heading", line.heading):
            found.append(unknown_value(f"/budget/{i}/heading", "budget_heading", line.heading))
    if not found:  # lines are merged, and posted as one amount
        found += amount_problems("/budget", sum((line.amount for line in budget), Decimal(0)))
    return found


def merged_budget(budget: Sequence[BudgetLine]) -> list[BudgetLine]:
    """One line for each year, source and heading, in their order."""
    sums: dict[tuple[int, str, str], Decimal] = {}
    for line in budget:
        key = line.year, line.source, line.heading or ""
        sums[key] = sums.get(key, Decimal(0)) + line.amount
    return [
        BudgetLine.model_construct(year=year, source=source, amount=amount, heading=heading or None)
        for (year, source, heading), amount in sorted(sums.items())
    ]


def budget_difference(before: Sequence[BudgetLine], after: Sequence[BudgetLine]) -> list[BudgetLine]:
    """What is to be posted, by year and source, so that the commitments of origin `budget` follow the budget."""
    sums: dict[tuple[int, str], Decimal] = {}
    for line in after:
        sums[line.year, line.source] = sums.get((line.year, line.source), Decimal(0)) + line.amount
    for line in before:
        sums[line.year, line.source] = sums.get((line.year, line.source), Decimal(0)) - line.amount
    return [BudgetLine.model_construct(year=y, source=s, amount=sums[y, s]) for y, s in sorted(sums) if sums[y, s]]


def movement_day(text: str) -> tuple[date, str]:
    """The day that a movement counts from and its precision: a month or a year counts from its last day."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return date(parts[0], 12, 31), "year"
    if len(parts) == 2:
        return date(parts[0], parts[1], calendar.monthrange(parts[0], parts[1])[1]), "month"
    return date(*parts), "day"


MovementKey = tuple[str, date, int, str, Decimal, str]


def movement_key(movement: NewMovement | Movement) -> MovementKey:
    """What two movements are compared by: kind, day, budget year, source, amount, reference."""
    on = movement.on if isinstance(movement, Movement) else movement_day(movement.on)[0]
    year = movement.year or on.year
    return movement.kind, on, year, movement.source, movement.amount, movement.reference


def movement_problems(movement: NewMovement, knowledge: Knowledge) -> list[Problem]:
    """What is wrong with a movement; a negative one is a correction and needs no original."""
    found = []
    try:
        movement_day(movement.on)
    except ValueError:
        found.append(problem("/on", "date_invalid", f"{movement.on} is no day, month or year"))
    if not knowledge.allows("source", movement.source):
        found.append(unknown_value("/source", "source", movement.source))
    if movement.amount == 0:
        found.append(problem("/amount", "amount_zero", "a movement of nothing is no movement"))
    return found + amount_problems("/amount", movement.amount)
