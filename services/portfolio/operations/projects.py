"""Projects: registered, changed, voided, one function, one transaction, one entry in the journal."""

import json
import secrets
from datetime import date
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.portfolio import rules
from services.portfolio.contract import (
    InvalidProject,
    NewProject,
    Person,
    Project,
    ProjectChange,
    Registered,
    SecondPersonNeeded,
    Shares,
    StateEntered,
    Voiding,
)
from services.portfolio.operations.common import changeable, check_scope, entry_of, record, row_of
from services.portfolio.operations.life import posted_lines
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.text import match_key
from services.shared.writes import Answer, Write


async def register_project(connection: Connection, write: Write, new: NewProject, knowledge: Knowledge) -> Answer:
    """Register a project: its row, shares, budget, posted commitments and entry, in one transaction."""
    store = PortfolioStore(connection)
    problems = rules.project_problems(new, knowledge)
    if problems:
        raise InvalidProject(errors=problems)
    await check_scope(store, write.caller, new.lead)
    today = knowledge.today()
    states, warnings = rules.entered_states(new, today)
    person, personal = await _set_person(store, new.pi)
    project = Project(
        id=uuid7(),
        edition=knowledge.edition,
        state_on=states[-1].on,
        states=states,
        record_status="published",
        tasks=(tasks := rules.merged_shares(new.tasks, knowledge)),
        shares=[Shares.model_construct(valid_from=None, tasks=tasks)],
        budget=rules.merged_budget(new.budget),
        pi=person,
        registered_by=write.caller.subject,
        version=1,
        **new.model_dump(exclude={"tasks", "budget", "pi", "state_on"}),
    )
    posted = posted_lines(project.id, project.budget, states) if rules.has_contract(states) else []
    alike = await store.alike(project.lead, match_key(project.title), project.id)
    body = project.model_dump_json()
    await store.add_project(row_of(project, body, serial=1))
    async with connection.pipeline():
        await store.add_shares(project.id, project.shares)
        await store.add_budget(project.id, project.budget)
        if posted:
            await store.add_movements(posted)
        after = entry_of(body, personal, posted)
        await record(connection, "project_registered", str(project.id), 1, write.caller, project.state_on, None, after)
    answer = Registered.model_construct(
        **{name: getattr(project, name) for name in Project.model_fields},
        warnings=warnings,
        candidates=[_candidate(found) for found in alike],
    )
    return Answer(201, answer.model_dump_json(), "1", f"/api/v1/projects/{project.id}")


async def change_project(
    connection: Connection, write: Write, id: UUID, change: ProjectChange, knowledge: Knowledge
) -> Answer:
    """Change a project; a changed budget posts its difference, changed shares hold from their valid-from date on."""
    store = PortfolioStore(connection)
    row, before = await changeable(store, write, id)
    write.matches(before.version)
    after, personal = await _changed(store, before, change, knowledge)
    if after.lead != before.lead:
        await check_scope(store, write.caller, after.lead)
    posted = []
    if rules.has_contract(after.states):
        difference = rules.budget_difference(before.budget, after.budget)
        posted = posted_lines(id, difference, [StateEntered(state=after.state, on=knowledge.today())], after.states)
    body = after.model_dump_json()
    serial = row["serial"] + 1
    await store.change_project(row_of(after, body, serial))
    if after.shares != before.shares:
        await store.set_shares(id, after.shares)
    if after.budget != before.budget:
        await store.set_budget(id, after.budget)
    if posted:
        await store.add_movements(posted)
    entry = entry_of(body, personal, posted, change.reason)
    before_entry = entry_of(row["body"], {}, [])
    await record(connection, "project_changed", str(id), serial, write.caller, knowledge.today(), before_entry, entry)
    return Answer(200, body, str(after.version))


async def void_project(connection: Connection, write: Write, id: UUID, voiding: Voiding, today: date) -> Answer:
    """Void a registration made by mistake: it leaves every report; a person other than the registrar says so."""
    store = PortfolioStore(connection)
    row, before = await changeable(store, write, id)
    write.caller.needs("approver", "manager")
    if before.registered_by == write.caller.subject:
        raise SecondPersonNeeded(subject=before.registered_by)
    after = before.model_copy(update={"record_status": "void", "version": before.version + 1})
    body = after.model_dump_json()
    serial = row["serial"] + 1
    await store.change_project(row_of(after, body, serial))
    entry = entry_of(body, {}, [], voiding.reason)
    await record(
        connection, "project_voided", str(id), serial, write.caller, today, entry_of(row["body"], {}, []), entry
    )
    return Answer(200, body, str(after.version))


async def _changed(
    store: PortfolioStore, before: Project, change: ProjectChange, knowledge: Knowledge
) -> tuple[Project, dict[str, str]]:
    """The next version of a project, checked as a registration is."""
    given = change.model_dump(exclude_unset=True, exclude={"tasks", "tasks_valid_from", "budget", "pi", "reason"})
    update: dict[str, Any] = given | {"version": before.version + 1}
    problems = rules.value_problems(
        {name: given.get(name) for name in ("fund_class", "funding_mode", "stage")}, knowledge
    )
    for name in ("title", "lead", "abstract"):
        if name in given and given[name] is None:
            problems.append(rules.problem(f"/{name}", "required", f"a project has a {name}"))
    if change.tasks is not None:
        problems += rules.share_problems(change.tasks, knowledge)
        tasks = rules.merged_shares(change.tasks, knowledge)
        since = change.tasks_valid_from
        kept = [s for s in before.shares if since is not None and (s.valid_from is None or s.valid_from < since)]
        update |= {"tasks": tasks, "shares": [*kept, Shares.model_construct(valid_from=since, tasks=tasks)]}
    if change.budget is not None:
        problems += rules.budget_problems(change.budget, knowledge)
        update["budget"] = rules.merged_budget(change.budget)
    personal: dict[str, str] = {}
    if change.pi is not None:
        update["pi"], personal = await _set_person(store, change.pi)
    after = before.model_copy(update=update)
    problems += rules.date_problems(after.start_on, after.end_on)
    if after.lead != before.lead:
        problems += rules.scheme_problems(after.lead, knowledge)
    if problems:
        raise InvalidProject(errors=problems)
    return after, personal


async def _set_person(store: PortfolioStore, person: Person | None) -> tuple[Person | None, dict[str, str]]:
    """The person as answers show it (masked), and the hashes that stand in the journal for phone and e-mail."""
    if person is None:
        return None, {}
    hashes = {}
    for name in ("phone", "email"):
        value = getattr(person, name)
        if value is not None:
            salt = secrets.token_hex(16)
            hashes[name] = rules.salted_hash(salt, value)
            await store.keep_personal(hashes[name], salt, value)
    masked = {
        "phone": rules.masked_phone(person.phone) if person.phone else None,
        "email": rules.masked_email(person.email) if person.email else None,
    }
    return person.model_copy(update=masked), hashes


def _candidate(found: dict[str, Any]) -> dict[str, Any]:
    body = json.loads(found["body"])
    return {
        "project": str(found["id"]),
        "project_no": body["project_no"],
        "title": body["title"],
        "reason": "same title and lead agency",
    }
