"""The journal of a service: every accepted command, in order, for ever.

An entry is written in the command's own transaction. The sequencer then gives committed entries their positions: it
takes them from `journal_pending` in the order of their tickets, under the lock of the one row of `journal_head`. A
ticket is drawn while the command runs, so an entry acknowledged before another began has the lower ticket and is
visible wherever the other is; entries of one subject are written under its row lock, so they keep their serial order.

`recorded_at` is given by the sequencer and grows strictly with the position; `horizon` is the moment up to which the
journal is complete: whatever is sequenced later is recorded after it.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import rfc8785
import structlog
from pydantic import BaseModel
from sqlalchemy import BigInteger, DateTime, Identity, Integer, LargeBinary, String, Text
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from services.shared import log as tree
from services.shared import merkle
from services.shared.database import Connection, Database, one, rows
from services.shared.errors import Unavailable
from services.shared.tasks import ended
from services.shared.tokens import Caller

FORMAT = 1
BATCH = 1_000
AGAIN_SECONDS = 0.5
"""How long the sequencer rests after a failure."""
MICROSECOND = timedelta(microseconds=1)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
log = structlog.get_logger()


class Entry(BaseModel):
    """An entry as the feed shows it: `body` is RFC 8785 text, beside it its leaf hash (RFC 6962)."""

    position: int
    recorded_at: datetime
    leaf_hash: str
    body: str


class Feed(BaseModel):
    """A page of a journal. Every entry recorded at or before `known_through` stands at or before `next`."""

    items: list[Entry]
    next: int
    known_through: datetime


class EntryColumns(SQLModel):
    """journal_entry: what was accepted. Insert-only."""

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=String, nullable=False)
    subject: str = Field(sa_type=String, nullable=False)
    serial: int = Field(sa_type=Integer, nullable=False)
    body: str = Field(sa_type=Text, nullable=False)


class PendingColumns(SQLModel):
    """journal_pending: committed entries that have no position yet, by ticket."""

    ticket: int = Field(sa_column_args=(Identity(always=True),), sa_type=BigInteger, primary_key=True)
    entry: UUID = Field(nullable=False)


class PositionColumns(SQLModel):
    """journal_position: the order of the entries. Insert-only, without gaps."""

    position: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    entry: UUID = Field(unique=True, nullable=False)
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True), nullable=False, index=True)
    leaf_hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class HeadColumns(SQLModel):
    """journal_head: one row: the last position, and the moment up to which the journal is complete."""

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(sa_type=BigInteger, nullable=False)
    horizon: datetime = Field(sa_type=DateTime(timezone=True), nullable=False)


class PersonalColumns(SQLModel):
    """personal_value: the erasable home of a phone or e-mail whose salted hash an entry carries."""

    hash: str = Field(sa_type=String, primary_key=True)
    salt: str = Field(sa_type=String, nullable=False)
    value: str = Field(sa_type=String, nullable=False)


def leaf_hash(body: str) -> bytes:
    """RFC 6962 section 2.1: SHA-256 of 0x00 and the entry's bytes."""
    return merkle.leaf_hash(body.encode())


def canonical(
    kind: str, subject: str, serial: int, caller: Caller, on: date, before: Any, after: Any, id: UUID | None = None
) -> tuple[UUID, str]:
    """The id and the RFC 8785 text of an entry. `before` and `after` hold money as strings and no floats."""
    id = id or uuid7()
    actor = {"subject": caller.subject, "role": caller.role} | ({"agency": caller.agency} if caller.agency else {})
    entry = {
        "format": FORMAT,
        "id": str(id),
        "kind": kind,
        "subject": subject,
        "serial": serial,
        "actor": actor,
        "on": on.isoformat(),
        "before": before,
        "after": after,
    }
    return id, rfc8785.dumps(entry).decode()


async def append(connection: Connection, id: UUID, kind: str, subject: str, serial: int, body: str) -> None:
    """Write an entry in the transaction of its command."""
    await connection.execute(
        "WITH entry AS (INSERT INTO journal_entry (id, kind, subject, serial, body) VALUES (%s, %s, %s, %s, %s))"
        " INSERT INTO journal_pending (entry) VALUES (%s)",
        (id, kind, subject, serial, body, id),
    )


