"""Projects: registered and changed, one function, one transaction, one entry in the journal."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.portfolio import rules
from services.portfolio.contract import (
    ChangeRequestNeeded,
    InvalidProject,
    NewProject,
    Project,
    ProjectChange,
    RecordLocked,
    RecordStatus,
    Registered,
    SecondPersonNeeded,
    Shares,
    needing_approval,
)
from services.portfolio.operations.common import Held, Step, changeable, check_scope, entry_of, record, row_of, take
from services.portfolio.operations.duplicates import candidates
from services.portfolio.operations.life import contract_lines, posted_lines, with_maker
from services.portfolio.operations.people import set_persons
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write

APART = {"tasks", "budget", "pi", "contact"}
"""Fields that a project keeps in another form than they come in."""


async def register_project(
    connection: Connection, write: Write, new: NewProject, knowledge: Knowledge, doubles: bool = True
) -> Answer:
    """Register a project: its row, shares, budget, posted commitments and entry, in one transaction; `doubles`: whether
    to look for projects that may be the same."""
    store = PortfolioStore(connection)
    status = record_status_of(new, knowledge, write)
    problems = rules.project_problems(new.model_copy(update={"record": status}), knowledge)
    if problems:
        raise InvalidProject(errors=problems)
    await check_scope(store, write.caller, new.lead)
    states, warnings = rules.entered_states(new, knowledge.today())
    persons, hashes = await set_persons(store, new, {})
    tasks = rules.merged_shares(new.tasks, knowledge)
    project = Project(
        id=uuid7(),
        edition=knowledge.edition,
        state_on=states[-1].on,
        states=states,
        record_status=status,
        tasks=tasks,
        shares=[Shares.model_construct(valid_from=None, valid_to=None, tasks=tasks)] if tasks else [],
        budget=rules.merged_budget(new.budget),
        registered_by=write.caller.subject,
        version=1,
        **persons,
        **new.model_dump(exclude=APART | {"state_on", "record"}),
    )
    if status == "submitted":
        lacking = rules.missing(project, knowledge)
        if lacking:
            raise InvalidProject(errors=lacking)
    posted = contract_lines(project.id, project.budget, states) if status == "published" else []
    body = project.model_dump_json()
    row = row_of(project, body, 1, hashes)
    alike = await candidates(store, write.caller, row) if doubles else []
    await store.add_project(row)
    async with connection.pipeline():
        await store.add_shares(project.id, project.shares)
        await store.add_budget(project.id, project.budget)
        if posted:
            await store.add_movements(posted)
        after = entry_of(body, hashes, posted)
        await record(connection, "project_registered", str(project.id), 1, write.caller, project.state_on, None, after)
    values = {name: getattr(project, name) for name in Project.model_fields}
    answer = Registered.model_construct(**values, warnings=warnings, candidates=alike)
    return Answer(201, answer.model_dump_json(), "1", f"/api/v1/projects/{project.id}")


def record_status_of(new: NewProject, knowledge: Knowledge, write: Write) -> RecordStatus:
    """What a registration is at once. In a plan with review somebody else publishes."""
    reviewed = knowledge.plan.settings.registration_review == "on"
    if new.record == "published" and reviewed:
        raise SecondPersonNeeded(subject=write.caller.subject)
    if new.record == "submitted" and not reviewed:
        return "published"
    return new.record or ("draft" if reviewed else "published")


async def change_project(
    connection: Connection, write: Write, id: UUID, change: ProjectChange, knowledge: Knowledge
) -> Answer:
    """Change a project; a changed budget posts its difference, changed shares hold from their valid-from date on.

    What a second person has to decide on in this plan is refused here: it goes through a change request.
    """
    held = await changeable(PortfolioStore(connection), write, id)
    write.matches(held.project.version)
    status = held.project.record_status
    if status in ("submitted", "withdrawn", "correction_pending"):
        raise RecordLocked(status=status, what="it is changed once it is returned, or its change request decided")
    after, hashes = await changed(connection, write, held, change, knowledge)
    if status == "published" and knowledge.plan.settings.registration_review == "on":
        fields = needing_approval(held.project.model_dump(mode="json"), after.model_dump(mode="json"))
        if fields:
            raise ChangeRequestNeeded(fields=", ".join(fields), project=id)
    if status != "published":
        after = after.model_copy(update={"makers": with_maker(held.project, write)})
    return await take(connection, write, held, changing_step("project_changed", held, after, hashes, change, knowledge))


def changing_step(
    kind: str, held: Held, after: Project, hashes: rules.Hashes, change: ProjectChange, knowledge: Knowledge
) -> Step:
    """The step that makes `after` of a project, with what its budget posts."""
    today = knowledge.today()
    posted = []
    if after.record_status == "published" and rules.has_contract(after.states):
        lines = rules.budget_difference(held.project.budget, after.budget)
        posted = posted_lines(after.id, lines, max(today, rules.contracted_on(after.states)))
    return Step(kind, today, after, posted, change.reason, hashes)


async def changed(
    connection: Connection, write: Write, held: Held, change: ProjectChange, knowledge: Knowledge
) -> tuple[Project, rules.Hashes]:
    """The next version of a project, checked as a registration is, and the hashes of its personal values."""
    store = PortfolioStore(connection)
    before, given = held.project, change.model_fields_set
    update: dict[str, Any] = {name: getattr(change, name) for name in given & Project.model_fields.keys() - APART}
    problems = [
        rules.problem(f"/{name}", "required", f"a project has a {name}")
        for name in ("title", "lead")
        if name in given and getattr(change, name) is None
    ]
    if "tasks" in given:
        problems += rules.share_problems(change.tasks, knowledge)
        update |= _changed_shares(before, change, knowledge)
    if "budget" in given:
        update["budget"] = rules.merged_budget(change.budget)
    after = before.model_copy(update=update | {"version": before.version + 1})
    problems += rules.form_problems(after, knowledge)
    if after.lead != before.lead and not problems:
        problems += rules.scheme_problems(after.lead, knowledge)
    if problems:
        raise InvalidProject(errors=problems)
    if after.lead != before.lead:
        await check_scope(store, write.caller, after.lead)
    persons, hashes = await set_persons(store, change, held.hashes)
    return after.model_copy(update=persons), hashes


def _changed_shares(before: Project, change: ProjectChange, knowledge: Knowledge) -> dict[str, Any]:
    tasks = rules.merged_shares(change.tasks, knowledge)
    since = change.tasks_valid_from
    kept = [s for s in before.shares if since is not None and (s.valid_from is None or s.valid_from < since)]
    shares = [*kept, Shares.model_construct(valid_from=since, valid_to=None, tasks=tasks)]
    return {"tasks": tasks, "shares": rules.with_ends(shares)}
