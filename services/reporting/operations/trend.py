"""Trends: a figure over time."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from services.reporting.contract import CutFigure, TrendBy, UnknownFilterValue, UnknownLine
from services.reporting.operations.asking import CELLS, FINE, Asked, Reported, opened, reported, wrong_value
from services.reporting.operations.cutting import cut_notes, wire
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.facts import BEGINNING
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.links import explain_link
from services.reporting.rules.places import below
from services.reporting.store.cutting import Cut, CutStore
from services.shared.database import Database
from services.shared.tokens import Caller

MOST_YEARS = 1_000
"""That a trend spans."""


async def trend(
    database: Database, plans: KnownPlans, caller: Caller, asked: Asked, by: TrendBy, figure: CutFigure, node: str
) -> Reported:
    """A figure over time, of the whole plan or of a node."""
    async with opened(database, plans, caller, asked) as question:
        places = below(question.plan, node)
        if places is None:
            raise UnknownLine(edition=question.plan.edition, plan=asked.plan, code=node)
        store = CutStore(question.connection)
        cut = Cut(figure, ("year",) if by == "budget_year" else (), places)
        if by == "budget_year":
            sums = await store.sums(question.plan, question.filters, cut, question.from_cells)
            points = _by_budget_year(sums, figure)
        else:
            changes = await store.changes(question.plan, question.filters, cut, by, question.from_cells)
            points = _by_period(changes, by, figure, question.filters.as_of)
        head = question.head()
        answer = head | {
            "by": by,
            "figure": figure,
            "node": node,
            "points": points,
            "total": points[-1]["cumulative"] if points else wire(figure, 0),
            "notes": [
                *await cut_notes(question, figure, FINE if question.filters.fine() else CELLS),
                *formula_notes("trend"),
            ],
            "explain": _link(head, by, figure, node),
        }
    return reported(answer, question.moment)


def _by_budget_year(found: Iterable[tuple[Any, ...]], figure: str) -> list[dict[str, Any]]:
    """Of projects a year has those with movements of it: they do not add up, and the last cumulative is no total."""
    by_year: dict[int, int] = {}
    for year, _, value in found:
        by_year[year] = by_year.get(year, 0) + value
    points, cumulative = [], 0
    for year in range(min(by_year, default=0), max(by_year, default=-1) + 1):
        value = by_year.get(year, 0)
        cumulative += value
        points.append(_point(str(year), None, figure, value, cumulative))
    return points


def _by_period(changes: Mapping[date, int], by: str, figure: str, as_of: date) -> list[dict[str, Any]]:
    """What held from the beginning of time on is counted in the first period with a day."""
    days = sorted(day for day in changes if day != BEGINNING)
    first = days[0] if days else as_of
    if as_of.year - first.year > MOST_YEARS:
        detail = f"{as_of} is more than {MOST_YEARS} years after the first change, on {first}: name an earlier day"
        raise UnknownFilterValue(errors=[wrong_value("as_of", None, detail)])
    cumulative, value, place = 0, changes.get(BEGINNING, 0), 0
    points = []
    start = _start(first, by)
    while start <= as_of:
        following = _start(start + timedelta(days=366 if by == "year" else 31), by)
        begin, place = place, bisect_left(days, following)
        value += sum(changes[day] for day in days[begin:place])
        cumulative += value
        name = str(start.year) if by == "year" else f"{start:%Y-%m}"
        points.append(_point(name, min(following - timedelta(days=1), as_of), figure, value, cumulative))
        start, value = following, 0
    return points


def _start(day: date, by: str) -> date:
    return day.replace(month=1, day=1) if by == "year" else day.replace(day=1)


def _point(period: str, until: date | None, figure: str, value: int, cumulative: int) -> dict[str, Any]:
    return {
        "period": period,
        "until": until.isoformat() if until else None,
        "value": wire(figure, value),
        "cumulative": wire(figure, cumulative),
    }


def _link(head: Mapping[str, Any], by: str, figure: str, node: str) -> str:
    instead = {"year": "{period}"} if by == "budget_year" else {"as_of": "{until}"}
    return explain_link(head, node, figure, **instead)
