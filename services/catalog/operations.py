"""What catalog does: one function, one transaction, one entry in the journal."""

import hashlib
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.catalog import rules
from services.catalog.contract import (
    InvalidPlan,
    InvalidTarget,
    InvalidVocabulary,
    NewTarget,
    PlanDocument,
    PlanSlugTaken,
    Target,
    UnknownPlan,
    Vocabulary,
    as_json,
)
from services.catalog.store import CatalogStore
from services.shared import journal
from services.shared.children import in_child
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def publish_plan(connection: Connection, write: Write, document: PlanDocument) -> Answer:
    """Publish a plan as its edition 1; the very same document again changes nothing."""
    problems = rules.plan_problems(document)
    if problems:
        raise InvalidPlan(errors=problems)
    store = CatalogStore(connection)
    await store.lock("plan", document.slug)
    standing = await store.plan(document.slug)
    if standing is not None:
        if PlanDocument.model_validate_json(standing["document"]) != document:
            raise PlanSlugTaken(plan=document.slug)
        return Answer(200, standing["summary"], etag_of(standing), f"/api/v1/plans/{document.slug}")
    text = json.dumps(as_json(document), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    summary = rules.plan_of(document, 1).model_dump_json(by_alias=True)
    await store.add_plan(document.slug, 1, digest, summary, text)
    sounds = await in_child("services.catalog.pinyin", "sounds_of", rules.names_of(document))
    await store.add_nodes(rules.nodes_of(document, 1), sounds)
    after = {"edition": 1, "plan": as_json(document)}
    await _record(connection, "plan_published", document.slug, 1, write, document.time_zone, None, after)
    return Answer(201, summary, f"1-{digest[:16]}", f"/api/v1/plans/{document.slug}")


def etag_of(row: dict[str, Any]) -> str:
    """The ETag of an edition: its number, then the beginning of the document's hash."""
    return f"{row['edition']}-{row['digest'][:16]}"


async def set_vocabulary(connection: Connection, write: Write, vocabulary: Vocabulary) -> Answer:
    """Set a vocabulary; one that stands takes If-Match with its version, a fresh one takes none or "0"."""
    problems = rules.vocabulary_problems(vocabulary)
    if problems:
        raise InvalidVocabulary(errors=problems)
    store = CatalogStore(connection)
    await store.lock("vocabulary", vocabulary.code)
    standing = await store.vocabulary(vocabulary.code)
    before_version = standing["version"] if standing else 0
    if standing or write.if_match is not None:
        write.matches(before_version)
    version = before_version + 1
    body = vocabulary.model_dump_json()
    await store.set_vocabulary(vocabulary.code, version, body)
    before = {"vocabulary": json.loads(standing["body"])} if standing else None
    after = {"vocabulary": as_json(vocabulary)}
    await _record(connection, "vocabulary_set", vocabulary.code, version, write, "UTC", before, after)
    return Answer(200 if standing else 201, body, str(version), f"/api/v1/vocabularies/{vocabulary.code}")


async def set_target(connection: Connection, write: Write, plan: str, new: NewTarget) -> Answer:
    """Set what a node is meant to be given; again for the same node, year and sources makes the next version."""
    store = CatalogStore(connection)
    standing_plan = await store.plan(plan)
    if standing_plan is None:
        raise UnknownPlan(plan=plan)
    document = PlanDocument.model_validate_json(standing_plan["document"])
    sources = sorted(set(new.sources or document.settings.default_target_sources))
    problems = rules.target_problems(document, new, await _terms(store, "source"))
    if problems:
        raise InvalidTarget(errors=problems)
    await store.lock("plan", plan)
    place = (plan, new.node, new.year or 0, ",".join(sources))
    standing = await store.target(*place)
    version = standing["version"] + 1 if standing else 1
    fields = new.model_dump() | {"sources": sources, "version": version, "plan": plan}
    target = Target(**fields, edition=standing_plan["edition"])
    body = target.model_dump_json()
    await store.set_target(*place, version, body)
    subject = "/".join(str(part) for part in place)
    before = {"target": json.loads(standing["body"])} if standing else None
    after = {"target": as_json(target)}
    await _record(connection, "target_set", subject, version, write, document.time_zone, before, after)
    return Answer(201, body, str(version))


async def _terms(store: CatalogStore, vocabulary: str) -> set[str] | None:
    """The codes of a vocabulary's active terms; None where the vocabulary is not set."""
    found = await store.vocabulary(vocabulary)
    if found is None:
        return None
    return {term.code for term in Vocabulary.model_validate_json(found["body"]).terms if term.active}


async def _record(
    connection: Connection, kind: str, subject: str, serial: int, write: Write, zone: str, before: Any, after: Any
) -> None:
    """Append the entry of this command, dated by the day it is in the plan's time zone."""
    today = datetime.now(ZoneInfo(zone)).date()
    id, body = journal.canonical(kind, subject, serial, write.caller, today, before, after)
    await journal.append(connection, id, kind, subject, serial, body)
