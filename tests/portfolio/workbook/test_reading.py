"""Lists as people keep them: dates, units, weights, headers, what is no project, and files that mean harm."""

import io
import json
import tomllib
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from deploy.seed import DATA
from services.catalog.contract import Vocabulary
from services.portfolio.contract import EncryptedFile, FileTooLarge, ImportRow, MacroFile, UnreadableFile
from services.portfolio.workbook import values
from services.portfolio.workbook.dialect import Dialect
from services.portfolio.workbook.files import ENCRYPTED, OLE, Cell
from services.portfolio.workbook.headers import UNITS, field_of
from services.portfolio.workbook.reading import read
from services.portfolio.workbook.shares import shares
from services.portfolio.workbook.values import Notes
from tests.bench.coverage import plan_document
from tests.portfolio.lists import HEADERS, a_list, a_row, a_uscc

TERMS = tomllib.loads((DATA / "vocabularies.toml").read_text(encoding="utf-8"))["vocabularies"]
DIALECT = Dialect.of(plan_document(), {terms["code"]: Vocabulary.model_validate(terms) for terms in TERMS})
DAYS = st.dates(date(1991, 1, 1), date(2060, 12, 31))


def rows(path: Path) -> dict[int, ImportRow]:
    """The rows of a list by their number."""
    return {row.row: row for row in read(path, DIALECT).rows}


def said(row: ImportRow) -> set[tuple[str, str]]:
    """Field and code of all that is said of a row."""
    return {(one.field, one.code) for one in (*row.errors, *row.warnings)}


def day(value: Any) -> tuple[values.Day | None, set[str]]:
    """A date as a cell has it, and what is said of it."""
    notes = Notes()
    return values.day("start_date", Cell(value), notes), {one.code for one in (*notes.errors, *notes.warnings)}


@given(
    DAYS, st.sampled_from(("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "{0.year}/{0.month}/{0.day}"))
)
def test_a_day_is_read_in_each_of_its_ways(on: date, form: str) -> None:
    text = form.format(on) if "{" in form else on.strftime(form)
    assert day(text) == (values.Day(on, on, "day"), set())
    assert day((on - date(1899, 12, 30)).days) == (values.Day(on, on, "day"), {"excel_serial_date"})


@given(DAYS, st.sampled_from(("%Y.%m", "%Y-%m", "%Y年%m月", "%Y%m", "{0.year}年{0.month}月", "{0.year}.{0.month}")))
def test_a_month_has_a_first_and_a_last_day(on: date, form: str) -> None:
    found, codes = day(form.format(on) if "{" in form else on.strftime(form))
    assert found is not None and codes == set()
    assert (found.first.day, found.first.month, found.precision) == (1, on.month, "month")
    assert found.last.month == on.month and found.first.year == on.year


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *((2017.1, "date_ambiguous"), (2017.13, "date_invalid"), ("2017.13", "date_invalid"), ("年底", "date_invalid")),
        *(
            ("2017-02-30", "date_invalid"),
            ("17年3月", "two_digit_year"),
            (42809, "excel_serial_date"),
            (2017, "date_invalid"),
        ),
    ],
)
def test_what_is_no_clear_date_is_said(value: Any, code: str) -> None:
    assert code in day(value)[1]


def test_a_number_that_is_a_month_is_one() -> None:
    assert day(2017.3)[0] == values.Day(date(2017, 3, 1), date(2017, 3, 31), "month")
    assert day(2017.12)[0] == values.Day(date(2017, 12, 1), date(2017, 12, 31), "month")


@pytest.mark.parametrize("text", ["2017.3-2019.12", "2017-03至2019-12", "2017年3月—2019年12月", "201703~201912"])
def test_both_ends_of_a_period_stand_in_one_cell(text: str) -> None:
    start, end = values.period(Cell(text))
    assert (day(start.value)[0] or values.Day).first == date(2017, 3, 1)
    assert (day(end.value)[0] or values.Day).last == date(2019, 12, 31)


@given(st.integers(0, 10**13), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_any_amount_in_any_unit_is_read_to_the_fen(fen: int, own: str, header: str) -> None:
    amount = Decimal(fen).scaleb(-2)
    notes = Notes()
    text = f"{amount / UNITS[own]:f}{own}"
    assert values.amount("amount_total", Cell(text), UNITS[header], notes) == amount
    bare = Cell(f"{amount / UNITS[header]:f}")
    assert values.amount("amount_total", bare, UNITS[header], notes) == amount
    assert notes.errors == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(
            ("1,250万元", "12500000.00"),
            ("￥１２５", "125.00"),
            ("(5)", "amount_negative"),
            ("约100", "amount_unparseable"),
        ),
        *(("9999亿元", "999900000000.00"), ("10000亿元", "amount_implausible"), (1e300, "amount_implausible")),
    ],
)
def test_amounts_as_people_write_them(value: str | float, expected: str) -> None:
    notes = Notes()
    found = values.amount("amount_total", Cell(value), Decimal(1), notes)
    assert (notes.errors[0].code if notes.errors else str(found)) == expected


