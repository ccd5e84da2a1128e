"""Every SQL statement of catalog."""

from collections.abc import Sequence
from typing import Any

from services.catalog import rules
from services.catalog.contract import Node
from services.shared.database import Connection, one, rows
from services.shared.text import bigrams, match_key


class CatalogStore:
    """Reads and writes within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # plans

    async def plans(self) -> list[str]:
        """The latest edition of each plan, as answered."""
        query = "SELECT DISTINCT ON (slug) summary FROM plan ORDER BY slug, edition DESC"
        return [row["summary"] for row in await rows(self._connection, query)]

    async def plan(self, slug: str, edition: int | None = None) -> dict[str, Any] | None:
        """An edition of a plan, the latest one by default."""
        return await one(
            self._connection,
            "SELECT slug, edition, status, published_at, digest, summary, document FROM plan"
            " WHERE slug = %s AND (%s::int IS NULL OR edition = %s) ORDER BY edition DESC LIMIT 1",
            (slug, edition, edition),
        )

    async def editions(self, slug: str) -> list[dict[str, Any]]:
        """The editions of a plan."""
        query = "SELECT edition, status, published_at FROM plan WHERE slug = %s ORDER BY edition"
        return await rows(self._connection, query, (slug,))

    async def lock_slug(self, slug: str) -> None:
        """Let nobody else publish this plan meanwhile."""
        await self._connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (f"plan:{slug}",))

    async def add_plan(self, slug: str, edition: int, digest: str, summary: str, document: str) -> None:
        """Write an edition."""
        await self._connection.execute(
            "INSERT INTO plan (slug, edition, status, published_at, digest, summary, document)"
            " VALUES (%s, %s, 'published', now(), %s, %s, %s)",
            (slug, edition, digest, summary, document),
        )

    async def add_nodes(self, nodes: Sequence[Node]) -> None:
        """Write the nodes of an edition with what finds them."""
        async with self._connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO node (slug, edition, code, place, level, parent, title_key, body)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (n.plan, n.edition, n.code, n.order, n.level, n.parent, match_key(n.title), n.model_dump_json())
                    for n in nodes
                ],
            )
            await cursor.executemany(
                "INSERT INTO search_gram (slug, edition, gram, code) VALUES (%s, %s, %s, %s)",
                [(n.plan, n.edition, gram, n.code) for n in nodes for gram in sorted(rules.grams_of(n))],
            )
            await cursor.executemany(
                "INSERT INTO search_word (slug, edition, word, code, weight) VALUES (%s, %s, %s, %s, %s)",
                [
                    (n.plan, n.edition, w, n.code, weight)
                    for n in nodes
                    for w, weight in sorted(rules.words_of(n).items())
                ],
            )

    # nodes

    async def node(self, slug: str, edition: int, code: str) -> str | None:
        """A node, as answered."""
        query = "SELECT body FROM node WHERE slug = %s AND edition = %s AND code = %s"
        found = await one(self._connection, query, (slug, edition, code))
        return found["body"] if found else None

    async def nodes(
        self, slug: str, edition: int, level: str | None, parent: str | None, after: int, limit: int
    ) -> list[dict[str, Any]]:
        """Nodes in plan order."""
        return await rows(
            self._connection,
            "SELECT place AS key, body FROM node WHERE slug = %s AND edition = %s AND place > %s"
            " AND (%s::text IS NULL OR level = %s) AND (%s::text IS NULL OR parent = %s) ORDER BY place LIMIT %s",
            (slug, edition, after, level, level, parent, parent, limit),
        )

    async def found(self, slug: str, edition: int, q: str, level: str | None, limit: int) -> list[dict[str, Any]]:
        """Nodes that a search finds, best first: by the beginning of a word, else by all its pairs of characters."""
        key = match_key(q) if "." not in q and "-" not in q else q.strip().casefold()
        pairs = [gram for gram in bigrams(q) if len(gram) == min(2, len(match_key(q)))]
        values = {"slug": slug, "edition": edition, "key": key, "end": key + "\U0010ffff", "level": level}
        values |= {"pairs": pairs, "count": len(pairs), "limit": limit}
        return await rows(self._connection, SEARCH, values)

    # vocabularies and targets

    async def vocabularies(self) -> list[str]:
        """All vocabularies, as answered."""
        return [row["body"] for row in await rows(self._connection, "SELECT body FROM vocabulary ORDER BY code")]

    async def vocabulary(self, code: str, lock: bool = False) -> dict[str, Any] | None:
        """A vocabulary with its version."""
        query = "SELECT version, body FROM vocabulary WHERE code = %s" + (" FOR UPDATE" if lock else "")
        return await one(self._connection, query, (code,))

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
        """The latest version of a target, locked."""
        query = (
            "SELECT version, body FROM target WHERE slug = %s AND node = %s AND year = %s AND sources = %s FOR UPDATE"
        )
        return await one(self._connection, query, (slug, node, year, sources))

    async def set_target(self, slug: str, node: str, year: int, sources: str, version: int, body: str) -> None:
        """Write a target's next version."""
        await self._connection.execute(
            "INSERT INTO target (slug, node, year, sources, version, body) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (slug, node, year, sources)"
            " DO UPDATE SET version = excluded.version, body = excluded.body",
            (slug, node, year, sources, version, body),
        )


SEARCH = """
WITH hit AS (
    SELECT code, max(weight + CASE WHEN word = %(key)s THEN 1000 ELSE 0 END) AS weight FROM search_word
    WHERE slug = %(slug)s AND edition = %(edition)s AND word >= %(key)s AND word < %(end)s AND %(key)s <> ''
    GROUP BY code
  UNION ALL
    SELECT code, 10 FROM search_gram
    WHERE slug = %(slug)s AND edition = %(edition)s AND gram = ANY(%(pairs)s)
    GROUP BY code HAVING count(*) = %(count)s
), best AS (SELECT code, max(weight) AS weight FROM hit GROUP BY code)
SELECT node.place AS key, node.body FROM best
JOIN node ON node.slug = %(slug)s AND node.edition = %(edition)s AND node.code = best.code
WHERE %(level)s::text IS NULL OR node.level = %(level)s
ORDER BY best.weight DESC, node.place LIMIT %(limit)s
"""
