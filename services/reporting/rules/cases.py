"""A case: a project of the plan as it is known at a position, on a day. What rates and checks are made from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from services.catalog.contract import Programme, Settings
from services.portfolio.contract import POSTED_FROM, REPORTED
from services.reporting.rules.alterations import Alteration
from services.reporting.rules.facts import CLOSED_WELL, Movement, counted_spans
from services.shared.money import in_fen

RUNNING = frozenset({"contracted", "in_progress", "suspended"})
"""States of a project that is carried out and not in acceptance."""
JUDGED = frozenset({"acceptance", "rectify", "accepted", "failed"})
"""States from the application for acceptance on."""


@dataclass(frozen=True)
class Case:
    """A published project on a day, with what was entered and what moved up to it. Amounts are whole fen."""

    id: str
    wire: Mapping[str, Any]
    day: date
    programme: Programme
    fiscal: frozenset[str]
    """The sources of fiscal money (财政资金): those that targets are set for by default."""
    movements: Sequence[Movement]
    """Up to the day, in the order of the journal."""
    alterations: Sequence[Alteration] = ()
    """Up to the day."""
    touched: int = 0
    """The position of the last entry that says something of it."""

    @property
    def lead(self) -> str:
        """The lead agency."""
        return str(self.wire["lead"])

    @property
    def leader(self) -> str:
        """The name of the person in charge, '' where none is given."""
        return (self.wire.get("pi") or {}).get("name") or ""

    @cached_property
    def entered(self) -> list[tuple[str, date]]:
        """The states that were entered up to the day, in order."""
        states = ((entered["state"], date.fromisoformat(entered["on"])) for entered in self.wire["states"])
        return [(state, on) for state, on in states if on <= self.day]

    @property
    def state(self) -> str | None:
        """The state of the day; None before the first one."""
        return self.entered[-1][0] if self.entered else None

    @cached_property
    def counted(self) -> bool:
        """Whether figures count it on the day (DOMAIN 2.6, V)."""
        states = [(entered["state"], date.fromisoformat(entered["on"])) for entered in self.wire["states"]]
        return any(start <= self.day < end for start, end in counted_spans(states))

    @property
    def revoked(self) -> bool:
        """Whether it is no project any more: revoked ones stand in no rate."""
        return any(entered["state"] == "revoked" for entered in self.wire["states"])

    @property
    def contracted_on(self) -> date | None:
        """The day of its contract."""
        return next((on for state, on in self.entered if state in POSTED_FROM), None)

    def since(self, state: str) -> date | None:
        """The day on which a state was entered last, up to the day of the case."""
        return next((on for entered, on in reversed(self.entered) if entered == state), None)

    @property
    def ended_well(self) -> bool:
        """Whether it was accepted, closed since or not."""
        before = next((state for state, _ in reversed(self.entered) if state != "closed"), None)
        return before == "accepted"

    @property
    def judged(self) -> bool:
        """Whether its acceptance was applied for, decided or not, closed since or not."""
        before = next((state for state, _ in reversed(self.entered) if state != "closed"), None)
        return before in JUDGED | CLOSED_WELL

    @property
    def due(self) -> date | None:
        """The last day on which its acceptance is in time: its end, as extended, and the programme's grace."""
        end = self.wire.get("extended_to") or self.wire.get("end_on")
        if not end:
            return None
        grace = timedelta(days=self.programme.acceptance_grace_days)
        return min(date.fromisoformat(end), date.max - grace) + grace

    def sum(self, kind: str, sources: Collection[str] | None = None, until: date | None = None) -> int:
        """What moved of a kind, of some sources or all, up to a day or that of the case."""
        last = until or self.day
        return sum(
            movement.fen
            for movement in self.movements
            if movement.kind == kind and movement.on <= last and (sources is None or movement.source in sources)
        )

    @cached_property
    def instalments(self) -> list[tuple[date, int]]:
        """When how much is to be paid, in the order of days."""
        parts = self.wire.get("instalments") or ()
        return sorted((date.fromisoformat(part["due_on"]), in_fen(Decimal(part["amount"]))) for part in parts)

    def committed(self, years: Collection[int] = (), sources: Collection[str] = ()) -> int:
        """What is committed to it, of some years and sources or all."""
        return sum(
            movement.fen
            for movement in self.movements
            if movement.kind == "commitment"
            and (not years or movement.year in years)
            and (not sources or movement.source in sources)
        )

    def due_by(self, day: date) -> int:
        """What instalments were to be paid up to a day."""
        return sum(fen for on, fen in self.instalments if on <= day)


@dataclass(frozen=True)
class Record:
    """A project as the journal tells it: its document and what came beside it, each with the position of its entry."""

    id: str
    document: Mapping[str, Any]
    known_from: int
    movements: Sequence[tuple[int, Movement]]
    alterations: Sequence[Alteration] = ()


def is_published(document: Mapping[str, Any]) -> bool:
    """Whether reports know of a project."""
    return document["record_status"] in REPORTED


def case_of(record: Record, settings: Settings, day: date) -> Case:
    """The case of a project on a day, as its plan's settings see it."""
    movements = [(position, movement) for position, movement in record.movements if movement.on <= day]
    return Case(
        id=record.id,
        wire=record.document,
        day=day,
        programme=programme_of(settings, record.document),
        fiscal=frozenset(settings.default_target_sources),
        movements=[movement for _, movement in movements],
        alterations=[alteration for alteration in record.alterations if alteration.on <= day],
        touched=max([record.known_from, *(position for position, _ in movements)]),
    )


def programme_of(settings: Settings, wire: Mapping[str, Any]) -> Programme:
    """What a plan decides for the projects of a programme."""
    return settings.programmes.get(wire.get("programme_name") or "", settings.programme)
