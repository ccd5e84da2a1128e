"""Packages of large journals: how long one takes to make and to verify, and how much memory each process needs.

The journals are invented: registrations and movements as `coverage` makes them up. They lie in files, as reporting
keeps them while it works.
"""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from services.reporting.package.entries import Scope
from services.reporting.package.parameters import FORMAT, REPORTS
from services.reporting.package.verifying import Trust, verify
from services.reporting.package.writing import Order, write_package
from services.shared.journal import Entry
from services.shared.merkle import Growing, leaf_hash
from services.shared.notes import Checkpoint, NoteSigner, signed
from services.shared.text import moment_text
from tests.bench.coverage import AGENCIES, PLAN, catalog_entries, plan_document, portfolio_entries
from tests.bench.files import highest_memory
from tests.bench.table import Line
from tests.reporting.packages import Making, write_reports

MOST_MAKE, MOST_VERIFY, MOST_MEMORY = 600, 300, 500
"""Seconds, seconds and MiB that are meant for a million entries."""
LOGS = {
    "catalog": NoteSigner("kepan/catalog/bench", bytes([1]) * 32),
    "portfolio": NoteSigner("kepan/portfolio/bench", bytes([2]) * 32),
}
SIGNER = NoteSigner("kepan/snapshots/bench", bytes([3]) * 32)


class Spent(NamedTuple):
    """Seconds, and the most memory of the process in MiB."""

    seconds: float
    memory: float


def measure(entries: int) -> list[Line]:
    """A package of so many entries of the portfolio's journal."""
    with tempfile.TemporaryDirectory(prefix="kepan-bench-") as made:
        folder = Path(made)
        order = _order(folder, entries)
        _apart(_report, order)
        making = _apart(_make, order)
        package = folder / "package.zip"
        verifying = _apart(_verify, package)
        size = package.stat().st_size
    part = entries / 1_000_000
    return [
        Line("entries of the portfolio's journal", f"{order.about['positions']['portfolio']:,}"),
        Line("the package", f"{size / 1e6:.0f} MB"),
        _line("making it from the journals", making, entries, MOST_MAKE * part),
        _line("verifying it whole", verifying, entries, MOST_VERIFY * part),
    ]


def _line(what: str, spent: Spent, entries: int, most: float) -> Line:
    measured = f"{spent.seconds:.0f} s, {entries / spent.seconds:,.0f} entries a second, {spent.memory:.0f} MiB"
    met = spent.seconds < most and spent.memory < MOST_MEMORY
    return Line(what, measured, f"< {most:.0f} s, < {MOST_MEMORY} MiB", met)


def _order(folder: Path, entries: int) -> Order:
    plan = plan_document()
    projects = (entries - AGENCIES) * 2 // 3
    sizes = {
        "catalog": _spool(folder, "catalog", catalog_entries(plan)),
        "portfolio": _spool(folder, "portfolio", portfolio_entries(plan, projects)),
    }
    (folder / "reports").mkdir()
    (folder / "signers").write_text(SIGNER.written() + "\n")
    (folder / "log-keys").write_text("".join(f"{signer.verifier}\n" for signer in LOGS.values()))
    about: dict[str, Any] = {
        "format": FORMAT,
        "plan": PLAN,
        "edition": 1,
        "as_of": date(2019, 6, 15).isoformat(),
        "recorded_at": "2999-01-01T00:00:00Z",
        "positions": sizes,
        "scope": {"agency": None, "district": None},
        "previous": None,
        "reports": list(REPORTS[FORMAT]),
    }
    return Order(folder, "bench", "演示：快照", about, "Kepan", folder / "signers", folder / "log-keys")


def _spool(folder: Path, name: str, entries: Iterable[Entry]) -> int:
    """Write a journal as reporting reads it, with its checkpoint; the number of its entries."""
    tree = Growing()
    with (folder / f"{name}.bodies").open("w") as bodies, (folder / f"{name}.moments").open("w") as moments:
        for entry in entries:
            bodies.write(f"{entry.body}\n")
            moments.write(moment_text(entry.recorded_at) + "\n")
            tree.add(leaf_hash(entry.body.encode()))
    note = signed(Checkpoint(LOGS[name].verifier.name, tree.size, tree.root()).text(), [LOGS[name]])
    (folder / f"{name}.checkpoint").write_text(note)
    return tree.size


def _report(order: Order) -> None:
    write_reports(order.folder, order.about, Making(Scope(PLAN), date.fromisoformat(order.about["as_of"])))


def _make(order: Order) -> None:
    write_package(order)


def _verify(package: Path) -> None:
    wrong = [problem for check in verify(package, Trust()) for problem in check.problems]
    assert not wrong, wrong


def _apart(work: Callable[[Any], None], given: Any) -> Spent:
    """Work in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_timed, work, given).result()


def _timed(work: Callable[[Any], None], given: Any) -> Spent:
    started = perf_counter()
    work(given)
    return Spent(perf_counter() - started, highest_memory())
