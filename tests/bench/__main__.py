"""Measure side by side in one run: `make bench`, or `python -m tests.bench [WHAT…]`."""

import argparse
import asyncio
from collections.abc import Callable

from tests.bench import coverage, door, evidence, files, importing, register
from tests.bench.running import running
from tests.bench.table import Line, printed
from tests.system.conftest import System

OF_A_SYSTEM: dict[str, tuple[str, Callable[[System], list[Line]]]] = {
    "memory": ("Memory of each process, idle", door.memory),
    "gateway": ("What the gateway adds", lambda system: asyncio.run(door.measure(system))),
    "register": ("Registering, and the lag of reports", lambda system: asyncio.run(register.measure(system))),
    "import": ("A list of 10,000 projects", importing.measure),
}


def main() -> None:
    """Run what was asked for, or all of it, and print a table for each question."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    questions = ["coverage", "files", "evidence", *OF_A_SYSTEM]
    parser.add_argument("what", nargs="*", choices=[*questions, "all"], default="all", help="all when not given")
    parser.add_argument("--projects", type=int, default=100_000, help="how large the portfolio of `coverage` is")
    parser.add_argument("--entries", type=int, default=100_000, help="how large the journal of `evidence` is")
    given = parser.parse_args()
    asked = questions if "all" in given.what else given.what
    if set(asked) & OF_A_SYSTEM.keys():
        with running() as system:
            for name, (title, measure) in OF_A_SYSTEM.items():
                if name in asked:
                    print(printed(title, measure(system)), flush=True)
    if "coverage" in asked:
        print(printed("Coverage of a large portfolio", asyncio.run(coverage.measure(given.projects))), flush=True)
    if "files" in asked:
        print(printed("Reports as files, each in a process of its own", files.measure()), flush=True)
    if "evidence" in asked:
        print(printed("Snapshots of a large journal", evidence.measure(given.entries)), flush=True)


main()
