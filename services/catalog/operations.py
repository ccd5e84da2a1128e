"""What catalog does: one function, one transaction, one entry in the journal."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.catalog import rules
from services.catalog.contract import (
    InvalidPlan,
    InvalidTarget,
    NewTarget,
    PlanDocument,
    PlanSlugTaken,
    Target,
    UnknownNode,
    UnknownPlan,
    Vocabulary,
    as_json,
)
from services.catalog.store import CatalogStore
from services.shared import journal
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def publish_plan(connection: Connection, write: Write, document: PlanDocument) -> Answer:
    """Publish a plan as its edition 1; the very same document again changes nothing."""
    problems = rules.plan_problems(document)
    if problems:
        raise InvalidPlan(errors=problems)
    store = CatalogStore(connection)
    await store.lock_slug(document.slug)
    text = json.dumps(as_json(document), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    standing = await store.plan(document.slug)
    if standing is not None:
        if standing["digest"] != digest:
            raise PlanSlugTaken(plan=document.slug)
        return Answer(200, standing["summary"], etag_of(standing), f"/api/v1/plans/{document.slug}")
    summary = rules.plan_of(document, 1).model_dump_json(by_alias=True)
    await store.add_plan(document.slug, 1, digest, summary, text)
    await store.add_nodes(rules.nodes_of(document, 1))
    after = {"edition": 1, "plan": as_json(document)}
    today = datetime.now(ZoneInfo(document.time_zone)).date()
    id, body = journal.canonical("plan_published", document.slug, 1, write.caller, today, None, after)
    await journal.append(connection, id, "plan_published", document.slug, 1, body)
    return Answer(201, summary, f"1-{digest[:16]}", f"/api/v1/plans/{document.slug}")


def etag_of(row: dict[str, Any]) -> str:
    """The ETag of an edition: its number, then the beginning of the document's hash."""
    return f"{row['edition']}-{row['digest'][:16]}"


async def set_vocabulary(connection: Connection, write: Write, vocabulary: Vocabulary) -> Answer:
    """Set a vocabulary; one that stands takes If-Match."""
    store = CatalogStore(connection)
    standing = await store.vocabulary(vocabulary.code, lock=True)
    version = 1
    if standing is not None:
        write.matches(standing["version"])
        version = standing["version"] + 1
    body = vocabulary.model_dump_json()
    await store.set_vocabulary(vocabulary.code, version, body)
    before = {"vocabulary": json.loads(standing["body"])} if standing else None
    today = datetime.now(UTC).date()
    after = {"vocabulary": as_json(vocabulary)}
    id, text = journal.canonical("vocabulary_set", vocabulary.code, version, write.caller, today, before, after)
    await journal.append(connection, id, "vocabulary_set", vocabulary.code, version, text)
    return Answer(200 if standing else 201, body, str(version), f"/api/v1/vocabularies/{vocabulary.code}")


async def set_target(connection: Connection, write: Write, plan: str, new: NewTarget) -> Answer:
    """Set what a node is meant to be given; again for the same node, year and sources makes the next version."""
    store = CatalogStore(connection)
    standing_plan = await store.plan(plan)
    if standing_plan is None:
        raise UnknownPlan(plan=plan)
    document = PlanDocument.model_validate_json(standing_plan["document"])
    if await store.node(plan, standing_plan["edition"], new.node) is None:
        raise UnknownNode(code=new.node, plan=plan)
    sources = sorted(set(new.sources or document.settings.default_target_sources))
    await _check_target(store, new, sources)
    await store.lock_slug(plan)
    place = (plan, new.node, new.year or 0, ",".join(sources))
    standing = await store.target(*place)
    version = standing["version"] + 1 if standing else 1
    fields = new.model_dump() | {"sources": sources, "version": version, "plan": plan}
    target = Target(**fields, edition=standing_plan["edition"])
    body = target.model_dump_json()
    await store.set_target(*place, version, body)
    subject = "/".join(str(part) for part in place)
    before = {"target": json.loads(standing["body"])} if standing else None
    today = datetime.now(ZoneInfo(document.time_zone)).date()
    after = {"target": as_json(target)}
    id, text = journal.canonical("target_set", subject, version, write.caller, today, before, after)
    await journal.append(connection, id, "target_set", subject, version, text)
    return Answer(201, body, str(version))


async def _check_target(store: CatalogStore, new: NewTarget, sources: list[str]) -> None:
    problems = []
    if new.amount < 0:
        problems.append(rules.problem("/amount", "amount_negative", "a target is not negative"))
    known = await store.vocabulary("source")
    terms = {term.code for term in Vocabulary.model_validate_json(known["body"]).terms} if known else None
    for source in sources if terms is not None else ():
        if source not in (terms or ()):
            problems.append(rules.problem("/sources", "unknown_value", f"{source} is no term of source"))
    if problems:
        raise InvalidTarget(errors=problems)
