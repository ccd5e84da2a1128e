"""Papers of reports, from answers made by hand: what is too wide, what is hostile, what is nothing at all."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from services.reporting.files.as_csv import csv_of
from services.reporting.files.as_pdf import pdf_of
from services.reporting.files.as_xlsx import write_xlsx
from services.reporting.operations.papers.matrix import matrix_paper
from services.reporting.operations.papers.writing import PAPERS
from services.reporting.routes.files import REPORTS
from tests.reporting.files.papers import HOSTILE

HEAD: dict[str, Any] = {
    "plan": "small",
    "as_of": "2018-12-31",
    "recorded_at": None,
    "positions": {"catalog": 1, "portfolio": 2},
    "edition": 1,
    "unit": "CNY",
    "denominator": {"name": "tasks", "value": 4},
    "denominators": {"tasks": 4, "tasks_and_measures": 5, "fundable": 3},
    "counted_states": ["contracted"],
    "covering_weight": "20",
    "filters": {"level": "all"},
    "notes": [],
}


def a_matrix(rows: int, columns: int, title: str = "甲") -> dict[str, Any]:
    """A full matrix of 20 000 yuan in each cell."""
    heads = {
        "rows": [{"code": f"r{at}", "title": f"{title} 行{at}", "number": ""} for at in range(rows)],
        "columns": [{"code": f"c{at}", "title": f"{title} 列{at}", "number": str(at)} for at in range(columns)],
    }
    cells = [
        {"row": row["code"], "column": column["code"], "value": "20000.00"}
        for row in heads["rows"]
        for column in heads["columns"]
    ]
    return HEAD | {
        **heads,
        "rows_by": "agency",
        "columns_by": "task",
        "figure": "committed",
        "cells": cells,
        "row_totals": [{"code": one["code"], "value": f"{20000 * columns}.00"} for one in heads["rows"]],
        "column_totals": [{"code": one["code"], "value": f"{20000 * rows}.00"} for one in heads["columns"]],
        "total": f"{20000 * rows * columns}.00",
    }


SIDE = {"as_of": "2017-12-31", "recorded_at": None, "positions": {"catalog": 1, "portfolio": 1}}
NO_FIGURES = {"projects": 0, "target": None, "gap": None, "covered": False} | dict.fromkeys(
    ("committed", "received", "disbursed", "spent"), "0.00"
)
NOTHING: dict[str, dict[str, Any]] = {
    "matrix": a_matrix(0, 0),
    "trend": HEAD | {"by": "year", "figure": "committed", "node": "total", "points": [], "total": "0.00"},
    "flows": HEAD | {"figure": "committed", "nodes": [], "links": [], "total": "0.00"},
    "compare": HEAD
    | {
        "before": {"as_of": "2017-12-31", "recorded_at": None, "positions": {"catalog": 1, "portfolio": 1}},
        "node": "total",
        "totals": dict.fromkeys(
            ("before", "after", "difference"),
            {"projects": 0} | dict.fromkeys(("committed", "received", "disbursed", "spent", "refunded"), "0.00"),
        ),
        "items": [],
        "moved": [],
        "next": None,
    },
    "diff": HEAD
    | {
        "before": SIDE,
        "after": SIDE,
        "counts": dict.fromkeys(
            ("projects", "added", "changed", "removed", "with_money_moved", "catalog_entries", "portfolio_entries"), 0
        ),
        "totals": dict.fromkeys(("before", "after", "difference"), NO_FIGURES),
        "items": [],
        "catalog": {"editions": [], "targets": []},
        "projects": [],
        "cut": [],
        "filters": {"agency": None, "district": None},
    },
}


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_every_report_that_is_served_as_a_file_has_a_paper() -> None:
    assert set(PAPERS) == {*REPORTS, "diff"}, "a diff has routes of its own"


@pytest.mark.parametrize("report", NOTHING)
def test_a_report_of_nothing_is_a_paper_all_the_same(report: str, tmp_path: Path) -> None:
    paper = PAPERS[report](NOTHING[report], "小计划")
    assert "小计划" in text_of(pdf_of(paper))
    write_xlsx(paper, tmp_path / "paper.xlsx")
    assert b"".join(csv_of(paper, paper.tables[0])).startswith(b"\xef\xbb\xbf")


def test_a_wide_matrix_is_across_in_a_spreadsheet_and_in_lines_on_paper(tmp_path: Path) -> None:
    paper = matrix_paper(a_matrix(2, 58), "小计划")
    write_xlsx(paper, tmp_path / "paper.xlsx")
    sheet = load_workbook(tmp_path / "paper.xlsx").worksheets[0]
    assert (sheet.max_row, sheet.max_column) == (4, 61)
    assert [sheet.cell(row, 61).value for row in (2, 3, 4)] == [116, 116, 232]
    on_paper = paper.tables[0].on_paper
    assert on_paper is not None and [column.title for column in on_paper.columns] == [
        "牵头单位",
        "任务",
        "合同金额（万元）",
    ]
    assert len(list(on_paper.rows)) == 2 * (1 + 58) + 58, "each row with its total, its cells, and each column's total"
    said = text_of(pdf_of(paper))
    assert "c57 甲 列 57" in said and "116.00" in said and "232.00" in said


def test_a_narrow_matrix_is_across_on_paper_too() -> None:
    paper = matrix_paper(a_matrix(2, 8), "小计划")
    assert paper.tables[0].on_paper is None


def test_a_matrix_wider_than_a_sheet_is_in_lines_everywhere(tmp_path: Path) -> None:
    paper = matrix_paper(a_matrix(1, 20_000), "小计划")
    write_xlsx(paper, tmp_path / "paper.xlsx")
    assert len(paper.tables[0].columns) == 3


@pytest.mark.parametrize("text", HOSTILE)
def test_titles_of_rows_and_columns_are_never_formulas(text: str, tmp_path: Path) -> None:
    paper = matrix_paper(a_matrix(1, 1, title=text), "小计划")
    write_xlsx(paper, tmp_path / "paper.xlsx")
    sheet = load_workbook(tmp_path / "paper.xlsx").worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    lines = csv.reader(io.StringIO(b"".join(csv_of(paper, paper.tables[0])).decode("utf-8-sig"), newline=""))
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
