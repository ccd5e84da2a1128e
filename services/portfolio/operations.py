"""What portfolio does: one function, one transaction, one entry in the journal."""

import json
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.catalog.contract import Vocabulary
from services.portfolio import rules
from services.portfolio.contract import (
    Agency,
    AgencyChange,
    AgencyNotAllowed,
    BudgetLine,
    InvalidAgency,
    InvalidMovement,
    InvalidProject,
    Movement,
    NewAgency,
    NewMovement,
    NewProject,
    NewTransition,
    Person,
    Project,
    ProjectChange,
    ProjectVoid,
    Registered,
    SecondPersonNeeded,
    Shares,
    StateEntered,
    UnknownAgency,
    UnknownProject,
    Voiding,
)
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared import journal
from services.shared.database import Connection
from services.shared.text import clean_code, match_key
from services.shared.tokens import OF_ONE_AGENCY, Caller
from services.shared.writes import Answer, Write

EVERYWHERE = frozenset({"manager", "auditor", "editor", "service"})


def scope_of(caller: Caller) -> str | None:
    """The agency that a caller is bound to with its subordinates, or None for those who see all."""
    return caller.agency if caller.role in OF_ONE_AGENCY else None


async def check_scope(store: PortfolioStore, caller: Caller, agency: str) -> None:
    """Refuse an agency that is not registered, or that is not the caller's own or below it."""
    above = await store.line_above(agency)
    if not above:
        raise UnknownAgency(agency=agency)
    scope = scope_of(caller)
    if scope is not None and scope not in above:
        raise AgencyNotAllowed(agency=agency, scope=scope)


async def visible(store: PortfolioStore, caller: Caller, id: UUID, lock: bool = False) -> dict[str, Any]:
    """A project's row, if the caller may see it: another agency's is as unknown as one that is not there."""
    found = await store.project(id, lock)
    if found is None:
        raise UnknownProject(project=id)
    scope = scope_of(caller)
    if scope is not None and scope not in await store.line_above(found["lead"]):
        raise UnknownProject(project=id)
    return found


# agencies


async def register_agency(
    connection: Connection, write: Write, new: NewAgency, vocabularies: Sequence[Vocabulary], today: date
) -> Answer:
    """Register an agency; staff register those below their own."""
    store = PortfolioStore(connection)
    problems = rules.agency_problems(new, vocabularies)
    if problems:
        raise InvalidAgency(errors=problems)
    id = f"{new.identifier.scheme}:{new.identifier.value}"
    if new.parent is not None:
        await check_scope(store, write.caller, new.parent)
    elif scope_of(write.caller) not in (None, id):
        raise AgencyNotAllowed(agency=id, scope=scope_of(write.caller))
    agency = Agency(id=id, version=1, **new.model_dump(mode="json"))
    body = agency.model_dump_json()
    await store.add_agency(id, new.parent, body)
    after = {"agency": agency.model_dump(mode="json")}
    await _record(connection, "agency_registered", id, 1, write.caller, today, None, after)
    return Answer(201, body, "1", f"/api/v1/agencies/{id}")


async def change_agency(
    connection: Connection, write: Write, id: str, change: AgencyChange, vocabularies: Sequence[Vocabulary], today: date
) -> Answer:
    """Change an agency's name, type, district or parent."""
    store = PortfolioStore(connection)
    body = await store.agency(id, lock=True)
    if body is None:
        raise UnknownAgency(agency=id)
    await check_scope(store, write.caller, id)
    before = Agency.model_validate_json(body)
    write.matches(before.version)
    after = before.model_copy(update=change.model_dump(exclude_unset=True) | {"version": before.version + 1})
    checked = NewAgency.model_validate(after.model_dump(exclude={"id", "version"}))
    problems = rules.agency_problems(checked, vocabularies)
    if after.parent is not None:
        await check_scope(store, write.caller, after.parent)
        if id in await store.line_above(after.parent):
            problems.append(rules.problem("/parent", "parent_below", "an agency can not stand below itself"))
    if problems:
        raise InvalidAgency(errors=problems)
    await store.change_agency(id, after.parent, after.version, after.model_dump_json())
    entries = ({"agency": agency.model_dump(mode="json")} for agency in (before, after))
    await _record(connection, "agency_changed", id, after.version, write.caller, today, *entries)
    return Answer(200, after.model_dump_json(), str(after.version))


# projects


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
    posted = _posted(project.id, project.budget, states) if rules.has_contract(states) else []
    alike = await store.alike(project.lead, match_key(project.title), project.id)
    body = project.model_dump_json()
    await store.add_project(_row(project, body, serial=1))
    async with connection.pipeline():
        await store.add_shares(project.id, project.shares)
        await store.add_budget(project.id, project.budget)
        if posted:
            await store.add_movements(posted)
        after = _entry(body, personal, posted)
        await _record(connection, "project_registered", str(project.id), 1, write.caller, project.state_on, None, after)
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
    row, before = await _changeable(store, write, id)
    write.matches(before.version)
    after, personal = await _changed(store, before, change, knowledge)
    if after.lead != before.lead:
        await check_scope(store, write.caller, after.lead)
    posted = []
    if rules.has_contract(after.states):
        difference = rules.budget_difference(before.budget, after.budget)
        posted = _posted(id, difference, [StateEntered(state=after.state, on=knowledge.today())], after.states)
    body = after.model_dump_json()
    serial = row["serial"] + 1
    await store.change_project(_row(after, body, serial))
    if after.shares != before.shares:
        await store.set_shares(id, after.shares)
    if after.budget != before.budget:
        await store.set_budget(id, after.budget)
    if posted:
        await store.add_movements(posted)
    entry = _entry(body, personal, posted, change.reason)
    before_entry = _entry(row["body"], {}, [])
    await _record(connection, "project_changed", str(id), serial, write.caller, knowledge.today(), before_entry, entry)
    return Answer(200, body, str(after.version))


