"""What formulas had come to, which openpyxl leaves out when it writes a workbook.

Without it, a total reads as empty until Excel has opened and saved the file: in previews, and in an import of it.
"""

import re
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_FORMULA = re.compile(rb'<c r="([A-Z]+\d+)"([^>]*)>(<f[ >].*?</f>|<f[^>]*/>)<v ?/></c>', re.DOTALL)
"""A cell as openpyxl writes it: coordinate, other attributes, formula, no value."""

Results = dict[str, tuple[str, str]]
"""By coordinate: the type of the value as the file has it, and the value."""


def restore_results(source: Path, target: Path, book: Workbook) -> None:
    """Put into `target`, which openpyxl wrote from `book`, the results that formulas have in `source`."""
    wanted = {
        f"xl/worksheets/sheet{number}.xml": (
            sheet.title,
            {place for place, cell in sheet._cells.items() if isinstance(cell, Cell) and cell.data_type == "f"},
        )
        for number, sheet in enumerate(book.worksheets, start=1)
    }
    if not any(places for _, places in wanted.values()):
        return
    results = {part: _results(source, title, places) for part, (title, places) in wanted.items() if places}
    with TemporaryDirectory(dir=target.parent) as folder:
        filled = Path(folder) / target.name
        with ZipFile(target) as before, ZipFile(filled, "w", ZIP_DEFLATED) as after:
            for part in before.namelist():
                content = before.read(part)
                after.writestr(part, _filled(content, results[part]) if part in results else content)
        filled.replace(target)


def _results(source: Path, title: str, places: set[tuple[int, int]]) -> Results:
    book = load_workbook(source, read_only=True, data_only=True)
    try:
        sheet = book[title]
        if isinstance(sheet, ReadOnlyWorksheet):
            # Some writers state a range that is too small.
            sheet.reset_dimensions()
        found: Results = {}
        for row in sheet.iter_rows(max_row=max(row for row, _ in places)):
            for cell in row:
                if cell.value is not None and (cell.row, cell.column) in places:
                    found[str(cell.coordinate)] = _typed(cell.value, cell.data_type == "e", book.epoch)
        return found
    finally:
        book.close()


def _typed(value: object, is_error: bool, epoch: datetime) -> tuple[str, str]:
    if isinstance(value, bool):
        return "b", str(int(value))
    if isinstance(value, datetime):
        return "n", str((value - epoch) / timedelta(days=1))
    if isinstance(value, time):
        return "n", str((datetime.combine(epoch, value) - epoch) / timedelta(days=1))
    if isinstance(value, timedelta):
        return "n", str(value / timedelta(days=1))
    if isinstance(value, str):
        return ("e" if is_error else "str"), escape(value)
    return "n", str(value)


def _filled(content: bytes, results: Results) -> bytes:
    def fill(cell: re.Match[bytes]) -> bytes:
        place, attributes, formula = cell.groups()
        if place.decode() not in results:
            return cell.group()
        kind, value = results[place.decode()]
        return b'<c r="%b"%b t="%b">%b<v>%b</v></c>' % (place, attributes, kind.encode(), formula, value.encode())

    return _FORMULA.sub(fill, content)
