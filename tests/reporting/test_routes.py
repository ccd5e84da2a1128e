"""The reports over HTTP."""

import asyncio
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI

from tests.conftest import Cluster
from tests.reporting.conftest import client_of
from tests.reporting.invented import (
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    moment,
    recorded,
    registered,
)


async def test_coverage_lists_every_task_zeros_included(manager: httpx.AsyncClient) -> None:
    answer = await manager.get("/reports/coverage", params={"plan": "small", "as_of": "2018-06-30"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [item["code"] for item in body["items"]] == ["4.1", "4.8", "5.1", "5.10"]
    assert [item["projects"] for item in body["items"]] == [0, 1, 1, 0]
    assert body["totals"]["coverage_rate"] == "50.0"
    assert body["totals"]["receipt_rate"] == "33.3"
    assert body["items"][0]["receipt_rate"] is None
    assert body["items"][1]["gap"] == "30.00"
    assert body["positions"]["portfolio"] == 4
    assert int(answer.headers["Kepan-Lag-Ms"]) >= 0


async def test_equal_questions_get_equal_bytes(manager: httpx.AsyncClient) -> None:
    query = {"plan": "small", "as_of": "2018-06-30", "year": "2017", "level": "all"}
    first = await manager.get("/reports/coverage", params=query)
    assert (await manager.get("/reports/coverage", params=query)).content == first.content


async def test_several_years_may_be_repeated_or_stand_with_commas(manager: httpx.AsyncClient) -> None:
    one = await manager.get("/reports/coverage?plan=small&as_of=2018-06-30&year=2017&year=2018")
    other = await manager.get("/reports/coverage?plan=small&as_of=2018-06-30&year=2018,2017")
    assert one.content == other.content
    assert {"code": "answered_from", "detail": "facts", "amount": None} in one.json()["notes"]


async def test_gaps_are_listed_by_task(manager: httpx.AsyncClient) -> None:
    body = (await manager.get("/reports/gaps", params={"plan": "small", "as_of": "2018-06-30"})).json()
    assert [item["gap"] for item in body["items"]] == [None, "30.00", None, None]
    assert body["items"][1]["gap_rate"] == "30.0"


async def test_tasks_without_a_target_are_compared_with_their_chapter(manager: httpx.AsyncClient) -> None:
    body = (await manager.get("/reports/gaps", params={"plan": "small", "as_of": "2018-06-30", "level": "all"})).json()
    found = {item["code"]: (item["relative_share"], item["chapter_median"]) for item in body["items"]}
    nothing = (None, None)
    assert found == {
        "4": nothing,
        "4.1": ("0.0", "35.0"),
        "4.8": nothing,
        "5": nothing,
        "5.1": ("30.0", "0.0"),
        "5.10": ("0.0", "0.0"),
        "5.10-m1": nothing,
        "7-m1": ("0.0", "0.0"),
    }


@pytest.mark.parametrize(
    "report",
    [
        *("coverage", "gaps", "matrix", "trend", "flows", "compare", "summary", "exceptions", "indicators"),
        "coverage/total/explain",
    ],
)
async def test_every_report_says_its_formulas_in_its_notes_and_in_the_document(
    manager: httpx.AsyncClient, app: FastAPI, report: str
) -> None:
    query = {"plan": "small", "as_of": "2018-06-30"} | ({"from_as_of": "2017-01-01"} if report == "compare" else {})
    answer = await manager.get(f"/reports/{report}", params=query)
    formulas = [note["detail"] for note in answer.json()["notes"] if note["code"] == "formula"]
    path = f"/api/v1/reports/{report.replace('total', '{code}')}"
    description = app.openapi()["paths"][path]["get"]["description"]
    assert formulas
    assert all(formula in description for formula in formulas)


async def test_what_is_recorded_now_is_followed_within_a_moment(
    manager: httpx.AsyncClient, portfolio: FakeJournal
) -> None:
    portfolio.entries = [*portfolio.entries, recorded(5, a_movement_wire(3, 1, amount="1.00"))]
    for _ in range(100):
        if (await manager.get("/reports/positions")).json()["positions"]["portfolio"] == 5:
            break
        await asyncio.sleep(0.02)
    body = (await manager.get("/reports/coverage", params={"plan": "small", "as_of": "2018-06-30"})).json()
    assert body["totals"]["committed"] == "101.00"


async def test_a_comparison_names_its_earlier_side_and_a_trend_has_an_end(manager: httpx.AsyncClient) -> None:
    refused = await manager.get("/reports/compare", params={"plan": "small"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "query/from_as_of")
    for by in ("year", "month"):
        endless = await manager.get("/reports/trend", params={"plan": "small", "by": by, "as_of": "9999-12-31"})
        assert endless.status_code == 422 and "1000 years" in endless.json()["errors"][0]["detail"]


async def test_money_at_nodes_under_none_of_the_items_is_told_of(
    manager: httpx.AsyncClient, portfolio: FakeJournal
) -> None:
    tasks = [{"code": "4.8", "weight": "60"}, {"code": "7-m1", "weight": "40"}]
    project = a_project_wire(2, shares=[{"valid_from": None, "tasks": tasks}])
    portfolio.entries = [*portfolio.entries, registered(5, project, [a_movement_wire(9, 2)])]
    for _ in range(250):
        if (await manager.get("/reports/positions")).json()["positions"]["portfolio"] == 5:
            break
        await asyncio.sleep(0.02)
    query = {"plan": "small", "as_of": "2018-06-30"}
    for report in ("coverage", "gaps"):
        body = (await manager.get(f"/reports/{report}", params=query)).json()
        assert [note["amount"] for note in body["notes"] if note["code"] == "elsewhere"] == ["40.00"]
    body = (await manager.get("/reports/coverage", params=query)).json()
    items = sum(Decimal(item["committed"]) for item in body["items"])
    assert items + 40 == Decimal(body["totals"]["committed"])
    everything = (await manager.get("/reports/coverage", params=query | {"level": "all"})).json()
    assert "elsewhere" not in [note["code"] for note in everything["notes"]]


async def test_a_figure_of_a_node_opens_by_the_answer_s_own_link(manager: httpx.AsyncClient) -> None:
    body = (await manager.get("/reports/coverage", params={"plan": "small", "as_of": "2018-06-30"})).json()
    for item in body["items"]:
        link = body["explain"].replace("{code}", item["code"]).replace("{figure}", "committed")
        found = (await manager.get(f"http://reporting{link}")).json()
        assert Decimal(found["total"]) == Decimal(item["committed"])


async def test_a_moment_before_the_beginning_is_told_when_that_was(manager: httpx.AsyncClient) -> None:
    query = {"plan": "small", "recorded_at": "2011-01-01T00:00:00Z"}
    refused = await manager.get("/reports/coverage", params=query)
    assert (refused.status_code, refused.json()["code"]) == (404, "nothing_known_then")
    assert moment(1).isoformat()[:16] in refused.json()["detail"]
    long_ago = await manager.get("/reports/coverage", params=query | {"recorded_at": "0001-01-01T00:00:00+14:00"})
    assert long_ago.status_code == 422
    assert long_ago.json()["errors"][0]["pointer"] == "query/recorded_at"


async def test_a_moment_to_come_answers_not_yet_known(manager: httpx.AsyncClient) -> None:
    query = {"plan": "small", "recorded_at": moment(1_000_000).isoformat()}
    answer = await manager.get("/reports/coverage", params=query)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_yet_known")
    assert answer.headers["Retry-After"]


async def test_refusals_name_what_is_wrong(manager: httpx.AsyncClient, app: FastAPI, cluster: Cluster) -> None:
    unknown = await manager.get("/reports/coverage", params={"plan": "another"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_plan_here")
    wrong = await manager.get("/reports/coverage", params={"plan": "small", "source": "lottery", "year": "17"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_filter_value")
    async with client_of(app, cluster.token("system_admin")) as administrator:
        refused = await administrator.get("/reports/coverage", params={"plan": "small"})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
