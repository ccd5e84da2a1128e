"""What reports read: sums from cells as things stand, or from facts for sets and for earlier knowledge."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from psycopg.rows import DictRow, tuple_row

from services.reporting.rules.cells import ANY, ANY_SOURCE, ANY_YEAR, MONEY, ten_days
from services.reporting.rules.coverage import Counted, Sums, Target
from services.reporting.rules.facts import KINDS
from services.reporting.rules.shape import HOMELESS, OUTSIDE, ROOT, Shape
from services.shared.database import Connection, one, rows


@dataclass(frozen=True)
class Filters:
    """Which facts a report adds up, known up to a position of the portfolio's journal."""

    as_of: date
    position: int
    years: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    agencies: tuple[str, ...] | None = None
    """Leads, where the report is narrowed to some."""
    fund_class: str | None = None
    stage: str | None = None

    @property
    def narrowed(self) -> bool:
        """Whether the report is about a part of all projects, to which no target speaks."""
        return self.agencies is not None or self.fund_class is not None or self.stage is not None

    def fine(self, keys: Collection[str] = ()) -> bool:
        """Whether only the cells by lead, class and stage together say figures that are cut by some keys.

        There are cells of all projects together by year and source, and for any year and source those of each lead,
        and of each class and stage.
        """
        led = self.agencies is not None or "agency" in keys
        classed = self.fund_class is not None or self.stage is not None or not {"fund_class", "stage"}.isdisjoint(keys)
        paid = bool(self.years or self.sources) or not {"year", "source"}.isdisjoint(keys)
        return (led and classed) or ((led or classed) and paid)

    def values(self, plan: Shape) -> dict[str, Any]:
        """The values of the statements below."""
        return {
            "plan": plan.plan.slug,
            "edition": plan.edition,
            "as_of": self.as_of,
            "month": self.as_of.replace(day=1),
            "ten_days": ten_days(self.as_of),
            "days": self.as_of.replace(day=1) if self.narrowed else ten_days(self.as_of),
            "year_start": self.as_of.replace(month=1, day=1),
            "position": self.position,
            "year": self.years[0] if self.years else ANY_YEAR,
            "source": self.sources[0] if self.sources else ANY_SOURCE,
            "years": list(self.years),
            "sources": list(self.sources),
            "agencies": None if self.agencies is None else list(self.agencies),
            "fund_class": self.fund_class,
            "stage": self.stage,
        }

    def cut_condition(self) -> str:
        """The condition on lead, class and stage."""
        parts = ["true"]
        if self.agencies is not None:
            parts.append("agency = ANY(%(agencies)s)")
        if self.fund_class is not None:
            parts.append("fund_class = %(fund_class)s")
        if self.stage is not None:
            parts.append("stage = %(stage)s")
        return " AND ".join(parts)

    def cell_condition(self, keys: Collection[str] = ()) -> str:
        """Which cells by lead, class and stage: those narrowed to, those of each where figures are cut by it, else
        those of any."""
        parts = []
        for name, narrowed, condition in (
            ("agency", self.agencies, "agency = ANY(%(agencies)s)"),
            ("fund_class", self.fund_class, "fund_class = %(fund_class)s"),
            ("stage", self.stage, "stage = %(stage)s"),
        ):
            any_or_each = f"{name} <> '{ANY}'" if name in keys else f"{name} = '{ANY}'"
            parts.append(any_or_each if narrowed is None else condition)
        return " AND ".join(parts)

    def money_condition(self) -> str:
        """The condition on year and source."""
        parts = ["true"]
        if self.years:
            parts.append("year = ANY(%(years)s)")
        if self.sources:
            parts.append("source = ANY(%(sources)s)")
        return " AND ".join(parts)


class OwnSums(NamedTuple):
    """Sums whose counts stand at each node itself: projects so that those below a node add up, leads below it."""

    sums: Sums
    projects: dict[str, int]
    leads: dict[str, int]


