"""Cells: sums of facts that reports read instead of the facts.

A cell holds what changes on a day (a delta) at a node, for one year or any and one source or any; a figure as of a day
is the sum of the deltas up to it. To add few of them, the deltas of all projects together are kept by year, by month,
by ten days and by day: a sum up to a day takes whole years, then months, then tens of days, then days. Those by lead,
class and stage (fine cells) are kept by day alone.

Numbers of distinct projects do not add up over tasks. What a project adds "at a node itself" is such that the sum over
the nodes of any subtree is the number of distinct projects in it (see Shape.values). Numbers of distinct leads do not
even add up over projects: they come from the spans in which a lead is present below a node (see leads).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from services.reporting.rules.facts import (
    BEGINNING,
    FOREVER,
    KINDS,
    Cut,
    MoneyFact,
    Movement,
    Presence,
    Project,
    presence_of,
)
from services.reporting.rules.shape import Shape

ANY_YEAR, ANY_SOURCE = 0, ""
MONEY = ("committed", "received", "disbursed", "spent", "refunded")
"""In the order of facts.KINDS."""
MEASURES = ("projects", "covering", *MONEY)
"""What a delta holds: distinct projects at the node itself, projects that cover it, and the five sums of money."""
MONEY_PLACE = {kind: place for place, kind in enumerate(KINDS, len(MEASURES) - len(MONEY))}
NO_CHANGE = (0,) * len(MEASURES)


class Point(NamedTuple):
    """Where a delta of one project belongs."""

    cut: Cut
    year: int
    source: str
    on: date
    node: str


class CellKey(NamedTuple):
    """Where a delta of all projects together belongs; `period` is the first day of the year, month or ten days,
    or the day."""

    plan: str
    edition: int
    year: int
    source: str
    grain: str
    period: date
    node: str


Deltas = dict[Point, list[int]]
Cells = defaultdict[CellKey, list[int]]
"""By cell the measures, and after them the change of distinct leads."""


def passes(year: int, source: str) -> tuple[tuple[int, str], ...]:
    """The filters of one year or none, one source or none, that money of a year and a source passes."""
    return ((ANY_YEAR, ANY_SOURCE), (year, ANY_SOURCE), (ANY_YEAR, source), (year, source))


def first_days(movements: Iterable[Movement]) -> dict[tuple[int, str], date]:
    """From which day on a project's movements pass each filter of one year or none, one source or none."""
    found: dict[tuple[int, str], date] = {}
    for movement in movements:
        for passed in passes(movement.year, movement.source):
            known = found.get(passed)
            if known is None or movement.on < known:
                found[passed] = movement.on
    found[ANY_YEAR, ANY_SOURCE] = BEGINNING
    return found


def count_deltas(project: Project, firsts: Mapping[tuple[int, str], date], plan: Shape) -> Deltas:
    """What a project adds to the counts (projects, covering projects) by node, year, source and day."""
    presence = list(presence_of(project))
    by_day: dict[date, list[tuple[date, str, int, int]]] = {}
    found: Deltas = {}
    for (year, source), begin in firsts.items():
        if begin not in by_day:
            by_day[begin] = _steps(presence, begin, plan)
        for on, node, projects, covering in by_day[begin]:
            found[Point(project.cut, year, source, on, node)] = [projects, covering, 0, 0, 0, 0, 0]
    return found


def _steps(presence: Iterable[Presence], begin: date, plan: Shape) -> list[tuple[date, str, int, int]]:
    """How the project's counts change from day to day, if nothing before `begin` counts."""
    alive = [fact for fact in presence if fact.until_on > begin]
    days = sorted({max(fact.from_on, begin) for fact in alive} | {fact.until_on for fact in alive})
    before: dict[str, tuple[int, int]] = {}
    steps = []
    for on in days:
        if on == FOREVER:
            break
        here = {fact.task: fact.weight for fact in alive if max(fact.from_on, begin) <= on < fact.until_on}
        values = plan.values(frozenset(here)) if here else {}
        now = {
            node: (values.get(node, 0), int(here.get(node, -1) >= plan.theta)) for node in values.keys() | here.keys()
        }
        for node in before.keys() | now.keys():
            old, new = before.get(node, (0, 0)), now.get(node, (0, 0))
            if old != new:
                steps.append((on, node, new[0] - old[0], new[1] - old[1]))
        before = now
    return steps


def add(deltas: Deltas, more: Deltas, sign: int) -> None:
    """Add deltas to others, or take them off."""
    for point, values in more.items():
        sums = deltas.get(point)
        if sums is None:
            deltas[point] = [sign * value for value in values]
        else:
            for place, value in enumerate(values):
                sums[place] += sign * value


def add_money(deltas: Deltas, cut: Cut, fact: MoneyFact, sign: int) -> None:
    """Add a money fact, or take it off: its amount comes on its first day and goes after its last."""
    if not fact.fen:
        return
    place = MONEY_PLACE[fact.kind]
    for on, fen in ((fact.from_on, sign * fact.fen), (fact.until_on, -sign * fact.fen)):
        if on == FOREVER:
            continue
        for year, source in passes(fact.year, fact.source):
            point = Point(cut, year, source, on, fact.task)
            sums = deltas.get(point)
            if sums is None:
                sums = deltas[point] = list(NO_CHANGE)
            sums[place] += fen


def grains(on: date) -> tuple[tuple[str, date], ...]:
    """The year, the month, the ten days and the day that a delta of a day is kept by."""
    return (("y", on.replace(month=1, day=1)), ("m", on.replace(day=1)), ("t", ten_days(on)), ("d", on))


def ten_days(on: date) -> date:
    """The first of the ten days (旬) that a day lies in: the 1st, the 11th or the 21st of its month."""
    return on.replace(day=1 + 10 * min(2, (on.day - 1) // 10))


def cells(deltas: Deltas) -> Cells:
    """The cells of all projects together that deltas go to."""
    found: Cells = defaultdict(lambda: [*NO_CHANGE, 0])
    kept_by: dict[date, tuple[tuple[str, date], ...]] = {}
    for (cut, year, source, on, node), values in deltas.items():
        if not any(values):
            continue
        if on not in kept_by:
            kept_by[on] = grains(on)
        for grain, period in kept_by[on]:
            sums = found[CellKey(cut.plan, cut.edition, year, source, grain, period, node)]
            for place, value in enumerate(values):
                if value:
                    sums[place] += value
    return found


def add_leads(cells: Cells, changes: Iterator[tuple[str, int, int, str, str, date, int]]) -> None:
    """Add changes of distinct leads (plan, edition, year, source, node, day, change) to cells."""
    for plan, edition, year, source, node, on, change in changes:
        for grain, period in grains(on):
            cells[CellKey(plan, edition, year, source, grain, period, node)][len(MEASURES)] += change
