"""Marking the sender's workbook, in a process of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

from services.portfolio.contract import AppliedRow
from services.portfolio.workbook.marking import mark
from services.portfolio.workbook.sheets import SheetMap


def mark_to(source: str, target: str, rows: str, sheets: str) -> None:
    """Write the workbook `source` to `target` with the verdicts of `rows` (JSON lines) in it; `sheets` as JSON."""
    maps = [
        SheetMap(
            sheet["name"], tuple(sheet["header_rows"]), {n: tuple(places) for n, places in sheet["columns"].items()}
        )
        for sheet in json.loads(sheets)
    ]
    mark(Path(source), Path(target), _rows(Path(rows)), maps)


def _rows(path: Path) -> Iterator[AppliedRow]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield AppliedRow.model_validate_json(line)
