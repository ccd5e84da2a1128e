"""Budgets and movements of money."""

import calendar
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from services.portfolio.contract import BudgetLine, NewMovement
from services.portfolio.rules.knowledge import Knowledge, Problem, problem, unknown_value


def budget_problems(budget: Sequence[BudgetLine], knowledge: Knowledge) -> list[Problem]:
    """Negative lines, sources that the vocabulary does not have."""
    found = []
    for i, line in enumerate(budget):
        if line.amount < 0:
            found.append(problem(f"/budget/{i}/amount", "amount_negative", "what is planned is not negative"))
        if not knowledge.allows("source", line.source):
            found.append(unknown_value(f"/budget/{i}/source", "source", line.source))
    return found


def merged_budget(budget: Sequence[BudgetLine]) -> list[BudgetLine]:
    """One line for each year and source, in their order."""
    sums: dict[tuple[int, str], Decimal] = {}
    for line in budget:
        sums[line.year, line.source] = sums.get((line.year, line.source), Decimal(0)) + line.amount
    return [BudgetLine.model_construct(year=y, source=s, amount=sums[y, s]) for y, s in sorted(sums)]


def budget_difference(before: Sequence[BudgetLine], after: Sequence[BudgetLine]) -> list[BudgetLine]:
    """What is to be posted so that the commitments of origin `budget` follow a change of the budget."""
    sums = {(line.year, line.source): line.amount for line in after}
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
    return found
