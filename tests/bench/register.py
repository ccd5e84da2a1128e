"""Registering through the gateway beside the same rows inserted by pgbench; how soon a report shows it."""

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any
from uuid import uuid4

import aiohttp
import psycopg

from deploy.postgres import EmbeddedPostgres
from tests.bench.running import PLAN, Burst, binary, burst, caller
from tests.bench.table import Line, quantile
from tests.system.conftest import System

CLIENTS = {1: 300, 16: 3_000, 64: 3_000}
"""Clients, and how many registrations they make."""
SECONDS = 8
TABLES = ("project", "share", "budget_line", "movement", "journal_entry", "journal_pending", "idempotency_key")
LEADS = 20


def project(lead: str) -> dict[str, Any]:
    """Two shares, two budget lines, a contract: two commitments are posted."""
    return {
        "plan": PLAN,
        "project_no": f"BENCH-{uuid4().hex}",
        "title": f"测量用：{uuid4().hex[:12]}",
        "abstract": "为测量而虚构的项目。" * 10,
        "lead": lead,
        "fund_class": "innovation_support",
        "state": "contracted",
        "approved_on": "2017-03-15",
        "tasks": [{"code": "4.8", "weight": "70"}, {"code": "5.10", "weight": "30"}],
        "budget": [
            {"year": 2017, "source": "municipal", "amount": "1250000.01"},
            {"year": 2018, "source": "self", "amount": "300000.00"},
        ],
    }


def registering(session: aiohttp.ClientSession) -> Callable[[int], Awaitable[str]]:
    """Register a project durably; its id."""

    async def register(number: int) -> str:
        headers = {"Idempotency-Key": uuid4().hex}
        body = project(f"local:BENCH-{number % LEADS:02}")
        async with session.post("api/v1/projects", json=body, headers=headers) as answer:
            found = await answer.json()
            assert answer.status == 201, found
            return str(found["id"])

    return register


async def measure(system: System) -> list[Line]:
    """Both ways at 1, 16 and 64 clients; the lag of reports at 16."""
    async with caller(system) as session:
        for lead in (*(f"BENCH-{number:02}" for number in range(LEADS)), "LAG"):
            agency = {"identifier": {"scheme": "local", "value": lead}, "name": f"测量用 {lead}", "type": "institute"}
            async with session.post("api/v1/agencies", json=agency) as answer:
                assert answer.status == 201, await answer.text()
        register = registering(session)
        await burst(8, 200, register)
        ours: dict[int, Burst] = {}
        for clients, calls in CLIENTS.items():
            ours[clients] = await burst(clients, calls, register)
        lags = await _lags(session, register)
    theirs = {clients: _pgbench(system, clients) for clients in CLIENTS}
    lines = []
    for clients, found in ours.items():
        bare = theirs[clients]
        spread = f"p50 {quantile(found.milliseconds, 0.5):.1f} ms, p99 {quantile(found.milliseconds, 0.99):.1f} ms"
        lines += [
            Line(f"{clients} clients through the gateway", f"{found.rate:.0f} a second, {spread}"),
            Line(f"{clients} clients, pgbench", f"{bare:.0f} a second" if bare else "skipped: no pgbench"),
        ]
        if bare is not None:
            goal = ("≥ 1/8", found.rate >= bare / 8) if clients == 16 else ("", None)
            lines.append(Line(f"{clients} clients, ratio", f"1/{bare / found.rate:.1f}", *goal))
    late = quantile(lags, 0.99)
    return [
        *lines,
        Line("of the time at 16 clients the caller itself computed", f"{ours[16].caller:.0%} of a core"),
        Line(f"from 201 to visible in a report at 16 clients, p50 of {len(lags)}", f"{quantile(lags, 0.5):.0f} ms"),
        Line("from 201 to visible in a report at 16 clients, p99", f"{late:.0f} ms", "< 300 ms", late < 300),
    ]


async def _lags(session: aiohttp.ClientSession, register: Callable[[int], Awaitable[str]]) -> list[float]:
    """While 16 clients register, one more registers under a lead of its own and asks until the report shows it."""
    load = asyncio.create_task(burst(16, CLIENTS[16], register))
    question = {"plan": PLAN, "level": "chapter", "agency": "local:LAG"}
    found: list[float] = []
    while not load.done():
        async with session.post("api/v1/projects", json=project("local:LAG")) as answer:
            assert answer.status == 201, await answer.text()
        started = perf_counter()
        while True:
            async with session.get("api/v1/reports/coverage", params=question) as answer:
                if (await answer.json())["totals"]["projects"] > len(found):
                    break
        found.append((perf_counter() - started) * 1000)
    await load
    return found


