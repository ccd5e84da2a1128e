"""Targets: what a node is meant to be given."""

import json

from services.catalog import rules
from services.catalog.contract import InvalidTarget, NewTarget, PlanDocument, Target, UnknownPlan, as_json
from services.catalog.operations.common import record, terms
from services.catalog.store import CatalogStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def set_target(connection: Connection, write: Write, plan: str, new: NewTarget) -> Answer:
    """Set what a node is meant to be given; again for the same node, year and sources makes the next version."""
    store = CatalogStore(connection)
    standing_plan = await store.plan(plan)
    if standing_plan is None:
        raise UnknownPlan(plan=plan)
    document = PlanDocument.model_validate_json(standing_plan["document"])
    sources = sorted(set(new.sources or document.settings.default_target_sources))
    problems = rules.target_problems(document, new, await terms(store, "source"))
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
    await record(connection, "target_set", subject, version, write, document.time_zone, before, after)
    return Answer(201, body, str(version))
