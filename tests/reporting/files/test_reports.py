"""Papers of reports, from answers made by hand: what is too wide, what is hostile, what is nothing at all."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from services.reporting.files.as_csv import csv_of
from services.reporting.files.as_pdf import pdf_of
from services.reporting.files.as_xlsx import write_xlsx
from services.reporting.operations.papers.about import About
from services.reporting.operations.papers.matrix import matrix_paper
from services.reporting.operations.papers.writing import PAPERS
from services.reporting.operations.writing import TABLES
from services.reporting.routes.files import REPORTS
from tests.reporting.files.papers import HOSTILE

ABOUT = About(
    "小计划",
    levels={"task": "任务"},
    nodes={"4.8": "材料基因组"},
    terms={"project_state": {"contracted": "已签任务书"}, "source": {"municipal": "市级财政"}},
    agencies={"local:A": "甲研究所"},
)
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


TARGETED = {"target": "100.00", "target_committed": "30.00", "gap": "70.00", "gap_rate": "70.0"}
UNTARGETED = dict.fromkeys(TARGETED)
GAP = {"surplus": None, "gap_kind": "no_target", "tasks_without_target": 0}
COVERED = GAP | {
    **{"projects": 1, "agencies": 1, "committed": "500.00", "covered": True, "covered_tasks": 1, "tasks": 1},
    **dict.fromkeys(("received", "disbursed", "spent", "refunded"), "0.00"),
    **dict.fromkeys(("coverage_rate", "receipt_rate", "disbursement_rate", "spending_rate")),
}
EXPLAIN = "/api/v1/reports/coverage/{code}/explain?plan=small&figure={figure}"


def a_line(code: str, **differing: Any) -> dict[str, Any]:
    """A line of coverage and gaps: one project, 500 yuan, no target."""
    line = {"code": code, "level": "task", "number": "", "title": f"任务{code}", "parent": None}
    return line | COVERED | UNTARGETED | {"relative_share": None, "chapter_median": None} | differing


def of_lines(*items: dict[str, Any], **differing: Any) -> dict[str, Any]:
    """An answer of coverage and gaps."""
    return HEAD | {"totals": COVERED | TARGETED, "items": list(items), **differing}


def an_indicator(comparator: str, **differing: Any) -> dict[str, Any]:
    """An indicator that was observed once."""
    observation = {"value": "3.8", "source": "统计公报"}
    return {
        **{"code": "I1", "name": "研发强度", "comparator": comparator, "value": "4.0", "unit": "%", "goal_year": 2020},
        **{"baseline": {"value": "3.7", "year": 2015, "source": "统计公报"}, "latest": "3.8", "progress": "33.3"},
        "series": [{"year": 2018, "observation": observation, "meant": None, "attained": None}],
        "attained": None,
    } | differing


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


RATE = {"code": "x", "title": "某率", "unit": "percent", "formula": "甲 ÷ 乙", "explain": None}
QUALITY: dict[str, Any] = {
    **{"agency": None, "title": None, "projects": 1, "completeness": "90.0", "uscc_rate": "100.0"},
    **{"stale": 0, "stale_rate": "0.0"},
}
SUMMARY: dict[str, Any] = HEAD | {
    "thresholds": {"min_projects": 2, "min_amount": "1000000.00", "stale_months": 12},
    "rates": [
        RATE | {"title": "覆盖率", "value": "50.0", "numerator": "1", "denominator": "2"},
        RATE | {"title": "到位率", "value": "25.0", "numerator": "12345678.90", "denominator": "49382715.60"},
        RATE
        | {"title": "平均资助强度", "value": "1234567.89", "unit": "amount"}
        | {"numerator": "12345678.90", "denominator": "10", "explain": "/e"},
    ],
    "sources": [
        {"source": "municipal", "title": "市级财政", "receipt_rate": None, "disbursement_rate": None}
        | dict.fromkeys(("committed", "received", "disbursed", "spent", "refunded"), "20000.00")
        | {"explain": "/api/v1/s?figure={figure}"}
    ],
    "concentration": [],
    "quality": QUALITY,
    "quality_by_agency": [QUALITY | {"agency": "local:A", "title": "甲研究所"}],
}


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_every_report_that_is_served_as_a_file_has_a_paper() -> None:
    assert set(PAPERS) == {*REPORTS, "diff"}, "a diff has routes of its own"


@pytest.mark.parametrize("report", NOTHING)
def test_a_report_of_nothing_is_a_paper_all_the_same(report: str, tmp_path: Path) -> None:
    paper = PAPERS[report](NOTHING[report], ABOUT)
    assert "小计划" in text_of(pdf_of(paper))
    write_xlsx(paper, tmp_path / "paper.xlsx")
    assert b"".join(csv_of(paper, paper.tables[0])).startswith(b"\xef\xbb\xbf")


def test_a_wide_matrix_is_across_in_a_spreadsheet_and_in_lines_on_paper(tmp_path: Path) -> None:
    paper = matrix_paper(a_matrix(2, 58), ABOUT)
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
    paper = matrix_paper(a_matrix(2, 8), ABOUT)
    assert paper.tables[0].on_paper is None


def test_a_matrix_wider_than_a_sheet_is_in_lines_everywhere(tmp_path: Path) -> None:
    paper = matrix_paper(a_matrix(1, 20_000), ABOUT)
    write_xlsx(paper, tmp_path / "paper.xlsx")
    assert len(paper.tables[0].columns) == 3


@pytest.mark.parametrize("text", HOSTILE)
def test_titles_of_rows_and_columns_are_never_formulas(text: str, tmp_path: Path) -> None:
    paper = matrix_paper(a_matrix(1, 1, title=text), ABOUT)
    write_xlsx(paper, tmp_path / "paper.xlsx")
    sheet = load_workbook(tmp_path / "paper.xlsx").worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    lines = csv.reader(io.StringIO(b"".join(csv_of(paper, paper.tables[0])).decode("utf-8-sig"), newline=""))
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def opened(report: str, answer: dict[str, Any], folder: Path, about: About = ABOUT) -> Workbook:
    """The workbook of an answer."""
    write_xlsx(PAPERS[report](answer, about), folder / "paper.xlsx")
    return load_workbook(folder / "paper.xlsx")


def charts_of(book: Workbook, sheet: str) -> list[Any]:
    """The charts that a sheet draws itself."""
    charts: list[Any] = book[sheet]._charts  # type: ignore[attr-defined]
    return charts


def lines_of(report: str, answer: dict[str, Any], place: int = 0) -> list[dict[str, str]]:
    """The rows of a .csv for programs."""
    paper = PAPERS[report](answer, ABOUT)
    written = b"".join(csv_of(paper, paper.tables[place], "utf-8")).decode()
    return list(csv.DictReader(io.StringIO(written, newline="")))


@pytest.mark.parametrize("report", ["coverage", "gaps"])
def test_what_is_drawn_against_a_target_is_what_counts_against_it(report: str) -> None:
    paper = PAPERS[report](of_lines(a_line("4.8", **TARGETED), a_line("4.9")), ABOUT)
    (picture,) = paper.pictures
    assert "30" in picture.svg and "500" not in picture.svg, "all sources would hide the gap"
    assert "任务4.9" not in picture.svg and "未定目标的不在图中" in picture.svg
    assert picture.caption.startswith("图 1　目标口径合同金额与目标")


def test_the_spreadsheet_draws_the_same_against_targets(tmp_path: Path) -> None:
    (chart,) = charts_of(opened("coverage", of_lines(a_line("4.8", **TARGETED)), tmp_path), "覆盖情况")
    assert [[point.v for point in one.val.numRef.numCache.pt] for one in chart.series] == [[0.003], [0.01]]


def test_without_any_target_the_commitments_are_drawn_and_called_so(tmp_path: Path) -> None:
    answer = of_lines(a_line("4.8"))
    (picture,) = PAPERS["coverage"](answer, ABOUT).pictures
    assert picture.caption == "图 1　合同金额，截至 2018-12-31"
    (chart,) = charts_of(opened("coverage", answer, tmp_path), "覆盖情况")
    assert [[point.v for point in one.val.numRef.numCache.pt] for one in chart.series] == [[0.05]]


def test_a_task_without_a_target_has_its_share_beside_the_median_of_its_chapter() -> None:
    (row, total) = lines_of("gaps", of_lines(a_line("4.9", relative_share="12.5", chapter_median="8.0")))
    assert (row["相对份额"], row["本章份额中位数"]) == ("12.5%", "8.0%")
    assert (total["相对份额"], total["本章份额中位数"]) == ("—", "—")


def test_rows_of_coverage_link_to_what_they_are_made_from_where_the_answer_says_how(tmp_path: Path) -> None:
    answer = of_lines(a_line("4.8"))
    assert "explain" not in lines_of("coverage", answer)[0]
    for report, figure in (("coverage", "committed"), ("gaps", "gap")):
        found = [row["explain"] for row in lines_of(report, answer | {"explain": EXPLAIN})]
        assert found == [
            f"/api/v1/reports/coverage/{code}/explain?plan=small&figure={figure}" for code in ("4.8", "total")
        ]
        sheet = opened(report, answer | {"explain": EXPLAIN}, tmp_path).worksheets[0]
        assert [row[-1] for row in sheet.iter_rows(values_only=True)] == ["依据", *found]
        said = text_of(pdf_of(PAPERS[report](answer | {"explain": EXPLAIN}, ABOUT)))
        assert "explain" not in said and "依据" not in said, "paper has no links"


def test_a_row_of_a_matrix_links_to_its_cells_and_is_coloured(tmp_path: Path) -> None:
    answer = a_matrix(1, 2) | {"explain": "/api/v1/reports/coverage/{column}/explain?agency={row}"}
    sheet = opened("matrix", answer, tmp_path)["矩阵"]
    assert sheet.cell(2, 6).value == "/api/v1/reports/coverage/{column}/explain?agency=r0"
    assert [str(one.sqref) for one in sheet.conditional_formatting] == ["C2:D2"]
    lines = lines_of("matrix", a_matrix(1, 1_001) | {"explain": answer["explain"]})
    assert lines[1]["explain"] == "/api/v1/reports/coverage/c0/explain?agency=r0"


def test_notes_that_are_not_known_are_left_out_and_money_elsewhere_is_told(tmp_path: Path) -> None:
    told = [{"code": "elsewhere", "detail": "d", "amount": "7.00"}, {"code": "?", "detail": "unheard", "amount": None}]
    paper = PAPERS["coverage"](of_lines(a_line("4.8"), notes=told), ABOUT)
    assert "另有 7.00 元在未列出的节点（如保障措施）上，已计入合计" in paper.notes
    assert not [note for note in paper.notes if "unheard" in note]


@pytest.mark.parametrize(
    ("comparator", "said"),
    [
        *(("approx", "4.0 % 左右"), ("at_least", "不低于 4.0 %")),
        *(("at_most", "不高于 4.0 %"), ("equal", "等于 4.0 %")),
    ],
)
def test_what_an_indicator_asks_for_reads_forwards_and_its_years_are_no_amounts(comparator: str, said: str) -> None:
    paper = PAPERS["indicators"](HEAD | {"items": [an_indicator(comparator)]}, ABOUT)
    text = text_of(pdf_of(paper))
    assert said in text and "2,0" not in text and "2020" in text and "2018" in text
    assert "单位：" not in text, "its columns say their units"


def test_indicators_are_drawn_in_the_spreadsheet_and_marked_where_an_observation_is_invented(tmp_path: Path) -> None:
    invented = an_indicator("equal", baseline={"value": "3", "year": 2015, "source": "演示数据"})
    about = About("小计划", invented=True)
    assert PAPERS["indicators"](HEAD | {"items": [an_indicator("equal")]}, about).marked == ""
    assert PAPERS["indicators"](HEAD | {"items": [invented]}, ABOUT).marked == "演示数据"
    (chart,) = charts_of(opened("indicators", HEAD | {"items": [invented]}, tmp_path), "指标")
    assert [point.v for point in chart.series[0].val.numRef.numCache.pt] == [0.333]


def test_money_of_a_summary_is_in_one_unit_and_each_table_headed_by_its_own(tmp_path: Path) -> None:
    paper = PAPERS["summary"](SUMMARY, ABOUT)
    assert {table.name: table.unit for table in paper.tables} == {
        "主要指标": "",
        "按资金来源": "单位：万元",
        "数据质量": "",
    }
    rows = {row["名称"]: row for row in lines_of("summary", SUMMARY)}
    assert [rows["平均资助强度"][name] for name in ("值", "单位", "分子", "分母", "分子、分母的单位")] == [
        *("123.456789", "万元", "1234.56789", "10", "万元、个")
    ]
    assert [rows["覆盖率"][name] for name in ("值", "单位", "分子", "分子、分母的单位")] == ["50", "%", "1", "个"]
    text = text_of(pdf_of(paper))
    assert "123.46" in text and "1,234.57" in text and "元或个数" not in text
    assert ("有效覆盖：金额（万元）", "100") in paper.parameters
    assert len(charts_of(opened("summary", SUMMARY, tmp_path), "按资金来源")) == 1


def test_a_table_of_numbers_of_things_says_so() -> None:
    points = [{"period": "2017", "until": "2017-12-31", "value": 1, "cumulative": 1}]
    paper = PAPERS["trend"](NOTHING["trend"] | {"figure": "projects", "points": points, "total": 1}, ABOUT)
    assert [table.unit for table in paper.tables] == ["单位：个"]


def test_codes_are_said_in_words_and_what_was_known_once() -> None:
    asked = {"level": "task", "source": ["municipal"], "agency": "local:A", "year": [2017]}
    paper = PAPERS["trend"](NOTHING["trend"] | {"node": "4.8", "filters": asked}, ABOUT)
    said = dict(paper.parameters)
    assert (said["计入的状态"], said["层级"], said["资金来源"]) == ("已签任务书", "任务", "市级财政")
    assert (said["牵头单位"], said["范围"], said["规划"]) == ("甲研究所", "4.8 材料基因组", "小计划")
    assert "知识时点" not in said
    assert paper.stated[3] == ("filters", "level=task&source=municipal&agency=local:A&year=2017")


def test_a_line_without_a_home_is_called_by_its_title() -> None:
    homeless = a_line("earlier_edition", title="此前版次的任务（已撤销，无承接）")
    assert lines_of("coverage", of_lines(homeless))[0]["编号"] == ""
    assert "earlier" not in text_of(pdf_of(PAPERS["coverage"](of_lines(homeless), ABOUT)))


def test_exceptions_name_the_lead() -> None:
    row = {"check": "A1", "project_no": None, "title": "甲", "agency": "local:A", "amount": None, "details": ["乙"]}
    limits = {"late_days": 30, "idle_years": 2, "similarity": 80, "indirect_caps": [20, 15, 13]}
    limits |= {"leader_limit": 2, "agency_limit": 0}
    answer = HEAD | {"limits": limits, "checks": [], "items": [row]}
    assert lines_of("exceptions", answer, 1)[0]["牵头单位"] == "甲研究所"


def test_the_spreadsheet_draws_flows_and_speaks_of_no_picture_that_it_lacks(tmp_path: Path) -> None:
    nodes = [
        {"id": "source:municipal", "stage": "source", "code": "municipal", "title": "市级财政", "value": "20000.00"},
        {"id": "node:4", "stage": "node", "code": "4", "title": "前沿", "value": "20000.00"},
    ]
    flow = {"source": "source:municipal", "target": "node:4", "value": "20000.00", "explain": "/e"}
    book = opened("flows", NOTHING["flows"] | {"nodes": nodes, "links": [flow], "total": "20000.00"}, tmp_path)
    assert len(charts_of(book, "各环节金额")) == 1
    assert book["资金流向"].cell(2, 6).value == "/e"
    assert not [row for row in book["说明"].iter_rows(values_only=True) if str(row[0]).startswith("图")]


@pytest.mark.parametrize("report", NOTHING)
def test_a_paper_of_invented_data_is_marked(report: str) -> None:
    assert PAPERS[report](NOTHING[report], About("小计划", invented=True)).marked == "演示数据"
    assert PAPERS[report](NOTHING[report], ABOUT).marked == ""


@pytest.mark.parametrize("report", [*NOTHING, "summary"])
def test_the_tables_of_a_paper_have_the_names_that_a_csv_is_asked_for_by(report: str) -> None:
    paper = PAPERS[report](NOTHING.get(report, SUMMARY), ABOUT)
    keys = [table.key for table in paper.tables]
    assert set(keys) <= set(TABLES[report]) and len(set(keys)) == len(keys)
    assert paper.tables[paper.main].key == TABLES[report][0]
