"""The life of a project on the wire: the machines of the record and of the project, change requests, history."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.portfolio.contract.form import Remark, left_out
from services.portfolio.contract.projects import Comment, ProjectChange, StateEntered
from services.portfolio.contract.values import CodeText, Warning_, Wire
from services.shared.money import Money
from services.shared.text import Title


class NewTransition(Wire):
    """A state to be entered, and what its guard asks for (DOMAIN 2.4)."""

    to: CodeText
    on: date | None = None
    reason: Remark | None = None
    document: Title | None = None
    deadline: date | None = None
    opinion: Remark | None = None
    refund: Money | None = None

    def entered(self, on: date) -> StateEntered:
        """The state as the project keeps it."""
        return StateEntered(state=self.to, on=on, **self.model_dump(exclude={"to", "on"}))


class RecordTransition(Wire):
    """A step of the record: handed in, given back with comments, published by a second person, or taken back."""

    to: Literal["submitted", "returned", "published", "withdrawn"]
    reason: Remark | None = None
    comments: list[Comment] = Field(default=[], max_length=200)


class Voiding(Wire):
    """A registration made by mistake leaves every report; a second person says so."""

    reason: Title


class NewChangeRequest(Wire):
    """A change of a published project that somebody else decides on."""

    change: ProjectChange
    reason: Title
    documents: list[Title] = Field(default=[], max_length=50)


class Decision(Wire):
    """What becomes of a change request; only who made it may withdraw it, only somebody else may decide."""

    decision: Literal["approved", "rejected", "withdrawn"]
    reason: Title


class FieldChange(Wire):
    """A field before and after; null where there was or is nothing."""

    field: str
    """JSON pointer."""
    label: str
    """The field in Chinese."""
    before: Any
    after: Any


class ChangeRequest(Wire):
    """A requested change, what it would do, and what was decided."""

    project: UUID
    number: int
    """1, 2 … within the project."""
    status: Literal["open", "approved", "rejected", "withdrawn"]
    reason: str
    documents: list[str]
    changes: list[FieldChange]
    warnings: list[Warning_] = left_out([])
    base_version: int
    requested_by: str
    requested_at: datetime
    decided_by: str | None = left_out()
    decided_at: datetime | None = left_out()
    decision_reason: str | None = left_out()


class Happening(Wire):
    """One step of a project's story, from its entry in the journal alone."""

    position: int
    """In the journal."""
    serial: int
    """Of the project's entries."""
    recorded_at: datetime
    on: date
    kind: str
    by: str
    role: str
    told: str
    """The step as a sentence."""
    reason: str | None = left_out()
    changes: list[FieldChange] = []


class People(Wire):
    """The persons of a project with phone and e-mail in clear, for who may see them and says why."""

    pi: dict[str, str | None] | None = None
    contact: dict[str, str | None] | None = None


class PersonalValue(Wire):
    """A personal value in clear, with what proves that it is the one whose hash stands in the journal: `hash` is
    "sha256:" and the SHA-256 of the salt, the byte 1F and the value."""

    project: UUID
    role: Literal["pi", "contact"]
    field: Literal["phone", "email"]
    value: str
    salt: str
    hash: str


class Erasure(Wire):
    """Phone and e-mail of a project's persons are to be forgotten, and why."""

    reason: Title


POSTED_FROM = frozenset(
    {"contracted", "in_progress", "suspended", "acceptance", "rectify", "accepted", "failed", "terminated"}
)
"""States that imply a contract: the budget's lines stand as commitments."""
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "approved": ("contracted", "revoked"),
    "contracted": ("in_progress", "revoked"),
    "in_progress": ("suspended", "terminated", "revoked", "acceptance"),
    "suspended": ("in_progress", "terminated", "revoked"),
    "acceptance": ("accepted", "rectify", "failed"),
    "rectify": ("acceptance", "failed"),
    "accepted": ("closed",),
    "failed": ("closed",),
    "terminated": ("closed",),
    "revoked": ("closed",),
    "closed": (),
}
"""DOMAIN's machine of project states: from → to."""
RECORD_STEPS: dict[str, tuple[str, ...]] = {
    "draft": ("submitted", "withdrawn"),
    "submitted": ("returned", "published"),
    "returned": ("submitted", "withdrawn"),
    "published": (),
    "correction_pending": (),
    "withdrawn": (),
    "void": (),
}
"""DOMAIN's machine of the record: from → to. A change request makes it correction_pending, its decision published."""
APPROVED_FIELDS = frozenset(
    {"project_no", "issuing_body", "title", "title_en", "programme_name", "fund_class", "funding_mode", "stage"}
    | {"lead", "pi", "partners", "kpis", "approved_on", "start_on", "end_on", "extended_to"}
    | {"amount_total", "budget", "instalments", "tasks", "secrecy_level"}
)
"""What a second person decides on once the record is published; the rest is filed, or free (DOMAIN 2.4)."""


def needing_approval(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields, of two wire forms of a project, whose difference a second person decides on. Moving money between
    headings is filed only, as long as every year and source keeps its sum; of a leader only the name is decided on,
    phone and e-mail are free."""
    return [
        name
        for name in sorted(APPROVED_FIELDS)
        if _decided_on(name, before.get(name)) != _decided_on(name, after.get(name))
    ]


def _decided_on(name: str, value: Any) -> Any:
    """The part of a field that is decided on; empty and missing are the same."""
    if name == "pi":
        return value["name"] if value else None
    if name != "budget":
        return value or None
    sums: dict[tuple[int, str], Decimal] = {}
    for line in value or ():
        key = line["year"], line["source"]
        sums[key] = sums.get(key, Decimal(0)) + Decimal(line["amount"])
    return {key: amount for key, amount in sums.items() if amount}