class Journal:
    """The journal of one service: sequencing in the background, and the feed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._written = asyncio.Event()
        self._advanced = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.position = 0

    def written(self) -> None:
        """Say that an entry was committed here, so that it is sequenced at once."""
        self._written.set()

    async def start(self) -> None:
        """Sequence in the background until `stop`."""
        self._task = asyncio.create_task(self._run(), name="sequencer")

    async def stop(self) -> None:
        """End the background work."""
        if self._task:
            await ended(self._task)

    async def _run(self) -> None:
        while True:
            try:
                position, full = await self.sequence()
                if position != self.position:
                    self.position = position
                    async with self._advanced:
                        self._advanced.notify_all()
                if full:
                    continue
            except (psycopg.Error, Unavailable) as error:
                log.warning("sequencer_waits", error=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
            except Exception as error:  # whatever it is: nothing would be sequenced any more
                log.error("sequencer_failed", exc_info=error)
                await asyncio.sleep(AGAIN_SECONDS)
            # asyncio.timeout, not wait_for: that one may swallow a cancellation that comes with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await self._written.wait()
            self._written.clear()

    async def sequence(self, batch: int = BATCH) -> tuple[int, bool]:
        """Give positions to committed entries; the last position, and whether more may be waiting."""
        async with self._database.transaction() as connection:
            found = await one(connection, _WAITING)
            assert found is not None, "the migration made the row of journal_head"
            if not found["waiting"]:
                return int(found["position"]), False
            head = await one(connection, "SELECT position, horizon FROM journal_head FOR UPDATE")
            assert head is not None
            edge = await tree.edge_of(connection, head["position"])
            if edge is None:
                await tree.catch_up(connection, batch)
                return int(head["position"]), True
            taken = await rows(connection, _TAKE, (batch,))
            if not taken:
                return int(head["position"]), False
            base = max(taken[-1]["now"], head["horizon"] + MICROSECOND)
            last = base + MICROSECOND * (len(taken) - 1)
            position = head["position"] + len(taken)
            leaves = [leaf_hash(row["body"]) for row in taken]
            # One round trip for the three writes: the lock of the head is held for so much less.
            async with connection.pipeline():
                await connection.execute(
                    "INSERT INTO journal_position (position, entry, recorded_at, leaf_hash)"
                    " SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::timestamptz[], %s::bytea[])",
                    (
                        list(range(head["position"] + 1, position + 1)),
                        [row["entry"] for row in taken],
                        [base + MICROSECOND * i for i in range(len(taken))],
                        leaves,
                    ),
                )
                await tree.add_leaves(connection, head["position"], edge, leaves)
                await connection.execute("UPDATE journal_head SET position = %s, horizon = %s", (position, last))
            return position, len(taken) == batch

    async def page(self, after: int, limit: int, wait: float = 0) -> Feed:
        """The entries after a position; with `wait`, up to so many seconds are spent waiting for the first one."""
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            found = await self._page(after, limit)
            remaining = deadline - asyncio.get_running_loop().time()
            if found.items or remaining <= 0:
                return found
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(remaining, 0.2)), self._advanced:
                    await self._advanced.wait()

    async def _page(self, after: int, limit: int) -> Feed:
        async with self._database.transaction() as connection:
            found = await rows(connection, _PAGE, (after, limit))
            end = found[-1]["position"] if found else after
            head = await one(connection, "SELECT position, horizon FROM journal_head")
            assert head is not None
            if head["position"] == end and not found:
                # Idle: move the horizon on, under the lock that the sequencer takes.
                head = await one(connection, _MOVE_HORIZON)
                assert head is not None
        if head["position"] == end:
            return _feed(found, after, head["horizon"])
        return _feed(found, after, found[-1]["recorded_at"] if found else BEGINNING)


_WAITING = (
    f"SELECT position, EXISTS (SELECT FROM journal_pending) OR position - {tree.GROWN} > 1 AS waiting FROM journal_head"
)
_TAKE = (
    "WITH taken AS (DELETE FROM journal_pending WHERE ticket IN"
    " (SELECT ticket FROM journal_pending ORDER BY ticket LIMIT %s) RETURNING ticket, entry)"
    " SELECT taken.entry, body, clock_timestamp() AS now"
    " FROM taken JOIN journal_entry ON journal_entry.id = taken.entry ORDER BY ticket"
)
_MOVE_HORIZON = "UPDATE journal_head SET horizon = greatest(horizon, clock_timestamp()) RETURNING position, horizon"
_PAGE = (
    "SELECT position, recorded_at, encode(leaf_hash, 'hex') AS leaf_hash, body FROM journal_position"
    " JOIN journal_entry ON journal_entry.id = journal_position.entry WHERE position > %s ORDER BY position LIMIT %s"
)


def _feed(found: Sequence[Mapping[str, Any]], after: int, known_through: datetime) -> Feed:
    items = [Entry.model_validate(row) for row in found]
    return Feed(items=items, next=items[-1].position if items else after, known_through=known_through)
