"""What a file is written from: a paper of tables, columns and cells, the same for .csv, .xlsx and .pdf."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["text", "count", "money", "percent", "date", "decimal"]
"""How the cells of a column are meant: money is Decimal yuan (the plan's currency), shown in 万元; percent a ratio as
Decimal, 0.25 shown as 25.0%; count a whole number; decimal any other number, shown as it is; date a day."""


@dataclass(frozen=True)
class Amount:
    """An amount of money, Decimal yuan, in a column of other numbers; shown as in a column of money."""

    yuan: Decimal


Value = str | int | Decimal | date | Amount | None
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
    """A row that is more than its cells: its level below the uppermost (0), whether it stands out in bold, and the
    relative link to what its figures are made from."""

    cells: Sequence[Value]
    level: int = 0
    strong: bool = False
    explain: str = ""


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
    key: str = ""
    """What a machine calls the table."""
    unit: str | None = None
    """What stands above it, such as 单位：个; nothing where its columns say it; None: the paper's."""
    explained: bool = False
    """Whether .csv and .xlsx have a column for the links of its rows; paper has none."""
    linked: str = ""
    """How the links are to be read, where a row has one that stands for several figures: said where they are."""
    totals_explain: str = ""
    """The link of the totals."""
    shaded: tuple[int, int] | None = None
    """The first and the last column whose cells the spreadsheet colours, the darker the larger."""


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
    """单位：万元, as it stands above a table that has none of its own."""
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
    stated: tuple[tuple[str, str], ...] = ()
    """What each row of a .csv says at its end, as it is read without what stands around it: name and value."""
    marked: str = ""
    """A word that stays with every page and every row, such as 演示数据; nothing: no mark."""
