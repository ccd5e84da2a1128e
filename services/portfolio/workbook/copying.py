"""A sender's file as a workbook that can be written into: .xlsx as it is, .xls and .csv cell by cell."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from services.portfolio.workbook.sheets import SheetMap

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LONGEST = 32_767
_FORBIDDEN_IN_NAMES = str.maketrans("[]:*?/\\", "_______")


def workbook_of(source: Path, sheets: Sequence[SheetMap]) -> Workbook:
    """The file as an openpyxl workbook; what it is shows in its first bytes, whatever it is called.

    Of .xlsx openpyxl keeps cells, formats, merged ranges, widths, comments and other sheets, and drops pictures and
    charts. A .csv becomes the one sheet of `sheets`, all of it text, so that 5.10 stays 5.10.
    """
    with source.open("rb") as stream:
        magic = stream.read(4)
    if magic == _ZIP:
        with source.open("rb") as stream:  # openpyxl would judge a path by its ending
            return load_workbook(stream, rich_text=True)
    book = Workbook()
    book.remove(book.worksheets[0])
    if magic == _OLE:
        with CalamineWorkbook.from_path(source) as old:
            for known in old.sheets_metadata:
                sheet = book.create_sheet(known.name)
                sheet.sheet_state = "visible" if known.visible is SheetVisibleEnum.Visible else "hidden"
                _copy(old.get_sheet_by_name(known.name), sheet)
    else:
        sheet = book.create_sheet(sheet_name(sheets[0].name if sheets else source.stem))
        for row, record in enumerate(csv_records(source.read_bytes()), start=1):
            for column, text in enumerate(record, start=1):
                if text:
                    _put(sheet, row, column, text)
    return book


def sheet_name(name: str) -> str:
    """The name as a sheet may have it: at most 31 characters, none of []:*?/\\."""
    return name.translate(_FORBIDDEN_IN_NAMES)[:31]


def csv_records(content: bytes) -> Iterator[list[str]]:
    """The records of a .csv, whose places are the rows that Excel shows; the separator is the most frequent one of the
    first lines: comma, tab or semicolon."""
    text = _decoded(content)
    head = "\n".join(text.splitlines()[:20])
    return csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count))


def put_text(cell: Cell, text: str) -> None:
    """Write text that stays text: never computed, not even when somebody edits the cell."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:_LONGEST]
    cell.data_type = "s"
    cell.number_format = "@"


def _copy(old: CalamineSheet, sheet: Worksheet) -> None:
    for row, values in enumerate(old.to_python(skip_empty_area=False), start=1):
        for column, value in enumerate(values, start=1):
            if isinstance(value, str):
                if value:
                    _put(sheet, row, column, value)
            else:
                whole = isinstance(value, float) and value.is_integer()
                sheet.cell(row, column).value = int(value) if whole and isinstance(value, float) else value
    for (top, left), (bottom, right) in old.merged_cell_ranges or []:
        sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)


def _put(sheet: Worksheet, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell), "ranges are merged when all cells are written"
    put_text(cell, text)


def _decoded(content: bytes) -> str:
    """Marks first (UTF-8, UTF-16), then strict UTF-8, then what Excel saves in China (DOMAIN §5)."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")
