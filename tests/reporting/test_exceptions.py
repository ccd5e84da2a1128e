"""Exceptions over HTTP, on a real PostgreSQL, the journals invented: doubles, crowds, pages, filters, clocks."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.reporting.contract import Exceptions
from tests.conftest import Cluster
from tests.reporting.conftest import client_of
from tests.reporting.invented import (
    LEADS,
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    an_agency_entry,
    changed,
    moment,
    recorded,
    registered,
    related,
)

KPIS = [{"name": "论文", "target": "3"}, {"name": "专利", "target": "2"}]
ZHANG = {"name": "张演示"}
RUNNING = [{"state": "in_progress", "on": "2017-04-01"}]


def of_zhang(number: int, **differing: Any) -> dict[str, Any]:
    """A running project of one leader."""
    return a_project_wire(number, **({"states": RUNNING, "pi": ZHANG} | differing))


PROJECTS = [
    a_project_wire(1, project_no="甲-1", issuing_body="市科委", title="量子材料研究", states=RUNNING, pi=ZHANG),
    a_project_wire(
        2, project_no="甲-1", issuing_body="市科委", title="别的研究", lead=LEADS[1], states=RUNNING, pi=ZHANG
    ),
    a_project_wire(
        3, project_no="甲－1", issuing_body="区科委", title="量子材料研究", states=RUNNING, pi=ZHANG, kpis=KPIS
    ),
    a_project_wire(4, title="量子材料研究一", lead=LEADS[1], states=RUNNING, pi={"name": "李演示"}, kpis=KPIS),
    a_project_wire(5, title="量子材料的研究", lead=LEADS[2], states=RUNNING, pi=ZHANG, stage="basic_research"),
    a_project_wire(6, title="量子材料研究", states=RUNNING, pi=ZHANG, record_status="draft", kpis=KPIS),
]
SPENT = [
    a_movement_wire(place, place, kind="expenditure", amount=f"{place}.00", on="2018-01-01") for place in range(1, 6)
]


@pytest.fixture
def portfolio() -> FakeJournal:
    """Six projects: one continues another, one is a draft, one is altered without a decision, all but it spent."""
    agencies = [an_agency_entry(place, lead) for place, lead in enumerate(LEADS, 1)]
    entries = [*agencies, *(registered(place, one) for place, one in enumerate(PROJECTS, 4))]
    entries.append(related(10, 5, 1, "continuation"))
    entries += [recorded(place, movement) for place, movement in enumerate(SPENT, 11)]
    entries.append(changed(16, PROJECTS[3] | {"title": "量子材料研究二"}, before=PROJECTS[3]))
    entries.append(changed(17, PROJECTS[1] | {"project_no": "乙-2"}))
    return FakeJournal(entries)


async def asked(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    """The exceptions of the small plan."""
    answer = await client.get("/reports/exceptions", params={"plan": "small"} | params)
    assert answer.status_code == 200, answer.text
    Exceptions.model_validate_json(answer.text)
    body: dict[str, Any] = answer.json()
    return body


def pairs(body: dict[str, Any]) -> dict[int, list[int]]:
    """By number of the project those of the others, in the order of the rows."""
    return {UUID(row["project"]).int: [UUID(other).int for other in row["others"]] for row in body["items"]}


async def test_one_number_of_one_issuing_body_is_a_double(manager: httpx.AsyncClient) -> None:
    assert (await asked(manager, check="A1"))["items"] == []
    body = await asked(manager, check="A1", recorded_at=moment(16).isoformat())
    assert pairs(body) == {1: [2]}
    assert body["items"][0]["details"] == ["同一下达单位下编号相同：甲-1 别的研究"]
    assert (body["checks"][0]["rows"], body["checks"][0]["amount"], body["next"]) == (1, None, None)


async def test_doubles_have_one_title_and_lead_or_leader_or_targets_and_no_lawful_relation(
    manager: httpx.AsyncClient,
) -> None:
    body = await asked(manager, check="A2")
    assert pairs(body) == {1: [3], 3: [4, 5]}, "5 continues 1; the title of 2 is another; 6 is a draft"
    first, second = body["items"]
    assert first["details"] == ["同名同单位；同一负责人，名称相似 100%：甲－1 量子材料研究"]
    assert second["details"][0] == "绩效指标完全相同：X-4 量子材料研究二"
    assert second["details"][1].startswith("同一负责人，名称相似 92%")


async def test_a_higher_similarity_finds_less(manager: httpx.AsyncClient) -> None:
    assert pairs(await asked(manager, check="A2", similarity=93)) == {1: [3], 3: [4]}


async def test_a_double_is_told_of_the_project_that_is_asked_about(manager: httpx.AsyncClient) -> None:
    assert pairs(await asked(manager, check="A2", agency=LEADS[1])) == {4: [3]}
    assert pairs(await asked(manager, check="A2", stage="basic_research")) == {5: [3]}
    assert pairs(await asked(manager, check="A2", year=2017)) == {1: [3], 3: [1, 4, 5], 4: [3], 5: [3]}


async def test_who_has_too_many_live_projects_is_told(manager: httpx.AsyncClient) -> None:
    body = await asked(manager, check="A12")
    assert pairs(body) == {1: [2, 3, 5]}
    assert body["items"][0]["details"] == ["张演示 负责在研 4 项，限 2 项"]
    both = await asked(manager, check="A12", agency_limit=1)
    assert [(row["project"] is None, row["agency"], len(row["others"])) for row in both["items"]] == [
        (False, LEADS[0], 3),
        (True, LEADS[0], 2),
        (True, LEADS[1], 2),
    ]
    page = await asked(manager, check="A12", agency_limit=1, limit=1)
    rows = page["items"]
    while page["next"]:
        page = await asked(manager, check="A12", agency_limit=1, limit=1, cursor=page["next"])
        rows += page["items"]
    assert rows == both["items"]
    assert (await asked(manager, check="A12", leader_limit=0))["items"] == []
    assert (await asked(manager, check="A12", as_of="2017-03-31"))["items"] == []


async def test_pages_of_a_check_are_its_rows(manager: httpx.AsyncClient, portfolio: FakeJournal) -> None:
    whole = await asked(manager, check="A3")
    assert (whole["checks"][0]["rows"], whole["checks"][0]["amount"]) == (5, "15.00")
    page = await asked(manager, check="A3", limit=2)
    rows = page["items"]
    portfolio.entries = [*portfolio.entries, recorded(18, a_movement_wire(90, 1, kind="receipt", amount="9.00"))]
    while page["next"]:
        page = await asked(manager, check="A3", limit=2, cursor=page["next"])
        assert (page["checks"][0]["rows"], page["checks"][0]["amount"]) == (None, None)
        rows += page["items"]
    assert rows == whole["items"]


async def test_all_checks_stand_in_order_with_their_first_rows(manager: httpx.AsyncClient) -> None:
    body = await asked(manager, limit=1)
    found = {one["check"]: one["rows"] for one in body["checks"] if one["rows"]}
    assert found == {"A2": 2, "A3": 5, "A12": 1, "A13": 1}
    assert [row["check"] for row in body["items"]] == ["A2", "A3", "A12", "A13"]
    assert body["next"] is None


async def test_what_was_not_known_or_not_yet_is_not_found(manager: httpx.AsyncClient) -> None:
    earlier = await asked(manager, recorded_at=moment(11).isoformat())
    assert {one["check"]: one["rows"] for one in earlier["checks"] if one["rows"]} == {
        "A1": 1,
        "A2": 2,
        "A3": 1,
        "A12": 1,
    }
    before = await asked(manager, check="A2", recorded_at=moment(9).isoformat())
    assert pairs(before)[1] == [3, 5], "the relation was not known yet"
    assert (await asked(manager, check="A3", as_of="2017-12-31"))["items"] == []


async def test_one_agency_sees_its_own_projects_alone(app: FastAPI, cluster: Cluster) -> None:
    async with client_of(app, cluster.token("staff", agency=LEADS[1])) as clerk:
        body = await asked(clerk)
    assert {row["agency"] for row in body["items"]} == {LEADS[1]}
    assert not any(row["others"] for row in body["items"])


async def test_a_cursor_of_another_check_is_refused(manager: httpx.AsyncClient) -> None:
    following = (await asked(manager, check="A3", limit=1))["next"]
    for check in ("A4", None):
        params = {"plan": "small", "cursor": following} | ({"check": check} if check else {})
        answer = await manager.get("/reports/exceptions", params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_cursor")


@pytest.mark.parametrize(
    "wrong", [{"check": "A15"}, {"indirect_caps": "20,15"}, {"similarity": "101"}, {"late_days": "-1"}]
)
async def test_limits_out_of_bounds_are_refused(manager: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    answer = await manager.get("/reports/exceptions", params={"plan": "small"} | wrong)
    assert answer.status_code == 422
