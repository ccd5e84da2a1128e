"""Handing the access log over: snapshots that ask for a part of it are given that part.

No service calls the gateway. So it is the gateway that looks which snapshots wait for a part of its log, and brings it
to them page by page; one that breaks off goes on after the last entry that arrived.
"""

import asyncio
from collections.abc import Set
from uuid import UUID

import structlog

from gateway import access_log, store
from services.reporting.client import ReportingClient
from services.reporting.contract import AccessLogPart, WantedAccessLog
from services.shared.database import Database
from services.shared.errors import ServiceError

LOOK_SECONDS = 2.0
PAGE = 500
log = structlog.get_logger()


async def hand_over_for_ever(database: Database, reporting: ReportingClient) -> None:
    """Look for snapshots that wait, for ever; what fails is tried again at the next look, and told of once."""
    failing: set[UUID | None] = set()
    while True:
        failing = await look(database, reporting, failing)
        await asyncio.sleep(LOOK_SECONDS)


async def look(database: Database, reporting: ReportingClient, told: Set[UUID | None]) -> set[UUID | None]:
    """One try for each snapshot that waits; which ones failed (None: nobody could be asked). Whichever is among `told`
    was told of before."""
    try:
        waiting = await reporting.wanted_access_logs()
    except Exception as error:
        _tell(None, error, told)
        return {None}
    failed: set[UUID | None] = set()
    for wanted in waiting:
        try:
            await hand_over(database, reporting, wanted)
        except Exception as error:
            _tell(wanted.snapshot, error, told)
            failed.add(wanted.snapshot)
    return failed


def _tell(snapshot: UUID | None, error: Exception, told: Set[UUID | None]) -> None:
    if snapshot not in told:
        trace = None if isinstance(error, ServiceError) else error
        named = {} if snapshot is None else {"snapshot": str(snapshot)}
        log.warning("access_log_not_handed_over", error=repr(error), exc_info=trace, **named)


async def hand_over(database: Database, reporting: ReportingClient, wanted: WantedAccessLog) -> None:
    """Bring a snapshot its part of the log, from the entry on that it waits for."""
    async with database.connection() as connection:
        span = await store.span(connection, wanted.since, wanted.until)
    first, last = span or (1, 0)
    after, done = max(wanted.after, first - 1), False
    while not done:
        async with database.connection() as connection:
            found = await store.entries_after(connection, after, PAGE, last) if after < last else []
        after = found[-1].position if found else last
        done = after >= last
        items = [access_log.shown(entry) for entry in found]
        await reporting.give_access_log(wanted.snapshot, AccessLogPart(items=items, done=done))
