"""What every report states about itself."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Denominator = Literal["tasks", "tasks_and_measures", "fundable"]


class Wire(BaseModel):
    """Strict about unknown fields."""

    model_config = ConfigDict(extra="forbid")


Since = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
"""The day from which something is done at the ends of periods: bounded, as what was over before is made up for."""


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


class Applied(Wire):
    """How far this service has followed the journals."""

    positions: Positions
    recorded_at: datetime | None
    known_through: datetime | None
    """Everything recorded up to this moment is applied."""
