"""Saved reports: whose they are, what they say at month ends, and what their owners are told."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.reporting import operations
from services.reporting.contract import SavedReport
from services.reporting.operations import saved
from services.reporting.rules.saved import Change, Seen, changes, month_ends
from tests.conftest import Cluster
from tests.reporting.conftest import client_of
from tests.reporting.invented import FakeJournal, a_movement_wire, a_project_wire, changed, recorded

GIVEN: dict[str, Any] = {"plan": "small", "name": "月末缺口", "cut": {"level": "task"}}


async def _look(app: FastAPI) -> None:
    """Look at every saved report at once, and wait while somebody else does."""
    for _ in range(250):
        if await operations.look_at_next(app.state.database, app.state.plans, 0.001):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the saved report is not looked at")


async def test_a_cut_is_kept_changed_and_deleted_by_its_owner_alone(
    app: FastAPI, manager: httpx.AsyncClient, cluster: Cluster
) -> None:
    made = await manager.post("/reports/saved", json=GIVEN, headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.text
    again = await manager.post("/reports/saved", json=GIVEN, headers={"Idempotency-Key": "one"})
    assert again.json() == made.json()
    path = f"/reports/saved/{made.json()['id']}"
    assert [one["name"] for one in (await manager.get("/reports/saved")).json()["items"]] == ["月末缺口"]
    async with client_of(app, cluster.token("manager", subject="another@test")) as other:
        assert (await other.get(path)).json()["code"] == "unknown_saved_report"
        assert (await other.get("/reports/saved")).json() == {"items": [], "next": None}
    assert (await manager.put(path, json=GIVEN)).status_code == 428
    tag = (await manager.get(path)).headers["etag"]
    renamed = await manager.put(path, json=GIVEN | {"name": "其他"}, headers={"If-Match": tag})
    assert (renamed.json()["name"], renamed.json()["version"]) == ("其他", 2)
    assert (await manager.delete(path, headers={"If-Match": tag})).status_code == 412
    assert (await manager.delete(path, headers={"If-Match": renamed.headers["etag"]})).status_code == 204
    assert (await manager.get(path)).status_code == 404


async def test_a_cut_that_its_report_would_refuse_is_refused(manager: httpx.AsyncClient) -> None:
    refused = await manager.post("/reports/saved", json=GIVEN | {"cut": {"source": ["lottery"]}})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_source")
    assert (await manager.post("/reports/saved", json=GIVEN | {"plan": "another"})).status_code == 404
    assert (await manager.post("/reports/saved?validate_only=true", json=GIVEN)).status_code == 201
    narrowed = GIVEN | {"cut": {"district": "310101"}, "gap_threshold": "1.00"}
    assert (await manager.post("/reports/saved", json=narrowed)).json()["code"] == "gap_not_applicable"
    for since in ("9999-12-31", "1999-12-31"):
        refused = await manager.post("/reports/saved", json=GIVEN | {"schedule": "month_end", "since": since})
        assert refused.json()["errors"][0]["pointer"] == "/since"
    assert (await manager.get("/reports/saved")).json()["items"] == []


async def test_a_report_that_fails_holds_up_no_other(
    app: FastAPI, manager: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monthly = GIVEN | {"schedule": "month_end", "since": "2018-01-15"}
    for name in ("坏", "好"):
        assert (await manager.post("/reports/saved", json=monthly | {"name": name})).status_code == 201
    sound = saved.asked_of

    def broken(report: SavedReport, day: date | None = None) -> operations.Asked:
        assert report.name != "坏"
        return sound(report, day)

    monkeypatch.setattr(saved, "asked_of", broken)
    await _look(app)
    await _look(app)
    kept = {
        one["name"]: (await manager.get(f"/reports/saved/{one['id']}/runs")).json()["items"]
        for one in (await manager.get("/reports/saved")).json()["items"]
    }
    assert (len(kept["坏"]), len(kept["好"]) > 0) == (0, True)


async def test_month_ends_that_are_over_are_kept_as_they_were_known(
    app: FastAPI, manager: httpx.AsyncClient, portfolio: FakeJournal
) -> None:
    since = {"schedule": "month_end", "since": "2018-01-15"}
    path = f"/reports/saved/{(await manager.post('/reports/saved', json=GIVEN | since)).json()['id']}/runs"
    await _look(app)
    first = (await manager.get(path, params={"limit": 2})).json()
    assert [run["as_of"] for run in first["items"]] == ["2018-01-31", "2018-02-28"]
    said = (await manager.get(f"{path}/2018-01-31")).json()
    assert (said["as_of"], said["totals"]["received"]) == ("2018-01-31", "33.33")
    assert (await manager.get(f"{path}/2018-01-30")).json()["code"] == "unknown_run"
    portfolio.entries = [*portfolio.entries, recorded(5, a_movement_wire(9, 1, kind="receipt", on="2018-01-02"))]
    await _known(manager, 5)
    await _look(app)
    assert (await manager.get(f"{path}/2018-01-31")).json() == said


@pytest.mark.parametrize("how", ["uncovered", "gap"])
async def test_the_owner_is_told_when_a_task_falls_out_or_a_gap_crosses_his_threshold(
    app: FastAPI, manager: httpx.AsyncClient, portfolio: FakeJournal, how: str
) -> None:
    wanted = {"tell_uncovered": True} if how == "uncovered" else {"gap_threshold": "40.00"}
    made = (await manager.post("/reports/saved", json=GIVEN | wanted)).json()
    await _look(app)
    assert (await manager.get("/reports/notices")).json()["items"] == []
    if how == "uncovered":
        life = [{"state": "contracted", "on": "2017-03-15"}, {"state": "terminated", "on": "2018-01-01"}]
        entry = changed(5, a_project_wire(1, states=life))
    else:
        entry = recorded(5, a_movement_wire(9, 1, amount="-20.00"))
    portfolio.entries = [*portfolio.entries, entry]
    await _known(manager, 5)
    for _ in range(2):
        await _look(app)
    told = (await manager.get("/reports/notices")).json()["items"]
    assert all(notice["saved"] == made["id"] for notice in told)
    expected = {
        "uncovered": [("task_uncovered", "4.8", "covered"), ("task_uncovered", "5.1", "covered")],
        "gap": [("gap_over", "4.8", "30.00")],
    }
    assert [(notice["code"], notice["node"], notice["before"]) for notice in told] == expected[how]
    newest: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"order": "newest", "limit": 1}
    while True:
        page = (await manager.get("/reports/notices", params=asked)).json()
        newest += page["items"]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert newest == told[::-1]


async def _known(client: httpx.AsyncClient, position: int) -> None:
    for _ in range(500):
        if (await client.get("/reports/positions")).json()["positions"]["portfolio"] == position:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the journal is not followed")


def test_a_month_is_over_on_the_first_day_of_the_next() -> None:
    assert list(month_ends(date(2018, 1, 31), date(2018, 2, 28))) == [date(2018, 1, 31)]
    assert list(month_ends(date.max, date(2018, 3, 1))) == []
    assert list(month_ends(date(2018, 1, 31), date(2018, 3, 1))) == [date(2018, 1, 31), date(2018, 2, 28)]
    assert list(month_ends(date(2019, 12, 5), date(2019, 12, 31))) == []


def test_what_was_not_seen_before_is_not_told() -> None:
    seen = {"a": Seen(True, None), "b": Seen(True, "50.00")}
    now = {"a": Seen(False, "10.00"), "b": Seen(True, "40.00"), "c": Seen(False, "90.00")}
    assert list(changes(seen, now, True, Decimal(45))) == [
        Change("task_uncovered", "a", "covered", "not covered"),
        Change("gap_under", "b", "50.00", "40.00"),
    ]
