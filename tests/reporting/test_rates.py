"""Summary and indicators: on invented cases, and over HTTP on a real PostgreSQL."""

import asyncio
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting import operations
from services.reporting.contract import Indicators, RateExplanation, Summary, Thresholds
from services.reporting.operations import Asked
from services.reporting.rules.concentration import concentrated
from services.reporting.rules.tally import MILLION, Tally, completion
from services.shared.journal import Entry
from services.shared.money import in_fen
from tests.builders import a_plan
from tests.conftest import Cluster
from tests.reporting import portfolios
from tests.reporting.invented import (
    LEADS,
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    an_agency_entry,
    catalog_entries,
    entry,
    moment,
    recorded,
    registered,
)
from tests.reporting.test_checks import DAY, a_case, instalments
from tests.reporting.test_follow import MANAGER, followed, run, url

__all__ = ["url"]
ENDED = [("in_progress", "2017-04-01"), ("accepted", "2019-12-01")]
KPI = {"name": "论文", "target": "4"}


def tallied(*cases: Any, stale_until: int = 0) -> Tally:
    """What some cases add up to."""
    tally = Tally()
    for case in cases:
        tally.add(case, stale_until, 100)
    return tally


@pytest.mark.parametrize(
    ("kpi", "reached"),
    [
        ({"actual": "1"}, 0.25),
        ({"actual": "9"}, 1),
        ({"actual": "-1"}, 0),
        ({}, 0),
        ({"actual": "8", "comparator": "at_most"}, 0.5),
        ({"actual": "3", "comparator": "at_most"}, 1),
        ({"actual": "4.0", "comparator": "equal"}, 1),
        ({"actual": "5", "comparator": "equal"}, 0),
        ({"actual": "0", "target": "0"}, 1),
        ({"actual": "-1", "target": "0"}, 0),
    ],
)
def test_a_target_is_reached_in_parts_and_never_more_than_once(kpi: dict[str, Any], reached: float) -> None:
    assert completion([KPI | kpi]) == reached
    assert completion([KPI | kpi, KPI | {"actual": "4"}]) == (reached + 1) / 2


def test_acceptance_is_due_after_the_end_and_the_grace() -> None:
    found = tallied(
        a_case(ENDED, end_on="2019-06-30"),
        a_case(ENDED, end_on="2019-06-01"),
        a_case(end_on="2019-06-30"),
        a_case(end_on="2020-01-02"),
        a_case([("contracted", "2017-03-15"), ("terminated", "2018-01-01")], end_on="2018-06-30"),
        a_case([("contracted", "2017-03-15"), ("revoked", "2018-01-01")], end_on="2018-06-30"),
        a_case([("approved", "2017-03-15")], end_on="2018-06-30"),
    )
    assert (found.due, found.in_time, found.overdue) == (3, 1, 1)
    assert (found.contracted, found.terminated) == (5, 1)


def test_instalments_are_met_first_in_first_out() -> None:
    parts = instalments(("2018-01-01", "60.00"), ("2018-07-01", "40.00"), ("2020-07-01", "50.00"))
    late = [("receipt", "2018-01-01", 50), ("receipt", "2018-01-02", 10), ("receipt", "2018-07-01", 30)]
    found = tallied(a_case(moves=[*late, ("disbursement", "2018-08-01", 70)], instalments=parts))
    assert (found.instalments_due, found.received_in_time, found.disbursed_to_plan) == (100_00, 80_00, 70_00)
    early = tallied(a_case(moves=[("receipt", "2017-12-01", 500)], instalments=parts))
    assert early.received_in_time == 100_00
    other = tallied(a_case(moves=[("receipt", "2017-12-01", 500, "self")], instalments=parts))
    assert other.received_in_time == 0


