"""What following the journals reads and writes."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple, cast
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from services.reporting.rules.alterations import Alteration
from services.reporting.rules.cells import ANY, MEASURES, Cells, Deltas
from services.reporting.rules.changes import FOR_EVER, Standing, Version
from services.reporting.rules.coverage import Target
from services.reporting.rules.facts import MoneyFact, Movement, Presence
from services.reporting.rules.leads import LeadKey, Spans
from services.reporting.rules.traits import Traits, traits_of
from services.shared.database import Connection, Row, arrays, one, rows

CHUNK = 4_000
LeadOf = tuple[str, int, str, str, str, int, str]
"""Plan, edition, lead; class, stage, year and source, each one or any."""
FOLLOWED = (
    *("applied_moment", "plan", "term", "target", "observation", "agency", "project_version"),
    *("relation", "alteration", "movement"),
    *("presence_fact", "money_fact", "cell", "fine_cell", "lead_span", "kept", "kept_cell"),
)
"""All tables but progress."""


class Summed(NamedTuple):
    """A table of sums, and the statement that adds rows to it."""

    key: tuple[str, ...]
    statement: str


def _summed(table: str, key: dict[str, str], measures: Sequence[str]) -> Summed:
    places = ", ".join(f"%s::{kind}[]" for kind in (*key.values(), *("bigint" for _ in measures)))
    sums = ", ".join(f"{name} = held.{name} + excluded.{name}" for name in measures)
    statement = (
        f"INSERT INTO {table} AS held ({', '.join((*key, *measures))}) SELECT * FROM unnest({places})"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sums}"
    )
    return Summed(tuple(key), statement)


_PLAN = {"plan": "text", "edition": "int"}
_LED = {"agency": "text", "fund_class": "text", "stage": "text"}
_PAID = {"year": "int", "source": "text"}
_CELL = _summed(
    "cell", _PLAN | _LED | _PAID | {"grain": "text", "period": "date", "node": "text"}, (*MEASURES, "leads")
)
_FINE_CELL = _summed("fine_cell", _PLAN | _PAID | _LED | {"on_day": "date", "node": "text"}, MEASURES)
_LEAD = _PLAN | _LED | _PAID | {"node": "text"}
_LEAD_PLACES = ", ".join(f"%s::{kind}[]" for kind in _LEAD.values())
_LEAD_COLUMNS = ", ".join(_LEAD)


class SomebodyFollows(Exception):
    """Another transaction applies a page, or rebuilds."""


class FollowStore:
    """Reads and writes within the transaction of a page."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def be_patient(self, seconds: float) -> None:
        """Wait for locks no longer than so many seconds in this transaction; 0 is for ever."""
        await self._connection.execute(f"SET LOCAL lock_timeout = {round(seconds * 1000)}")

    async def locked_position(self, journal: str) -> int:
        """How far a journal was followed; nobody else applies a page until the transaction ends. SomebodyFollows where
        somebody does, and patience ends."""
        try:
            found = await one(self._connection, "SELECT catalog, portfolio FROM progress FOR UPDATE")
        except psycopg.errors.LockNotAvailable as error:
            raise SomebodyFollows from error
        assert found is not None, "the migration made the row of progress"
        return int(found[journal])

    async def advance(
        self, journal: str, position: int, known_through: datetime, moments: Sequence[tuple[int, datetime]]
    ) -> None:
        """Note how far a journal was followed, and when each position was recorded."""
        if moments:
            await self._connection.execute(
                "INSERT INTO applied_moment SELECT %s, * FROM unnest(%s::bigint[], %s::timestamptz[])",
                (journal, [position for position, _ in moments], [moment for _, moment in moments]),
            )
        query = sql.SQL(
            "UPDATE progress SET {position} = %s, {known} = greatest({known}, %s),"
            " {recorded} = coalesce(%s, {recorded})"
        ).format(
            position=sql.Identifier(journal),
            known=sql.Identifier(f"{journal}_known_through"),
            recorded=sql.Identifier(f"{journal}_recorded_at"),
        )
        await self._connection.execute(query, (position, known_through, moments[-1][1] if moments else None))

    async def clear(self) -> None:
        """Forget everything that was followed."""
        for table in FOLLOWED:
            await self._connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        await self._connection.execute(
            "UPDATE progress SET catalog = 0, portfolio = 0, catalog_known_through = NULL,"
            " portfolio_known_through = NULL, catalog_recorded_at = NULL, portfolio_recorded_at = NULL"
        )

    # what the catalog says

    async def editions(self) -> list[tuple[str, int, int]]:
        """Slug, edition and position of all editions known."""
        found = await rows(self._connection, "SELECT slug, edition, known_from FROM plan ORDER BY slug, edition")
        return [(row["slug"], row["edition"], row["known_from"]) for row in found]

    async def edition(self, slug: str, edition: int) -> Row:
        """An edition: document, previous, effective_from, and the rows of the crosswalk that leads to it."""
        query = (
            "SELECT document, edition, previous, effective_from, crosswalk FROM plan WHERE slug = %s AND edition = %s"
        )
        found = await one(self._connection, query, (slug, edition))
        assert found is not None, "an edition is never deleted"
        return found

    async def add_edition(self, slug: str, edition: Mapping[str, Any], position: int) -> None:
        """Keep an edition."""
        await self._connection.execute(
            "INSERT INTO plan (slug, edition, document, known_from, previous, effective_from, crosswalk)"
            " VALUES (%(slug)s, %(edition)s, %(document)s, %(position)s, %(previous)s, %(effective_from)s,"
            " %(crosswalk)s)",
            {"slug": slug, "position": position, **edition},
        )

    async def set_terms(self, vocabulary: str, titles: Mapping[str, str], position: int) -> None:
        """Keep the terms of a vocabulary, code and title; those it had are known until here."""
        await self._connection.execute(
            "UPDATE term SET known_until = %s WHERE vocabulary = %s AND known_until = %s",
            (position, vocabulary, FOR_EVER),
        )
        await self._connection.execute(
            "INSERT INTO term (vocabulary, known_from, known_until, code, title)"
            " SELECT %s, %s, %s, * FROM unnest(%s::text[], %s::text[])",
            (vocabulary, position, FOR_EVER, list(titles), list(titles.values())),
        )

    async def add_observation(self, plan: str, indicator: str, serial: int, document: str, position: int) -> None:
        """Keep what an indicator was observed to be."""
        await self._connection.execute(
            "INSERT INTO observation (plan, indicator, serial, document, known_from) VALUES (%s, %s, %s, %s, %s)",
            (plan, indicator, serial, document, position),
        )

    async def set_target(
        self, plan: str, target: Target, valid: tuple[str | None, str | None], document: str, position: int
    ) -> None:
        """Keep a target; the one it replaces is known until here."""
        node, year, sources = target.node, target.year or 0, ",".join(sorted(target.sources))
        await self._connection.execute(
            "UPDATE target SET known_until = %s WHERE plan = %s AND node = %s AND year = %s AND sources = %s"
            " AND known_until = %s",
            (position, plan, node, year, sources, FOR_EVER),
        )
        await self._connection.execute(
            "INSERT INTO target (plan, node, year, sources, known_from, known_until, fen, edition, valid_from,"
            " valid_to, source_document) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (plan, node, year, sources, position, FOR_EVER, target.fen, target.edition, *valid, document),
        )

    # what the portfolio says

    async def set_agency(self, agency: Mapping[str, Any], position: int) -> None:
        """Keep an agency, as its entry has it, from here on."""
        id = agency["id"]
        await self._connection.execute(
            "UPDATE agency SET known_until = %s WHERE id = %s AND known_until = %s", (position, id, FOR_EVER)
        )
        await self._connection.execute(
            "INSERT INTO agency (id, known_from, known_until, name, district, parent, type)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                *(id, position, FOR_EVER, agency["name"]),
                *(agency["district"] or "", agency["parent"] or "", agency["type"] or ""),
            ),
        )

    async def versions(self, ids: Sequence[str], current: bool) -> list[tuple[str, int, str]]:
        """id, position and document of projects: as they stand now, or of every version in the order of positions."""
        query = "SELECT id, known_from, document FROM project_version WHERE id = ANY(%s::uuid[])"
        query += f" AND known_until = {FOR_EVER}" if current else " ORDER BY known_from"
        found = await rows(self._connection, query, (list(ids),))
        return [(str(row["id"]), row["known_from"], row["document"]) for row in found]

    async def movements(self, ids: Sequence[str]) -> dict[str, list[tuple[int, Movement]]]:
        """By project its movements, each with the position from which it is known, in the order of positions."""
        query = (
            "SELECT project, id, kind, on_day, year, source, fen, known_from FROM movement"
            " WHERE project = ANY(%s::uuid[]) ORDER BY project, known_from, id"
        )
        found: dict[str, list[tuple[int, Movement]]] = {}
        for row in await rows(self._connection, query, (list(ids),)):
            movement = Movement(str(row["id"]), row["kind"], row["on_day"], row["year"], row["source"], row["fen"])
            found.setdefault(str(row["project"]), []).append((row["known_from"], movement))
        return found

    async def project_ids(self, plan: str, most: int = 5_000) -> AsyncIterator[list[str]]:
        """The ids of a plan's projects, some at a time."""
        after = UUID(int=0)
        while True:
            query = "SELECT DISTINCT id FROM project_version WHERE plan = %s AND id > %s ORDER BY id LIMIT %s"
            found = await rows(self._connection, query, (plan, after, most))
            if not found:
                return
            yield [str(row["id"]) for row in found]
            after = found[-1]["id"]

    async def add_versions(self, versions: Iterable[Version]) -> None:
        """Keep documents of projects, and what they are compared by."""
        given = (
            (
                *(v.project, v.known_from, v.known_until, v.document["plan"]),
                json.dumps(v.document, ensure_ascii=False),
                *traits_of(v.document),
            )
            for v in versions
        )
        columns = ("id", "known_from", "known_until", "plan", "document", *Traits._fields)
        await self._copy(f"project_version ({', '.join(columns)})", given)

    async def outdate(self, outdated: Sequence[tuple[str, int]]) -> None:
        """Note until when documents are known."""
        if outdated:
            await self._connection.execute(
                "UPDATE project_version AS version SET known_until = at"
                " FROM unnest(%s::uuid[], %s::bigint[]) AS outdated (id, at)"
                f" WHERE version.id = outdated.id AND version.known_until = {FOR_EVER}",
                arrays(outdated),
            )

    async def add_relation(self, project: str, other: str, kind: str, position: int) -> None:
        """Keep how a project stands to another; said once more it is known since the first time."""
        await self._connection.execute(
            "INSERT INTO relation (project, other, kind, known_from) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (project, other, kind, position),
        )

    async def add_alterations(self, alterations: Sequence[Alteration]) -> None:
        """Keep how published projects were altered."""
        await self._copy("alteration (project, known_from, how, on_day, fields)", alterations)

    async def add_movements(self, movements: Sequence[tuple[str, Movement, int]]) -> None:
        """Keep movements, each with its project and the position from which it is known."""
        columns = "project, id, kind, on_day, year, source, fen, known_from"
        await self._copy(f"movement ({columns})", ((id, *movement, at) for id, movement, at in movements))

    async def add_facts(self, facts: Iterable[tuple[Standing, int, int]]) -> None:
        """Keep facts with the positions from and until which they are known."""
        presence, money = [], []
        for (project, cut, fact), known_from, known_until in facts:
            if isinstance(fact, Presence):
                row = (project, fact.task, fact.from_on, known_from, known_until, fact.until_on, fact.weight, *cut)
                presence.append(row)
            else:
                when = (fact.from_on, known_from, known_until, fact.until_on)
                what = (fact.year, fact.source, fact.kind, fact.fen)
                money.append((project, fact.movement, fact.task, *when, *what, *cut))
        when_columns = "from_on, known_from, known_until, until_on"
        cut_columns = "plan, edition, agency, fund_class, stage"
        await self._copy(f"presence_fact (project, task, {when_columns}, weight, {cut_columns})", presence)
        await self._copy(
            f"money_fact (project, movement, task, {when_columns}, year, source, kind, fen, {cut_columns})", money
        )

    async def close_facts(self, closed: Sequence[tuple[Standing, int]]) -> None:
        """Note until when facts are known."""
        presence = [
            (s.project, s.cut.edition, s.fact.task, s.fact.from_on, at)
            for s, at in closed
            if isinstance(s.fact, Presence)
        ]
        money = [
            (s.project, s.cut.edition, s.fact.movement, s.fact.task, s.fact.from_on, at)
            for s, at in closed
            if isinstance(s.fact, MoneyFact)
        ]
        if presence:
            await self._connection.execute(
                "UPDATE presence_fact AS fact SET known_until = at"
                " FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::date[], %s::bigint[])"
                " AS closed (project, edition, task, from_on, at) WHERE fact.project = closed.project"
                " AND fact.edition = closed.edition AND fact.task = closed.task AND fact.from_on = closed.from_on"
                " AND fact.known_until = 9223372036854775807",
                arrays(presence),
            )
        if money:
            await self._connection.execute(
                "UPDATE money_fact AS fact SET known_until = at"
                " FROM unnest(%s::uuid[], %s::int[], %s::uuid[], %s::text[], %s::date[], %s::bigint[])"
                " AS closed (project, edition, movement, task, from_on, at) WHERE fact.project = closed.project"
                " AND fact.edition = closed.edition AND fact.movement = closed.movement AND fact.task = closed.task"
                " AND fact.from_on = closed.from_on AND fact.known_until = 9223372036854775807",
                arrays(money),
            )

    async def add_cells(self, cells: Cells) -> None:
        """Add deltas to the cells of all projects together."""
        await self._add(_CELL, ((*key, *sums) for key, sums in cells.items()))

    async def add_fine_cells(self, deltas: Deltas) -> None:
        """Add deltas to the cells by lead, class and stage."""
        given = ((*p.cut[:2], p.year, p.source, *p.cut[2:], p.on, p.node, *sums) for p, sums in deltas.items())
        await self._add(_FINE_CELL, given)

    async def _add(self, table: Summed, given: Iterable[tuple[Any, ...]]) -> None:
        """Rows are written in the order of their keys, so that neighbours lie together."""
        of_key = len(table.key)
        waiting = iter(sorted(row for row in given if any(row[of_key:])))
        while chunk := list(islice(waiting, CHUNK)):
            await self._connection.execute(cast(Any, table.statement), arrays(chunk))

    async def lead_spans(self, keys: Sequence[LeadKey]) -> dict[LeadKey, Spans]:
        """The spans in which leads are known to be present."""
        query = cast(
            Any,
            f"SELECT {_LEAD_COLUMNS}, days FROM lead_span"
            f" JOIN unnest({_LEAD_PLACES}) AS asked ({_LEAD_COLUMNS}) USING ({_LEAD_COLUMNS})",
        )
        found: dict[LeadKey, Spans] = {}
        for place in range(0, len(keys), CHUNK):
            for row in await rows(self._connection, query, arrays(keys[place : place + CHUNK])):
                days = row.pop("days")
                found[LeadKey(**row)] = tuple(days)
        return found

    async def projects_of_leads(self, leads: Sequence[LeadOf]) -> dict[LeadOf, list[tuple[str, date, int]]]:
        """By lead how its projects at each node itself change: node, day, change."""
        query = (
            "SELECT plan, edition, agency, asked.fund_class, asked.stage, year, source, node, on_day,"
            " sum(projects)::bigint FROM fine_cell AS held"
            " JOIN unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[])"
            " AS asked (plan, edition, agency, fund_class, stage, year, source)"
            " USING (plan, edition, agency, year, source) WHERE projects <> 0"
            " AND asked.fund_class IN (%s, held.fund_class) AND asked.stage IN (%s, held.stage)"
            " GROUP BY plan, edition, agency, asked.fund_class, asked.stage, year, source, node, on_day"
        )
        found: dict[LeadOf, list[tuple[str, date, int]]] = {}
        cursor = self._connection.cursor(row_factory=tuple_row)
        await cursor.execute(query, [*arrays(leads), ANY, ANY])
        async for *lead, node, on, projects in cursor:
            found.setdefault(cast(LeadOf, tuple(lead)), []).append((node, on, projects))
        return found

    async def save_lead_spans(self, spans: Mapping[LeadKey, Spans]) -> None:
        """Keep the spans of leads in the place of those that were known."""
        query = cast(
            Any,
            f"INSERT INTO lead_span ({_LEAD_COLUMNS}, days) SELECT {_LEAD_COLUMNS}, days::date[]"
            f" FROM unnest({_LEAD_PLACES}, %s::text[]) AS given ({_LEAD_COLUMNS}, days)"
            f" ON CONFLICT ({_LEAD_COLUMNS}) DO UPDATE SET days = excluded.days",
        )
        given = sorted((*key, "{" + ",".join(map(str, days)) + "}") for key, days in spans.items())
        for place in range(0, len(given), CHUNK):
            await self._connection.execute(query, arrays(given[place : place + CHUNK]))

    async def _copy(self, target: str, values: Iterable[Sequence[Any]]) -> None:
        given = list(values)
        if not given:
            return
        async with (
            self._connection.cursor() as cursor,
            cursor.copy(sql.SQL(f"COPY {target} FROM STDIN")) as copy,
        ):
            for row in given:
                await copy.write_row(row)
