"""Summing up all facts at once, for a rebuild: what following adds step by step is added here table by table."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

from psycopg.rows import tuple_row

from services.reporting.rules.cells import ANY, MEASURES, MONEY_PLACE, Deltas
from services.reporting.rules.facts import KINDS
from services.reporting.rules.leads import LeadKey, Spans, changes_of
from services.reporting.store.following import LeadOf
from services.shared.database import Connection

COUNTS = 2
"""Measures that count projects stand before those of money."""
_KEY = "plan, edition, year, source, agency, fund_class, stage, on_day, node"
_ASIDE = """
CREATE TEMPORARY TABLE led (
    plan varchar, edition int, agency varchar, fund_class varchar, stage varchar, year int, source varchar,
    node varchar, on_day date, leads bigint
) ON COMMIT DROP;
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
        """Make room for what is put aside until it is summed up."""
        await self._connection.execute(_ASIDE)
        await self._connection.execute("SET LOCAL work_mem = '256MB'")

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
        """Fill the cells by lead, class and stage from the counts and from the facts about money that stand."""
        for statement in ("ANALYZE counted", _FINE_CELLS, "ANALYZE fine_cell"):
            await self._connection.execute(cast(Any, statement))

    async def leads(self) -> AsyncIterator[tuple[LeadOf, list[tuple[str, date, int]]]]:
        """By lead how its projects at each node itself change: node, day, change."""
        key = "plan, edition, agency, narrowed.fund_class, narrowed.stage, year, source"
        query = (
            f"SELECT {key}, node, on_day, sum(projects)::bigint FROM fine_cell{_CLASSED}"
            f" WHERE projects <> 0 GROUP BY {key}, node, on_day ORDER BY {key}"
        )
        last: LeadOf | None = None
        held: list[tuple[str, date, int]] = []
        async with self._connection.cursor("leads", row_factory=tuple_row) as cursor:
            cursor.itersize = 20_000
            await cursor.execute(cast(Any, query))
            async for *key_of_lead, node, on, projects in cursor:
                lead = cast(LeadOf, tuple(key_of_lead))
                if lead != last and last is not None:
                    yield last, held
                    held = []
                last = lead
                held.append((node, on, projects))
        if last is not None:
            yield last, held

    async def add_leads(self, spans: Mapping[LeadKey, Spans]) -> None:
        """Write spans of leads, none of which was written before, and put aside what they change in the numbers."""
        changes = (change for key, days in spans.items() for change in changes_of(key, (), days))
        await self._copy(f"lead_span ({_WHERE}, node, days)", map(_span, spans.items()))
        await self._copy(f"led ({_WHERE}, node, on_day, leads)", changes)

    async def sum_up_all(self) -> None:
        """Fill the cells of all projects together, and of those of each lead, class or stage, from those by lead, class
        and stage, and the changes of leads."""
        await self._connection.execute(cast(Any, _CELLS))

    async def _copy(self, target: str, given: Iterable[Sequence[Any]]) -> None:
        async with self._connection.cursor() as cursor, cursor.copy(cast(Any, f"COPY {target} FROM STDIN")) as copy:
            for row in given:
                await copy.write_row(row)


def _span(held: tuple[LeadKey, Spans]) -> tuple[Any, ...]:
    key, days = held
    return (*key, "{" + ",".join(map(str, days)) + "}")


_SUMS = ", ".join(f"sum({name})::bigint" for name in MEASURES)
_SOME = " OR ".join(f"sum({name}) <> 0" for name in MEASURES)
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
    f") AS one ({_KEY}, {', '.join(MEASURES)}) GROUP BY {_KEY} HAVING {_SOME} ORDER BY {_KEY}"
)
# As rules.cells.classed and narrowings: for any year and source also each lead, each class, each stage, each of both.
_UNPAID = "year = 0 AND source = ''"
_CLASSED = (
    f" JOIN LATERAL (VALUES ('{ANY}', '{ANY}'), (fund_class, '{ANY}'), ('{ANY}', stage), (fund_class, stage))"
    f" AS narrowed (fund_class, stage) ON (narrowed.fund_class = '{ANY}' AND narrowed.stage = '{ANY}') OR {_UNPAID}"
)
_NARROWED = (
    f" JOIN LATERAL (VALUES ('{ANY}', '{ANY}', '{ANY}'), (agency, '{ANY}', '{ANY}'), ('{ANY}', fund_class, '{ANY}'),"
    f" ('{ANY}', '{ANY}', stage), ('{ANY}', fund_class, stage)) AS narrowed (agency, fund_class, stage)"
    f" ON (narrowed.agency, narrowed.fund_class, narrowed.stage) = ('{ANY}', '{ANY}', '{ANY}') OR {_UNPAID}"
)
_WHERE = "plan, edition, agency, fund_class, stage, year, source"
_OF_NARROWED = "plan, edition, narrowed.agency, narrowed.fund_class, narrowed.stage, year, source, on_day, node"
_CELLS = (
    f"INSERT INTO cell ({_WHERE}, grain, period, node, {', '.join(MEASURES)}, leads)"
    f" SELECT {_WHERE}, kept_by.grain, kept_by.period, node, {_SUMS}, sum(leads)::bigint FROM ("
    f" SELECT {_OF_NARROWED}, {', '.join(f'sum({name})::bigint AS {name}' for name in MEASURES)}, 0 AS leads"
    f" FROM fine_cell{_NARROWED} GROUP BY {_OF_NARROWED}"
    f" UNION ALL SELECT {_WHERE}, on_day, node, {', '.join('0' for _ in MEASURES)}, leads FROM led) AS by_day"
    " JOIN LATERAL (VALUES ('y', make_date(extract(year FROM on_day)::int, 1, 1)),"
    " ('m', on_day - extract(day FROM on_day)::int + 1),"
    " ('t', on_day - extract(day FROM on_day)::int + 1 + 10 * least(2, (extract(day FROM on_day)::int - 1) / 10)),"
    " ('d', on_day)) AS kept_by (grain, period)"
    f" ON kept_by.grain <> 't' OR (agency, fund_class, stage) = ('{ANY}', '{ANY}', '{ANY}')"
    f" GROUP BY {_WHERE}, kept_by.grain, kept_by.period, node HAVING {_SOME} OR sum(leads) <> 0"
    f" ORDER BY {_WHERE}, kept_by.grain, kept_by.period, node"
)
