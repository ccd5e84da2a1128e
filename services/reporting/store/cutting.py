"""Sums of one figure by what a report is cut by: from cells as things stand, or from facts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from psycopg.rows import tuple_row

from services.reporting.rules.cells import MONEY
from services.reporting.rules.facts import KINDS
from services.reporting.rules.shape import OUTSIDE, Shape
from services.reporting.store.reading import HOLDS, OF_FILTER, PASSING, PERIODS, Filters
from services.shared.database import Connection, rows

PROJECTS = "projects"
KIND_OF = dict(zip(MONEY, KINDS, strict=True))
"""By figure the kind of the movements that it is the sum of."""
AT = " JOIN unnest(%(nodes)s::text[], %(places)s::text[]) AS at (node, place) USING (node)"


@dataclass(frozen=True)
class Cut:
    """A figure, and what it is cut by."""

    figure: str
    """One of cells.MONEY, or projects."""
    keys: tuple[str, ...]
    """Some of agency, fund_class, stage, source, year."""
    places: Mapping[str, str]
    """By node the place that it stands under."""


Found = list[tuple[Any, ...]]
"""The keys, the place, the sum."""


class CutStore:
    """Reads of one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def sums(self, plan: Shape, filters: Filters, cut: Cut, from_cells: bool) -> Found:
        """The figure by key and place."""
        query = _of_cells(filters, cut) if from_cells else _of_facts(filters, cut)
        values = filters.values(plan) | {
            "nodes": list(cut.places),
            "places": list(cut.places.values()),
            "kind": KIND_OF.get(cut.figure),
            "outside": list(OUTSIDE),
        }
        if not {"agency", "fund_class", "stage"}.isdisjoint(cut.keys):
            values["days"] = values["month"]
        if from_cells:
            # As in ReportStore.from_cells: statistics of cells mislead.
            await self._connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor = self._connection.cursor(row_factory=tuple_row)
        await cursor.execute(cast(Any, query), values)
        return await cursor.fetchall()

    async def changes(self, plan: Shape, filters: Filters, cut: Cut, by: str, from_cells: bool) -> dict[date, int]:
        """How the figure changes, by the first day of each year or month up to the day of the report; what holds from
        the beginning of time on stands at its first day."""
        if from_cells:
            held = (
                f"SELECT on_day, node, {cut.figure} AS value FROM fine_cell WHERE {OF_FILTER}"
                f" AND on_day <= %(as_of)s AND {filters.cut_condition()}"
                if filters.fine()
                else f"SELECT period AS on_day, node, {cut.figure} AS value FROM cell WHERE {OF_FILTER}"
                f" AND {filters.cell_condition()} AND grain = 'd' AND period <= %(as_of)s"
            )
        else:
            held = _changes_of_facts(filters, cut)
        # PostgreSQL's date_trunc is not defined for the first day of all.
        period = f"CASE WHEN on_day < '1000-01-01' THEN '0001-01-01'::date ELSE date_trunc('{by}', on_day)::date END"
        query = f"SELECT {period} AS period, sum(value)::bigint AS value FROM ({held}) AS held{AT} GROUP BY 1"
        values = filters.values(plan) | {
            "nodes": list(cut.places),
            "places": list(cut.places.values()),
            "kind": KIND_OF.get(cut.figure),
            "outside": list(OUTSIDE),
            "one": next(iter(cut.places)),
        }
        return {row["period"]: row["value"] for row in await rows(self._connection, query, values)}

    async def agencies(self, ids: Collection[str], position: int) -> dict[str, tuple[str, str]]:
        """By id the name and district of agencies, as known at a position."""
        query = "SELECT id, name, district FROM agency WHERE id = ANY(%s) AND known_from <= %s AND known_until > %s"
        found = await rows(self._connection, query, (list(ids), position, position))
        return {row["id"]: (row["name"], row["district"]) for row in found}

    async def titles(self, vocabulary: str, position: int) -> dict[str, str]:
        """The titles of a vocabulary's terms, as known at a position of the catalog's journal."""
        query = "SELECT code, title FROM term WHERE vocabulary = %s AND known_from <= %s AND known_until > %s"
        found = await rows(self._connection, query, (vocabulary, position, position))
        return {row["code"]: row["title"] for row in found}

    async def recorded_at(self, positions: Collection[int]) -> dict[int, Any]:
        """When positions of the portfolio's journal were recorded."""
        query = "SELECT position, recorded_at FROM applied_moment WHERE journal = 'portfolio' AND position = ANY(%s)"
        found = await rows(self._connection, query, (sorted(positions),))
        return {row["position"]: row["recorded_at"] for row in found}

    async def documents(self, ids: Collection[Any], position: int) -> dict[str, str]:
        """The documents of projects, as known at a position."""
        query = (
            "SELECT id, document FROM project_version WHERE id = ANY(%s::uuid[]) AND known_from <= %s"
            " AND known_until > %s"
        )
        found = await rows(self._connection, query, (list(ids), position, position))
        return {str(row["id"]): row["document"] for row in found}


