"""Coverage over a large portfolio: what a report reads from cells beside the plain SQL GROUP BY over the facts.

The portfolio is invented: a journal of so many registrations is made up and followed, as reporting follows a real one.
"""

import json
import random
import resource
import tempfile
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from deploy.migrate import migrate
from deploy.postgres import EmbeddedPostgres
from deploy.roles import ensure_roles
from deploy.seed import DATA
from services.catalog.contract import PlanDocument, as_json, carrying_nodes
from services.reporting import operations
from services.reporting.operations import Asked, KnownPlans
from services.shared.database import Database, rows
from services.shared.journal import Entry, Feed
from services.shared.tokens import Caller
from tests.bench.table import Line, quantile
from tests.places import erase_places

PLAN = "shanghai-sti-13"
PAGE = 2_000
TIMES = 40
AS_OF = date(2019, 6, 15)
"""A day in the middle of the data: years, months and days have to be added."""
START = datetime(2021, 1, 1, tzinfo=UTC)
MANAGER = Caller(subject="manager@bench", role="manager")
AGENCIES = 200

PLAIN = """
WITH RECURSIVE line (task, node) AS (
    SELECT code, code FROM unnest(%(codes)s::text[], %(parents)s::text[]) AS node (code, parent)
    UNION ALL
    SELECT line.task, node.parent FROM line
    JOIN unnest(%(codes)s::text[], %(parents)s::text[]) AS node (code, parent) ON node.code = line.node
    WHERE node.parent IS NOT NULL
), money AS (
    SELECT node, sum(fen) FILTER (WHERE kind = 'commitment') AS committed,
        sum(fen) FILTER (WHERE kind = 'disbursement') AS disbursed
    FROM money_fact JOIN line USING (task)
    WHERE plan = %(plan)s AND known_until = 9223372036854775807 AND from_on <= %(on)s AND until_on > %(on)s
    GROUP BY node
), counted AS (
    SELECT node, count(DISTINCT project) AS projects, count(DISTINCT agency) AS agencies
    FROM presence_fact JOIN line USING (task)
    WHERE plan = %(plan)s AND known_until = 9223372036854775807 AND from_on <= %(on)s AND until_on > %(on)s
    GROUP BY node
)
SELECT node, projects, agencies, committed, disbursed FROM counted LEFT JOIN money USING (node)
"""
"""Coverage as a person would write it, over the same facts."""


def plan_document() -> PlanDocument:
    """The first plan."""
    text = (DATA / "plans" / f"{PLAN}.toml").read_text(encoding="utf-8")
    return PlanDocument.model_validate(json.loads(json.dumps(tomllib.loads(text), default=str)))


MADE = {"edition": 1, "source_document": "演示"}
"""What else a target's entry says."""


def catalog_entries(plan: PlanDocument) -> list[Entry]:
    """The plan's edition 1, and a target for every task."""
    targets = [
        {"plan": PLAN, "node": code, "year": None, "sources": ["central", "district", "municipal"], "amount": "9e8"}
        | MADE
        for code in carrying_nodes(plan.levels, plan.nodes)
    ]
    afters: list[tuple[str, dict[str, Any]]] = [("plan_published", {"edition": 1, "plan": as_json(plan)})]
    afters += [("target_set", {"target": target}) for target in targets]
    return [_entry(place, kind, after) for place, (kind, after) in enumerate(afters, 1)]


def _entry(position: int, kind: str, after: dict[str, Any]) -> Entry:
    body = json.dumps({"format": 1, "kind": kind, "before": None, "after": after}, ensure_ascii=False)
    return Entry(position=position, recorded_at=START + timedelta(seconds=position), leaf_hash="", body=body)


def portfolio_entries(plan: PlanDocument, projects: int) -> Iterator[Entry]:
    """Leads, then registrations: two shares, two budget lines posted; some are paid, some are terminated."""
    chance = random.Random(13)
    tasks = carrying_nodes(plan.levels, plan.nodes)
    for position in range(1, AGENCIES + 1):
        agency = {"id": f"local:A-{position:03}", "name": "演示", "district": "310101", "parent": None, "type": "other"}
        yield _entry(position, "agency_registered", {"agency": agency})
    position = AGENCIES
    for number in range(1, projects + 1):
        on = date(2016, 1, 1) + timedelta(days=chance.randrange(1_800))
        id = UUID(int=number)
        states = [{"state": "contracted", "on": on.isoformat()}]
        if number % 50 == 0:
            states.append({"state": "terminated", "on": (on + timedelta(days=200)).isoformat()})
        shares = [{"code": code, "weight": w} for code, w in zip(chance.sample(tasks, 2), ("70", "30"), strict=True)]
        project = {
            "id": str(id),
            "plan": PLAN,
            "edition": 1,
            "project_no": f"X-{number}",
            "title": f"演示 {number}",
            "lead": f"local:A-{chance.randrange(AGENCIES) + 1:03}",
            "fund_class": chance.choice(("basic_frontier", "innovation_support", "municipal_major")),
            "stage": chance.choice(("basic_research", "application")),
            "record_status": "published",
            "states": states,
            "shares": [{"valid_from": None, "tasks": shares}],
        }
        posted = [
            _movement(number * 4 + line, id, "commitment", on, on.year + line, chance, source)
            for line, source in enumerate(chance.sample(("municipal", "district", "self", "central"), 2))
        ]
        position += 1
        yield _entry(position, "project_registered", {"project": project, "posted": posted, "reason": None})
        if number % 2 == 0:
            position += 1
            paid = _movement(number * 4 + 3, id, "disbursement", on + timedelta(days=30), on.year, chance, "municipal")
            yield _entry(position, "movement_recorded", {"movement": paid, "plan": PLAN, "lead": project["lead"]})


