"""Comparisons of two moments as papers: which projects moved, and what that did to the nodes of the plan."""

from collections.abc import Mapping
from typing import Any

from services.reporting.files.paper import BarChart, Column, Paper, Picture, Row, Table, Value
from services.reporting.operations.papers.about import About
from services.reporting.operations.papers.common import FIGURES, cell, code_of, columns, drawable, paper_of
from services.shared.charts import SERIES, Bar, Bars, Key, Part, bars

MOVED = ("projects", "committed", "received", "disbursed", "spent", "refunded")
SIDES = {"before": "前", "after": "后", "difference": "差额"}
BOTH = ("projects", "committed", "disbursed")
"""Figures that are shown of both sides and their difference."""
MOST_ENTRIES = 20
MOST_BARS = 16
WORDS = {(False, True): "变为覆盖", (True, False): "不再覆盖", (True, True): "覆盖", (False, False): "未覆盖"}


def compare_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """What moved between two moments."""
    before, node = answer["before"], answer["node"]
    positions = before["positions"]
    asked = (
        ("前一时点的截止日期", before["as_of"]),
        ("前一时点的知识时点", str(before["recorded_at"] or "—")),
        ("前一时点的日志位置", f"目录 {positions['catalog']}，项目 {positions['portfolio']}"),
        ("变动项目的范围", about.node(node)),
    )
    more: tuple[str, ...] = ("日志位置是造成变动的记录；只因日期不同而变动的，是说明当日情形的记录",)
    if answer["next"] is not None:
        more = (*more, f"变动的项目太多，只列出前 {len(answer['moved'])} 个，其合计小于总的变动")
    tables = (_moved(answer), _nodes(answer))
    return paper_of(answer, about, "两个时点之间的变动", tables, _pictures(answer), asked, more)


def _moved(answer: Mapping[str, Any]) -> Table:
    """The projects; their sum is given as such only where it is that of the totals: all of them, of the whole plan."""
    rows: list[list[Value]] = [
        [
            move["project_no"] or move["project"],
            move["title"],
            *(cell(move["difference"][name], name) for name in MOVED),
            "、".join(task["task"] for task in move["tasks"]),
            _entries(move["entries"]),
        ]
        for move in answer["moved"]
    ]
    whole = answer["node"] == "total" and answer["next"] is None
    difference = answer["totals"]["difference"]
    totals = [None, None, *(cell(difference[name], name) for name in MOVED), "", ""] if whole else None
    head = (Column("项目编号", "text", 18, "project_no"), Column("项目名称", "text", 34, "title"))
    tail = (Column("任务", "text", 18, "tasks"), Column("日志位置", "text", 18, "entries"))
    return Table("变动的项目", (*head, *columns(MOVED), *tail), rows, totals, key="moved")


def _entries(entries: list[Mapping[str, Any]]) -> str:
    said = "、".join(str(entry["position"]) for entry in entries[:MOST_ENTRIES])
    return f"{said} 等 {len(entries)} 条" if len(entries) > MOST_ENTRIES else said


def _nodes(answer: Mapping[str, Any]) -> Table:
    kinds = [
        Column(column.title.replace(title, f"{title}·{word}"), column.kind, column.width, f"{name}_{side}")
        for name, column in zip(BOTH, columns(BOTH), strict=True)
        for title in (FIGURES[name][0],)
        for side, word in SIDES.items()
    ]

    def figures(one: Mapping[str, Any]) -> list[Value]:
        return [cell(one[side][name], name) for name in BOTH for side in SIDES]

    depth: dict[str | None, int] = {None: -1}
    rows = []
    for item in answer["items"]:
        level = depth[item["code"]] = depth.get(item["parent"], -1) + 1
        word = WORDS[item["covered_before"], item["covered_after"]]
        rows.append(Row([code_of(item), item["title"], word, *figures(item)], level))
    head = (
        Column("编号", "text", 10, "code"),
        Column("名称", "text", 34, "title"),
        Column("覆盖", "text", 10, "covered"),
    )
    totals = [None, None, None, *figures(answer["totals"])]
    moved = next(place for place, column in enumerate((*head, *kinds)) if column.key == "committed_difference")
    chart = BarChart(1, (moved,), "合同金额的变动（万元）")
    return Table("各任务前后对比", (*head, *kinds), rows, totals, chart=chart, key="nodes")


def _pictures(answer: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The nodes whose commitments moved most."""
    moved = {
        item["code"]: drawable(item["difference"]["committed"])
        for item in answer["items"]
        if drawable(item["difference"]["committed"])
    }
    if not moved:
        return ()
    ranked = set(sorted(moved, key=lambda code: -abs(moved[code]))[:MOST_BARS])
    said = f"合同金额的变动，{answer['before']['as_of']} 至 {answer['as_of']}"
    chart = Bars(
        title="合同金额的变动（万元）",
        desc=f"{said}，数值见表",
        bars=tuple(
            Bar(f"{code_of(item)} {item['title']}".strip(), (Part(moved[item["code"]], 0),))
            for item in answer["items"]
            if item["code"] in ranked
        ),
        keys=(Key("后一时点减前一时点", SERIES[0]),),
        note=f"只画出变动最大的 {MOST_BARS} 项" if len(moved) > MOST_BARS else "",
    )
    return (Picture(bars(chart), f"图 1　{said}", f"各任务{said}"),)
