"""The auditor's desk on the wire: samples that anybody can draw again, findings and what became of them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.reporting.contract.common import Wire
from services.reporting.contract.exceptions import CheckId
from services.shared.text import Title

SampleMethod = Literal["random", "monetary_unit"]
Population = Literal["projects", "movements"]
SampledFigure = Literal["committed", "received", "disbursed", "spent"]
Severity = Literal["note", "low", "medium", "high"]
FindingStatus = Literal["open", "answered", "resolved", "accepted_risk"]
Seed = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,200}$")]
LongText = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=20_000)]


class NewSample(Wire):
    """A sample to be drawn from what a snapshot is about: projects that count on its day, or movements of theirs up to
    it. `random`: every item has the same chance. `monetary_unit`: every fen of the figure has. Without `seed` one is
    drawn; it is published with the sample, so that anybody can draw it again."""

    method: SampleMethod
    population: Population = "projects"
    figure: SampledFigure = "committed"
    size: Annotated[int, Field(ge=1, le=1_000)]
    seed: Seed | None = None
    purpose: Title | None = None


class SampleItem(Wire):
    """An item of a sample. `value` is its figure, `hits` how often a monetary unit of it was drawn; `digest` is what
    random items are ordered by."""

    place: int
    project: str
    project_no: str | None
    title: str
    lead: str
    movement: str | None
    value: str
    hits: int
    digest: str | None


class Sample(Wire):
    """A sample as it was drawn; it is kept for ever.

    Of monetary units: `interval` and `start` in fen, as fractions; items whose value is not positive are set apart and
    never drawn.
    """

    id: UUID
    snapshot: UUID
    method: SampleMethod
    population: Population
    figure: SampledFigure
    size: int
    seed: str
    purpose: str | None
    formula: str
    count: int
    """Items of the population."""
    value: str
    """Of the items that can be drawn."""
    apart_count: int
    apart_value: str
    interval: str | None
    start: str | None
    items: list[SampleItem]
    drawn_by: str
    drawn_at: datetime


class NewFinding(Wire):
    """What an auditor found, on which check, projects or sample it rests, and by when an answer is due."""

    title: Title
    severity: Severity
    text: LongText
    recommendation: LongText = ""
    check: CheckId | None = None
    projects: Annotated[list[UUID], Field(max_length=500)] = []
    sample: UUID | None = None
    due_on: date | None = None


class NewStep(Wire):
    """What is done about a finding: answered (by a manager or an auditor), resolved, accepted as a risk, or opened
    again (by an auditor)."""

    to: FindingStatus
    text: LongText
    due_on: date | None = None


class FindingStep(NewStep):
    """A step as it was entered."""

    at: datetime
    by: str
    role: str


class Finding(NewFinding):
    """A finding as it stands, with every step."""

    id: UUID
    snapshot: UUID
    version: int
    status: FindingStatus
    found_by: str
    found_at: datetime
    steps: list[FindingStep] = []
