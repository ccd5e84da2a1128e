"""Schedules: snapshots that are taken by themselves at the ends of periods."""

from datetime import UTC, date, datetime
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from services.reporting.contract import NewSchedule, NewSnapshot, Schedule, UnknownSchedule
from services.reporting.operations.asking import Asked, opened, today_of
from services.reporting.operations.following import KnownPlans
from services.reporting.operations.snapshots import fixed, keep, snapshot_of
from services.reporting.rules.schedules import period_ends
from services.reporting.store import SnapshotStore
from services.reporting.store.schedules import ScheduleStore
from services.shared.database import Connection, Database
from services.shared.errors import ServiceError
from services.shared.tokens import Caller
from services.shared.writes import Answer, Write

log = structlog.get_logger()


async def checked_schedule(database: Database, plans: KnownPlans, caller: Caller, given: NewSchedule) -> date:
    """Refuse a schedule whose snapshots would be refused; today in the plan's time zone."""
    asked = Asked(plan=given.plan, agency=given.scope.agency, district=given.scope.district)
    async with opened(database, plans, caller, asked) as question:
        return today_of(question.plan)


async def keep_schedule(connection: Connection, write: Write, given: NewSchedule, today: date) -> Answer:
    """Keep a schedule."""
    fields = given.model_dump() | {"since": given.since or today}
    found = Schedule(**fields, id=uuid7(), version=1, created_by=write.caller.subject, created_at=datetime.now(UTC))
    body = found.model_dump_json()
    await ScheduleStore(connection).add(found.id, write.caller.model_dump_json(), body)
    return Answer(201, body, "1", f"/api/v1/snapshots/schedules/{found.id}")


async def delete_schedule(connection: Connection, write: Write, id: UUID) -> Answer:
    """Take no more snapshots by a schedule."""
    store = ScheduleStore(connection)
    found = await store.schedule(id, lock=True)
    if found is None:
        raise UnknownSchedule(schedule=id)
    write.matches(found["version"])
    await store.delete(id)
    return Answer(204, "")


async def queue_scheduled(database: Database, plans: KnownPlans, seconds: float) -> bool:
    """Look at the schedule that waited longest, if it waited for so many seconds, and queue the snapshot of the first
    period's end that has none. False where none waits. The row stays locked, so that of many replicas one queues it."""
    async with database.transaction() as connection:
        store = ScheduleStore(connection)
        row = await store.next_to_look_at(seconds)
        if row is None:
            return False
        schedule = Schedule.model_validate_json(row["body"])
        caller = Caller.model_validate_json(row["caller"])
        # What fails with one schedule holds up no other: the savepoint takes back what was begun.
        try:
            async with connection.transaction():
                schedule = await _take_next(database, plans, connection, schedule, caller)
        except ServiceError as error:
            # What it names may not exist any more.
            if error.status >= 500:
                raise
            log.warning("schedule_refused", id=str(schedule.id), code=error.code)
        except Exception as error:
            log.error("schedule_failed", id=str(schedule.id), exc_info=error)
        await store.looked_at(schedule.id, schedule.model_dump_json())
    return True


async def _take_next(
    database: Database, plans: KnownPlans, connection: Connection, schedule: Schedule, caller: Caller
) -> Schedule:
    store = ScheduleStore(connection)
    taken = await store.taken(schedule.id)
    today = await checked_schedule(database, plans, caller, schedule)
    due = next((day for day in period_ends(schedule.every, schedule.since, today) if day not in taken), None)
    if due is None:
        return schedule
    previous = None
    if schedule.last is not None:
        last = await snapshot_of(SnapshotStore(connection), schedule.last)
        if last.status in ("queued", "running"):
            return schedule  # what follows it names it, so it has to have its package first
        previous = last.id if last.status == "ready" else last.previous
    given = NewSnapshot(plan=schedule.plan, as_of=due, scope=schedule.scope, previous=previous)
    snapshot = await fixed(database, plans, caller, given)
    await keep(connection, caller, snapshot)
    await store.add_taken(schedule.id, due, snapshot.id)
    return schedule.model_copy(update={"last": snapshot.id})
