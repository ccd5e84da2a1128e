"""The sender's own workbook, with the verdict on each row in added columns and the cells at fault marked."""

from collections.abc import Iterable, Sequence
from copy import copy
from operator import attrgetter
from pathlib import Path

from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet

from services.portfolio.contract import AppliedRow, Finding, ImportRow
from services.portfolio.workbook.copying import put_text, sheet_name, workbook_of
from services.portfolio.workbook.fields import BY_NAME
from services.portfolio.workbook.formulas import restore_results
from services.portfolio.workbook.sheets import SheetMap

COLUMNS = ("导入结果", "错误", "警告/说明")
VERDICTS = {"accepted": "通过", "accepted_with_warnings": "通过（有提示）", "rejected": "退回", "skipped": "跳过"}
OUTCOMES = {"created": "已新建", "updated": "已更新", "unchanged": "无变化"}
MARK = "【导入检查】"
"""Our part of a cell comment begins here; the sender's own stands before it."""

_WIDTHS = (16, 60, 60)
_LONGEST_COMMENT = 1500
_RED, _YELLOW = (PatternFill("solid", fgColor=colour) for colour in ("FFFFC7CE", "FFFFEB9C"))
_VERDICT_FILLS = {
    "accepted": PatternFill("solid", fgColor="FFC6EFCE"),
    "accepted_with_warnings": _YELLOW,
    "rejected": _RED,
    "skipped": PatternFill("solid", fgColor="FFEDEDED"),
}
_HEADER_FILL = PatternFill("solid", fgColor="FFDDEBF7")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_style_of = attrgetter("_style")
"""What openpyxl copies styles by and the public attributes do not give whole."""
_LIES_IN = {"start_precision": "start_date", "end_precision": "end_date", "task": "tasks", "lead": "lead_org_uscc"}


def mark(source: Path, target: Path, rows: Iterable[AppliedRow | ImportRow], sheets: Sequence[SheetMap]) -> None:
    """Write `source` with its verdicts to `target`, always as .xlsx.

    The columns stand right of the last used one of each project sheet; those of an earlier round, and its marks, are
    overwritten, but the fill that a cell had before its mark is not known any more. The rest of the workbook stays,
    as far as `workbook_of` keeps it; rows of sheets that are not in `sheets` are left out.
    """
    book = workbook_of(source, sheets)
    marked = {}
    for known in sheets:
        # A .csv is named as its sender liked; a sheet is not.
        name = known.name if known.name in book.sheetnames else sheet_name(known.name)
        marked[known.name] = _Sheet(book[name], known)
    for row in rows:
        if row.sheet in marked:
            marked[row.sheet].judge(row)
    for sheet in marked.values():
        sheet.write_comments()
    book.save(target)
    restore_results(source, target, book)


