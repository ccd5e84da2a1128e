"""The states of a project, and what they post."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from services.portfolio import rules
from services.portfolio.contract import BudgetLine, InvalidProject, Movement, NewTransition, StateEntered
from services.portfolio.operations.common import changeable, entry_of, record, row_of
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def enter_state(
    connection: Connection, write: Write, id: UUID, transition: NewTransition, knowledge: Knowledge
) -> Answer:
    """Enter a project's next state; becoming contracted posts the budget as commitments."""
    store = PortfolioStore(connection)
    row, before = await changeable(store, write, id)
    if write.if_match is not None:
        write.matches(before.version)
    problems = rules.value_problems({"state": transition.to}, knowledge)
    if problems:
        raise InvalidProject(errors=[problem | {"pointer": "/to"} for problem in problems])
    on = transition.on or knowledge.today()
    rules.check_transition(before.states, transition.to, on)
    states = [*before.states, StateEntered(state=transition.to, on=on)]
    posts = rules.has_contract(states) and not rules.has_contract(before.states)
    posted = posted_lines(id, before.budget, states) if posts else []
    after = before.model_copy(
        update={"states": states, "state": transition.to, "state_on": on, "version": before.version + 1}
    )
    body = after.model_dump_json()
    serial = row["serial"] + 1
    await store.change_project(row_of(after, body, serial))
    if posted:
        await store.add_movements(posted)
    entry = entry_of(body, {}, posted, transition.reason)
    before_entry = entry_of(row["body"], {}, [])
    await record(connection, "project_state_entered", str(id), serial, write.caller, on, before_entry, entry)
    return Answer(200, body, str(after.version))


def posted_lines(
    project: UUID,
    budget: Sequence[BudgetLine],
    states: Sequence[StateEntered],
    history: Sequence[StateEntered] | None = None,
) -> list[Movement]:
    """Budget lines as commitments: from the day of the contract, or of the change of the budget after it."""
    on = rules.contracted_on(states) if history is None else max(states[-1].on, rules.contracted_on(history))
    return [
        Movement(
            id=uuid7(),
            project=project,
            kind="commitment",
            on=on,
            on_precision="day",
            year=line.year,
            source=line.source,
            amount=line.amount,
            reference="",
            corrects=None,
            origin="budget",
        )
        for line in budget
    ]
