"""A project list, read: every row of every sheet that is one, with its verdict."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.portfolio.contract import Finding, ImportRow, NoProjectList
from services.portfolio.workbook.codes import CODES
from services.portfolio.workbook.dialect import Dialect
from services.portfolio.workbook.files import Format, Sheet, opened
from services.portfolio.workbook.rows import read_row
from services.portfolio.workbook.sheets import SheetMap
from services.portfolio.workbook.tables import Header, lines
from services.shared.text import match_key

COMPARED_NOT = frozenset({"record_id", "record_version"})
"""Values that do not make two rows differ."""


@dataclass(frozen=True)
class Reading:
    """A file, read."""

    format: Format
    rows: list[ImportRow]
    sheets: list[SheetMap]


def ignore(_: int) -> None:
    """Say nothing of the progress."""


def read(path: Path, dialect: Dialect, said: Callable[[int], None] = ignore, name: str = "") -> Reading:
    """Read a workbook or .csv; `said` is told how many rows were read, `name` is what the file is called.

    Raises FileTooLarge, TooManyCells, MacroFile, EncryptedFile, UnreadableFile for the file as a whole, NoProjectList
    where no sheet has a header.
    """
    format, sheets = opened(path)
    reading = Reading(format, [], [])
    before = Before()
    for sheet in sheets:
        title = Path(name).stem or sheet.name if format == "csv" else sheet.name
        _read_sheet(sheet, title, dialect, before, reading, said)
    if not reading.sheets:
        raise NoProjectList()
    return reading


def _read_sheet(
    sheet: Sheet, title: str, dialect: Dialect, before: "Before", reading: Reading, said: Callable[[int], None]
) -> None:
    headers: dict[tuple[int, ...], Header] = {}
    for line in lines(sheet):
        headers[line.header.rows] = line.header
        if line.is_project:
            row = read_row(title, line, line.number in sheet.hidden, dialect)
            before.compare(row)
        else:
            row = ImportRow(sheet=title, row=line.number, verdict="skipped", values={})
        reading.rows.append(row)
        said(len(reading.rows))
    if headers:
        rows = tuple(number for header in headers.values() for number in header.rows)
        columns: dict[str, tuple[int, ...]] = {}
        for header in headers.values():
            columns = header.columns | columns
        reading.sheets.append(SheetMap(title, rows, columns))


@dataclass
class Before:
    """The rows that were accepted so far, in the order of the workbook."""

    by_number: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    by_title: dict[tuple[str, str], str] = field(default_factory=dict)

    def compare(self, row: ImportRow) -> None:
        """Say whether a row repeats an accepted one; keep it if it is accepted."""
        number, title = row.values["project_no"], row.values["title"]
        if number is None:
            return
        place = f"{row.sheet} 第 {row.row} 行"
        values = {name: value for name, value in row.values.items() if name not in COMPARED_NOT}
        earlier = self.by_number.get(number)
        if earlier is not None:
            code = "duplicate_exact" if earlier[1] == values else "duplicate_conflict"
            detail = f"{CODES[code].when}（{earlier[0]}）：{CODES[code].todo}"
            row.errors.append(Finding(field="project_no", code=code, raw=number, detail=detail))
            row.verdict = "rejected"
            return
        if row.errors:
            return
        self.by_number[number] = place, values
        key = match_key(title), row.values["lead_org_uscc"]
        twin = self.by_title.get(key)
        if twin is None:
            self.by_title[key] = place
            return
        known = CODES["possible_duplicate"]
        detail = f"{known.when}（{twin}）：{known.todo}"
        row.warnings.append(Finding(field="title", code="possible_duplicate", raw=title, detail=detail))
        row.verdict = "accepted_with_warnings"
