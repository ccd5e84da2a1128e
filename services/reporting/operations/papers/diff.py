"""What changed between two snapshots as a paper: figures, projects, fields, movements, the catalog."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from services.reporting.files.paper import Column, Paper, Table, Value
from services.reporting.operations.papers.about import INVENTED, About
from services.reporting.operations.papers.common import ROUNDED, UNIT, cell, columns, stated, unit_of

SHOWN = ("projects", "committed", "received", "disbursed", "spent", "target", "gap", "covered")
MOVED = ("committed", "received", "disbursed", "spent", "refunded")
DIFFERENCES = tuple(name for name in SHOWN if name != "covered")
CHANGES = {"added": "新增", "changed": "变更", "removed": "退出"}
SIDES = {"before": "前", "after": "后"}
CUT = {"projects": "变动的项目", "fields": "变更的字段", "movements": "资金变动"}
"""What a file may hold a part of only."""
KINDS = {
    "commitment": "合同金额",
    "receipt": "到位",
    "disbursement": "拨付",
    "expenditure": "支出",
    "refund": "退回",
}
MOST = 100_000
WITHHELD = "个人信息，不显示"
NOTES = (
    "前后两个时点按同一版次、同一范围表述，即后一时点的；差额为后一时点减前一时点",
    "项目是其间有记录的项目；截止日期不同时，数字也可能仅因日期而不同",
    "变更的字段用 JSON 指针表示；日志位置是项目日志的条目",
    ROUNDED,
)
NUMBER, TITLE = Column("项目编号", "text", 18, "project_no"), Column("项目名称", "text", 34, "title")
POSITIONS = Column("日志位置", "text", 18, "entries")


def diff_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """What changed between two positions."""
    before, after = answer["before"], answer["after"]
    filters, counts = answer["filters"], answer["counts"]
    scope = [about.agency(filters["agency"] or ""), about.term("district", filters["district"] or "")]
    tables = (_figures(answer), _projects(answer), _fields(answer), _movements(answer, about), _catalog(answer, about))
    return Paper(
        title=f"{about.title}：两个时点之间的变动",
        unit=UNIT,
        as_of=date.fromisoformat(after["as_of"]),
        recorded_at=str(after["recorded_at"] or "—"),
        parameters=(
            ("版次", str(answer["edition"])),
            ("范围", "、".join(filter(None, scope)) or "全规划"),
            *(
                (f"{word}一时点", f"截至 {side['as_of']}，知识时点 {side['recorded_at'] or '—'}，{_positions(side)}")
                for word, side in (("前", before), ("后", after))
            ),
            (
                "变动的项目",
                f"{counts['projects']}：新增 {counts['added']}，变更 {counts['changed']}，退出 {counts['removed']}；"
                f"其中有资金变动 {counts['with_money_moved']}",
            ),
            ("其间的日志", f"目录 {counts['catalog_entries']} 条，项目 {counts['portfolio_entries']} 条"),
        ),
        notes=(*NOTES, *(f"{CUT[name]}太多，只列出前 {MOST} 行" for name in answer["cut"])),
        tables=tuple(replace(table, unit=unit_of(table)) for table in tables),
        main=1,
        stated=stated(after | {"edition": answer["edition"], "filters": filters}),
        marked=INVENTED if about.invented else "",
    )


def _positions(side: Mapping[str, Any]) -> str:
    return f"目录 {side['positions']['catalog']}，项目 {side['positions']['portfolio']}"


def _figures(answer: Mapping[str, Any]) -> Table:
    """Every node that differs, in a line for each side and one for the difference."""
    rows: list[list[Value]] = []
    whole = {"code": "", "title": "全规划", **answer["totals"]}
    for item in (whole, *answer["items"]):
        for side, word in SIDES.items():
            rows.append([item["code"], item["title"], word, *(cell(item[side][name], name) for name in SHOWN)])
        less = (cell(item["difference"][name], name) for name in DIFFERENCES)
        rows.append([item["code"], item["title"], "差额", *less, ""])
    head = (Column("编号", "text", 10, "code"), Column("名称", "text", 34, "title"), Column("时点", "text", 6, "side"))
    return Table("覆盖与缺口", (*head, *columns(SHOWN)), rows, numbered=False, key="figures")


def _projects(answer: Mapping[str, Any]) -> Table:
    rows: list[list[Value]] = [
        [
            one["project_no"] or one["project"],
            one["title"],
            one["lead"],
            CHANGES[one["change"]],
            len(one["fields"]),
            *(cell(one["moved"][name], name) for name in MOVED),
            "、".join(str(entry["position"]) for entry in one["entries"]),
        ]
        for one in answer["projects"]
    ]
    head = (NUMBER, TITLE, Column("牵头单位", "text", 24, "lead"), Column("变动", "text", 8, "change"))
    return Table(
        "项目", (*head, Column("变更字段数", "count", 11, "fields"), *columns(MOVED), POSITIONS), rows, key="projects"
    )


def _fields(answer: Mapping[str, Any]) -> Table:
    def rows() -> Iterator[list[Value]]:
        for one in answer["projects"]:
            for field in one["fields"]:
                yield [
                    one["project_no"] or one["project"],
                    one["title"],
                    field["pointer"],
                    *((WITHHELD, WITHHELD) if field["withheld"] else (_said(field["before"]), _said(field["after"]))),
                ]

    tail = (
        Column("字段", "text", 24, "pointer"),
        Column("前", "text", 30, "before"),
        Column("后", "text", 30, "after"),
    )
    return Table("变更的字段", (NUMBER, TITLE, *tail), list(rows()), key="fields")


def _said(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _movements(answer: Mapping[str, Any], about: About) -> Table:
    rows: list[list[Value]] = [
        [
            one["project_no"] or one["project"],
            one["title"],
            KINDS[movement["kind"]],
            date.fromisoformat(movement["on"]),
            str(movement["year"]),
            about.term("source", movement["source"]),
            Decimal(movement["amount"]),
            str(movement["position"]),
        ]
        for one in answer["projects"]
        for movement in one["movements"]
    ]
    tail = (
        Column("类型", "text", 12, "kind"),
        Column("日期", "date", 12, "on"),
        Column("预算年度", "text", 9, "year"),
        Column("来源", "text", 12, "source"),
        Column("金额（万元）", "money", 16, "amount"),
        Column("日志位置", "text", 10, "position"),
    )
    return Table("资金变动", (NUMBER, TITLE, *tail), rows, key="movements")


def _catalog(answer: Mapping[str, Any], about: About) -> Table:
    rows: list[list[Value]] = [
        [f"公布第 {one['edition']} 版", *[""] * 3, None, None, "", str(one["position"])]
        for one in answer["catalog"]["editions"]
    ]
    rows += [
        [
            "目标值",
            one["node"],
            "整个规划期" if one["year"] is None else str(one["year"]),
            "、".join(about.term("source", source) for source in one["sources"]),
            None if one["before"] is None else Decimal(one["before"]),
            Decimal(one["after"]),
            one["source_document"],
            str(one["position"]),
        ]
        for one in answer["catalog"]["targets"]
    ]
    head = (
        Column("变动", "text", 12, "change"),
        Column("任务", "text", 10, "node"),
        Column("年度", "text", 12, "year"),
        Column("来源", "text", 20, "sources"),
        Column("前（万元）", "money", 16, "before"),
        Column("后（万元）", "money", 16, "after"),
        Column("依据", "text", 30, "source_document"),
        Column("目录日志位置", "text", 12, "position"),
    )
    return Table("目录", head, rows, key="catalog")