async def enter_state(
    connection: Connection, write: Write, id: UUID, transition: NewTransition, knowledge: Knowledge
) -> Answer:
    """Enter a project's next state; becoming contracted posts the budget as commitments."""
    store = PortfolioStore(connection)
    row, before = await _changeable(store, write, id)
    if write.if_match is not None:
        write.matches(before.version)
    problems = rules.value_problems({"state": transition.to}, knowledge)
    if problems:
        raise InvalidProject(errors=[problem | {"pointer": "/to"} for problem in problems])
    on = transition.on or knowledge.today()
    rules.check_transition(before.states, transition.to, on)
    states = [*before.states, StateEntered(state=transition.to, on=on)]
    posts = rules.has_contract(states) and not rules.has_contract(before.states)
    posted = _posted(id, before.budget, states) if posts else []
    after = before.model_copy(
        update={"states": states, "state": transition.to, "state_on": on, "version": before.version + 1}
    )
    body = after.model_dump_json()
    serial = row["serial"] + 1
    await store.change_project(_row(after, body, serial))
    if posted:
        await store.add_movements(posted)
    entry = _entry(body, {}, posted, transition.reason)
    before_entry = _entry(row["body"], {}, [])
    await _record(connection, "project_state_entered", str(id), serial, write.caller, on, before_entry, entry)
    return Answer(200, body, str(after.version))


async def void_project(connection: Connection, write: Write, id: UUID, voiding: Voiding, today: date) -> Answer:
    """Void a registration made by mistake: it leaves every report; a person other than the registrar says so."""
    store = PortfolioStore(connection)
    row, before = await _changeable(store, write, id)
    write.caller.needs("approver", "manager")
    if before.registered_by == write.caller.subject:
        raise SecondPersonNeeded(subject=before.registered_by)
    after = before.model_copy(update={"record_status": "void", "version": before.version + 1})
    body = after.model_dump_json()
    serial = row["serial"] + 1
    await store.change_project(_row(after, body, serial))
    entry = _entry(body, {}, [], voiding.reason)
    await _record(
        connection, "project_voided", str(id), serial, write.caller, today, _entry(row["body"], {}, []), entry
    )
    return Answer(200, body, str(after.version))


async def record_movement(
    connection: Connection, write: Write, id: UUID, new: NewMovement, knowledge: Knowledge
) -> Answer:
    """Enter a movement of money into a project's ledger."""
    store = PortfolioStore(connection)
    _, project = await _changeable(store, write, id)
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
    await _record(connection, "movement_recorded", str(id), serial, write.caller, on, None, after)
    return Answer(201, movement.model_dump_json(), location=f"/api/v1/projects/{id}/movements/{movement.id}")


# parts


async def _changeable(store: PortfolioStore, write: Write, id: UUID) -> tuple[dict[str, Any], Project]:
    """A project's locked row and the project, unless it is void or not the caller's."""
    row = await visible(store, write.caller, id, lock=True)
    project = Project.model_validate_json(row["body"])
    if project.record_status == "void":
        raise ProjectVoid(project=id)
    return row, project


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


def _posted(
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


def _row(project: Project, body: str, serial: int) -> dict[str, Any]:
    """The columns that lists and duplicates are found by, beside the body."""
    return {
        "id": project.id,
        "plan": project.plan,
        "lead": project.lead,
        "issuer": match_key(project.issuing_body) if project.issuing_body else project.lead,
        "number_key": number_key(project.project_no),
        "title_key": match_key(project.title),
        "state": project.state,
        "record_status": project.record_status,
        "version": project.version,
        "serial": serial,
        "body": body,
    }


def number_key(project_no: str | None) -> str | None:
    """What two project numbers are compared by: NFKC, no white space, upper-case."""
    return clean_code(project_no).upper() if project_no else None


def _candidate(found: dict[str, Any]) -> dict[str, Any]:
    body = json.loads(found["body"])
    return {
        "project": str(found["id"]),
        "project_no": body["project_no"],
        "title": body["title"],
        "reason": "same title and lead agency",
    }


def _entry(
    body: str, personal: dict[str, str], posted: Sequence[Movement], reason: str | None = None
) -> dict[str, Any]:
    """after (or before) of a project's entry."""
    entry: dict[str, Any] = {"project": rules.as_entry(json.loads(body), personal)}
    entry["posted"] = [movement.model_dump(mode="json") for movement in posted]
    return entry | ({"reason": reason} if reason else {})


async def _record(
    connection: Connection, kind: str, subject: str, serial: int, caller: Caller, on: date, before: Any, after: Any
) -> None:
    id, body = journal.canonical(kind, subject, serial, caller, on, before, after)
    await journal.append(connection, id, kind, subject, serial, body)
