"""What reporting says on the wire: coverage, gaps, positions, and the errors it raises."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.shared.errors import Invalid, NotFound, Unavailable

Denominator = Literal["tasks", "tasks_and_measures", "fundable"]
GapKind = Literal["amount", "partial", "no_target", "not_applicable"]


class Wire(BaseModel):
    """Strict about unknown fields."""

    model_config = ConfigDict(extra="forbid")


class Positions(Wire):
    """Up to where in each journal a report has read."""

    catalog: int
    portfolio: int


class NamedValue(Wire):
    """What rates of coverage are a part of."""

    name: Denominator
    value: int


class Denominators(Wire):
    """All three of them."""

    tasks: int
    tasks_and_measures: int
    fundable: int


class Filters(Wire):
    """What the report was narrowed to; empty lists and nulls narrow nothing."""

    level: str
    year: list[int]
    agency: str | None
    district: str | None
    fund_class: str | None
    source: list[str]
    stage: str | None
    scope: str | None


class Note(Wire):
    """What a reader has to know beside the figures."""

    code: str
    detail: str
    amount: str | None = None


class Gap(Wire):
    """Target against commitments of the same years and sources; above the task, sums over tasks with a target."""

    target: str | None
    target_committed: str | None
    """The commitments of the years and sources that the targets name."""
    gap: str | None
    gap_rate: str | None
    gap_kind: GapKind
    surplus: str | None
    tasks_without_target: int


class Figures(Gap):
    """The figures of a node, or of the whole plan. Amounts in the plan's currency; rates in percent, null for —."""

    projects: int
    agencies: int
    committed: str
    received: str
    disbursed: str
    spent: str
    refunded: str
    tasks: int
    """The tasks below (or the node itself) that the denominator has."""
    covered_tasks: int
    covered: bool
    coverage_rate: str | None
    receipt_rate: str | None
    disbursement_rate: str | None
    spending_rate: str | None


class Item(Figures):
    """The figures of one node."""

    code: str
    level: str
    number: str
    title: str
    parent: str | None


class GapItem(Gap):
    """The gap of one node."""

    code: str
    level: str
    number: str
    title: str
    parent: str | None


class Report(Wire):
    """What every report states about itself. Equal positions and parameters give equal bytes."""

    plan: str
    as_of: date
    recorded_at: datetime | None
    positions: Positions
    edition: int
    unit: str
    denominator: NamedValue
    denominators: Denominators
    counted_states: list[str]
    covering_weight: str
    filters: Filters


class Coverage(Report):
    """What of the plan is covered, by how much."""

    totals: Figures
    items: list[Item]
    notes: list[Note]


class Gaps(Report):
    """Where money is missing."""

    totals: Gap
    items: list[GapItem]
    notes: list[Note]


class Applied(Wire):
    """How far this service has followed the journals."""

    positions: Positions
    recorded_at: datetime | None
    known_through: datetime | None
    """Everything recorded up to this moment is applied."""


class UnknownPlanHere(NotFound):
    """No plan {plan} is known here at that moment: GET /api/v1/plans lists the plans."""


class UnknownFilterValue(Invalid):
    """A filter names something that does not exist: see errors."""


class NotYetKnown(Unavailable):
    """What was recorded at {recorded_at} is not wholly known here yet: ask again in a moment."""
