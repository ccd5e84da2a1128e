"""Explanations on the wire: what a figure is the sum of."""

from datetime import date, datetime
from typing import Literal

from services.reporting.contract.common import Note, Report, Wire

ExplainedFigure = Literal[
    "committed", "received", "disbursed", "spent", "refunded", "projects", "target", "gap", "surplus"
]


class Step(Wire):
    """A share that a project has in a task of the edition it is registered against, and where that goes."""

    task: str
    share: str
    """In percent."""
    part: str
    """The part of the task that stands at the item's task: an exact fraction."""


class Part(Wire):
    """The part of a movement that stands at a task; of the figure `projects`, the presence of a project there."""

    project: str
    project_no: str | None
    title: str | None
    share: str | None
    """The weight by which it was split, in percent, of the shares in force on as_of; cut off at six decimals."""
    amount: str | None
    movement: str | None
    kind: str | None
    on: date | None
    year: int | None
    source: str | None
    task: str
    position: int
    """Of the entry of the portfolio's journal since which it is known that this amount stands here."""
    recorded_at: datetime | None
    """When that entry was recorded."""
    entry_position: int | None
    """Of the entry that recorded the movement."""
    crosswalk: list[Step] | None = None
    """How the share came about, where the project is registered against another edition."""


class TargetPart(Wire):
    """A target, as far as it stands at a task of the report's edition."""

    task: str
    node: str
    """Of the edition that the target was set in."""
    edition: int
    year: int | None
    sources: list[str]
    amount: str
    stated_amount: str
    """As the target was set, before it was restated."""
    source_document: str
    position: int
    """Of the entry of the catalog's journal that set it."""


class TaskGap(Wire):
    """The target of a task against its commitments of the same years and sources."""

    task: str
    target: str
    committed: str
    gap: str
    surplus: str


class Explanation(Report):
    """What a figure of a report is the sum of. The amounts of all pages add up to the total exactly."""

    code: str
    figure: ExplainedFigure
    total: str | int | None
    items: list[Part | TargetPart]
    tasks: list[TaskGap]
    """Of the figures target, gap and surplus."""
    next: str | None
    notes: list[Note]
