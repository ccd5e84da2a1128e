"""Project lists for imports into the small plan of the builders. All invented."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from openpyxl import Workbook
from stdnum.cn import uscc


def a_uscc(number: int) -> str:
    """An invented code with its right check character."""
    body = f"91310000MA1FL{number:04d}"
    return body + str(uscc.calc_check_digit(body))


ROW: dict[str, Any] = {
    "项目编号": None,
    "项目名称": None,
    "牵头单位": "演示研究所",
    "统一社会信用代码": a_uscc(1),
    "项目负责人": "演示甲",
    "联系电话": "19900001234",
    "专项类别": "basic_frontier",
    "项目状态": "in_progress",
    "规划任务": "4.8",
    "任务权重": None,
    "开始日期": "2017-03",
    "结束日期": "2019-12",
    "总经费（万元）": 155,
    "市级财政（万元）": 125,
    "自筹（万元）": 30,
    "已拨付（万元）": 62.5,
    "进度": "35%",
}
HEADERS = tuple(ROW)


def a_row(number: int, **differing: Any) -> list[Any]:
    """A row that nothing is wrong with."""
    named = {"项目编号": f"17DZ226{number:04d}", "项目名称": f"演示：第{number}号课题"}
    return list((ROW | named | differing).values())


def a_list(path: Path, rows: Sequence[Sequence[Any]], headers: Sequence[str] | None = None) -> Path:
    """A workbook of one sheet."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "项目"
    for row in ([*(headers or HEADERS)], *rows):
        sheet.append(list(row))
    book.save(path)
    return path


async def send(client: httpx.AsyncClient, path: Path, plan: str = "small", **fields: Any) -> dict[str, Any]:
    """Import a file and wait for its end."""
    with path.open("rb") as file:
        answer = await client.post("/imports", files={"file": (path.name, file)}, data={"plan": plan} | fields)
    assert answer.status_code == 202, answer.text
    return await ended(client, answer.json()["id"])


async def ended(client: httpx.AsyncClient, id: str) -> dict[str, Any]:
    """An import, once it is done or failed."""
    for _ in range(600):
        found: dict[str, Any] = (await client.get(f"/imports/{id}")).json()
        if found["status"] in ("done", "failed"):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"the import did not end: {found}")


async def rows_of(client: httpx.AsyncClient, id: str) -> list[dict[str, Any]]:
    """All rows of an import."""
    page = (await client.get(f"/imports/{id}/rows", params={"limit": 500})).json()
    assert page["next"] is None
    items: list[dict[str, Any]] = page["items"]
    return items
