"""Public judges of the interface: schemathesis tries the merged document at the door, with seeded, bounded input."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.conftest import ROOT, System

UNJUDGED = "positive_data_acceptance"
"""A code of a vocabulary or the version of an ETag may be well-formed and wrong: no schema says which exist."""
FEEDS = r"journal$"
"""Long polls: a random `wait` is waited for."""


@pytest.mark.xdist_group("system")
def test_schemathesis_finds_nothing_at_the_door(system: System, tmp_path: Path) -> None:
    with system.client() as manager:
        agency = {"identifier": {"scheme": "local", "value": "A-01"}, "name": "演示", "type": "institute"}
        assert manager.post("/agencies", json=agency).status_code == 201
    options = ["--max-examples", "5", "--seed", "13", "--phases", "examples,coverage,fuzzing", "--no-color"]
    options += ["--continue-on-failure", "--exclude-checks", UNJUDGED, "--exclude-path-regex", FEEDS]
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{system.url}/openapi.json", *options]
    token = f"Authorization: Bearer {system.token('manager')}"
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.system.moments", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--header", token], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    tried = re.search(r"(\d+) generated", done.stdout)
    found = done.stdout.partition(" FAILURES ")[2] or done.stdout
    assert done.returncode == 0, found[:6000] + done.stdout[-2000:] + done.stderr[-2000:]
    assert tried is not None and int(tried[1]) > 500, "it tried something"


SPECTRAL = "@stoplight/spectral-cli@6.16.3"
DOCUMENTS = ("gateway", "services/catalog", "services/portfolio", "services/reporting")


def test_spectral_finds_nothing_in_the_documents(tmp_path: Path) -> None:
    """Judged where npx is there and may fetch the judge; it is no Python package."""
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("Spectral needs npx, which this machine does not have")
    fetched = subprocess.run([npx, "--yes", SPECTRAL, "--version"], capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        pytest.skip(f"npx could not fetch {SPECTRAL}")
    rules = tmp_path / "spectral.yaml"
    rules.write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    files = [str(ROOT / folder / "openapi.json") for folder in DOCUMENTS]
    command = [npx, "--yes", SPECTRAL, "lint", *files, "--ruleset", str(rules), "--fail-severity", "warn"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
