"""Saved reports, their month ends and notices."""

from datetime import date
from typing import Any
from uuid import UUID

from services.shared.database import Connection, Row, one, rows


class SavedStore:
    """Reads and writes within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, id: UUID, owner: str, plan: str, body: str, caller: str) -> None:
        """Keep a report."""
        await self._connection.execute(
            "INSERT INTO saved_report (id, owner, plan, version, body, caller) VALUES (%s, %s, %s, 1, %s, %s)",
            (id, owner, plan, body, caller),
        )

    async def change(self, id: UUID, version: int, body: str, caller: str) -> None:
        """Write the next version; what was seen of the one before says nothing about it."""
        await self._connection.execute(
            "UPDATE saved_report SET version = %s, body = %s, caller = %s, seen = NULL WHERE id = %s",
            (version, body, caller, id),
        )

    async def delete(self, id: UUID) -> None:
        """Delete a report with its month ends and notices."""
        for statement in (
            "DELETE FROM saved_run WHERE saved = %s",
            "DELETE FROM notice WHERE saved = %s",
            "DELETE FROM saved_report WHERE id = %s",
        ):
            await self._connection.execute(statement, (id,))

    async def count(self, owner: str) -> int:
        """How many reports somebody keeps."""
        found = await one(self._connection, "SELECT count(*) AS held FROM saved_report WHERE owner = %s", (owner,))
        return int(found["held"]) if found else 0

    async def saved(self, id: UUID, owner: str, lock: bool = False) -> Row | None:
        """version and body of somebody's report."""
        query = "SELECT version, body FROM saved_report WHERE id = %s AND owner = %s" + (" FOR UPDATE" if lock else "")
        return await one(self._connection, query, (id, owner))

    async def all_saved(self, owner: str, after: UUID, limit: int) -> list[Row]:
        """Somebody's reports by id."""
        query = "SELECT id, body FROM saved_report WHERE owner = %s AND id > %s ORDER BY id LIMIT %s"
        return await rows(self._connection, query, (owner, after, limit))

    async def next_to_look_at(self, seconds: float) -> Row | None:
        """A report that nobody looked at for so long, locked; one that another replica looks at is passed over."""
        return await one(
            self._connection,
            "SELECT id, owner, body, caller, seen FROM saved_report"
            " WHERE looked_at IS NULL OR looked_at < now() - make_interval(secs => %s)"
            " ORDER BY looked_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED",
            (seconds,),
        )

    async def looked_at(self, id: UUID, seen: str | None) -> None:
        """Note that a report was looked at, and how it was."""
        await self._connection.execute("UPDATE saved_report SET looked_at = now(), seen = %s WHERE id = %s", (seen, id))

    async def add_run(self, id: UUID, as_of: date, body: str) -> None:
        """Keep a month's end; the first word on it stays."""
        await self._connection.execute(
            "INSERT INTO saved_run (saved, as_of, body) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", (id, as_of, body)
        )

    async def run_days(self, id: UUID) -> set[date]:
        """The month ends that are kept."""
        return {
            row["as_of"] for row in await rows(self._connection, "SELECT as_of FROM saved_run WHERE saved = %s", (id,))
        }

    async def runs(self, id: UUID, after: date, limit: int) -> list[Row]:
        """The month ends of a report in their order."""
        query = (
            "SELECT as_of, octet_length(body) AS bytes FROM saved_run WHERE saved = %s AND as_of > %s"
            " ORDER BY as_of LIMIT %s"
        )
        return await rows(self._connection, query, (id, after, limit))

    async def run(self, id: UUID, as_of: date) -> str | None:
        """What a report said of a month's end."""
        found = await one(self._connection, "SELECT body FROM saved_run WHERE saved = %s AND as_of = %s", (id, as_of))
        return found["body"] if found else None

    async def add_notice(self, id: UUID, owner: str, saved: UUID, body: str) -> None:
        """Tell the owner of a report."""
        await self._connection.execute(
            "INSERT INTO notice (id, owner, saved, body) VALUES (%s, %s, %s, %s)", (id, owner, saved, body)
        )

    async def notices(self, owner: str, after: UUID | None, limit: int, newest: bool) -> list[dict[str, Any]]:
        """What somebody was told, in the order of time or, with `newest`, against it; `after` is where to go on."""
        way, order = ("<", "DESC") if newest else (">", "ASC")
        query = (
            f"SELECT id, body FROM notice WHERE owner = %s AND (%s::uuid IS NULL OR id {way} %s) ORDER BY id {order}"
            " LIMIT %s"
        )
        return await rows(self._connection, query, (owner, after, after, limit))
