"""Samples and findings: what auditors keep beside snapshots."""

from datetime import date
from uuid import UUID

from services.shared.database import Connection, Row, one, rows


class DeskStore:
    """Reads and writes within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_sample(self, id: UUID, snapshot: UUID, body: str) -> None:
        """Keep a sample."""
        await self._connection.execute(
            "INSERT INTO sample (id, snapshot, body) VALUES (%s, %s, %s)", (id, snapshot, body)
        )

    async def sample(self, snapshot: UUID, id: UUID) -> Row | None:
        """The body of a sample."""
        return await one(self._connection, "SELECT body FROM sample WHERE id = %s AND snapshot = %s", (id, snapshot))

    async def samples(self, snapshot: UUID, after: UUID, limit: int) -> list[Row]:
        """id and body of the samples of a snapshot, in the order in which they were drawn."""
        query = "SELECT id, body FROM sample WHERE snapshot = %s AND id > %s ORDER BY id LIMIT %s"
        return await rows(self._connection, query, (snapshot, after, limit))

    async def add_finding(
        self, id: UUID, snapshot: UUID, status: str, severity: str, due_on: date | None, body: str
    ) -> None:
        """Keep a finding."""
        await self._connection.execute(
            "INSERT INTO finding (id, snapshot, version, status, severity, due_on, body)"
            " VALUES (%s, %s, 1, %s, %s, %s, %s)",
            (id, snapshot, status, severity, due_on, body),
        )

    async def finding(self, snapshot: UUID, id: UUID, lock: bool = False) -> Row | None:
        """version, status and body of a finding."""
        query = "SELECT version, status, body FROM finding WHERE id = %s AND snapshot = %s"
        return await one(self._connection, query + (" FOR UPDATE" if lock else ""), (id, snapshot))

    async def findings(
        self,
        snapshot: UUID,
        status: str | None,
        severity: str | None,
        overdue: date | None,
        after: UUID,
        limit: int,
    ) -> list[Row]:
        """id and body of findings, in the order in which they were entered; `overdue`: those that were to be answered
        before a day and are open."""
        query = (
            "SELECT id, body FROM finding WHERE snapshot = %(snapshot)s AND id > %(after)s"
            " AND (%(status)s::varchar IS NULL OR status = %(status)s)"
            " AND (%(severity)s::varchar IS NULL OR severity = %(severity)s)"
            " AND (%(overdue)s::date IS NULL OR (due_on < %(overdue)s AND status = 'open'))"
            " ORDER BY id LIMIT %(limit)s"
        )
        values = {"snapshot": snapshot, "status": status, "severity": severity, "overdue": overdue}
        return await rows(self._connection, query, values | {"after": after, "limit": limit})

    async def change_finding(self, id: UUID, version: int, status: str, due_on: date | None, body: str) -> None:
        """Write how a finding stands after a step."""
        await self._connection.execute(
            "UPDATE finding SET version = %s, status = %s, due_on = %s, body = %s WHERE id = %s",
            (version, status, due_on, body, id),
        )

    async def add_step(self, finding: UUID, place: int, body: str) -> None:
        """Keep a step, for ever."""
        await self._connection.execute(
            "INSERT INTO finding_step (finding, place, body) VALUES (%s, %s, %s)", (finding, place, body)
        )
