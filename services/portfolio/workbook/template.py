"""An empty workbook to register projects in: the list, the choices, and how each column is filled in."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.portfolio.workbook.fields import FIELDS, Field, Kind
from services.portfolio.workbook.listing import SHEET
from services.portfolio.workbook.words import Words

CHOICES_SHEET = "下拉选项"
GUIDE_SHEET = "填写说明"
HEADER_ROW = 3
"""As Excel shows it; above it stand the title and the unit."""

_FIRST, _LAST = HEADER_ROW, 5_000
"""Zero-based rows with drop-down lists and formats."""
_VOCABULARIES = {"fund_class": "fund_class", "status": "project_state"}
_WIDTHS = {"title": 36, "lead_org_name": 24, "lead_org_uscc": 22, "tasks": 36, "record_id": 38}
_FORMATS = {
    "title": {"bold": True, "font_size": 16},
    "note": {"italic": True},
    "required": {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "bg_color": "#FCE4D6"},
    "header": {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "bg_color": "#DDEBF7"},
    "text": {"num_format": "@"},
    "amount": {"num_format": "#,##0.00####"},
    "wrapped": {"num_format": "@", "text_wrap": True, "valign": "top", "border": 1},
}


class Guide(NamedTuple):
    """How cells of a kind are filled in, and which other spellings import reads (DOMAIN §6)."""

    how: str
    also: str = ""


GUIDES: dict[Kind, Guide] = {
    "code": Guide("按文本填写，前面的 0 不会丢。", "全角字母、数字"),
    "text": Guide("全称，不换行。"),
    "uscc": Guide("18 位，按文本填写；以数字存放会丢失末位，将被退回。", "中间的空格、连字符；全角；小写字母"),
    "phone": Guide("11 位手机号或带区号的固定电话，按文本填写；带 * 的号码视为未修改。"),
    "term": Guide("从下拉列表中选择。"),
    "tasks": Guide(
        "从下拉列表中选择；几项任务用“；”隔开，不能用逗号。按文本填写：作为数字 5.1 与 5.10 是同一个数，将被退回。",
        "任务名称；5.10；四（二）8.名称；四-8；第四章第8项；别名（有提示）",
    ),
    "weights": Guide(
        "百分比，与任务同序，用“；”隔开，合计 100；只有一项任务可不填。", "几项任务都不填：平均分配（有提示）"
    ),
    "date": Guide(
        "年-月-日，或年-月，按文本填写。", "2017.03；2017年3月；201703；2017/3/15；2017.03.15；2017年3月15日；20170315"
    ),
    "amount": Guide(
        "万元，至多六位小数（0.000001 万元即 1 分），不为负。",
        "单元格内写明单位：1.2亿元、155万元、1550000元；无、—、/ 视为空",
    ),
    "percent": Guide("0 到 100。", "35%；３５％"),
    "whole": Guide("系统填写。"),
}
_OF_FIELD = {
    "project_no": "立项文件上的项目编号；同一编号视为同一项目。",
    "amount_total": (
        "万元，等于各来源之和（相差不超过 1 元）；不填则按各来源合计（有提示）。低于 1 万元或高于 50 亿元将被退回。"
    ),
    "amount_disbursed": "万元，不超过中央、市级与区级财政之和。",
    "record_id": "系统填写，新项目留空；下载的清单里请勿改动。",
    "record_version": "系统填写，新项目留空；下载的清单里请勿改动。",
}


def write_template(target: Path, words: Words) -> None:
    """Write the template as .xlsx. It holds no project: the example stands in 填写说明, so an import finds none."""
    with xlsxwriter.Workbook(target) as book:
        formats = {name: book.add_format(properties) for name, properties in _FORMATS.items()}
        projects = book.add_worksheet(SHEET)
        guide = book.add_worksheet(GUIDE_SHEET)
        choices = book.add_worksheet(CHOICES_SHEET)
        ranges = _write_choices(choices, words, formats)
        _write_headers(projects, formats)
        for column, field in enumerate(FIELDS):
            projects.data_validation(_FIRST, column, _LAST, column, _validation(field, ranges.get(field.name)))
        _write_guide(guide, words, formats)


def how(field: Field) -> Guide:
    """How a column is filled in."""
    guide = GUIDES[field.kind]
    return guide._replace(how=_OF_FIELD.get(field.name, guide.how))


def _choices(words: Words) -> dict[str, list[str]]:
    return {name: words.terms(vocabulary) for name, vocabulary in _VOCABULARIES.items()} | {"tasks": words.tasks()}


def _write_choices(sheet: Worksheet, words: Words, formats: dict[str, Format]) -> dict[str, str]:
    """Write a column for each field with choices, without the headers of a project list; where they lie, by field."""
    ranges = {}
    for column, (name, titles) in enumerate(_choices(words).items()):
        sheet.set_column(column, column, 40, formats["text"])
        for row, title in enumerate(titles):
            sheet.write_string(row, column, title, formats["text"])
        letter = "ABC"[column]
        if titles:
            ranges[name] = f"='{CHOICES_SHEET}'!${letter}$1:${letter}${len(titles)}"
    return ranges


def _write_headers(sheet: Worksheet, formats: dict[str, Format]) -> None:
    sheet.write_string(0, 0, "科技计划项目清单", formats["title"])
    sheet.write_string(1, 0, "单位：万元", formats["note"])
    sheet.set_row(HEADER_ROW - 1, 32)
    for column, field in enumerate(FIELDS):
        width = _WIDTHS.get(field.name, 14)
        sheet.set_column(column, column, width, formats["amount" if field.kind == "amount" else "text"])
        header = formats["required" if field.required else "header"]
        sheet.write_string(HEADER_ROW - 1, column, field.header, header)
    sheet.freeze_panes(HEADER_ROW, 2)


def _validation(field: Field, choices: str | None) -> dict[str, str | int | bool]:
    """What Excel checks and says while a cell is filled in. It only warns: import reads more than a list can name, and
    a cell may hold several tasks."""
    need = "必填。" if field.required else "可不填。"
    shown: dict[str, str | int | bool] = {
        "input_title": field.header,
        "input_message": (need + how(field).how + (f"例：{field.example}" if field.example else ""))[:255],
        "error_type": "warning",
        "error_title": field.header,
        "error_message": "不是列表或格式中的值，导入时可能被退回；见“填写说明”。",
    }
    if choices:
        return shown | {"validate": "list", "source": choices, "show_error": field.kind != "tasks"}
    if field.kind == "amount":
        return shown | {"validate": "decimal", "criteria": ">=", "value": 0}
    return shown | {"validate": "any"}


def _write_guide(sheet: Worksheet, words: Words, formats: dict[str, Format]) -> None:
    """A row for each column of the list: no row here looks like the header of one, so import passes the sheet over."""
    sheet.write_string(0, 0, "填写说明（示例均为虚构）", formats["title"])
    _write_row(sheet, 2, ("列", "必填", "单位", "写法", "示例", "也认可的写法"), formats["header"])
    for column, width in enumerate((22, 8, 8, 60, 30, 60)):
        sheet.set_column(column, column, width)
    for row, field in enumerate(FIELDS, start=3):
        unit = {"amount": "万元", "percent": "%", "weights": "%"}.get(field.kind, "")
        guide = how(field)
        vocabulary = _VOCABULARIES.get(field.name)
        also = "；".join(words.aliases(vocabulary)) if vocabulary else guide.also
        texts = (field.header, "是" if field.required else "否", unit, guide.how, field.example, also)
        _write_row(sheet, row, texts, formats["wrapped"])


def _write_row(sheet: Worksheet, row: int, texts: Sequence[str], form: Format) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(row, column, text, form)
