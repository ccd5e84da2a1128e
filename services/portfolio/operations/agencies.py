"""Agencies: registered and changed, one function, one transaction, one entry in the journal."""

import json
from collections.abc import Sequence
from datetime import date

from services.catalog.contract import Vocabulary
from services.portfolio import rules
from services.portfolio.contract import (
    AGENCY_KINDS,
    Agency,
    AgencyChange,
    AgencyNotAllowed,
    InvalidAgency,
    NewAgency,
    ParentSince,
    UnknownAgency,
)
from services.portfolio.operations.common import JOURNAL_CHECK, check_scope, record, scope_of
from services.portfolio.store import PortfolioStore
from services.shared.comparing import last_after, must_agree
from services.shared.database import Connection
from services.shared.writes import Answer, Write


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
    parents = [ParentSince(parent=new.parent, valid_from=new.parent_from)]
    agency = Agency(id=id, version=1, parents=parents, **new.model_dump(exclude={"parent_from"}))
    body = agency.model_dump_json()
    await store.add_agency(id, new.parent, body)
    after = {"agency": agency.model_dump(mode="json")}
    await record(connection, "agency_registered", id, 1, write.caller, today, None, after)
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
    told = await last_after(connection, id, AGENCY_KINDS)
    must_agree("agency", id, told and told["agency"], json.loads(body), JOURNAL_CHECK)
    before = Agency.model_validate_json(body)
    write.matches(before.version)
    given = change.model_dump(exclude_unset=True, exclude={"parent_from"})
    after = before.model_copy(update=given | {"version": before.version + 1})
    if "parent" in given:
        since = ParentSince(parent=after.parent, valid_from=change.parent_from or today)
        after.parents = rules.dated_parents(before, since)
    checked = NewAgency.model_validate(after.model_dump(exclude={"id", "version", "parents"}))
    problems = rules.agency_problems(checked, vocabularies) + rules.parent_date_problems(change, today)
    if after.parent is not None:
        await check_scope(store, write.caller, after.parent)
        if id in await store.line_above(after.parent):
            problems.append(rules.problem("/parent", "parent_below", "an agency can not stand below itself"))
    if problems:
        raise InvalidAgency(errors=problems)
    await store.change_agency(id, after.parent, after.version, after.model_dump_json())
    entries = ({"agency": agency.model_dump(mode="json")} for agency in (before, after))
    await record(connection, "agency_changed", id, after.version, write.caller, today, *entries)
    return Answer(200, after.model_dump_json(), str(after.version))
