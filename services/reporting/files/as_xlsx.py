"""A paper as .xlsx: a sheet for each table, values only, and a last sheet that says how to read them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.reporting.files.cells import (
    MARK,
    NOTHING,
    WIDE,
    exact,
    in_wan,
    indented,
    meant,
    plain,
    rows_of,
    totals_of,
    whole,
)
from services.reporting.files.paper import BarChart, Column, Kind, Paper, Row, Table, TooManyRowsForXlsx, Value

EXPLAINED = "说明"
LINKS = "依据"
"""The column of the rows' links, as text: relative links open only where the program that reads them knows the host."""
LAST_ROW = 1_048_575

_MARGIN = 1.0
_LONGEST = 32_767
_LONGEST_HEADER = 255
_DEEPEST = 7
_DIGITS = 15
_A4 = 9
_BARS = 200
_LINK = 24
_SHADES = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#6BAED6"}
_HEADER = {"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1, "bg_color": "#DDEBF7"}
_FORMATS: dict[Kind, dict[str, Any]] = {
    "text": {"num_format": "@", "align": "left"},
    "count": {"num_format": "#,##0", "align": "right"},
    "money": {"num_format": "#,##0.00####", "align": "right"},
    "percent": {"num_format": "0.0%", "align": "right"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "decimal": {"num_format": "General", "align": "right"},
}


def write_xlsx(paper: Paper, path: Path) -> None:
    """Write the paper; each row is on disk before the next is asked for, so memory stays bounded.

    Amounts are exact, in 万元: numbers up to the 15 digits that Excel keeps, text beyond. Totals are values. The links
    of the rows and the paper's mark are columns at the end of each sheet. The file says as_of where others tell when it
    was made. A file that could not be finished is removed.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    try:
        with xlsxwriter.Workbook(path, options) as book:
            made = datetime.combine(paper.as_of, time(), UTC).replace(tzinfo=None)
            book.set_properties({"title": whole(paper.title), "created": made})
            formats = _Formats(book)
            names = _names([*(table.name for table in paper.tables), EXPLAINED])
            for name, table in zip(names, paper.tables, strict=False):
                _write_table(book, book.add_worksheet(name), paper, table, formats)
            _explain(book.add_worksheet(names[-1]), paper, formats)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


class _Formats:
    """The formats of a workbook, each made when it is first asked for: a file holds none that it does not use."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Format] = {}

    def cell(self, kind: Kind, level: int = 0, strong: bool = False, total: bool = False) -> Format:
        key = (kind, level, strong, total)
        if key not in self._made:
            extra = {"indent": level} | ({"bold": True} if strong or total else {}) | ({"top": 1} if total else {})
            self._made[key] = self._book.add_format(_FORMATS[kind] | extra)
        return self._made[key]

    def of(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def _names(wanted: Sequence[str]) -> list[str]:
    """Names that Excel takes for sheets: at most 31 characters, none of []:*?/\\, no ' at the ends, each but once."""
    names: list[str] = []
    for want in wanted:
        plain = "".join(" " if letter in "[]:*?/\\" or not letter.isprintable() else letter for letter in whole(want))
        plain = plain.strip().strip("'")[:31].strip("'") or "表"
        name, number = plain, 1
        while name.casefold() in {other.casefold() for other in names} or name.casefold() == "history":
            number += 1
            name = f"{plain[: 31 - len(f'（{number}）')]}（{number}）"
        names.append(name)
    return names


def _write_table(book: xlsxwriter.Workbook, sheet: Worksheet, paper: Paper, table: Table, formats: _Formats) -> None:
    _lay_out(sheet, paper, table, formats)
    charted: list[Sequence[Value]] = []
    last = 0
    for last, row in enumerate(rows_of(table), start=1):
        # The totals, the note and the chart stand below.
        if last > LAST_ROW - 4:
            raise TooManyRowsForXlsx(f"a sheet holds {LAST_ROW - 4} rows; ask for fewer, or for .csv")
        if row.level:
            sheet.set_row(last, None, None, {"level": min(row.level, _DEEPEST)})
        _write_row(sheet, last, paper, table, row, formats)
        if table.chart and len(charted) < _BARS:
            charted.append(row.cells)
    below = last + 1
    totals = totals_of(table)
    if totals is not None:
        _write_row(sheet, below, paper, table, Row(totals, explain=table.totals_explain), formats, total=True)
        below += 1
    if table.note:
        sheet.write_string(below, 0, _fitting(table.note), formats.of(italic=True))
        below += 1
    sheet.autofilter(0, 0, max(last, 1), len(table.columns) - 1 + table.explained + bool(paper.marked))
    if table.shaded and last:
        first, end = table.shaded
        sheet.conditional_format(1, first, last, end, _SHADES)
    if table.chart and charted:
        _draw(book, sheet, table, table.chart, charted, below + 1)


def _lay_out(sheet: Worksheet, paper: Paper, table: Table, formats: _Formats) -> None:
    # In constant_memory, widths must be said before the first row.
    header = formats.of(**_HEADER)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width, formats.cell(column.kind))
    if table.explained:
        sheet.set_column(len(table.columns), len(table.columns), _LINK, formats.cell("text"))
    sheet.set_row(0, 32)
    more = [LINKS] if table.explained else []
    more += [MARK] if paper.marked else []
    for place, title in enumerate([*(column.title for column in table.columns), *more]):
        sheet.write_string(0, place, _fitting(title), header)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    # Long amounts and codes are text on purpose.
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{LAST_ROW + 1}"})
    _lay_paper(sheet, paper, paper.unit if table.unit is None else table.unit)


def _lay_paper(sheet: Worksheet, paper: Paper, unit: str) -> None:
    """A4 across, as wide as the page, the title above and the number of the page below."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    mark, title, unit = (_above(text) for text in (paper.marked, paper.title, unit))
    header = "".join(f"&{place}{text}" for place, text in (("L", mark), ("C", title), ("R", unit)) if text)
    sheet.set_header(header[:_LONGEST_HEADER])
    sheet.set_footer("&C第 &P 页 共 &N 页")


def _above(text: str) -> str:
    """Text of a page's header, where & begins an instruction and all together has 255 characters at most."""
    return whole(text)[:75].replace("&", "&&")


def _write_row(
    sheet: Worksheet, at: int, paper: Paper, table: Table, row: Row, formats: _Formats, total: bool = False
) -> None:
    inset = indented(table.columns)
    for place, (column, value) in enumerate(zip(table.columns, row.cells, strict=True)):
        level = min(row.level, _DEEPEST) if place == inset else 0
        column, told = meant(column, value)
        _write(sheet, at, place, column, told, formats.cell(column.kind, level, row.strong, total))
    more = [row.explain] if table.explained else []
    more += [paper.marked] if paper.marked else []
    for place, words in enumerate(more, start=len(table.columns)):
        if words:
            sheet.write_string(at, place, _fitting(words), formats.cell("text"))


def _write(
    sheet: Worksheet, row: int, place: int, column: Column, value: str | int | Decimal | date | None, form: Format
) -> None:
    if value == "":
        sheet.write_blank(row, place, None, form)
    elif value is None or isinstance(value, str):
        sheet.write_string(row, place, NOTHING if value is None else _fitting(value), form)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, datetime.combine(value, time()), form)
    else:
        number = in_wan(Decimal(value)) if column.kind == "money" else Decimal(value)
        if column.kind != "percent" and len(number.normalize(WIDE).as_tuple().digits) > _DIGITS:
            sheet.write_string(row, place, plain(number), form)
        else:
            # A Decimal goes into the file digit by digit; a float might bring a sixteenth that nobody wrote.
            sheet.write_number(row, place, number, form)


def _fitting(text: str) -> str:
    """Text that fits a cell. What begins and ends as a rich string would go into the file unescaped; a space at the
    end prevents that."""
    text = whole(text)[:_LONGEST]
    return f"{text[: _LONGEST - 1]} " if text.startswith("<r>") else text


def _draw(
    book: xlsxwriter.Workbook, sheet: Worksheet, table: Table, chart: BarChart, rows: list[Sequence[Value]], below: int
) -> None:
    """Bars below the table, of its first rows; the figures lie in the chart too, for readers that do not compute."""
    drawn = book.add_chart({"type": "bar"})

    def cells(place: int) -> list[Any]:
        return [sheet.name, 1, place, len(rows), place]

    for place in chart.values:
        column = table.columns[place]
        figures = [_figure(column, row[place]) for row in rows]
        drawn.add_series(
            {
                "name": [sheet.name, 0, place],
                "name_data": whole(column.title),
                "categories": cells(chart.category),
                "categories_data": [exact(table.columns[chart.category], row[chart.category]) for row in rows],
                "values": cells(place),
                "values_data": figures,
            }
        )
    title = whole(chart.title or table.name)
    drawn.set_title({"name": title})
    # The first row of the table is the uppermost bar.
    drawn.set_y_axis({"reverse": True})
    drawn.set_legend({"position": "bottom"})
    drawn.set_size({"width": 960, "height": 120 + 24 * len(rows) * len(chart.values)})
    sheet.insert_chart(below, 0, drawn, {"description": whole(chart.alt) or title})


def _figure(column: Column, value: Value) -> float | str:
    column, told = meant(column, value)
    if told is None or isinstance(told, str | date):
        return ""
    return float(in_wan(Decimal(told)) if column.kind == "money" else told)


def _explain(sheet: Worksheet, paper: Paper, formats: _Formats) -> None:
    """The last sheet: what the figures are, what was asked for, and what was known. Pictures are on paper alone."""
    said = [
        ("标题", paper.title),
        (MARK, paper.marked),
        ("单位", paper.unit.removeprefix("单位：")),
        ("数据截止日期", paper.as_of.isoformat()),
        ("数据记录截至", paper.recorded_at),
        *paper.parameters,
        *(("口径说明", note) for note in paper.notes),
        *((table.name, words) for table in paper.tables for words in (table.note, table.linked)),
    ]
    label, text = formats.of(bold=True, valign="top", num_format="@"), formats.of(text_wrap=True, num_format="@")
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 90)
    for row, (name, words) in enumerate(line for line in said if line[1]):
        sheet.write_string(row, 0, _fitting(name), label)
        sheet.write_string(row, 1, _fitting(words), text)
    _lay_paper(sheet, paper, paper.unit)
