"""What differs between two moments: the facts that hold at one of them only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.rules.shape import Shape
from services.reporting.store.reading import Filters
from services.shared.database import Connection, Row, rows


@dataclass(frozen=True)
class Sides:
    """The two moments of one question: its filters on either side, and the tasks that it is about."""

    before: Filters
    after: Filters
    tasks: Sequence[str]


class CompareStore:
    """Reads of one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def changed(self, plan: Shape, sides: Sides, after: str, most: int) -> list[Any]:
        """The ids of projects that have a fact which holds on one side only, in their order, after one of them."""
        money = f"{_of(sides)} AND {sides.after.money_condition()}"
        query = (
            f"(SELECT DISTINCT project FROM money_fact WHERE {money} AND project > %(after)s::uuid"
            " ORDER BY project LIMIT %(most)s) UNION"
            f" (SELECT DISTINCT project FROM presence_fact WHERE {_of(sides)} AND project > %(after)s::uuid"
            " ORDER BY project LIMIT %(most)s) ORDER BY project LIMIT %(most)s"
        )
        values = _values(plan, sides) | {"after": after, "most": most}
        return [row["project"] for row in await rows(self._connection, query, values)]

    async def money(self, plan: Shape, sides: Sides, ids: Sequence[Any]) -> list[Row]:
        """The parts of movements of some projects that hold on one side only: project, task, kind, fen, known_from,
        known_until, on the later side."""
        query = (
            f"SELECT project, task, kind, fen, known_from, known_until, {_side('after', sides.after)} AS later"
            f" FROM money_fact WHERE project = ANY(%(ids)s::uuid[]) AND {_of(sides)}"
            f" AND {sides.after.money_condition()}"
        )
        return await rows(self._connection, query, _values(plan, sides) | {"ids": list(ids)})

    async def presence(self, plan: Shape, sides: Sides, ids: Sequence[Any]) -> list[Row]:
        """Where some projects stand on either side: project, task, known_from, known_until, earlier, later. Under a
        filter of years or sources a project stands where its money that passes does."""
        filtered = bool(sides.after.years or sides.after.sources)
        table = "money_fact" if filtered else "presence_fact"
        earlier, later = _side("before", sides.before), _side("after", sides.after)
        query = (
            f"SELECT project, task, known_from, known_until, {earlier} AS earlier, {later} AS later FROM {table}"
            f" WHERE project = ANY(%(ids)s::uuid[]) AND {_cut(sides.after)} AND ({earlier} OR {later})"
        )
        if filtered:
            query += f" AND {sides.after.money_condition()}"
        return await rows(self._connection, query, _values(plan, sides) | {"ids": list(ids)})

    async def of_projects(self, ids: Sequence[Any], positions: Sequence[int]) -> set[int]:
        """Which positions recorded a project's document; the others recorded movements."""
        query = "SELECT known_from FROM project_version WHERE id = ANY(%s::uuid[]) AND known_from = ANY(%s)"
        found = await rows(self._connection, query, (list(ids), list(positions)))
        return {row["known_from"] for row in found}


def _cut(filters: Filters) -> str:
    """What is the same on both sides; leads may be others, as agencies move between districts and parents."""
    found = "plan = %(plan)s AND edition = %(edition)s AND task = ANY(%(tasks)s)"
    if filters.fund_class is not None:
        found += " AND fund_class = %(fund_class)s"
    if filters.stage is not None:
        found += " AND stage = %(stage)s"
    return found


def _side(name: str, filters: Filters) -> str:
    found = (
        f"known_from <= %({name}_position)s AND known_until > %({name}_position)s"
        f" AND from_on <= %({name}_as_of)s AND until_on > %({name}_as_of)s"
    )
    if filters.agencies is not None:
        found += f" AND agency = ANY(%({name}_agencies)s)"
    return f"({found})"


def _of(sides: Sides) -> str:
    return f"{_cut(sides.after)} AND {_side('before', sides.before)} <> {_side('after', sides.after)}"


def _values(plan: Shape, sides: Sides) -> dict[str, Any]:
    values = sides.after.values(plan) | {"tasks": list(sides.tasks)}
    for name, filters in (("before", sides.before), ("after", sides.after)):
        values |= {
            f"{name}_position": filters.position,
            f"{name}_as_of": filters.as_of,
            f"{name}_agencies": list(filters.agencies or ()),
        }
    return values
