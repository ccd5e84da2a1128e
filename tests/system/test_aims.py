"""A government's own portfolio, through the front door and compared to the cent."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.conftest import System

ROOT = Path(__file__).parents[2]
SMALLEST = ROOT.parent / "shared" / "data" / "aims" / "sierra_leone"


@pytest.mark.xdist_group("system")
def test_a_governments_own_portfolio_agrees_with_itself_to_the_cent(system: System) -> None:
    if not SMALLEST.exists():
        pytest.skip(f"the real portfolio is not there: {SMALLEST.relative_to(ROOT.parent)}")
    done = subprocess.run(
        [sys.executable, "tests/real/aims.py", str(SMALLEST), "--url", system.url, "--home", str(system.home)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1])["differences"] == 0
