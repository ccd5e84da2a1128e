"""Targets: what a node is meant to be given; entered, and approved by a second editor where the plan says so."""

import json
from collections.abc import Sequence
from typing import Any

from services.catalog import rules
from services.catalog.contract import (
    AnotherEditorNeeded,
    InvalidTarget,
    NewTarget,
    PlanDocument,
    Target,
    TargetApproval,
    TargetNotProposed,
    UnknownTarget,
    as_json,
)
from services.catalog.operations.common import check_told, record, standing, terms
from services.catalog.store import CatalogStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def set_target(connection: Connection, write: Write, plan: str, new: NewTarget) -> Answer:
    """Set what a node is meant to be given; again for the same node, year and sources makes the next version.

    Where the plan's targets need approval the version is proposed, and what stood stands on.
    """
    store = CatalogStore(connection)
    await store.lock("plan", plan)
    row, document = await standing(store, plan)
    sources = _sources(document, new.sources)
    problems = rules.target_problems(document, new, await terms(store, "source"))
    if problems:
        raise InvalidTarget(errors=problems)
    latest = await store.latest_target(plan, new.node, new.year or 0, ",".join(sources))
    target = Target(
        **new.model_dump(exclude={"sources"}),
        sources=sources,
        version=latest["version"] + 1 if latest else 1,
        plan=plan,
        edition=row["edition"],
        status="proposed" if document.settings.target_approval == "on" else "standing",
        entered_by=write.caller.subject,
    )
    return await _write(connection, write, document, target)


async def approve_target(connection: Connection, write: Write, plan: str, approval: TargetApproval) -> Answer:
    """Let a proposed target stand, as its next version; only an editor who did not enter it may."""
    store = CatalogStore(connection)
    await store.lock("plan", plan)
    _, document = await standing(store, plan)
    sources = ",".join(_sources(document, approval.sources))
    latest = await store.latest_target(plan, approval.node, approval.year or 0, sources)
    if latest is None:
        raise UnknownTarget(plan=plan, node=approval.node)
    subject = "/".join((plan, approval.node, str(approval.year or 0), sources))
    await check_told(connection, subject, ("target_set", "target_proposed"), "target", latest["body"], Target)
    proposed = Target.model_validate_json(latest["body"])
    if proposed.status != "proposed" or proposed.version != approval.version:
        raise TargetNotProposed(version=proposed.version, status=proposed.status)
    if proposed.entered_by == write.caller.subject:
        raise AnotherEditorNeeded()
    change = {"status": "standing", "version": proposed.version + 1, "confirmed_by": write.caller.subject}
    return await _write(connection, write, document, proposed.model_copy(update=change))


def _sources(document: PlanDocument, named: Sequence[str] | None) -> list[str]:
    return sorted(set(named or document.settings.default_target_sources))


async def _write(connection: Connection, write: Write, document: PlanDocument, target: Target) -> Answer:
    """Keep a version, and let it stand unless it is only proposed; what stood is the entry's `before`."""
    store = CatalogStore(connection)
    place = (target.plan, target.node, target.year or 0, ",".join(target.sources))
    subject = "/".join(str(part) for part in place)
    stood = await store.target(*place)
    if stood:
        await check_told(connection, subject, ("target_set",), "target", stood["body"], Target)
    body = target.model_dump_json()
    await store.add_target_version(*place, target.version, body)
    if target.status == "standing":
        await store.set_target(*place, target.version, body)
    kind = "target_set" if target.status == "standing" else "target_proposed"
    before: dict[str, Any] | None = {"target": json.loads(stood["body"])} if stood else None
    after = {"target": as_json(target)}
    await record(connection, kind, subject, target.version, write, document.time_zone, before, after)
    return Answer(201, body, str(target.version))
