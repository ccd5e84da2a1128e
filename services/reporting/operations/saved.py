"""Saved reports: kept, asked at month ends, and looked at for what their owners want to be told."""

import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from services.reporting.contract import (
    GapNotApplicable,
    NewSavedReport,
    Notice,
    SavedReport,
    TooManySaved,
    UnknownSavedReport,
)
from services.reporting.operations.asking import Asked, Reported, opened, today_of
from services.reporting.operations.coverage import Covered, coverage, covered, gaps
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.saved import Seen, changes, month_ends, seen_in
from services.reporting.store import SavedStore
from services.shared.database import Connection, Database
from services.shared.errors import ServiceError
from services.shared.tokens import Caller
from services.shared.writes import Answer, Write

log = structlog.get_logger()
MOST = 200
"""Reports that one person may keep."""
RUNS_AT_ONCE = 12
"""Month ends that are made up for at one time; the rest follow."""
REPORTS = {"coverage": coverage, "gaps": gaps}


def asked_of(saved: NewSavedReport, as_of: date | None = None) -> Asked:
    """The question that a saved report asks about a day."""
    cut = saved.cut
    return Asked(
        plan=saved.plan,
        edition=cut.edition,
        level=cut.level,
        years=tuple(sorted(set(cut.year))),
        agency=cut.agency,
        district=cut.district,
        fund_class=cut.fund_class,
        sources=tuple(sorted(set(cut.source))),
        stage=cut.stage,
        as_of=as_of,
        denominator=cut.denominator,
    )


async def checked_today(database: Database, plans: KnownPlans, caller: Caller, saved: NewSavedReport) -> date:
    """Refuse a cut that its report would refuse, and a threshold that is never told; today in the plan's time zone."""
    async with opened(database, plans, caller, asked_of(saved)) as question:
        if saved.gap_threshold is not None and question.filters.narrowed:
            raise GapNotApplicable()
        return today_of(question.plan)


async def save_report(connection: Connection, write: Write, given: NewSavedReport, today: date) -> Answer:
    """Keep a cut under a name."""
    store = SavedStore(connection)
    if await store.count(write.caller.subject) >= MOST:
        raise TooManySaved(most=MOST)
    id = uuid7()
    body = _saved(given, id, 1, write, given.since or today)
    await store.add(id, write.caller.subject, given.plan, body, write.caller.model_dump_json())
    return Answer(201, body, "1", f"/api/v1/reports/saved/{id}")


async def change_saved(connection: Connection, write: Write, id: UUID, given: NewSavedReport, today: date) -> Answer:
    """Put another cut in the place of one; its month ends stay as they were said."""
    store = SavedStore(connection)
    found = await store.saved(id, write.caller.subject, lock=True)
    if found is None:
        raise UnknownSavedReport(saved=id)
    write.matches(found["version"])
    version = found["version"] + 1
    body = _saved(given, id, version, write, given.since or today)
    await store.change(id, version, body, write.caller.model_dump_json())
    return Answer(200, body, str(version))


async def delete_saved(connection: Connection, write: Write, id: UUID) -> Answer:
    """Delete a saved report with its month ends and notices."""
    store = SavedStore(connection)
    found = await store.saved(id, write.caller.subject, lock=True)
    if found is None:
        raise UnknownSavedReport(saved=id)
    write.matches(found["version"])
    await store.delete(id)
    return Answer(204, "")


def _saved(given: NewSavedReport, id: UUID, version: int, write: Write, since: date) -> str:
    fields = given.model_dump(mode="json") | {"since": since, "id": id, "version": version}
    return SavedReport.model_validate(fields | {"owner": write.caller.subject}).model_dump_json()


async def look_at_next(database: Database, plans: KnownPlans, seconds: float) -> bool:
    """Look at the saved report that waited longest, if it waited for so many seconds: make up for the month ends that
    are over, and tell its owner what changed. False where none waits."""
    async with database.transaction() as connection:
        store = SavedStore(connection)
        row = await store.next_to_look_at(seconds)
        if row is None:
            return False
        saved = SavedReport.model_validate_json(row["body"])
        caller = Caller.model_validate_json(row["caller"])
        seen = row["seen"]
        # What fails with one report holds up no other: the savepoint takes back what was begun.
        try:
            async with connection.transaction():
                await _make_up(database, plans, store, saved, caller)
                seen = await _tell(database, plans, store, saved, caller, row["seen"])
        except ServiceError as error:
            # A filter may name what does not exist any more: the owner sees it when he asks.
            if error.status >= 500:
                raise
            log.warning("saved_report_refused", id=str(saved.id), code=error.code)
        except Exception as error:
            log.error("saved_report_failed", id=str(saved.id), exc_info=error)
        await store.looked_at(saved.id, seen)
    return True


async def _make_up(
    database: Database, plans: KnownPlans, store: SavedStore, saved: SavedReport, caller: Caller
) -> None:
    if saved.schedule != "month_end":
        return
    today = await checked_today(database, plans, caller, saved)
    kept = await store.run_days(saved.id)
    due = [day for day in month_ends(saved.since, today) if day not in kept]
    for day in due[:RUNS_AT_ONCE]:
        said: Reported = await REPORTS[saved.report](database, plans, caller, asked_of(saved, day))
        await store.add_run(saved.id, day, said.body)


async def _tell(
    database: Database, plans: KnownPlans, store: SavedStore, saved: SavedReport, caller: Caller, before: str | None
) -> str | None:
    if not saved.tell_uncovered and saved.gap_threshold is None:
        return None
    found = await covered(database, plans, caller, asked_of(saved))
    positions = found.head["positions"]
    was: dict[str, Any] = json.loads(before) if before else {}
    if was.get("positions") == positions and was.get("as_of") == found.head["as_of"]:
        return before
    after = seen_in(found.items)
    known = {code: Seen(*seen) for code, seen in was.get("nodes", {}).items()}
    threshold = Decimal(saved.gap_threshold) if saved.gap_threshold is not None else None
    titles = {item["code"]: item["title"] for item in found.items}
    for change in changes(known, after, saved.tell_uncovered, threshold):
        await _notice(store, saved, change, titles[change.node], found)
    return json.dumps({"positions": positions, "as_of": found.head["as_of"], "nodes": after})


async def _notice(store: SavedStore, saved: SavedReport, change: Any, title: str, found: Covered) -> None:
    id = uuid7()
    notice = Notice(
        id=id,
        saved=saved.id,
        name=saved.name,
        at=found.moment.recorded_at or found.moment.applied.known_through,
        code=change.code,
        node=change.node,
        title=title,
        as_of=found.head["as_of"],
        before=change.before,
        after=change.after,
    )
    await store.add_notice(id, saved.owner, saved.id, notice.model_dump_json())
