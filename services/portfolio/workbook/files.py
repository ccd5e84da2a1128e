"""Files as sheets of cells: what came in is looked at before it is opened, and everything has a limit."""

import csv
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal, NamedTuple

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineError, CalamineWorkbook

from services.portfolio.contract import (
    MOST_BYTES,
    EncryptedFile,
    FileTooLarge,
    MacroFile,
    TooManyCells,
    UnreadableFile,
)
from services.portfolio.workbook.copying import csv_records

MOST_UNPACKED = 400 << 20
MOST_RATIO = 200
"""How much a file may grow when it is unpacked; a sheet of text grows twentyfold."""
RATIO_FROM = 10 << 20
"""Below so many unpacked bytes nobody minds how well they were packed."""
MOST_CELLS = 4_000_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DAMAGED = (InvalidFileException, DefusedXmlException, KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile)
"""What openpyxl raises for a workbook that is none."""
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
Format = Literal["xlsx", "xls", "csv"]
Value = str | int | float | bool | date | None


class Formula:
    """A formula whose value was not saved with it."""


class CellError:
    """An error in a cell: #N/A, #REF! …"""


FORMULA, ADDITION, ERROR = Formula(), Formula(), CellError()
"""ADDITION is a formula that adds up other cells: of a total it says no more than the sources beside it."""
_ADDS = re.compile(r"=\+?(SUM\([A-Z$\d:,]+\)|\$?[A-Z]+\$?\d+(\+\$?[A-Z]+\$?\d+)+)")


class Cell(NamedTuple):
    """A cell's value; in a merged range every cell has the upper left one's."""

    value: Any = None
    percent: bool = False
    carried: bool = False
    """The value stands in another cell of a merged range."""


EMPTY = Cell()


@dataclass
class Sheet:
    """A sheet: rows of cells from the first, as Excel numbers them, and which rows are hidden."""

    name: str
    rows: list[list[Cell]]
    hidden: frozenset[int] = field(default=frozenset())


def opened(path: Path) -> tuple[Format, Iterator[Sheet]]:
    """The format of a file and its sheets. Raises FileTooLarge, MacroFile, EncryptedFile, UnreadableFile."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise FileTooLarge(size=f"{size >> 20} MiB", most=f"{MOST_BYTES >> 20} MiB")
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(ZIP):
        _look_into(path)
        return "xlsx", _xlsx(path)
    if head == OLE:
        if ENCRYPTED in path.read_bytes():
            raise EncryptedFile()
        return "xls", _xls(path)
    return "csv", iter([_csv(path)])


def _look_into(path: Path) -> None:
    """Refuse a zip that is no workbook, holds macros, or would unpack to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableFile(reason=f"压缩包已损坏（{error}）") from None
    names = {member.filename for member in members}
    if "xl/workbook.xml" not in names:
        raise UnreadableFile(reason="不是 Excel 工作簿：请另存为 .xlsx、.xls 或 .csv")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise MacroFile()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_FROM and unpacked / packed > MOST_RATIO):
        raise FileTooLarge(size=f"解压后 {unpacked >> 20} MiB", most=f"{MOST_UNPACKED >> 20} MiB")
    if len(members) > 10_000:
        raise FileTooLarge(size=f"{len(members)} 个部分", most="10000")


def _xlsx(path: Path) -> Iterator[Sheet]:
    book = _load(path, values=True)
    formulas = _load(path, values=False) if _has_formulas(path) else None
    cells = 0
    for sheet in book.worksheets:
        if not isinstance(sheet, Worksheet):
            continue
        cells += sheet.max_row * sheet.max_column
        if cells > MOST_CELLS:
            raise TooManyCells(most=MOST_CELLS)
        beside = formulas[sheet.title] if formulas is not None else None
        yield _sheet(sheet, beside if isinstance(beside, Worksheet) else None)


def _load(path: Path, values: bool) -> Workbook:
    try:
        with path.open("rb") as file:  # openpyxl would judge a path by its ending
            return load_workbook(file, data_only=values, keep_links=False)
    except (
        InvalidFileException,
        DefusedXmlException,
        KeyError,
        ValueError,
        TypeError,
        OSError,
        zipfile.BadZipFile,
    ) as e:
        raise UnreadableFile(reason=f"工作簿已损坏（{type(e).__name__}）：请用 Excel 打开并另存一次") from None


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            with archive.open(name) as part:
                tail = b""
                while piece := part.read(1 << 20):
                    if b"<f" in tail + piece:
                        return True
                    tail = piece[-2:]
    return False


def _sheet(sheet: Worksheet, formulas: Worksheet | None) -> Sheet:
    rows = [[_cell(cell.value, cell.data_type, str(cell.number_format)) for cell in row] for row in sheet.iter_rows()]
    if formulas is not None:
        for row_place, row in enumerate(formulas.iter_rows()):
            for place, cell in enumerate(row):
                if cell.data_type == "f" and rows[row_place][place].value is None:
                    rows[row_place][place] = Cell(ADDITION if _ADDS.fullmatch(str(cell.value)) else FORMULA)
    for area in sheet.merged_cells.ranges:
        first = rows[area.min_row - 1][area.min_col - 1]
        for row_number in range(area.min_row, min(area.max_row, len(rows)) + 1):
            for column in range(area.min_col, min(area.max_col, len(rows[row_number - 1])) + 1):
                if (row_number, column) != (area.min_row, area.min_col):
                    rows[row_number - 1][column - 1] = first._replace(carried=True)
    hidden = frozenset(number for number, size in sheet.row_dimensions.items() if size.hidden)
    return Sheet(sheet.title, rows, hidden)


def _cell(value: Any, kind: str, number_format: str) -> Cell:
    if value is None:
        return EMPTY
    if kind == "e":
        return Cell(ERROR)
    if isinstance(value, time):
        return Cell(value.isoformat())
    return Cell(value, "%" in number_format)


def _xls(path: Path) -> Iterator[Sheet]:
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            found = [[_plain(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
            if sum(map(len, found)) > MOST_CELLS:
                raise TooManyCells(most=MOST_CELLS)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
                for row in range(top, min(bottom, len(found) - 1) + 1):
                    for column in range(left, min(right, len(found[row]) - 1) + 1):
                        if (row, column) != (top, left):
                            found[row][column] = found[top][left]._replace(carried=True)
            yield Sheet(name, found)
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableFile(reason=f"工作簿读不出来（{error}）：请另存为 .xlsx") from None


def _plain(value: Any) -> Cell:
    if value == "" or value is None:
        return EMPTY
    if isinstance(value, str) and re.fullmatch(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)", value):
        return Cell(ERROR)
    return Cell(value.isoformat() if isinstance(value, time) else value)


def _csv(path: Path) -> Sheet:
    rows: list[list[Cell]] = []
    cells = 0
    try:
        for record in csv_records(path.read_bytes()):
            cells += len(record)
            if cells > MOST_CELLS:
                raise TooManyCells(most=MOST_CELLS)
            rows.append([Cell(_unquoted(value)) if value else EMPTY for value in record])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(reason=f"不是文本，也不是 Excel 工作簿（第 {len(rows) + 1} 行：{error}）") from None
    return Sheet(path.stem, rows)


def _unquoted(value: str) -> str:
    """A cell that was written with ' so that no program takes it for a formula."""
    return value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@") else value


def day_of(value: Any) -> date | None:
    """The day of a date cell."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
