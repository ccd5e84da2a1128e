"""Reports as files, over HTTP: what they say is what the report says."""

import csv
import io
from decimal import Decimal

import httpx
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

QUERY = {"plan": "small", "as_of": "2018-06-30", "level": "all"}


async def test_the_three_files_say_what_the_report_says(manager: httpx.AsyncClient) -> None:
    report = (await manager.get("/reports/coverage", params=QUERY)).json()
    text = (await manager.get("/reports/coverage.csv", params=QUERY)).content
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    in_wan = {item["code"]: Decimal(item["committed"]) / 10_000 for item in report["items"]}
    assert {row["编号"]: Decimal(row["合同金额（万元）"]) for row in rows if row["编号"] in in_wan} == in_wan
    book = load_workbook(io.BytesIO((await manager.get("/reports/coverage.xlsx", params=QUERY)).content))
    sheet = book.worksheets[0]
    assert sheet.freeze_panes is not None
    assert "4.8" in [cell.value for cell in sheet["A"]]
    pages = PdfReader(io.BytesIO((await manager.get("/reports/coverage.pdf", params=QUERY)).content)).pages
    said = "".join(page.extract_text() for page in pages)
    assert "材料基因组" in said and "2018" in said


@pytest.mark.parametrize("format", ["csv", "xlsx", "pdf"])
async def test_equal_positions_and_parameters_give_equal_bytes(manager: httpx.AsyncClient, format: str) -> None:
    first, second = [await manager.get(f"/reports/gaps.{format}", params=QUERY) for _ in range(2)]
    assert first.status_code == 200, first.text
    assert first.content == second.content
    assert f'filename="small-gaps.{format}"' in first.headers["content-disposition"]


async def test_a_csv_in_gb18030_and_a_refusal(manager: httpx.AsyncClient) -> None:
    answer = await manager.get("/reports/gaps.csv", params=QUERY | {"encoding": "gb18030"})
    assert "材料基因组" in answer.content.decode("gb18030")
    refused = await manager.get("/reports/gaps.csv", params=QUERY | {"level": "floor"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_level")
