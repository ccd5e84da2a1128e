"""Reports as files, over HTTP: what they say is what the report says."""

import csv
import io
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from pypdf import PdfReader

from services.reporting import operations
from services.reporting.operations import TABLES
from services.reporting.routes import files
from tests.conftest import Cluster
from tests.reporting.conftest import client_of
from tests.reporting.invented import a_project_wire, an_agency_entry, registered
from tests.reporting.test_follow import followed

QUERY = {"plan": "small", "as_of": "2018-06-30", "level": "all"}
MOVED = QUERY | {"from_as_of": "2017-01-01"}


def query_of(report: str) -> dict[str, str]:
    """The query of a report: a comparison has two sides."""
    return MOVED if report == "compare" else QUERY


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def in_wan(amount: str) -> Decimal:
    return Decimal(amount) / 10_000


async def test_the_three_files_say_what_the_report_says(manager: httpx.AsyncClient) -> None:
    report = (await manager.get("/reports/coverage", params=QUERY)).json()
    text = (await manager.get("/reports/coverage.csv", params=QUERY)).content
    assert text.startswith(b"\xef\xbb\xbf")
    rows = rows_of((await manager.get("/reports/coverage.csv", params=QUERY | {"encoding": "utf-8"})).content)
    assert {"'5.10", "4.8"} <= {row["编号"] for row in rows_of(text)}, "a spreadsheet makes 5.1 of a bare 5.10"
    committed = {item["code"]: in_wan(item["committed"]) for item in report["items"]}
    assert {row["编号"]: Decimal(row["合同金额（万元）"]) for row in rows if row["编号"] in committed} == committed
    book = load_workbook(io.BytesIO((await manager.get("/reports/coverage.xlsx", params=QUERY)).content))
    sheet = book.worksheets[0]
    assert sheet.freeze_panes is not None
    assert "4.8" in [cell.value for cell in sheet["A"]]
    said = said_by((await manager.get("/reports/coverage.pdf", params=QUERY)).content)
    assert "材料基因组" in said and "2018" in said


