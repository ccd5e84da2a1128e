"""Schedules of snapshots, and what was taken by them."""

from datetime import date
from uuid import UUID

from services.shared.database import Connection, Row, one, rows


class ScheduleStore:
    """Reads and writes within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, id: UUID, caller: str, body: str) -> None:
        """Keep a schedule."""
        await self._connection.execute(
            "INSERT INTO schedule (id, version, caller, body) VALUES (%s, 1, %s, %s)", (id, caller, body)
        )

    async def schedule(self, id: UUID, lock: bool = False) -> Row | None:
        """version and body of a schedule."""
        query = "SELECT version, body FROM schedule WHERE id = %s" + (" FOR UPDATE" if lock else "")
        return await one(self._connection, query, (id,))

    async def schedules(self, after: UUID, limit: int) -> list[Row]:
        """id and body of schedules, in the order in which they were made."""
        return await rows(
            self._connection, "SELECT id, body FROM schedule WHERE id > %s ORDER BY id LIMIT %s", (after, limit)
        )

    async def delete(self, id: UUID) -> None:
        """Take no more snapshots by a schedule; those that were taken stay."""
        await self._connection.execute("DELETE FROM schedule WHERE id = %s", (id,))

    async def next_to_look_at(self, seconds: float) -> Row | None:
        """A schedule that nobody looked at for so long, locked; one that another replica looks at is passed over."""
        return await one(
            self._connection,
            "SELECT id, caller, body FROM schedule"
            " WHERE looked_at IS NULL OR looked_at < now() - make_interval(secs => %s)"
            " ORDER BY looked_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED",
            (seconds,),
        )

    async def looked_at(self, id: UUID, body: str) -> None:
        """Note that a schedule was looked at, and how it stands."""
        await self._connection.execute("UPDATE schedule SET looked_at = now(), body = %s WHERE id = %s", (body, id))

    async def taken(self, id: UUID) -> dict[date, UUID]:
        """By period's end the snapshot that was taken for it."""
        found = await rows(self._connection, "SELECT as_of, snapshot FROM scheduled WHERE schedule = %s", (id,))
        return {row["as_of"]: row["snapshot"] for row in found}

    async def add_taken(self, id: UUID, as_of: date, snapshot: UUID) -> None:
        """Note which snapshot was taken for a period's end; once, for ever."""
        await self._connection.execute(
            "INSERT INTO scheduled (schedule, as_of, snapshot) VALUES (%s, %s, %s)", (id, as_of, snapshot)
        )
