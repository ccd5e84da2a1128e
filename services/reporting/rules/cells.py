"""Cells: sums of facts that reports read instead of the facts.

A cell holds what changes on a day (a delta), by node, year and source; a figure as of a day is the sum of the deltas
up to it. To add few of them, the deltas of all projects together are also kept by month and by year: a sum up to a day
takes whole years, then whole months, then days. Cells by lead, class and stage are kept by day alone. Counts are by
lead in either case, since distinct leads are counted as well.

Counts of distinct projects do not add up over tasks. What a project adds "at a node itself" is such that the sum over
the nodes of any subtree is the number of distinct projects in it (see Shape.values).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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

ALL, FINE = "all", "fine"
ANY_YEAR, ANY_SOURCE = 0, ""
KIND_PLACE = {kind: place for place, kind in enumerate(KINDS)}


class CellKey(NamedTuple):
    """Where a delta belongs. `cut`: of all projects, or by lead, class and stage (fine)."""

    plan: str
    cut: str
    year: int
    source: str
    grain: str
    period: date
    node: str
    agency: str
    fund_class: str
    stage: str


class Point(NamedTuple):
    """Where a delta of one project belongs, before it is known by which grains it is kept."""

    cut: Cut
    year: int
    source: str
    on: date
    node: str


Cells = defaultdict[CellKey, list[int]]
Deltas = dict[Point, list[int]]


def first_days(movements: Iterable[Movement]) -> dict[tuple[int, str], date]:
    """From which day on a project's movements pass each filter of one year or none, one source or none."""
    found = {(ANY_YEAR, ANY_SOURCE): BEGINNING}
    for movement in movements:
        for year, source in (
            (movement.year, ANY_SOURCE),
            (ANY_YEAR, movement.source),
            (movement.year, movement.source),
        ):
            known = found.get((year, source))
            if known is None or movement.on < known:
                found[year, source] = movement.on
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
            found[Point(project.cut, year, source, on, node)] = [projects, covering]
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
        sums = deltas.setdefault(point, [0] * len(values))
        for place, value in enumerate(values):
            sums[place] += sign * value


def add_money(deltas: Deltas, cut: Cut, fact: MoneyFact, sign: int) -> None:
    """Add a money fact, or take it off: its amount comes on its first day and goes after its last."""
    if not fact.fen:
        return
    place = KIND_PLACE[fact.kind]
    for on, fen in ((fact.from_on, fact.fen), (fact.until_on, -fact.fen)):
        if on != FOREVER:
            sums = deltas.setdefault(Point(cut, fact.year, fact.source, on, fact.task), [0] * len(KINDS))
            sums[place] += sign * fen


def cells(deltas: Deltas, by_lead: bool) -> Cells:
    """The cells that deltas go to."""
    found: Cells = defaultdict(list)
    for (cut, year, source, on, node), values in deltas.items():
        if not any(values):
            continue
        plan = cut.plan
        lead = cut.agency if by_lead else ""
        for key in (
            CellKey(plan, ALL, year, source, "y", on.replace(month=1, day=1), node, lead, "", ""),
            CellKey(plan, ALL, year, source, "m", on.replace(day=1), node, lead, "", ""),
            CellKey(plan, ALL, year, source, "d", on, node, lead, "", ""),
            CellKey(plan, FINE, year, source, "d", on, node, cut.agency, cut.fund_class, cut.stage),
        ):
            sums = found[key]
            if sums:
                for place, value in enumerate(values):
                    sums[place] += value
            else:
                sums.extend(values)
    return found
