"""Matrix, trend and flows on the wire: cuts of one figure."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.reporting.contract.common import Note, Report, Wire

MoneyFigure = Literal["committed", "received", "disbursed", "spent", "refunded"]
CutFigure = Literal["committed", "received", "disbursed", "spent", "refunded", "projects"]
TrendBy = Literal["year", "month", "budget_year"]
Value = str | int
"""An amount in the plan's currency as a decimal string, or a number of distinct projects."""


class Heading(Wire):
    """A row or a column: a node of the plan, an agency, or a code of a vocabulary."""

    code: str
    title: str
    number: str = ""
    """Of a node: how the plan numbers it."""


class MatrixCell(Wire):
    """The figure of a row and a column."""

    row: str
    column: str
    value: Value


class MatrixTotal(Wire):
    """The figure of a whole row or column."""

    code: str
    value: Value


class Matrix(Report):
    """A figure by two things at once. Cells without anything are left out."""

    rows_by: str
    columns_by: str
    figure: CutFigure
    rows: list[Heading]
    columns: list[Heading]
    cells: list[MatrixCell]
    row_totals: list[MatrixTotal]
    column_totals: list[MatrixTotal]
    total: Value
    notes: list[Note]
    explain: str
    """Where a cell is explained, with its row's and column's codes in the place of {row} and {column}."""


class TrendPoint(Wire):
    """A period of a trend."""

    period: str
    """2017, or 2017-03."""
    until: date | None
    """The last day that it counts; null by budget year."""
    value: Value
    """How much the figure changed in the period; by budget year, the part of the figure that belongs to it."""
    cumulative: Value
    """The figure up to the end of the period: the sum of all values so far."""


class Trend(Report):
    """A figure over time."""

    by: TrendBy
    figure: CutFigure
    node: str
    points: list[TrendPoint]
    total: Value
    notes: list[Note]
    explain: str | None
    """Where a point is explained, with {until} or {period} replaced: its cumulative figure, by year of budget its
    value."""


class FlowNode(Wire):
    """A place that money goes through."""

    id: str
    """The stage and the code: source:municipal, fund_class:unclassified, node:4."""
    stage: Literal["source", "fund_class", "node"]
    code: str
    title: str
    number: str = ""
    value: str


class FlowLink(Wire):
    """Money from one place to the next one."""

    source: str = Field(description="The id of the node that it comes from")
    target: str = Field(description="The id of the node that it goes to")
    value: str
    explain: str
    """Where it is explained."""


class Flows(Report):
    """One sum of money, from sources over classes of funds to the top nodes of the plan."""

    figure: MoneyFigure
    nodes: list[FlowNode]
    links: list[FlowLink]
    total: str
    notes: list[Note]
