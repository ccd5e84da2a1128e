"""Facts: which project stands at which task with which money, in which spans of business time.

A project's facts are a function of what is known of it, nothing else: what changes them is a new entry of the journal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from services.portfolio.contract import REPORTED
from services.reporting.rules.shape import NOT_COUNTED, RESTATED, WEIGHT_UNIT, Shape
from services.shared.money import in_fen, split

BEGINNING = date.min
FOREVER = date(9999, 12, 31)
COUNTED_STATES = (
    *("contracted", "in_progress", "suspended", "acceptance", "rectify", "accepted", "failed"),
    "closed",
)
"""States in which a project counts; closed only when it was reached from accepted or failed."""
CLOSED_WELL = frozenset({"accepted", "failed"})
KINDS = ("commitment", "receipt", "disbursement", "expenditure", "refund")

Span = tuple[date, date]


class Cut(NamedTuple):
    """What a project's facts may be filtered by, besides task, year and source; `edition` is the one in whose tasks the
    facts are stated."""

    plan: str
    edition: int
    agency: str
    fund_class: str
    stage: str


class Movement(NamedTuple):
    """A movement as reports need it."""

    id: str
    kind: str
    on: date
    year: int
    source: str
    fen: int


class Segment(NamedTuple):
    """The shares that hold in a span, in plan order."""

    from_on: date
    until_on: date
    tasks: tuple[str, ...]
    parts: tuple[int, ...]
    """What money is split by, exact."""
    weights: tuple[int, ...]
    """The same in whole millionths of a percent, cut off."""


class Project(NamedTuple):
    """A project as reports of an edition need it."""

    id: str
    cut: Cut
    edition: int
    """The one that it is registered against."""
    reported: bool
    """Its record is published; a draft or a void one counts nowhere."""
    spans: tuple[Span, ...]
    """When it counts."""
    segments: tuple[Segment, ...]


class Presence(NamedTuple):
    """A project stands at a task with a weight (millionths of a percent) from a day until before another."""

    task: str
    weight: int
    from_on: date
    until_on: date


class MoneyFact(NamedTuple):
    """The part of a movement that a task has, from a day until before another."""

    movement: str
    task: str
    year: int
    source: str
    kind: str
    fen: int
    from_on: date
    until_on: date


def counted_spans(states: Sequence[tuple[str, date]]) -> list[Span]:
    """When a project counts, from the states that it entered, in their order.

    A state that was entered later but dated earlier ends those before it on its own date.
    """
    if any(state == "revoked" for state, _ in states):
        return []
    spans: list[Span] = []
    end = FOREVER
    for place in reversed(range(len(states))):
        on = states[place][1]
        if on < end and _counts(states, place):
            if spans and spans[-1][0] == end:
                spans[-1] = (on, spans[-1][1])
            else:
                spans.append((on, end))
        end = min(end, on)
    return spans[::-1]


def _counts(states: Sequence[tuple[str, date]], place: int) -> bool:
    state = states[place][0]
    if state == "closed":
        before = next((s for s, _ in reversed(states[:place]) if s != "closed"), None)
        return before in CLOSED_WELL
    return state in COUNTED_STATES


def uncounted_spans(spans: Sequence[Span]) -> list[Span]:
    """The rest of time."""
    found = []
    start = BEGINNING
    for from_on, until_on in spans:
        if start < from_on:
            found.append((start, from_on))
        start = until_on
    if start < FOREVER:
        found.append((start, FOREVER))
    return found


def segments(shares: Sequence[Mapping[str, Any]], order: Mapping[str, int]) -> list[Segment]:
    """The shares by the spans in which they hold: the first ones from the beginning of time."""
    dated = sorted(((_day(since["valid_from"]), since["tasks"]) for since in shares), key=lambda pair: pair[0])
    found = []
    for place, (valid_from, tasks) in enumerate(dated):
        weights: dict[str, int] = {}
        for share in tasks:
            weights[share["code"]] = weights.get(share["code"], 0) + int(Decimal(share["weight"]) * WEIGHT_UNIT)
        codes = sorted(weights, key=lambda code: (order.get(code, len(order)), code))
        from_on = valid_from if place else BEGINNING
        until_on = dated[place + 1][0] if place + 1 < len(dated) else FOREVER
        if from_on < until_on:
            exact = tuple(weights[code] for code in codes)
            found.append(Segment(from_on, until_on, tuple(codes), exact, exact))
    return found


def _day(text: str | None) -> date:
    return date.fromisoformat(text) if text else BEGINNING


def project_of(id: str, document: Mapping[str, Any], plan: Shape) -> Project:
    """A project from its wire form, by the edition that it was registered against."""
    states = [(entered["state"], date.fromisoformat(entered["on"])) for entered in document["states"]]
    return Project(
        id=id,
        cut=Cut(
            document["plan"],
            document["edition"],
            document["lead"],
            document["fund_class"] or "",
            document["stage"] or "",
        ),
        edition=document["edition"],
        reported=document["record_status"] in REPORTED,
        spans=tuple(counted_spans(states)),
        segments=tuple(segments(document["shares"], plan.order)),
    )


def movement_of(document: Mapping[str, Any]) -> Movement:
    """A movement from its wire form."""
    return Movement(
        str(document["id"]),
        document["kind"],
        date.fromisoformat(document["on"]),
        document["year"],
        document["source"],
        in_fen(Decimal(document["amount"])),
    )


def presence_of(project: Project) -> Iterator[Presence]:
    """Where the project stands while it counts."""
    if not project.reported:
        return
    for segment, from_on, until_on in _overlaps(project, project.spans, BEGINNING):
        for task, weight in zip(segment.tasks, segment.weights, strict=True):
            yield Presence(task, weight, from_on, until_on)


def money_of(project: Project, movement: Movement) -> Iterator[MoneyFact]:
    """A movement split over the project's tasks while it counts; whole, at no task, while it does not. Where the tasks
    are those of another edition, it also stands whole at RESTATED while it counts."""
    if not project.reported:
        return
    kind, year, source = movement.kind, movement.year, movement.source
    for segment, from_on, until_on in _overlaps(project, project.spans, movement.on):
        parts = split(movement.fen, segment.parts)
        for task, fen in zip(segment.tasks, parts, strict=True):
            yield MoneyFact(movement.id, task, year, source, kind, fen, from_on, until_on)
    if project.edition != project.cut.edition:
        for start, until_on in project.spans:
            from_on = max(start, movement.on)
            if from_on < until_on:
                yield MoneyFact(movement.id, RESTATED, year, source, kind, movement.fen, from_on, until_on)
    for start, until_on in uncounted_spans(project.spans):
        from_on = max(start, movement.on)
        if from_on < until_on:
            yield MoneyFact(movement.id, NOT_COUNTED, year, source, kind, movement.fen, from_on, until_on)


def _overlaps(project: Project, spans: Iterable[Span], since: date) -> Iterator[tuple[Segment, date, date]]:
    for start, end in spans:
        for segment in project.segments:
            from_on, until_on = max(start, segment.from_on, since), min(end, segment.until_on)
            if from_on < until_on:
                yield segment, from_on, until_on


def facts_of(project: Project, movements: Iterable[Movement]) -> tuple[set[Presence], set[MoneyFact]]:
    """All facts of a project."""
    return set(presence_of(project)), {fact for movement in movements for fact in money_of(project, movement)}
