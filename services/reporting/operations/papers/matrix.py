"""Matrices as papers: a cross table, and lines of row, column and value where a page is too narrow for it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from services.reporting.files.paper import Column, Paper, Picture, Row, Table, Value
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
from services.shared.charts import heatmap
from services.shared.charts.heatmap import Cell, Heatmap
from services.shared.charts.heatmap import Row as Line
from services.shared.charts.words import money, number, wan

AXES = {
    "agency": "牵头单位",
    "district": "区",
    "fund_class": "专项类别",
    "stage": "创新链阶段",
    "source": "资金来源",
    "year": "预算年度",
}
"""What rows and columns may be besides a level of the plan."""
MOST_ON_PAPER = 8
"""Columns of a cross table that a page holds with figures of any length."""
MOST_ACROSS = 1_000
"""Columns beyond which no spreadsheet is read across."""
MOST_DRAWN = (20, 12)
"""Rows and columns of the picture."""
Values = Mapping[tuple[str, str], Any]


def matrix_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """A figure by two things at once."""
    figure = FIGURES[answer["figure"]][0]
    rows, across = (AXES.get(by) or about.level(by) for by in (answer["rows_by"], answer["columns_by"]))
    lines = _lines(answer, rows, across)
    table = lines
    if len(answer["columns"]) <= MOST_ACROSS:
        table = replace(_cross(answer), on_paper=None if len(answer["columns"]) <= MOST_ON_PAPER else lines)
    asked = (("指标", figure), ("行", rows), ("列", across))
    money = answer["figure"] != "projects"
    more = ("各格之和等于行合计、列合计和总计，空格为零",) if money else ("空格为零",)
    return paper_of(answer, about, f"{rows}×{across}的{figure}", (table,), _pictures(answer, figure), asked, more)


def _cross(answer: Mapping[str, Any]) -> Table:
    values, (figure,) = _values(answer), columns([answer["figure"]])
    unit = "（万元）" if figure.kind == "money" else ""
    across = [replace(figure, title=f"{_named(answer, 'column', one)}{unit}", width=14) for one in answer["columns"]]
    row_totals, column_totals = (_totals(answer, name) for name in ("row_totals", "column_totals"))

    template = answer.get("explain")

    def rows() -> Iterator[Row]:
        for row in answer["rows"]:
            found = [values.get((row["code"], column["code"]), "") for column in answer["columns"]]
            said = [code_of(row), row["title"], *found, row_totals[row["code"]]]
            yield Row(said, explain=link(template, row=row["code"]))

    totals = [column_totals[column["code"]] for column in answer["columns"]]
    return Table(
        "矩阵",
        (*_names("编号", "名称"), *across, replace(figure, title=f"合计{unit}")),
        list(rows()),
        [None, None, *totals, _total(answer)],
        key="matrix",
        explained=bool(template),
        linked="依据一栏是各行的链接，以列的编号替换其中的 {column}，即可查到一格由哪些项目构成" if template else "",
        shaded=(2, 1 + len(across)) if across else None,
    )


def _lines(answer: Mapping[str, Any], rows: str, across: str) -> Table:
    """Each row with its total, below it what its cells hold; at the end the totals of the columns."""
    template = answer.get("explain")
    row_totals, column_totals = (_totals(answer, name) for name in ("row_totals", "column_totals"))
    below: dict[str, list[tuple[str, Value]]] = {}
    for (row, column), value in _values(answer).items():
        below.setdefault(row, []).append((column, value))
    titles = {one["code"]: _named(answer, "column", one) for one in answer["columns"]}
    found = []
    for one in answer["rows"]:
        if held := below.get(one["code"]):
            found.append(Row([_named(answer, "row", one), "合计", row_totals[one["code"]]], 0, True))
            found += [
                Row(["", titles[column], value], 1, explain=link(template, row=one["code"], column=column))
                for column, value in held
            ]
    held = [(column, value) for column, value in column_totals.items() if value]
    found += [Row(["各行合计", titles[column], value], 0, True) for column, value in held]
    (figure,) = columns([answer["figure"]])
    return Table(
        "矩阵",
        (Column(rows, "text", 30, "row"), Column(across, "text", 30, "column"), figure),
        found,
        [None, None, _total(answer)],
        key="matrix",
        explained=bool(template),
    )


def _named(answer: Mapping[str, Any], axis: str, one: Mapping[str, Any]) -> str:
    return headed(one, answer[f"{axis}s_by"] not in AXES)


def _names(code: str, title: str) -> tuple[Column, Column]:
    return Column(code, "text", 20, "code"), Column(title, "text", 30, "title")


def _values(answer: Mapping[str, Any]) -> dict[tuple[str, str], Value]:
    return {(one["row"], one["column"]): cell(one["value"], answer["figure"]) for one in answer["cells"]}


def _totals(answer: Mapping[str, Any], name: str) -> dict[str, Value]:
    return {one["code"]: cell(one["value"], answer["figure"]) for one in answer[name]}


def _total(answer: Mapping[str, Any]) -> Value:
    return cell(answer["total"], answer["figure"])


def _pictures(answer: Mapping[str, Any], figure: str) -> tuple[Picture, ...]:
    """The largest rows and columns, in their order."""
    shown = []
    for name, most in zip(("row", "column"), MOST_DRAWN, strict=True):
        totals = {one["code"]: abs(drawable(one["value"])) for one in answer[f"{name}_totals"]}
        ranked = set(sorted((code for code in totals if totals[code]), key=lambda code: -totals[code])[:most])
        shown.append([one for one in answer[f"{name}s"] if one["code"] in ranked])
    rows, across = shown
    if not rows or not across:
        return ()
    values = {(one["row"], one["column"]): drawable(one["value"]) for one in answer["cells"]}
    whole = all(len(answer[f"{name}_totals"]) <= most for name, most in zip(("row", "column"), MOST_DRAWN, strict=True))
    said = (number, number) if answer["figure"] == "projects" else (money, wan)
    chart = Heatmap(
        title=figure,
        desc=f"各行各列的{figure}，截至 {answer['as_of']}，数值见表",
        columns=tuple(_named(answer, "column", one) for one in across),
        rows=tuple(
            Line(
                _named(answer, "row", row),
                tuple(Cell(values.get((row["code"], column["code"]), 0)) for column in across),
            )
            for row in rows
        ),
        note="" if whole else f"只画出合计最大的 {len(rows)} 行、{len(across)} 列",
        show=said[0],
        short=said[1],
    )
    return (
        Picture(heatmap(chart), f"图 1　{figure}，截至 {answer['as_of']}", f"各行各列的{figure}，颜色越深数值越大"),
    )