def test_performance_is_measured_from_the_application_for_acceptance_on() -> None:
    reached = [KPI | {"actual": "2"}]
    found = tallied(a_case(ENDED, kpis=reached), a_case(kpis=reached), a_case(ENDED))
    assert (found.measured, found.reached) == (1, MILLION // 2)


def test_records_are_complete_checked_and_fresh() -> None:
    found = tallied(
        a_case(lead="cn-uscc:演示", pi={"name": "张演示"}, touched=9), a_case(lead=LEADS[1], touched=7), stale_until=8
    )
    whole = found.registered
    assert (whole.projects, whole.valid_uscc, whole.stale) == (2, 1, 1)
    assert whole.filled == sum(one.filled for one in found.by_agency.values()) == 2 * 2 + 1
    assert found.by_agency[LEADS[1]].stale == 1
    closed = tallied(a_case([*ENDED, ("closed", "2020-01-01")], touched=7), stale_until=8)
    assert closed.registered.stale == 0


@pytest.mark.parametrize(
    ("amounts", "hhi", "five"),
    [
        ({}, None, 0),
        ({"a": 7}, 10_000, 7),
        ({"a": 1, "b": 1}, 5_000, 2),
        ({"a": 1, "b": 1, "c": 1, "d": -5, "e": 0}, 3_333, 3),
        (dict.fromkeys("abcdefg", 1), 1_429, 5),
    ],
)
def test_concentration_is_the_sum_of_squared_shares(amounts: dict[str, int], hhi: int | None, five: int) -> None:
    found = concentrated(amounts)
    assert (found.hhi, found.five) == (hhi, five)


PROJECTS = [
    a_project_wire(1, pi={"name": "张演示"}),
    a_project_wire(2, lead=LEADS[1], pi={"name": "李演示"}, instalments=instalments(("2018-01-31", "50.00"))),
    a_project_wire(3, lead=LEADS[2], states=[{"state": "approved", "on": "2017-01-01"}]),
]
MOVEMENTS = [
    a_movement_wire(1, 1, amount="300.00"),
    a_movement_wire(2, 2, amount="60.00"),
    a_movement_wire(3, 2, amount="40.00", source="self"),
    a_movement_wire(4, 2, kind="receipt", amount="30.00", on="2018-01-31"),
    a_movement_wire(5, 2, kind="receipt", amount="10.00", on="2018-02-01", source="self"),
    a_movement_wire(6, 1, kind="disbursement", amount="90.00", on="2018-03-01"),
    a_movement_wire(7, 1, kind="expenditure", amount="20.00", on="2018-03-01"),
    a_movement_wire(8, 1, kind="commitment", amount="100.00", on="2018-03-01", year=2030),
    a_movement_wire(9, 3, amount="1000.00"),
]


@pytest.fixture
def portfolio() -> FakeJournal:
    """Three projects, one of them without a contract."""
    agencies = [
        an_agency_entry(place, lead, district=district)
        for place, (lead, district) in enumerate(zip(LEADS, ("310101", "310115", None), strict=True), 1)
    ]
    entries = [*agencies, *(registered(place, one) for place, one in enumerate(PROJECTS, 4))]
    return FakeJournal([*entries, *(recorded(place, one) for place, one in enumerate(MOVEMENTS, 7))])


async def asked(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    """The summary of the small plan."""
    answer = await client.get("/reports/summary", params={"plan": "small", "as_of": DAY.isoformat()} | params)
    assert answer.status_code == 200, answer.text
    Summary.model_validate_json(answer.text)
    body: dict[str, Any] = answer.json()
    return body


async def test_every_rate_says_what_it_is_made_from(manager: httpx.AsyncClient) -> None:
    body = await asked(manager)
    found = {one["code"]: (one["value"], one["numerator"], one["denominator"]) for one in body["rates"]}
    assert found == {
        "coverage_rate": ("50.0", "2", "4"),
        "effective_coverage": ("0.0", "0", "4"),
        "gap_rate": ("0.0", "0.00", "100.00"),
        "receipt_rate": ("8.0", "40.00", "500.00"),
        "receipt_rate_fiscal": ("6.5", "30.00", "460.00"),
        "receipt_rate_own": ("25.0", "10.00", "40.00"),
        "receipt_in_time": ("60.0", "30.00", "50.00"),
        "disbursement_rate": ("19.6", "90.00", "460.00"),
        "disbursement_to_plan": ("0.0", "0.00", "50.00"),
        "execution_rate": ("5.0", "20.00", "400.00"),
        "surplus_rate": ("50.0", "20.00", "40.00"),
        "leverage": ("0.087", "40.00", "460.00"),
        "average_grant": ("230.00", "460.00", "2"),
        "acceptance_in_time": (None, "0", "0"),
        "overdue_rate": (None, "0", "0"),
        "change_rate": ("0.0", "0", "2"),
        "termination_rate": ("0.0", "0", "2"),
        "kpi_completion": (None, "0.000", "0"),
    }
    assert all(one["formula"] for one in body["rates"])
    assert next(note["amount"] for note in body["notes"] if note["code"] == "not_counted") == "1000.00"


async def test_money_by_source_and_holder_adds_up(manager: httpx.AsyncClient) -> None:
    body = await asked(manager)
    assert [(one["source"], one["committed"], one["receipt_rate"]) for one in body["sources"]] == [
        ("municipal", "460.00", "6.5"),
        ("self", "40.00", "25.0"),
    ]
    held = {one["by"]: [(h["code"], h["committed"]) for h in one["largest"]] for one in body["concentration"]}
    assert held == {
        "agency": [(LEADS[0], "400.00"), (LEADS[1], "100.00")],
        "district": [("310101", "400.00"), ("310115", "100.00")],
        "leader": [("张演示", "400.00"), ("李演示", "100.00")],
    }
    assert {(one["hhi"], one["cr5"]) for one in body["concentration"]} == {("6800", "100.0")}


async def test_figures_of_the_summary_open_into_what_they_are_the_sum_of(manager: httpx.AsyncClient) -> None:
    body = await asked(manager)
    assert [one["code"] for one in body["rates"] if one["explain"] is None] == ["surplus_rate"]
    links = {
        one["explain"]: one["numerator"] for one in body["rates"] if one["explain"] and "figure=" in one["explain"]
    }
    assert len(links) == 8
    for one in body["sources"]:
        links |= {one["explain"].replace("{figure}", figure): one[figure] for figure in ("committed", "received")}
    for one in body["concentration"][:2]:
        links |= {held["explain"]: held["committed"] for held in one["largest"]}
    for link, amount in links.items():
        found = (await manager.get(link.removeprefix("/api/v1"))).json()
        if found["figure"] != "gap":
            assert sum(Decimal(item["amount"]) for item in found["items"]) == Decimal(amount), link
        assert found["total"] == amount, link


async def test_rates_of_whole_projects_open_into_what_each_project_adds(
    manager: httpx.AsyncClient, portfolio: FakeJournal
) -> None:
    kpis = [{"name": "演示", "target": "3", "actual": "2", "comparator": "at_least"}]
    ended = {"end_on": "2017-12-31", "kpis": kpis}
    lives = {"terminated": ["contracted", "terminated"], "acceptance": ["contracted", "acceptance"]}
    for number, life in enumerate(lives.values(), 4):
        states = [{"state": state, "on": f"2017-0{month}-01"} for month, state in enumerate(life, 1)]
        entry = registered(16 + number - 4, a_project_wire(number, states=states, **ended))
        portfolio.entries = [*portfolio.entries, entry]
    overdue = registered(18, a_project_wire(6, states=[{"state": "contracted", "on": "2017-01-01"}], **ended))
    portfolio.entries = [*portfolio.entries, overdue]
    for _ in range(250):
        if (await manager.get("/reports/positions")).json()["positions"]["portfolio"] == 18:
            break
        await asyncio.sleep(0.02)
    body = await asked(manager)
    seen = 0
    for one in body["rates"]:
        if not one["explain"] or "/summary/" not in one["explain"]:
            continue
        link = one["explain"].removeprefix("/api/v1")
        first = (await manager.get(f"{link}&limit=1")).json()
        found = (await manager.get(link)).json()
        RateExplanation.model_validate(found)
        items, following = first["items"], first["next"]
        while following:
            page = (await manager.get(f"{link}&limit=1&cursor={following}")).json()
            items, following = items + page["items"], page["next"]
        assert [item["project"] for item in items] == [item["project"] for item in found["items"]], one["code"]
        for side in ("numerator", "denominator"):
            total = Decimal(found[f"{side}_total"])
            assert sum(Decimal(item[side]) for item in items) == total, (one["code"], side)
            assert abs(total - Decimal(one[side])) < Decimal("0.001"), (one["code"], side)
        seen += bool(items)
    assert seen == 7
    codes = {one["code"]: one for one in body["rates"]}
    assert (codes["overdue_rate"]["numerator"], codes["termination_rate"]["numerator"]) == ("1", "1")
    foreign = await manager.get("/reports/summary/overdue_rate/explain", params={"plan": "small", "cursor": "x"})
    assert foreign.json()["code"] == "unknown_cursor"


async def test_thresholds_and_filters_are_kept_to(manager: httpx.AsyncClient) -> None:
    def rate(body: dict[str, Any], code: str) -> str | None:
        return next((one["value"] for one in body["rates"] if one["code"] == code), "none")

    assert rate(await asked(manager, min_projects=2, min_amount="100.00"), "effective_coverage") == "50.0"
    assert rate(await asked(manager, min_projects=2, min_amount="150.01"), "effective_coverage") == "25.0"
    assert rate(await asked(manager, min_projects=3, min_amount="0"), "effective_coverage") == "0.0"
    one = await asked(manager, agency=LEADS[1])
    assert (rate(one, "receipt_rate"), rate(one, "gap_rate")) == ("40.0", "none")
    assert [quality["agency"] for quality in one["quality_by_agency"]] == [LEADS[1]]
    assert rate(await asked(manager, year=2030), "execution_rate") == "0.0"
    assert rate(await asked(manager, source="self"), "receipt_rate") == "25.0"
    assert (await asked(manager, source="self"))["concentration"][2]["largest"][0]["committed"] == "40.00"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    portfolios.journal(),
    st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    st.sampled_from(((), (2017,), (2017, 2018))),
    st.sampled_from(((), ("municipal",), ("central", "self"))),
)
def test_sums_of_the_summary_are_those_of_coverage(
    cluster: Cluster,
    url: str,
    entries: list[Entry],
    day: date,
    years: tuple[int, ...],
    sources: tuple[str, ...],
) -> None:
    async def check() -> None:
        async with followed(cluster, url=url) as reports:
            await reports.follow(entries)
            asked = Asked(plan="small", as_of=day, years=years, sources=sources)
            totals = (await reports.coverage(as_of=day, years=years, sources=sources))["totals"]
            found = await operations.summary(reports.database, reports.plans, MANAGER, asked, Thresholds())
            body = Summary.model_validate_json(found.body)
            for figure in ("committed", "received", "spent"):
                assert sum(in_fen_of(getattr(one, figure)) for one in body.sources) == in_fen_of(totals[figure])
            assert next(one for one in body.rates if one.code == "average_grant").denominator == str(totals["projects"])

    run(check())


def in_fen_of(amount: str) -> int:
    """An amount of the wire in fen."""
    return in_fen(Decimal(amount))


INDICATOR = {
    "code": "I1",
    "name": "演示投入占比",
    "wording": "达到4.0%左右",
    "comparator": "approx",
    "value": "4.0",
    "unit": "%",
    "baseline": {"year": 2015, "value": "3.6"},
}


def observed(position: int, serial: int, year: int, value: str, on: str | None = None) -> Entry:
    """An observation of the indicator."""
    seen = {"plan": "small", "indicator": "I1", "serial": serial, "year": year, "on": on, "value": value}
    seen |= {"unit": "%", "status": "final", "source": "演示", "source_url": None, "note": ""}
    return entry(position, "observation_recorded", {"observation": seen})


async def test_indicators_are_told_as_observed_and_as_known(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        plan = a_plan(indicators=[INDICATOR], ends_on="2020-12-31", settings={"indicator_tolerance": "5"})
        reports.catalog = catalog_entries(plan)
        last = len(reports.catalog)
        reports.catalog += [
            observed(last + 1, 1, 2017, "3.7"),
            observed(last + 2, 2, 2018, "3.75", on="2018-06-30"),
            observed(last + 3, 3, 2017, "3.9"),
        ]
        await reports.follow([an_agency_entry(1, LEADS[0])])

        async def told(as_of: str, recorded_at: datetime | None = None) -> Any:
            asked = Asked(plan="small", as_of=date.fromisoformat(as_of), recorded_at=recorded_at)
            found = await operations.indicators(reports.database, reports.plans, MANAGER, asked)
            (line,) = Indicators.model_validate_json(found.body).items
            return [point.year for point in line.series], line.latest, line.progress, line.attained

        assert await told("2018-06-30") == ([2017, 2018], "3.75", "37.5", "no")
        assert await told("2018-06-29") == ([2017], "3.9", "75.0", "yes")
        assert await told("2018-06-29", moment(last + 2)) == ([2017], "3.7", "25.0", "no")
        assert await told("2017-12-30") == ([], None, None, None)
