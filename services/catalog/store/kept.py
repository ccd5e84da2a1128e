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

    async def targets(self, slug: str, node: str | None = None, year: int | None = None) -> list[dict[str, Any]]:
        """The targets of a plan that stand; of one node or year alone where it is given."""
        return await rows(
            self._connection,
            "SELECT body FROM target WHERE slug = %(slug)s AND node = coalesce(%(node)s, node)"
            " AND year = coalesce(%(year)s::int, year) ORDER BY node, year, sources",
            {"slug": slug, "node": node, "year": year},
        )

    async def target_history(self, slug: str, node: str | None = None, year: int | None = None) -> list[dict[str, Any]]:
        """Every version of the targets of a plan, in their order."""
        return await rows(
            self._connection,
            "SELECT body FROM target_version WHERE slug = %(slug)s AND node = coalesce(%(node)s, node)"
            " AND year = coalesce(%(year)s::int, year) ORDER BY node, year, sources, version",
            {"slug": slug, "node": node, "year": year},
        )

    async def target(self, slug: str, node: str, year: int, sources: str) -> dict[str, Any] | None:
        """The version of a target that stands."""
        query = "SELECT version, body FROM target WHERE slug = %s AND node = %s AND year = %s AND sources = %s"
        return await one(self._connection, query, (slug, node, year, sources))

    async def latest_target(self, slug: str, node: str, year: int, sources: str) -> dict[str, Any] | None:
        """The latest version of a target, standing or proposed."""
        return await one(
            self._connection,
            "SELECT version, body FROM target_version WHERE slug = %s AND node = %s AND year = %s AND sources = %s"
            " ORDER BY version DESC LIMIT 1",
            (slug, node, year, sources),
        )

    async def add_target_version(self, slug: str, node: str, year: int, sources: str, version: int, body: str) -> None:
        """Write a version of a target."""
        await self._connection.execute(
            "INSERT INTO target_version (slug, node, year, sources, version, body) VALUES (%s, %s, %s, %s, %s, %s)",
            (slug, node, year, sources, version, body),
        )

    async def set_target(self, slug: str, node: str, year: int, sources: str, version: int, body: str) -> None:
        """Let a version of a target stand."""
        await self._connection.execute(
            "INSERT INTO target (slug, node, year, sources, version, body) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (slug, node, year, sources)"
            " DO UPDATE SET version = excluded.version, body = excluded.body",
            (slug, node, year, sources, version, body),
        )

    async def responsibilities(self, slug: str, node: str | None = None) -> list[dict[str, Any]]:
        """Who answers for the nodes of a plan, or for one of them."""
        query = (
            "SELECT node, version, body FROM responsibility WHERE slug = %s AND node = coalesce(%s, node) ORDER BY node"
        )
        return await rows(self._connection, query, (slug, node))

    async def set_responsibilities(self, slug: str, node: str, version: int, body: str) -> None:
        """Write who answers for a node."""
        await self._connection.execute(
            "INSERT INTO responsibility (slug, node, version, body) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (slug, node) DO UPDATE SET version = excluded.version, body = excluded.body",
            (slug, node, version, body),
        )

    async def observations(self, slug: str, indicator: str) -> list[dict[str, Any]]:
        """All observations of an indicator, in the order of entry."""
        query = "SELECT body FROM observation WHERE slug = %s AND indicator = %s ORDER BY serial"
        return await rows(self._connection, query, (slug, indicator))

    async def add_observation(self, slug: str, indicator: str, serial: int, year: int, body: str) -> None:
        """Write an observation."""
        await self._connection.execute(
            "INSERT INTO observation (slug, indicator, serial, year, body) VALUES (%s, %s, %s, %s, %s)",
            (slug, indicator, serial, year, body),
        )
