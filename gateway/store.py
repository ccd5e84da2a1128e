"""Every SQL statement of the gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from services.shared.database import Connection, one, rows
from services.shared.tokens import Caller


@dataclass(frozen=True, slots=True)
class Linked:
    """An entry of the access log at its place in the chain. `detail` is RFC 8785 text."""

    position: int
    at: datetime
    request_id: str
    subject: str | None
    role: str | None
    agency: str | None
    kind: str
    method: str
    path: str
    status: int
    detail: str
    previous_hash: bytes
    hash: bytes


LAST = 2**63 - 1
"""The largest position that there can be."""
COLUMNS = "position, at, request_id, subject, role, agency, kind, method, path, status, detail, previous_hash, hash"
TYPES = ("bigint", "timestamptz", *["text"] * 7, "integer", "text", "bytea", "bytea")
APPEND = f"INSERT INTO access_entry ({COLUMNS}) SELECT * FROM unnest({', '.join(f'%s::{type}[]' for type in TYPES)})"


async def locked_head(connection: Connection) -> tuple[int, bytes]:
    """The end of the chain; nobody else appends until this transaction is over."""
    head = await one(connection, "SELECT position, hash FROM access_head WHERE id = 1 FOR UPDATE")
    assert head is not None, "the migration writes the head"
    return cast(int, head["position"]), cast(bytes, head["hash"])


async def append(connection: Connection, entries: Sequence[Linked]) -> None:
    """Add entries that continue the locked head, in one statement, and move the head."""
    columns = [[getattr(entry, name) for entry in entries] for name in COLUMNS.split(", ")]
    await connection.execute(APPEND.encode(), columns)
    last = entries[-1]
    await connection.execute("UPDATE access_head SET position = %s, hash = %s WHERE id = 1", (last.position, last.hash))


async def head(connection: Connection) -> tuple[int, bytes]:
    """The end of the chain, without a lock."""
    found = await one(connection, "SELECT position, hash FROM access_head WHERE id = 1")
    assert found is not None, "the migration writes the head"
    return cast(int, found["position"]), cast(bytes, found["hash"])


async def entries_after(connection: Connection, position: int, limit: int, last: int | None = None) -> list[Linked]:
    """Entries in the order of the chain; up to the position `last`, if it is given."""
    query = (
        f"SELECT {COLUMNS} FROM access_entry WHERE position > %s AND position <= coalesce(%s, {LAST})"
        " ORDER BY position LIMIT %s"
    )
    return [Linked(**row) for row in await rows(connection, query, (position, last, limit))]


async def span(connection: Connection, since: datetime, until: datetime) -> tuple[int, int] | None:
    """The positions of the first and the last entry of what was asked between two moments; None where nothing was."""
    query = "SELECT min(position) AS first, max(position) AS last FROM access_entry WHERE at >= %s AND at <= %s"
    found = await one(connection, query, (since, until))
    return None if found is None or found["first"] is None else (found["first"], found["last"])


async def count(connection: Connection) -> int:
    """How many entries there are."""
    found = await one(connection, "SELECT count(*) AS entries FROM access_entry")
    assert found is not None
    return cast(int, found["entries"])


async def use_ticket(connection: Connection, hash: bytes, subject: str) -> bool:
    """Mark a ticket as used; False where it was before. Who comes second at once waits for the first one's commit."""
    query = "INSERT INTO used_ticket VALUES (%s, %s, now()) ON CONFLICT DO NOTHING RETURNING hash"
    return await one(connection, query, (hash, subject)) is not None


async def add_session(connection: Connection, hash: bytes, caller: Caller, lifetime: timedelta) -> None:
    """Somebody is signed in; sessions that ended of themselves go."""
    await connection.execute("DELETE FROM page_session WHERE expires_at < now()")
    query = "INSERT INTO page_session VALUES (%s, %s, %s, %s, now(), now(), now() + %s)"
    await connection.execute(query, (hash, caller.subject, caller.role, caller.agency, lifetime))


async def session(connection: Connection, hash: bytes, idle: timedelta) -> tuple[Caller, timedelta] | None:
    """Who is signed in and how long ago that person's last page was; None where the session has ended."""
    query = (
        "SELECT subject, role, agency, now() - seen_at AS unseen FROM page_session"
        " WHERE hash = %s AND expires_at > now() AND seen_at > now() - %s"
    )
    found = await one(connection, query, (hash, idle))
    if found is None:
        return None
    return Caller(subject=found["subject"], role=found["role"], agency=found["agency"]), found["unseen"]


async def session_seen(connection: Connection, hash: bytes) -> None:
    """The person of this session asked for a page."""
    await connection.execute("UPDATE page_session SET seen_at = now() WHERE hash = %s", (hash,))


async def end_session(connection: Connection, hash: bytes) -> None:
    """The person signed out."""
    await connection.execute("DELETE FROM page_session WHERE hash = %s", (hash,))
