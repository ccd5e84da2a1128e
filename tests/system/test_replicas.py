"""Two of each service on one PostgreSQL: nothing is lost, nothing is double, both answer the same bytes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from deploy.postgres import free_port
from deploy.topology import PROCESSES, environment
from services.catalog.contract import as_json
from tests.builders import a_plan, a_project, an_agency, some_vocabularies
from tests.conftest import Cluster

ROOT = Path(__file__).parents[2]


@pytest.fixture
def doors(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """The addresses of two gateways, each before services of its own, all on one database."""
    urls = cluster.fresh()
    running = []
    gateways = []
    for _ in range(2):
        ports = {process.name: free_port() for process in PROCESSES}
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        for process in PROCESSES:
            given = environment(process, urls[process.name], cluster.keys, addresses)
            command = ["-m", "uvicorn", process.factory, "--factory", "--port", str(ports[process.name])]
            running.append(
                subprocess.Popen(
                    [sys.executable, *command, "--no-access-log", "--log-level", "warning"],
                    cwd=ROOT,
                    env=os.environ | given,
                    stderr=subprocess.DEVNULL,
                )
            )
        gateways.append(addresses["gateway"])
    try:
        for address in gateways:
            _wait(address)
        yield gateways[0], gateways[1]
    finally:
        for process_running in reversed(running):
            process_running.terminate()
        for process_running in running:
            process_running.wait(20)


def _wait(address: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/readyz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{address} did not become ready")


@pytest.mark.xdist_group("replicas")
def test_two_of_each_lose_nothing_and_answer_the_same_bytes(doors: tuple[str, str], cluster: Cluster) -> None:
    manager = {"Authorization": f"Bearer {cluster.token('manager')}"}
    editor = {"Authorization": f"Bearer {cluster.token('editor')}"}
    with ExitStack() as opened:
        clients = [
            opened.enter_context(httpx.Client(base_url=f"{door}/api/v1", headers=manager, timeout=60)) for door in doors
        ]
        check(clients, doors, editor)


def check(clients: list[httpx.Client], doors: tuple[str, str], editor: dict[str, str]) -> None:
    """Write through both doors, then compare what both say."""
    for vocabulary in some_vocabularies():
        path = f"{doors[0]}/api/v1/vocabularies/{vocabulary.code}"
        assert httpx.put(path, json=as_json(vocabulary), headers=editor).status_code == 201
    assert httpx.post(f"{doors[1]}/api/v1/plans", json=as_json(a_plan()), headers=editor).status_code == 201
    assert clients[0].post("/agencies", json=an_agency()).status_code == 201

    def register(number: int) -> int:
        """Both doors get each registration, under one key."""
        headers = {"Idempotency-Key": f"r-{number}"}
        body = a_project(title=f"演示 {number}", project_no=f"R-{number}")
        for _ in range(50):
            answers = [client.post("/projects", json=body, headers=headers) for client in clients]
            if all(answer.status_code == 201 for answer in answers):
                return len({answer.json()["id"] for answer in answers})
            time.sleep(0.05)
        return 0

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(register, range(40))) == {1}
    items = clients[0].get("/journal", params={"limit": 500, "wait": 2}).json()["items"]
    deadline = time.monotonic() + 30
    while len(items) < 41 and time.monotonic() < deadline:
        items = clients[0].get("/journal", params={"limit": 500}).json()["items"]
    assert [item["position"] for item in items] == list(range(1, 42))
    while any(c.get("/reports/positions").json()["positions"]["portfolio"] < 41 for c in clients):
        assert time.monotonic() < deadline + 30
        time.sleep(0.05)
    reports = [client.get("/reports/coverage", params={"plan": "small", "level": "all"}) for client in clients]
    assert reports[0].content == reports[1].content
    assert reports[0].json()["totals"]["projects"] == 40
    assert reports[0].json()["totals"]["committed"] == "62000000.40"
