"""The template: a real file, read with openpyxl and calamine."""

import tomllib
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from services.catalog.contract import Vocabulary
from services.portfolio.workbook.fields import FIELDS
from services.portfolio.workbook.template import CHOICES_SHEET, GUIDE_SHEET, HEADER_ROW, write_template
from services.portfolio.workbook.words import Words
from tests.builders import a_plan
from tests.portfolio.workbook.builders import WORDS

VOCABULARIES = Path("services/catalog/data/vocabularies.toml")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    write_template(path, WORDS)
    return load_workbook(path)


def validation_of(sheet: Worksheet, name: str) -> DataValidation:
    place = sheet.cell(HEADER_ROW + 1, 1 + [field.name for field in FIELDS].index(name)).coordinate
    rules: list[DataValidation] = [rule for rule in sheet.data_validations.dataValidation if place in rule.sqref]
    assert len(rules) == 1
    return rules[0]


def test_the_template_has_the_columns_of_a_list_below_its_unit(book: Workbook) -> None:
    sheet = book["项目清单"]
    assert sheet["A2"].value == "单位：万元"
    assert [cell.value for cell in sheet[HEADER_ROW]] == [field.header for field in FIELDS]
    fills = {cell.fill.fgColor.rgb for cell, field in zip(sheet[HEADER_ROW], FIELDS, strict=True) if field.required}
    others = {
        cell.fill.fgColor.rgb for cell, field in zip(sheet[HEADER_ROW], FIELDS, strict=True) if not field.required
    }
    assert len(fills) == len(others) == 1
    assert fills != others


def test_the_template_holds_no_project_and_one_header_row(book: Workbook, tmp_path: Path) -> None:
    write_template(tmp_path / "template.xlsx", WORDS)
    second = CalamineWorkbook.from_path(tmp_path / "template.xlsx")
    assert second.sheet_names == ["项目清单", GUIDE_SHEET, CHOICES_SHEET]
    headers = {field.header for field in FIELDS}
    rows = second.get_sheet_by_name("项目清单").to_python(skip_empty_area=False)
    assert [row for row in rows[HEADER_ROW:] if any(row)] == []
    for name in (GUIDE_SHEET, CHOICES_SHEET):
        assert all(len(headers.intersection(map(str, row))) <= 1 for row in second.get_sheet_by_name(name).to_python())


def test_choices_are_those_of_the_vocabularies_and_the_plan(book: Workbook) -> None:
    chosen = {}
    for name in ("fund_class", "status", "tasks"):
        sheet, _, where = str(validation_of(book["项目清单"], name).formula1).partition("!")
        assert sheet == f"'{CHOICES_SHEET}'"
        chosen[name] = [cell.value for (cell,) in book[CHOICES_SHEET][where.replace("$", "")]]
    assert chosen == {
        "fund_class": WORDS.terms("fund_class"),
        "status": WORDS.terms("project_state"),
        "tasks": ["4.1 设施集群", "4.8 材料基因组", "5.1 智能制造集成", "5.10 大数据及云计算", "7-m1 强化治理"],
    }


def test_several_tasks_may_be_written_in_a_cell_that_has_a_list(book: Workbook) -> None:
    assert not validation_of(book["项目清单"], "tasks").showErrorMessage
    assert validation_of(book["项目清单"], "fund_class").errorStyle == "warning"


def test_every_column_says_what_to_write_before_and_after_it_is_filled_in(book: Workbook) -> None:
    for field in FIELDS:
        rule = validation_of(book["项目清单"], field.name)
        assert rule.promptTitle == field.header
        assert rule.prompt
        assert len(rule.prompt) <= 255
    guide = book[GUIDE_SHEET]
    assert [row[0] for row in guide.iter_rows(min_row=4, values_only=True)] == [field.header for field in FIELDS]
    assert all(row[3] for row in guide.iter_rows(min_row=4, values_only=True))


def test_codes_and_dates_are_typed_as_text_so_that_no_zero_is_lost(book: Workbook) -> None:
    spans = list(book["项目清单"].column_dimensions.values())
    formats = {
        field.name: next(span.number_format for span in spans if (span.min or 0) <= column <= (span.max or 0))
        for column, field in enumerate(FIELDS, start=1)
    }
    assert {formats[name] for name in ("tasks", "start_date", "lead_org_uscc", "pi_phone", "project_no")} == {"@"}


def test_a_term_that_is_off_is_no_choice_and_synonyms_are_explained(tmp_path: Path) -> None:
    known = [Vocabulary.model_validate(v) for v in tomllib.loads(VOCABULARIES.read_text("utf-8"))["vocabularies"]]
    words = Words(a_plan(), {vocabulary.code: vocabulary for vocabulary in known})
    write_template(tmp_path / "template.xlsx", words)
    book = load_workbook(tmp_path / "template.xlsx")
    assert "其他类" not in [cell.value for cell in book[CHOICES_SHEET]["A"]]
    guide = {row[0]: row[5] for row in book[GUIDE_SHEET].iter_rows(min_row=4, values_only=True)}
    assert "支撑类" in str(guide["专项类别"])
    assert "已结题" in str(guide["项目状态"])