class ReportStore:
    """Reads of one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def progress(self) -> DictRow:
        """How far the journals were followed."""
        found = await one(self._connection, "SELECT * FROM progress")
        assert found is not None, "the migration made the row of progress"
        return found

    async def position_at(self, journal: str, moment: datetime) -> int:
        """The last position recorded at or before a moment."""
        found = await one(
            self._connection,
            "SELECT position FROM applied_moment WHERE journal = %s AND recorded_at <= %s"
            " ORDER BY recorded_at DESC LIMIT 1",
            (journal, moment),
        )
        return int(found["position"]) if found else 0

    async def recorded_at(self, journal: str, position: int) -> datetime | None:
        """When a position was recorded; None where it was not applied."""
        query = "SELECT recorded_at FROM applied_moment WHERE journal = %s AND position = %s"
        found = await one(self._connection, query, (journal, position))
        return found["recorded_at"] if found else None

    async def plan_since(self, plan: str) -> int | None:
        """The position of the catalog's journal since which a plan is known."""
        found = await one(self._connection, "SELECT min(known_from) AS since FROM plan WHERE slug = %s", (plan,))
        return found["since"] if found else None

    async def targets(self, plan: str, position: int, on: date) -> list[Target]:
        """The targets of a plan that hold on a day, known at a position of the catalog's journal."""
        query = (
            "SELECT node, year, sources, fen, edition FROM target WHERE plan = %s AND known_from <= %s"
            " AND known_until > %s AND coalesce(valid_from <= %s, true) AND coalesce(valid_to >= %s, true)"
            ' ORDER BY node COLLATE "C", year, sources COLLATE "C"'
        )
        found = await rows(self._connection, query, (plan, position, position, on, on))
        return [
            Target(r["node"], r["year"] or None, frozenset(r["sources"].split(",")), r["fen"], r["edition"])
            for r in found
        ]

    async def observations(self, plan: str, position: int) -> list[str]:
        """The observations of a plan's indicators known at a position, as JSON texts, in the order of entry."""
        query = (
            "SELECT document FROM observation WHERE plan = %s AND known_from <= %s"
            ' ORDER BY indicator COLLATE "C", serial'
        )
        return [row["document"] for row in await rows(self._connection, query, (plan, position))]

    async def has_term(self, vocabulary: str, code: str, position: int) -> bool:
        """Whether a vocabulary has or had a term at a position of the catalog's journal; one that is not known has
        every term."""
        found = await one(
            self._connection,
            "SELECT coalesce(bool_or(code = %s), true) AS has FROM term WHERE vocabulary = %s AND known_from <= %s",
            (code, vocabulary, position),
        )
        return bool(found and found["has"])

    async def has_agency(self, id: str, position: int) -> bool:
        """Whether an agency is known at a position."""
        query = "SELECT 1 AS found FROM agency WHERE id = %s AND known_from <= %s LIMIT 1"
        return await one(self._connection, query, (id, position)) is not None

    async def agencies_of(self, district: str, position: int) -> set[str]:
        """The agencies of a district, as known at a position."""
        query = "SELECT id FROM agency WHERE district = %s AND known_from <= %s AND known_until > %s"
        return {row["id"] for row in await rows(self._connection, query, (district, position, position))}

    async def with_subordinates(self, id: str, position: int) -> set[str]:
        """An agency and all below it, as known at a position."""
        query = (
            "WITH RECURSIVE below (id) AS (SELECT %s::varchar UNION"
            " SELECT agency.id FROM agency JOIN below ON agency.parent = below.id"
            " WHERE known_from <= %s AND known_until > %s) SELECT id FROM below"
        )
        return {row["id"] for row in await rows(self._connection, query, (id, position, position))}

    # from cells

    async def from_cells(self, plan: Shape, filters: Filters, asked: Collection[tuple[int, str]]) -> Sums:
        """Sums as things stand, for one year or any and one source or any.

        `asked` are the years (or any) and sources whose commitments are wanted one by one.
        """
        if filters.fine():
            return await self._fine_sums(plan, filters)
        own = await self.own_sums(plan, filters, asked)
        counts = plan.below(own.projects).items()
        own.sums.counts = {code: Counted(count, own.leads.get(code, 0)) for code, count in counts}
        return own.sums

    async def own_sums(
        self, plan: Shape, filters: Filters, asked: Collection[tuple[int, str]], kept: int | None = None
    ) -> OwnSums:
        """Sums of all projects together, or of those of a lead, class or stage, counts not yet added up over the nodes
        below; as things stand, or from the cells that were kept at a position."""
        values = filters.values(plan) | {"kept": kept}
        cell = "cell" if kept is None else "(SELECT * FROM kept_cell WHERE position = %(kept)s) AS cell"
        await self._prepare()
        own = OwnSums(Sums(), {}, {})
        for node, projects, covering, held, *money in await self._tuples(
            _CELLS.format(cell=cell, narrowed=filters.cell_condition()), values
        ):
            own.sums.money[node] = money
            if node not in OUTSIDE:
                own.projects[node], own.leads[node], own.sums.covering[node] = projects, held, covering
        if asked:
            values |= {"years": [year for year, _ in asked], "sources": [source for _, source in asked]}
            for row in await rows(self._connection, _CELL_COMMITTED.format(cell=cell), values):
                own.sums.committed[row["node"], row["year"], row["source"]] = row["committed"]
        return own

    async def _prepare(self) -> None:
        # Statistics mislead: most cells are of any year and any source, few of those are of the periods asked for.
        await self._connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")

    async def _fine_sums(self, plan: Shape, filters: Filters) -> Sums:
        values = filters.values(plan)
        await self._prepare()
        sums = Sums()
        by_agency: dict[str, dict[str, int]] = defaultdict(dict)
        own: dict[str, int] = defaultdict(int)
        query = _FINE_CELLS.format(cut=filters.cut_condition())
        for agency, node, projects, covering, *money in await self._tuples(query, values):
            by_agency[agency][node] = projects
            own[node] += projects
            sums.covering[node] = sums.covering.get(node, 0) + covering
            held = sums.money.setdefault(node, [0] * len(KINDS))
            for place, fen in enumerate(money):
                held[place] += fen
        agencies: dict[str, int] = defaultdict(int)
        for nodes in by_agency.values():
            for code in _positive(plan, nodes):
                agencies[code] += 1
        sums.counts = {code: Counted(count, agencies[code]) for code, count in plan.below(own).items()}
        return sums

    async def _tuples(self, query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        cursor = self._connection.cursor(row_factory=tuple_row)
        await cursor.execute(cast(Any, query), values)
        return await cursor.fetchall()

    # from facts

    async def from_facts(self, plan: Shape, filters: Filters) -> Sums:
        """Sums as they were known at a position, for any sets of years and sources."""
        pairs = [(task, above) for task in (*plan.nodes, *HOMELESS) for above in plan.line(task) if above != ROOT]
        values = filters.values(plan) | {
            "tasks": [task for task, _ in pairs],
            "above": [above for _, above in pairs],
            "outside": list(OUTSIDE),
            "theta": plan.theta,
        }
        sums = Sums()
        money = _FACT_MONEY.format(cut=filters.cut_condition(), money=filters.money_condition())
        for row in await rows(self._connection, money, values):
            held = sums.money.setdefault(row["task"], [0] * len(KINDS))
            held[KINDS.index(row["kind"])] += row["fen"]
            if row["kind"] == "commitment":
                for year in (row["year"], ANY_YEAR):
                    place = row["task"], year, row["source"]
                    sums.committed[place] = sums.committed.get(place, 0) + row["fen"]
        passing = PASSING.format(money=filters.money_condition()) if filters.years or filters.sources else ""
        counts = _FACT_COUNTS.format(cut=filters.cut_condition(), passing=passing)
        for row in await rows(self._connection, counts, values):
            if row["what"] == "covering":
                sums.covering[row["node"]] = row["projects"]
            else:
                sums.counts[row["node"]] = Counted(row["projects"], row["agencies"])
        return sums


def _positive(plan: Shape, own: dict[str, int]) -> Sequence[str]:
    """The nodes whose subtree has at least one project."""
    sums: dict[str, int] = {}
    for code, value in own.items():
        for above in plan.line(code):
            sums[above] = sums.get(above, 0) + value
    return [code for code, value in sums.items() if value > 0]


PERIODS = (
    "(grain = 'y' AND period < %(year_start)s)",
    "(grain = 'm' AND period >= %(year_start)s AND period < %(month)s)",
    "(grain = 't' AND period >= %(month)s AND period < %(ten_days)s)",
    "(grain = 'd' AND period >= %(days)s AND period <= %(as_of)s)",
)
"""Whole years, months, tens of days where they are kept, days: each is one range of the primary key."""
_SUMS = ", ".join(f"sum({name})::bigint" for name in ("projects", "covering", "leads", *MONEY))
_READ = ", ".join(("node", "projects", "covering", "leads", *MONEY))
OF_FILTER = "plan = %(plan)s AND edition = %(edition)s AND year = %(year)s AND source = %(source)s"
_CELLS = (
    f"SELECT node, {_SUMS} FROM ("
    + " UNION ALL ".join(
        f"SELECT {_READ} FROM {{cell}} WHERE {OF_FILTER} AND {{narrowed}} AND {period}" for period in PERIODS
    )
    + ") AS held GROUP BY node"
)
# Written as a look-up for each year and source, so that each is a few ranges of the primary key in any plan.
_CELL_COMMITTED = (
    "SELECT asked.year, asked.source, node, sum(committed)::bigint AS committed"
    " FROM unnest(%(years)s::int[], %(sources)s::text[]) AS asked (year, source) CROSS JOIN LATERAL ("
    + " UNION ALL ".join(
        "SELECT node, committed FROM {cell} WHERE plan = %(plan)s AND edition = %(edition)s"
        f" AND agency = '{ANY}' AND fund_class = '{ANY}' AND stage = '{ANY}'"
        f" AND year = asked.year AND source = asked.source AND {period}"
        for period in PERIODS
    )
    + ") AS held GROUP BY asked.year, asked.source, node"
)
_FINE_SUMS = ", ".join(f"sum({name})::bigint" for name in ("projects", "covering", *MONEY))
_FINE_CELLS = (
    f"SELECT agency, node, {_FINE_SUMS} FROM fine_cell WHERE {OF_FILTER}"
    " AND on_day <= %(as_of)s AND {cut} GROUP BY agency, node"
)


HOLDS = (
    "plan = %(plan)s AND edition = %(edition)s AND known_from <= %(position)s AND known_until > %(position)s"
    " AND from_on <= %(as_of)s AND until_on > %(as_of)s"
)
_FACT_MONEY = (
    f"SELECT task, year, source, kind, sum(fen)::bigint AS fen FROM money_fact WHERE {HOLDS}"
    " AND {cut} AND {money} GROUP BY task, year, source, kind"
)
# Written so that it is looked up in a hash whatever the statistics say: right after much was loaded, they say nothing.
PASSING = (
    f" AND (project IN (SELECT project FROM money_fact WHERE {HOLDS} AND task <> ALL(%(outside)s)"
    " AND {money})) IS TRUE"
)
_FACT_COUNTS = (
    f"WITH held AS (SELECT project, agency, task, weight FROM presence_fact WHERE {HOLDS}"
    " AND {cut}{passing}),"
    " line AS (SELECT * FROM unnest(%(tasks)s::text[], %(above)s::text[]) AS line (task, node))"
    f" SELECT 'count' AS what, '{ROOT}' AS node, count(DISTINCT project) AS projects,"
    " count(DISTINCT agency) AS agencies FROM held"
    " UNION ALL SELECT 'count', node, count(DISTINCT project), count(DISTINCT agency)"
    " FROM held JOIN line USING (task) GROUP BY node"
    " UNION ALL SELECT 'covering', task, count(DISTINCT project), 0 FROM held WHERE weight >= %(theta)s GROUP BY task"
)
