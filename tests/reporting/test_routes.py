"""The reports over HTTP."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from tests.conftest import Cluster
from tests.reporting.conftest import client_of
from tests.reporting.invented import (
    FakeJournal,
    a_movement_wire,
    moment,
    recorded,
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
    answer = await manager.get(f"/reports/{report}", params={"plan": "small", "as_of": "2018-06-30"})
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