def one_or_any(filters: Filters, keys: Sequence[str]) -> str:
    """Which cells: those of the year and source filtered by, of each where the cut is by it, else of any."""
    year = "year <> 0" if "year" in keys and not filters.years else "year = %(year)s"
    source = "source <> ''" if "source" in keys and not filters.sources else "source = %(source)s"
    return f"plan = %(plan)s AND edition = %(edition)s AND {year} AND {source}"


def _of_cells(filters: Filters, cut: Cut) -> str:
    where = one_or_any(filters, cut.keys)
    if filters.fine(cut.keys):
        held = f"SELECT * FROM fine_cell WHERE {where} AND on_day <= %(as_of)s AND {filters.cut_condition()}"
    else:
        of = f"{where} AND {filters.cell_condition(cut.keys)}"
        held = " UNION ALL ".join(f"SELECT * FROM cell WHERE {of} AND {period}" for period in PERIODS)
    keys = "".join(f"{key}, " for key in cut.keys)
    return f"SELECT {keys}place, sum({cut.figure})::bigint FROM ({held}) AS held{AT} GROUP BY {keys}place"


def _of_facts(filters: Filters, cut: Cut) -> str:
    keys = "".join(f"{key}, " for key in cut.keys)
    narrowed = f"{HOLDS} AND {filters.cut_condition()}"
    money = filters.money_condition()
    if cut.figure != PROJECTS:
        held = f"SELECT *, task AS node FROM money_fact WHERE {narrowed} AND {money} AND kind = %(kind)s"
        return f"SELECT {keys}place, sum(fen)::bigint FROM ({held}) AS held{AT} GROUP BY {keys}place"
    passing = PASSING.format(money=money) if filters.years or filters.sources else ""
    held = f"SELECT project, agency, fund_class, stage, task AS node FROM presence_fact WHERE {narrowed}{passing}"
    moved = [key for key in cut.keys if key in ("year", "source")]
    joined = (
        f" JOIN (SELECT DISTINCT project, {', '.join(moved)} FROM money_fact WHERE {HOLDS}"
        f" AND task <> ALL(%(outside)s) AND {money}) AS moved USING (project)"
        if moved
        else ""
    )
    return f"SELECT {keys}place, count(DISTINCT project) FROM ({held}) AS held{AT}{joined} GROUP BY {keys}place"


def _changes_of_facts(filters: Filters, cut: Cut) -> str:
    """The days on which what facts say begins, and those on which it ends, with the sign of the change."""
    known = (
        "plan = %(plan)s AND edition = %(edition)s AND known_from <= %(position)s AND known_until > %(position)s"
        f" AND {filters.cut_condition()}"
    )
    money = filters.money_condition()
    if cut.figure != PROJECTS:
        of = f"FROM money_fact WHERE {known} AND {money} AND kind = %(kind)s"
        begun = f"SELECT from_on AS on_day, task AS node, fen AS value {of} AND from_on <= %(as_of)s"
        return f"{begun} UNION ALL SELECT until_on, task, -fen {of} AND until_on <= %(as_of)s"
    since = "'-infinity'::date"
    joined = ""
    if filters.years or filters.sources:
        since = "moved.since"
        joined = (
            " JOIN (SELECT project AS mover, min(from_on) AS since FROM money_fact"
            f" WHERE {known} AND {money} AND task <> ALL(%(outside)s) GROUP BY project) AS moved ON mover = project"
        )
    # A project is there while it is at any of the tasks: spans of one project may meet and overlap.
    spans = (
        f"SELECT project, greatest(from_on, {since}) AS from_on, until_on FROM presence_fact{joined}"
        f" WHERE {known} AND task = ANY(%(nodes)s) AND until_on > {since}"
    )
    merged = (
        "SELECT project, unnest(range_agg(daterange(from_on, until_on))) AS span"
        f" FROM ({spans}) AS spans GROUP BY project"
    )
    begun = "SELECT lower(span) AS on_day, %(one)s AS node, 1 AS value FROM merged WHERE lower(span) <= %(as_of)s"
    ended = "SELECT upper(span), %(one)s, -1 FROM merged WHERE upper(span) <= %(as_of)s"
    return f"WITH merged AS ({merged}) {begun} UNION ALL {ended}"


def holding(as_of: date, position: int, side: str) -> tuple[str, dict[str, Any]]:
    """The condition that a fact is known at a position and holds on a day, and its values, under names of a side."""
    condition = (
        f"(known_from <= %({side}_position)s AND known_until > %({side}_position)s"
        f" AND from_on <= %({side}_as_of)s AND until_on > %({side}_as_of)s)"
    )
    return condition, {f"{side}_position": position, f"{side}_as_of": as_of}
