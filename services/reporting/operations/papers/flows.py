"""Flows of money as papers: the links, the nodes, and both as a Sankey diagram."""

from collections.abc import Mapping
from typing import Any

from services.reporting.files.paper import BarChart, Column, Paper, Picture, Row, Table
from services.reporting.operations.papers.about import About
from services.reporting.operations.papers.common import (
    FIGURES,
    cell,
    code_of,
    columns,
    drawable,
    headed,
    link,
    paper_of,
)
from services.shared.charts import SERIES, Flow, Key, Node, Sankey, sankey

STAGES = {"source": "资金来源", "fund_class": "专项类别", "node": "规划章节"}


def flows_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """Money from sources over classes of funds to the top nodes."""
    figure = FIGURES[answer["figure"]][0]
    more = ("每一段（来源到类别、类别到章节）的资金之和等于合计，两段不可相加",)
    pictures = _pictures(answer, figure) if answer["links"] else ()
    tables = (_links(answer), _nodes(answer))
    return paper_of(answer, about, f"{figure}流向", tables, pictures, (("指标", figure),), more)


def _links(answer: Mapping[str, Any]) -> Table:
    nodes = {node["id"]: node for node in answer["nodes"]}
    rows = []
    for flow in answer["links"]:
        one, other = nodes[flow["source"]], nodes[flow["target"]]
        ends = [STAGES[one["stage"]], _named(one), STAGES[other["stage"]], _named(other)]
        rows.append(Row([*ends, cell(flow["value"], answer["figure"])], explain=link(flow["explain"])))
    head = (
        *(Column("自", "text", 10, "source_stage"), Column("自（名称）", "text", 30, "source")),
        *(Column("至", "text", 10, "target_stage"), Column("至（名称）", "text", 30, "target")),
    )
    return Table("资金流向", (*head, *columns([answer["figure"]])), rows, key="links", explained=True)


def _nodes(answer: Mapping[str, Any]) -> Table:
    rows = [
        [STAGES[node["stage"]], code_of(node), node["title"], cell(node["value"], answer["figure"])]
        for node in answer["nodes"]
    ]
    head = (
        Column("阶段", "text", 10, "stage"),
        Column("编号", "text", 20, "code"),
        Column("名称", "text", 34, "title"),
    )
    chart = BarChart(2, (len(head),), "各环节金额（万元）")
    return Table("各环节金额", (*head, *columns([answer["figure"]])), rows, chart=chart, key="nodes")


def _named(node: Mapping[str, Any]) -> str:
    return headed(node, node["stage"] == "node")


def _pictures(answer: Mapping[str, Any], figure: str) -> tuple[Picture, ...]:
    stages = list(STAGES)
    places = {node["id"]: place for place, node in enumerate(answer["nodes"])}
    said = f"{figure}从资金来源经专项类别到规划章节，截至 {answer['as_of']}"
    chart = Sankey(
        title=f"{figure}流向",
        desc=f"{said}，数值见表",
        nodes=tuple(
            Node(_named(node), stages.index(node["stage"]), stages.index(node["stage"])) for node in answer["nodes"]
        ),
        flows=tuple(
            Flow(places[link["source"]], places[link["target"]], drawable(link["value"])) for link in answer["links"]
        ),
        keys=tuple(Key(word, fill) for word, fill in zip(STAGES.values(), SERIES, strict=False)),
        columns=tuple(STAGES.values()),
    )
    return (Picture(sankey(chart), f"图 1　{said}", said),)
