"""Statements that page through everything that follows from the catalog's journal, and find what lacks."""

from dataclasses import dataclass
from typing import Any, LiteralString

from services.shared.comparing import PAGE
from services.shared.database import Connection, Row, rows


@dataclass(frozen=True)
class Kept:
    """A table whose rows are what entries say: by which columns it is paged, and which entries say it."""

    table: str
    keys: tuple[str, ...]
    subject: LiteralString
    """SQL: the subject of a row's entries."""
    kinds: tuple[str, ...]
    serial: LiteralString | None = None
    """SQL: the serial of the one entry of a row; None where the last one says what stands."""


class CheckStore:
    """Reads within one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, kept: Kept, after: tuple[Any, ...] | None) -> list[Row]:
        """Rows after a key, each with the `subject` of its entries and the `said_at` of the one that says it."""
        keys = ", ".join(kept.keys)
        where = f"WHERE ({keys}) > ({', '.join(['%s'] * len(kept.keys))})" if after else ""
        query = (
            f"SELECT *, {kept.subject} AS subject, {kept.serial or 'NULL::int'} AS said_at FROM {kept.table} {where}"
            f" ORDER BY {keys} LIMIT %s"
        )
        return await rows(self._connection, query, (*(after or ()), PAGE))

    async def lacking(self, kept: Kept, most: int) -> list[Row]:
        """Entries that say something of a row that is not there."""
        serial = f" AND {kept.serial} = entry.serial" if kept.serial else ""
        query = (
            "SELECT subject, max(position) AS position FROM journal_entry AS entry"
            " LEFT JOIN journal_position ON journal_position.entry = entry.id WHERE kind = ANY(%s)"
            f" AND NOT EXISTS (SELECT FROM {kept.table} WHERE {kept.subject} = entry.subject{serial})"
            " GROUP BY subject ORDER BY subject LIMIT %s"
        )
        return await rows(self._connection, query, (list(kept.kinds), most))

    async def nodes(self, slug: str, edition: int) -> list[str]:
        """The nodes of an edition, in their order."""
        query = "SELECT body FROM node WHERE slug = %s AND edition = %s ORDER BY place"
        return [row["body"] for row in await rows(self._connection, query, (slug, edition))]

    async def crosswalk(self, slug: str, edition: int) -> str | None:
        """The crosswalk to an edition."""
        query = "SELECT body FROM crosswalk WHERE slug = %s AND edition = %s"
        found = await rows(self._connection, query, (slug, edition))
        return found[0]["body"] if found else None
