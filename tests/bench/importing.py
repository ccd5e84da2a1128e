"""A list of 10,000 projects through the front door: how long it is judged, and how long it is applied."""

import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.running import PLAN
from tests.bench.table import Line
from tests.portfolio.lists import a_list, a_row
from tests.system.conftest import System

ROWS = 10_000
CHECK_SECONDS = 20
WATCH_SECONDS = 0.2


def measure(system: System) -> list[Line]:
    """Check the list, apply it, apply it once more. Memory is the most that the service's process had."""
    with tempfile.TemporaryDirectory(prefix="kepan-bench-") as folder:
        path = a_list(Path(folder) / "list.xlsx", [a_row(number) for number in range(ROWS)])
        lines = []
        for name, mode in (("checked", "check"), ("applied", "apply"), ("applied again, nothing changes", "apply")):
            seconds, most, made = _imported(system, path, mode)
            assert made["counts"]["rejected"] == 0 and made["counts"]["rows"] == ROWS + 1, made
            goal = f"< {CHECK_SECONDS} s" if mode == "check" else ""
            met = seconds < CHECK_SECONDS if mode == "check" else None
            text = f"{seconds:.1f} s, {ROWS / seconds:.0f} rows a second, service {most:.0f} MiB at most"
            lines.append(Line(f"{ROWS} rows {name}", text, goal, met))
        return lines


def _imported(system: System, path: Path, mode: str) -> tuple[float, float, dict[str, Any]]:
    """Seconds from the request to its end, the most memory of the service (MiB), and the import."""
    process = Path(f"/proc/{system.note()['processes']['portfolio']['pid']}/status")
    most = 0.0
    with system.client() as client, path.open("rb") as file:
        started = time.perf_counter()
        answer = client.post("/imports", files={"file": ("list.xlsx", file)}, data={"plan": PLAN, "mode": mode})
        made: dict[str, Any] = answer.raise_for_status().json()
        while made["status"] in ("queued", "running"):
            time.sleep(WATCH_SECONDS)
            made = client.get(f"/imports/{made['id']}").json()
            most = max(most, _resident(process))
        return time.perf_counter() - started, most, made


def _resident(status: Path) -> float:
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
