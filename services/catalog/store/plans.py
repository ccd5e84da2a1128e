"""Statements about editions of plans and the crosswalks between them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.shared.comparing import last_after
from services.shared.database import Connection, one, rows

COLUMNS = "slug, edition, status, published_at, previous, effective_from, serial, digest, summary, document"


class PlanStore:
    """Editions and crosswalks."""

    _connection: Connection

    async def plans(self) -> list[str]:
        """The latest published edition of each plan, as answered."""
        query = "SELECT DISTINCT ON (slug) summary FROM plan WHERE status = 'published' ORDER BY slug, edition DESC"
        return [row["summary"] for row in await rows(self._connection, query)]

    async def plan(self, slug: str, edition: int | None = None, drafts: bool = False) -> dict[str, Any] | None:
        """An edition of a plan, by default the latest published one; an unpublished one only with `drafts`."""
        return await one(
            self._connection,
            f"SELECT {COLUMNS} FROM plan WHERE slug = %(slug)s AND edition = coalesce(%(edition)s::int, edition)"
            " AND (status = 'published' OR (%(drafts)s AND %(edition)s::int IS NOT NULL))"
            " ORDER BY edition DESC LIMIT 1",
            {"slug": slug, "edition": edition, "drafts": drafts},
        )

    async def editions(self, slug: str) -> list[dict[str, Any]]:
        """All editions of a plan."""
        return await rows(
            self._connection,
            "SELECT slug, edition, status, published_at, previous, effective_from, digest FROM plan"
            " WHERE slug = %s ORDER BY edition",
            (slug,),
        )

    async def lock(self, kind: str, code: str) -> None:
        """Let nobody else write this plan or vocabulary meanwhile, even where it has no row yet."""
        await self._connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (f"{kind}:{code}",))

    async def add_plan(self, slug: str, edition: int, digest: str, summary: str, document: str) -> None:
        """Write the first edition, published."""
        await self._connection.execute(
            "INSERT INTO plan (slug, edition, status, published_at, digest, summary, document)"
            " VALUES (%s, %s, 'published', now(), %s, %s, %s)",
            (slug, edition, digest, summary, document),
        )

    async def set_draft(self, slug: str, edition: int, previous: int, digest: str, summary: str, document: str) -> None:
        """Write a draft, or another document over the one that stands."""
        await self._connection.execute(
            "INSERT INTO plan (slug, edition, status, previous, digest, summary, document)"
            " VALUES (%s, %s, 'draft', %s, %s, %s, %s) ON CONFLICT (slug, edition) DO UPDATE"
            " SET digest = excluded.digest, summary = excluded.summary, document = excluded.document,"
            " serial = plan.serial + 1",
            (slug, edition, previous, digest, summary, document),
        )

    async def publish(self, slug: str, edition: int, effective_from: date) -> None:
        """Publish a draft."""
        await self._connection.execute(
            "UPDATE plan SET status = 'published', published_at = now(), effective_from = %s, serial = serial + 1"
            " WHERE slug = %s AND edition = %s",
            (effective_from, slug, edition),
        )

    async def withdraw(self, slug: str, edition: int) -> None:
        """Give a draft up."""
        query = "UPDATE plan SET status = 'withdrawn', serial = serial + 1 WHERE slug = %s AND edition = %s"
        await self._connection.execute(query, (slug, edition))

    async def last_after(self, subject: str, kinds: Sequence[str]) -> Any:
        """after of the last entry of a subject that is of one of some kinds."""
        return await last_after(self._connection, subject, kinds)

    # crosswalks

    async def crosswalks(self, slug: str) -> list[dict[str, Any]]:
        """The crosswalks of a plan, with the status of the edition that each leads to."""
        return await rows(
            self._connection,
            "SELECT plan.edition, plan.previous, plan.status, crosswalk.version, crosswalk.stated, crosswalk.body"
            " FROM crosswalk JOIN plan USING (slug, edition) WHERE slug = %s ORDER BY edition",
            (slug,),
        )

    async def set_crosswalk(self, slug: str, edition: int, version: int, stated: str, body: str) -> None:
        """Write the crosswalk to an edition."""
        await self._connection.execute(
            "INSERT INTO crosswalk (slug, edition, version, stated, body) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (slug, edition) DO UPDATE"
            " SET version = excluded.version, stated = excluded.stated, body = excluded.body",
            (slug, edition, version, stated, body),
        )