def _pgbench(system: System, clients: int) -> float | None:
    """Transactions a second of the same rows into tables of the same shape, with the same durability."""
    program = binary("pgbench")
    if program is None:
        return None
    url = _administrator(system)
    with psycopg.connect(url, autocommit=True) as connection:
        body, entry = _example(connection)
        connection.execute("DROP SCHEMA IF EXISTS bench CASCADE")
        connection.execute("CREATE SCHEMA bench")
        for table in TABLES:
            connection.execute(f"CREATE TABLE bench.{table} (LIKE portfolio.{table} INCLUDING ALL)")
        for table in ("share", "budget_line", "movement"):
            connection.execute(f"ALTER TABLE bench.{table} ADD FOREIGN KEY (project) REFERENCES bench.project")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_SCRIPT.replace("BODY", body).replace("ENTRY", entry).replace("MOVEMENT", body[:300]))
        script.flush()
        options = ["-n", "-M", "prepared", "-c", str(clients), "-j", str(min(2, clients)), "-T", str(SECONDS)]
        done = subprocess.run(
            [program, *options, "-f", script.name, url], capture_output=True, text=True, timeout=120, check=False
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    return float(found[1])


def _administrator(system: System) -> str:
    """The administrator's URL of a running system."""
    postgres = EmbeddedPostgres(system.home)
    port = (postgres.data / "postmaster.pid").read_text().splitlines()[3]
    return postgres.url.replace(":0/", f":{port}/")


def _example(connection: psycopg.Connection) -> tuple[str, str]:
    """The body and the entry of a registered project, without what a script would have to escape."""
    found = connection.execute(
        "SELECT project.body, journal_entry.body FROM portfolio.project JOIN portfolio.journal_entry"
        " ON journal_entry.subject = project.id::text LIMIT 1"
    ).fetchone()
    assert found is not None
    return re.sub("[':\\\\]", "x", found[0]), re.sub("[':\\\\]", "x", found[1])


_SCRIPT = """
\\set p random(1, 140000000000000)
\\set m random(1, 140000000000000)
BEGIN;
INSERT INTO bench.project VALUES (lpad(to_hex(:p::bigint), 32, '0')::uuid, 'shanghai-sti-13', 'local-BENCH-01',
 'local-BENCH-01', 'BENCH-' || :p::text, 'bench' || :p::text, 'contracted', 'published', 1, 1, 'BODY');
INSERT INTO bench.share VALUES (lpad(to_hex(:p::bigint), 32, '0')::uuid, '0001-01-01', '4.8', 70),
 (lpad(to_hex(:p::bigint), 32, '0')::uuid, '0001-01-01', '5.10', 30);
INSERT INTO bench.budget_line VALUES (lpad(to_hex(:p::bigint), 32, '0')::uuid, 2017, 'municipal', 1250000.01),
 (lpad(to_hex(:p::bigint), 32, '0')::uuid, 2018, 'self', 300000.00);
INSERT INTO bench.movement VALUES (lpad(to_hex(:m::bigint), 32, '0')::uuid, lpad(to_hex(:p::bigint), 32, '0')::uuid,
 'commitment', '2017-03-15', 2017, 'municipal', 1250000.01, 'budget', 'MOVEMENT'),
 (lpad(to_hex(:m::bigint), 32, '1')::uuid, lpad(to_hex(:p::bigint), 32, '0')::uuid,
 'commitment', '2017-03-15', 2018, 'self', 300000.00, 'budget', 'MOVEMENT');
INSERT INTO bench.journal_entry VALUES (lpad(to_hex(:m::bigint), 32, '2')::uuid, 'project_registered', 'p' || :p::text,
 1, 'ENTRY');
INSERT INTO bench.journal_pending (entry) VALUES (lpad(to_hex(:m::bigint), 32, '2')::uuid);
INSERT INTO bench.idempotency_key VALUES ('manager@bench', 'POST /api/v1/projects', 'k' || :p::text || 'm' || :m::text,
 'd', 201, 'BODY', '1', 'l');
COMMIT;
"""
