"""Imports over HTTP: check, apply, policies, round trip, people who do not see each other's."""

import asyncio
import io
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from fastapi import FastAPI

from services.portfolio.contract import MOST_BYTES
from tests.builders import a_project, an_agency, knowledge
from tests.conftest import Cluster
from tests.portfolio.conftest import client_of
from tests.portfolio.lists import HEADERS, a_list, a_row, a_uscc, rows_of, send


async def projects(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The projects of the small plan."""
    items: list[dict[str, Any]] = (await client.get("/projects", params={"plan": "small"})).json()["items"]
    return items


async def test_a_check_judges_every_row_and_writes_nothing(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    path = a_list(tmp_path / "a.xlsx", [a_row(1), a_row(2, 规划任务="4.99", **{"总经费（万元）": -1})])
    made = await send(manager, path)
    assert (made["status"], made["applied"], made["format"]) == ("done", False, "xlsx"), made["errors"]
    assert {name: made["counts"][name] for name in ("rows", "rejected", "created")} == {
        "rows": 3,
        "rejected": 1,
        "created": 1,
    }
    _, good, bad = await rows_of(manager, made["id"])
    assert (good["verdict"], good["outcome"]) == ("accepted_with_warnings", "created")
    assert [warning["code"] for warning in good["warnings"]] == ["agency_created"]
    assert good["values"]["amount_total"] == "1550000.00"
    assert {error["code"] for error in bad["errors"]} == {"task_unknown", "amount_negative"}
    assert await projects(manager) == []
    assert (await manager.get("/agencies")).json()["items"] == []


async def test_apply_is_all_or_nothing_unless_the_good_rows_are_asked_for(
    manager: httpx.AsyncClient, tmp_path: Path
) -> None:
    path = a_list(
        tmp_path / "a.xlsx", [a_row(1), a_row(2, 项目状态="不明"), a_row(3, 规划任务="4.8；5.10", 任务权重="70；30")]
    )
    nothing = await send(manager, path, mode="apply")
    assert (nothing["applied"], await projects(manager)) == (False, [])
    some = await send(manager, path, mode="apply", accept_valid="true")
    assert (some["applied"], some["counts"]["created"], some["counts"]["rejected"]) == (True, 2, 1)
    first, third = await projects(manager)
    assert (first["project_no"], first["lead"], first["state"]) == (
        "17DZ2260001",
        f"cn-uscc:{a_uscc(1)}",
        "in_progress",
    )
    assert (first["start_on"], first["start_precision"], first["end_on"]) == ("2017-03-01", "month", "2019-12-31")
    assert first["budget"] == [
        {"year": 2017, "source": "municipal", "amount": "1250000.00"},
        {"year": 2017, "source": "self", "amount": "300000.00"},
    ]
    assert third["tasks"] == [{"code": "4.8", "weight": "70"}, {"code": "5.10", "weight": "30"}]
    ledger = (await manager.get(f"/projects/{first['id']}/movements")).json()["items"]
    assert [(m["kind"], m["source"], m["amount"]) for m in ledger] == [
        ("commitment", "municipal", "1250000.00"),
        ("commitment", "self", "300000.00"),
        ("disbursement", "municipal", "625000.00"),
    ]


async def test_applying_the_same_file_again_changes_nothing(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    path = a_list(tmp_path / "a.xlsx", [a_row(1), a_row(2)])
    await send(manager, path, mode="apply")
    before = await projects(manager)
    for policy in ("add", "update", "replace"):
        again = await send(manager, path, mode="apply", policy=policy)
        assert (again["applied"], again["counts"]["unchanged"], again["counts"]["updated"]) == (True, 2, 0)
    assert await projects(manager) == before


async def test_a_changed_row_is_refused_updated_or_replaced_as_declared(
    manager: httpx.AsyncClient, tmp_path: Path
) -> None:
    await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1)]), mode="apply")
    changed = a_row(1, 项目名称="演示：改名", 项目状态="suspended", 进度=None, **{"已拨付（万元）": 70})
    path = a_list(tmp_path / "b.xlsx", [changed])
    refused = await send(manager, path, mode="apply")
    assert (await rows_of(manager, refused["id"]))[1]["errors"][0]["code"] == "project_exists"
    updated = await send(manager, path, mode="apply", policy="update")
    assert updated["counts"]["updated"] == 1
    project = (await projects(manager))[0]
    assert (project["title"], project["state"], project["progress_pct"]) == ("演示：改名", "suspended", "35.00")
    ledger = (await manager.get(f"/projects/{project['id']}/movements")).json()["items"]
    assert [m["amount"] for m in ledger if m["kind"] == "disbursement"] == ["625000.00", "75000.00"]
    await send(manager, path, mode="apply", policy="replace")
    assert "progress_pct" not in (await projects(manager))[0]


async def test_money_planned_over_years_is_not_changed_by_one_sum(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1)]), mode="apply")
    project = (await projects(manager))[0]
    budget = [{"year": year, "source": "municipal", "amount": "625000.00"} for year in (2017, 2018)]
    budget += [{"year": 2017, "source": "self", "amount": "300000.00"}]
    await manager.patch(f"/projects/{project['id']}", json={"budget": budget}, headers={"If-Match": "*"})
    same = await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1)]), mode="apply", policy="update")
    assert same["counts"]["unchanged"] == 1
    more = {"总经费（万元）": 165, "市级财政（万元）": 135}
    refused = await send(manager, a_list(tmp_path / "b.xlsx", [a_row(1, **more)]), mode="apply", policy="update")
    assert (await rows_of(manager, refused["id"]))[1]["errors"][0]["code"] == "budget_by_year"


async def test_what_somebody_changes_meanwhile_is_not_written_over(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1), a_row(2)]), mode="apply")
    answer = await manager.get("/projects.xlsx", params={"plan": "small"})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    columns = {str(cell.value): place for place, cell in enumerate(sheet[1], 1)}
    sheet.cell(2, columns["项目名称"]).value = "演示：改过的名"
    sheet.cell(3, columns["自筹（万元）"]).value = 40
    sheet.cell(3, columns["总经费（万元）"]).value = 165
    book.save(tmp_path / "edited.xlsx")
    first, second = await projects(manager)
    await manager.patch(f"/projects/{first['id']}", json={"team_size": 3}, headers={"If-Match": "*"})
    made = await send(manager, tmp_path / "edited.xlsx", mode="apply", accept_valid="true")
    _, conflict, edited = await rows_of(manager, made["id"])
    assert ([error["code"] for error in conflict["errors"]], edited["outcome"]) == (["version_conflict"], "updated")
    after = await projects(manager)
    assert after[0]["title"] == first["title"]
    assert after[1] == second | {
        "version": 2,
        "budget": [second["budget"][0], {"year": 2017, "source": "self", "amount": "400000.00"}],
        "amount_total": "1650000.00",
    }


@pytest.mark.parametrize("format", ["xlsx", "csv"])
async def test_a_list_that_comes_back_unedited_changes_nothing(
    manager: httpx.AsyncClient, tmp_path: Path, format: str
) -> None:
    await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1), a_row(2, 规划任务="4.8；5.1；5.10")]), mode="apply")
    await manager.post("/agencies", json=an_agency())
    # A project as the interface lets it be: of another scheme, without much, planned over years.
    await manager.post("/projects", json=a_project(budget=[{"year": 2017, "source": "self", "amount": "0.01"}]))
    before = await projects(manager)
    path = tmp_path / f"list.{format}"
    path.write_bytes((await manager.get(f"/projects.{format}", params={"plan": "small"})).content)
    made = await send(manager, path, mode="apply")
    assert made["counts"]["unchanged"] == 3, await rows_of(manager, made["id"])
    assert await projects(manager) == before


async def test_the_senders_workbook_returns_with_the_verdicts(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    path = a_list(tmp_path / "我的清单.xlsx", [a_row(1), a_row(2, 规划任务="4.99")])
    made = await send(manager, path)
    answer = await manager.get(f"/imports/{made['id']}/result.xlsx")
    assert "filename*=utf-8''%E6%88%91%E7%9A%84" in answer.headers["content-disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    column = next(place for place, cell in enumerate(sheet[1], 1) if cell.value == "导入结果")
    assert [sheet.cell(row, column).value for row in (2, 3)] == ["通过（有提示）", "退回"]
    # The result sent back is read as the list that it is.
    (tmp_path / "again.xlsx").write_bytes(answer.content)
    assert (await send(manager, tmp_path / "again.xlsx"))["counts"]["rejected"] == 1


async def test_a_file_that_came_is_applied_without_sending_it_again(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    made = await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1)]))
    applied = await manager.post(f"/imports/{made['id']}/apply", json={"mode": "apply"})
    assert applied.status_code == 202
    for _ in range(100):
        if await projects(manager):
            break
        await asyncio.sleep(0.1)
    assert len(await projects(manager)) == 1


async def test_staff_import_for_their_own_and_nobody_sees_anothers_file(
    app: FastAPI, cluster: Cluster, manager: httpx.AsyncClient, tmp_path: Path
) -> None:
    for number in (1, 2):
        identifier = {"scheme": "cn-uscc", "value": a_uscc(number)}
        await manager.post("/agencies", json=an_agency() | {"identifier": identifier})
    path = a_list(
        tmp_path / "a.xlsx", [a_row(1), a_row(2, 统一社会信用代码=a_uscc(2)), a_row(3, 统一社会信用代码=a_uscc(3))]
    )
    async with client_of(app, cluster.token("staff", f"cn-uscc:{a_uscc(1)}")) as staff:
        made = await send(staff, path, mode="apply", accept_valid="true")
        _, own, other, created = await rows_of(staff, made["id"])
        assert own["outcome"] == "created"
        assert [error["code"] for error in other["errors"]] == ["agency_not_allowed"]
        assert [warning["code"] for warning in created["warnings"]] == ["agency_created"]
        below = (await staff.get(f"/agencies/cn-uscc:{a_uscc(3)}")).json()
        assert below["parent"] == f"cn-uscc:{a_uscc(1)}"
        assert own["values"]["pi_phone"] == "19900001234"
    seen = await rows_of(manager, made["id"])
    assert seen[1]["values"]["pi_phone"] == "199****1234"
    async with client_of(app, cluster.token("staff", f"cn-uscc:{a_uscc(2)}", subject="other")) as stranger:
        assert (await stranger.get(f"/imports/{made['id']}")).json()["code"] == "unknown_import"
        assert (await stranger.get("/imports")).json()["items"] == []


async def test_two_overlapping_lists_at_once_end_in_one_portfolio(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    first = a_list(tmp_path / "a.xlsx", [a_row(number) for number in range(1, 21)])
    second = a_list(tmp_path / "b.xlsx", [a_row(number) for number in range(11, 31)])
    done = await asyncio.gather(*(send(manager, path, mode="apply") for path in (first, second, first)))
    assert all(made["applied"] for made in done)
    assert sum(made["counts"]["created"] for made in done) == 30
    numbers = [project["project_no"] for project in await projects(manager)]
    assert sorted(numbers) == [f"17DZ226{number:04d}" for number in range(1, 31)]


async def test_a_row_that_looks_like_a_registered_project_says_so_and_is_taken(
    manager: httpx.AsyncClient, tmp_path: Path
) -> None:
    await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1, 项目名称="演示：高通量材料计算平台")]), mode="apply")
    path = a_list(tmp_path / "b.xlsx", [a_row(2, 项目名称="演示：高通量材料计算平台（二）")])
    made = await send(manager, path, mode="apply")
    row = (await rows_of(manager, made["id"]))[1]
    assert (row["outcome"], row["candidates"][0]["project_no"]) == ("created", "17DZ2260001")


async def test_in_a_plan_with_review_rows_become_drafts_and_changes_need_requests(
    app: FastAPI, manager: httpx.AsyncClient, tmp_path: Path
) -> None:
    path = a_list(tmp_path / "a.xlsx", [a_row(1)])
    await send(manager, path, mode="apply")
    app.state.catalog.known = knowledge(settings={"registration_review": "on"})
    changed = a_list(tmp_path / "b.xlsx", [a_row(1, 项目名称="演示：改名"), a_row(2)])
    made = await send(manager, changed, mode="apply", policy="update", accept_valid="true")
    _, old, fresh = await rows_of(manager, made["id"])
    assert [error["code"] for error in old["errors"]] == ["change_request_needed"]
    assert fresh["outcome"] == "created"
    assert [project["record_status"] for project in await projects(manager)] == ["published", "draft"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", "unreadable_file"),
        ("a.csv", "甲,乙\n1,2\n".encode(), "no_project_list"),
        ("a.bin", b"\x00\x01\xff\xfe\x80", "unreadable_file"),
        ("a.xml", b"<?xml version='1.0'?><html/>", "unreadable_xml"),
    ],
)
async def test_a_file_that_is_no_list_fails_with_the_reason(
    manager: httpx.AsyncClient, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    made = await send(manager, path, mode="apply")
    assert (made["status"], [error["code"] for error in made["errors"]]) == ("failed", [code])


async def test_a_huge_file_is_refused_at_once(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with path.open("rb") as file:
        refused = await manager.post("/imports", files={"file": ("a.xlsx", file)}, data={"plan": "small"})
    assert (refused.status_code, refused.json()["code"]) == (422, "file_too_large")


async def test_the_same_key_queues_one_import(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    content = a_list(tmp_path / "a.xlsx", [a_row(1)]).read_bytes()
    headers, files = {"Idempotency-Key": "k"}, {"file": ("a.xlsx", content)}
    ids = {
        (await manager.post("/imports", files=files, data={"plan": "small"}, headers=headers)).json()["id"]
        for _ in range(2)
    }
    assert len(ids) == 1
    other = await manager.post("/imports", files=files, data={"plan": "small", "mode": "apply"}, headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_the_template_is_a_list_without_projects(manager: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await manager.get("/imports/template.xlsx", params={"plan": "small"})
    (tmp_path / "t.xlsx").write_bytes(answer.content)
    made = await send(manager, tmp_path / "t.xlsx", mode="apply")
    assert (made["status"], made["counts"]["created"], made["counts"]["rejected"]) == ("done", 0, 0)
    assert HEADERS[0] == "项目编号"
