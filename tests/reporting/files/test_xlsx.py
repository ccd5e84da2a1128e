"""Papers as .xlsx: real files, read with openpyxl."""

import multiprocessing
import zipfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from services.reporting.files.as_xlsx import write_xlsx
from services.reporting.files.paper import Amount, BarChart, Paper, Row, Table, TooManyRowsForXlsx, WrongCell
from tests.bench.files import apart
from tests.reporting.files.papers import COLUMNS, HOSTILE, PICTURE, TOTALS, a_column_of, a_paper, a_table


def opened(paper: Paper, folder: Path) -> Workbook:
    write_xlsx(paper, folder / "paper.xlsx")
    return load_workbook(folder / "paper.xlsx")


def first_of(paper: Paper, folder: Path) -> Worksheet:
    sheet = opened(paper, folder).worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


def values(sheet: Any) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_cells_are_exact_values_with_formats_of_their_own(tmp_path: Path) -> None:
    sheet = first_of(a_paper(), tmp_path)
    assert values(sheet) == [
        [column.title for column in COLUMNS],
        ["4", "第四章 前沿基础", 1234, 1234.567805, "—", datetime(2017, 3, 1), 1.25],
        ["4.10", "材料基因组", 0, -25, 0.0625, "—", -0.5],
        ["合计", None, 1234, 1209.567805, pytest.approx(1 / 3), None, "—"],
    ]
    formats = [sheet.cell(2, place).number_format for place in range(1, 8)]
    assert formats == ["@", "@", "#,##0", "#,##0.00####", "0.0%", "yyyy-mm-dd", "General"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d", "inlineStr"}


def test_an_amount_goes_into_the_file_digit_by_digit_and_as_text_past_fifteen(tmp_path: Path) -> None:
    longest, longer = Decimal("9999999999999.99"), Decimal("99999999999999.99")
    write_xlsx(a_paper(a_column_of("money", longest, longer, Decimal("0.01"))), tmp_path / "paper.xlsx")
    xml = zipfile.ZipFile(tmp_path / "paper.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<v>999999999.999999</v>" in xml
    assert "<t>9999999999.999999</t>" in xml
    assert "<v>0.000001</v>" in xml


def test_the_header_is_bold_frozen_filtered_and_repeated_on_paper(tmp_path: Path) -> None:
    sheet = first_of(a_paper(), tmp_path)
    assert all(cell.font.b for cell in sheet[1])
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G3", "the totals are not sorted among the rows"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr is not None and sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (header := sheet.oddHeader) is not None and header.right.text == "单位：万元"


def test_levels_are_indented_and_can_be_folded_and_what_stands_out_is_bold(tmp_path: Path) -> None:
    sheet = first_of(a_paper(), tmp_path)
    assert [sheet.cell(row, 1).alignment.indent for row in (2, 3)] == [0, 1]
    assert [sheet.row_dimensions[row].outlineLevel for row in (2, 3)] == [0, 1]
    assert [sheet.cell(row, 2).font.b for row in (2, 3, 4)] == [True, False, True]


def test_text_is_never_a_formula_a_link_or_a_number(tmp_path: Path) -> None:
    sheet = first_of(a_paper(a_column_of("text", *HOSTILE)), tmp_path)
    for row, text in enumerate(HOSTILE, start=2):
        cell = sheet.cell(row, 1)
        assert (cell.data_type, cell.hyperlink) == ("s", None) or cell.data_type == "inlineStr"
        # What looks like a rich string has a space after it; what looks like an escape is escaped, as CR is.
        shown = str(cell.value).replace("_x005F", "").replace("_x000D_", "\r")
        assert shown.removesuffix(" ") == text


@pytest.mark.parametrize("marked", ["", "演示数据"])
def test_the_last_sheet_says_how_to_read_the_others(tmp_path: Path, marked: str) -> None:
    paper = a_paper(a_table(note="第七章措施不计入。"), marked=marked, pictures=(PICTURE,))
    book = opened(paper, tmp_path)
    assert book.sheetnames == ["任务覆盖", "说明"]
    assert values(book["说明"]) == [
        ["标题", "规划任务资金覆盖情况"],
        *([["标记", "演示数据"]] if marked else []),
        ["单位", "万元"],
        ["数据截止日期", "2017-12-31"],
        ["数据记录截至", "2018-01-05 09:30:00"],
        ["年度", "2016—2017"],
        ["口径说明", "覆盖：至少一个计入的项目。"],
        ["任务覆盖", "第七章措施不计入。"],
    ]


def test_the_mark_of_a_paper_stands_in_every_row_and_on_every_page(tmp_path: Path) -> None:
    sheet = first_of(a_paper(marked="演示数据"), tmp_path)
    assert [row[-1] for row in values(sheet)] == ["标记", "演示数据", "演示数据", "演示数据"]
    assert (header := sheet.oddHeader) is not None and header.left.text == "演示数据"


def test_a_chart_is_drawn_by_the_spreadsheet_from_the_cells_and_holds_their_figures(tmp_path: Path) -> None:
    sheet = first_of(a_paper(a_table(chart=BarChart(1, (3,), "承诺金额"))), tmp_path)
    (chart,) = sheet._charts  # type: ignore[attr-defined]
    (series,) = chart.series
    assert series.val.numRef.f == "'任务覆盖'!$D$2:$D$3" or series.val.numRef.f == "任务覆盖!$D$2:$D$3"
    assert [point.v for point in series.val.numRef.numCache.pt] == [1234.567805, -25]
    assert [point.v for point in series.cat.strRef.strCache.pt] == ["第四章 前沿基础", "材料基因组"]


def test_links_of_rows_are_text_in_a_column_at_the_end(tmp_path: Path) -> None:
    rows = [Row(["甲"], explain="/api/v1/reports/a?b=c"), Row(["乙"], explain="=HYPERLINK(0)"), Row(["丙"])]
    table = Table("一", COLUMNS[:1], rows, ["合计"], explained=True, totals_explain="/t")
    sheet = first_of(a_paper(table, marked="演示数据"), tmp_path)
    assert values(sheet) == [
        ["任务编号", "依据", "标记"],
        ["甲", "/api/v1/reports/a?b=c", "演示数据"],
        ["乙", "=HYPERLINK(0)", "演示数据"],
        ["丙", None, "演示数据"],
        ["合计", "/t", "演示数据"],
    ]
    assert {(cell.data_type, cell.hyperlink) for cell in sheet["B"] if cell.value} == {("s", None)}
    assert sheet.auto_filter.ref == "A1:C4"


def test_each_table_says_its_own_unit(tmp_path: Path) -> None:
    tables = [
        replace(a_column_of("count", 1), name=name, unit=unit) for name, unit in (("甲", "单位：个"), ("乙", None))
    ]
    sheets = opened(a_paper(*tables), tmp_path).worksheets
    headers = [sheet.oddHeader for sheet in sheets[:2]]
    assert [header.right.text for header in headers if header is not None] == ["单位：个", "单位：万元"]


def test_an_amount_among_other_numbers_is_written_as_money(tmp_path: Path) -> None:
    sheet = first_of(a_paper(a_column_of("decimal", Amount(Decimal("1234567.80")), Decimal("1.5"))), tmp_path)
    assert [(cell.value, cell.number_format) for cell in sheet["A"][1:]] == [
        (123.45678, "#,##0.00####"),
        (1.5, "General"),
    ]


def test_cells_are_coloured_by_their_size(tmp_path: Path) -> None:
    sheet = first_of(a_paper(a_table(shaded=(2, 3))), tmp_path)
    (coloured,) = sheet.conditional_formatting
    assert str(coloured.sqref) == "C2:D3" and coloured.rules[0].type == "colorScale"


def test_names_of_sheets_are_made_fit_and_differ(tmp_path: Path) -> None:
    wanted = ["甲/乙:[丙]", "甲" * 40, "甲" * 40, "", "'引'", "History", "history", "说明", "a\x01b\nc"]
    tables = [Table(name, COLUMNS[:1], []) for name in wanted]
    names = opened(a_paper(*tables), tmp_path).sheetnames
    assert names[0] == "甲 乙  丙"
    assert len({name.casefold() for name in names}) == len(names) == len(wanted) + 1
    assert all(0 < len(name) <= 31 for name in names)


def test_equal_papers_make_equal_bytes_in_any_process(tmp_path: Path) -> None:
    paper = a_paper(a_table(chart=BarChart(1, (3,))))
    write_xlsx(paper, tmp_path / "here.xlsx")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        pool.submit(write_xlsx, paper, tmp_path / "there.xlsx").result()
    assert (tmp_path / "here.xlsx").read_bytes() == (tmp_path / "there.xlsx").read_bytes()
    created = load_workbook(tmp_path / "here.xlsx").properties.created
    assert created is not None and created.replace(tzinfo=None) == datetime(2017, 12, 31)


def test_a_file_that_could_not_be_finished_is_not_left_behind(tmp_path: Path) -> None:
    with pytest.raises(WrongCell):
        write_xlsx(a_paper(a_table([Row(["4"])])), tmp_path / "half.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_that_is_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.reporting.files.as_xlsx.LAST_ROW", 6)
    write_xlsx(a_paper(a_column_of("text", "甲", "乙")), tmp_path / "fits.xlsx")
    with pytest.raises(TooManyRowsForXlsx):
        write_xlsx(a_paper(a_column_of("text", "甲", "乙", "丙")), tmp_path / "over.xlsx")


def test_a_paper_without_rows_or_tables_is_a_file_all_the_same(tmp_path: Path) -> None:
    assert values(first_of(a_paper(a_table([], totals=TOTALS)), tmp_path))[1][0] == "合计"
    assert opened(replace(a_paper(), tables=()), tmp_path).sheetnames == ["说明"]


def test_ten_times_the_rows_need_no_more_memory() -> None:
    few, many = apart("xlsx", 2_000), apart("xlsx", 20_000)
    assert many.memory < 1.25 * few.memory
