"""What cells say: exact for machines, rounded for the eye."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.reporting.files.cells import exact, printed, rows_of, totals_of
from services.reporting.files.paper import Amount, Column, Kind, Value, WrongCell
from tests.reporting.files.papers import COLUMNS, a_column_of, a_table


@pytest.mark.parametrize(
    ("kind", "value", "file", "paper"),
    [
        ("money", Decimal("12345678.05"), "1234.567805", "1,234.57"),
        ("money", Decimal("50.00"), "0.005", "0.01"),
        ("money", Decimal("49.99"), "0.004999", "0.00"),
        ("money", Decimal("-50.00"), "-0.005", "-0.01"),
        ("money", Decimal("-0.01"), "-0.000001", "0.00"),
        ("money", Decimal("0.00"), "0", "0.00"),
        ("money", Decimal("1E+9"), "100000", "100,000.00"),
        ("money", 10_000, "1", "1.00"),
        ("money", Decimal("9999999999999999.99"), "999999999999.999999", "1,000,000,000,000.00"),
        ("money", Decimal("123456789012345678901234567890.12"), "12345678901234567890123456.789012", None),
        ("money", "未定目标", "未定目标", "未定目标"),
        ("percent", Decimal("0.0625"), "6.3%", "6.3%"),
        ("percent", Decimal("-0.0625"), "-6.3%", "-6.3%"),
        ("percent", Decimal("12.5"), "1250.0%", "1,250.0%"),
        ("percent", Decimal("-0.0001"), "0.0%", "0.0%"),
        ("percent", 1, "100.0%", "100.0%"),
        ("count", 1234567, "1234567", "1,234,567"),
        ("decimal", Decimal("-0.50"), "-0.5", "-0.5"),
        ("decimal", Decimal("12345.6780"), "12345.678", "12,345.678"),
        ("date", date(2017, 3, 1), "2017-03-01", "2017-03-01"),
        ("text", "5.10", "5.10", "5.10"),
        ("text", "", "", ""),
        *((kind, None, "—", "—") for kind in ("text", "money", "percent", "count", "date", "decimal")),
    ],
)
def test_a_cell_is_exact_in_a_file_and_rounded_on_paper(kind: Kind, value: Value, file: str, paper: str | None) -> None:
    column = Column("甲", kind)
    assert exact(column, value) == file
    assert paper is None or printed(column, value) == paper


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("money", 1.5),
        ("money", Decimal("NaN")),
        ("money", Decimal("Infinity")),
        ("money", True),
        ("percent", 0.5),
        ("count", Decimal("1.5")),
        ("count", True),
        ("date", Decimal(1)),
        ("text", 5),
    ],
)
def test_a_cell_that_its_column_can_not_show_is_refused(kind: Kind, value: Any) -> None:
    for say in (exact, printed):
        with pytest.raises(WrongCell, match="甲"):
            say(Column("甲", kind), value)


def test_a_row_that_is_too_short_or_too_long_is_refused_by_its_number() -> None:
    table = a_table([["4"] * 7, ["4"] * 6])
    with pytest.raises(WrongCell, match="row 2 has 6 cells for 7 columns"):
        list(rows_of(table))
    with pytest.raises(WrongCell):
        totals_of(a_table(totals=[1]))


def test_totals_say_so_and_leave_text_and_days_empty_but_not_figures() -> None:
    assert totals_of(a_table(totals=[None] * 7)) == ["合计", "", None, None, None, "", None]
    assert totals_of(a_table(totals=["总计", *[None] * 6])) == ["总计", "", None, None, None, "", None]
    assert totals_of(a_column_of("money", Decimal(1))) is None


def test_half_of_a_surrogate_pair_becomes_a_mark_that_can_be_written() -> None:
    assert exact(COLUMNS[0], "\ud83d甲") == "\ufffd甲"


def test_an_amount_among_other_numbers_is_shown_in_wan() -> None:
    column, amount = Column("分子", "decimal"), Amount(Decimal("1234567.89"))
    assert (exact(column, amount), printed(column, amount)) == ("123.456789", "123.46")
    with pytest.raises(WrongCell):
        exact(column, Amount(Decimal("NaN")))
