"""The facts behind a figure, page by page."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from services.reporting.rules.coverage import Target
from services.reporting.rules.facts import KINDS
from services.reporting.rules.shape import Shape
from services.reporting.store.cutting import KIND_OF
from services.reporting.store.reading import HOLDS, PASSING, Filters
from services.shared.database import Connection, Row, rows

NOTHING_YET = (UUID(int=0), UUID(int=0), "")
After = tuple[UUID, UUID, str]
"""Project, movement and task of the last item that was given; without a movement where projects are explained."""


class ExplainStore:
    """Reads of one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def money(
        self, plan: Shape, filters: Filters, tasks: Collection[str], figure: str, after: After, limit: int
    ) -> list[Row]:
        """The parts of movements that a figure of money is the sum of, by project, movement and task."""
        assert KIND_OF[figure] in KINDS
        query = (
            "SELECT project, movement, task, year, source, kind, fen, known_from FROM money_fact"
            f" WHERE {HOLDS} AND {filters.cut_condition()} AND {filters.money_condition()} AND kind = %(kind)s"
            " AND task = ANY(%(tasks)s) AND (project, movement, task) > (%(project)s, %(movement)s, %(task)s)"
            " ORDER BY project, movement, task LIMIT %(limit)s"
        )
        return await self._page(query, plan, filters, tasks, after, limit, KIND_OF[figure])

    async def projects(
        self, plan: Shape, filters: Filters, tasks: Collection[str], outside: Collection[str], after: After, limit: int
    ) -> list[Row]:
        """The presence of projects at tasks that a number of projects is counted from, by project and task."""
        passing = PASSING.format(money=filters.money_condition()) if filters.years or filters.sources else ""
        query = (
            f"SELECT project, task, known_from FROM presence_fact WHERE {HOLDS} AND {filters.cut_condition()}{passing}"
            " AND task = ANY(%(tasks)s) AND (project, task) > (%(project)s, %(task)s)"
            " ORDER BY project, task LIMIT %(limit)s"
        )
        return await self._page(query, plan, filters, tasks, after, limit, None, outside)

    async def _page(
        self,
        query: str,
        plan: Shape,
        filters: Filters,
        tasks: Collection[str],
        after: After,
        limit: int,
        kind: str | None,
        outside: Collection[str] = (),
    ) -> list[Row]:
        place = dict(zip(("project", "movement", "task"), after, strict=True))
        more = {"kind": kind, "tasks": list(tasks), "limit": limit, "outside": list(outside)}
        return await rows(self._connection, query, filters.values(plan) | place | more)

    async def shares(self, plan: Shape, filters: Filters, projects: Collection[UUID]) -> dict[tuple[UUID, str], int]:
        """By project and task the weight that is in force, in millionths of a percent."""
        query = f"SELECT project, task, weight FROM presence_fact WHERE {HOLDS} AND project = ANY(%(projects)s)"
        found = await rows(self._connection, query, filters.values(plan) | {"projects": list(projects)})
        return {(row["project"], row["task"]): row["weight"] for row in found}

    async def movements(self, ids: Collection[UUID], projects: Collection[UUID]) -> dict[UUID, tuple[date, int]]:
        """By movement its day and the position of the entry that recorded it."""
        query = "SELECT id, on_day, known_from FROM movement WHERE project = ANY(%s) AND id = ANY(%s)"
        found = await rows(self._connection, query, (list(projects), list(ids)))
        return {row["id"]: (row["on_day"], row["known_from"]) for row in found}

    async def targets(self, plan: str, position: int, on: date) -> list[tuple[Target, str, int]]:
        """The targets of a plan that hold on a day, each with its document and the position of its entry."""
        query = (
            "SELECT node, year, sources, fen, edition, source_document, known_from FROM target WHERE plan = %s"
            " AND known_from <= %s AND known_until > %s AND coalesce(valid_from <= %s, true)"
            ' AND coalesce(valid_to >= %s, true) ORDER BY node COLLATE "C", year, sources COLLATE "C"'
        )
        found: list[dict[str, Any]] = await rows(self._connection, query, (plan, position, position, on, on))
        return [
            (
                Target(r["node"], r["year"] or None, frozenset(r["sources"].split(",")), r["fen"], r["edition"]),
                r["source_document"],
                r["known_from"],
            )
            for r in found
        ]
