"""Values in words. Money is given in fen (hundredths of the currency's unit) and said in 万元."""

from collections.abc import Callable

NO_DATA = "无数据"
NO_VALUE = "—"
MINUS = "−"
_FEN_PER_WAN = 1_000_000
Show = Callable[[int], str]
"""How a chart says its values."""


def number(value: int) -> str:
    """1234 as 1,234."""
    return _signed(value, f"{abs(value):,}")


def wan(fen: int) -> str:
    """Fen as 万元 without the unit: two decimals at most, halves to even; never nothing for something."""
    hundredths, rest = divmod(abs(fen) * 100, _FEN_PER_WAN)
    hundredths += rest * 2 > _FEN_PER_WAN or (rest * 2 == _FEN_PER_WAN and hundredths % 2)
    if fen and not hundredths:
        return "<0.01" if fen > 0 else f">{MINUS}0.01"
    whole, part = divmod(hundredths, 100)
    return _signed(fen, f"{whole:,}" + f".{part:02d}".rstrip("0").rstrip("."))


def money(fen: int) -> str:
    """Fen as 万元 with the unit."""
    return f"{wan(fen)}万元"


def percent(hundredths: int) -> str:
    """Hundredths of a percent: 1250 as 12.5%."""
    whole, part = divmod(abs(hundredths), 100)
    return _signed(hundredths, f"{whole:,}" + f".{part:02d}".rstrip("0").rstrip(".")) + "%"


def said(show: Show, value: int | None) -> str:
    """The value as it is shown; a dash where there is none, which is other than zero."""
    return NO_VALUE if value is None else show(value)


def _signed(value: int, size: str) -> str:
    return f"{MINUS}{size}" if value < 0 else size
