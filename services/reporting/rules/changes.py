"""What a page of the portfolio's journal changes: facts that come to be known, facts that end, deltas of cells.

Applied in memory, entry by entry, from what is known of the projects that the page touches; written afterwards at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from services.reporting.rules.cells import Deltas, add, add_money, count_deltas, first_days
from services.reporting.rules.facts import (
    Cut,
    MoneyFact,
    Movement,
    Presence,
    Project,
    facts_of,
    kept,
    money_of,
    movement_of,
    project_of,
)
from services.reporting.rules.shape import Shape

FOR_EVER = 9_223_372_036_854_775_807
"""The position until which an open fact is known."""


class PlanNotKnownYet(Exception):
    """The catalog's journal has to be followed further first."""


class Standing(NamedTuple):
    """A fact of a project under the cut that the project had."""

    project: str
    cut: Cut
    fact: Presence | MoneyFact


@dataclass
class Held:
    """What is known of a project: its document, and its movements."""

    id: str
    document: dict[str, Any] | None = None
    project: Project | None = None
    movements: dict[str, Movement] = field(default_factory=dict)


Firsts = Mapping[tuple[int, str], date]


@dataclass
class Plans:
    """The editions known, and the latest of each plan."""

    editions: dict[tuple[str, int], Shape]
    latest: dict[str, Shape]

    def edition(self, document: Mapping[str, Any]) -> Shape:
        """The edition that a project was registered against."""
        found = self.editions.get((document["plan"], document["edition"]))
        if found is None:
            raise PlanNotKnownYet
        return found


class Changes:
    """The changes of one page."""

    def __init__(self, plans: Plans, held: Iterable[Held]) -> None:
        self._plans = plans
        self.held = {project.id: project for project in held}
        self._began: dict[str, tuple[Project | None, Firsts]] = {}
        self.new_movements: list[tuple[str, Movement]] = []
        self.opened: dict[Standing, int] = {}
        """Facts that stand at the end of the page, by the position they are known from."""
        self.ended: list[tuple[Standing, int, int]] = []
        """Facts that came and went within the page: known from, known until."""
        self.closed: list[tuple[Standing, int]] = []
        """Facts that stood before the page: known until."""
        self.money: Deltas = {}

    def project(self, position: int, wire: Mapping[str, Any], posted: Iterable[Mapping[str, Any]]) -> None:
        """A project came to be as `wire` says, with more movements."""
        held = self._touched(str(wire["id"]))
        old = self._facts(held)
        held.document = kept(wire)
        held.project = project_of(held.id, held.document, self._plans.edition(held.document))
        for document in posted:
            self._new_movement(held, movement_of(document))
        new = self._facts(held)
        for standing in old - new:
            self._close(standing, position)
        for standing in new - old:
            self._open(standing, position)

    def movement(self, position: int, document: Mapping[str, Any]) -> None:
        """A movement was entered: only its own facts are new."""
        held = self._touched(str(document["project"]))
        assert held.project is not None, "a movement comes after its project"
        movement = movement_of(document)
        self._new_movement(held, movement)
        for fact in money_of(held.project, movement):
            self._open(Standing(held.id, held.project.cut, fact), position)

    def deltas(self) -> Deltas:
        """What the page changes in the cells: its money, and of the counts what the touched projects add now less what
        they added before."""
        deltas = {point: list(values) for point, values in self.money.items()}
        for id, (project, firsts) in self._began.items():
            held = self.held[id]
            assert held.project is not None
            now = first_days(held.movements.values())
            if project == held.project and firsts == now:
                continue
            if project is not None:
                add(deltas, count_deltas(project, firsts, self._plans.latest[project.cut.plan]), -1)
            add(deltas, count_deltas(held.project, now, self._plans.latest[held.project.cut.plan]), 1)
        return deltas

    def changed_projects(self) -> list[Held]:
        """The projects whose document is another one now."""
        return [self.held[id] for id, (project, _) in self._began.items() if self.held[id].project != project]

    def _touched(self, id: str) -> Held:
        held = self.held.setdefault(id, Held(id))
        if id not in self._began:
            self._began[id] = (held.project, first_days(held.movements.values()))
        return held

    def _facts(self, held: Held) -> set[Standing]:
        if held.project is None:
            return set()
        presence, money = facts_of(held.project, held.movements.values())
        facts: list[Presence | MoneyFact] = [*presence, *money]
        return {Standing(held.id, held.project.cut, fact) for fact in facts}

    def _new_movement(self, held: Held, movement: Movement) -> None:
        held.movements[movement.id] = movement
        self.new_movements.append((held.id, movement))

    def _open(self, standing: Standing, position: int) -> None:
        self.opened[standing] = position
        if isinstance(standing.fact, MoneyFact):
            add_money(self.money, standing.cut, standing.fact, 1)

    def _close(self, standing: Standing, position: int) -> None:
        known_from = self.opened.pop(standing, None)
        if known_from is None:
            self.closed.append((standing, position))
        else:
            self.ended.append((standing, known_from, position))
        if isinstance(standing.fact, MoneyFact):
            add_money(self.money, standing.cut, standing.fact, -1)
