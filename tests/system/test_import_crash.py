"""kill -9 in the middle of an apply leaves nothing half done; the import comes to its end by itself."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.portfolio.lists import a_list, a_row
from tests.system.conftest import System, caught_up

PLAN = "shanghai-sti-13"
ROWS = 600


def _ended(client: httpx.Client, id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        try:
            found: dict[str, Any] = client.get(f"/imports/{id}").json()
        except httpx.HTTPError:
            found = {}
        if found.get("status") in ("done", "failed"):
            return found
        time.sleep(0.5)
    raise AssertionError("the import did not come to its end")


def _numbers(client: httpx.Client) -> list[str]:
    numbers: list[str] = []
    cursor = None
    while True:
        query: dict[str, str | int] = {"plan": PLAN, "limit": 500}
        if cursor:
            query["cursor"] = cursor
        page = client.get("/projects", params=query).json()
        numbers += [project["project_no"] for project in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return numbers


@pytest.mark.xdist_group("system")
def test_an_apply_that_is_killed_is_done_whole_later(system: System, tmp_path: Path) -> None:
    path = a_list(tmp_path / "a.xlsx", [a_row(number) for number in range(ROWS)])
    with system.client() as client:
        form = {"plan": PLAN, "mode": "apply"}
        made = client.post("/imports", files={"file": ("a.xlsx", path.read_bytes())}, data=form).json()
        # While rows are being applied nothing of them can be seen; then the process dies.
        deadline = time.monotonic() + 60
        while client.get(f"/imports/{made['id']}").json()["counts"]["created"] < ROWS:
            assert time.monotonic() < deadline, "the check did not end"
            time.sleep(0.05)
        killed = system.note()["processes"]["portfolio"]["pid"]
        os.kill(killed, signal.SIGKILL)
        ended = _ended(client, made["id"])
        assert (ended["status"], ended["applied"]) == ("done", True)
        assert sorted(_numbers(client)) == sorted(f"17DZ226{number:04d}" for number in range(ROWS))
        position = caught_up(client)
        report = client.get("/reports/coverage", params={"plan": PLAN}).json()
        assert (report["totals"]["projects"], report["positions"]["portfolio"]) == (ROWS, position)
