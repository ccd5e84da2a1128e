"""Responsibilities: who answers for a node, set as a whole."""

import json

from services.catalog import rules
from services.catalog.contract import (
    InvalidResponsibilities,
    NewResponsibilities,
    Responsibilities,
    UnknownNode,
    as_json,
)
from services.catalog.operations.common import check_told, record, standing
from services.catalog.store import CatalogStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def set_responsibilities(
    connection: Connection, write: Write, plan: str, code: str, given: NewResponsibilities
) -> Answer:
    """Say who answers for a node; over the version that stands, with none or "0" where nobody was named yet."""
    store = CatalogStore(connection)
    await store.lock("plan", plan)
    row, document = await standing(store, plan)
    if await store.node(plan, row["edition"], code) is None:
        raise UnknownNode(code=code, plan=plan)
    problems = rules.responsibility_problems(given.items)
    if problems:
        raise InvalidResponsibilities(errors=problems)
    found = await store.responsibilities(plan, code)
    version = found[0]["version"] if found else 0
    if found or write.if_match is not None:
        write.matches(version)
    subject = f"{plan}/{code}/responsibilities"
    if found:
        kinds = ("responsibility_set",)
        await check_told(connection, subject, kinds, "responsibilities", found[0]["body"], Responsibilities)
    made = Responsibilities(plan=plan, node=code, version=version + 1, items=given.items)
    body = made.model_dump_json()
    await store.set_responsibilities(plan, code, made.version, body)
    before = {"responsibilities": json.loads(found[0]["body"])} if found else None
    after = {"responsibilities": as_json(made)}
    await record(connection, "responsibility_set", subject, made.version, write, document.time_zone, before, after)
    return Answer(200 if found else 201, body, str(made.version))
