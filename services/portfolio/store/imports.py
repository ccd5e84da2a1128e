"""Imports: the files as they came, the queue, the rows with their verdicts, and what rows are compared with."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.portfolio.contract import AppliedRow
from services.portfolio.store import alike
from services.shared.database import Connection, arrays, one, rows

PART = 1 << 20
"""Bytes of a file that lie in one row."""
STALE_SECONDS = 30
"""An import whose worker was not heard of for so long is taken up by another one."""


class ImportStore:
    """Reads and writes of imports within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, row: dict[str, Any]) -> None:
        """Write an import that waits for a worker."""
        await self._connection.execute(
            "INSERT INTO import_run (id, plan, status, created_by, caller, digest, body)"
            " VALUES (%(id)s, %(plan)s, 'queued', %(created_by)s, %(caller)s, %(digest)s, %(body)s)",
            row,
        )

    async def add_part(self, digest: str, place: int, content: bytes) -> None:
        """Write a piece of a file; the same file again is kept once."""
        await self._connection.execute(
            "INSERT INTO import_part (digest, place, content) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (digest, place, content),
        )

    async def parts(self, digest: str) -> AsyncIterator[bytes]:
        """The pieces of a file, one at a time."""
        place = 0
        query = "SELECT content FROM import_part WHERE digest = %s AND place = %s"
        while (found := await one(self._connection, query, (digest, place))) is not None:
            yield bytes(found["content"])
            place += 1

    async def run(self, id: UUID) -> dict[str, Any] | None:
        """An import: who made it, which file, how it stands, the sheets that were read."""
        query = "SELECT id, plan, created_by, caller, digest, sheets, body FROM import_run WHERE id = %s"
        return await one(self._connection, query, (id,))

    async def runs(self, subject: str | None, before: UUID | None, limit: int) -> list[dict[str, Any]]:
        """Imports, the latest first; with a subject only those that it made."""
        return await rows(
            self._connection,
            "SELECT id, body FROM import_run WHERE (%s::varchar IS NULL OR created_by = %s)"
            " AND (%s::uuid IS NULL OR id < %s) ORDER BY id DESC LIMIT %s",
            (subject, subject, before, before, limit),
        )

    async def claim(self, worker: UUID) -> UUID | None:
        """Take the import that has waited longest, or one whose worker died."""
        found = await one(
            self._connection,
            "UPDATE import_run SET status = 'running', worker = %s, heard_at = clock_timestamp() WHERE id = ("
            " SELECT id FROM import_run WHERE status = 'queued' OR (status = 'running'"
            f" AND heard_at < clock_timestamp() - interval '{STALE_SECONDS} seconds')"
            " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
            (worker,),
        )
        return found["id"] if found else None

    async def hear(self, id: UUID, worker: UUID, body: str) -> None:
        """Keep how far the worker is, and that it lives."""
        await self._connection.execute(
            "UPDATE import_run SET body = %s, heard_at = clock_timestamp() WHERE id = %s AND worker = %s",
            (body, id, worker),
        )

    async def finish(self, id: UUID, worker: UUID, status: str, body: str, sheets: str) -> bool:
        """Write how the import ended; False where it is another worker's by now."""
        done = await self._connection.execute(
            "UPDATE import_run SET status = %s, body = %s, sheets = %s, worker = NULL, heard_at = clock_timestamp()"
            " WHERE id = %s AND worker = %s",
            (status, body, sheets, id, worker),
        )
        return done.rowcount == 1

    async def died(self, id: UUID, worker: UUID) -> int:
        """Count that the worker's child died, and let the import be taken up again; how often that was, 0 where the
        import is another worker's by now."""
        found = await one(
            self._connection,
            "UPDATE import_run SET deaths = deaths + 1, heard_at = '-infinity' WHERE id = %s AND worker = %s"
            " RETURNING deaths",
            (id, worker),
        )
        return int(found["deaths"]) if found else 0

    async def now(self) -> datetime:
        """The moment, by the database's clock."""
        found = await one(self._connection, "SELECT clock_timestamp() AS now")
        assert found is not None
        moment: datetime = found["now"]
        return moment

    async def clear_rows(self, id: UUID) -> None:
        """Forget the rows of an earlier attempt."""
        await self._connection.execute("DELETE FROM import_row WHERE import = %s", (id,))

    async def add_rows(self, id: UUID, place: int, found: Sequence[AppliedRow]) -> None:
        """Write rows from a place on, all in one statement."""
        if not found:
            return
        await self._connection.execute(
            "INSERT INTO import_row (import, place, verdict, body)"
            " SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::text[])",
            (id, *arrays([(place + i, row.verdict, row.model_dump_json()) for i, row in enumerate(found)])),
        )

    async def rows(self, id: UUID, verdict: str | None, after: int, limit: int) -> list[dict[str, Any]]:
        """place and body of rows, in the order of the file."""
        return await rows(
            self._connection,
            "SELECT place, body FROM import_row WHERE import = %s AND place > %s"
            " AND (%s::varchar IS NULL OR verdict = %s) ORDER BY place LIMIT %s",
            (id, after, verdict, verdict, limit),
        )

    async def forget_files(self, days: int) -> None:
        """Erase files and rows of imports that ended so many days ago; that they were stays known."""
        old = "status IN ('done', 'failed') AND heard_at < now() - make_interval(days => %(days)s)"
        for statement in (
            f"DELETE FROM import_row WHERE import IN (SELECT id FROM import_run WHERE {old})",
            "DELETE FROM import_part WHERE NOT EXISTS (SELECT FROM import_run"
            f" WHERE import_run.digest = import_part.digest AND NOT ({old}))",
        ):
            await self._connection.execute(statement, {"days": days})

    # what rows are compared with

    async def lock_plan(self, plan: str) -> None:
        """One import of a plan is applied at a time; the lock ends with the transaction."""
        await self._connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('import:' || %s, 0))", (plan,))

    async def agencies(self, ids: Iterable[str], scope: str | None) -> dict[str, bool]:
        """Of the agencies that are registered: whether the scope covers it."""
        found = await rows(
            self._connection,
            "WITH RECURSIVE below (id) AS (SELECT id FROM agency WHERE id = %s UNION"
            " SELECT agency.id FROM agency JOIN below ON agency.parent = below.id)"
            " SELECT id, (%s::varchar IS NULL OR id IN (SELECT id FROM below)) AS covered"
            " FROM agency WHERE id = ANY(%s)",
            (scope, scope, list(ids)),
        )
        return {row["id"]: row["covered"] for row in found}

    async def standing(self, plan: str, numbers: Iterable[str], ids: Iterable[UUID]) -> list[dict[str, Any]]:
        """The projects of a plan that bear one of some numbers or ids, void and withdrawn ones left out."""
        return await rows(
            self._connection,
            "SELECT id, lead, issuer, number_key, personal, body FROM project WHERE plan = %s"
            " AND (number_key = ANY(%s) OR id = ANY(%s)) AND record_status NOT IN ('void', 'withdrawn')",
            (plan, list(numbers), list(ids)),
        )

    async def movements(self, projects: Sequence[UUID]) -> list[str]:
        """The bodies of the movements of some projects."""
        found = await rows(self._connection, "SELECT body FROM movement WHERE project = ANY(%s)", (list(projects),))
        return [row["body"] for row in found]

    async def alike(self, keys: Sequence[dict[str, Any]], scope: str | None) -> dict[int, list[dict[str, Any]]]:
        """For each of some projects that are to be registered, by its place among them: those that may be the same."""
        if not keys:
            return {}
        names = ("number_key", "lead", "title_key", "leader_key")
        columns = arrays([(*(key[name] for name in names), _literal(key["title_bands"])) for key in keys])
        values = dict(zip((*names, "title_bands"), columns, strict=True)) | {"scope": scope}
        found: dict[int, list[dict[str, Any]]] = {}
        for row in await rows(self._connection, alike.OF_MANY, values):
            found.setdefault(row["place"] - 1, []).append(row)
        return found


def _literal(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
