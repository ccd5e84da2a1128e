"""Snapshots: asked for, kept in a queue, read back."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from services.reporting.contract import (
    AccessLogSpan,
    NewSnapshot,
    NothingInSpan,
    PreviousNotApplicable,
    Snapshot,
    SnapshotNotReady,
    SnapshotProgress,
    UnknownSnapshot,
)
from services.reporting.operations.asking import Asked, Known, opened
from services.reporting.operations.following import KnownPlans
from services.reporting.store import SnapshotStore
from services.shared.database import Connection, Database
from services.shared.tokens import Caller
from services.shared.writes import Answer, Write


def asked_of(snapshot: Snapshot) -> Asked:
    """The question of a report about what a snapshot is about: its plan, day, positions and scope, all levels."""
    known = Known(snapshot.positions.catalog, snapshot.positions.portfolio, snapshot.recorded_at)
    return Asked(
        plan=snapshot.plan,
        edition=snapshot.edition,
        level="all",
        agency=snapshot.scope.agency,
        district=snapshot.scope.district,
        as_of=snapshot.as_of,
        known=known,
    )


async def fixed(database: Database, plans: KnownPlans, caller: Caller, given: NewSnapshot) -> Snapshot:
    """The snapshot that is asked for, with its positions, day and edition fixed; refused as a report would be."""
    asked = Asked(
        plan=given.plan,
        edition=given.edition,
        agency=given.scope.agency,
        district=given.scope.district,
        as_of=given.as_of,
        recorded_at=given.recorded_at if given.recorded_at is None else _in_utc(given.recorded_at),
    )
    now = datetime.now(UTC)
    async with opened(database, plans, caller, asked) as question:
        found = Snapshot(
            id=uuid7(),
            status="queued",
            progress=SnapshotProgress(stage="waiting" if given.access_log is None else "access_log"),
            plan=given.plan,
            edition=question.plan.edition,
            as_of=question.filters.as_of,
            recorded_at=question.moment.recorded_at,
            positions=question.moment.positions,
            scope=given.scope,
            previous=given.previous,
            access_log=None if given.access_log is None else _span(given.access_log, now),
            created_by=caller.subject,
            created_at=now,
        )
        if given.previous is not None:
            _may_follow(found, await snapshot_of(SnapshotStore(question.connection), given.previous))
    return found


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _span(asked: AccessLogSpan, now: datetime) -> AccessLogSpan:
    """Both moments; refused where nothing can lie between them."""
    since = _in_utc(asked.since)
    until = now if asked.until is None else min(_in_utc(asked.until), now)
    if since > until:
        raise NothingInSpan(since=since.isoformat(), until=until.isoformat())
    return AccessLogSpan(since=since, until=until)


def _may_follow(later: Snapshot, earlier: Snapshot) -> None:
    """Refuse a predecessor whose journals are not the beginning of the later one's, or that has no package."""
    reason = None
    if earlier.status != "ready":
        reason = f"it is {earlier.status}, and only one with a package can be named"
    elif earlier.plan != later.plan:
        reason = f"it is of the plan {earlier.plan}"
    elif earlier.positions.catalog > later.positions.catalog or earlier.positions.portfolio > later.positions.portfolio:
        reason = "it knows more of the journals than this one: name an earlier one, or ask for a later recorded_at"
    if reason is not None:
        raise PreviousNotApplicable(previous=earlier.id, reason=reason)


async def queue(connection: Connection, write: Write, snapshot: Snapshot) -> Answer:
    """Keep a snapshot for a worker to take up."""
    body = await keep(connection, write.caller, snapshot)
    return Answer(202, body, location=f"/api/v1/snapshots/{snapshot.id}")


async def keep(connection: Connection, caller: Caller, snapshot: Snapshot) -> str:
    """Write a snapshot that waits for a worker, on behalf of a caller; how it is told."""
    body = snapshot.model_dump_json()
    awaits = snapshot.access_log is not None
    await SnapshotStore(connection).add(snapshot.id, snapshot.plan, caller.model_dump_json(), body, awaits)
    return body


async def snapshot_of(store: SnapshotStore, id: UUID) -> Snapshot:
    """A snapshot, or UnknownSnapshot."""
    found = await store.snapshot(id)
    if found is None:
        raise UnknownSnapshot(snapshot=id)
    return Snapshot.model_validate_json(found["body"])


async def ready_snapshot(store: SnapshotStore, id: UUID) -> Snapshot:
    """A snapshot whose package stands; SnapshotNotReady before."""
    found = await snapshot_of(store, id)
    if found.status != "ready":
        raise SnapshotNotReady(status=found.status, snapshot=id)
    return found
