"""What was entered between two positions: found by index, whatever the size of the portfolio."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.shared.database import Connection, Row, one, rows


class Between(NamedTuple):
    """After one position of the portfolio's journal, up to another; leads, where the question is narrowed to some."""

    plan: str
    after: int
    until: int
    agencies: tuple[str, ...] | None


class DiffStore:
    """Reads of one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def changed(self, between: Between, last: UUID, limit: int) -> list[UUID]:
        """The projects that something was entered of, by id after one."""
        query = f"SELECT id FROM ({CHANGED}) AS changed WHERE id > %(last)s ORDER BY id LIMIT %(limit)s"
        values = _values(between) | {"last": last, "limit": limit}
        return [row["id"] for row in await rows(self._connection, query, values)]

    async def counts(self, between: Between) -> Row:
        """How many they are: projects, added, changed, removed, with_money_moved."""
        found = await one(self._connection, COUNTS, _values(between))
        assert found is not None, "a count is always one row"
        return found

    async def movements(self, between: Between, ids: Sequence[UUID]) -> list[Row]:
        """The movements of some projects that came between, in the order of positions."""
        query = (
            "SELECT project, id, kind, on_day, year, source, fen, known_from FROM movement"
            " WHERE project = ANY(%(ids)s::uuid[]) AND known_from > %(after)s AND known_from <= %(until)s"
            " ORDER BY project, known_from, id"
        )
        return await rows(self._connection, query, _values(between) | {"ids": list(ids)})

    async def entries(self, between: Between, ids: Sequence[UUID]) -> list[Row]:
        """What was entered of some projects: project, position, kind, recorded_at."""
        query = (
            "SELECT project, position, kind, recorded_at FROM ("
            " SELECT id AS project, known_from AS position, 'project' AS kind FROM project_version"
            " WHERE id = ANY(%(ids)s::uuid[]) AND known_from > %(after)s AND known_from <= %(until)s"
            " UNION SELECT project, known_from, 'relation' FROM relation"
            " WHERE project = ANY(%(ids)s::uuid[]) AND known_from > %(after)s AND known_from <= %(until)s"
            " UNION SELECT project, known_from, 'movement' FROM movement AS moved"
            " WHERE project = ANY(%(ids)s::uuid[]) AND known_from > %(after)s AND known_from <= %(until)s"
            " AND NOT EXISTS (SELECT FROM project_version AS made"
            " WHERE made.id = moved.project AND made.known_from = moved.known_from)"
            ") AS entered LEFT JOIN applied_moment USING (position)"
            " WHERE coalesce(journal, 'portfolio') = 'portfolio' ORDER BY project, position"
        )
        return await rows(self._connection, query, _values(between) | {"ids": list(ids)})

    async def targets(self, plan: str, after: int, until: int) -> list[Row]:
        """The targets that were set: node, year, sources, fen, before (fen or null), document, position."""
        query = (
            "SELECT now.node, now.year, now.sources, now.fen, was.fen AS before, now.source_document AS document,"
            " now.known_from AS position FROM target AS now LEFT JOIN target AS was ON (was.plan, was.node, was.year,"
            " was.sources, was.known_until) = (now.plan, now.node, now.year, now.sources, now.known_from)"
            " WHERE now.plan = %s AND now.known_from > %s AND now.known_from <= %s ORDER BY now.known_from"
        )
        return await rows(self._connection, query, (plan, after, until))

    async def editions(self, plan: str, after: int, until: int) -> list[Row]:
        """The editions that were published: edition, position."""
        query = (
            "SELECT edition, known_from AS position FROM plan WHERE slug = %s AND known_from > %s AND known_from <= %s"
            " ORDER BY edition"
        )
        return await rows(self._connection, query, (plan, after, until))


def _values(between: Between) -> dict[str, Any]:
    agencies = None if between.agencies is None else list(between.agencies)
    return {"plan": between.plan, "after": between.after, "until": between.until, "agencies": agencies}


# The three look into indexes by known_from, so that the entries between the positions decide what it costs.
_ENTERED = (
    "SELECT id FROM project_version WHERE known_from > %(after)s AND known_from <= %(until)s"
    " UNION SELECT project FROM movement WHERE known_from > %(after)s AND known_from <= %(until)s"
    " UNION SELECT project FROM relation WHERE known_from > %(after)s AND known_from <= %(until)s"
)
# A project is of the question if its lead is, on either side.
CHANGED = (
    f"SELECT id FROM ({_ENTERED}) AS entered WHERE EXISTS (SELECT FROM project_version AS version"
    " WHERE version.id = entered.id AND version.plan = %(plan)s AND known_from <= %(until)s AND known_until > %(after)s"
    " AND (%(agencies)s::text[] IS NULL OR version.lead = ANY(%(agencies)s::text[])))"
)
# A published project has a title's key, whatever its title; what is not published has none (rules/traits.py). So no
# document is read to count.
COUNTS = (
    "SELECT count(*) AS projects, count(*) FILTER (WHERE was.id IS NULL) AS added,"
    " count(*) FILTER (WHERE was.id IS NOT NULL AND NOT (was.title_key <> '' AND now.title_key = '')) AS changed,"
    " count(*) FILTER (WHERE was.title_key <> '' AND now.title_key = '') AS removed,"
    " count(*) FILTER (WHERE EXISTS (SELECT FROM movement WHERE movement.project = changed.id"
    " AND movement.known_from > %(after)s AND movement.known_from <= %(until)s)) AS with_money_moved"
    f" FROM ({CHANGED}) AS changed"
    " JOIN project_version AS now ON now.id = changed.id"
    " AND now.known_from <= %(until)s AND now.known_until > %(until)s"
    " LEFT JOIN project_version AS was ON was.id = changed.id"
    " AND was.known_from <= %(after)s AND was.known_until > %(after)s"
)
