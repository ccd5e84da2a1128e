"""kill -9 at any moment loses no acknowledged registration and doubles none that is retried with its key."""

import os
import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.builders import an_agency
from tests.system.conftest import System, caught_up

PROJECTS = 60


def a_project(number: int) -> dict[str, object]:
    """A registration against the real plan."""
    return {
        "plan": "shanghai-sti-13",
        "project_no": f"CRASH-{number}",
        "title": f"演示：崩溃 {number}",
        "lead": "local:A-01",
        "state": "contracted",
        "approved_on": "2017-03-15",
        "tasks": [{"code": "4.8", "weight": "70"}, {"code": "5.10", "weight": "30"}],
        "budget": [{"year": 2017, "source": "municipal", "amount": "1000000.01"}],
    }


def register_all(system: System, acknowledged: dict[int, str]) -> None:
    """Register every project, repeating with the same key until it is acknowledged."""
    with system.client() as client:
        for number in range(PROJECTS):
            deadline = time.monotonic() + 90
            while number not in acknowledged:
                assert time.monotonic() < deadline, f"project {number} was never acknowledged"
                try:
                    answer = client.post(
                        "/projects", json=a_project(number), headers={"Idempotency-Key": f"c-{number}"}
                    )
                except httpx.HTTPError:
                    time.sleep(0.1)
                    continue
                if answer.status_code == 201:
                    acknowledged[number] = answer.json()["id"]
                else:
                    assert answer.status_code in (409, 502, 503, 504), answer.text
                    time.sleep(0.1)


def check(system: System, acknowledged: dict[int, str]) -> None:
    """Each is there once, and the report has them all with every fen."""
    with system.client() as client:
        found: list[str] = []
        cursor = None
        while True:
            page = client.get("/projects", params={"limit": 25} | ({"cursor": cursor} if cursor else {})).json()
            found += [project["id"] for project in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert sorted(found) == sorted(acknowledged.values())
        caught_up(client)
        totals = client.get("/reports/coverage", params={"plan": "shanghai-sti-13"}).json()["totals"]
    assert totals["projects"] == PROJECTS
    assert totals["committed"] == f"{PROJECTS * 1000000 + PROJECTS // 100}.{PROJECTS % 100:02d}"


@pytest.mark.xdist_group("crash")
def test_kill_9_of_every_process_and_of_the_supervisor_loses_and_doubles_nothing(tmp_path: Path) -> None:
    system = System(tmp_path / "home", KEPAN_DEMO="0")
    system.start()
    try:
        with system.client() as client:
            assert client.post("/agencies", json=an_agency()).status_code == 201
        acknowledged: dict[int, str] = {}
        with ThreadPoolExecutor(1) as loader:
            loading = loader.submit(register_all, system, acknowledged)
            for name in ("portfolio", "catalog", "reporting", "gateway", "postgres"):
                _wait_for_progress(loading, acknowledged)
                _kill(system, name)
            _wait_for_progress(loading, acknowledged)
            system.kill()
            time.sleep(1)
            system.start()
            loading.result()
        check(system, acknowledged)
    finally:
        assert system.stop() == 0


def _wait_for_progress(loading: "Future[None]", acknowledged: dict[int, str]) -> None:
    """Until a few more are acknowledged, or loading has ended."""
    wanted = min(len(acknowledged) + 5, PROJECTS)
    while len(acknowledged) < wanted and not loading.done():
        time.sleep(0.02)


def _kill(system: System, name: str) -> None:
    note = system.note()
    pid = note["postgres"] if name == "postgres" else note["processes"][name]["pid"]
    os.kill(pid, signal.SIGKILL)
