"""What portfolio's operations share: whose projects a caller may touch, how a project is written down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import (
    REPORTED,
    AgencyNotAllowed,
    Movement,
    Project,
    ProjectVoid,
    RecordNotPublished,
    UnknownAgency,
    UnknownProject,
)
from services.portfolio.store import PortfolioStore
from services.shared import journal
from services.shared.comparing import must_agree
from services.shared.database import Connection
from services.shared.text import clean_code, match_key
from services.shared.tokens import OF_ONE_AGENCY, Caller
from services.shared.writes import Answer, Write

JOURNAL_CHECK = "/api/v1/journal/check"
EVERYWHERE = frozenset({"manager", "auditor", "editor", "service"})


def scope_of(caller: Caller) -> str | None:
    """The agency that a caller is bound to with its subordinates, or None for those who see all."""
    return caller.agency if caller.role in OF_ONE_AGENCY else None


async def check_scope(store: PortfolioStore, caller: Caller, agency: str) -> None:
    """Refuse an agency that is not registered, or that is not the caller's own or below it."""
    above = await store.line_above(agency)
    if not above:
        raise UnknownAgency(agency=agency)
    scope = scope_of(caller)
    if scope is not None and scope not in above:
        raise AgencyNotAllowed(agency=agency, scope=scope)


async def visible(store: PortfolioStore, caller: Caller, id: UUID, lock: bool = False) -> dict[str, Any]:
    """A project's row, if the caller may see it: another agency's is as unknown as one that is not there."""
    found = await store.project(id, lock)
    if found is None:
        raise UnknownProject(project=id)
    scope = scope_of(caller)
    if scope is not None and scope not in await store.line_above(found["lead"]):
        raise UnknownProject(project=id)
    return found


@dataclass(frozen=True)
class Held:
    """A project under lock: its row, and the project as it stands."""

    row: dict[str, Any]
    project: Project

    @property
    def hashes(self) -> dict[str, dict[str, str]]:
        """What stands in the journal for the personal values, by person and field."""
        return rules.hashes_in(self.row["personal"])


async def changeable(store: PortfolioStore, write: Write, id: UUID) -> Held:
    """A project under lock, unless it is void, not the caller's, or not what the journal says: what is changed next
    would be founded on it, and say so in the journal."""
    row = await visible(store, write.caller, id, lock=True)
    await _must_agree(store, row)
    project = Project.model_validate_json(row["body"])
    if project.record_status == "void":
        raise ProjectVoid(project=id)
    return Held(row, project)


async def _must_agree(store: PortfolioStore, row: Mapping[str, Any]) -> None:
    """DiffersFromJournal unless the row is what the journal says: its columns too, which decide who may touch it."""
    kept = rules.as_entry(json.loads(row["body"]), rules.hashes_in(row["personal"]))
    if row["said"] is None or json.loads(row["said"])["after"]["project"] != kept:
        # Somebody may have held the lock meanwhile, or a person was erased: what stands is looked up under the lock.
        told = rules.Told()
        for entry in await store.told(row["id"]):
            told.hear(entry["body"], None)
        must_agree("project", row["id"], told.project, kept, JOURNAL_CHECK)
    columns = ("plan", "lead", "version")
    said, stands = ({name: one[name] for name in columns} for one in (kept, row))
    must_agree("project", row["id"], said, stands, JOURNAL_CHECK)


async def published(store: PortfolioStore, write: Write, id: UUID) -> Held:
    """A project under lock whose record is published."""
    held = await changeable(store, write, id)
    if held.project.record_status not in REPORTED:
        raise RecordNotPublished(status=held.project.record_status)
    return held


@dataclass(frozen=True)
class Step:
    """What a command did to a project, as its entry says."""

    kind: str
    on: date
    after: Project
    posted: Sequence[Movement] = ()
    reason: str | None = None
    hashes: rules.Hashes | None = None
    """Those after the step, where it changed a person."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What else stands in the entry's after."""


async def take(connection: Connection, write: Write, held: Held, step: Step) -> Answer:
    """Write a project's next version, the movements it posts, and its entry; personal values that it replaces are
    forgotten."""
    store = PortfolioStore(connection)
    hashes = held.hashes if step.hashes is None else step.hashes
    body = step.after.model_dump_json()
    serial = held.row["serial"] + 1
    await store.change_project(row_of(step.after, body, serial, hashes))
    await store.erase_personal(sorted(set(rules.all_of(held.hashes)).difference(rules.all_of(hashes))))
    if step.after.shares != held.project.shares:
        await store.set_shares(step.after.id, step.after.shares)
    if step.after.budget != held.project.budget:
        await store.set_budget(step.after.id, step.after.budget)
    if step.posted:
        await store.add_movements(step.posted)
    before = entry_of(held.row["body"], held.hashes, ())
    after = entry_of(body, hashes, step.posted, step.reason) | dict(step.more)
    await record(connection, step.kind, str(step.after.id), serial, write.caller, step.on, before, after)
    return Answer(200, body, str(step.after.version))


def row_of(project: Project, body: str, serial: int, hashes: rules.Hashes) -> dict[str, Any]:
    """The columns that lists and duplicates are found by, beside the body."""
    return {
        "id": project.id,
        "plan": project.plan,
        "lead": project.lead,
        "issuer": match_key(project.issuing_body) if project.issuing_body else project.lead,
        "number_key": number_key(project.project_no),
        "title_key": match_key(project.title),
        "leader_key": rules.leader_key(project.pi.name if project.pi else None),
        "title_bands": rules.title_bands(project.title),
        "state": project.state,
        "record_status": project.record_status,
        "version": project.version,
        "serial": serial,
        "personal": json.dumps(hashes),
        "body": body,
    }


def number_key(project_no: str | None) -> str | None:
    """What two project numbers are compared by: NFKC, no white space, upper-case."""
    return clean_code(project_no).upper() if project_no else None


def entry_of(body: str, hashes: rules.Hashes, posted: Sequence[Movement], reason: str | None = None) -> dict[str, Any]:
    """after (or before) of a project's entry."""
    entry: dict[str, Any] = {"project": rules.as_entry(json.loads(body), hashes)}
    entry["posted"] = [movement.model_dump(mode="json") for movement in posted]
    return entry | ({"reason": reason} if reason else {})


async def record(
    connection: Connection, kind: str, subject: str, serial: int, caller: Caller, on: date, before: Any, after: Any
) -> None:
    """Write an entry into the journal, in this transaction."""
    id, body = journal.canonical(kind, subject, serial, caller, on, before, after)
    await journal.append(connection, id, kind, subject, serial, body)
