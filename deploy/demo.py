"""The invented demonstration portfolio, in and out through the front door."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from deploy.seed import Door

FILE = Path(__file__).parent.parent / "services" / "catalog" / "data" / "demo" / "portfolio.toml"
PLAN = "shanghai-sti-13"
REMOVAL = "演示数据移除"


def load(url: str, manager_token: str, editor_token: str) -> None:
    """Register the demonstration's agencies, projects, movements and targets; loading it again changes nothing."""
    portfolio = tomllib.loads(FILE.read_text(encoding="utf-8"))
    manager, editor = Door(url, manager_token), Door(url, editor_token)
    for agency in portfolio["agencies"]:
        scheme, _, value = agency.pop("identifier").partition(":")
        manager.post("/agencies", {"identifier": {"scheme": scheme, "value": value}} | agency, accept=(409,))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda project: _load_project(manager, project), portfolio["projects"]))
    for i, target in enumerate(portfolio["targets"]):
        editor.post(f"/plans/{PLAN}/targets", target, key=f"demo-target-{i}")


def _load_project(door: Door, project: dict[str, Any]) -> None:
    movements = project.pop("movements", [])
    number = project["project_no"]
    for name in ("approved_on", "start_on", "end_on", "state_on"):
        if name in project:
            project[name] = str(project[name])
    answer = door.post("/projects", {"plan": PLAN} | project, key=f"demo-{number}")
    for i, movement in enumerate(movements):
        movement["on"] = str(movement["on"])
        door.post(f"/projects/{answer['id']}/movements", movement, key=f"demo-{number}-{i}")


def remove(url: str, manager_token: str) -> int:
    """Void each demonstration project; how many were voided."""
    door = Door(url, manager_token)
    numbers = {p["project_no"] for p in tomllib.loads(FILE.read_text(encoding="utf-8"))["projects"]}
    found = [project for project in door.all("/projects", plan=PLAN) if project["project_no"] in numbers]
    for project in found:
        door.post(f"/projects/{project['id']}/void", {"reason": REMOVAL}, key=f"demo-void-{project['id']}")
    return len(found)
