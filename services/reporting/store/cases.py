"""What cases are read from: documents of projects in pages, their movements and alterations, doubles, crowds."""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.reporting.rules.alterations import Alteration
from services.reporting.rules.facts import Movement
from services.shared.database import Connection, Row, rows

PAGE = 500
NOBODY = UUID(int=0)
HELD = "known_from <= %(position)s AND known_until > %(position)s"
DOUBLE_KEYS = ("number_key", "title_key", "leader_key", "kpi_key")
LAWFUL = ("matching", "sub_project", "continuation")
"""Relations that say that two projects are alike for a reason: 配套, 子课题, 延续."""


class Kept(NamedTuple):
    """A project as it is known at a position."""

    id: str
    known_from: int
    document: Mapping[str, Any]


class Alike(NamedTuple):
    """Two projects that have a key in common, the other one's document, and which keys they are."""

    project: str
    other: str
    document: Mapping[str, Any]
    keys: frozenset[str]


class CaseStore:
    """Reads of one snapshot, of what is known at a position of the portfolio's journal."""

    def __init__(self, connection: Connection, position: int) -> None:
        self._connection = connection
        self._position = position

    async def pages(
        self, plan: str, agencies: Collection[str] | None = None, after: UUID = NOBODY
    ) -> AsyncIterator[list[Kept]]:
        """The projects of a plan, of some leads or all, in the order of their ids after one, some at a time."""
        query = (
            f"SELECT id, known_from, document FROM project_version WHERE plan = %(plan)s AND id > %(after)s AND {HELD}"
            " AND (%(agencies)s::text[] IS NULL OR lead = ANY(%(agencies)s)) ORDER BY id LIMIT %(most)s"
        )
        values = {"plan": plan, "position": self._position, "most": PAGE}
        values["agencies"] = None if agencies is None else list(agencies)
        while True:
            found = await rows(self._connection, query, values | {"after": after})
            if not found:
                return
            yield [Kept(str(row["id"]), row["known_from"], json.loads(row["document"])) for row in found]
            after = found[-1]["id"]

    async def movements(self, ids: Sequence[str], day: date) -> dict[str, list[tuple[int, Movement]]]:
        """By project its movements up to a day, each with its position, in the order of the journal."""
        query = (
            "SELECT project, id, kind, on_day, year, source, fen, known_from FROM movement"
            " WHERE project = ANY(%s::uuid[]) AND known_from <= %s AND on_day <= %s ORDER BY project, known_from, id"
        )
        found: dict[str, list[tuple[int, Movement]]] = {}
        for row in await rows(self._connection, query, (list(ids), self._position, day)):
            movement = Movement(str(row["id"]), row["kind"], row["on_day"], row["year"], row["source"], row["fen"])
            found.setdefault(str(row["project"]), []).append((row["known_from"], movement))
        return found

    async def alterations(self, ids: Sequence[str], day: date) -> dict[str, list[Alteration]]:
        """By project how it was altered up to a day."""
        query = (
            "SELECT project, known_from, how, on_day, fields FROM alteration WHERE project = ANY(%s::uuid[])"
            " AND known_from <= %s AND on_day <= %s ORDER BY project, known_from"
        )
        found: dict[str, list[Alteration]] = {}
        for row in await rows(self._connection, query, (list(ids), self._position, day)):
            id = str(row["project"])
            one = Alteration(id, row["known_from"], row["how"], row["on_day"], row["fields"])
            found.setdefault(id, []).append(one)
        return found

    async def alike(
        self, plan: str, ids: Sequence[str], keys: Collection[str], agencies: Collection[str] | None
    ) -> list[Alike]:
        """The projects of a plan that have one of some keys in common with projects, led by some agencies or any.

        OFFSET 0 holds the planner to one look into an index for each project, where a join would read all of them.
        """
        of_key = " UNION ALL ".join(
            f"SELECT mine.id AS project, other.id AS other, '{key}' AS key FROM mine CROSS JOIN LATERAL ("
            f"SELECT id FROM project_version AS one WHERE plan = %(plan)s AND one.{key} = mine.{key}"
            f" AND one.{key} <> '' AND one.id <> mine.id AND {HELD}"
            " AND (%(agencies)s::text[] IS NULL OR lead = ANY(%(agencies)s)) OFFSET 0) AS other"
            for key in DOUBLE_KEYS
            if key in keys
        )
        query = (
            "WITH mine AS MATERIALIZED (SELECT id, number_key, title_key, leader_key, kpi_key FROM project_version"
            f" WHERE id = ANY(%(ids)s::uuid[]) AND {HELD}),"
            f" pair AS (SELECT project, other, array_agg(key) AS keys FROM ({of_key}) AS found GROUP BY project, other)"
            " SELECT pair.project, pair.other, keys, document FROM pair"
            f" JOIN project_version ON id = pair.other AND {HELD} ORDER BY pair.project, pair.other"
        )
        values = {"plan": plan, "position": self._position, "ids": list(ids)}
        values["agencies"] = None if agencies is None else list(agencies)
        return [
            Alike(str(row["project"]), str(row["other"]), json.loads(row["document"]), frozenset(row["keys"]))
            for row in await rows(self._connection, query, values)
        ]

    async def lawful_pairs(self, ids: Sequence[str]) -> set[frozenset[str]]:
        """The pairs of projects, one of them given, that are alike for a registered reason."""
        query = (
            "SELECT project, other FROM relation WHERE kind = ANY(%(kinds)s) AND known_from <= %(position)s"
            " AND (project = ANY(%(ids)s::uuid[]) OR other = ANY(%(ids)s::uuid[]))"
        )
        values = {"kinds": list(LAWFUL), "position": self._position, "ids": list(ids)}
        found = await rows(self._connection, query, values)
        return {frozenset((str(row["project"]), str(row["other"]))) for row in found}

    async def crowded(
        self, plan: str, by: str, most: int, day: date, agencies: Collection[str] | None, after: str = ""
    ) -> list[Row]:
        """Who has more than so many projects that are live on a day, by `leader_key` or `lead`: `key`, `ids`."""
        query = (
            f"SELECT {by} AS key, array_agg(id ORDER BY id) AS ids FROM project_version"
            f" WHERE plan = %(plan)s AND {HELD} AND {by} <> '' AND live_from <= %(day)s AND live_until > %(day)s"
            " AND (%(agencies)s::text[] IS NULL OR lead = ANY(%(agencies)s))"
            f' GROUP BY {by} HAVING count(*) > %(most)s AND {by} COLLATE "C" > %(after)s ORDER BY {by} COLLATE "C"'
            " LIMIT %(page)s"
        )
        values = {"plan": plan, "position": self._position, "most": most, "day": day, "after": after, "page": PAGE}
        values["agencies"] = None if agencies is None else list(agencies)
        return await rows(self._connection, query, values)