@given(st.lists(st.sampled_from(sorted(DIALECT.order)), min_size=1, max_size=12, unique=True))
def test_equal_weights_add_up_and_stand_in_plan_order(codes: list[str]) -> None:
    found = shares([Cell("；".join(codes))], [], DIALECT, Notes())
    assert sum(Decimal(share["weight"]) for share in found) == 100
    assert [share["task"] for share in found] == sorted(codes, key=DIALECT.order.__getitem__)


@pytest.mark.parametrize(
    ("cell", "weights", "expected"),
    [
        ("4.8（70%）；5.10（30%）", None, {"4.8": "70.00", "5.10": "30.00"}),
        ("第四章第8项：70%\n四-8：30%", None, {"4.8": "100.00"}),
        ("材料基因组、大数据及云计算技术与应用", "60；40", "weights_not_100|task_unknown"),
        ("4.8；5.10", "60；39.99", "weights_not_100"),
        ("4.8；5.10", "100", "weights_not_100"),
        (5.1, None, "task_ambiguous"),
        (5.11, None, {"5.11": "100.00"}),
        ("石墨烯", None, "task_ambiguous"),
        ("8", None, "task_ambiguous"),
        ("四（二）8.材料基因组", None, {"4.8": "100.00"}),
        ("4.8 大飞机", None, "task_ambiguous"),
        ("大飞机", None, {"5.6": "100.00"}),
    ],
)
def test_tasks_and_weights_as_people_write_them(cell: Any, weights: str | None, expected: Any) -> None:
    notes = Notes()
    found = shares([Cell(cell)], [Cell(weights)] if weights else [], DIALECT, notes)
    if isinstance(expected, dict):
        assert ({share["task"]: share["weight"] for share in found}, notes.errors) == (expected, [])
    else:
        assert notes.errors and {error.code for error in notes.errors} <= set(expected.split("|"))


@pytest.mark.parametrize(
    ("labels", "field"),
    [
        (("经费", "市级"), "amount_municipal"),
        (("经费（万元）", "合计"), "amount_total"),
        (("起止时间", "止"), "end_date"),
        (("承担单位", "信用代码"), "lead_org_uscc"),
        (("负责人", "电话"), "pi_phone"),
        (("总经费\n（亿元）",), "amount_total"),
        (("项目所在地",), None),
    ],
)
def test_headers_of_one_and_two_levels_name_fields(labels: tuple[str, ...], field: str | None) -> None:
    assert field_of(labels) == field


def nasty(sheet: Worksheet) -> None:
    """Title, unit line, two-level header, labels, merged cells, a repeated header, totals, notes, signatures."""
    head = ["项目编号", "项目名称", "承担单位", None, "负责人", "类别", "状态", "规划任务", "起止时间", None]
    head += ["经费", None, None, "已拨付（元）"]
    below = [None, None, "名称", "统一社会信用代码", *[None] * 4, "开始", "结束", "总额", "市级", "自筹", None]
    unit, money = ["演示研究所", a_uscc(1)], [155, 125, 30]
    first = ["支撑类", "在研", 4.8, 2017.3, "2019.12", *money, 625000]
    second = ["重大专项", "结题", "5.10", "2017年3月", 43800, *money, "/"]
    third = ["引导类", "验收中", "四-8", "201703", "2019-12-01", None, 125, 30]
    lines: list[list[Any]] = [["演示项目汇总表"], ["单位：万元"], head, below, ["一、基础研究"]]
    lines += [["17DZ0000001", "演示：甲", *unit, "演 示甲", *first]]
    lines += [["17DZ0000002", "演示：乙", None, None, "演示乙", *second]]
    lines += [["小计", *[None] * 9, 310, 250, 60], ["\u3000"], head, below]
    lines += [["１７dz0000003", "演示：丙", *unit, "演示丙", *third]]
    lines += [["17DZ0000001", "演示：甲二", *unit, "演示甲", *first]]
    lines += [["合计", *[None] * 9, 465], ["备注：以上均为演示"], ["填表人：甲", None, "审核人：乙"]]
    for line in lines:
        sheet.append(line)
    for area in ("A1:N1", "C7:C6", "D6:D7", "C3:D3", "I3:J3", "K3:M3", "A3:A4", "B3:B4", "E3:E4", "N3:N4", "A5:N5"):
        sheet.merge_cells("C6:C7" if area == "C7:C6" else area)
    sheet.row_dimensions[12].hidden = True


