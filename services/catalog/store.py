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

    async def lock(self, kind: str, code: str) -> None:
        """Let nobody else write this plan or vocabulary meanwhile, even where it has no row yet."""
        await self._connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (f"{kind}:{code}",))

    async def add_plan(self, slug: str, edition: int, digest: str, summary: str, document: str) -> None:
        """Write an edition."""
        await self._connection.execute(
            "INSERT INTO plan (slug, edition, status, published_at, digest, summary, document)"
            " VALUES (%s, %s, 'published', now(), %s, %s, %s)",
            (slug, edition, digest, summary, document),
        )

    async def add_nodes(self, nodes: Sequence[Node], sounds: rules.Sounds) -> None:
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
                "INSERT INTO search_gram (slug, edition, gram, code, weight) VALUES (%s, %s, %s, %s, %s)",
                [
                    (n.plan, n.edition, gram, n.code, weight)
                    for n in nodes
                    for gram, weight in sorted(rules.grams_of(n).items())
                ],
            )
            await cursor.executemany(
                "INSERT INTO search_word (slug, edition, word, code, weight) VALUES (%s, %s, %s, %s, %s)",
                [
                    (n.plan, n.edition, w, n.code, weight)
                    for n in nodes
                    for w, weight in sorted(rules.words_of(n, sounds).items())
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

    async def found(
        self, slug: str, edition: int, q: str, level: str | None, parent: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Nodes that a search finds, best first: by a whole word or its beginning, or by its pairs of characters."""
        return await rows(self._connection, SEARCH, search_values(slug, edition, q, level, parent, limit))

    # vocabularies and targets

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


def search_values(slug: str, edition: int, q: str, level: str | None, parent: str | None, limit: int) -> dict[str, Any]:
    """What SEARCH is run with: codes keep their points and hyphens, words lose them."""
    key = match_key(q)
    code = "".join(q.split()).casefold()
    pairs = [gram for gram in bigrams(q) if len(gram) == min(2, len(key))]
    return {
        "slug": slug,
        "edition": edition,
        "keys": [found for found in {key, code} if match_key(found)],
        "end": "\U0010ffff",
        "pairs": pairs,
        "count": len(pairs),
        "level": level,
        "parent": parent,
        "limit": limit,
    }


SEARCH = """
WITH hit AS (
    SELECT code, weight * CASE WHEN word = key THEN 2 ELSE 1 END AS weight
    FROM unnest(%(keys)s::text[]) AS key
    JOIN search_word ON slug = %(slug)s AND edition = %(edition)s AND word >= key AND word < key || %(end)s
  UNION ALL
    SELECT code, min(weight) FROM search_gram
    WHERE slug = %(slug)s AND edition = %(edition)s AND gram = ANY(%(pairs)s)
    GROUP BY code HAVING count(*) = %(count)s
), best AS (SELECT code, max(weight) AS weight FROM hit GROUP BY code)
SELECT node.place AS key, node.body FROM best
JOIN node ON node.slug = %(slug)s AND node.edition = %(edition)s AND node.code = best.code
WHERE (%(level)s::text IS NULL OR node.level = %(level)s) AND (%(parent)s::text IS NULL OR node.parent = %(parent)s)
ORDER BY best.weight DESC, node.place LIMIT %(limit)s
"""
