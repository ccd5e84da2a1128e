"""What a cell says: exact for .csv and .xlsx, rounded for the eye on paper."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from services.reporting.files.paper import Amount, Column, Row, Table, Value, WrongCell

NOTHING = "—"
TOTAL = "合计"
MARK = "标记"
ROUNDED = "金额按精确数四舍五入至两位小数；合计由精确数得出，各项之和与合计可能略有差异。"
"""Said on paper wherever money is."""
ACROSS = ("text", "date")
"""Kinds that are not added up: nothing in their total is an empty cell."""

WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
"""Sums of many amounts of 18 digits stay exact."""


def rows_of(table: Table) -> Iterator[Row]:
    """The rows, each as long as the columns; otherwise WrongCell says which is not."""
    for number, given in enumerate(table.rows, start=1):
        row = given if isinstance(given, Row) else Row(given)
        if len(row.cells) != len(table.columns):
            raise WrongCell(f"{table.name}: row {number} has {len(row.cells)} cells for {len(table.columns)} columns")
        yield row


def totals_of(table: Table) -> list[Value] | None:
    """The cells of the last row, with 合计 in the first where it has no word of its own."""
    if table.totals is None:
        return None
    (row,) = rows_of(Table(table.name, table.columns, [table.totals]))
    return [
        (TOTAL if place == 0 else "") if value is None and (place == 0 or column.kind in ACROSS) else value
        for place, (column, value) in enumerate(zip(table.columns, row.cells, strict=True))
    ]


def checked(column: Column, value: Value) -> Value:
    """The value, text made fit for every file; WrongCell where the column can not show it (a float, a NaN …)."""
    if value is None:
        return None
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, bool) or not isinstance(value, _FITTING[column.kind]):
        raise WrongCell(f"{column.title}: {value!r} is no {column.kind}")
    if isinstance(value, Decimal) and not value.is_finite():
        raise WrongCell(f"{column.title}: {value} is no number")
    return value


def meant(column: Column, value: Value) -> tuple[Column, str | int | Decimal | date | None]:
    """The value, checked, and the column that it is shown as: an amount in a column of other numbers is money."""
    if isinstance(value, Amount):
        column, value = replace(column, kind="money"), value.yuan
    found = checked(column, value)
    assert not isinstance(found, Amount), "an amount was taken for its yuan"
    return column, found


_FITTING: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "count": int,
    "money": (Decimal, int),
    "percent": (Decimal, int),
    "date": date,
    "decimal": (Decimal, int),
}


def whole(text: str) -> str:
    """Text without halves of surrogate pairs, which no encoding can hold."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def in_wan(yuan: Decimal) -> Decimal:
    """Yuan in 万元, exact: one fen is 0.000001 万元."""
    return WIDE.scaleb(yuan, -4)


def plain(number: Decimal) -> str:
    """A number in digits alone: no exponent, no zeros at the end, no negative zero."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def exact(column: Column, value: Value) -> str:
    """The cell of a .csv: money in 万元 with all its decimals, a percentage with one, days as 2017-12-31."""
    column, value = meant(column, value)
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if column.kind == "money":
        return plain(in_wan(Decimal(value)))
    return _percent(value).replace(",", "") if column.kind == "percent" else plain(Decimal(value))


def printed(column: Column, value: Value) -> str:
    """The cell on paper: money in 万元 with two decimals, half-up from the exact figure, thousands set off by commas;
    a negative figure has a minus and no other sign."""
    column, value = meant(column, value)
    if value is None or isinstance(value, str | date):
        return exact(column, value)
    if column.kind == "money":
        return _rounded(in_wan(Decimal(value)), 2)
    return _percent(value) if column.kind == "percent" else f"{Decimal(plain(Decimal(value))):,f}"


def _percent(ratio: Decimal | int) -> str:
    return f"{_rounded(Decimal(ratio) * 100, 1)}%"


def _rounded(number: Decimal, places: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-places), context=WIDE)
    # What rounds to nothing has no sign.
    return f"{rounded or abs(rounded):,}"


def indented(columns: Sequence[Column]) -> int:
    """The place of the column that shows how deep a row stands: the first of text."""
    return next((place for place, column in enumerate(columns) if column.kind == "text"), 0)


def has_money(tables: Sequence[Table]) -> bool:
    """Whether any figure is an amount, which paper shows rounded."""
    return any(column.kind == "money" for table in tables for column in table.columns)
