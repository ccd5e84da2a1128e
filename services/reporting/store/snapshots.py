"""Snapshots: the queue, how far each is, and the finished packages in pieces."""

from datetime import datetime
from uuid import UUID

from services.shared.database import Connection, Row, one, rows

PART = 1 << 20
"""Bytes of a package that lie in one row."""
STALE_SECONDS = 30
"""A snapshot whose worker was not heard of for so long is taken up by another one."""


class SnapshotStore:
    """Reads and writes within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, id: UUID, plan: str, caller: str, body: str, awaits_access_log: bool = False) -> None:
        """Write a snapshot that waits for a worker, or for a part of the access log before."""
        await self._connection.execute(
            "INSERT INTO snapshot (id, plan, status, caller, body, awaits_access_log)"
            " VALUES (%s, %s, 'queued', %s, %s, %s)",
            (id, plan, caller, body, awaits_access_log),
        )

    async def snapshot(self, id: UUID) -> Row | None:
        """plan, status, caller and body of one."""
        return await one(self._connection, "SELECT id, plan, status, caller, body FROM snapshot WHERE id = %s", (id,))

    async def snapshots(self, plan: str | None, before: UUID | None, limit: int) -> list[Row]:
        """id and body of snapshots, the latest first."""
        return await rows(
            self._connection,
            "SELECT id, body FROM snapshot WHERE (%s::varchar IS NULL OR plan = %s)"
            " AND (%s::uuid IS NULL OR id < %s) ORDER BY id DESC LIMIT %s",
            (plan, plan, before, before, limit),
        )

    async def claim(self, worker: UUID) -> Row | None:
        """Take the snapshot that has waited longest, or one whose worker died: id, caller, body."""
        return await one(
            self._connection,
            "UPDATE snapshot SET status = 'running', worker = %s, heard_at = clock_timestamp() WHERE id = ("
            " SELECT id FROM snapshot WHERE (status = 'queued' AND NOT awaits_access_log) OR (status = 'running'"
            f" AND heard_at < clock_timestamp() - interval '{STALE_SECONDS} seconds')"
            " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, caller, body",
            (worker,),
        )

    async def hear(self, id: UUID, worker: UUID, body: str) -> bool:
        """Keep how far the worker is, and that it lives; False where it is another worker's by now."""
        done = await self._connection.execute(
            "UPDATE snapshot SET body = %s, heard_at = clock_timestamp()"
            " WHERE id = %s AND worker = %s AND status = 'running'",
            (body, id, worker),
        )
        return done.rowcount == 1

    async def died(self, id: UUID, worker: UUID) -> int:
        """Note that the process that worked on it came to an untimely end; how often it did."""
        query = "UPDATE snapshot SET deaths = deaths + 1 WHERE id = %s AND worker = %s RETURNING deaths"
        found = await one(self._connection, query, (id, worker))
        return int(found["deaths"]) if found else 0

    async def finish(self, id: UUID, worker: UUID, status: str, body: str) -> bool:
        """Write how it ended; False where it is another worker's by now."""
        done = await self._connection.execute(
            "UPDATE snapshot SET status = %s, body = %s, worker = NULL, heard_at = clock_timestamp()"
            " WHERE id = %s AND worker = %s AND status = 'running'",
            (status, body, id, worker),
        )
        return done.rowcount == 1

    async def awaiting(self) -> list[Row]:
        """Snapshots that wait for a part of the access log: body, and the position up to which entries arrived."""
        return await rows(
            self._connection,
            "SELECT body, coalesce((SELECT max(last) FROM access_log_extract AS held WHERE held.snapshot = one.id), 0)"
            " AS after FROM snapshot AS one WHERE status = 'queued' AND awaits_access_log ORDER BY id",
        )

    async def locked_awaiting(self, id: UUID) -> int | None:
        """The position up to which entries arrived for a snapshot that waits for more; None where it does not wait.
        Nobody else brings it any until the transaction ends."""
        query = "SELECT id FROM snapshot WHERE id = %s AND status = 'queued' AND awaits_access_log FOR UPDATE"
        if await one(self._connection, query, (id,)) is None:
            return None
        query = "SELECT coalesce(max(last), 0) AS after FROM access_log_extract WHERE snapshot = %s"
        found = await one(self._connection, query, (id,))
        return int(found["after"]) if found else 0

    async def add_access_log(self, id: UUID, first: int, last: int, lines: str) -> None:
        """Keep entries of the access log for a snapshot."""
        await self._connection.execute(
            "INSERT INTO access_log_extract (snapshot, position, last, lines) VALUES (%s, %s, %s, %s)",
            (id, first, last, lines),
        )

    async def has_access_log(self, id: UUID) -> None:
        """The part that a snapshot waited for has arrived."""
        await self._connection.execute("UPDATE snapshot SET awaits_access_log = false WHERE id = %s", (id,))

    async def access_log(self, id: UUID, after: int) -> Row | None:
        """The entries that arrived together, of those after a position the first: position, last, lines."""
        query = (
            "SELECT position, last, lines FROM access_log_extract WHERE snapshot = %s AND position > %s"
            " ORDER BY position LIMIT 1"
        )
        return await one(self._connection, query, (id, after))

    async def forget_access_log(self, id: UUID) -> None:
        """The package holds what was kept for it."""
        await self._connection.execute("DELETE FROM access_log_extract WHERE snapshot = %s", (id,))

    async def add_part(self, id: UUID, place: int, content: bytes) -> None:
        """Write a piece of a package."""
        await self._connection.execute(
            "INSERT INTO snapshot_part (snapshot, place, content) VALUES (%s, %s, %s)", (id, place, content)
        )

    async def part(self, id: UUID, place: int) -> bytes | None:
        """A piece of a package."""
        query = "SELECT content FROM snapshot_part WHERE snapshot = %s AND place = %s"
        found = await one(self._connection, query, (id, place))
        return bytes(found["content"]) if found else None

    async def now(self) -> datetime:
        """The moment, by the database's clock."""
        found = await one(self._connection, "SELECT clock_timestamp() AS now")
        assert found is not None
        moment: datetime = found["now"]
        return moment