def said_by(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("report", files.REPORTS)
@pytest.mark.parametrize("format", ["csv", "xlsx", "pdf"])
async def test_equal_positions_and_parameters_give_equal_bytes(
    manager: httpx.AsyncClient, report: str, format: str
) -> None:
    first, second = [await manager.get(f"/reports/{report}.{format}", params=query_of(report)) for _ in range(2)]
    assert first.status_code == 200, first.text
    assert first.content == second.content
    assert f'filename="small-{report}.{format}"' in first.headers["content-disposition"]


async def test_a_csv_in_gb18030_and_for_programs_and_a_refusal(manager: httpx.AsyncClient) -> None:
    answer = await manager.get("/reports/gaps.csv", params=QUERY | {"encoding": "gb18030"})
    assert "材料基因组" in answer.content.decode("gb18030")
    plain = await manager.get("/reports/gaps.csv", params=QUERY | {"encoding": "utf-8"})
    assert plain.content.decode().startswith("编号,") and plain.headers["content-type"] == "text/csv; charset=utf-8"
    refused = await manager.get("/reports/gaps.csv", params=QUERY | {"level": "floor"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_level")


def test_a_file_takes_the_parameters_of_its_report(app: FastAPI) -> None:
    paths = app.openapi()["paths"]

    def named(path: str) -> set[str]:
        return {one["name"] for one in paths[f"/api/v1/reports/{path}"]["get"]["parameters"]}

    for report in files.REPORTS:
        paging = {"cursor", "limit"} if report in ("compare", "exceptions") else set()
        for format in files.TYPES:
            of_csv = {"encoding", "table"} if format == "csv" else set()
            assert named(f"{report}.{format}") == named(report) - paging | of_csv, (report, format)


@pytest.mark.parametrize("format", ["xlsx", "pdf"])
async def test_what_only_a_csv_takes_is_refused_elsewhere(manager: httpx.AsyncClient, format: str) -> None:
    for name, value in (("encoding", "gb18030"), ("table", "gaps")):
        refused = await manager.get(f"/reports/gaps.{format}", params=QUERY | {name: value})
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["pointer"], error["code"]) == (422, f"query/{name}", "unknown_parameter")


@pytest.mark.parametrize("report", files.REPORTS)
async def test_a_csv_holds_any_table_of_its_report(manager: httpx.AsyncClient, app: FastAPI, report: str) -> None:
    given = app.openapi()["paths"][f"/api/v1/reports/{report}.csv"]["get"]["parameters"]
    (table,) = [one["schema"] for one in given if one["name"] == "table"]
    assert table["enum"] == list(TABLES[report])

    async def head(**asked: str) -> str:
        answer = await manager.get(f"/reports/{report}.csv", params=query_of(report) | asked)
        assert answer.status_code == 200, answer.text
        return answer.text.split("\r\n")[0]

    found = {name: await head(table=name) for name in TABLES[report]}
    assert await head() == found[TABLES[report][0]]
    alike = {"agency", "district"} & set(found)
    assert len(set(found.values())) == len(found) - (len(alike) - 1 if alike else 0)


async def test_a_table_that_a_report_has_not_is_refused_with_those_that_it_has(manager: httpx.AsyncClient) -> None:
    refused = await manager.get("/reports/summary.csv", params=QUERY | {"table": "cells"})
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["pointer"], error["code"]) == (422, "query/table", "unknown_table")
    assert "rates, sources, agency, district, leader, quality" in error["detail"]


async def test_each_row_of_a_csv_states_its_report(manager: httpx.AsyncClient) -> None:
    report = (await manager.get("/reports/coverage", params=QUERY | {"year": "2017"})).json()
    for row in rows_of((await manager.get("/reports/coverage.csv", params=QUERY | {"year": "2017"})).content):
        assert (row["as_of"], row["recorded_at"], row["edition"], row["filters"]) == (
            *("2018-06-30", report["recorded_at"], "1"),
            "level=all&year=2017",
        )


async def test_the_links_of_a_file_open_into_the_figures_beside_them(manager: httpx.AsyncClient) -> None:
    flows = rows_of((await manager.get("/reports/flows.csv", params=QUERY)).content)
    trend = rows_of((await manager.get("/reports/trend.csv", params=QUERY)).content)[:-1]
    sources = rows_of((await manager.get("/reports/summary.csv", params=QUERY | {"table": "sources"})).content)
    said = [(row["explain"], row["合同金额（万元）"]) for row in (*flows, *sources)]
    said += [(row["explain"], row["累计合同金额（万元）"]) for row in trend]
    assert said
    for explain, amount in said:
        found = await manager.get(explain.removeprefix("/api/v1"))
        assert (found.status_code, in_wan(found.json()["total"])) == (200, Decimal(amount)), explain


async def test_files_of_invented_data_are_marked_and_others_are_not(cluster: Cluster) -> None:
    agencies = [an_agency_entry(1, "local:A-01"), an_agency_entry(2, "local:DEMO-01", name="虚构大学（演示）")]
    project = a_project_wire(1, lead="local:DEMO-01")
    async with followed(cluster) as reports:

        async def invented(portfolio: int, catalog: int) -> bool:
            head: dict[str, Any] = {"plan": "small", "edition": None, "filters": {}}
            positions = {"catalog": catalog, "portfolio": portfolio}
            about = await operations.about_report(reports.database, reports.plans, head | {"positions": positions})
            return about.invented

        catalog = len(reports.catalog)
        await reports.follow([*agencies, registered(3, a_project_wire(2, lead="local:A-01")), registered(4, project)])
        assert not await invented(3, catalog), "agencies alone are in no figure"
        assert await invented(4, catalog)


async def test_invented_targets_mark_the_rows_of_every_file(manager: httpx.AsyncClient) -> None:
    assert {row["标记"] for row in rows_of((await manager.get("/reports/gaps.csv", params=QUERY)).content)} == {
        "演示数据"
    }
    assert "演示数据" in said_by((await manager.get("/reports/coverage.pdf", params=QUERY)).content)
    indicators = (await manager.get("/reports/indicators.csv", params=QUERY)).text
    assert "标记" not in indicators, "the plan's own indicators are not invented"


@pytest.mark.parametrize("report", files.REPORTS)
async def test_who_may_not_read_a_report_gets_no_file_of_it(app: FastAPI, cluster: Cluster, report: str) -> None:
    async with client_of(app, cluster.token("system_admin")) as administrator:
        assert (await administrator.get(f"/reports/{report}.csv", params=query_of(report))).status_code == 403


@pytest.mark.parametrize(("figure", "unit"), [("committed", "（万元）"), ("projects", "")])
async def test_a_matrix_is_a_cross_table_with_the_totals_of_the_report(
    manager: httpx.AsyncClient, figure: str, unit: str
) -> None:
    asked = QUERY | {"rows": "district", "columns": "task", "figure": figure}
    report = (await manager.get("/reports/matrix", params=asked)).json()
    rows = rows_of((await manager.get("/reports/matrix.csv", params=asked)).content)

    def shown(value: Any) -> Decimal:
        return in_wan(value) if unit else Decimal(value)

    assert [row["编号"] for row in rows] == [*(one["code"] for one in report["rows"]), "合计"]
    heads = {one["code"]: f"{one['code']} {one['title']}{unit}" for one in report["columns"]}
    cells = {(row["编号"], code): row[head] for row in rows for code, head in heads.items() if row[head]}
    expected = {(one["row"], one["column"]): shown(one["value"]) for one in report["cells"]}
    expected |= {("合计", one["code"]): shown(one["value"]) for one in report["column_totals"]}
    assert {place: Decimal(value) for place, value in cells.items()} == expected
    across = {row["编号"]: Decimal(row[f"合计{unit}"]) for row in rows}
    totals = {one["code"]: shown(one["value"]) for one in report["row_totals"]}
    assert across == totals | {"合计": shown(report["total"])}


async def test_a_trend_lists_its_periods_with_what_they_add_up_to(manager: httpx.AsyncClient) -> None:
    asked = QUERY | {"by": "month", "node": "4.8"}
    report = (await manager.get("/reports/trend", params=asked)).json()
    *rows, total = rows_of((await manager.get("/reports/trend.csv", params=asked)).content)
    assert [(row["期间"], Decimal(row["累计合同金额（万元）"])) for row in rows] == [
        (point["period"], in_wan(point["cumulative"])) for point in report["points"]
    ]
    assert sum(Decimal(row["本期合同金额（万元）"]) for row in rows) == in_wan(report["total"])
    assert Decimal(total["本期合同金额（万元）"]) == in_wan(report["total"])
    refused = await manager.get("/reports/trend.csv", params=asked | {"node": "9.9"})
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_line")


async def test_numbers_of_projects_by_budget_year_have_no_sum(manager: httpx.AsyncClient) -> None:
    asked = QUERY | {"by": "budget_year", "figure": "projects"}
    rows = rows_of((await manager.get("/reports/trend.csv", params=asked)).content)
    assert [tuple(row)[:3] for row in rows] == [("期间", "截止日", "本期项目数")]
    assert "累计项目数" not in rows[0]


async def test_flows_name_both_ends_of_their_links_and_have_a_sheet_of_nodes(manager: httpx.AsyncClient) -> None:
    report = (await manager.get("/reports/flows", params=QUERY)).json()
    rows = rows_of((await manager.get("/reports/flows.csv", params=QUERY)).content)
    amounts = [in_wan(link["value"]) for link in report["links"]]
    assert [Decimal(row["合同金额（万元）"]) for row in rows] == amounts and amounts
    assert rows[0]["自（名称）"] == "municipal" and rows[-1]["至（名称）"] == "5 发展动能"
    book = load_workbook(io.BytesIO((await manager.get("/reports/flows.xlsx", params=QUERY)).content))
    assert book.sheetnames == ["资金流向", "各环节金额", "说明"]


async def test_a_comparison_names_who_moved_and_sums_up_to_the_difference(manager: httpx.AsyncClient) -> None:
    report = (await manager.get("/reports/compare", params=MOVED)).json()
    moved, total = rows_of((await manager.get("/reports/compare.csv", params=MOVED)).content)
    assert (moved["项目编号"], moved["任务"]) == ("X-1", "4.8、5.1")
    difference = in_wan(report["totals"]["difference"]["committed"])
    assert Decimal(moved["合同金额（万元）"]) == Decimal(total["合同金额（万元）"]) == difference != 0
    book = load_workbook(io.BytesIO((await manager.get("/reports/compare.xlsx", params=MOVED)).content))
    cells = {row[0]: row for row in book["各任务前后对比"].iter_rows(values_only=True)}
    assert cells["4.8"][2:6] == ("变为覆盖", 0, 1, 1)
    assert cells["编号"][5:7] == ("项目数·差额", "合同金额·前（万元）")
    assert ("前一时点的截止日期", "2017-01-01") in list(book["说明"].iter_rows(values_only=True))
    of_node = rows_of((await manager.get("/reports/compare.csv", params=MOVED | {"node": "4.8"})).content)
    assert [row["项目编号"] for row in of_node] == ["X-1"], "what moved at a node has no total of the plan's"


@pytest.mark.parametrize("report", ["matrix", "trend", "flows", "compare"])
async def test_a_cut_on_paper_has_its_notes_and_a_picture(manager: httpx.AsyncClient, report: str) -> None:
    said = said_by((await manager.get(f"/reports/{report}.pdf", params=query_of(report))).content)
    assert "图 1" in said and "口径说明" in said and "小计划" in said


async def test_the_summary_is_written_with_a_sheet_for_each_of_its_parts(manager: httpx.AsyncClient) -> None:
    report = (await manager.get("/reports/summary", params=QUERY)).json()
    rows = rows_of((await manager.get("/reports/summary.csv", params=QUERY)).content)
    assert [(row["名称"], row["公式"]) for row in rows] == [(one["title"], one["formula"]) for one in report["rates"]]
    gap = next(row for row in rows if row["名称"] == "缺口率")
    assert [gap[name] for name in ("值", "单位", "分子", "分母", "分子、分母的单位")] == [
        *("30", "%", "0.003", "0.01", "万元")
    ]
    book = load_workbook(io.BytesIO((await manager.get("/reports/summary.xlsx", params=QUERY)).content))
    assert book.sheetnames == [
        *("主要指标", "按资金来源", "集中度：牵头单位", "集中度：区（按牵头单位登记）", "集中度：项目负责人"),
        *("数据质量", "说明"),
    ]
    said = said_by((await manager.get("/reports/summary.pdf", params=QUERY)).content)
    assert "任务覆盖率" in said and "图 1" in said and "有效覆盖：项目数" in said


async def test_exceptions_are_written_row_by_row_and_a_check_alone(manager: httpx.AsyncClient) -> None:
    asked = QUERY | {"as_of": "2018-02-01", "agency_limit": "1", "leader_limit": "1"}
    report = (await manager.get("/reports/exceptions", params=asked)).json()
    rows = rows_of((await manager.get("/reports/exceptions.csv", params=asked)).content)
    assert [(row["核查"], row["情况"]) for row in rows] == [
        (one["check"], "；".join(one["details"])) for one in report["items"]
    ]
    book = load_workbook(io.BytesIO((await manager.get("/reports/exceptions.xlsx", params=asked)).content))
    assert [row[0] for row in book["核查项目"].iter_rows(values_only=True)][1:] == [f"A{n}" for n in range(1, 15)]
    one = load_workbook(
        io.BytesIO((await manager.get("/reports/exceptions.xlsx", params=asked | {"check": "A3"})).content)
    )
    assert [row[0] for row in one["核查项目"].iter_rows(values_only=True)][1:] == ["A3"]


async def test_a_report_that_a_page_has_no_room_for_is_refused_with_advice(manager: httpx.AsyncClient) -> None:
    asked = {"plan": "small", "as_of": "2599-12-31", "by": "month"}
    refused = await manager.get("/reports/trend.pdf", params=asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_rows_for_file")
    assert ".csv" in refused.json()["detail"]
