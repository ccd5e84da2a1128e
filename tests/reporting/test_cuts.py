"""Explanations, matrices, flows and trends: whatever a figure is opened into adds up to it."""

import asyncio
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from services.reporting import operations
from services.reporting.contract import Explanation, Flows, Matrix, Trend, UnknownFilterValue, UnknownLine
from services.reporting.contract.cuts import MoneyFigure
from services.reporting.operations import Asked
from services.shared.journal import Entry
from tests.conftest import Cluster
from tests.reporting import portfolios
from tests.reporting.editions import published
from tests.reporting.invented import (
    LEADS,
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    a_target,
    entry,
    moment,
    recorded,
    registered,
)
from tests.reporting.test_follow import AGENCIES, DAY, MANAGER, Followed, followed, run, url

__all__ = ["url"]
MONEY = get_args(MoneyFigure)


async def _explained(reports: Followed, code: str, figure: Any, limit: int = 3, **asked: Any) -> dict[str, Any]:
    """An explanation with the items of all its pages."""
    given: dict[str, Any] = {"plan": "small", "as_of": DAY}
    question = Asked(**(given | asked))
    after: tuple[UUID, UUID, str] | None = None
    items: list[dict[str, Any]] = []
    while True:
        found = await operations.explain(reports.database, reports.plans, MANAGER, question, code, figure, after, limit)
        Explanation.model_validate_json(found.body)
        body: dict[str, Any] = json.loads(found.body)
        items += body["items"]
        if body["next"] is None:
            return body | {"items": items}
        last = items[-1]
        after = UUID(last["project"]), UUID(last["movement"] or "0" * 32), last["task"]


async def _asked(reports: Followed, report: str, *given: Any, **asked: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"plan": "small", "as_of": DAY}
    question = Asked(**(fields | asked))
    found = await getattr(operations, report)(reports.database, reports.plans, MANAGER, question, *given)
    models: dict[str, type[BaseModel]] = {"matrix": Matrix, "flows": Flows, "trend": Trend}
    models[report].model_validate_json(found.body)
    body: dict[str, Any] = json.loads(found.body)
    return body


def _sum(items: Sequence[dict[str, Any]], name: str = "amount") -> Decimal:
    return sum((Decimal(item[name]) for item in items), Decimal(0))


async def test_a_figure_opens_into_project_share_amount_movement_and_entry(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        movements = [a_movement_wire(1, 1, amount="100.01")]
        entries = [*AGENCIES, registered(4, a_project_wire(1), movements), recorded(5, a_movement_wire(2, 1))]
        await reports.follow(entries)
        found = await _explained(reports, "4.8", "committed")
        assert (found["total"], [item["amount"] for item in found["items"]]) == ("140.01", ["70.01", "70.00"])
        first = found["items"][0]
        assert (first["project_no"], first["share"], first["task"], first["kind"]) == ("X-1", "70", "4.8", "commitment")
        assert (first["position"], first["entry_position"], found["items"][1]["entry_position"]) == (4, 4, 5)
        assert (first["recorded_at"], first["crosswalk"]) == (moment(4).isoformat().replace("+00:00", "Z"), None)
        with pytest.raises(UnknownLine):
            await _explained(reports, "9.9", "committed")


async def test_a_restated_figure_says_through_which_crosswalk_it_came(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        reports.catalog.append(published(len(reports.catalog) + 1))
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])])
        (item,) = (await _explained(reports, "4.8a", "committed", edition=2))["items"]
        assert (item["amount"], item["share"]) == ("23.33", "23.333333")
        assert item["crosswalk"] == [{"task": "4.8", "share": "70", "part": "33333333/100000000"}]


