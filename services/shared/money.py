"""Exact money: a decimal string with two decimals in JSON, whole minor units (fen) inside sums."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from services.shared.errors import Refusal

LIMIT = Decimal(10) ** 12
"""What every amount stays below that is entered: a sum, whole fen in a bigint, holds 92,000 of the largest."""
TOO_LARGE = "one amount is less than 1,000,000,000,000.00 (10^12)"
_READABLE = Decimal(10) ** 16
"""What is read: journals may hold amounts that were entered when more was taken."""


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool | float | int) or not isinstance(value, str | Decimal):
        raise Refusal("amount_not_text", 'write the amount as a decimal string such as "1250000.00", not as a number')
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise Refusal("amount_unparseable", 'write a decimal string such as "1250000.00"') from None
    if not amount.is_finite() or abs(amount) >= _READABLE:
        raise Refusal("amount_out_of_range", TOO_LARGE)
    if amount != amount.quantize(Decimal("0.01")):
        raise Refusal("amount_too_precise", "an amount has at most two decimals")
    return amount.quantize(Decimal("0.01"))


Money = Annotated[
    Decimal,
    BeforeValidator(_exact),
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d{1,16}(\.\d{1,2})?$", "examples": ["1250000.00"]}),
]
"""An amount in the plan's currency, numeric(18,2); floats and numbers are refused.

What stands is read as it is; that what is entered stays below LIMIT is a rule of each service (`too_large`).
"""


def too_large(amount: Decimal) -> bool:
    """Whether an amount is refused where it is entered: sums of such amounts could overflow."""
    return abs(amount) >= LIMIT


def in_fen(amount: Decimal) -> int:
    """The amount in hundredths."""
    fen = amount.scaleb(2)
    assert fen == fen.to_integral_value(), "an amount has two decimals"
    return int(fen)


def from_fen(fen: int) -> str:
    """Hundredths as the decimal string of the wire."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}.{rest:02d}"


def fen_of(text: str) -> int:
    """A decimal string of the wire, two decimals, in hundredths."""
    return in_fen(Decimal(text))


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split whole fen by weights with the largest remainder.

    The parts add up to the amount exactly; ties go to the larger weight, then to the earlier place (plan order); a
    negative amount mirrors the positive one. Weights are whole (millionths of a percent), their sum is positive.
    """
    total = sum(weights)
    assert total > 0, "weights add up to more than nothing"
    if amount < 0:
        return [-part for part in split(-amount, weights)]
    parts = [amount * weight // total for weight in weights]
    remainders = [amount * weight % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], -weights[i], i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts
