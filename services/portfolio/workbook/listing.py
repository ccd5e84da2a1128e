"""A list of projects as import reads it back: edited in a spreadsheet and sent again, it changes what was edited."""

import csv
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TextIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.portfolio.contract import Precision, Project
from services.portfolio.workbook.fields import FIELDS, Field
from services.portfolio.workbook.words import Words

SHEET = "项目清单"

_WAN = Decimal(10_000)
_NAMED_SOURCES = ("central", "municipal", "district", "self")
_WIDTHS = {"title": 40, "lead_org_name": 24, "lead_org_uscc": 22, "tasks": 36, "record_id": 38}
_LAST_ROW = 1_048_575
_FORMATS = {
    "header": {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "bg_color": "#DDEBF7"},
    "text": {"num_format": "@"},
    "amount": {"num_format": "#,##0.00####"},
    "percent": {"num_format": "0.00%"},
    "whole": {"num_format": "0"},
}


class Listed(NamedTuple):
    """A project as a list has it.

    Phones are masked in projects (199****1234) and are written as they are; who applies a list takes a masked phone
    for one that was not edited.
    """

    project: Project
    lead_name: str
    disbursed: Decimal | None = None
    """In yuan; none is an empty cell."""

    def amounts(self) -> dict[str, Decimal]:
        """Yuan by source of the budget, all years and headings together; a source without a column of its own counts
        as `other`. Nothing at all where nothing is planned yet."""
        if not self.project.budget:
            return {}
        sums = dict.fromkeys((*_NAMED_SOURCES, "other"), Decimal(0))
        for line in self.project.budget:
            sums[line.source if line.source in _NAMED_SOURCES else "other"] += line.amount
        return sums


Cell = str | int | Decimal | None
"""What a cell holds: text, a whole number, an amount in yuan or a percent, or nothing."""


def write_xlsx(target: Path, projects: Iterable[Listed], words: Words) -> None:
    """Write the list as .xlsx; each row is on disk before the next project is asked for, so memory stays bounded."""
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        formats = {name: book.add_format(properties) for name, properties in _FORMATS.items()}
        sheet = book.add_worksheet(SHEET)
        _lay_out(sheet, formats)
        row = 0
        for row, listed in enumerate(projects, start=1):
            if row > _LAST_ROW:
                raise ValueError(f"a sheet holds {_LAST_ROW} projects; ask for fewer, or for .csv")
            for column, (field, value) in enumerate(zip(FIELDS, cells(listed, words), strict=True)):
                _write(sheet, row, column, field, value, formats)
        sheet.autofilter(0, 0, max(row, 1), len(FIELDS) - 1)


def write_csv(target: Path | TextIO, projects: Iterable[Listed], words: Words) -> None:
    """Write the list as .csv: UTF-8 with BOM, so that Excel shows Chinese; no cell that a spreadsheet would compute."""
    with target.open("w", encoding="utf-8", newline="") if isinstance(target, Path) else nullcontext(target) as stream:
        stream.write("\ufeff")
        writer = csv.writer(stream)
        writer.writerow(field.header for field in FIELDS)
        for listed in projects:
            writer.writerow(
                harmless(_plain(field, value)) for field, value in zip(FIELDS, cells(listed, words), strict=True)
            )


def cells(listed: Listed, words: Words) -> list[Cell]:
    """The cells of a project in the order of FIELDS: amounts in yuan, percents as such."""
    project, amounts = listed.project, listed.amounts()
    scheme, _, number = project.lead.partition(":")
    tasks, weights = words.shares(project.tasks)
    values: dict[str, Cell] = {
        "project_no": project.project_no,
        "title": project.title,
        "lead_org_name": listed.lead_name,
        "lead_org_uscc": number if scheme == "cn-uscc" else project.lead,
        "pi_name": project.pi.name if project.pi else None,
        "pi_phone": project.pi.phone if project.pi else None,
        "fund_class": words.term("fund_class", project.fund_class),
        "status": words.term("project_state", project.state),
        "tasks": tasks,
        "weights": weights,
        "start_date": day_text(project.start_on, project.start_precision),
        "end_date": day_text(project.end_on, project.end_precision),
        "amount_total": project.amount_total if project.amount_total is not None else _total(amounts),
        "amount_disbursed": listed.disbursed,
        "progress_pct": Decimal(project.progress_pct) if project.progress_pct else None,
        "record_id": str(project.id),
        "record_version": project.version,
    }
    values |= {f"amount_{source}": amount for source, amount in amounts.items()}
    return [values.get(field.name) for field in FIELDS]


def _total(amounts: dict[str, Decimal]) -> Decimal | None:
    return sum(amounts.values(), Decimal(0)) if amounts else None


def day_text(day: date | None, precision: Precision | None) -> str:
    """`2017-03-15`, or `2017-03` where no day is known."""
    if day is None:
        return ""
    return day.isoformat()[:7] if precision == "month" else day.isoformat()


def in_wan(yuan: Decimal) -> str:
    """Yuan in 万元, exact: one fen is 0.000001 万元."""
    wan = f"{yuan / _WAN:.6f}".rstrip("0").rstrip(".")
    assert Decimal(wan) * _WAN == yuan, "an amount has two decimals"
    return wan


def harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula, with ' before it; a negative number is none."""
    if text[:1] not in ("=", "+", "-", "@", "\t", "\r") or _is_number(text):
        return text
    return f"'{text}"


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return text.startswith("-") and digits.isascii() and digits.isdigit()


def _plain(field: Field, value: Cell) -> str:
    if value is None:
        return ""
    if field.kind == "amount" and isinstance(value, Decimal):
        return in_wan(value)
    # With its sign, so that 1% is not taken for the whole.
    return f"{value}%" if field.kind == "percent" else str(value)


def _lay_out(sheet: Worksheet, formats: dict[str, Format]) -> None:
    # In constant_memory, widths must be said before the first row.
    for column, field in enumerate(FIELDS):
        sheet.set_column(column, column, _WIDTHS.get(field.name, 14), formats.get(field.kind, formats["text"]))
    sheet.set_row(0, 32)
    for column, field in enumerate(FIELDS):
        sheet.write_string(0, column, field.header, formats["header"])
    sheet.freeze_panes(1, 2)


def _write(sheet: Worksheet, row: int, column: int, field: Field, value: Cell, formats: dict[str, Format]) -> None:
    if value is None or value == "":
        return
    form = formats.get(field.kind, formats["text"])
    if field.kind == "percent" and isinstance(value, Decimal):
        sheet.write_number(row, column, float(value / 100), form)
    elif isinstance(value, int):
        sheet.write_number(row, column, value, form)
    elif isinstance(value, Decimal) and _survives(in_wan(value)):
        sheet.write_number(row, column, float(in_wan(value)), form)
    else:
        # Text is never computed here, whatever it begins with, and with the format @ not when it is edited either.
        # What begins and ends as a rich string would go into the file unescaped; a space at the end prevents that.
        text = in_wan(value) if isinstance(value, Decimal) else value
        sheet.write_string(row, column, f"{text} " if text.startswith("<r>") else text, formats["text"])


def _survives(wan: str) -> bool:
    """Whether a number cell keeps the amount: Excel keeps 15 digits, 16 are written; longer ones go as text."""
    digits = wan.replace("-", "").replace(".", "").strip("0")
    return len(digits) <= 15 and Decimal(f"{float(wan):.16G}") == Decimal(wan)
