"""A matrix: one figure by two things at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.reporting.contract import CutFigure, UnknownFilterValue
from services.reporting.operations.asking import (
    CELLS,
    FINE,
    Asked,
    Opened,
    Reported,
    opened,
    reported,
    wrong_value,
)
from services.reporting.operations.cutting import cut_notes, headings, node_headings, wire
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.cells import MONEY
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.lines import ALL_LEVELS
from services.reporting.rules.links import explain_link
from services.reporting.rules.places import UNCLASSIFIED, columns, everywhere, places
from services.reporting.rules.shape import HOMELESS
from services.reporting.store.cutting import Cut, CutStore
from services.shared.database import Database
from services.shared.tokens import Caller

KEY_OF = {
    "agency": "agency",
    "district": "agency",
    "fund_class": "fund_class",
    "stage": "stage",
    "source": "source",
    "year": "year",
}
"""What rows and columns may be besides a level of the plan, and by what their figures are found: a district has the
projects that its agencies lead."""
Cells = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Axes:
    """What the rows and the columns of a matrix are."""

    rows: str
    columns: str
    figure: CutFigure

    def level(self, plan_levels: Iterable[str]) -> str | None:
        """The level of the plan that one of them is."""
        levels = set(plan_levels)
        return next((axis for axis in (self.rows, self.columns) if axis in levels), None)


async def matrix(
    database: Database, plans: KnownPlans, caller: Caller, asked: Asked, rows: str, by: str | None, figure: CutFigure
) -> Reported:
    """A figure by rows and columns."""
    async with opened(database, plans, caller, asked) as question:
        task_level = question.plan.first_carrying_level()
        axes = Axes(rows, by or (task_level if question.level == ALL_LEVELS else question.level), figure)
        _check(question, axes)
        cells = await _cells(question, axes, (axes.rows, axes.columns))
        if figure in MONEY:
            row_totals, column_totals, total = _added(cells)
        else:
            row_totals = {row: n for (row, _), n in (await _cells(question, axes, (axes.rows, ""))).items()}
            column_totals = {column: n for (_, column), n in (await _cells(question, axes, ("", axes.columns))).items()}
            total = sum((await _cells(question, axes, ("", ""))).values())
        head = question.head()
        answer = head | {
            "rows_by": axes.rows,
            "columns_by": axes.columns,
            "figure": figure,
            "rows": await _headings(question, axes.rows, {row for row, _ in cells} | set(row_totals)),
            "columns": await _headings(question, axes.columns, {column for _, column in cells} | set(column_totals)),
            "cells": [],
            "total": wire(figure, total),
            "notes": [
                *await cut_notes(
                    question, figure, FINE if question.filters.fine(_keys((axes.rows, axes.columns))) else CELLS
                ),
                *formula_notes("matrix"),
            ],
            "explain": _link(head, axes, question),
        }
        row_order = {heading["code"]: place for place, heading in enumerate(answer["rows"])}
        column_order = {heading["code"]: place for place, heading in enumerate(answer["columns"])}
        ordered = sorted(cells, key=lambda cell: (row_order[cell[0]], column_order[cell[1]]))
        answer["cells"] = [{"row": r, "column": c, "value": wire(figure, cells[r, c])} for r, c in ordered]
        answer["row_totals"] = [{"code": r, "value": wire(figure, row_totals.get(r, 0))} for r in row_order]
        answer["column_totals"] = [{"code": c, "value": wire(figure, column_totals.get(c, 0))} for c in column_order]
    return reported(answer, question.moment)


def _check(question: Opened, axes: Axes) -> None:
    levels = [level.code for level in question.plan.plan.levels]
    wrong = [
        wrong_value(name, axis, f"is none of {', '.join((*KEY_OF, *levels))}")
        for name, axis in (("rows", axes.rows), ("columns", axes.columns))
        if axis not in KEY_OF and axis not in levels
    ]
    if axes.rows == axes.columns or {axes.rows, axes.columns} <= set(levels):
        wrong.append(wrong_value("columns", axes.columns, f"does not cut across rows by {axes.rows}"))
    if wrong:
        raise UnknownFilterValue(errors=wrong)


async def _cells(question: Opened, axes: Axes, by: tuple[str, str]) -> Cells:
    """The figure by row and column; '' on either side is all of them."""
    plan, store = question.plan, CutStore(question.connection)
    level = axes.level(one.code for one in plan.plan.levels)
    at = places(plan, columns(plan, level)) if level in by and level is not None else everywhere(plan)
    keys = _keys(by)
    found = await store.sums(plan, question.filters, Cut(axes.figure, keys, at), question.from_cells)
    districts: dict[str, str] = {}
    if "district" in by:
        position = question.moment.positions.portfolio
        agencies = await store.agencies({row[keys.index("agency")] for row in found}, position)
        districts = {id: district for id, (_, district) in agencies.items()}
    cells: Cells = {}
    for *held, place, value in found:
        of = dict(zip(keys, held, strict=True))
        if "agency" in of:
            of["district"] = districts.get(of["agency"], "")
        row, column = (place if axis == level and axis else str(of.get(axis, "")) for axis in by)
        cell = (row or (UNCLASSIFIED if by[0] else ""), column or (UNCLASSIFIED if by[1] else ""))
        cells[cell] = cells.get(cell, 0) + value
    return {cell: value for cell, value in cells.items() if value}


def _added(cells: Cells) -> tuple[dict[str, int], dict[str, int], int]:
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    for (row, column), value in cells.items():
        rows[row] = rows.get(row, 0) + value
        columns[column] = columns.get(column, 0) + value
    return rows, columns, sum(rows.values())


def _keys(by: tuple[str, str]) -> tuple[str, ...]:
    """What figures are cut by beside a level of the plan."""
    return tuple(dict.fromkeys(KEY_OF[axis] for axis in by if axis in KEY_OF))


async def _headings(question: Opened, axis: str, codes: set[str]) -> list[dict[str, Any]]:
    """All nodes of a level; of anything else what has figures."""
    if axis in KEY_OF:
        return await headings(question, axis, codes)
    homeless = [line for line in HOMELESS if line in codes]
    return node_headings(question.plan, (*columns(question.plan, axis), *homeless))


def _link(head: dict[str, Any], axes: Axes, question: Opened) -> str:
    levels = {level.code for level in question.plan.plan.levels}
    code, instead = "total", {}
    for axis, placeholder in ((axes.rows, "{row}"), (axes.columns, "{column}")):
        if axis in levels:
            code = placeholder
        else:
            instead[axis] = placeholder
    return explain_link(head, code, axes.figure, **instead)
