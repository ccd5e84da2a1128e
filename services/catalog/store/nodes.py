"""Statements about a plan's nodes, and the search for them."""

from collections.abc import Sequence
from typing import Any

from services.catalog import rules
from services.catalog.contract import Node
from services.shared.database import Connection, one, rows
from services.shared.text import bigrams, match_key


class NodeStore:
    """The nodes of editions."""

    _connection: Connection

    async def remove_nodes(self, slug: str, edition: int) -> None:
        """Take the nodes of a draft away, and what finds them: others come in their place."""
        for table in ("node", "search_gram", "search_word"):
            await self._connection.execute(
                f"DELETE FROM {table} WHERE slug = %s AND edition = %s".encode(), (slug, edition)
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
