"""Whether every row of portfolio is what the journal says: in one snapshot, page by page."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import AGENCY_KINDS, Movement, Project
from services.portfolio.operations.common import row_of
from services.portfolio.store import CheckStore
from services.shared.comparing import MOST, Findings, JournalCheck, entries_of, is_its_leaf, size_of
from services.shared.database import Connection, Row
from services.shared.salting import salted_hash

BELONGING = ("share", "budget_line", "relation", "change_request")
Rows = Mapping[str, Mapping[UUID, Sequence[Row]]]


async def check_journal(connection: Connection) -> JournalCheck:
    """Compare agencies, projects and what belongs to them with the last entries that say something of them."""
    findings = Findings(await size_of(connection))
    await _agencies(connection, findings)
    await _projects(connection, findings)
    for table in ("agency", "project"):
        for row in await CheckStore(connection).lacking(table, f"{table}_registered", MOST):
            findings.differs(table, row["subject"], row["position"])
    return findings.result()


async def _agencies(connection: Connection, findings: Findings) -> None:
    after = ""
    while found := await CheckStore(connection).agencies(after):
        after = found[-1]["id"]
        told: dict[str, Row] = {}
        async for entry in entries_of(connection, [row["id"] for row in found]):
            if entry["kind"] in AGENCY_KINDS:
                told[entry["subject"]] = entry
                _leaf(entry, findings)
        for row in found:
            entry = told.get(row["id"], {"position": None, "body": '{"after":{}}'})
            kept = json.loads(row["body"])
            said = json.loads(entry["body"])["after"].get("agency")
            findings.compare("agency", row["id"], entry["position"], said, kept)
            if said == kept and (row["parent"], row["version"]) != (kept["parent"], kept["version"]):
                findings.differs("agency", row["id"], entry["position"], "/parent")


async def _projects(connection: Connection, findings: Findings) -> None:
    store, after = CheckStore(connection), None
    while found := await store.projects(after):
        after = found[-1]["id"]
        told = await _told(connection, findings, [str(row["id"]) for row in found])
        belonging = {table: await store.belonging(table, [row["id"] for row in found]) for table in BELONGING}
        for row in found:
            of_it = told.get(str(row["id"]), rules.Told())
            _project(row, of_it, belonging, findings)
            _keyed("relation", row, of_it.relations, belonging, findings)
            _keyed("change_request", row, of_it.requests, belonging, findings)
            await _movements(store, row["id"], of_it, findings)
        await _values(store, found, findings)


async def _told(connection: Connection, findings: Findings, subjects: Sequence[str]) -> dict[str, rules.Told]:
    """What the entries of some projects say; entries that do not follow from those before them are noted."""
    told: dict[str, rules.Told] = {}
    async for entry in entries_of(connection, subjects):
        _leaf(entry, findings)
        if not told.setdefault(entry["subject"], rules.Told()).hear(entry["body"], entry["position"]):
            findings.differs("journal_entry", entry["subject"], entry["position"], "/before/project")
    return told


def _leaf(entry: Row, findings: Findings) -> None:
    if not is_its_leaf(entry):
        findings.differs("journal_entry", entry["subject"], entry["position"])


def _project(row: Row, told: rules.Told, belonging: Rows, findings: Findings) -> None:
    """A project's answer and hashes, and what lists, scopes and reports are found by."""
    kept = rules.as_entry(json.loads(row["body"]), rules.hashes_in(row["personal"]))
    findings.compare("project", row["id"], told.position, told.project, kept)
    if told.project != kept:
        return
    project = Project.model_validate_json(row["body"])
    made = row_of(project, row["body"], told.serial, rules.hashes_in(row["personal"]))
    shares = {
        (since.valid_from or date.min, share.code, share.weight) for since in project.shares for share in since.tasks
    }
    budget = {(line.year, line.source, line.heading or "", line.amount) for line in project.budget}
    of_it = {table: belonging[table].get(row["id"], ()) for table in ("share", "budget_line")}
    pairs = {name: (value, row[name]) for name, value in made.items() if name != "personal"} | {
        "shares": (shares, {(each["valid_from"], each["code"], each["weight"]) for each in of_it["share"]}),
        "budget": (budget, {(e["year"], e["source"], e["heading"], e["amount"]) for e in of_it["budget_line"]}),
    }
    for name, (said, stands) in pairs.items():
        if said != stands:
            findings.differs("project", row["id"], told.position, f"/{name}")


def _keyed(kind: str, row: Row, said: Mapping[Any, rules.Said], belonging: Rows, findings: Findings) -> None:
    """Relations by the other project, change requests by their number."""
    key, column = {"relation": ("other", "kind"), "change_request": ("number", "status")}[kind]
    kept = {
        (each[key] if kind == "change_request" else str(each[key])): each for each in belonging[kind].get(row["id"], ())
    }
    for name in sorted(said.keys() | kept.keys()):
        content, position = said.get(name, (None, None))
        stands = kept.get(name)
        body: Any = json.loads(stands["body"]) if stands else None
        findings.compare(kind, f"{row['id']}/{name}", position, content, body)
        if stands and body == content and stands[column] != body[column]:
            findings.differs(kind, f"{row['id']}/{name}", position, f"/{column}")


async def _movements(store: CheckStore, project: UUID, told: rules.Told, findings: Findings) -> None:
    kept = {str(row["id"]): row for row in await store.movements(project)}
    for id in sorted(told.movements.keys() | kept.keys()):
        said, position = told.movements.get(id, (None, None))
        row = kept.get(id)
        body = json.loads(row["body"]) if row else None
        findings.compare("movement", id, position, said, body)
        if row and said == body:
            movement = Movement.model_validate_json(row["body"])
            for name in ("kind", "year", "source", "amount", "origin", "on"):
                if getattr(movement, name) != row["on_day" if name == "on" else name]:
                    findings.differs("movement", id, position, f"/{name}")


async def _values(store: CheckStore, found: Sequence[Row], findings: Findings) -> None:
    """The personal values behind the hashes; answers show them masked, perhaps as whoever sent them back wrote it."""
    hashes = {row["id"]: rules.hashes_in(row["personal"]) for row in found}
    kept = await store.salted_values([hash for persons in hashes.values() for hash in rules.all_of(persons)])
    for row in found:
        shown = json.loads(row["body"])
        for name, fields in hashes[row["id"]].items():
            for field, hash in fields.items():
                salt, value = kept.get(hash, ("", ""))
                mask = (shown.get(name) or {}).get(field)
                if salted_hash(salt, value) != hash or "***" not in (mask or ""):
                    findings.differs("personal_value", row["id"], None, f"/{name}/{field}")
