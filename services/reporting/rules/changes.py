"""What a page of the portfolio's journal changes: facts that come to be known, facts that end, deltas of cells.

Applied in memory, entry by entry, from what is known of the projects that the page touches; written afterwards at once.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    money_of,
    project_of,
)
from services.reporting.rules.restating import Editions, view
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


class Version(NamedTuple):
    """A project's document as it was known from one position until before another."""

    project: str
    known_from: int
    known_until: int
    document: Mapping[str, Any]


@dataclass
class Held:
    """What is known of a project: its document, as the reports of each edition have it, and its movements."""

    id: str
    document: Mapping[str, Any] | None = None
    known_from: int = 0
    """The position from which the document is known."""
    views: Mapping[int, Project] = field(default_factory=dict)
    movements: dict[str, Movement] = field(default_factory=dict)


Firsts = Mapping[tuple[int, str], date]


@dataclass
class Plans:
    """The editions known, of each plan."""

    known: Mapping[str, Editions]
    only: int | None = None
    """The one edition that views are wanted of; all of them otherwise."""

    def shape(self, plan: str, edition: int) -> Shape:
        """An edition."""
        return self.known[plan].shapes[edition]

    def views(self, id: str, document: Mapping[str, Any]) -> dict[int, Project]:
        """A project as the reports of each edition have it."""
        editions = self.known.get(document["plan"])
        registered = editions.shapes.get(document["edition"]) if editions is not None else None
        if editions is None or registered is None:
            raise PlanNotKnownYet
        project = project_of(id, document, registered)
        wanted = editions.shapes if self.only is None else (self.only,)
        return {edition: view(project, editions, edition) for edition in wanted}


class Changes:
    """The changes of one page."""

    def __init__(self, plans: Plans, held: Iterable[Held]) -> None:
        self._plans = plans
        self.held = {project.id: project for project in held}
        self._began: dict[str, tuple[Mapping[int, Project], Firsts]] = {}
        self._fresh: set[str] = set()
        """Projects whose document came in the page."""
        self.new_movements: list[tuple[str, Movement, int]] = []
        """Project, movement, position."""
        self.versions: list[Version] = []
        """Documents that came and went within the page."""
        self.outdated: list[tuple[str, int]] = []
        """Projects whose document of before the page is known until a position."""
        self.opened: dict[Standing, int] = {}
        """Facts that stand at the end of the page, by the position they are known from."""
        self.ended: list[tuple[Standing, int, int]] = []
        """Facts that came and went within the page: known from, known until."""
        self.closed: list[tuple[Standing, int]] = []
        """Facts that stood before the page: known until."""

    def project(self, position: int, wire: Mapping[str, Any], posted: Iterable[Movement]) -> None:
        """A project came to be as `wire` says, with more movements."""
        held = self._touched(str(wire["id"]))
        old = self._facts(held)
        self._outdate(held, position)
        held.document, held.known_from = wire, position
        held.views = self._plans.views(held.id, wire)
        for movement in posted:
            self._new_movement(held, movement, position)
        new = self._facts(held)
        for standing in old - new:
            self._close(standing, position)
        for standing in new - old:
            self._open(standing, position)

    def movement(self, position: int, project: str, movement: Movement) -> None:
        """A movement was entered: only its own facts are new."""
        held = self._touched(project)
        assert held.views, "a movement comes after its project"
        self._new_movement(held, movement, position)
        for stated in held.views.values():
            for fact in money_of(stated, movement):
                self._open(Standing(held.id, stated.cut, fact), position)

    def deltas(self) -> Deltas:
        """What the page changes in the cells: its money, and of the counts what the touched projects add now less what
        they added before."""
        deltas = self.counts()
        for standings, sign in ((self.opened, 1), ((standing for standing, _ in self.closed), -1)):
            for standing in standings:
                if isinstance(standing.fact, MoneyFact):
                    add_money(deltas, standing.cut, standing.fact, sign)
        return deltas

    def counts(self) -> Deltas:
        """Of that the counts alone."""
        deltas: Deltas = {}
        for id, (views, firsts) in self._began.items():
            held = self.held[id]
            now = first_days(held.movements.values())
            if views == held.views and firsts == now:
                continue
            for found, since, sign in ((views, firsts, -1), (held.views, now, 1)):
                for edition, project in found.items():
                    shape = self._plans.shape(project.cut.plan, edition)
                    add(deltas, count_deltas(project, since, shape), sign)
        return deltas

    def standing(self) -> Iterator[Version]:
        """The documents that came in the page and stand at its end."""
        for id in sorted(self._fresh):
            held = self.held[id]
            assert held.document is not None, "it came in the page"
            yield Version(id, held.known_from, FOR_EVER, held.document)

    def _outdate(self, held: Held, position: int) -> None:
        if held.id in self._fresh:
            assert held.document is not None, "it came in the page"
            self.versions.append(Version(held.id, held.known_from, position, held.document))
        elif held.document is not None:
            self.outdated.append((held.id, position))
        self._fresh.add(held.id)

    def _touched(self, id: str) -> Held:
        held = self.held.setdefault(id, Held(id))
        if id not in self._began:
            self._began[id] = (held.views, first_days(held.movements.values()))
        return held

    def _facts(self, held: Held) -> set[Standing]:
        found = set()
        for stated in held.views.values():
            presence, money = facts_of(stated, held.movements.values())
            facts: list[Presence | MoneyFact] = [*presence, *money]
            found |= {Standing(held.id, stated.cut, fact) for fact in facts}
        return found

    def _new_movement(self, held: Held, movement: Movement, position: int) -> None:
        held.movements[movement.id] = movement
        self.new_movements.append((held.id, movement, position))

    def _open(self, standing: Standing, position: int) -> None:
        self.opened[standing] = position

    def _close(self, standing: Standing, position: int) -> None:
        known_from = self.opened.pop(standing, None)
        if known_from is None:
            self.closed.append((standing, position))
        else:
            self.ended.append((standing, known_from, position))