async def test_a_gap_opens_into_targets_and_what_stands_against_each(cluster: Cluster) -> None:
    targets = [a_target("4.8", "100.00"), a_target("5.1", "5.00"), a_target("4.8", "1.00", year=2016)]
    async with followed(cluster, targets) as reports:
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])])
        for figure, total in (("gap", "30.00"), ("target", "105.00"), ("surplus", "25.00")):
            found = await _explained(reports, "total", figure)
            assert (found["total"], str(_sum(found["tasks"], figure))) == (total, total)
        assert str(_sum(found["items"])) == "105.00"
        assert {item["node"]: item["source_document"] for item in found["items"]} == {"4.8": "演示", "5.1": "演示"}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    portfolios.journals_of_two_editions(),
    st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    st.sampled_from(((), (2017,), (2017, 2018))),
    st.sampled_from(((), ("municipal",))),
    portfolios.narrowed(),
    st.sampled_from((1, 2)),
    st.booleans(),
)
def test_the_parts_of_every_figure_of_every_line_add_up_to_it(
    cluster: Cluster,
    url: str,
    journal: tuple[list[Entry], int],
    day: date,
    years: tuple[int, ...],
    sources: tuple[str, ...],
    narrowed: dict[str, str],
    edition: int,
    earlier: bool,
) -> None:
    entries, since = journal

    async def check() -> None:
        async with followed(cluster, url=url) as reports:
            await reports.follow(entries[:since])
            reports.catalog.append(published(len(reports.catalog) + 1))
            await reports.follow(entries)
            asked: dict[str, Any] = {"as_of": day, "years": years, "sources": sources} | narrowed
            asked |= {"edition": edition, "recorded_at": moment(max(10, len(entries) - 1)) if earlier else None}
            body = await reports.coverage(**asked)
            for item in [*body["items"], body["totals"] | {"code": "total"}]:
                for figure in ("committed", "received", "spent"):
                    found = await _explained(reports, item["code"], figure, **asked)
                    assert (found["total"], _sum(found["items"])) == (item[figure], Decimal(item[figure])), item["code"]
                found = await _explained(reports, item["code"], "projects", **asked)
                assert len({part["project"] for part in found["items"]}) == item["projects"] == found["total"]
            await _cuts_agree(reports, body, asked)

    run(check())


async def _cuts_agree(reports: Followed, body: dict[str, Any], asked: dict[str, Any]) -> None:
    """Matrix, flows and trend have the totals of the coverage, and their parts add up to them."""
    totals = body["totals"]
    axes = [("agency", "task"), ("district", "chapter"), ("source", "fund_class"), ("year", "task")]
    for rows, columns in (*axes, ("fund_class", "task"), ("stage", "fund_class"), ("agency", "stage")):
        for figure in ("committed", "projects"):
            found = await _asked(reports, "matrix", rows, columns, figure, **asked)
            assert found["total"] == totals[figure], (rows, columns, figure)
            if figure == "committed":
                for parts in (found["cells"], found["row_totals"], found["column_totals"]):
                    assert _sum(parts, "value") == Decimal(totals[figure])
    flowing = await _asked(reports, "flows", "committed", **asked)
    assert flowing["total"] == totals["committed"]
    for stage in ("source", "fund_class", "node"):
        assert _sum([node for node in flowing["nodes"] if node["stage"] == stage], "value") == Decimal(flowing["total"])
    for by in ("year", "month"):
        for figure in ("committed", "projects"):
            found = await _asked(reports, "trend", by, figure, "total", **asked)
            assert found["total"] == (totals[figure]), (by, figure)
            assert _sum(found["points"], "value") == Decimal(found["total"])
    found = await _asked(reports, "trend", "budget_year", "committed", "total", **asked)
    assert found["total"] == totals["committed"]


@pytest.mark.parametrize("day", [2, 11, 12, 25, 30])
@pytest.mark.parametrize("axis", ["agency", "district", "fund_class", "stage", "source", "year"])
async def test_a_month_that_is_not_over_is_added_up_to_its_day(cluster: Cluster, day: int, axis: str) -> None:
    async with followed(cluster) as reports:
        on = [f"2018-06-{one:02}" for one in (1, 2, 11, 12, 25)]
        movements = [a_movement_wire(n, 1, on=one, amount=f"{10**n}.00") for n, one in enumerate(on)]
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1), movements)])
        asked: dict[str, Any] = {"as_of": date(2018, 6, day)}
        found = await _asked(reports, "matrix", axis, "task", "committed", **asked)
        assert found["total"] == (await reports.coverage(**asked))["totals"]["committed"]
        assert found["total"] == f"{sum(10**n for n, one in enumerate(on) if int(one[-2:]) <= day)}.00"
        narrowed = await reports.coverage(**asked, agency=LEADS[0])
        assert narrowed["totals"]["committed"] == found["total"]


async def test_a_trend_says_what_held_at_the_end_of_each_period(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        movements = [a_movement_wire(1, 1), a_movement_wire(2, 1, on="2018-02-01", amount="50.00")]
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1), movements)])
        found = await _asked(reports, "trend", "month", "committed", "4.8")
        points = {point["period"]: point for point in found["points"]}
        assert (next(iter(points)), list(points)[-1], len(points)) == ("2017-03", "2018-06", 16)
        assert points["2018-01"] == {
            "period": "2018-01",
            "until": "2018-01-31",
            "value": "0.00",
            "cumulative": "70.00",
        }
        assert (points["2018-02"]["value"], points["2018-06"]["until"]) == ("35.00", "2018-06-30")


