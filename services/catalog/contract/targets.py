"""What a task is meant to be given, and who answers for it, on the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.catalog.contract.values import CodeText, Day, Slug, Wire, Year
from services.shared.money import Money
from services.shared.text import Title

WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00-\x1f]{1,2000}$")]
ShortText = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=200)]
LongText = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=2000)]


class NewTarget(Wire):
    """What a task is meant to be given, and by which document. Without a year: for the whole plan.

    `source_document` is the document's title, `source_doc_no` its number (文号), `source_url` where it is read;
    `approved_by` is who decided on it. It holds from `valid_from` to `valid_to`, both included, null: without end.
    """

    node: CodeText
    year: Year | None = None
    sources: list[CodeText] | None = None
    amount: Money
    source_document: Title
    source_doc_no: ShortText | None = None
    source_url: WebAddress | None = None
    approved_by: str | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class Target(Wire):
    """A version of a target; setting it again for the same node, year and sources makes the next one.

    `standing`: counts. `proposed`: waits for an editor other than `entered_by` to approve it, which makes the next
    version, standing, with that editor in `confirmed_by`.
    """

    node: CodeText
    year: int | None
    sources: list[CodeText]
    amount: Money
    source_document: Title
    approved_by: str | None
    version: int
    plan: Slug
    edition: int
    status: Literal["proposed", "standing"] = "standing"
    source_doc_no: ShortText | None = None
    source_url: WebAddress | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    entered_by: str | None = None
    confirmed_by: str | None = None


class TargetApproval(Wire):
    """Which proposed target is approved: the version that was read."""

    node: CodeText
    year: Year | None = None
    sources: list[CodeText] | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class Responsibility(Wire):
    """An organisation that answers for a node: `lead` 牵头 or `support` 配合, from one day to another, both included.

    It is named by its identifier in the registry of agencies (`cn-uscc:…`), by its name, or by both.
    """

    organisation: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*:[^\s\x00-\x1f]{1,100}$")] | None = None
    name: Title | None = None
    role: Literal["lead", "support"]
    valid_from: Day
    valid_to: Day | None = None


class NewResponsibilities(Wire):
    """Everybody who answers, or answered, for a node."""

    items: Annotated[list[Responsibility], Field(max_length=500)]


class Responsibilities(NewResponsibilities):
    """Who answers for a node; version 0 where nobody was named yet."""

    plan: Slug
    node: CodeText
    version: int
