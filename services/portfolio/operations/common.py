"""What portfolio's operations share: whose projects a caller may touch, how a project is written down."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import AgencyNotAllowed, Movement, Project, ProjectVoid, UnknownAgency, UnknownProject
from services.portfolio.store import PortfolioStore
from services.shared import journal
from services.shared.database import Connection
from services.shared.text import clean_code, match_key
from services.shared.tokens import OF_ONE_AGENCY, Caller
from services.shared.writes import Write

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


async def changeable(store: PortfolioStore, write: Write, id: UUID) -> tuple[dict[str, Any], Project]:
    """A project's locked row and the project, unless it is void or not the caller's."""
    row = await visible(store, write.caller, id, lock=True)
    project = Project.model_validate_json(row["body"])
    if project.record_status == "void":
        raise ProjectVoid(project=id)
    return row, project


def row_of(project: Project, body: str, serial: int) -> dict[str, Any]:
    """The columns that lists and duplicates are found by, beside the body."""
    return {
        "id": project.id,
        "plan": project.plan,
        "lead": project.lead,
        "issuer": match_key(project.issuing_body) if project.issuing_body else project.lead,
        "number_key": number_key(project.project_no),
        "title_key": match_key(project.title),
        "state": project.state,
        "record_status": project.record_status,
        "version": project.version,
        "serial": serial,
        "body": body,
    }


def number_key(project_no: str | None) -> str | None:
    """What two project numbers are compared by: NFKC, no white space, upper-case."""
    return clean_code(project_no).upper() if project_no else None


def entry_of(
    body: str, personal: dict[str, str], posted: Sequence[Movement], reason: str | None = None
) -> dict[str, Any]:
    """after (or before) of a project's entry."""
    entry: dict[str, Any] = {"project": rules.as_entry(json.loads(body), personal)}
    entry["posted"] = [movement.model_dump(mode="json") for movement in posted]
    return entry | ({"reason": reason} if reason else {})


async def record(
    connection: Connection, kind: str, subject: str, serial: int, caller: Caller, on: date, before: Any, after: Any
) -> None:
    id, body = journal.canonical(kind, subject, serial, caller, on, before, after)
    await journal.append(connection, id, kind, subject, serial, body)
