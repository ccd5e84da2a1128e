"""Rows that were judged good are done: by the very operations that a person's requests go through."""

from dataclasses import replace
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import NewMovement, NewTransition, Project, ProjectChange
from services.portfolio.operations.agencies import register_agency
from services.portfolio.operations.imports.judging import Planned, Run
from services.portfolio.operations.life import enter_state
from services.portfolio.operations.movements import record_movement
from services.portfolio.operations.projects import change_project, register_project
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.errors import ServiceError
from services.shared.writes import Write

REFERENCE = 200
"""Characters of a file's name in the reference of a movement."""


async def do(connection: Connection, write: Write, planned: Planned, run: Run) -> None:
    """Do what a row asks for, wholly or not at all; what refuses it is written into the row."""
    if planned.row.outcome not in ("created", "updated"):
        return
    try:
        async with connection.transaction():  # a savepoint: the row is done wholly or not at all
            await _do(connection, write, planned, run)
    except ServiceError as error:
        parts = error.errors or [{"pointer": "/project_no", "code": error.code, "detail": error.detail}]
        for part in parts:
            name = str(part["pointer"]).strip("/").split("/")[0]
            planned.refuse(rules.FIELD_OF.get(name, name), part["code"], "", part["detail"])


async def _do(connection: Connection, write: Write, planned: Planned, run: Run) -> None:
    if planned.agency is not None:
        words = list(run.knowledge.vocabularies.values())
        await register_agency(connection, write, planned.agency, words, run.knowledge.today())
    id = await (_create if planned.new is not None else _update)(connection, write, planned, run)
    planned.row.project = id
    if planned.new is not None:
        run.created.add(id)
    await _pay(connection, write, id, planned, run)


async def _create(connection: Connection, write: Write, planned: Planned, run: Run) -> UUID:
    assert planned.new is not None
    answer = await register_project(connection, write, planned.new, run.knowledge, doubles=False)
    assert answer.location is not None, "a registration says where it stands"
    return UUID(answer.location.rpartition("/")[2])


async def _update(connection: Connection, write: Write, planned: Planned, run: Run) -> UUID:
    assert planned.standing is not None and planned.asked is not None
    project = planned.standing.project
    guarded = replace(write, if_match=f'"{project.version}"')
    if planned.asked.change:
        change = ProjectChange.model_validate(planned.asked.change | {"reason": f"导入 {run.file}"[:REFERENCE]})
        await change_project(connection, guarded, project.id, change, run.knowledge)
    if planned.asked.state is not None:
        transition = NewTransition(to=planned.asked.state, on=max(run.day, project.state_on))
        await enter_state(connection, replace(write, if_match=None), project.id, transition, run.knowledge)
    return project.id


async def _pay(connection: Connection, write: Write, id: UUID, planned: Planned, run: Run) -> None:
    """Enter the movements that the row carries, and what it says was disbursed beyond what was."""
    for movement in [*planned.movements, *await _disbursed(connection, id, planned, run)]:
        await record_movement(connection, write, id, movement, run.knowledge)


async def _disbursed(connection: Connection, id: UUID, planned: Planned, run: Run) -> list[NewMovement]:
    more = planned.asked.disbursed if planned.asked is not None else rules.disbursed_of(planned.row.values)
    if not more or (run.reviewed and planned.standing is None):
        return []
    row = await PortfolioStore(connection).project(id)
    assert row is not None, "the project was written in this transaction"
    budget = Project.model_validate_json(row["body"]).budget
    made = {"kind": "disbursement", "on": run.day.isoformat()}
    made["reference"] = f"导入 {run.file} 第 {planned.row.row} 行"[:REFERENCE]
    return [
        NewMovement.model_validate(made | {"source": source, "amount": amount})
        for source, amount in rules.disbursements(more, budget)
    ]
