"""Marked workbooks: real files, read with openpyxl and calamine. All invented."""

from datetime import datetime
from pathlib import Path
from typing import Literal
from zipfile import ZipFile

import pytest
import xlsxwriter
import xlwt
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from services.portfolio.contract import AppliedRow, Finding, ImportRow, Verdict
from services.portfolio.workbook.marking import COLUMNS, MARK, mark
from services.portfolio.workbook.sheets import SheetMap

RED, YELLOW = "FFFFC7CE", "FFFFEB9C"
PROJECTS = SheetMap("2017年", (2, 3), {"project_no": (1,), "title": (2,), "amount_total": (3,), "tasks": (4, 5)})


def finding(field: str = "amount_total", code: str = "amount_unparseable", raw: str = "待定") -> Finding:
    return Finding(field=field, code=code, raw=raw, detail="写成数字，如 155")


def a_row(
    row: int, verdict: Verdict = "accepted", *errors: Finding, warnings: list[Finding] | None = None
) -> ImportRow:
    return ImportRow(sheet="2017年", row=row, verdict=verdict, values={}, errors=[*errors], warnings=warnings or [])


def a_workbook(path: Path) -> Path:
    """Title, two-level header, four rows (unit merged over two, one hidden), another sheet."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "2017年"
    rows: list[list[str | float | None]] = [
        ["演示项目表"],
        ["项目", None, "经费", "任务", None],
        ["编号", "名称", "总经费", "一", "二"],
        ["17DZ1", "演示甲", "待定", "4.8", "5.10"],
        ["17DZ2", "=1+1", 12.5, "4.8", None],
        ["17DZ3", "演示丙", None, "5.10", None],
        ["合计", None, "=SUM(C4:C6)"],
    ]
    for values in rows:
        sheet.append(values)
    sheet["B5"].data_type = "s"
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("C5:C6")
    sheet.row_dimensions[6].hidden = True
    sheet.column_dimensions["B"].width = 33
    sheet["A4"].font, sheet["A4"].number_format = Font(bold=True, color="FF0000FF"), "@"
    sheet["A4"].comment = Comment("留着", "演示")
    sheet["B4"].value = CellRichText("演示", TextBlock(InlineFont(b=True), "甲"))
    sheet.freeze_panes = "B4"
    other = book.create_sheet("说明")
    other["A1"].value, other["A1"].fill = "别动", PatternFill("solid", fgColor="FF00FF00")
    book.save(path)
    return path


def marked(source: Path, *rows: ImportRow, sheets: SheetMap = PROJECTS, target: str = "result.xlsx") -> Worksheet:
    mark(source, source.with_name(target), rows, [sheets])
    return load_workbook(source.with_name(target), rich_text=True)[sheets.name]


def added(sheet: Worksheet, row: int, first: int = 6) -> tuple[object, ...]:
    return tuple(sheet.cell(row, column).value for column in range(first, first + 3))


def test_the_verdict_stands_right_of_the_last_used_column(tmp_path: Path) -> None:
    warning = finding("tasks", "task_alias", "材料基因")
    sheet = marked(
        a_workbook(tmp_path / "a.xlsx"),
        a_row(1, "skipped"),
        a_row(3, "skipped"),
        a_row(4, "rejected", finding(), finding("project_no", "required", "")),
        a_row(5),
        a_row(6, "accepted_with_warnings", warnings=[warning]),
    )
    assert added(sheet, 3) == COLUMNS
    assert added(sheet, 1)[0] == "跳过"
    assert added(sheet, 4) == (
        "退回",
        "总经费（万元）：读到“待定”，写成数字，如 155（amount_unparseable）\n项目编号：写成数字，如 155（required）",
        None,
    )
    assert added(sheet, 5) == ("通过", None, None)
    assert added(sheet, 6) == ("通过（有提示）", None, "规划任务：读到“材料基因”，写成数字，如 155（task_alias）")
    assert sheet.max_column == 8


def test_cells_at_fault_get_a_colour_and_a_comment_that_says_what_to_do(tmp_path: Path) -> None:
    warning = finding("tasks[0].task", "task_alias", "材料基因")
    sheet = marked(
        a_workbook(tmp_path / "a.xlsx"), a_row(4, "rejected", finding(), finding("project_no"), warnings=[warning])
    )
    comment = sheet["C4"].comment
    assert comment is not None
    assert comment.text == f"{MARK}\namount_unparseable：写成数字，如 155"
    assert [sheet[at].fill.fgColor.rgb for at in ("C4", "A4", "D4", "E4")] == [RED, RED, YELLOW, YELLOW]
    own = sheet["A4"].comment
    assert own is not None
    assert own.text.startswith(f"留着\n\n{MARK}")


def test_the_rest_of_the_workbook_stays(tmp_path: Path) -> None:
    sheet = marked(a_workbook(tmp_path / "a.xlsx"), a_row(4, "rejected", finding("project_no")), a_row(5))
    assert {str(merged) for merged in sheet.merged_cells.ranges} == {"A1:E1", "C5:C6"}
    assert sheet.row_dimensions[6].hidden
    assert sheet.column_dimensions["B"].width == 33
    assert (sheet["A4"].font.b, sheet["A4"].font.color.rgb, sheet["A4"].number_format) == (True, "FF0000FF", "@")
    assert isinstance(sheet["B4"].value, CellRichText)
    assert sheet["C7"].value == "=SUM(C4:C6)"
    assert (sheet["B5"].value, sheet["B5"].data_type) == ("=1+1", "s")
    assert sheet.freeze_panes == "B4"
    other = load_workbook(tmp_path / "result.xlsx")["说明"]
    assert (other["A1"].value, other["A1"].fill.fgColor.rgb) == ("别动", "FF00FF00")
    assert other.max_column == 1


def test_an_error_in_a_merged_cell_is_marked_where_people_see_it(tmp_path: Path) -> None:
    sheet = marked(
        a_workbook(tmp_path / "a.xlsx"),
        a_row(5, "rejected", finding()),
        a_row(6, "accepted_with_warnings", warnings=[finding(code="total_derived")]),
    )
    comment = sheet["C5"].comment
    assert comment is not None
    assert comment.text.splitlines()[1:] == [
        "amount_unparseable：写成数字，如 155",
        "total_derived：写成数字，如 155",
    ]
    assert sheet["C5"].fill.fgColor.rgb == RED


def test_a_second_round_overwrites_the_first(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "a.xlsx")
    marked(source, a_row(4, "rejected", finding(), finding("project_no")), a_row(5, "rejected", finding()))
    sheet = marked(tmp_path / "result.xlsx", a_row(4), target="second.xlsx")
    assert sheet.max_column == 8
    assert added(sheet, 3) == COLUMNS
    assert [added(sheet, row) for row in (4, 5)] == [("通过", None, None), (None, None, None)]
    assert sheet["C4"].comment is None
    assert sheet["C4"].fill.fill_type is None
    assert sheet["F5"].fill.fill_type is None
    own = sheet["A4"].comment
    assert own is not None
    assert own.text == "留着"


def test_columns_hidden_up_to_the_end_of_the_sheet_do_not_hide_the_verdict(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "a.xlsx")
    book = load_workbook(source)
    wide = book["2017年"].column_dimensions["F"]
    wide.min, wide.max, wide.hidden = 6, 16384, True
    book.save(source)
    sheet = marked(source, a_row(4))
    spans = sorted((d.min, d.max, d.hidden) for d in sheet.column_dimensions.values() if d.min and d.min >= 6)
    assert spans == [(6, 6, False), (7, 7, False), (8, 8, False), (9, 16384, True)]


def test_formulas_keep_what_they_had_come_to(tmp_path: Path) -> None:
    source = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(source) as book:
        for name in ("另一张", "2017年"):
            sheet = book.add_worksheet(name)
            sheet.write_row(2, 0, ["编号", "名称", "总经费"])
            sheet.write_formula(3, 0, '="<"&1', None, "<1")
            sheet.write_formula(3, 1, "=1=1", None, True)
            sheet.write_formula(3, 2, "=12+0.5", None, 12.5 if name == "2017年" else 7)
            sheet.write_formula(4, 0, "=1/0", None, "#DIV/0!")
            sheet.write_formula(4, 1, "=TODAY()", book.add_format({"num_format": "yyyy-mm-dd"}), 43000)
            sheet.write_formula(4, 2, "=A1", None, "")
    formulas = marked(source, a_row(4))
    assert formulas["C4"].value == "=12+0.5"
    values = load_workbook(tmp_path / "result.xlsx", data_only=True)
    assert [cell.value for cell in values["2017年"][4]][:4] == ["<1", True, 12.5, "通过"]
    assert [cell.value for cell in values["2017年"][5]][:2] == ["#DIV/0!", datetime(2017, 9, 22)]
    assert values["另一张"]["C4"].value == 7
    second = CalamineWorkbook.from_path(tmp_path / "result.xlsx").get_sheet_by_name("2017年").to_python()
    assert second[1][:4] == ["<1", True, 12.5, "通过"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(1)"])
def test_what_was_read_never_becomes_a_formula(tmp_path: Path, text: str) -> None:
    told = Finding(field="", code="unknown_value", raw="", detail=text)
    sheet = marked(a_workbook(tmp_path / "a.xlsx"), a_row(4, "rejected", told))
    assert (sheet["G4"].data_type, sheet["G4"].number_format) == ("s", "@")
    with ZipFile(tmp_path / "result.xlsx") as parts:
        assert parts.read("xl/worksheets/sheet1.xml").count(b"<f>") == 1, "the sender's own total"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_a_csv_comes_back_as_a_workbook_with_the_same_text(tmp_path: Path, encoding: str) -> None:
    source = tmp_path / "a.csv"
    source.write_text("编号,名称,总经费,任务\n17DZ1,=1+1,155,5.10\n", encoding=encoding)
    known = SheetMap("a", (1,), {"amount_total": (3,)})
    sheet = marked(source, a_row(2, "rejected", finding()).model_copy(update={"sheet": "a"}), sheets=known)
    assert [cell.value for cell in sheet[2]][:4] == ["17DZ1", "=1+1", "155", "5.10"]
    assert {cell.data_type for cell in sheet[2][:4]} == {"s"}
    assert added(sheet, 2, 5)[0] == "退回"
    assert sheet["C2"].fill.fgColor.rgb == RED


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_csv_of_any_separator_and_name_is_marked(tmp_path: Path, separator: str) -> None:
    source = tmp_path / "a.csv"
    source.write_text(f'编号{separator}名称\n\n17DZ1{separator}"演示\n甲"\n17DZ2{separator}演示乙\n', encoding="utf-8")
    name = "2017年[上报]：" + "演示" * 20
    mark(source, tmp_path / "b.xlsx", [a_row(4).model_copy(update={"sheet": name})], [SheetMap(name, (1,), {})])
    sheet = load_workbook(tmp_path / "b.xlsx").worksheets[0]
    assert [cell.value for cell in sheet[4]] == ["17DZ2", "演示乙", "通过", None, None]


def test_an_xls_comes_back_as_an_xlsx_with_the_same_cells(tmp_path: Path) -> None:
    old = xlwt.Workbook()
    page = old.add_sheet("2017年")
    page.write_merge(0, 0, 0, 3, "演示项目表")
    for column, value in enumerate(["17DZ1", "=1+1", 155, 12.5]):
        page.write(4, column, value)
    old.add_sheet("说明").write(0, 0, "别动")
    old.save(str(tmp_path / "a.xls"))
    sheet = marked(tmp_path / "a.xls", a_row(5, "rejected", finding()))
    assert [cell.value for cell in sheet[5]][:4] == ["17DZ1", "=1+1", 155, 12.5]
    assert {str(merged) for merged in sheet.merged_cells.ranges} == {"A1:D1"}
    assert added(sheet, 5, 5)[0] == "退回"
    second = CalamineWorkbook.from_path(tmp_path / "result.xlsx")
    assert second.get_sheet_by_name("说明").to_python() == [["别动"]]


@pytest.mark.parametrize(("outcome", "word"), [("created", "已新建"), ("updated", "已更新"), ("unchanged", "无变化")])
def test_an_applied_row_says_what_became_of_its_project(
    tmp_path: Path, outcome: Literal["created", "updated", "unchanged"], word: str
) -> None:
    applied = AppliedRow(sheet="2017年", row=4, verdict="accepted", values={}, outcome=outcome)
    assert added(marked(a_workbook(tmp_path / "a.xlsx"), applied), 4) == ("通过", None, word)