class _Sheet:
    """A project sheet while it is marked."""

    def __init__(self, sheet: Worksheet, known: SheetMap) -> None:
        self._sheet, self._known = sheet, known
        self._merged = [ranged.bounds for ranged in sheet.merged_cells.ranges]
        self._said: dict[tuple[int, int], list[str]] = {}
        self._red: set[tuple[int, int]] = set()
        earlier = _columns_of_earlier_round(sheet, known.header_rows)
        _clear_earlier_round(sheet, set(earlier.values()))
        last = max([_last_used_column(sheet), *earlier.values()])
        added = iter(range(last + 1, last + 1 + len(COLUMNS)))
        self._columns = [earlier.get(title) or next(added) for title in COLUMNS]
        self._write_headers()

    def _write_headers(self) -> None:
        for column, width in zip(self._columns, _WIDTHS, strict=True):
            _own_column(self._sheet, column, width)
        for row in _last_of_each_run(self._known.header_rows):
            for column, title in zip(self._columns, COLUMNS, strict=True):
                cell = self._cell(row, column)
                put_text(cell, title)
                cell.font, cell.fill, cell.alignment = Font(bold=True), _HEADER_FILL, _WRAPPED

    def judge(self, row: ImportRow) -> None:
        """Write the verdict on a row, and mark its cells at fault."""
        if row.row in self._known.header_rows:
            return
        texts = (VERDICTS[row.verdict], _told(row.errors), _told(row.warnings))
        outcome = OUTCOMES.get(row.outcome or "") if isinstance(row, AppliedRow) else None
        if outcome:
            texts = (*texts[:2], "\n".join(part for part in (outcome, texts[2]) if part))
        for column, text in zip(self._columns, texts, strict=True):
            cell = self._cell(row.row, column)
            put_text(cell, text)
            cell.alignment = _WRAPPED
        self._cell(row.row, self._columns[0]).fill = _VERDICT_FILLS[row.verdict]
        for findings, fill in ((row.warnings, _YELLOW), (row.errors, _RED)):
            for finding in findings:
                self._mark_cells(row.row, finding, fill)

    def _mark_cells(self, row: int, finding: Finding, fill: PatternFill) -> None:
        name = finding.field.partition("[")[0].partition(".")[0]
        for column in self._known.columns.get(_LIES_IN.get(name, name), ()):
            cell = self._cell(row, column)
            # A merged cell stands in several rows: an error in one is not covered by a warning in the next.
            place = (cell.row, cell.column)
            if fill is _RED or place not in self._red:
                cell.fill = fill
            if fill is _RED:
                self._red.add(place)
            lines = self._said.setdefault(place, [])
            line = f"{finding.code}：{finding.detail}"
            if line not in lines:
                lines.append(line)

    def write_comments(self) -> None:
        """Write what was said of each cell, once for each cell; a comment of the sender's stays above it."""
        for (row, column), lines in self._said.items():
            cell = self._cell(row, column)
            own = f"{cell.comment.text}\n\n" if cell.comment else ""
            author = cell.comment.author if cell.comment else MARK
            text = "\n".join([MARK, *lines])[:_LONGEST_COMMENT]
            cell.comment = Comment(own + text, author, height=40 + 20 * (len(own + text) // 20 + 1), width=320)

    def _cell(self, row: int, column: int) -> Cell:
        """The cell, or the upper-left one of the merged range that it is in, which holds what people see."""
        cell = self._sheet.cell(row, column)
        if isinstance(cell, MergedCell):
            for left, top, right, bottom in self._merged:
                if top <= row <= bottom and left <= column <= right:
                    cell = self._sheet.cell(top, left)
                    break
        assert isinstance(cell, Cell), "a merged cell is in a merged range"
        return cell


def _told(findings: list[Finding]) -> str:
    """A line for each finding: the column as people know it, what was read, what to do, the code."""
    lines = []
    for finding in findings:
        name = finding.field.partition("[")[0]
        known = BY_NAME.get(_LIES_IN.get(name, name))
        read = f"读到“{finding.raw}”，" if finding.raw else ""
        where = f"{known.header if known else finding.field}：" if finding.field else ""
        lines.append(f"{where}{read}{finding.detail}（{finding.code}）")
    return "\n".join(lines)


def _columns_of_earlier_round(sheet: Worksheet, header_rows: Sequence[int]) -> dict[str, int]:
    return {
        cell.value: cell.column
        for cell in _cells(sheet)
        if cell.row in header_rows and isinstance(cell.value, str) and cell.value in COLUMNS
    }


def _clear_earlier_round(sheet: Worksheet, columns: set[int]) -> None:
    for cell in _cells(sheet):
        if cell.column in columns:
            cell.value, cell.fill = None, PatternFill()
        elif cell.comment and MARK in cell.comment.text:
            own = cell.comment.text.partition(MARK)[0].rstrip()
            cell.comment = Comment(own, cell.comment.author) if own else None
            cell.fill = PatternFill()


def _last_used_column(sheet: Worksheet) -> int:
    """The last column with something in it; formats alone, which may reach the sheet's end, do not count."""
    merged = (ranged.bounds for ranged in sheet.merged_cells.ranges)
    ends: list[int] = [right for left, top, right, _ in merged if sheet.cell(top, left).value is not None]
    return max([1, *ends, *(cell.column for cell in _cells(sheet) if cell.value is not None)])


def _cells(sheet: Worksheet) -> list[Cell]:
    """The cells that the file has, without making those that it leaves out."""
    return [cell for cell in sheet._cells.values() if isinstance(cell, Cell)]


def _last_of_each_run(rows: Sequence[int]) -> list[int]:
    """Of a header of two levels the lower row; of one that is repeated further down, each."""
    return [row for row in sorted(rows) if row + 1 not in rows]


def _own_column(sheet: Worksheet, column: int, width: int) -> None:
    """Give a column its width and show it, also where the sender hid all columns from here to the sheet's end."""
    for wide in list(sheet.column_dimensions.values()):
        first, last = wide.min, wide.max
        if not (first and last and first <= column <= last) or first == last:
            continue
        for begin, end in ((first, column - 1), (column + 1, last)):
            if begin <= end:
                letter, style = get_column_letter(begin), copy(_style_of(wide))
                part = ColumnDimension(sheet, letter, wide.width, min=begin, max=end, style=style)
                part.hidden, part.outlineLevel = wide.hidden, wide.outlineLevel
                sheet.column_dimensions[part.index] = part
    letter = get_column_letter(column)
    sheet.column_dimensions[letter] = ColumnDimension(sheet, letter, width, min=column, max=column)
