"""Snapshots that are taken by themselves: once for each period's end, in order, each after the one before."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from services.reporting import operations, taker, watcher
from services.reporting.contract import Every
from services.reporting.operations import schedules
from services.reporting.operations.packing import Darkroom
from services.reporting.rules.schedules import period_ends
from tests.reporting.test_snapshots import ended

PATH = "/snapshots/schedules"


@given(
    since=st.dates(date(2016, 1, 1), date(2020, 12, 31)),
    days=st.integers(0, 900),
    every=st.sampled_from(("month_end", "quarter_end", "year_end")),
)
def test_the_ends_are_the_last_days_of_periods_that_are_over(since: date, days: int, every: Every) -> None:
    today = since + timedelta(days=days)
    ends = {"month_end": range(1, 13), "quarter_end": (3, 6, 9, 12), "year_end": (12,)}[every]
    naive = [
        day
        for place in range(days)
        for day in [since + timedelta(days=place)]
        if (day + timedelta(days=1)).day == 1 and day.month in ends and day < today
    ]
    assert list(period_ends(every, since, today)) == naive


async def looked(app: FastAPI) -> None:
    """Look at every schedule as if its rest were over."""
    async with app.state.database.transaction() as connection:
        await connection.execute("UPDATE schedule SET looked_at = NULL")
    await operations.queue_scheduled(app.state.database, app.state.plans, 3600)


async def all_snapshots(auditor: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The snapshots, the first one first, once none is under work."""
    found: list[dict[str, Any]] = (await auditor.get("/snapshots")).json()["items"][::-1]
    return [await ended(auditor, f"/snapshots/{one['id']}") for one in found]


async def test_missed_ends_are_made_up_for_in_order_each_after_the_one_before(
    auditor: httpx.AsyncClient, app: FastAPI
) -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()  # where the plan is
    since = (today.replace(day=1) - timedelta(days=40)).replace(day=1)
    made = await auditor.post(PATH, json={"plan": "small", "every": "month_end", "since": since.isoformat()})
    assert made.status_code == 201, made.text
    ends = list(period_ends("month_end", since, today))
    for _ in range(len(ends) + 2):
        await looked(app)
        await all_snapshots(auditor)
    found = await all_snapshots(auditor)
    assert [one["as_of"] for one in found] == [day.isoformat() for day in ends]
    assert all(one["status"] == "ready" for one in found)
    assert [one["previous"] for one in found] == [None, *(one["id"] for one in found[:-1])]
    schedule = (await auditor.get(f"{PATH}/{made.json()['id']}")).json()
    assert schedule["last"] == found[-1]["id"]


async def test_of_many_who_look_at_once_one_takes_the_snapshot(auditor: httpx.AsyncClient, app: FastAPI) -> None:
    await app.state.taker.stop()
    given = {"plan": "small", "every": "year_end", "since": "2025-12-01"}
    await auditor.post(PATH, json=given)
    state = app.state
    await asyncio.gather(*(operations.queue_scheduled(state.database, state.plans, 3600) for _ in range(4)))
    assert len((await auditor.get("/snapshots")).json()["items"]) == 1
    await state.taker.start()


async def test_a_schedule_that_fails_holds_up_no_other(
    auditor: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.state.taker.stop()
    made = [
        (await auditor.post(PATH, json={"plan": "small", "every": "year_end", "since": "2025-12-01"})).json()["id"]
        for _ in range(2)
    ]
    sound = schedules.checked_schedule

    async def broken(database: Any, plans: Any, caller: Any, schedule: Any) -> date:
        assert str(schedule.id) != made[0]
        return await sound(database, plans, caller, schedule)

    monkeypatch.setattr(schedules, "checked_schedule", broken)
    while await operations.queue_scheduled(app.state.database, app.state.plans, 3600):
        pass
    assert len((await auditor.get("/snapshots")).json()["items"]) == 1
    assert [(await auditor.get(f"{PATH}/{id}")).json()["last"] is None for id in made] == [True, False]
    await app.state.taker.start()


async def test_nobody_works_on_reports_that_have_not_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def told(name: str) -> Callable[..., Awaitable[bool]]:
        async def work(*_: Any) -> bool:
            begun.append(name)
            return False

        return work

    monkeypatch.setattr(taker, "queue_scheduled", told("schedules"))
    monkeypatch.setattr(taker, "pack_next", told("packages"))
    monkeypatch.setattr(watcher, "look_at_next", told("saved reports"))
    caught_up = asyncio.Event()
    nothing: Any = None
    room = Darkroom(nothing, nothing, nothing, nothing)
    workers: list[taker.Taker | watcher.Watcher] = [
        taker.Taker(room, caught_up),
        watcher.Watcher(nothing, nothing, caught_up),
    ]
    for worker in workers:
        await worker.start()
    await asyncio.sleep(0.05)
    assert begun == []
    caught_up.set()
    await asyncio.sleep(0.05)
    assert sorted(begun) == ["packages", "saved reports", "schedules"]
    for worker in workers:
        await worker.stop()


async def test_a_schedule_that_is_deleted_takes_none(auditor: httpx.AsyncClient, app: FastAPI) -> None:
    await app.state.taker.stop()
    made = await auditor.post(PATH, json={"plan": "small", "every": "year_end", "since": "2025-12-01"})
    one = f"{PATH}/{made.json()['id']}"
    assert [row["id"] for row in (await auditor.get(PATH)).json()["items"]] == [made.json()["id"]]
    assert (await auditor.delete(one)).status_code == 428
    assert (await auditor.delete(one, headers={"If-Match": made.headers["etag"]})).status_code == 204
    await looked(app)
    assert (await auditor.get("/snapshots")).json()["items"] == []
    assert (await auditor.get(one)).json()["code"] == "unknown_schedule"
    await app.state.taker.start()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"plan": "other"}, "unknown_plan_here"), ({"scope": {"agency": "local:x"}}, "unknown_filter_value")],
)
async def test_what_no_snapshot_could_be_taken_of_is_refused(
    auditor: httpx.AsyncClient, manager: httpx.AsyncClient, wrong: dict[str, Any], code: str
) -> None:
    given = {"plan": "small", "every": "month_end"} | wrong
    assert (await auditor.post(PATH, json=given)).json()["code"] == code
    assert (await manager.post(PATH, json=given)).status_code == 403
