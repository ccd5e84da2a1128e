"""What was asked of us and by whom: an append-only log, each entry chained to the one before by SHA-256.

The hash of an entry is SHA-256 of the hash before it followed by the entry's RFC 8785 bytes; before the first one
stand 32 zero bytes. Requests put their entry into a queue and wait; one task of each process writes everything that
waits in a single transaction, under the lock of the log's head, so several gateways may share the log.

An answer is given only after its entry is durable. Entries of what has happened already and that could not be written
stay in memory, and are tried again and again, first of all, until the database is back; until then no write is let
through.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import rfc8785
import structlog
from starlette.datastructures import Headers
from starlette.types import Scope

from gateway import store
from gateway.store import Linked
from services.shared import accesschain
from services.shared.database import Connection, Database, DatabaseUnavailable
from services.shared.errors import ServiceError, Unavailable
from services.shared.text import moment_text
from services.shared.tokens import Caller

BATCH = 500
PATIENCE = 5.0
"""Seconds that the database may take to write a batch."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two attempts to write what could not be written; each pause is twice the one before."""
LONGEST = 2_000
"""Characters of anything that a request brought along which the log keeps: headers may have megabytes."""
log = structlog.get_logger()


class AccessLogUnavailable(Unavailable):
    """The access log can not be written. {consequence}"""


NOT_DONE = "Your request was not carried out: repeat it later with the same Idempotency-Key."
PERHAPS_DONE = "Your request may have been carried out: repeat it later with the same Idempotency-Key."
NEITHER = "Nothing was done, unless the connection to the database broke at the very end: try again."


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened; it gets its place in the chain when it is written."""

    kind: str
    request_id: str
    method: str
    path: str
    status: int
    caller: Caller | None = None
    detail: Mapping[str, str | int] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


def entry_of(scope: Scope, kind: str, status: int, caller: Caller | None, **more: str) -> Entry:
    """What the log says of a request; whatever the request brought along is cut to its beginning."""
    client = scope.get("client")
    detail = {
        "from": client[0] if client else "",
        "query": scope["query_string"].decode("latin-1"),
        "idempotency_key": Headers(scope=scope).get("idempotency-key", ""),
        **more,
    }
    return Entry(
        kind=kind,
        request_id=scope["state"]["request_id"],
        method=scope["method"][:LONGEST],
        path=raw_path(scope)[:LONGEST],
        status=status,
        caller=caller,
        detail={name: value[:LONGEST] for name, value in detail.items() if value},
    )


def raw_path(scope: Scope) -> str:
    """The path as it was sent, percent-encoding and all."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1")


def shown(entry: Linked) -> dict[str, Any]:
    """An entry as it is answered; without its two hashes these are the members that are hashed."""
    members = {name: getattr(entry, name) for name in store.COLUMNS.split(", ")}
    return members | {
        "at": moment_text(entry.at),
        "detail": json.loads(entry.detail),
        "previous_hash": entry.previous_hash.hex(),
        "hash": entry.hash.hex(),
    }


def chain_hash(entry: Linked) -> bytes:
    """SHA-256 of the hash before and of the entry's RFC 8785 bytes."""
    return accesschain.chain_hash(shown(entry))


