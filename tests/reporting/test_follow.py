"""Following the journals on a real PostgreSQL: what is answered, remembered and rebuilt."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.contract import PlanDocument
from services.reporting import operations
from services.reporting.contract import Coverage, Gaps, NotYetKnown, UnknownFilterValue, UnknownPlanHere
from services.reporting.operations import Asked, Feeds, KnownPlans
from services.reporting.operations.following import JournalName
from services.reporting.operations.rebuilding import Step, rebuild_within
from services.reporting.store import FollowStore
from services.shared.database import Database
from services.shared.journal import Entry
from services.shared.money import from_fen
from services.shared.tokens import Caller
from tests.builders import a_plan
from tests.conftest import Cluster
from tests.reporting import oracle, portfolios
from tests.reporting.editions import HOMES
from tests.reporting.invented import (
    LEADS,
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    a_target,
    an_agency_entry,
    catalog_entries,
    changed,
    entry,
    moment,
    page,
    recorded,
    registered,
)

MANAGER = Caller(subject="manager@test", role="manager")
DAY = date(2018, 6, 30)
END = moment(5_000)
"""Up to where both journals say that they are complete."""


class Followed:
    """A database that follows given journals."""

    def __init__(self, database: Database, catalog: Sequence[Entry]) -> None:
        self.database = database
        self.catalog = list(catalog)
        self.portfolio: list[Entry] = []
        self.plans = KnownPlans()

    async def apply(self, journal: JournalName, entries: Sequence[Entry], size: int) -> None:
        """Apply the rest of a journal in pages of a size."""
        after = getattr((await operations.positions(self.database)).positions, journal)
        while after < len(entries):
            feed = page(entries, after, size, END)
            assert await operations.apply_page(self.database, self.plans, journal, after, feed)
            after = feed.next

    async def follow(self, portfolio: Sequence[Entry], size: int = 3) -> None:
        """Apply both journals."""
        self.portfolio = list(portfolio)
        await self.apply("catalog", self.catalog, 100)
        await self.apply("portfolio", self.portfolio, size)

    async def coverage(self, caller: Caller = MANAGER, **asked: Any) -> dict[str, Any]:
        """The coverage of the small plan."""
        given: dict[str, Any] = {"plan": "small", "level": "all", "as_of": DAY}
        question = Asked(**(given | asked))
        found = await operations.coverage(self.database, self.plans, caller, question)
        Coverage.model_validate_json(found.body)
        body: dict[str, Any] = json.loads(found.body)
        return body

    async def dump(self) -> list[str]:
        """The canonical dump."""
        async with self.database.connection() as connection:
            return [line async for line in operations.dump(connection)]

    async def rebuild(self) -> None:
        """From position 0."""
        feeds = Feeds(FakeJournal(self.catalog), FakeJournal(self.portfolio))
        async with self.database.transaction() as connection:
            await rebuild_within(connection, feeds)


@asynccontextmanager
async def followed(
    cluster: Cluster, targets: Sequence[dict[str, Any]] = (), url: str | None = None
) -> AsyncIterator[Followed]:
    """A fresh database, or one that is emptied first."""
    database = Database(url or cluster.fresh()["reporting"], "reporting")
    await database.open()
    try:
        async with database.transaction() as connection:
            await FollowStore(connection).clear()
        yield Followed(database, catalog_entries(targets=targets))
    finally:
        await database.close()


def figures(body: dict[str, Any], code: str) -> dict[str, Any]:
    """The figures of a node."""
    found: dict[str, Any] = next(item for item in body["items"] if item["code"] == code)
    return found


def without_notes(body: dict[str, Any]) -> dict[str, Any]:
    """A report, but for how it was answered and when."""
    return {name: value for name, value in body.items() if name not in ("notes", "recorded_at")}


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> str:
    """A database for many examples."""
    return cluster.fresh()["reporting"]


AGENCIES = [
    an_agency_entry(1, LEADS[0]),
    an_agency_entry(2, LEADS[1], parent=LEADS[0], district="310115"),
    an_agency_entry(3, LEADS[2]),
]


async def test_money_of_a_project_is_split_over_its_tasks_to_the_fen(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        movements = [a_movement_wire(1, 1, amount="100.01")]
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1), movements)])
        body = await reports.coverage()
        assert figures(body, "4.8")["committed"] == "70.01"
        assert figures(body, "5.1")["committed"] == "30.00"
        assert body["totals"]["committed"] == "100.01"
        assert (body["totals"]["projects"], figures(body, "4")["projects"]) == (1, 1)
        assert body["totals"]["covered_tasks"] == 2
        assert body["denominators"] == {"tasks": 4, "tasks_and_measures": 5, "fundable": 3}


async def test_a_late_entry_does_not_change_what_was_known_before(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        entries = [*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])]
        await reports.follow(entries)
        then = moment(4)
        before = await reports.coverage(recorded_at=then)
        late = a_movement_wire(2, 1, amount="50.00")
        life = [{"state": "contracted", "on": "2017-03-15"}, {"state": "revoked", "on": "2018-01-01"}]
        more = [recorded(5, late), changed(6, a_project_wire(1, states=life), "project_state_entered")]
        await reports.follow([*entries, *more])
        after = await reports.coverage(recorded_at=then)
        assert without_notes(after) | {"positions": 0} == without_notes(before) | {"positions": 0}
        assert (await reports.coverage(recorded_at=moment(5)))["totals"]["committed"] == "150.00"
        now = await reports.coverage()
        assert now["totals"]["committed"] == "0.00"
        assert now["notes"][0]["amount"] == "150.00"


async def test_a_void_project_is_in_no_line_and_was_there_before(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        entries = [*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])]
        await reports.follow([*entries, changed(5, a_project_wire(1, record_status="void"), "project_voided")], size=10)
        now = await reports.coverage()
        assert (now["totals"]["projects"], now["notes"][0]["amount"]) == (0, "0.00")
        assert (await reports.coverage(recorded_at=moment(4)))["totals"]["projects"] == 1


async def test_staff_see_their_agency_and_its_subordinates_alone(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        projects = [registered(4 + n, a_project_wire(n + 1, lead=lead)) for n, lead in enumerate(LEADS)]
        await reports.follow([*AGENCIES, *projects])
        staff = Caller(subject="s", role="staff", agency=LEADS[0])
        body = await reports.coverage(staff)
        assert (body["totals"]["projects"], body["totals"]["agencies"]) == (2, 2)
        assert body["filters"]["scope"] == LEADS[0]
        assert body["totals"]["gap_kind"] == "not_applicable"
        assert (await reports.coverage(staff, agency=LEADS[2]))["totals"]["projects"] == 0
        assert (await reports.coverage(district="310115"))["totals"]["projects"] == 1


async def test_targets_are_remembered_as_they_were(cluster: Cluster) -> None:
    targets = [a_target("4.8", "100.00"), a_target("4.8", "500.00")]
    async with followed(cluster, targets) as reports:
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])])
        assert figures(await reports.coverage(), "4.8")["gap"] == "430.00"
        first = await reports.coverage(recorded_at=moment(len(reports.catalog) - 1))
        assert figures(first, "4.8")["gap"] == "30.00"
        question = Asked(plan="small", as_of=DAY)
        answer = (await operations.gaps(reports.database, reports.plans, MANAGER, question)).body
        found = Gaps.model_validate_json(answer).model_dump(mode="json")
        assert found["totals"]["gap"] == "430.00"
        assert found["totals"]["gap_kind"] == "partial"


async def test_unknown_plans_and_filter_values_are_named(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        await reports.follow(AGENCIES)
        with pytest.raises(UnknownPlanHere):
            await reports.coverage(plan="another")
        with pytest.raises(UnknownFilterValue) as refused:
            await reports.coverage(sources=("lottery",), agency="local:none", level="floor")
        assert {error["code"] for error in refused.value.errors} == {
            "unknown_source",
            "unknown_agency",
            "unknown_level",
        }


async def test_a_moment_that_is_not_known_of_yet_is_refused(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        await reports.follow(AGENCIES)
        with pytest.raises(NotYetKnown):
            await reports.coverage(recorded_at=moment(10_000))


async def test_a_page_is_applied_once(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        await reports.follow(AGENCIES)
        again = page(AGENCIES, 0, 3)
        assert not await operations.apply_page(reports.database, reports.plans, "portfolio", 0, again)


async def test_a_project_whose_plan_is_not_known_waits_for_the_catalog(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        portfolio = [*AGENCIES, registered(4, a_project_wire(1))]
        feeds = Feeds(FakeJournal(reports.catalog), FakeJournal(portfolio))
        for _ in range(3):
            await operations.follow_once(reports.database, reports.plans, feeds, "portfolio")
        assert (await reports.coverage())["totals"]["projects"] == 1


@pytest.mark.parametrize("kind", ["plan_published", "edition_published"])
async def test_a_later_edition_counts_all_projects_by_its_own_tree_and_weight(cluster: Cluster, kind: str) -> None:
    async with followed(cluster) as reports:
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1))])
        assert (await reports.coverage())["totals"]["covered_tasks"] == 2
        plan = a_plan(settings={"covering_weight": "50"}).model_dump(mode="json")
        position = len(reports.catalog) + 1
        reports.catalog.append(entry(position, kind, {"edition": 2, "plan": plan}))
        await reports.follow(reports.portfolio)
        body = await reports.coverage()
        assert (body["edition"], body["totals"]["covered_tasks"], body["totals"]["projects"]) == (2, 1, 1)
        before = await reports.dump()
        await reports.rebuild()
        assert await reports.dump() == before


async def test_where_nothing_was_followed_a_rebuild_goes_to_the_end(cluster: Cluster) -> None:
    entries = [*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])]
    async with followed(cluster) as reports:
        await reports.follow(entries)
        before = await reports.dump()
        async with reports.database.transaction() as connection:
            await FollowStore(connection).clear()
            await rebuild_within(connection, Feeds(FakeJournal(reports.catalog), FakeJournal(entries)))
        assert await reports.dump() == before


async def test_a_rebuild_goes_no_further_than_was_followed(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        entries = [*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])]
        await reports.follow(entries)
        before = await reports.dump()
        reports.portfolio.append(registered(5, a_project_wire(2, plan="of a catalog's page to come")))
        heard: list[Step] = []
        async with reports.database.transaction() as connection:
            feeds = Feeds(FakeJournal(reports.catalog), FakeJournal(reports.portfolio))
            await rebuild_within(connection, feeds, heard.append)
        assert await reports.dump() == before
        assert (heard[-1].entries, heard[-1].of) == (len(reports.catalog) + 4,) * 2


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(portfolios.journal(), st.integers(1, 5))
def test_rebuilding_gives_what_following_gave(cluster: Cluster, url: str, entries: list[Entry], size: int) -> None:
    async def check() -> None:
        async with followed(cluster, url=url) as reports:
            await reports.follow(entries, size)
            before = await reports.dump()
            await reports.rebuild()
            assert await reports.dump() == before

    run(check())


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    portfolios.journal(),
    st.integers(1, 5),
    st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    st.sampled_from(((), (2017,), (2017, 2018))),
    st.sampled_from(((), ("municipal",), ("central", "self"))),
    portfolios.narrowed(),
)
def test_cells_and_facts_answer_what_counting_one_by_one_finds(
    cluster: Cluster,
    url: str,
    entries: list[Entry],
    size: int,
    day: date,
    years: tuple[int, ...],
    sources: tuple[str, ...],
    narrowed: dict[str, str],
) -> None:
    async def check() -> None:
        async with followed(cluster, url=url) as reports:
            await reports.follow(entries, size)
            asked: dict[str, Any] = {"as_of": day, "years": years, "sources": sources} | narrowed
            agree(await reports.coverage(**asked), entries, asked, a_plan())
            end = len(entries)
            more = [*entries, *_noise(end)]
            await reports.follow(more)
            middle = max(len(AGENCIES), end // 2)
            for position in (middle, end):
                body = await reports.coverage(**asked, recorded_at=moment(position))
                agree(body, entries[:position], asked, a_plan())
            agree(await reports.coverage(**asked), more, asked, a_plan())

    run(check())


def _noise(position: int) -> list[Entry]:
    """Later entries: a project of everything."""
    project = a_project_wire(99, lead=LEADS[0])
    return [
        registered(position + 1, project, [a_movement_wire(500, 99)]),
        recorded(position + 2, a_movement_wire(501, 99, source="central", year=2018, amount="-1.01")),
    ]


def agree(body: dict[str, Any], entries: Sequence[Entry], asked: dict[str, Any], plan: PlanDocument) -> None:
    """A report says what the oracle finds in the entries."""
    projects: dict[str, dict[str, Any]] = {}
    movements = []
    for one in entries:
        after = json.loads(one.body)["after"]
        if "project" in after:
            projects[after["project"]["id"]] = after["project"]
            movements += after["posted"]
        elif "movement" in after:
            movements.append(after["movement"])
    for name in ("fund_class", "stage"):
        if name in asked:
            wanted = None if asked[name] == "unclassified" else asked[name]
            projects = {id: project for id, project in projects.items() if project[name] == wanted}
    narrowed = [{asked["agency"]}] if "agency" in asked else []
    narrowed += [{LEADS[1]}] if "district" in asked else []
    leads = set.intersection(*narrowed) if narrowed else None
    question = (asked["as_of"], set(asked["years"]), set(asked["sources"]), leads, body["edition"], HOMES)
    expected = oracle.coverage(plan, projects.values(), movements, *question)
    found = {item["code"]: item for item in body["items"]} | {"*": body["totals"]}
    for code, item in found.items():
        node = expected[code]
        assert (item["projects"], item["agencies"]) == (node.projects, node.agencies), code
        assert item["committed"] == from_fen(node.committed), code
        assert (item["received"], item["spent"]) == (from_fen(node.received), from_fen(node.spent)), code
    assert body["notes"][0]["amount"] == from_fen(expected[""].committed)
    tasks = [node.code for node in plan.nodes if node.level == "task" and expected[node.code].covering]
    assert body["totals"]["covered_tasks"] == len(tasks)
    notes = {note["code"]: note["amount"] for note in body["notes"]}
    assert notes.get("restated", "0.00") == from_fen(expected["restated"].committed)
    assert all(code in found for code in oracle.HOMELESS if expected[code].projects)


def run(check: Coroutine[Any, Any, None]) -> None:
    asyncio.run(check)
