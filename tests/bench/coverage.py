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
from itertools import islice
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
from services.reporting.contract import Limits, Thresholds
from services.reporting.operations import Asked, Feeds, KnownPlans
from services.reporting.operations.rebuilding import rebuild_within
from services.shared.database import Database, rows
from services.shared.journal import Entry, Feed
from services.shared.tokens import Caller
from tests.bench.table import Line, quantile
from tests.places import erase_places
from tests.reporting.invented import FakeJournal

PLAN = "shanghai-sti-13"
PAGE = 2_000
TIMES = 15
AS_OF = date(2019, 6, 15)
"""A day in the middle of the data: years, months and days have to be added."""
START = datetime(2021, 1, 1, tzinfo=UTC)
END = START + timedelta(days=10_000)
"""Up to where the journals are complete."""
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


PLAIN_MATRIX = """
SELECT agency, task, sum(fen) AS committed FROM money_fact
WHERE plan = %(plan)s AND kind = 'commitment' AND known_until = 9223372036854775807
    AND from_on <= %(on)s AND until_on > %(on)s
GROUP BY agency, task
"""
"""A matrix as a person would write it."""


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
        agency = {
            "id": f"local:A-{position:03}",
            "name": "演示",
            "district": f"3101{position % 16 + 1:02}",
            "parent": None,
            "type": "other",
        }
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


async def follow(database: Database, plans: KnownPlans, entries: Iterator[Entry], journal: Any, after: int) -> int:
    """Follow a journal page by page after a position; to which one."""
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


LATER, MOST_LATER = 50, 3_000
"""One entry of so many, but no more than so many, comes after the moment that earlier knowledge is asked for."""


class Journal(FakeJournal):
    """A journal made up before it is measured how fast it is followed."""

    def __init__(self, entries: Iterator[Entry], most: int | None = None) -> None:
        self.entries: list[Entry] = list(islice(entries, most))

    async def journal(self, after: int, limit: int = 500, wait: float = 0) -> Feed:
        """A page."""
        items = self.entries[after : after + limit]
        return Feed(items=items, next=after + len(items), known_through=END)


async def rebuilt(database: Database, feeds: tuple[Journal, Journal]) -> tuple[float, float]:
    """Seconds that a rebuild from two journals takes, and of those in this process."""
    catalog, portfolio = feeds
    started, worked = perf_counter(), process_time()
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE progress SET catalog = %s, portfolio = %s", (len(catalog.entries), len(portfolio.entries))
        )
        await rebuild_within(connection, Feeds(catalog, portfolio))
    return perf_counter() - started, process_time() - worked


async def measure(projects: int) -> list[Line]:
    """Rebuild from an invented journal, follow the rest of it, and read reports both ways."""
    plan = plan_document()
    async with reporting() as (database, admin_url):
        plans = KnownPlans()
        catalog, portfolio = Journal(iter(catalog_entries(plan))), Journal(portfolio_entries(plan, projects))
        whole = len(portfolio.entries)
        cut = whole - min(whole // LATER, MOST_LATER)
        later = portfolio.entries[cut:]
        del portfolio.entries[cut:]
        rebuilding, own = await rebuilt(database, (catalog, portfolio))
        first = len(portfolio.entries)
        portfolio.entries.clear()
        started = perf_counter()
        await follow(database, plans, iter(later), "portfolio", first)
        following = perf_counter() - started
        await _vacuumed(admin_url)
        values = {
            "plan": PLAN,
            "on": AS_OF,
            "codes": [node.code for node in plan.nodes],
            "parents": [node.parent for node in plan.nodes],
        }

        def plain(query: str, on: date = AS_OF) -> Callable[[], Awaitable[Any]]:
            async def read() -> list[Any]:
                async with database.connection() as connection:
                    return await rows(connection, query, values | {"on": on})

            return read

        def asked(report: Callable[..., Awaitable[Any]], *more: Any, **filters: Any) -> Callable[[], Awaitable[Any]]:
            given: dict[str, Any] = {"plan": PLAN, "level": "all", "as_of": AS_OF} | filters
            question = Asked(**given)
            return lambda: report(database, plans, MANAGER, question, *more)

        coverage, earlier = operations.coverage, later[0].recorded_at - timedelta(seconds=1)
        await _agree(await plain(PLAIN)(), (await asked(coverage)()).body)
        grouped = quantile(await timed(plain(PLAIN), 3), 0.5)
        crossed = quantile(await timed(plain(PLAIN_MATRIX), 3), 0.5)
        day = date(2017, 3, 7)
        other = quantile(await timed(plain(PLAIN, day), 3), 0.5)
        cases = [
            ("coverage", asked(coverage), grouped),
            (
                "coverage as of another day",
                asked(coverage, as_of=day),
                other,
            ),
            (f"coverage as known {len(later)} entries ago", asked(coverage, recorded_at=earlier), grouped),
            ("gaps", asked(operations.gaps), grouped),
            ("matrix: source × task", asked(operations.matrix, "source", "task", "committed"), crossed),
            ("matrix: agency × task", asked(operations.matrix, "agency", "task", "committed"), crossed),
            ("coverage of one year", asked(coverage, years=(2018,)), None),
            (f"coverage of one of {AGENCIES} leads", asked(coverage, agency="local:A-007"), None),
            ("coverage of one of 16 districts", asked(coverage, district="310101"), None),
            ("coverage of one class", asked(coverage, fund_class="basic_frontier"), None),
            (
                "coverage of one class and stage",
                asked(coverage, fund_class="basic_frontier", stage="application"),
                None,
            ),
            (
                f"coverage of one class as known {len(later)} entries ago",
                asked(coverage, fund_class="basic_frontier", recorded_at=earlier),
                None,
            ),
            ("coverage of one class and year", asked(coverage, fund_class="basic_frontier", years=(2018,)), None),
            (
                "coverage of one lead and class",
                asked(coverage, agency="local:A-007", fund_class="basic_frontier"),
                None,
            ),
            ("matrix: class × task", asked(operations.matrix, "fund_class", "task", "committed"), None),
            ("matrix: class × stage", asked(operations.matrix, "fund_class", "stage", "committed"), None),
        ]
        lines = [await _compared(name, read, beside) for name, read, beside in cases]
        for name, read in (
            ("summary, which reads every project", asked(operations.summary, Thresholds())),
            ("exceptions, which read every project", asked(operations.exceptions, Limits())),
        ):
            lines.append(await _compared(name, read, None, 3))
    per_entry = first / rebuilding
    registrations = per_entry * projects / whole
    return [
        Line(f"rebuilding {first} entries of {projects} projects: entries a second", f"{per_entry:.0f}"),
        Line("of that registrations a second", f"{registrations:.0f}", "≥ 5,000", registrations >= 5_000),
        Line("movements a second", f"{registrations * 2.5:.0f}", "≥ 20,000", registrations * 2.5 >= 20_000),
        Line("of that time in this process", f"{own / rebuilding:.0%}"),
        Line(
            f"following {len(later)} entries one page after the other: entries a second",
            f"{len(later) / following:.0f}",
        ),
        Line("most memory of this process, the made-up journal among it", f"{_peak_mib():.0f} MiB"),
        *lines,
    ]


async def _compared(name: str, read: Callable[[], Awaitable[Any]], beside: float | None, times: int = TIMES) -> Line:
    """A report's median, and how many times faster it is than plain SQL."""
    await read()
    middle = quantile(await timed(read, times), 0.5)
    if beside is None:
        return Line(name, f"{middle:.2f} ms")
    return Line(name, f"{middle:.2f} ms; plain SQL {beside:.0f} ms: {beside / middle:.0f} ×")


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
