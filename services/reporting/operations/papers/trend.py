"""Trends as papers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.reporting.files.paper import BarChart, Column, Paper, Picture, Row, Table, Value
from services.reporting.operations.papers.about import About
from services.reporting.operations.papers.common import FIGURES, cell, columns, drawable, link, paper_of
from services.shared.charts import Point, Sparkline, sparkline
from services.shared.charts.svg import WIDTH
from services.shared.charts.words import money, number

PERIODS = {"year": "年", "month": "月", "budget_year": "预算年度"}


def trend_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """A figure over time."""
    figure, by = FIGURES[answer["figure"]][0], PERIODS[answer["by"]]
    asked = (("指标", figure), ("期间", by), ("范围", about.node(answer["node"])))
    more = "累计为截至期末的数，本期为该期的变动"
    if answer["by"] == "budget_year":
        more = "本期为属于该预算年度的数" if _adds_up(answer) else "一个项目在每个有其资金的年度各计一次，各年不可相加"
    return paper_of(
        answer, about, f"{figure}走势", (_table(answer, figure),), _pictures(answer, figure), asked, (more,)
    )


def _adds_up(answer: Mapping[str, Any]) -> bool:
    """Numbers of projects by budget year are distinct in each year: there is no sum of them."""
    return bool(answer["figure"] != "projects" or answer["by"] != "budget_year")


def _table(answer: Mapping[str, Any], figure: str) -> Table:
    (column,) = columns([answer["figure"]])
    unit = "（万元）" if column.kind == "money" else ""
    kinds = [Column(f"本期{figure}{unit}", column.kind, 20, "value")]
    names = ["value"]
    if _adds_up(answer):
        kinds.append(Column(f"累计{figure}{unit}", column.kind, 20, "cumulative"))
        names.append("cumulative")
    rows = [
        Row(
            [point["period"], _day(point["until"]), *(cell(point[name], answer["figure"]) for name in names)],
            explain=link(answer.get("explain"), until=point["until"] or "", period=point["period"]),
        )
        for point in answer["points"]
    ]
    totals = [None, None, cell(answer["total"], answer["figure"]), ""] if _adds_up(answer) else None
    head = (Column("期间", "text", 12, "period"), Column("截止日", "date", 12, "until"))
    chart = BarChart(0, (2,), kinds[0].title)
    explained = bool(answer.get("explain"))
    return Table("走势", (*head, *kinds), rows, totals, chart=chart, key="trend", explained=explained)


def _day(until: str | None) -> Value:
    return date.fromisoformat(until) if until else None


def _pictures(answer: Mapping[str, Any], figure: str) -> tuple[Picture, ...]:
    """The cumulative figure; by budget year that of each year."""
    if not answer["points"]:
        return ()
    name, word = ("value", "各预算年度") if answer["by"] == "budget_year" else ("cumulative", "累计")
    said = f"{word}{figure}，截至 {answer['as_of']}"
    chart = Sparkline(
        title=f"{word}{figure}",
        desc=f"{said}，逐期数值见表",
        points=tuple(Point(point["period"], drawable(point[name])) for point in answer["points"]),
        width=WIDTH,
        show=number if answer["figure"] == "projects" else money,
    )
    return (Picture(sparkline(chart), f"图 1　{said}", f"{said}的走势"),)
