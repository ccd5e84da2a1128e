"""Sums as they were known earlier: cells of a position nearby, and what changed between that and the one asked for.

The cost is that of the cells and of what changed between the two positions, however much there is besides.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from services.reporting.rules.cells import ANY_YEAR
from services.reporting.rules.coverage import Counted, Sums
from services.reporting.rules.facts import KINDS
from services.reporting.rules.shape import HOMELESS, OUTSIDE, Shape
from services.reporting.store.reading import Filters, OwnSums, ReportStore
from services.shared.database import Connection, Row, one, rows

EVERY, PART = 100_000, 5
"""The cells are kept when so many entries came since they were kept last, and no less than this part of all: a copy of
them is large where the journal is long."""
MOST = 6
"""Positions at which cells are kept; of more, the one that is needed least is given up."""


Led = tuple[str, str]
"""A lead agency and a task."""


class Base(NamedTuple):
    """A position whose cells are at hand; `kept` tells a former one from the one as things stand."""

    position: int
    kept: bool


class EarlierStore:
    """Reads of one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def base(self, plan: Shape, position: int, now: int) -> Base:
        """The position nearest to one of which there are cells of an edition; `now` is how far the journal was
        followed."""
        found = await one(
            self._connection,
            "SELECT position FROM kept WHERE plan = %s AND edition = %s"
            " ORDER BY abs(position - %s), position DESC LIMIT 1",
            (plan.plan.slug, plan.edition, position),
        )
        if found is None or abs(found["position"] - position) >= now - position:
            return Base(now, kept=False)
        return Base(found["position"], kept=True)

    async def sums(self, plan: Shape, filters: Filters, asked: Collection[tuple[int, str]], base: Base) -> Sums:
        """Sums of all projects together, for one year or any and one source or any, or of a lead, a class or a stage,
        at the position of the filters.

        `asked` are the years (or any) and sources whose commitments are wanted one by one.
        """
        reading = ReportStore(self._connection)
        own = await reading.own_sums(plan, filters, asked, base.position if base.kept else None)
        if base.position != filters.position:
            values = filters.values(plan) | {
                "base": base.position,
                "low": min(base.position, filters.position),
                "high": max(base.position, filters.position),
                "outside": list(OUTSIDE),
            }
            await self._add_money(own, filters, asked, values)
            await self._add_counts(plan, own, filters, values)
        own.sums.counts = {
            code: Counted(count, own.leads.get(code, 0)) for code, count in plan.below(own.projects).items()
        }
        return own.sums

    async def _add_money(
        self, own: OwnSums, filters: Filters, asked: Collection[tuple[int, str]], values: dict[str, Any]
    ) -> None:
        sums = own.sums
        query = _MONEY.format(cut=filters.cut_condition(), money=filters.money_condition())
        for row in await rows(self._connection, query, values):
            held = sums.money.setdefault(row["task"], [0] * len(KINDS))
            held[KINDS.index(row["kind"])] += row["fen"]
            if row["kind"] != "commitment":
                continue
            for year in (row["year"], ANY_YEAR):
                if (year, row["source"]) in asked:
                    place = row["task"], year, row["source"]
                    sums.committed[place] = sums.committed.get(place, 0) + row["fen"]

    async def _add_counts(self, plan: Shape, own: OwnSums, filters: Filters, values: dict[str, Any]) -> None:
        """What the projects whose presence changed count at the position less what they count at the base."""
        passing = bool(filters.years or filters.sources)
        query = _TOUCHED + (_TOUCHED_BY_MONEY.format(money=filters.money_condition()) if passing else "")
        touched = await rows(self._connection, query.format(cut=filters.cut_condition()), values)
        if not touched:
            return
        values["touched"] = list({row["project"] for row in touched})
        passed = {True: set(values["touched"]), False: set(values["touched"])}
        if passing:
            found = await rows(self._connection, _PASSED.format(money=filters.money_condition()), values)
            passed = {side: {row["project"] for row in found if row[_SIDE[side]]} for side in (True, False)}
        present = await rows(self._connection, _PRESENT.format(cut=filters.cut_condition()), values)
        for side, sign in ((True, 1), (False, -1)):
            tasks: dict[Any, list[str]] = defaultdict(list)
            for row in present:
                if row[_SIDE[side]] and row["project"] in passed[side]:
                    tasks[row["project"]].append(row["task"])
                    covers = row["weight"] >= plan.theta
                    own.sums.covering[row["task"]] = own.sums.covering.get(row["task"], 0) + sign * covers
            for held in tasks.values():
                for node, value in plan.values(frozenset(held)).items():
                    own.projects[node] = own.projects.get(node, 0) + sign * value
        await self._add_leads(plan, own, {(row["agency"], row["task"]) for row in present}, _leads(filters), values)

    async def _add_leads(
        self, plan: Shape, own: OwnSums, touched: Collection[Led], query: str, values: dict[str, Any]
    ) -> None:
        """At most tasks a lead has other projects, and its presence is the same on both sides; where it is not, it has
        to be known of all tasks at which it is."""
        differing = {row["agency"] for row in await self._led(query, touched, values) if row["then"] != row["at_base"]}
        everywhere = [(agency, task) for agency in sorted(differing) for task in (*plan.carrying, *HOMELESS)]
        led = await self._led(query, everywhere, values) if differing else []
        for side, sign in (("then", 1), ("at_base", -1)):
            tasks: dict[str, list[str]] = defaultdict(list)
            for row in led:
                if row[side]:
                    tasks[row["agency"]].append(row["task"])
            for at in tasks.values():
                for node in {node for task in at for node in plan.line(task)}:
                    own.leads[node] = own.leads.get(node, 0) + sign

    async def _led(self, query: str, pairs: Collection[Led], values: dict[str, Any]) -> list[Row]:
        agencies, tasks = [agency for agency, _ in pairs], [task for _, task in pairs]
        return await rows(self._connection, query, values | {"led": agencies, "tasks": tasks})

    # keeping

    async def keep(self, position: int) -> None:
        """Keep the cells of all editions at a position, if enough entries came since they were kept last."""
        found = await rows(self._connection, "SELECT DISTINCT position FROM kept ORDER BY position")
        kept = [row["position"] for row in found]
        if position - (kept[-1] if kept else 0) < max(EVERY, position // PART):
            return
        await self._connection.execute(
            "INSERT INTO kept (position, plan, edition) SELECT %s, slug, edition FROM plan", (position,)
        )
        await self._connection.execute(_KEEP, (position,))
        for given_up in needed_least([*kept, position], MOST):
            await self._connection.execute("DELETE FROM kept WHERE position = %s", (given_up,))
            await self._connection.execute("DELETE FROM kept_cell WHERE position = %s", (given_up,))


def needed_least(positions: Iterable[int], most: int) -> list[int]:
    """Which positions are given up, so that no more than so many are left and no gap between them grows more than it
    has to; the last one always stays."""
    left, given_up = sorted(positions), []
    while len(left) > most:
        gaps = [after - before for before, after in zip([0, *left[:-2]], left[1:], strict=True)]
        given_up.append(left.pop(gaps.index(min(gaps))))
    return given_up


_SIDE = {True: "then", False: "at_base"}
_THEN = "known_from <= %(position)s AND known_until > %(position)s"
_AT_BASE = "known_from <= %(base)s AND known_until > %(base)s"
_ON_DAY = "plan = %(plan)s AND edition = %(edition)s AND from_on <= %(as_of)s AND until_on > %(as_of)s"
_ENDED = "known_until < 9223372036854775807"
# Facts that came and went between the two positions are known at neither: they add nothing, whichever branch has them.
_CHANGED = (
    "(SELECT * FROM {table} WHERE plan = %(plan)s AND edition = %(edition)s"
    " AND known_from > %(low)s AND known_from <= %(high)s"
    " UNION ALL SELECT * FROM {table} WHERE plan = %(plan)s AND edition = %(edition)s"
    f" AND known_until > %(low)s AND known_until <= %(high)s AND {_ENDED} AND known_from <= %(low)s)"
)
_MONEY = (
    f"SELECT task, year, source, kind, sum(fen * (({_THEN})::int - ({_AT_BASE})::int))::bigint AS fen"
    f" FROM {_CHANGED.format(table='money_fact')} AS changed WHERE {_ON_DAY}"
    " AND {cut} AND {money} GROUP BY task, year, source, kind"
)
_TOUCHED = (
    f"SELECT DISTINCT project, agency FROM {_CHANGED.format(table='presence_fact')} AS changed WHERE {_ON_DAY}"
    " AND {cut}"
)
_TOUCHED_BY_MONEY = (
    f" UNION SELECT DISTINCT project, agency FROM {_CHANGED.format(table='money_fact')} AS changed WHERE {_ON_DAY}"
    " AND task <> ALL(%(outside)s) AND {money}"
)
_PRESENT = (
    f"SELECT project, agency, task, weight, ({_THEN}) AS then, ({_AT_BASE}) AS at_base FROM presence_fact"
    f" WHERE project = ANY(%(touched)s) AND {_ON_DAY} AND (({_THEN}) OR ({_AT_BASE}))"
    " AND {cut}"
)
_PASSED = (
    f"SELECT project, bool_or({_THEN}) AS then, bool_or({_AT_BASE}) AS at_base FROM money_fact"
    f" WHERE project = ANY(%(touched)s) AND {_ON_DAY} AND task <> ALL(%(outside)s)"
    " AND {money} GROUP BY project"
)
_COLUMNS = (
    "plan, edition, agency, fund_class, stage, year, source, grain, period, node, projects, covering, committed,"
    " received, disbursed, spent, refunded, leads"
)
_KEEP = (
    f"INSERT INTO kept_cell (position, {_COLUMNS}) SELECT %s, {_COLUMNS} FROM cell"
    " WHERE (projects, covering, committed, received, disbursed, spent, refunded, leads) <> (0, 0, 0, 0, 0, 0, 0, 0)"
)


def _leads(filters: Filters) -> str:
    """At which tasks leads are present, at the position and at the base: each is one look into an index. LIMIT holds
    the planner to it, which would else scan all facts once for all of them."""
    classed = replace(filters, agencies=None).cut_condition()

    def present(known: str) -> str:
        more = ""
        if filters.years or filters.sources:
            money = filters.money_condition()
            more = (
                " AND EXISTS (SELECT FROM money_fact AS paid WHERE paid.project = held.project"
                f" AND {_ON_DAY} AND {known} AND task <> ALL(%(outside)s) AND {money})"
            )
        return (
            "((SELECT true FROM presence_fact AS held WHERE held.agency = led.agency AND held.task = led.task"
            f" AND {_ON_DAY} AND {known} AND {classed}{more} LIMIT 1) IS NOT NULL)"
        )

    return (
        f"SELECT agency, task, {present(_THEN)} AS then, {present(_AT_BASE)} AS at_base"
        " FROM unnest(%(led)s::text[], %(tasks)s::text[]) AS led (agency, task)"
    )
