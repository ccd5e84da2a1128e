"""What the journal's entries carry in `after` (and, for changes, in `before`), by kind."""

from typing import Any, Literal

from pydantic import BaseModel

from services.portfolio.contract.agencies import Agency
from services.portfolio.contract.form import Relation, left_out
from services.portfolio.contract.life import ChangeRequest
from services.portfolio.contract.money import Movement
from services.portfolio.contract.projects import Project
from services.portfolio.contract.values import AgencyId, CodeText, Wire
from services.shared.entries import entry_schema
from services.shared.text import Title


class AgencyEntry(Wire):
    """after of `agency_registered` and `agency_changed`."""

    agency: Agency


class EntryPerson(Wire):
    """A person in an entry: salted hashes in the place of phone and e-mail."""

    name: Title
    title: str | None = None
    phone_hash: str | None = None
    email_hash: str | None = None


class EntryProject(Project):
    """A project in an entry."""

    pi: EntryPerson | None = None  # type: ignore[assignment]
    contact: EntryPerson | None = left_out()  # type: ignore[assignment]


class ProjectEntry(Wire):
    """after of every entry that changes a project: the project without personal values, and the commitments that the
    command posted."""

    project: EntryProject
    posted: list[Movement] = []
    reason: str | None = None


class RequestEntry(ProjectEntry):
    """after of `change_requested` and `change_decided`: the request beside the project (not in before)."""

    request: ChangeRequest | None = None


class RelationEntry(Wire):
    """after of `relation_recorded`."""

    relation: Relation


class PersonErased(Wire):
    """after of `person_erased`: whose phone and e-mail are no longer kept, and why. The entries' hashes stay."""

    persons: list[Literal["pi", "contact"]]
    reason: Title


class MovementEntry(Wire):
    """after of `movement_recorded`."""

    movement: Movement
    plan: CodeText
    lead: AgencyId


JOURNAL_KINDS: dict[str, type[BaseModel]] = {
    "agency_registered": AgencyEntry,
    "agency_changed": AgencyEntry,
    "project_registered": ProjectEntry,
    "project_changed": ProjectEntry,
    "project_state_entered": ProjectEntry,
    "project_voided": ProjectEntry,
    "record_submitted": ProjectEntry,
    "record_returned": ProjectEntry,
    "record_published": ProjectEntry,
    "record_withdrawn": ProjectEntry,
    "change_requested": RequestEntry,
    "change_decided": RequestEntry,
    "relation_recorded": RelationEntry,
    "person_erased": PersonErased,
    "movement_recorded": MovementEntry,
}

PROJECT_KINDS = tuple(kind for kind, after in JOURNAL_KINDS.items() if issubclass(after, ProjectEntry))
"""Entries that hold a project as it stands after them."""
AGENCY_KINDS = ("agency_registered", "agency_changed")


def journal_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a whole entry of this kind, as the feed's `body` holds it."""
    return entry_schema("portfolio", kind, JOURNAL_KINDS[kind])
