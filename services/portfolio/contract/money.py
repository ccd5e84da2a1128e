"""Movements of money on the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from services.portfolio.contract.values import CodeText, Wire, Year
from services.shared.money import Money
from services.shared.text import Title

MovementKind = Literal["commitment", "receipt", "disbursement", "expenditure", "refund"]


class OriginalAmount(Wire):
    """The amount in another currency, with the rate that was used, its date and source."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    amount: Money
    rate: Annotated[str, StringConstraints(pattern=r"^\d{1,12}(\.\d{1,12})?$")]
    rate_on: date
    rate_source: Title


class NewMovement(Wire):
    """Money that moved. A month or a year counts from its last day; a negative amount corrects."""

    kind: MovementKind
    on: Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
    """A day (2017-03-15), a month (2017-03) or a year (2017)."""
    year: Year | None = None
    """The budget year it belongs to; that of `on` when not given."""
    source: CodeText
    amount: Money
    reference: str = ""
    corrects: UUID | None = None
    original: OriginalAmount | None = None


class Movement(Wire):
    """A movement in the ledger; nothing is edited."""

    id: UUID
    project: UUID
    kind: MovementKind
    on: date
    on_precision: Literal["day", "month", "year"]
    year: Year
    source: CodeText
    amount: Money
    reference: str
    corrects: UUID | None
    origin: Literal["budget", "entered"]
    original: OriginalAmount | None = None
