"""The life of a project: the states of the project and of its record, and what entering them posts."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from uuid_utils.compat import uuid7

from services.portfolio import rules
from services.portfolio.contract import (
    BudgetLine,
    GuardNotMet,
    InvalidProject,
    Movement,
    NewTransition,
    Project,
    RecordTransition,
    Registered,
    SecondPersonNeeded,
    StateEntered,
    Voiding,
    Warning_,
)
from services.portfolio.operations.common import Step, changeable, published, take
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write

CHECKERS = ("approver", "manager")
"""Who may publish, return, decide on changes and void."""
ENTRY_KINDS = {
    "submitted": "record_submitted",
    "returned": "record_returned",
    "published": "record_published",
    "withdrawn": "record_withdrawn",
}


async def enter_state(
    connection: Connection, write: Write, id: UUID, transition: NewTransition, knowledge: Knowledge
) -> Answer:
    """Enter a project's next state; becoming contracted posts the budget as commitments. What the state's guard misses
    is refused in a plan with review, and a warning without."""
    store = PortfolioStore(connection)
    held = await published(store, write, id)
    before = held.project
    if write.if_match is not None:
        write.matches(before.version)
    problems = rules.value_problems({"state": transition.to}, knowledge)
    if problems:
        raise InvalidProject(errors=[problem | {"pointer": "/to"} for problem in problems])
    on = transition.on or knowledge.today()
    rules.check_transition(before.states, transition.to, on)
    unmet = rules.guard_problems(before, transition.model_copy(update={"on": on}), await store.ledger(id))
    if unmet and knowledge.plan.settings.registration_review == "on":
        raise GuardNotMet(to=transition.to, errors=unmet)
    states = [*before.states, transition.entered(on)]
    posts = rules.has_contract(states) and not rules.has_contract(before.states)
    posted = contract_lines(id, before.budget, states) if posts else []
    update = {"states": states, "state": transition.to, "state_on": on, "version": before.version + 1}
    after = before.model_copy(update=update)
    step = Step("project_state_entered", on, after, posted, transition.reason)
    answer = await take(connection, write, held, step)
    warnings = [Warning_(code="guard_not_met", detail=f"{part['pointer']}: {part['detail']}") for part in unmet]
    return Answer(200, with_warnings(after, warnings), answer.etag)


async def enter_record_state(
    connection: Connection, write: Write, id: UUID, transition: RecordTransition, knowledge: Knowledge
) -> Answer:
    """Hand a record in, give it back with comments, publish it, take it back. Without review, handing in publishes."""
    held = await changeable(PortfolioStore(connection), write, id)
    before = held.project
    if write.if_match is not None:
        write.matches(before.version)
    to: str = transition.to
    rules.check_record_step(before.record_status, to)
    if to in ("returned", "published"):
        check_second_person(write, before)
    if to in ("submitted", "published"):
        check_complete(before, knowledge)
    if to == "submitted" and knowledge.plan.settings.registration_review == "off":
        to = "published"
    makers = with_maker(before, write) if transition.to == "submitted" else before.makers
    comments = transition.comments if to == "returned" else []
    update = {"record_status": to, "comments": comments, "makers": makers, "version": before.version + 1}
    after = before.model_copy(update=update)
    posted = contract_lines(id, after.budget, after.states) if to == "published" else []
    step = Step(ENTRY_KINDS[to], knowledge.today(), after, posted, transition.reason)
    return await take(connection, write, held, step)


async def void_project(connection: Connection, write: Write, id: UUID, voiding: Voiding, today: date) -> Answer:
    """Void a registration made by mistake: it leaves every report; a person other than the registrar says so."""
    held = await changeable(PortfolioStore(connection), write, id)
    check_second_person(write, held.project)
    after = held.project.model_copy(update={"record_status": "void", "version": held.project.version + 1})
    return await take(connection, write, held, Step("project_voided", today, after, reason=voiding.reason))


def check_second_person(write: Write, project: Project) -> None:
    """Maker is not checker: who registered, changed or handed in a record does not decide on it."""
    write.caller.needs(*CHECKERS)
    if write.caller.subject in {project.registered_by, *project.makers}:
        raise SecondPersonNeeded(subject=write.caller.subject)


def check_complete(project: Project, knowledge: Knowledge) -> None:
    """Refuse a submission that lacks something, with all that it lacks; its shares have to stand as well."""
    problems = rules.missing(project, knowledge)
    if project.tasks:
        problems += rules.share_problems(project.tasks, knowledge)
    if problems:
        raise InvalidProject(errors=problems)


def with_maker(project: Project, write: Write) -> list[str]:
    """The makers of a record, the caller among them."""
    subject = write.caller.subject
    known = {project.registered_by, *project.makers}
    return project.makers if subject in known else [*project.makers, subject]


def with_warnings(project: Project, warnings: Sequence[Warning_]) -> str:
    """A project as an answer that warns."""
    values = {name: getattr(project, name) for name in Project.model_fields}
    return Registered.model_construct(**values, warnings=list(warnings)).model_dump_json()


def contract_lines(project: UUID, budget: Sequence[BudgetLine], states: Sequence[StateEntered]) -> list[Movement]:
    """The budget as commitments from the day of the contract, where there is one."""
    if not rules.has_contract(states):
        return []
    return posted_lines(project, rules.budget_difference([], budget), rules.contracted_on(states))


def posted_lines(project: UUID, lines: Sequence[BudgetLine], on: date) -> list[Movement]:
    """Budget lines as commitments of a day."""
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
        for line in lines
    ]
