"""Statements that page through everything that follows from the journal, and find what lacks."""

from collections.abc import Sequence
from uuid import UUID

from services.shared.comparing import PAGE
from services.shared.database import Connection, Row, rows

_BELONGING = {
    "share": "SELECT project, valid_from, code, weight FROM share",
    "budget_line": "SELECT project, year, source, heading, amount FROM budget_line",
    "relation": "SELECT project, other, kind, body FROM relation",
    "change_request": "SELECT project, number, status, body FROM change_request",
}


class CheckStore:
    """Reads within one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def agencies(self, after: str) -> list[Row]:
        """Agencies after one, by id."""
        query = "SELECT id, parent, version, body FROM agency WHERE id > %s ORDER BY id LIMIT %s"
        return await rows(self._connection, query, (after, PAGE))

    async def projects(self, after: UUID | None) -> list[Row]:
        """Projects after one, whole rows, by id."""
        query = "SELECT * FROM project WHERE %s::uuid IS NULL OR id > %s ORDER BY id LIMIT %s"
        return await rows(self._connection, query, (after, after, PAGE))

    async def belonging(self, table: str, projects: Sequence[UUID]) -> dict[UUID, list[Row]]:
        """The shares, budget lines, relations or change requests of some projects."""
        found: dict[UUID, list[Row]] = {}
        query = _BELONGING[table] + " WHERE project = ANY(%s)"
        for row in await rows(self._connection, query, (list(projects),)):
            found.setdefault(row["project"], []).append(row)
        return found

    async def movements(self, project: UUID) -> list[Row]:
        """The movements of a project."""
        query = "SELECT id, kind, on_day, year, source, amount, origin, body FROM movement WHERE project = %s"
        return await rows(self._connection, query, (project,))

    async def lacking(self, table: str, kind: str, most: int) -> list[Row]:
        """The entries that registered an agency or a project that has no row."""
        query = (
            "SELECT subject, position FROM journal_entry"
            " LEFT JOIN journal_position ON journal_position.entry = journal_entry.id"
            f" WHERE kind = %s AND NOT EXISTS (SELECT FROM {table} WHERE {table}.id::text = subject)"
            " ORDER BY subject LIMIT %s"
        )
        return await rows(self._connection, query, (kind, most))

    async def salted_values(self, hashes: Sequence[str]) -> dict[str, tuple[str, str]]:
        """By hash the salt and the value that are kept."""
        query = "SELECT hash, salt, value FROM personal_value WHERE hash = ANY(%s)"
        found = await rows(self._connection, query, (list(hashes),))
        return {row["hash"]: (row["salt"], row["value"]) for row in found}
