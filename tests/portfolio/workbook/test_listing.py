"""Lists that come back: real files, read with openpyxl and calamine."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from services.portfolio.workbook.fields import FIELDS
from services.portfolio.workbook.listing import Listed, harmless, write_csv, write_xlsx
from tests.portfolio.workbook.builders import WORDS, a_registered_project

HEADERS = [field.header for field in FIELDS]
FORMULAS = ["=1+1", "+1+cmd", "-1+2", "@SUM(A1)", "=HYPERLINK(0)"]


def a_listed(**differing: Any) -> Listed:
    return Listed(a_registered_project(**differing), "演示材料研究所", Decimal("625000.00"))


def read_csv(*projects: Listed) -> list[dict[str, str]]:
    stream = io.StringIO()
    write_csv(stream, projects, WORDS)
    assert stream.getvalue().startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(stream.getvalue().removeprefix("\ufeff"))))


def by_header(path: Path, row: int = 2) -> dict[str, Any]:
    sheet = load_workbook(path).active
    assert sheet is not None
    return {header: sheet.cell(row, column) for column, header in enumerate(HEADERS, start=1)}


def test_a_list_has_the_columns_that_import_reads_in_their_order(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "list.xlsx", [], WORDS)
    write_csv(tmp_path / "list.csv", [], WORDS)
    assert CalamineWorkbook.from_path(tmp_path / "list.xlsx").get_sheet_by_index(0).to_python() == [HEADERS]
    assert (tmp_path / "list.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO((tmp_path / "list.csv").read_text(encoding="utf-8-sig")))) == [HEADERS]


def test_a_project_is_written_in_the_words_and_units_of_a_list(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "list.xlsx", [a_listed()], WORDS)
    cells = by_header(tmp_path / "list.xlsx")
    assert {header: cell.value for header, cell in cells.items()} == {
        "项目编号": "17DZ0000001",
        "项目名称": "演示：材料数据库",
        "牵头单位": "演示材料研究所",
        "统一社会信用代码": "91310000MA1FL0000X",
        "项目负责人": "演示甲",
        "联系电话": "199****1234",
        "专项类别": "basic_frontier",
        "项目状态": "contracted",
        "规划任务": "4.8 材料基因组；5.1 智能制造集成",
        "任务权重（%）": "70；30",
        "开始日期": "2017-04-01",
        "结束日期": "2019-12-31",
        "总经费（万元）": 155.000001,
        "中央财政（万元）": 0,
        "市级财政（万元）": 125,
        "区级财政（万元）": 0,
        "自筹（万元）": 30.000001,
        "其他（万元）": 0,
        "已拨付（万元）": 62.5,
        "进度（%）": 0.35,
        "系统编号": "00000000-0000-0000-0000-000000000007",
        "版本号": 3,
    }
    assert cells["进度（%）"].number_format == "0.00%"
    assert {cells[header].number_format for header in ("统一社会信用代码", "联系电话", "规划任务", "开始日期")} == {"@"}


def test_a_term_is_written_by_its_title_and_an_unknown_one_by_its_code() -> None:
    assert WORDS.term("fund_class", "gone") == "gone"
    assert WORDS.task("9.9") == "9.9"


def test_a_date_known_to_the_month_is_written_without_a_day() -> None:
    (row,) = read_csv(a_listed(start_precision="month"))
    assert (row["开始日期"], row["结束日期"]) == ("2017-04", "2019-12-31")


def test_a_source_without_a_column_counts_as_other_so_that_the_total_is_the_sum() -> None:
    budget = [{"year": 2017, "source": source, "amount": "10000.00"} for source in ("municipal", "loan", "loan")]
    (row,) = read_csv(a_listed(budget=budget))
    assert (row["总经费（万元）"], row["市级财政（万元）"], row["其他（万元）"]) == ("3", "1", "2")


def test_what_is_not_planned_yet_is_empty_and_not_nothing() -> None:
    (row,) = read_csv(a_listed(budget=[]))
    assert (row["总经费（万元）"], row["市级财政（万元）"]) == ("", "")
    (row,) = read_csv(a_listed(budget=[], amount_total="20000.00"))
    assert (row["总经费（万元）"], row["市级财政（万元）"]) == ("2", "")


def test_one_percent_is_not_written_as_a_bare_one() -> None:
    (row,) = read_csv(a_listed(progress_pct="1.00"))
    assert row["进度（%）"] == "1.00%"


amounts_in_fen = st.integers(-(10**17), 10**17) | st.integers(-(10**9), 10**9)


@settings(max_examples=60, deadline=None)
@given(st.lists(amounts_in_fen, min_size=1, max_size=20))
def test_any_amount_survives_a_list_to_the_fen(fen: list[int]) -> None:
    amounts = [Decimal(amount).scaleb(-2) for amount in fen]
    listed = [a_listed()._replace(disbursed=amount) for amount in amounts]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write_xlsx(path, listed, WORDS)
        sheet = load_workbook(path).active
        assert sheet is not None
        column = HEADERS.index("已拨付（万元）") + 1
        read = [sheet.cell(row, column).value for row in range(2, len(fen) + 2)]
        second = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [Decimal(str(value)) * 10_000 for value in read] == amounts
    assert [Decimal(str(row[column - 1])) * 10_000 for row in second[1:]] == amounts
    assert [Decimal(row["已拨付（万元）"]) * 10_000 for row in read_csv(*listed)] == amounts


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path, text: str) -> None:
    write_xlsx(tmp_path / "list.xlsx", [a_listed(title=text)], WORDS)
    cell = by_header(tmp_path / "list.xlsx")["项目名称"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")
    (row,) = read_csv(a_listed(title=text))
    assert row["项目名称"] == f"'{text}"


def test_text_that_looks_like_markup_stays_text(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "list.xlsx", [a_listed(title="<r>演示&</r>")], WORDS)
    assert by_header(tmp_path / "list.xlsx")["项目名称"].value.strip() == "<r>演示&</r>"


def test_a_negative_number_needs_no_apostrophe() -> None:
    assert [harmless(text) for text in ("-3.5", "-", "-3-5", "3")] == ["-3.5", "'-", "'-3-5", "3"]


def test_projects_are_taken_one_by_one_and_rows_leave_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    books: list[xlsxwriter.Workbook] = []
    opened = xlsxwriter.Workbook.__init__

    def watched(book: xlsxwriter.Workbook, *given: Any) -> None:
        opened(book, *given)
        books.append(book)

    monkeypatch.setattr(xlsxwriter.Workbook, "__init__", watched)
    held: list[int] = []
    written: list[int] = []

    def projects() -> Iterator[Listed]:
        for _ in range(500):
            held.append(sum(len(cells) for sheet in books[0].worksheets() for cells in sheet.table.values()))
            written.append(books[0].worksheets()[0].dim_rowmax)
            yield a_listed()

    write_xlsx(tmp_path / "list.xlsx", projects(), WORDS)
    assert books[0].constant_memory
    assert max(held) <= len(FIELDS)
    assert written == list(range(500)), "the next project is asked for when the one before is written"
