"""docker-compose.yml is the topology of deploy/topology.py, and its own tool accepts it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.topology import PROCESSES, environment

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_every_process_is_a_container_with_the_settings_that_the_topology_names() -> None:
    addresses = {process.name: f"http://{process.name}:{process.port}" for process in PROCESSES}
    assert set(COMPOSE["services"]) == {"postgres", "migrate", *(process.name for process in PROCESSES)}
    for process in PROCESSES:
        service = COMPOSE["services"][process.name]
        url = f"postgresql://{process.name}:${{KEPAN_ROLE_PASSWORD}}@postgres:5432/kepan"
        expected = environment(process, url, Path("/var/lib/kepan/keys"), addresses)
        assert service["environment"] == expected
        assert service["command"] == ["serve", process.name]
        assert set(service["depends_on"]) == {"migrate", *process.needs}
        assert service["healthcheck"]["test"][-1] == f"http://127.0.0.1:{process.port}/healthz"


def test_only_the_gateway_is_exposed() -> None:
    exposed = {name for name, service in COMPOSE["services"].items() if "ports" in service}
    assert exposed == {"gateway"}
    gateway = next(process for process in PROCESSES if process.name == "gateway")
    assert COMPOSE["services"]["gateway"]["ports"] == [f"${{KEPAN_PORT:-8000}}:{gateway.port}"]


def test_docker_compose_accepts_the_file() -> None:
    tool = shutil.which("docker-compose")
    if tool is None:
        pytest.skip("docker-compose is not installed: Debian's package docker-compose brings it")
    given = os.environ | {"KEPAN_DB_PASSWORD": "x", "KEPAN_ROLE_PASSWORD": "y"}
    judged = subprocess.run([tool, "config", "-q"], cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr
