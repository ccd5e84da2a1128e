"""Plans: published as their first edition."""

from services.catalog import rules
from services.catalog.contract import InvalidPlan, PlanDocument, PlanSlugTaken, as_json
from services.catalog.operations.common import etag_of, record, text_of, write_nodes
from services.catalog.store import CatalogStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def publish_plan(connection: Connection, write: Write, document: PlanDocument) -> Answer:
    """Publish a plan as its edition 1; the very same document again changes nothing."""
    problems = rules.plan_problems(document)
    if problems:
        raise InvalidPlan(errors=problems)
    store = CatalogStore(connection)
    await store.lock("plan", document.slug)
    first = await store.plan(document.slug, 1)
    if first is not None:
        if PlanDocument.model_validate_json(first["document"]) != document:
            raise PlanSlugTaken(plan=document.slug)
        return Answer(200, first["summary"], etag_of(first), f"/api/v1/plans/{document.slug}")
    text, digest = text_of(document)
    summary = rules.plan_of(document, 1).model_dump_json(by_alias=True)
    await store.add_plan(document.slug, 1, digest, summary, text)
    await write_nodes(store, document, 1)
    after = {"edition": 1, "plan": as_json(document)}
    await record(connection, "plan_published", document.slug, 1, write, document.time_zone, None, after)
    return Answer(201, summary, f"1-{digest[:16]}", f"/api/v1/plans/{document.slug}")