async def test_a_title_that_changes_later_changes_no_report_about_what_was_known_before(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])])
        known = moment(len(reports.catalog))
        before = await _asked(reports, "matrix", "source", "task", "committed", recorded_at=known)
        terms = [{"code": "municipal", "title": "市本级财政"}, {"code": "later", "title": "后来才有"}]
        renamed = {"vocabulary": {"code": "source", "title": "来源", "terms": terms}}
        reports.catalog.append(entry(len(reports.catalog) + 1, "vocabulary_set", renamed))
        await reports.apply("catalog", reports.catalog, 100)
        after = await _asked(reports, "matrix", "source", "task", "committed", recorded_at=known)
        assert after == before
        now = await _asked(reports, "matrix", "source", "task", "committed")
        assert [row["title"] for row in now["rows"]] == ["市本级财政"] != [row["title"] for row in before["rows"]]
        await reports.coverage(sources=("central",))  # a term that was dropped still has its figures
        await reports.coverage(sources=("later",))
        with pytest.raises(UnknownFilterValue):
            await reports.coverage(sources=("later",), recorded_at=known)


async def test_axes_that_do_not_cross_are_refused(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        await reports.follow(AGENCIES)
        for rows, columns in (("agency", "agency"), ("task", "chapter"), ("floor", "task")):
            with pytest.raises(UnknownFilterValue):
                await _asked(reports, "matrix", rows, columns, "committed")


async def test_the_link_of_a_cell_opens_into_the_cell(manager: httpx.AsyncClient) -> None:
    query = {"plan": "small", "as_of": "2018-06-30"}
    body = (await manager.get("/reports/matrix", params=query)).json()
    assert body["cells"], "there is something to follow"
    for cell in body["cells"]:
        link = body["explain"].replace("{row}", cell["row"]).replace("{column}", cell["column"])
        opened = (await manager.get(link.removeprefix("/api/v1"))).json()
        assert opened.get("total") == cell["value"], (link, opened)
    page = (await manager.get("/reports/coverage/total/explain", params=query | {"limit": 1})).json()
    assert page["next"] is not None
    again = await manager.get("/reports/coverage/total/explain", params=query | {"limit": 1, "cursor": page["next"]})
    assert again.json()["items"][0] != page["items"][0]
    wrong = await manager.get("/reports/coverage/total/explain", params=query | {"cursor": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_cursor")


async def test_the_links_of_flows_and_trends_open_into_their_figures(manager: httpx.AsyncClient) -> None:
    query = {"plan": "small", "as_of": "2018-06-30"}
    flowing = (await manager.get("/reports/flows", params=query)).json()
    assert flowing["links"], "there is something to follow"
    for link in flowing["links"]:
        assert (await manager.get(link["explain"].removeprefix("/api/v1"))).json()["total"] == link["value"]
    for by, hole, figure in (("month", "until", "cumulative"), ("budget_year", "period", "value")):
        body = (await manager.get("/reports/trend", params=query | {"by": by})).json()
        assert body["points"], "there is something to follow"
        for point in body["points"]:
            path = body["explain"].replace(f"{{{hole}}}", point[hole]).removeprefix("/api/v1")
            assert (await manager.get(path)).json()["total"] == point[figure], (by, point)


async def test_what_is_recorded_between_two_pages_moves_nothing(
    manager: httpx.AsyncClient, portfolio: FakeJournal
) -> None:
    query: dict[str, Any] = {"plan": "small", "as_of": "2018-06-30", "limit": 1}
    first = (await manager.get("/reports/coverage/total/explain", params=query)).json()
    portfolio.entries = [*portfolio.entries, recorded(5, a_movement_wire(9, 1, amount="1000.00"))]
    for _ in range(500):
        if (await manager.get("/reports/positions")).json()["positions"]["portfolio"] == 5:
            break
        await asyncio.sleep(0.02)
    items, following = first["items"], first["next"]
    while following:
        page = (await manager.get("/reports/coverage/total/explain", params=query | {"cursor": following})).json()
        assert page["total"] == first["total"]
        items, following = [*items, *page["items"]], page["next"]
    assert _sum(items) == Decimal(first["total"])
    assert (await manager.get("/reports/coverage/total/explain", params=query)).json()["total"] != first["total"]
