"""Cells: sums of facts that reports read instead of the facts.

A cell holds what changes on a day (a delta) at a node, for one year or any and one source or any; a figure as of a day
is the sum of the deltas up to it. To add few of them, the deltas of all projects together are kept by year, by month,
by ten days and by day: a sum up to a day takes whole years, then months, then tens of days, then days. For any year and
source the same is kept of the projects of each lead, of each class, of each stage, and of each class and stage; without
the tens of days, which would save little where there is little on a day. Those by lead, class and stage together (fine
cells) are kept by day alone.

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
ANY = "*"
"""Stands for any lead, class or stage; '' is what has none."""
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
    """Where a delta of all projects together belongs, or of those of a lead, class or stage; `period` is the first day
    of the year, month or ten days, or the day."""

    plan: str
    edition: int
    agency: str
    fund_class: str
    stage: str
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


def classed(cut: Cut, year: int, source: str) -> tuple[tuple[str, str], ...]:
    """The classes and stages, or any, that cells of all leads and spans of leads are kept by."""
    if (year, source) != (ANY_YEAR, ANY_SOURCE):
        return ((ANY, ANY),)
    return ((ANY, ANY), (cut.fund_class, ANY), (ANY, cut.stage), (cut.fund_class, cut.stage))


def narrowings(cut: Cut, year: int, source: str) -> Iterator[tuple[str, str, str]]:
    """The leads, classes and stages, or any, whose cells a delta goes to: first those of all projects together."""
    for fund_class, stage in classed(cut, year, source):
        yield ANY, fund_class, stage
    if (year, source) == (ANY_YEAR, ANY_SOURCE):
        yield cut.agency, ANY, ANY


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


def grains(on: date, narrowing: tuple[str, str, str]) -> tuple[tuple[str, date], ...]:
    """The year, the month, the day and, for all projects together, the ten days that a delta of a day is kept by."""
    kept_by = (("y", on.replace(month=1, day=1)), ("m", on.replace(day=1)), ("d", on))
    return (*kept_by, ("t", ten_days(on))) if narrowing == (ANY, ANY, ANY) else kept_by


def ten_days(on: date) -> date:
    """The first of the ten days (旬) that a day lies in: the 1st, the 11th or the 21st of its month."""
    return on.replace(day=1 + 10 * min(2, (on.day - 1) // 10))


def cells(deltas: Deltas) -> Cells:
    """The cells that deltas go to."""
    found: Cells = defaultdict(lambda: [*NO_CHANGE, 0])
    for (cut, year, source, on, node), values in deltas.items():
        changed = [(place, value) for place, value in enumerate(values) if value]
        if not changed:
            continue
        for narrowing in narrowings(cut, year, source):
            for grain, period in grains(on, narrowing):
                sums = found[CellKey(cut.plan, cut.edition, *narrowing, year, source, grain, period, node)]
                for place, value in changed:
                    sums[place] += value
    return found


class LeadChange(NamedTuple):
    """How the number of distinct leads below a node changes on a day."""

    plan: str
    edition: int
    agency: str
    fund_class: str
    stage: str
    year: int
    source: str
    node: str
    on: date
    leads: int


def add_leads(cells: Cells, changes: Iterable[LeadChange]) -> None:
    """Add changes of distinct leads to cells."""
    for plan, edition, *narrowed, year, source, node, on, leads in changes:
        agency, fund_class, stage = narrowed
        for grain, period in grains(on, (agency, fund_class, stage)):
            cells[CellKey(plan, edition, agency, fund_class, stage, year, source, grain, period, node)][-1] += leads
