"""What the catalog's operations share: the standing plan, ETags, the entry of a command."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from services.catalog import rules
from services.catalog.contract import PlanDocument, UnknownPlan, Vocabulary, as_json
from services.catalog.store import CatalogStore
from services.shared import journal
from services.shared.children import in_child
from services.shared.comparing import last_after, must_agree
from services.shared.database import Connection
from services.shared.writes import Write

JOURNAL_CHECK = "/api/v1/catalog/journal/check"


def etag_of(row: dict[str, Any]) -> str:
    """The ETag of an edition: its number, then the beginning of the document's hash."""
    return f"{row['edition']}-{row['digest'][:16]}"


def text_of(document: PlanDocument) -> tuple[str, str]:
    """A document as it is kept, and the SHA-256 of that."""
    text = json.dumps(as_json(document), ensure_ascii=False)
    return text, hashlib.sha256(text.encode()).hexdigest()


async def standing(store: CatalogStore, plan: str) -> tuple[dict[str, Any], PlanDocument]:
    """The latest published edition of a plan: its row and its document."""
    row = await store.plan(plan)
    if row is None:
        raise UnknownPlan(plan=plan)
    return row, PlanDocument.model_validate_json(row["document"])


async def write_nodes(store: CatalogStore, document: PlanDocument, edition: int) -> None:
    """Write the nodes of an edition, in place of those that it had."""
    await store.remove_nodes(document.slug, edition)
    sounds = await in_child("services.catalog.pinyin", "sounds_of", rules.names_of(document))
    await store.add_nodes(rules.nodes_of(document, edition), sounds)


async def terms(store: CatalogStore, vocabulary: str) -> set[str] | None:
    """The codes of a vocabulary's active terms; None where the vocabulary is not set."""
    found = await store.vocabulary(vocabulary)
    if found is None:
        return None
    return {term.code for term in Vocabulary.model_validate_json(found["body"]).terms if term.active}


async def check_told(
    connection: Connection, subject: str, kinds: Sequence[str], member: str, kept: Any, model: type[BaseModel]
) -> None:
    """DiffersFromJournal unless what is kept, the body of a row, is what the last entry of its subject says."""
    said = ((await last_after(connection, subject, kinds)) or {}).get(member)
    if said != json.loads(kept):
        stands = as_json(model.model_validate_json(kept))
        must_agree(member, subject, said and as_json(model.model_validate(said)), stands, JOURNAL_CHECK)


async def record(
    connection: Connection, kind: str, subject: str, serial: int, write: Write, zone: str, before: Any, after: Any
) -> None:
    """Append the entry of this command, dated by the day it is in the plan's time zone."""
    id, body = journal.canonical(kind, subject, serial, write.caller, today_in(zone), before, after)
    await journal.append(connection, id, kind, subject, serial, body)


def today_in(zone: str) -> date:
    """The day that it is in a time zone."""
    return datetime.now(ZoneInfo(zone)).date()
