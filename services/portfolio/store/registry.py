"""What is written and read of agencies, projects, movements and what belongs to them."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from services.portfolio.contract import PROJECT_KINDS, AgencyTaken, BudgetLine, Movement, ProjectNoTaken, Shares
from services.portfolio.rules import Ledger
from services.portfolio.store import alike
from services.shared.database import Connection, Row, one, rows

BEGINNING = date.min


class PortfolioStore:
    """Reads and writes within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # agencies

    async def agency(self, id: str, lock: bool = False) -> str | None:
        """The body of an agency."""
        query = "SELECT body FROM agency WHERE id = %s" + (" FOR UPDATE" if lock else "")
        found = await one(self._connection, query, (id,))
        return found["body"] if found else None

    async def agencies(self, scope: str | None, after: str, limit: int) -> list[dict[str, Any]]:
        """Agencies by id; with a scope only it and its subordinates."""
        if scope is None:
            query = "SELECT id, body FROM agency WHERE id > %s ORDER BY id LIMIT %s"
            return await rows(self._connection, query, (after, limit))
        query = (
            _BELOW + "SELECT id, body FROM agency WHERE id IN (SELECT id FROM below) AND id > %s ORDER BY id LIMIT %s"
        )
        return await rows(self._connection, query, (scope, after, limit))

    async def agency_bodies(self, ids: Collection[str]) -> dict[str, str]:
        """The bodies of some agencies."""
        found = await rows(self._connection, "SELECT id, body FROM agency WHERE id = ANY(%s)", (list(ids),))
        return {row["id"]: row["body"] for row in found}

    async def add_agency(self, id: str, parent: str | None, body: str) -> None:
        """Write an agency; AgencyTaken if it is there."""
        added = await self._connection.execute(
            "INSERT INTO agency (id, parent, version, body) VALUES (%s, %s, 1, %s) ON CONFLICT DO NOTHING",
            (id, parent, body),
        )
        if added.rowcount == 0:
            raise AgencyTaken(agency=id)

    async def change_agency(self, id: str, parent: str | None, version: int, body: str) -> None:
        """Write an agency's next version."""
        await self._connection.execute(
            "UPDATE agency SET parent = %s, version = %s, body = %s WHERE id = %s", (parent, version, body, id)
        )

    async def line_above(self, id: str) -> list[str]:
        """The agency and those above it, the nearest first; empty where it is not registered."""
        found = await rows(
            self._connection,
            "WITH RECURSIVE above (id, parent, height) AS ("
            " SELECT id, parent, 0 FROM agency WHERE id = %s UNION ALL"
            " SELECT agency.id, agency.parent, height + 1 FROM agency JOIN above ON agency.id = above.parent"
            " WHERE height < 50) SELECT id FROM above ORDER BY height",
            (id,),
        )
        return [row["id"] for row in found]

    # projects

    async def project(self, id: UUID, lock: bool = False) -> dict[str, Any] | None:
        """id, plan, lead, version, serial, hashes of personal values and body of a project; with `lock` also `said`,
        the last entry that holds it whole, as of when the lock was asked for: it costs no further round trip."""
        columns = "id, plan, lead, version, serial, personal, body"
        if not lock:
            return await one(self._connection, f"SELECT {columns} FROM project WHERE id = %s", (id,))
        query = f"SELECT {columns}, ({_WHOLE.format('body')}) AS said FROM project WHERE id = %(id)s FOR UPDATE"
        return await one(self._connection, query, _whole(id))

    async def projects(
        self, filters: dict[str, str | None], scope: str | None, after: UUID | None, limit: int
    ) -> list[dict[str, Any]]:
        """Projects by id, filtered by plan, lead, state, state of the record, task, project_no."""
        where: list[sql.Composable] = [sql.SQL("record_status <> 'void'")]
        values: dict[str, Any] = {"limit": limit, "after": after, "scope": scope} | filters
        for name in ("plan", "lead", "state", "record_status", "number_key"):
            if filters.get(name) is not None:
                where.append(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)))
        if filters.get("task") is not None:
            where.append(sql.SQL("EXISTS (SELECT FROM share WHERE share.project = project.id AND code = %(task)s)"))
        if after is not None:
            where.append(sql.SQL("id > %(after)s"))
        head = sql.SQL("")
        if scope is not None:
            head = sql.SQL(_BELOW_NAMED)
            where.append(sql.SQL("lead IN (SELECT id FROM below)"))
        query = sql.SQL("{}SELECT id, plan, lead, body FROM project WHERE {} ORDER BY id LIMIT %(limit)s").format(
            head, sql.SQL(" AND ").join(where)
        )
        return await (await self._connection.execute(query, values)).fetchall()

    async def alike(self, row: dict[str, Any], scope: str | None) -> list[dict[str, Any]]:
        """Projects that may be the same as this one, by number, title, leader or bands of the title, each index at most
        fifty; without lawful doubles of it, and with a scope only those that it covers."""
        return await rows(self._connection, alike.OF_ONE, row | {"scope": scope})

    async def keys(self, id: UUID) -> dict[str, Any]:
        """What a project is found by as a double."""
        query = "SELECT id, lead, number_key, title_key, leader_key, title_bands, body FROM project WHERE id = %s"
        found = await one(self._connection, query, (id,))
        assert found is not None, "the caller has seen the project"
        return found

    async def add_project(self, row: dict[str, Any]) -> None:
        """Write a project's row; ProjectNoTaken where its number stands under the same issuing body."""
        taken = await self.holder_of(row["issuer"], row["number_key"])
        if taken is not None:
            raise ProjectNoTaken(project_no=row["number_key"], project=taken)
        try:
            await self._connection.execute(
                "INSERT INTO project (id, plan, lead, issuer, number_key, title_key, state, record_status, version,"
                " serial, body, leader_key, title_bands, personal) VALUES (%(id)s, %(plan)s, %(lead)s, %(issuer)s,"
                " %(number_key)s, %(title_key)s, %(state)s, %(record_status)s, %(version)s, %(serial)s, %(body)s,"
                " %(leader_key)s, %(title_bands)s, %(personal)s)",
                row,
            )
        except psycopg.errors.UniqueViolation:
            raise ProjectNoTaken(project_no=row["number_key"], project="registered at this moment") from None

    async def holder_of(self, issuer: str, number_key: str | None) -> UUID | None:
        """The project that bears a number."""
        if number_key is None:
            return None
        query = "SELECT id FROM project WHERE issuer = %s AND number_key = %s AND record_status <> 'void'"
        found = await one(self._connection, query, (issuer, number_key))
        return found["id"] if found else None

    async def change_project(self, row: dict[str, Any]) -> None:
        """Write a project's next version."""
        try:
            await self._connection.execute(
                "UPDATE project SET lead = %(lead)s, issuer = %(issuer)s, number_key = %(number_key)s,"
                " title_key = %(title_key)s, state = %(state)s, record_status = %(record_status)s,"
                " version = %(version)s, serial = %(serial)s, body = %(body)s, leader_key = %(leader_key)s,"
                " title_bands = %(title_bands)s, personal = %(personal)s WHERE id = %(id)s",
                row,
            )
        except psycopg.errors.UniqueViolation:
            raise ProjectNoTaken(project_no=row["number_key"], project="another project") from None

    async def next_serial(self, id: UUID) -> int:
        """Draw the next serial of a project's entries; the row stays locked to the end of the transaction."""
        query = "UPDATE project SET serial = serial + 1 WHERE id = %s RETURNING serial"
        found = await one(self._connection, query, (id,))
        assert found is not None
        return int(found["serial"])

    async def set_shares(self, project: UUID, shares: Sequence[Shares]) -> None:
        """Write the shares of a project anew."""
        await self._connection.execute("DELETE FROM share WHERE project = %s", (project,))
        await self.add_shares(project, shares)

    async def add_shares(self, project: UUID, shares: Sequence[Shares]) -> None:
        """Write shares, all in one statement."""
        spread = [(since.valid_from or BEGINNING, share) for since in shares for share in since.tasks]
        await self._connection.execute(
            "INSERT INTO share (project, valid_from, code, weight)"
            " SELECT %s, * FROM unnest(%s::date[], %s::text[], %s::numeric[])",
            (project, [d for d, _ in spread], [s.code for _, s in spread], [s.weight for _, s in spread]),
        )

    async def set_budget(self, project: UUID, budget: Sequence[BudgetLine]) -> None:
        """Write the budget of a project anew."""
        await self._connection.execute("DELETE FROM budget_line WHERE project = %s", (project,))
        await self.add_budget(project, budget)

    async def add_budget(self, project: UUID, budget: Sequence[BudgetLine]) -> None:
        """Write budget lines, all in one statement."""
        await self._connection.execute(
            "INSERT INTO budget_line (project, year, source, heading, amount)"
            " SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::text[], %s::numeric[])",
            (
                project,
                [line.year for line in budget],
                [line.source for line in budget],
                [line.heading or "" for line in budget],
                [line.amount for line in budget],
            ),
        )

    # movements

    async def add_movements(self, movements: Sequence[Movement]) -> None:
        """Write movements, all in one statement."""
        await self._connection.execute(
            "INSERT INTO movement (id, project, kind, on_day, year, source, amount, origin, body)"
            " SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::int[], %s::text[],"
            " %s::numeric[], %s::text[], %s::text[])",
            (
                [m.id for m in movements],
                [m.project for m in movements],
                [m.kind for m in movements],
                [m.on for m in movements],
                [m.year for m in movements],
                [m.source for m in movements],
                [m.amount for m in movements],
                [m.origin for m in movements],
                [m.model_dump_json() for m in movements],
            ),
        )

    async def movements(self, project: UUID, after: UUID | None, limit: int) -> list[dict[str, Any]]:
        """Movements of a project by id."""
        return await rows(
            self._connection,
            "SELECT id, body FROM movement WHERE project = %s AND (%s::uuid IS NULL OR id > %s) ORDER BY id LIMIT %s",
            (project, after, after, limit),
        )

    async def has_movement(self, project: UUID, id: UUID) -> bool:
        """Whether the project has this movement."""
        query = "SELECT id FROM movement WHERE id = %s AND project = %s"
        return await one(self._connection, query, (id, project)) is not None

    async def ledger(self, project: UUID) -> Ledger:
        """What a project's movements add up to."""
        found = await one(
            self._connection,
            "SELECT coalesce(sum(amount) FILTER (WHERE kind = 'receipt'), 0) AS received,"
            " coalesce(sum(amount) FILTER (WHERE kind = 'disbursement'), 0) AS disbursed,"
            " coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded FROM movement WHERE project = %s",
            (project,),
        )
        assert found is not None, "an aggregate has a row"
        return Ledger(**found)

    async def disbursed(self, projects: Sequence[UUID], on: date) -> dict[UUID, Decimal]:
        """What was paid out to each of some projects by a day."""
        found = await rows(
            self._connection,
            "SELECT project, sum(amount) AS amount FROM movement WHERE project = ANY(%s) AND kind = 'disbursement'"
            " AND on_day <= %s GROUP BY project",
            (list(projects), on),
        )
        return {row["project"]: row["amount"] for row in found}

    # change requests, relations, stories

    async def change_requests(self, project: UUID) -> list[dict[str, Any]]:
        """number, status and body of a project's change requests, in their order."""
        query = "SELECT number, status, body FROM change_request WHERE project = %s ORDER BY number"
        return await rows(self._connection, query, (project,))

    async def change_request(self, project: UUID, number: int) -> dict[str, Any] | None:
        """A change request with the change it asks for; the project's row is locked by who decides."""
        query = "SELECT change, body FROM change_request WHERE project = %s AND number = %s"
        return await one(self._connection, query, (project, number))

    async def add_change_request(self, project: UUID, number: int, change: str, body: str) -> None:
        """Write an open change request."""
        await self._connection.execute(
            "INSERT INTO change_request (project, number, status, change, body) VALUES (%s, %s, 'open', %s, %s)",
            (project, number, change, body),
        )

    async def decide_change_request(self, project: UUID, number: int, status: str, body: str) -> None:
        """Write what was decided."""
        await self._connection.execute(
            "UPDATE change_request SET status = %s, body = %s WHERE project = %s AND number = %s",
            (status, body, project, number),
        )

    async def set_relation(self, project: UUID, other: UUID, kind: str, body: str) -> None:
        """Write how a project stands to another."""
        await self._connection.execute(
            "INSERT INTO relation (project, other, kind, body) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (project, other) DO UPDATE SET kind = excluded.kind, body = excluded.body",
            (project, other, kind, body),
        )

    async def relations(self, project: UUID) -> list[str]:
        """The relations of a project, from it and to it."""
        query = "SELECT body FROM relation WHERE project = %s OR other = %s ORDER BY project, other"
        return [row["body"] for row in await rows(self._connection, query, (project, project))]

    async def story(self, project: UUID, after: int, limit: int) -> list[dict[str, Any]]:
        """The entries of a project that have a position, after a serial."""
        return await rows(
            self._connection,
            "SELECT serial, position, recorded_at, body FROM journal_entry"
            " JOIN journal_position ON journal_position.entry = journal_entry.id"
            " WHERE subject = %s AND serial > %s ORDER BY serial LIMIT %s",
            (str(project), after, limit),
        )

    async def told(self, project: UUID) -> list[dict[str, Any]]:
        """The last entry that holds a project whole, and the erasures after it."""
        return await rows(
            self._connection,
            f"WITH whole AS ({_WHOLE.format('serial, body')}) SELECT serial, body FROM whole UNION ALL"
            " SELECT serial, body FROM journal_entry WHERE subject = %(subject)s AND kind = 'person_erased'"
            " AND serial > (SELECT serial FROM whole) ORDER BY serial",
            _whole(project),
        )

    # personal values and what the catalog said

    async def personal_values(self, hashes: Sequence[str]) -> dict[str, str]:
        """The values that stand behind hashes, as far as they are kept."""
        query = "SELECT hash, value FROM personal_value WHERE hash = ANY(%s)"
        return {row["hash"]: row["value"] for row in await rows(self._connection, query, (list(hashes),))}

    async def personal_hashes(self, plan: str, after: UUID | None, limit: int) -> list[Row]:
        """id and personal, the hashes of personal values as they stand, of a plan's projects that have some, by id."""
        query = (
            "SELECT id, personal FROM project WHERE plan = %s AND personal <> '{}'"
            " AND (%s::uuid IS NULL OR id > %s) ORDER BY id LIMIT %s"
        )
        return await rows(self._connection, query, (plan, after, after, limit))

    async def salted_values(self, hashes: Sequence[str]) -> dict[str, tuple[str, str]]:
        """By hash the salt and the value, as far as they are kept."""
        query = "SELECT hash, salt, value FROM personal_value WHERE hash = ANY(%s)"
        found = await rows(self._connection, query, (list(hashes),))
        return {row["hash"]: (row["salt"], row["value"]) for row in found}

    async def erase_personal(self, hashes: Sequence[str]) -> None:
        """Erase values and salts: nobody can tell any more what the hashes were made of."""
        if not hashes:
            return
        await self._connection.execute("DELETE FROM personal_value WHERE hash = ANY(%s)", (list(hashes),))

    async def forget_answers(self, project: UUID) -> None:
        """Erase what was answered to requests about a project with an Idempotency-Key: such a request, repeated, is one
        of its own from now on. Every kept answer is looked at, which are those of 30 days."""
        path = f"/api/v1/projects/{project}"
        await self._connection.execute(
            "DELETE FROM idempotency_key WHERE location = %(path)s OR starts_with(location, %(path)s || '/')"
            " OR starts_with(route, 'POST ' || %(path)s || '/')",
            {"path": path},
        )

    async def keep_personal(self, hash: str, salt: str, value: str) -> None:
        """Write a personal value where it can be erased."""
        await self._connection.execute(
            "INSERT INTO personal_value (hash, salt, value) VALUES (%s, %s, %s)", (hash, salt, value)
        )

    async def remembered(self, name: str) -> tuple[str, str] | None:
        """(etag, body) of what the catalog said last."""
        found = await one(self._connection, "SELECT etag, body FROM remembered WHERE name = %s", (name,))
        return (found["etag"], found["body"]) if found else None

    async def remember(self, name: str, etag: str, body: str) -> None:
        """Keep what the catalog said."""
        await self._connection.execute(
            "INSERT INTO remembered (name, etag, body, asked_at) VALUES (%s, %s, %s, now())"
            " ON CONFLICT (name) DO UPDATE SET etag = excluded.etag, body = excluded.body, asked_at = now()",
            (name, etag, body),
        )


_WHOLE = (
    "SELECT {} FROM journal_entry WHERE subject = %(subject)s AND kind = ANY(%(whole)s) ORDER BY serial DESC LIMIT 1"
)


def _whole(project: UUID) -> dict[str, Any]:
    return {"id": project, "subject": str(project), "whole": list(PROJECT_KINDS)}


_BELOW_NAMED = (
    "WITH RECURSIVE below (id) AS (SELECT id FROM agency WHERE id = %(scope)s UNION"
    " SELECT agency.id FROM agency JOIN below ON agency.parent = below.id) "
)
_BELOW = _BELOW_NAMED.replace("%(scope)s", "%s")