def linked(entry: Entry, position: int, previous_hash: bytes) -> Linked:
    """The entry at its place."""
    caller = entry.caller
    unhashed = Linked(
        position=position,
        at=entry.at,
        request_id=entry.request_id,
        subject=caller.subject if caller else None,
        role=caller.role if caller else None,
        agency=caller.agency if caller else None,
        kind=entry.kind,
        method=entry.method,
        path=entry.path,
        status=entry.status,
        detail=rfc8785.dumps(dict(entry.detail)).decode(),
        previous_hash=previous_hash,
        hash=b"",
    )
    members = {name: getattr(unhashed, name) for name in store.COLUMNS.split(", ")}
    return Linked(**members | {"hash": chain_hash(unhashed)})


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that is to be written, and who waits for it; `happened`: it must not be forgotten if that fails."""

    entry: Entry
    written: asyncio.Future[None]
    happened: bool

    def settle(self, failure: Exception | None) -> None:
        """Tell who waits, if somebody still does."""
        if self.written.done():
            return
        if failure is None:
            self.written.set_result(None)
        else:
            self.written.set_exception(failure)


class AccessLog:
    """The log of one process: `record` returns when the entry is durable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[Waiting] = []
        self._unwritten: list[Entry] = []
        self._something = asyncio.Event()
        self._writing = asyncio.Lock()
        self._failed = False
        self._stopping = False
        self._writer: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write what comes."""
        self._writer = asyncio.create_task(self._write_until_stopped())

    async def stop(self) -> None:
        """Write all that waits, try once more what could not be written, and tell of what is lost with this process."""
        assert self._writer is not None
        self._stopping = True
        self._something.set()
        await self._writer
        await self._write_batch()
        while self._waiting:
            await self._write_batch()
        if self._unwritten:
            log.error("access_log_entries_lost", entries=[asdict(entry) for entry in self._unwritten])

    async def record(self, entry: Entry, consequence: str = NOT_DONE) -> None:
        """Write an entry down before what it tells of is done; `consequence` tells the caller what it means if that can
        not be: the entry is forgotten then."""
        await self._put(entry, consequence, happened=False)

    async def record_done(self, entry: Entry, consequence: str = PERHAPS_DONE) -> None:
        """Write down what has happened; an entry that can not be written is kept, and tried again until it is."""
        await self._put(entry, consequence, happened=True)

    async def record_with(self, entry: Entry, work: Callable[[Connection], Awaitable[None]]) -> None:
        """Do something in the gateway's own database and write it down in one transaction: both are done or neither.

        What `work` refuses is raised as it is; it says nothing of the log.
        """
        try:
            async with self._writing:
                await self._append([entry], work)
        except (Unavailable, psycopg.Error, TimeoutError) as error:
            log.error("access_log_unavailable", error=repr(error), kept=len(self._unwritten))
            raise AccessLogUnavailable(consequence=NEITHER) from error

    def keep(self, entry: Entry) -> None:
        """Write down what has happened as soon as it can be; nobody waits for it."""
        self._unwritten.append(entry)
        self._something.set()

    async def _put(self, entry: Entry, consequence: str, happened: bool) -> None:
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(entry, written, happened))
        self._something.set()
        try:
            await written
        except (ServiceError, psycopg.Error, TimeoutError) as error:
            raise AccessLogUnavailable(consequence=consequence) from error

    async def must_be_writable(self) -> None:
        """Refuse a write before it is forwarded, if the last attempt to write the log failed and this one does too."""
        if not self._failed:
            return
        try:
            async with self._writing:
                await self._append([])
        except (ServiceError, psycopg.Error, TimeoutError) as error:
            raise AccessLogUnavailable(consequence=NOT_DONE) from error

    async def _write_until_stopped(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with asyncio.timeout(pause if self._unwritten else None):
                    await self._something.wait()
            except TimeoutError:
                pause = min(2 * pause, LONGEST_PAUSE)
            if self._stopping:
                return
            if await self._write_batch():
                pause = FIRST_PAUSE

    async def _write_batch(self) -> bool:
        """Write what could not be written before and what waits; whether that could be done."""
        batch = self._waiting[:BATCH]
        del self._waiting[: len(batch)]
        if not self._waiting:
            self._something.clear()
        failure: Exception | None = None
        if batch or self._unwritten:
            try:
                await self._append_again([waiting.entry for waiting in batch])
            except Exception as error:
                failure = error
                self._unwritten += [waiting.entry for waiting in batch if waiting.happened]
                log.error("access_log_unavailable", error=repr(error), kept=len(self._unwritten))
        for waiting in batch:
            waiting.settle(failure)
        return failure is None

    async def _append_again(self, entries: Sequence[Entry]) -> None:
        """Append, a second time if the connection was lost: it may have been an old one."""
        async with self._writing:
            try:
                await self._append(entries)
            except DatabaseUnavailable:
                await self._append(entries)

    async def _append(
        self, entries: Sequence[Entry], work: Callable[[Connection], Awaitable[None]] | None = None
    ) -> None:
        """One transaction: `work`, what could not be written before, then `entries`. Work comes before the head's lock,
        so that nobody who holds that lock waits for anything but the disk."""
        late = list(self._unwritten)
        try:
            async with asyncio.timeout(PATIENCE), self._database.transaction() as connection:
                if work is not None:
                    await work(connection)
                await _link(connection, (*late, *entries))
        except BaseException as error:
            refused = isinstance(error, ServiceError) and not isinstance(error, Unavailable)
            self._failed = self._failed or not refused
            raise
        del self._unwritten[: len(late)]
        self._failed = False


async def _link(connection: Connection, entries: Sequence[Entry]) -> None:
    """Put entries at the end of the chain."""
    position, previous = await store.locked_head(connection)
    chain: list[Linked] = []
    for entry in entries:
        position += 1
        chain.append(linked(entry, position, previous))
        previous = chain[-1].hash
    if chain:
        await store.append(connection, chain)