def test_a_list_as_agencies_keep_it(tmp_path: Path) -> None:
    book = Workbook()
    nasty(book.worksheets[0])
    book.create_sheet("说明").append(["怎样填写"])
    book.save(tmp_path / "a.xlsx")
    found = rows(tmp_path / "a.xlsx")
    skipped = {number for number, row in found.items() if row.verdict == "skipped"}
    assert skipped == {1, 2, 3, 4, 5, 8, 10, 11, 14, 15, 16}
    assert (said(found[6]), found[6].values["pi_name"]) == (set(), "演示甲")
    assert (found[6].values["amount_total"], found[6].values["amount_disbursed"]) == ("1550000.00", "625000.00")
    assert said(found[7]) == {("end_date", "excel_serial_date")}
    assert (found[7].values["lead_org_uscc"], found[7].values["amount_disbursed"]) == (a_uscc(1), None)
    assert said(found[12]) == {("amount_total", "total_derived"), ("row", "hidden_row")}
    assert (found[12].values["project_no"], found[12].values["amount_total"]) == ("17DZ0000003", "1550000.00")
    assert said(found[13]) == {("project_no", "duplicate_conflict")}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_a_csv_is_read_in_the_encodings_that_programs_save(tmp_path: Path, encoding: str) -> None:
    lines = [HEADERS, a_row(1, 专项类别="支撑类", 项目状态="在研", 规划任务="5.10")]
    text = "\r\n".join(",".join("" if cell is None else str(cell) for cell in line) for line in lines)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    assert rows(tmp_path / "a.csv")[2].verdict == "accepted"


def test_everything_wrong_with_a_row_is_said_at_once(tmp_path: Path) -> None:
    wrong: dict[str, Any] = {"统一社会信用代码": 911, "项目状态": "不明", "开始日期": "2019-13", "规划任务": "石墨烯"}
    wrong |= {"总经费（万元）": 0.5, "项目负责人": "—", "进度": "过半"}
    row = rows(a_list(tmp_path / "a.xlsx", [a_row(1, 专项类别="支撑类", **wrong)]))[2]
    assert said(row) == {
        ("lead_org_uscc", "uscc_numeric_cell"),
        ("status", "unknown_value"),
        ("start_date", "date_invalid"),
        ("tasks", "task_ambiguous"),
        ("amount_total", "amount_implausible"),
        ("pi_name", "required"),
        ("progress_pct", "progress_unparsed"),
    }


@pytest.mark.parametrize(("total", "code"), [(155.0001, None), (155.0002, "sum_mismatch")])
def test_a_total_may_differ_by_a_yuan(tmp_path: Path, total: float, code: str | None) -> None:
    given_row = a_row(1, 专项类别="支撑类", 项目状态="在研", **{"总经费（万元）": total})
    row = rows(a_list(tmp_path / "a.xlsx", [given_row]))[2]
    assert said(row) == ({("amount_total", code)} if code else set())


def test_a_formula_is_read_as_its_value_and_refused_without_one(tmp_path: Path) -> None:
    path = a_list(tmp_path / "a.xlsx", [a_row(1, **{"总经费（万元）": "=1+2"})])
    assert ("amount_total", "formula_without_value") in said(rows(path)[2])


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_files_that_mean_harm_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    bomb = _zip(tmp_path / "b.xlsx", {"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": b"\0" * (60 << 20)})
    macro = _zip(tmp_path / "m.xlsx", {"xl/workbook.xml": b"", "xl/vbaProject.bin": b"x"})
    other = _zip(tmp_path / "o.xlsx", {"word/document.xml": b""})
    locked = tmp_path / "e.xlsx"
    locked.write_bytes(OLE + b"\0" * 512 + ENCRYPTED)
    for path, error in ((bomb, FileTooLarge), (macro, MacroFile), (other, UnreadableFile), (locked, EncryptedFile)):
        with pytest.raises(error):
            read(path, DIALECT)


def test_an_external_link_is_not_followed(tmp_path: Path) -> None:
    buffer = io.BytesIO(a_list(tmp_path / "a.xlsx", [a_row(1, 专项类别="支撑类", 项目状态="在研")]).read_bytes())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    (tmp_path / "linked.xlsx").write_bytes(buffer.getvalue())
    assert rows(tmp_path / "linked.xlsx")[2].verdict == "accepted"
    assert json.dumps(rows(tmp_path / "linked.xlsx")[2].values, ensure_ascii=False)
