"""What catalog's wire models are made of: codes, weights, strictness."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from services.shared.errors import Refusal


def _written_day(value: Any) -> Any:
    if isinstance(value, int | float):
        raise Refusal("day_not_text", 'write the day as an ISO date such as "2018-07-01", not as a number')
    return value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Weight = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=9, decimal_places=6),
    PlainSerializer(lambda weight: f"{weight.normalize():f}", return_type=str),
]
DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d{1,15}(\.\d{1,6})?$")]
"""A decimal number as text, which keeps its scale: `"4.0"`."""
Day = Annotated[date, BeforeValidator(_written_day)]
"""An ISO date: a number, which might be read as seconds since 1970, is refused."""
Year = Annotated[int, Field(ge=1900, le=2200)]
CodeText = Annotated[str, StringConstraints(pattern=r"^[^\s,|\x00-\x1f\x7f]{1,64}$")]


class Wire(BaseModel):
    """Strict about unknown fields: a misspelt name is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


def as_json(model: BaseModel) -> Any:
    """A model as the plain JSON value that entries and answers hold."""
    return model.model_dump(mode="json", by_alias=True)
