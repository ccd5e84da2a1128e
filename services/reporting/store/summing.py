"""Summing up all facts at once, for a rebuild: what following adds step by step is added here table by table."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date
from itertools import islice
from typing import Any, cast

from psycopg import sql

from services.reporting.rules.cells import MEASURES, MONEY_PLACE, Cells, Deltas
from services.reporting.rules.facts import KINDS
from services.reporting.rules.leads import LeadKey, Spans
from services.reporting.store.following import LeadOf
from services.shared.database import Connection

COUNTS = 2
"""Measures that count projects stand before those of money."""
_KEY = "plan, edition, year, source, agency, fund_class, stage, on_day, node"
_COUNTED = """
CREATE TEMPORARY TABLE counted (
    plan varchar, edition int, year int, source varchar, agency varchar, fund_class varchar, stage varchar,
    on_day date, node varchar, projects bigint, covering bigint
) ON COMMIT DROP
"""


class SummingStore:
    """Writes within the transaction of a rebuild; the tables of sums are empty before."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self) -> None:
        """Make room for counts until they are summed up."""
        await self._connection.execute(_COUNTED)

    async def add_counts(self, deltas: Deltas) -> None:
        """Put the counts of some projects aside."""
        async with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY counted ({_KEY}, projects, covering) FROM STDIN") as copy,
        ):
            for (cut, year, source, on, node), values in deltas.items():
                if values[0] or values[1]:
                    await copy.write_row((*cut[:2], year, source, *cut[2:], on, node, *values[:COUNTS]))

    async def sum_up(self) -> None:
        """Fill the cells by lead, class and stage from the counts and from the facts about money that stand, and the
        cells of all projects together from those."""
        await self._connection.execute("ANALYZE counted")
        for statement in (_FINE_CELLS, "ANALYZE fine_cell", _CELLS):
            await self._connection.execute(cast(Any, statement))

    async def leads(self) -> AsyncIterator[tuple[LeadOf, list[tuple[str, date, int]]]]:
        """By lead, year and source how the projects at each node itself change: node, day, change."""
        query = (
            "SELECT plan, edition, agency, year, source, node, on_day, sum(projects)::bigint AS projects"
            " FROM fine_cell WHERE projects <> 0 GROUP BY plan, edition, agency, year, source, node, on_day"
            " ORDER BY plan, edition, agency, year, source"
        )
        last: LeadOf | None = None
        held: list[tuple[str, date, int]] = []
        async with self._connection.cursor("leads") as cursor:
            cursor.itersize = 20_000
            await cursor.execute(cast(Any, query))
            async for row in cursor:
                lead = row["plan"], row["edition"], row["agency"], row["year"], row["source"]
                if lead != last and last is not None:
                    yield last, held
                    held = []
                last = lead
                held.append((row["node"], row["on_day"], row["projects"]))
        if last is not None:
            yield last, held

    async def add_spans(self, spans: Mapping[LeadKey, Spans]) -> None:
        """Write spans of leads, none of which was written before."""
        columns = "plan, edition, agency, year, source, node, days"
        await self._copy(f"lead_span ({columns})", ((*key, list(days)) for key, days in spans.items()))

    async def open_leads(self) -> None:
        """Make room for changes of distinct leads until they are summed up."""
        await self._connection.execute(
            "CREATE TEMPORARY TABLE led (plan varchar, edition int, year int, source varchar, grain varchar,"
            " period date, node varchar, leads bigint) ON COMMIT DROP"
        )

    async def add_leads(self, cells: Cells) -> None:
        """Put changes of distinct leads aside."""
        await self._copy("led", ((*key, sums[len(MEASURES)]) for key, sums in cells.items()))

    async def sum_up_leads(self) -> None:
        """Add the changes of distinct leads to the cells."""
        await self._connection.execute(
            "INSERT INTO cell AS held (plan, edition, year, source, grain, period, node, projects, covering, committed,"
            " received, disbursed, spent, refunded, leads)"
            " SELECT plan, edition, year, source, grain, period, node, 0, 0, 0, 0, 0, 0, 0, sum(leads) FROM led"
            " GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(leads) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7"
            " ON CONFLICT (plan, edition, year, source, grain, period, node)"
            " DO UPDATE SET leads = held.leads + excluded.leads"
        )

    async def _copy(self, target: str, given: Iterable[tuple[Any, ...]]) -> None:
        waiting = iter(given)
        while chunk := list(islice(waiting, 10_000)):
            async with (
                self._connection.cursor() as cursor,
                cursor.copy(sql.SQL(f"COPY {target} FROM STDIN")) as copy,
            ):
                for row in chunk:
                    await copy.write_row(row)


_SUMS = ", ".join(f"sum({name})::bigint" for name in MEASURES)
_ANY = " OR ".join(f"sum({name}) <> 0" for name in MEASURES)
# A fact comes on its first day and goes after its last; it passes four filters: its year or any, its source or any.
_MONEY = ", ".join(
    f"CASE kind WHEN '{kind}' THEN sign * fen ELSE 0 END AS {MEASURES[place]}" for kind, place in MONEY_PLACE.items()
)
_FINE_CELLS = (
    f"INSERT INTO fine_cell ({_KEY}, {', '.join(MEASURES)}) SELECT {_KEY}, {_SUMS} FROM ("
    f"SELECT {_KEY}, projects, covering, {', '.join('0' for _ in KINDS)} FROM counted"
    " UNION ALL SELECT plan, edition, passed.year, passed.source, agency, fund_class, stage, day.on_day, task, 0, 0,"
    f" {_MONEY} FROM money_fact"
    " CROSS JOIN LATERAL (VALUES (0, ''), (year, ''), (0, source), (year, source)) AS passed (year, source)"
    " CROSS JOIN LATERAL (VALUES (from_on, 1), (until_on, -1)) AS day (on_day, sign)"
    " WHERE known_until = 9223372036854775807 AND fen <> 0 AND on_day < '9999-12-31'"
    f") AS one ({_KEY}, {', '.join(MEASURES)}) GROUP BY {_KEY} HAVING {_ANY} ORDER BY {_KEY}"
)
_WHERE = "plan, edition, year, source"
_CELLS = (
    f"INSERT INTO cell ({_WHERE}, grain, period, node, {', '.join(MEASURES)}, leads)"
    f" SELECT {_WHERE}, kept_by.grain, kept_by.period, node, {_SUMS}, 0 FROM ("
    f" SELECT {_WHERE}, on_day, node, {', '.join(f'sum({name})::bigint AS {name}' for name in MEASURES)}"
    f" FROM fine_cell GROUP BY {_WHERE}, on_day, node) AS by_day"
    " CROSS JOIN LATERAL (VALUES ('y', make_date(extract(year FROM on_day)::int, 1, 1)),"
    " ('m', on_day - extract(day FROM on_day)::int + 1),"
    " ('t', on_day - extract(day FROM on_day)::int + 1 + 10 * least(2, (extract(day FROM on_day)::int - 1) / 10)),"
    " ('d', on_day)) AS kept_by (grain, period)"
    f" GROUP BY {_WHERE}, kept_by.grain, kept_by.period, node HAVING {_ANY}"
    f" ORDER BY {_WHERE}, kept_by.grain, kept_by.period, node"
)