def _movement(
    number: int, project: UUID, kind: str, on: date, year: int, chance: random.Random, source: str
) -> dict[str, Any]:
    return {
        "id": str(UUID(int=1_000_000_000 + number)),
        "project": str(project),
        "kind": kind,
        "on": on.isoformat(),
        "on_precision": "day",
        "year": year,
        "source": source,
        "amount": f"{chance.randrange(100_000, 90_000_000) / 100:.2f}",
        "corrects": None,
        "origin": "entered",
    }


@asynccontextmanager
async def reporting() -> AsyncIterator[tuple[Database, str]]:
    """A reporting schema on a PostgreSQL of its own, and the administrator's URL of that."""
    with tempfile.TemporaryDirectory(prefix="kepan-bench-") as folder:
        home = Path(folder) / "home"
        postgres = EmbeddedPostgres(home)
        admin_url = postgres.start()
        try:
            urls = ensure_roles(admin_url, home)
            migrate(admin_url)
            database = Database(urls["reporting"], "reporting")
            await database.open()
            yield database, admin_url
            await database.close()
        finally:
            postgres.stop()
            erase_places(home)


async def follow(database: Database, plans: KnownPlans, entries: Iterator[Entry], journal: Any) -> int:
    """Follow a journal page by page; how many entries it had."""
    after = 0
    page: list[Entry] = []
    for entry in entries:
        page.append(entry)
        if len(page) == PAGE:
            after = await _apply(database, plans, journal, after, page)
            page = []
    return await _apply(database, plans, journal, after, page) if page else after


async def _apply(database: Database, plans: KnownPlans, journal: Any, after: int, page: list[Entry]) -> int:
    feed = Feed(items=page, next=page[-1].position, known_through=page[-1].recorded_at)
    assert await operations.apply_page(database, plans, journal, after, feed)
    return feed.next


async def timed(work: Callable[[], Awaitable[Any]], times: int) -> list[float]:
    """Milliseconds of each time that work was done."""
    found = []
    for _ in range(times):
        started = perf_counter()
        await work()
        found.append((perf_counter() - started) * 1000)
    return found


async def measure(projects: int) -> list[Line]:
    """Follow an invented portfolio, and read its coverage both ways."""
    plan = plan_document()
    async with reporting() as (database, admin_url):
        plans = KnownPlans()
        await follow(database, plans, iter(catalog_entries(plan)), "catalog")
        started, worked = perf_counter(), process_time()
        entries = await follow(database, plans, portfolio_entries(plan, projects), "portfolio")
        seconds, own = perf_counter() - started, process_time() - worked
        movements = projects * 2 + projects // 2
        await _vacuumed(admin_url)
        values = {
            "plan": PLAN,
            "on": AS_OF,
            "codes": [node.code for node in plan.nodes],
            "parents": [node.parent for node in plan.nodes],
        }

        async def plain() -> list[Any]:
            async with database.connection() as connection:
                return await rows(connection, PLAIN, values)

        def asked(**filters: Any) -> Callable[[], Awaitable[Any]]:
            question = Asked(plan=PLAN, level="all", as_of=AS_OF, **filters)
            return lambda: operations.coverage(database, plans, MANAGER, question)

        await _agree(await plain(), (await asked()()).body)
        grouped = quantile(await timed(plain, 5), 0.5)
        default, year = await timed(asked(), TIMES), await timed(asked(years=(2018,)), TIMES)
        agency = await timed(asked(agency="local:A-007"), TIMES)
        fund_class = await timed(asked(fund_class="basic_frontier"), 5)
    middle = quantile(default, 0.5)
    return [
        Line(f"following: entries a second ({entries} entries, {movements} movements)", f"{entries / seconds:.0f}"),
        Line("following: movements a second", f"{movements / seconds:.0f}"),
        Line("following: of that time in this process", f"{own / seconds:.0%}"),
        Line("most memory of the following process", f"{_peak_mib():.0f} MiB"),
        Line(f"coverage of {projects} projects, plain GROUP BY, median", f"{grouped:.1f} ms"),
        Line("coverage report, whole answer, median", f"{middle:.2f} ms"),
        Line("ratio", f"{grouped / middle:.0f} ×", "≥ 100 ×", grouped / middle >= 100),
        Line("coverage report, one year", f"{quantile(year, 0.5):.2f} ms"),
        Line(f"coverage report, one of {AGENCIES} leads", f"{quantile(agency, 0.5):.2f} ms"),
        Line("coverage report, one fund class (cells by lead, class and stage)", f"{quantile(fund_class, 0.5):.1f} ms"),
    ]


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _vacuumed(admin_url: str) -> None:
    """What autovacuum does of itself within minutes."""
    async with await AsyncConnection.connect(admin_url, autocommit=True) as connection:
        for table in ("presence_fact", "money_fact", "cell", "fine_cell"):
            await connection.execute(sql.SQL("VACUUM ANALYZE reporting.{}").format(sql.Identifier(table)))


async def _agree(grouped: list[Any], answer: str) -> None:
    """Both ways say the same, or the comparison means nothing."""
    items = {item["code"]: item for item in json.loads(answer)["items"]}
    assert grouped, "there is something to compare"
    for row in grouped:
        item = items[row["node"]]
        assert (item["projects"], item["agencies"]) == (row["projects"], row["agencies"]), row["node"]
        assert item["committed"] == f"{row['committed'] // 100}.{row['committed'] % 100:02}", row["node"]
