"""Persons of a project: kept apart from the journal, shown in clear to who may and says why, erased on demand."""

import secrets
from datetime import date
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import Form, People, Person, PersonalValue, Project, ReasonRequired
from services.portfolio.operations.common import changeable, record, row_of, visible
from services.portfolio.store import PortfolioStore
from services.shared.database import Connection
from services.shared.salting import salted_hash
from services.shared.tokens import Caller
from services.shared.writes import Answer, Write

MAY_SEE = ("approver", "manager", "auditor")
LEAST_REASON = 4
"""Characters of a reason, at least."""


async def set_persons(
    store: PortfolioStore, form: Form, known: rules.Hashes
) -> tuple[dict[str, Person | None], rules.Hashes]:
    """The persons that a form gives, as answers show them (masked), and the hashes that then stand in the journal. A
    phone or e-mail that comes back masked as it was given out stays what it is."""
    persons: dict[str, Person | None] = {}
    hashes = {name: dict(found) for name, found in known.items()}
    for name in form.model_fields_set & set(rules.PERSONS):
        person: Person | None = getattr(form, name)
        kept: dict[str, str] = {}
        masked: dict[str, str | None] = {}
        for field, mask in (("phone", rules.masked_phone), ("email", rules.masked_email)):
            value: str | None = getattr(person, field) if person is not None else None
            masked[field] = value
            if value is None:
                continue
            if "***" in value:
                if field in known.get(name, {}):
                    kept[field] = known[name][field]
                continue
            salt = secrets.token_hex(16)
            kept[field] = salted_hash(salt, value)
            masked[field] = mask(value)
            await store.keep_personal(kept[field], salt, value)
        hashes[name] = kept
        persons[name] = person and person.model_copy(update=masked)
    return persons, {name: found for name, found in hashes.items() if found}


async def people(store: PortfolioStore, caller: Caller, id: UUID, reason: str) -> People:
    """The persons of a project with phone and e-mail in clear; the door keeps who asked, and why."""
    caller.needs(*MAY_SEE)
    if len(reason.strip()) < LEAST_REASON:
        raise ReasonRequired()
    row = await visible(store, caller, id)
    project = Project.model_validate_json(row["body"])
    hashes = rules.hashes_in(row["personal"])
    values = await store.personal_values(rules.all_of(hashes))
    shown: dict[str, dict[str, str | None] | None] = {}
    for name in rules.PERSONS:
        person: Person | None = getattr(project, name)
        if person is not None:
            clear = {field: values.get(hashes.get(name, {}).get(field, "")) for field in rules.PERSONAL}
            shown[name] = {"name": person.name, "title": person.title} | clear
    return People.model_validate(shown)


async def personal_values(
    store: PortfolioStore, caller: Caller, plan: str, reason: str, after: UUID | None, limit: int
) -> tuple[list[PersonalValue], UUID | None]:
    """Personal values of a plan's projects with their salts, of so many projects after one; the last of them where more
    follow. Who holds a package of evidence proves by them what its hashes stand for."""
    caller.needs("auditor")
    if len(reason.strip()) < LEAST_REASON:
        raise ReasonRequired()
    held = await store.personal_hashes(plan, after, limit + 1)
    hashes = {row["id"]: rules.hashes_in(row["personal"]) for row in held[:limit]}
    kept = await store.salted_values([hash for persons in hashes.values() for hash in rules.all_of(persons)])
    found = [
        PersonalValue(project=id, role=role, field=field, salt=kept[hash][0], value=kept[hash][1], hash=hash)
        for id, persons in hashes.items()
        for role, fields in sorted(persons.items())
        for field, hash in sorted(fields.items())
        if hash in kept
    ]
    return found, held[limit - 1]["id"] if len(held) > limit else None


async def erase_people(connection: Connection, write: Write, id: UUID, reason: str, today: date) -> Answer:
    """Forget phone and e-mail of a project's persons, and the answers that showed them masked; what the journal proves,
    it proves still."""
    write.caller.needs("manager", "approver")
    store = PortfolioStore(connection)
    held = await changeable(store, write, id)
    await store.erase_personal(rules.all_of(held.hashes))
    await store.forget_answers(id)
    forgotten = {name: _without_values(getattr(held.project, name)) for name in rules.PERSONS}
    after = held.project.model_copy(update=forgotten | {"version": held.project.version + 1})
    body = after.model_dump_json()
    serial = held.row["serial"] + 1
    await store.change_project(row_of(after, body, serial, {}))
    entry = {"persons": sorted(held.hashes), "reason": reason}
    await record(connection, "person_erased", str(id), serial, write.caller, today, None, entry)
    return Answer(200, body, str(after.version))


def _without_values(person: Person | None) -> Person | None:
    return person and person.model_copy(update=dict.fromkeys(rules.PERSONAL))
