"""Whether every row of the catalog is what the journal says: in one snapshot, page by page."""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import BaseModel

from services.catalog import rules
from services.catalog.contract import (
    Crosswalk,
    Node,
    Observation,
    Plan,
    PlanDocument,
    Responsibilities,
    Target,
    Vocabulary,
    as_json,
)
from services.catalog.store import CheckStore, Kept
from services.shared.comparing import MOST, Findings, JournalCheck, entries_of, is_its_leaf, size_of
from services.shared.database import Connection, Row

TARGET = ("slug", "node", "year", "sources")
_TARGET = "slug || '/' || node || '/' || year || '/' || sources"
ENTERED: tuple[tuple[str, type[BaseModel], Kept], ...] = (
    ("vocabulary", Vocabulary, Kept("vocabulary", ("code",), "code", ("vocabulary_set",))),
    ("target", Target, Kept("target", TARGET, _TARGET, ("target_set",))),
    (
        "target",
        Target,
        Kept("target_version", (*TARGET, "version"), _TARGET, ("target_set", "target_proposed"), "version"),
    ),
    (
        "responsibilities",
        Responsibilities,
        Kept("responsibility", ("slug", "node"), "slug || '/' || node || '/responsibilities'", ("responsibility_set",)),
    ),
    (
        "observation",
        Observation,
        Kept(
            "observation",
            ("slug", "indicator", "serial"),
            "slug || '/' || indicator || '/observations'",
            ("observation_recorded",),
            "serial",
        ),
    ),
)
"""What editors enter: the member of `after` that says what a row holds, its model, and the table."""
EDITIONS = Kept(
    "plan",
    ("slug", "edition"),
    "CASE WHEN edition = 1 THEN slug ELSE slug || '/' || edition END",
    ("plan_published", "edition_drafted", "edition_withdrawn", "edition_published"),
)


async def check_journal(connection: Connection) -> JournalCheck:
    """Compare vocabularies, targets, responsibilities, observations and editions with what the entries say of them."""
    findings = Findings(await size_of(connection))
    for member, model, kept in ENTERED:
        await _compare(connection, kept, findings, partial(_entered, member, model))
    await _compare(connection, EDITIONS, findings, _edition)
    await _made_of_editions(connection, findings)
    return findings.result()


Judge = Callable[[Row, dict[str, Any]], tuple[Any, Any]]
"""What the entry says and what the row keeps, both as JSON."""


async def _compare(connection: Connection, kept: Kept, findings: Findings, judge: Judge) -> None:
    store, after = CheckStore(connection), None
    while found := await store.page(kept, after):
        after = tuple(found[-1][name] for name in kept.keys)
        told: dict[tuple[str, int | None], Row] = {}
        async for entry in entries_of(connection, {row["subject"] for row in found}):
            if entry["kind"] in kept.kinds:
                told[entry["subject"], entry["serial"] if kept.serial else None] = entry
                if not is_its_leaf(entry):
                    findings.differs("journal_entry", entry["subject"], entry["position"])
        for row in found:
            entry = told.get((row["subject"], row["said_at"]), {"position": None, "body": "null"})
            said, stands = judge(row, (json.loads(entry["body"]) or {"after": {}})["after"])
            findings.compare(
                kept.table, "/".join(str(row[name]) for name in kept.keys), entry["position"], said, stands
            )
    for row in await store.lacking(kept, MOST):
        findings.differs(kept.table, row["subject"], row["position"])


def _entered(member: str, model: type[BaseModel], row: Row, after: dict[str, Any]) -> tuple[Any, Any]:
    """The body, read by the model of today on both sides, and the columns that it is found by."""
    kept = as_json(model.model_validate_json(row["body"]))
    said = as_json(model.model_validate(after[member])) if member in after else None
    columns = {name: row[name] for name in ("version", "year") if name in row and name in kept}
    return said, kept | {name: value or None if name == "year" else value for name, value in columns.items()}


def _edition(row: Row, after: dict[str, Any]) -> tuple[Any, Any]:
    """The document and its hash, the summary that is answered, and when it holds; a draft's document is known to the
    journal by its hash alone."""
    document = PlanDocument.model_validate_json(row["document"])
    digest = hashlib.sha256(row["document"].encode()).hexdigest()
    kept = {
        "plan": as_json(document),
        "status": row["status"],
        "previous": row["previous"],
        "effective_from": row["effective_from"] and row["effective_from"].isoformat(),
        "summary": as_json(Plan.model_validate_json(row["summary"])),
        "document_sha256": row["digest"],
        "document": digest,
    }
    if not after:
        return None, kept
    whole = isinstance(after["plan"], dict)
    said = {
        "plan": as_json(PlanDocument.model_validate(after["plan"])) if whole else kept["plan"],
        "status": after.get("status", "published"),
        "previous": after.get("previous"),
        "effective_from": after.get("effective_from"),
        "summary": as_json(rules.plan_of(document, row["edition"])),
        "document_sha256": after.get("document_sha256", digest),
        "document": row["digest"],
    }
    return said, kept


async def _made_of_editions(connection: Connection, findings: Findings) -> None:
    """The nodes of every edition, and the crosswalks that were published with one."""
    store, after = CheckStore(connection), None
    while found := await store.page(EDITIONS, after):
        after = found[-1]["slug"], found[-1]["edition"]
        for row in found:
            said: Row = {"position": None, "body": '{"after":{}}'}
            async for entry in entries_of(connection, [row["subject"]]):
                said = entry if entry["kind"] in EDITIONS.kinds else said
            name, position = f"{row['slug']}/{row['edition']}", said["position"]
            document = PlanDocument.model_validate_json(row["document"])
            nodes = [as_json(node) for node in rules.nodes_of(document, row["edition"])]
            kept = [as_json(Node.model_validate_json(body)) for body in await store.nodes(row["slug"], row["edition"])]
            findings.compare("node", name, position, nodes, kept)
            crosswalk = json.loads(said["body"])["after"].get("crosswalk")
            if crosswalk is not None:
                body = await store.crosswalk(row["slug"], row["edition"])
                stands = body and as_json(Crosswalk.model_validate_json(body))
                findings.compare("crosswalk", name, position, as_json(Crosswalk.model_validate(crosswalk)), stands)
