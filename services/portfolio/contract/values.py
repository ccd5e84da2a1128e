"""The values that portfolio's wire models are made of."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from services.shared.errors import Refusal
from services.shared.text import clean_code


def _weight_text(weight: Decimal) -> str:
    return f"{weight.normalize():f}"


def _exact_weight(value: Any) -> Any:
    if isinstance(value, float | int):
        raise Refusal("weight_not_text", 'write the weight as a decimal string such as "33.34", not as a number')
    return value


def _code_text(value: Any) -> Any:
    if isinstance(value, float | int):
        raise Refusal("code_not_text", 'write the code as text: as numbers "5.1" and "5.10" would be the same')
    return value


Weight = Annotated[
    Decimal,
    BeforeValidator(_exact_weight),
    Field(gt=0, le=100, max_digits=9, decimal_places=6),
    PlainSerializer(_weight_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}(\.\d{1,6})?$", "examples": ["33.34"]}),
]
CodeText = Annotated[
    str,
    BeforeValidator(_code_text),
    StringConstraints(pattern=r"^[^\s,|]{1,64}$"),
    WithJsonSchema({"type": "string", "pattern": r"^[^\s,|]{1,64}$", "examples": ["4.8"]}),
]
AgencyId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{2,20}:[^\s]{1,120}$", strip_whitespace=True),
    AfterValidator(clean_code),
]
"""An agency as it is named elsewhere: scheme:value, such as cn-uscc:91310000…, as its value is kept."""
Year = Annotated[int, Field(ge=1900, le=2200)]


class Wire(BaseModel):
    """Strict about unknown fields: a misspelt name is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Warning_(Wire):
    """Something accepted that deserves a look."""

    code: str
    detail: str
