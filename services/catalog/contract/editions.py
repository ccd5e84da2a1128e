"""Editions of a plan and the crosswalks between them, on the wire; the arithmetic that restates by a crosswalk."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema

from services.catalog.contract.values import CodeText, Day, Slug, Wire
from services.shared.errors import Refusal

EditionStatus = Literal["draft", "published", "withdrawn"]


class Edition(Wire):
    """An edition of a plan: `draft` may be replaced, `published` never changes, `withdrawn` was given up unpublished.

    `previous` is the published edition that it follows; the one without is the first.
    """

    plan: Slug
    number: int
    status: EditionStatus
    published_at: datetime | None
    previous: int | None = None
    effective_from: date | None = None
    """The day from which it is the plan; null for the first edition, which holds from the beginning."""
    document_sha256: str = ""
    """The SHA-256 of the document as it is kept."""


class Publication(Wire):
    """What publishing a draft needs to be told: the day from which the edition is the plan."""

    effective_from: Day


def _exact_weight(value: Any) -> Decimal:
    if not isinstance(value, str | Decimal):
        raise Refusal("weight_not_text", 'write the weight as a decimal string such as "33.333333", not as a number')
    try:
        weight = Decimal(value)
    except InvalidOperation:
        raise Refusal("weight_unparseable", 'write a decimal string such as "33.333333"') from None
    if not weight.is_finite() or not 0 < weight <= 100:
        raise Refusal("weight_out_of_range", "a weight is more than 0 and at most 100 percent")
    if weight != weight.quantize(Decimal("0.000001")):
        raise Refusal("weight_too_precise", "a weight has at most six decimals")
    return weight


CrosswalkWeight = Annotated[
    Decimal,
    BeforeValidator(_exact_weight),
    PlainSerializer(lambda weight: f"{weight.normalize():f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}(\.\d{1,6})?$", "examples": ["33.333333"]}),
]
"""A percentage above 0 and up to 100 with up to six decimals; numbers are refused."""

ExactWeight = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d{1,6})?$|^\d+/\d+$")]
"""A percentage as a decimal of up to six places where it is one, else as a fraction: `"100/3"`."""

CrosswalkKind = Literal["same", "renamed", "split", "merged", "retired"]


class CrosswalkRow(Wire):
    """What part of a node of the earlier edition goes to a node of the later one; `retired`: has no successor."""

    from_code: CodeText
    to_code: CodeText | None = None
    weight: CrosswalkWeight = Decimal(100)
    kind: CrosswalkKind
    note: Annotated[str, Field(max_length=2000)] = ""


class CrosswalkRows(Wire):
    """The rows that an editor states; a node that none names goes to its equal in the later edition, if there is one.

    Only nodes that shares may name are mapped, and each completely: the weights of one `from_code` add up to 100.
    """

    rows: Annotated[list[CrosswalkRow], Field(max_length=10_000)]


class Crosswalk(Wire):
    """How an edition's nodes go over into those of the one that follows it, complete with the rows that are generated.

    `version` counts the times that it was set, 0 while all rows are generated; it is `published`, and never changes,
    with the later edition. `unmapped` are the nodes that keep the later edition from being published.
    """

    plan: Slug
    from_edition: int
    to_edition: int
    status: EditionStatus
    effective_from: date | None
    version: int
    rows: list[CrosswalkRow]
    unmapped: list[CodeText]


class ReverseRow(Wire):
    """What part of a node of the later edition came from a node of the earlier one; null: it came from none."""

    from_code: CodeText
    to_code: CodeText | None
    weight: ExactWeight


class ReverseCrosswalk(Wire):
    """How the later edition's nodes go back into those of the earlier one.

    A node that came from several goes back to each by the part that each gave it: weight ÷ the sum of the weights that
    it was given. The weights of one `from_code` add up to exactly 100.
    """

    plan: Slug
    from_edition: int
    to_edition: int
    effective_from: date | None
    rows: list[ReverseRow]


Parts = Mapping[str, Mapping[str | None, Fraction]]
"""By code of one edition the parts, adding up to 1, that go to each code of another; None: to no code."""


def forward(rows: Iterable[CrosswalkRow]) -> dict[str, dict[str | None, Fraction]]:
    """By code of the earlier edition the parts that go to each code of the later one; None is what is retired."""
    found: dict[str, dict[str | None, Fraction]] = {}
    for row in rows:
        parts = found.setdefault(row.from_code, {})
        parts[row.to_code] = parts.get(row.to_code, Fraction(0)) + Fraction(row.weight) / 100
    return found


def backward(rows: Iterable[CrosswalkRow], later: Iterable[str]) -> dict[str, dict[str | None, Fraction]]:
    """By code of the later edition the parts that go back to each code of the earlier one.

    `later` names the codes of the later edition; one that nothing went to has the single part None: its projects have
    no home in the earlier edition.
    """
    given: dict[str, dict[str, Fraction]] = {}
    for code, parts in forward(rows).items():
        for to, part in parts.items():
            if to is not None:
                given.setdefault(to, {})[code] = part
    found: dict[str, dict[str | None, Fraction]] = {}
    for code in later:
        sources = given.get(code)
        total = sum(sources.values(), Fraction(0)) if sources else Fraction(0)
        found[code] = {source: part / total for source, part in sources.items()} if sources else {None: Fraction(1)}
    return found


def composed(first: Parts, second: Parts) -> dict[str, dict[str | None, Fraction]]:
    """Two mappings one after the other, such as 1→2 and 2→3; what has no home after the first has none after both."""
    found: dict[str, dict[str | None, Fraction]] = {}
    for code, parts in first.items():
        made = found.setdefault(code, {})
        for between, part in parts.items():
            onward: Mapping[str | None, Fraction] = {None: Fraction(1)}
            if between is not None:
                onward = second.get(between, onward)
            for to, share in onward.items():
                made[to] = made.get(to, Fraction(0)) + part * share
    return found


def percent_text(part: Fraction) -> str:
    """A part of 1 as ExactWeight: `"12.5"` for an eighth, `"100/3"` for a third."""
    percent = part * 100
    millionths = percent * 1_000_000
    if millionths.denominator == 1:
        text = f"{Decimal(millionths.numerator).scaleb(-6):f}"
        return text.rstrip("0").rstrip(".")
    return f"{percent.numerator}/{percent.denominator}"
