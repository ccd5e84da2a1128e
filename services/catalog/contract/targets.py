"""What a task is meant to be given, and who answers for it, on the wire."""

from pydantic import Field

from services.catalog.contract.values import CodeText, Slug, Wire
from services.shared.money import Money
from services.shared.text import Title


class NewTarget(Wire):
    """What a task is meant to be given, by whom it was decided. Without a year: for the whole plan."""

    node: CodeText
    year: int | None = Field(default=None, ge=1900, le=2200)
    sources: list[CodeText] | None = None
    amount: Money
    source_document: Title
    approved_by: str | None = None


class Target(Wire):
    """A target that stands; setting it again for the same node, year and sources makes the next version."""

    node: CodeText
    year: int | None
    sources: list[CodeText]
    amount: Money
    source_document: Title
    approved_by: str | None
    version: int
    plan: Slug
    edition: int
