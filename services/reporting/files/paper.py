"""What a file is written from: a paper of tables, columns and cells, the same for .csv, .xlsx and .pdf."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["text", "count", "money", "percent", "date", "decimal"]
"""How the cells of a column are meant: money is Decimal yuan (the plan's currency), shown in 万元; percent a ratio as
Decimal, 0.25 shown as 25.0%; count a whole number; decimal any other number, shown as it is; date a day."""

Value = str | int | Decimal | date | None
"""What a cell holds. Nothing is shown as —; a text stands in a column of any kind (未定目标 in one of money)."""


class WrongCell(ValueError):
    """A row has too many or too few cells, or a cell holds what its column can not show."""


class TooManyRowsForXlsx(ValueError):
    """A sheet has no room for so many rows; ask for fewer, or for .csv."""


class TooManyRowsForPdf(ValueError):
    """More rows than anyone reads on paper; ask for fewer, or for .xlsx or .csv."""


@dataclass(frozen=True)
class Column:
    """A column: its header, what its cells are, how wide it is in half-width characters (a Chinese one counts two)."""

    title: str
    kind: Kind
    width: int = 12
    key: str = ""
    """What a machine calls the column; no writer shows it."""


@dataclass(frozen=True)
class Row:
    """A row that is more than its cells: its level below the uppermost (0), and whether it stands out in bold."""

    cells: Sequence[Value]
    level: int = 0
    strong: bool = False


@dataclass(frozen=True)
class BarChart:
    """Bars drawn by the spreadsheet itself from the cells of its table: one group for each row, named by a column.

    Columns are counted from 0 in the table's `columns`.
    """

    category: int
    values: tuple[int, ...]
    title: str = ""
    alt: str = ""
    """The picture in words for who can not see it; by default its title."""


@dataclass(frozen=True)
class Table:
    """A table: a sheet in .xlsx, a heading and a grid in .pdf, a file of its own in .csv.

    Rows are asked for once, in order, so they may come from a generator; for work in a child process they have to be
    picklable. Totals are values and are shown as they are given, nothing is added up here: money comes from the exact
    total, not from rounded parts.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row | Sequence[Value]]
    totals: Sequence[Value] | None = None
    """As long as `columns`. Where the first holds nothing it says 合计; text and dates that hold nothing stay empty."""
    note: str = ""
    chart: BarChart | None = None
    numbered: bool = True
    """Whether 序号 is the first column on paper; .csv and .xlsx have none."""
    on_paper: "Table | None" = None
    """What stands in its place on paper (.pdf), where it is too wide for a page."""


@dataclass(frozen=True)
class Picture:
    """A drawing (SVG, complete in itself), the line below it, and what it shows in words (by default the same)."""

    svg: str
    caption: str
    alt: str = ""


@dataclass(frozen=True)
class Paper:
    """A report as it is handed over. Everything is said in the reader's words; the writers add no figure and no clock:
    equal papers make equal bytes."""

    title: str
    unit: str
    """单位：万元, as it stands above a table."""
    as_of: date
    """数据截止日期: the business date of the report."""
    recorded_at: str
    """What was known: the moment of recording up to which the report reads."""
    parameters: tuple[tuple[str, str], ...] = ()
    """What was asked for: name and value of each filter."""
    notes: tuple[str, ...] = ()
    """口径说明: how the figures are to be understood."""
    tables: tuple[Table, ...] = ()
    main: int = 0
    """Which of the tables .csv holds."""
    pictures: tuple[Picture, ...] = ()
    marked: str = ""
    """A word that stays with every page and every row, such as 演示数据; nothing: no mark."""
