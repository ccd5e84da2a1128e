"""Projects that may be registered twice, and the relations that make a double lawful."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import Candidate, InvalidProject, NewRelation, Relation
from services.portfolio.operations.common import changeable, record, scope_of, visible
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.tokens import Caller
from services.shared.writes import Answer, Write

MOST = 10


async def candidates(store: PortfolioStore, caller: Caller, row: dict[str, Any]) -> list[Candidate]:
    """The projects that may be the same as this one, the likeliest first; lawful doubles and what the caller may not
    see are left out."""
    project = row | {"document": json.loads(row["body"])}
    scope = scope_of(caller)
    found = []
    for other in await store.alike(row, scope):
        same_number = row["number_key"] is not None and row["number_key"] == other["number_key"]
        why = rules.candidate(project, other | {"document": json.loads(other["body"])}, same_number)
        if why is not None:
            found.append(why)
    return sorted(found, key=lambda one: (-len(one.reasons), -one.similarity, str(one.project)))[:MOST]


async def candidates_of(store: PortfolioStore, caller: Caller, id: UUID) -> list[Candidate]:
    """The candidates of a project that stands."""
    await visible(store, caller, id)
    row = await store.keys(id)
    return await candidates(store, caller, row)


async def relate(connection: Connection, write: Write, id: UUID, new: NewRelation, today: date) -> Answer:
    """Say how a project stands to another; said again, it is replaced. A lawful double is no candidate any more."""
    store = PortfolioStore(connection)
    await changeable(store, write, id)
    if new.project == id:
        raise InvalidProject(errors=[rules.problem("/project", "itself", "a project has no relation to itself")])
    await visible(store, write.caller, new.project)
    relation = Relation(project=id, other=new.project, kind=new.kind, note=new.note)
    body = relation.model_dump_json()
    await store.set_relation(id, new.project, new.kind, body)
    serial = await store.next_serial(id)
    after = {"relation": relation.model_dump(mode="json")}
    await record(connection, "relation_recorded", str(id), serial, write.caller, today, None, after)
    return Answer(201, body, location=f"/api/v1/projects/{id}/relations")
