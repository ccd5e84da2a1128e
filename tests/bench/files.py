"""Reports as files: how long the largest take, and how much memory the process that writes one needs."""

import multiprocessing
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from services.reporting.files.paper import Column, Paper, Table, Value
from tests.bench.table import Line

DAY = date(2017, 12, 31)
FOUR = (Column("名称", "text"), Column("金额", "money"), Column("项目数", "count"), Column("覆盖率", "percent"))
TWENTY = FOUR * 5
SIX = (*FOUR, Column("日期", "date"), Column("说明", "text"))


@dataclass(frozen=True)
class Rows:
    """So many rows for the columns, each made when it is asked for."""

    count: int
    columns: tuple[Column, ...]

    def __iter__(self) -> Iterator[list[Value]]:
        for number in range(self.count):
            cells: dict[str, Value] = {
                "text": f"智能制造集成与示范应用 {number}",
                "money": Decimal(number * 1_234_567 + 5).scaleb(-2),
                "count": number,
                "percent": Decimal(number) / self.count,
                "date": DAY,
            }
            yield [cells[column.kind] for column in self.columns]


class Spent(NamedTuple):
    """Seconds, the highest resident memory of the process in MiB, and the size of the file in MB."""

    seconds: float
    memory: float
    size: float


def a_paper(count: int, columns: tuple[Column, ...]) -> Paper:
    """A paper of one table of so many rows."""
    table = Table("明细", columns, Rows(count, columns), None)
    return Paper("大表", "单位：万元", DAY, "2018-01-05 09:30:00", tables=(table,))


def written(kind: str, count: int) -> Spent:
    """Write a file of so many rows here; meant for a process of its own, whose memory it tells."""
    paper = a_paper(count, SIX if kind == "pdf" else TWENTY)
    with tempfile.TemporaryDirectory(prefix="kepan-bench-") as folder:
        path = Path(folder) / "file"
        # Each brings what it needs into its own process: the typesetter is larger than the rest.
        writer = import_module(f"services.reporting.files.as_{kind}")
        started = perf_counter()
        if kind == "pdf":
            path.write_bytes(writer.pdf_of(paper))
        elif kind == "xlsx":
            writer.write_xlsx(paper, path)
        else:
            writer.write_csv(paper, paper.tables[0], path)
        seconds = perf_counter() - started
        size = path.stat().st_size / 1e6
    return Spent(seconds, highest_memory(), size)


def highest_memory() -> float:
    """The most that this process ever held, in MiB. getrusage would count what its parent held when it was forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def apart(kind: str, count: int) -> Spent:
    """The same in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(written, kind, count).result()


def measure() -> list[Line]:
    """The largest files of each kind."""
    lines = []
    for kind, count, columns in (("xlsx", 200_000, 20), ("csv", 200_000, 20), ("pdf", 2_000, 6), ("pdf", 5_000, 6)):
        spent = apart(kind, count)
        goal, met = ("60 s, 200 MiB", spent.seconds < 60 and spent.memory < 200) if kind == "xlsx" else ("", None)
        told = f"{spent.seconds:.1f} s, {spent.memory:.0f} MiB, {spent.size:.1f} MB"
        lines.append(Line(f".{kind}, {count:,} rows of {columns}", told, goal, met))
    return lines
