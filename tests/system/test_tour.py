"""The README's tour, command by command, against a running system."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import System, caught_up

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
STEPS = re.findall(r"```sh tour\n(.*?)```\n```json answer\n(.*?)```", README, re.DOTALL)


def holds(answer: Any, shown: Any) -> bool:
    """Whether an answer has all that the README shows of it."""
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(k in answer and holds(answer[k], v) for k, v in shown.items())
    if isinstance(shown, list):
        return isinstance(answer, list) and len(answer) >= len(shown) and all(map(holds, answer, shown))
    return bool(answer == shown)


@pytest.mark.xdist_group("system")
def test_the_tour_answers_as_the_readme_shows(system: System) -> None:
    assert len(STEPS) >= 5
    given = {"KEPAN": f"{system.url}/api/v1", "TOKEN": system.token("manager")}
    for command, shown in STEPS:
        if "/reports/" in command:
            with system.client() as client:
                caught_up(client)
        done = subprocess.run(
            ["bash", "-c", command], env=os.environ | given, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert holds(json.loads(done.stdout), json.loads(shown)), f"{command}\n{done.stdout}"


@pytest.mark.xdist_group("system")
def test_the_front_door_speaks_of_all_services_in_one_document(system: System) -> None:
    with system.client() as client:
        document = client.get(f"{system.url}/openapi.json").json()
        docs = client.get(f"{system.url}/docs")
    assert {"/api/v1/plans", "/api/v1/projects", "/api/v1/reports/coverage"} <= set(document["paths"])
    assert docs.status_code == 200
    assert not re.findall(r"(?:src|href)=\"https?://", docs.text)


@pytest.mark.xdist_group("system")
def test_the_plan_stands_complete_at_the_front_door(system: System) -> None:
    with system.client() as client:
        plan = client.get("/plans/shanghai-sti-13").json()
        tasks = client.get("/plans/shanghai-sti-13/nodes", params={"level": "task"}).json()["items"]
        skos = client.get("/plans/shanghai-sti-13/skos", headers={"Accept": "application/ld+json"})
    assert plan["denominators"]["tasks"] == len(tasks) == 58
    assert plan["denominators"]["tasks_and_measures"] == 71
    assert skos.headers["content-type"].startswith("application/ld+json")
