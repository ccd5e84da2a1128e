"""Movements of money."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.portfolio import rules
from services.portfolio.contract import InvalidMovement, Movement, NewMovement
from services.portfolio.operations.common import published, record
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def record_movement(
    connection: Connection, write: Write, id: UUID, new: NewMovement, knowledge: Knowledge
) -> Answer:
    """Enter a movement of money into a project's ledger."""
    store = PortfolioStore(connection)
    project = (await published(store, write, id)).project
    problems = rules.movement_problems(new, knowledge)
    if new.corrects is not None and not await store.has_movement(id, new.corrects):
        problems.append(rules.problem("/corrects", "unknown_movement", "this project has no such movement"))
    if problems:
        raise InvalidMovement(errors=problems)
    on, precision = rules.movement_day(new.on)
    movement = Movement(
        id=uuid7(),
        project=id,
        on=on,
        on_precision=precision,
        year=new.year or on.year,
        origin="entered",
        **new.model_dump(exclude={"on", "year"}),
    )
    await store.add_movements([movement])
    serial = await store.next_serial(id)
    after = {"movement": movement.model_dump(mode="json"), "plan": project.plan, "lead": project.lead}
    await record(connection, "movement_recorded", str(id), serial, write.caller, on, None, after)
    return Answer(201, movement.model_dump_json(), location=f"/api/v1/projects/{id}/movements/{movement.id}")
