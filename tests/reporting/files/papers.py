"""Papers, valid by default; keyword to differ."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from services.reporting.files.paper import Column, Kind, Paper, Picture, Row, Table, Value

COLUMNS = (
    Column("任务编号", "text", 8),
    Column("任务名称", "text", 30),
    Column("项目数", "count"),
    Column("承诺金额", "money"),
    Column("覆盖率", "percent"),
    Column("最近日期", "date"),
    Column("强度", "decimal"),
)
ROWS: list[Row | Sequence[Value]] = [
    Row(["4", "第四章 前沿基础", 1234, Decimal("12345678.05"), None, date(2017, 3, 1), Decimal("1.250")], 0, True),
    Row(["4.10", "材料基因组", 0, Decimal("-250000.00"), Decimal("0.0625"), None, Decimal("-0.5")], 1),
]
TOTALS: list[Value] = [None, None, 1234, Decimal("12095678.05"), Decimal(1) / 3, None, None]
HOSTILE = [
    "=1+1",
    "+1+cmd",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "=HYPERLINK(0)",
    "http://example.org",
    "<r>x</r>",
    "_x0041_",
    "0012",
    "{=1}",
]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 120"><rect width="240" height="120" fill="#9ecae1"/>'
    '<text x="10" y="30" font-family="Noto Sans CJK SC" font-size="14">覆盖树图文字</text></svg>'
)


def a_table(rows: Iterable[Row | Sequence[Value]] = ROWS, **differing: Any) -> Table:
    return replace(Table("任务覆盖", COLUMNS, rows, TOTALS), **differing)


def a_paper(*tables: Table, **differing: Any) -> Paper:
    paper = Paper(
        title="规划任务资金覆盖情况",
        unit="单位：万元",
        as_of=date(2017, 12, 31),
        recorded_at="2018-01-05 09:30:00",
        parameters=(("年度", "2016—2017"),),
        notes=("覆盖：至少一个计入的项目。",),
        tables=tables or (a_table(),),
    )
    return replace(paper, **differing)


def a_column_of(kind: Kind, *values: Value, title: str = "甲") -> Table:
    """A table of one column."""
    return Table("一栏", (Column(title, kind),), [[value] for value in values])


PICTURE = Picture(SVG, "图1 覆盖树图", "第四章占六成")
