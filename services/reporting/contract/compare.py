"""Comparisons of two moments on the wire."""

from datetime import date, datetime
from typing import Literal

from services.reporting.contract.common import Note, Positions, Report, Wire


class ComparedFigures(Wire):
    """The figures of one side, or what they differ by."""

    projects: int
    covered_tasks: int
    committed: str
    received: str
    disbursed: str
    spent: str
    refunded: str


class Compared(Wire):
    """The figures of both sides and their difference, later less earlier."""

    before: ComparedFigures
    after: ComparedFigures
    difference: ComparedFigures


class ComparedItem(Compared):
    """The same of one node."""

    code: str
    level: str
    number: str
    title: str
    parent: str | None
    covered_before: bool
    covered_after: bool


class Difference(Wire):
    """What a project added less on the earlier side than on the later one."""

    projects: int
    committed: str
    received: str
    disbursed: str
    spent: str
    refunded: str


class TaskDifference(Difference):
    """The same of one task; what is counted at no task is left out."""

    task: str


class MovingEntry(Wire):
    """An entry of the portfolio's journal that made the difference."""

    position: int
    recorded_at: datetime | None
    kind: Literal["project", "movement"]
    """What it recorded."""


class Moved(Wire):
    """A project that differs between the two sides."""

    project: str
    project_no: str | None
    title: str | None
    difference: Difference
    tasks: list[TaskDifference]
    entries: list[MovingEntry]


class Side(Wire):
    """The clocks of the earlier side."""

    as_of: date
    recorded_at: datetime | None
    positions: Positions


class Comparison(Report):
    """What moved between two moments; the differences of all pages of `moved` add up to that of the totals."""

    before: Side
    node: str
    totals: Compared
    items: list[ComparedItem]
    moved: list[Moved]
    next: str | None
    notes: list[Note]
