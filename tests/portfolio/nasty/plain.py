"""The plain habits in formats that keep less than .xlsx does: text alone in .csv, no formats of numbers in .xls."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import xlwt

from tests.portfolio.nasty.generator import Book
from tests.portfolio.nasty.layouts import Layout, units_in_columns
from tests.portfolio.nasty.truth import Row

NUMBERS_MATTER = ("uscc_numeric_cell", "date_ambiguous", "task_ambiguous")
"""What only a number in a cell can be; as text it is something else."""


def a_list(book: Book, size: int) -> tuple[Layout, list[Row]]:
    """Rows that mean the same in every format."""
    layout = units_in_columns(book.chance)
    rows: list[Row] = []
    while len(rows) < size:
        rows += book.some_rows(layout, 5, None)
    rows = [row for row in rows if not any(code in NUMBERS_MATTER for _, code in row.errors)]
    return layout, rows


def shown(row: Row, name: str) -> Any:
    """A cell as a program writes it where there are no formats."""
    value = row.cells.get(name)
    if "%" in row.formats.get(name, "") and isinstance(value, float):
        return f"{value:.2%}"
    return value


def save_csv(path: Path, seed: int, encoding: str, size: int = 130) -> list[Row]:
    """A .csv of one list."""
    book = Book(seed)
    layout, rows = a_list(book, size)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["演示计划项目清单"])
        writer.writerow([column.labels[0] for column in layout.columns])
        for place, row in enumerate(rows):
            row.sheet, row.number = path.stem, place + 3
            cells = [shown(row, column.field) for column in layout.columns]
            writer.writerow([cell.isoformat(" ") if isinstance(cell, dt.datetime) else cell for cell in cells])
        writer.writerow(["合计", *[None] * 7, 12345.6])
        writer.writerow(["填报人：演示甲", None, "审核人：演示乙"])
    return rows


def save_xls(path: Path, seed: int, size: int = 130) -> list[Row]:
    """An .xls of one list."""
    book = Book(seed)
    layout, rows = a_list(book, size)
    written = xlwt.Workbook()
    sheet = written.add_sheet("项目")
    on = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for place, column in enumerate(layout.columns):
        sheet.write(0, place, column.labels[0])
    for line, row in enumerate(rows, 1):
        row.sheet, row.number = "项目", line + 1
        for place, column in enumerate(layout.columns):
            value = shown(row, column.field)
            if isinstance(value, dt.date):
                sheet.write(line, place, value, on)
            elif value is not None:
                sheet.write(line, place, value)
    sheet.write(len(rows) + 1, 0, "合计")
    written.save(str(path))
    return rows
