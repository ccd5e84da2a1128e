"""Statements about vocabularies, targets, responsibilities and observations."""

from typing import Any

from services.shared.database import Connection, one, rows


class KeptStore:
    """What editors keep beside the plans."""

    _connection: Connection

    async def vocabularies(self) -> list[str]:
        """All vocabularies, as answered."""
        return [row["body"] for row in await rows(self._connection, "SELECT body FROM vocabulary ORDER BY code")]

    async def vocabulary(self, code: str) -> dict[str, Any] | None:
        """A vocabulary with its version."""
        return await one(self._connection, "SELECT version, body FROM vocabulary WHERE code = %s", (code,))

    async def set_vocabulary(self, code: str, version: int, body: str) -> None:
        """Write a vocabulary's next version."""
        await self._connection.execute(
            "INSERT INTO vocabulary (code, version, body) VALUES (%s, %s, %s)"
            " ON CONFLICT (code) DO UPDATE SET version = excluded.version, body = excluded.body",
            (code, version, body),
        )

    async def targets(self, slug: str) -> list[dict[str, Any]]:
        """The targets of a plan that stand."""
        query = "SELECT body FROM target WHERE slug = %s ORDER BY node, year, sources"
        return await rows(self._connection, query, (slug,))

    async def target(self, slug: str, node: str, year: int, sources: str) -> dict[str, Any] | None:
        """The latest version of a target."""
        query = "SELECT version, body FROM target WHERE slug = %s AND node = %s AND year = %s AND sources = %s"
        return await one(self._connection, query, (slug, node, year, sources))

    async def set_target(self, slug: str, node: str, year: int, sources: str, version: int, body: str) -> None:
        """Write a target's next version."""
        await self._connection.execute(
            "INSERT INTO target (slug, node, year, sources, version, body) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (slug, node, year, sources)"
            " DO UPDATE SET version = excluded.version, body = excluded.body",
            (slug, node, year, sources, version, body),
        )
