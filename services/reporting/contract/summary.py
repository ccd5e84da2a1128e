"""The summary on the wire: the rates of a plan, who has the money, how good the data are (DOMAIN 2.6)."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.reporting.contract.common import Note, Report, Wire
from services.shared.money import Money

RateUnit = Literal["percent", "ratio", "amount", "points"]
ConcentrationBy = Literal["agency", "district", "leader"]


class Thresholds(Wire):
    """From when a task is covered effectively, and when a record is stale."""

    min_projects: Annotated[int, Field(ge=1, le=1_000)] = 2
    min_amount: Money = Decimal("1000000.00")
    stale_months: Annotated[int, Field(ge=1, le=120)] = 12


class Rate(Wire):
    """A rate with what it is made from. `numerator` and `denominator` are amounts in the plan's currency or numbers."""

    code: str
    title: str
    value: str | None
    """Percent with one decimal, a ratio with three, an amount, points of HHI; null, shown as —, where the denominator
    is nothing."""
    unit: RateUnit
    numerator: str | None
    denominator: str | None
    formula: str
    explain: str | None
    """Where the numerator is explained: what it is the sum of, or the tasks that are covered. Null of surplus, the
    difference of two figures, and where filters by source leave nothing of it."""


RateOfProjects = Literal[
    "receipt_in_time",
    "disbursement_to_plan",
    "acceptance_in_time",
    "overdue_rate",
    "change_rate",
    "termination_rate",
    "kpi_completion",
]


class RatePart(Wire):
    """What a project adds to a rate: an amount, 0 or 1, or the part of its performance targets that it reached."""

    project: UUID
    project_no: str | None
    title: str
    lead: str
    state: str | None
    numerator: str
    denominator: str


class RateExplanation(Report):
    """The projects that a rate of whole projects looks at. What all pages list adds up to numerator and denominator
    exactly; later pages do not say these."""

    rate: RateOfProjects
    numerator_total: str | None
    denominator_total: str | None
    items: list[RatePart]
    next: str | None
    notes: list[Note]


class SourceMoney(Wire):
    """The money of one source."""

    source: str
    title: str
    committed: str
    received: str
    disbursed: str
    spent: str
    refunded: str
    receipt_rate: str | None
    disbursement_rate: str | None
    explain: str
    """Where its money is explained, with {figure} replaced by the name of the amount."""


class Holder(Wire):
    """Somebody's part of what is committed."""

    code: str
    title: str
    committed: str
    share: str | None
    """Percent."""
    explain: str | None
    """Where what is committed is explained; reports do not filter by leaders."""


class Concentration(Wire):
    """How much of what is committed lies with few. HHI = 10000 × Σ share², CR5 = the five largest shares."""

    by: ConcentrationBy
    holders: int
    hhi: str | None
    cr5: str | None
    largest: list[Holder]
    """The ten largest."""


class Quality(Wire):
    """How good the data of an agency are, or of all of them (null)."""

    agency: str | None
    title: str | None
    projects: int
    filled: int
    """Fields that publication asks for and that hold something, of all projects together."""
    asked: int
    completeness: str | None
    valid_uscc: int
    """Projects whose lead is named by a checked 统一社会信用代码."""
    uscc_rate: str | None
    stale: int
    """Projects that are not closed and of which nothing was entered for `stale_months`."""
    stale_rate: str | None


class Summary(Report):
    """The rates of a plan."""

    thresholds: Thresholds
    rates: list[Rate]
    sources: list[SourceMoney]
    concentration: list[Concentration]
    quality: Quality
    quality_by_agency: list[Quality]
    notes: list[Note]
