"""What a cell means: texts, amounts with their units, dates in all their ways, percents (DOMAIN section 6)."""

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple

from services.portfolio.contract import Finding
from services.portfolio.rules import uscc_problems
from services.portfolio.workbook.codes import CODES
from services.portfolio.workbook.files import ERROR, Cell, Formula, day_of
from services.portfolio.workbook.headers import UNIT_WORD, UNITS
from services.shared.money import too_large

EMPTIES = frozenset({"", "-", "--", "—", "——", "–", "/", "无", "暂无"})
CENT = Decimal("0.01")
EXCEL_EPOCH = date(1899, 12, 30)
SERIALS = range(30_000, 60_001)
"""Days since 1900 that a date may be: 1982 to 2064."""
WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
"""Full-width digits and letters to half-width; Chinese punctuation stays."""
_HAN = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3001-\u303f\U00020000-\U0003ffff"
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}“”‘’]) | (?=[{_HAN}“”‘’])")
_AMOUNT = re.compile(
    rf"^[¥￥]?(?:人民币|RMB|CNY)?([+\-−]?)[¥￥]?(\d{{1,3}}(?:,\d{{3}})+|\d+)(\.\d+)?(E-\d+)?({UNIT_WORD})?(?:人民币|整)?$"
)
"""Excel writes 0.00005 as 5E-05; 1.55E+06 has perhaps lost digits and is no number to us."""
_BRACKETED = re.compile(r"^\((.*)\)$")
_PERCENT = re.compile(r"^(\d+(?:\.\d+)?)%?$")


@dataclass
class Notes:
    """What is found of one row."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def say(self, name: str, code: str, raw: object, detail: str = "") -> None:
        """Note a finding; its kind and its default sentence stand in CODES."""
        known = CODES[code]
        text = detail or f"{known.when}：{known.todo}"
        found = Finding(field=name, code=code, raw=shown(raw), detail=text)
        (self.errors if known.kind == "error" else self.warnings).append(found)

    def failed(self, *names: str) -> bool:
        """Whether an error was found at one of these fields."""
        return any(error.field in names for error in self.errors)


def shown(raw: object) -> str:
    """What was read, as text; shortened where it is long."""
    if isinstance(raw, Formula):
        return "（公式）"
    if raw is ERROR:
        return "（错误值）"
    text = str(raw)
    return text if len(text) <= 200 else text[:199] + "…"


def flat(value: object) -> str:
    """NFKC, without white space and what can not be seen: for codes, numbers, dates, percents."""
    wide = unicodedata.normalize("NFKC", _text_of(value))
    return "".join(char for char in wide if not char.isspace() and unicodedata.category(char) != "Cf")


def _text_of(value: object) -> str:
    """A cell as text; a whole number has no decimals."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def clean(value: object) -> str:
    """A title or name: half-width letters and digits, no white space next to a Chinese character, ends trimmed."""
    text = "".join(c for c in _text_of(value).translate(WIDE) if unicodedata.category(c) != "Cf")
    return _BESIDE_HAN.sub("", re.sub(r"\s+", " ", text)).strip()


def is_empty(cell: Cell) -> bool:
    """Whether a cell says nothing: '', -, —, ——, /, 无, 暂无."""
    value = cell.value
    return value is None or (isinstance(value, str) and flat(value) in EMPTIES)


def unreadable(name: str, cell: Cell, notes: Notes) -> bool:
    """Whether there is no value in the cell because of a formula or an error, which is said."""
    if isinstance(cell.value, Formula):
        notes.say(name, "formula_without_value", cell.value)
    elif cell.value is ERROR:
        notes.say(name, "cell_error", cell.value)
    else:
        return False
    return True


def amount(name: str, cell: Cell, unit: Decimal, notes: Notes) -> Decimal | None:
    """An amount in yuan; the unit in the cell beats the one given. None where it is empty or can not be taken."""
    value = cell.value
    if isinstance(value, bool) or (value is not None and day_of(value) is not None):
        notes.say(name, "amount_unparseable", value)
        return None
    if isinstance(value, int | float):
        found: Decimal | None = Decimal(str(value)) * unit
    else:
        found = _amount_in(flat(value), unit)
    if found is None or not found.is_finite():
        notes.say(name, "amount_unparseable", value)
        return None
    if found < 0:
        notes.say(name, "amount_negative", value)
        return None
    if too_large(found):
        notes.say(name, "amount_implausible", value)
        return None
    return found.quantize(CENT, ROUND_HALF_UP)


def _amount_in(text: str, unit: Decimal) -> Decimal | None:
    bracketed = _BRACKETED.match(text)
    found = _AMOUNT.match((bracketed[1] if bracketed else text).upper())
    if found is None:
        return None
    sign, whole, decimals, small, own = found.groups()
    value = Decimal(whole.replace(",", "") + (decimals or "") + (small or "")) * (UNITS[own] if own else unit)
    return -value if sign in ("-", "−") or bracketed else value


class Day(NamedTuple):
    """A date as a cell has it: a day, or a month whose first and last day count."""

    first: date
    last: date
    precision: Literal["day", "month"]


def _day(year: int, month: int, day: int | None = None) -> Day | None:
    if not (1 <= month <= 12 and 1900 <= year <= 2200):
        return None
    days = calendar.monthrange(year, month)[1]
    if day is None:
        return Day(date(year, month, 1), date(year, month, days), "month")
    return Day(date(year, month, day), date(year, month, day), "day") if 1 <= day <= days else None


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Day | None], str | None], ...] = (
    (re.compile(r"^(\d{4})[.\-/](\d{1,2})月?$"), lambda m: _day(int(m[1]), int(m[2])), None),
    (re.compile(r"^(\d{4})年(\d{1,2})(?:月份?)?$"), lambda m: _day(int(m[1]), int(m[2])), None),
    (re.compile(r"^(\d{4})(\d{2})$"), lambda m: _day(int(m[1]), int(m[2])), None),
    (re.compile(r"^(\d{4})([.\-/])(\d{1,2})\2(\d{1,2})日?$"), lambda m: _day(int(m[1]), int(m[3]), int(m[4])), None),
    (re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})[日号]?$"), lambda m: _day(int(m[1]), int(m[2]), int(m[3])), None),
    (re.compile(r"^(\d{4})(\d{2})(\d{2})$"), lambda m: _day(int(m[1]), int(m[2]), int(m[3])), None),
    (re.compile(r"^(\d{2})年(\d{1,2})月?$"), lambda m: _day(2000 + int(m[1]), int(m[2])), "two_digit_year"),
    (
        re.compile(r"^(\d{2})年(\d{1,2})月(\d{1,2})[日号]?$"),
        lambda m: _day(2000 + int(m[1]), int(m[2]), int(m[3])),
        "two_digit_year",
    ),
)
"""The ways to write a date, and what is to be said of one."""
_MIDNIGHT = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?$")
"""What programs write after a day."""
_ONE_DATE = r"\d{4}[.\-/年]\d{1,2}(?:[.\-/月]\d{1,2})?[月日号]?|\d{8}|\d{6}|\d{2}年\d{1,2}月(?:\d{1,2}[日号])?"
_PERIOD = re.compile(
    rf"^(?:自|从)?({_ONE_DATE})起?(?:[~～—–―‐−→\-至到]+)({_ONE_DATE}|\d{{1,2}}月(?:\d{{1,2}}[日号])?)(?:止|底)?$"
)
"""Both ends of a period in one cell."""
_BETWEEN = re.compile(r"[~～—–―‐−→至到]+|-")


def day(name: str, cell: Cell, notes: Notes) -> Day | None:
    """A date; None where it can not be taken, which is said."""
    value = cell.value
    real = day_of(value)
    if real is not None:
        return Day(real, real, "day")
    if isinstance(value, bool):
        notes.say(name, "date_invalid", value)
        return None
    if isinstance(value, float) and not value.is_integer():
        return _day_of_number(name, value, notes)
    text = flat(_MIDNIGHT.sub("", str(value).strip()) if isinstance(value, str) else value)
    if re.fullmatch(r"\d{5}", text) and int(text) in SERIALS:
        notes.say(name, "excel_serial_date", value)
        found = EXCEL_EPOCH + timedelta(days=int(text))
        return Day(found, found, "day")
    return _day_of_text(name, text, value, notes)


def _day_of_number(name: str, value: float, notes: Notes) -> Day | None:
    """2017.3 is March; 2017.1 is January, or October that lost its zero."""
    year, _, month = f"{value:.6f}".rstrip("0").partition(".")
    if month == "1" and 1900 <= int(year) <= 2200:
        notes.say(name, "date_ambiguous", value)
        return None
    found = _day(int(year), int(month)) if len(month) <= 2 and len(year) == 4 else None
    if found is None:
        notes.say(name, "date_invalid", value)
    return found


def _day_of_text(name: str, text: str, raw: object, notes: Notes) -> Day | None:
    for form, made, warning in _FORMS:
        match = form.match(text)
        if match is not None:
            found = made(match)
            if found is None:
                notes.say(name, "date_invalid", raw)
            elif warning is not None:
                notes.say(name, warning, raw)
            return found
    notes.say(name, "date_invalid", raw)
    return None


def period(cell: Cell) -> tuple[Cell, Cell]:
    """A cell that holds both ends, as two cells; the second is empty where there is one date alone. Of what is no
    period each end is judged on its own, or the whole cell as both."""
    if not isinstance(cell.value, str):
        return cell, Cell()
    text = flat(re.sub(r"\s*[\r\n]+\s*", "~", cell.value.strip()))
    found = _PERIOD.match(text)
    if found is None:
        if any(form.match(text) for form, _, _ in _FORMS):
            return cell, Cell()
        ends = [end for end in _BETWEEN.split(text) if end]
        return (Cell(ends[0]), Cell(ends[1])) if len(ends) == 2 else (cell, cell)
    start, end = found.groups()
    year = re.match(r"^\d{2,4}年", start)
    return Cell(start), Cell(f"{year[0]}{end}" if year and re.match(r"^\d{1,2}月", end) else end)


def percent(cell: Cell) -> Decimal | None:
    """A percentage: 85%, 85, 0.85 in a cell of percents; None where it can not be read or is no part of a whole."""
    value = cell.value
    if isinstance(value, bool) or day_of(value) is not None:
        return None
    try:
        if isinstance(value, int | float):
            found = Decimal(str(value)) * (100 if cell.percent else 1)
        else:
            match = _PERCENT.match(flat(value))
            if match is None:
                return None
            found = Decimal(match[1])
    except InvalidOperation:
        return None
    return found.quantize(CENT, ROUND_HALF_UP) if 0 <= found <= 100 else None


def uscc(name: str, cell: Cell, notes: Notes) -> str | None:
    """A unified social credit code, checked; as it was read where it is wrong. A number has lost digits."""
    if isinstance(cell.value, int | float):
        notes.say(name, "uscc_numeric_cell", cell.value)
        return None
    if re.match(r"^[a-z0-9-]{2,20}:", str(cell.value).strip()):
        return str(cell.value).strip()  # an agency of another scheme, as our own lists write it
    code = flat(cell.value).replace("-", "").replace("–", "").replace("—", "").upper()
    for problem in uscc_problems(code):
        notes.say(name, problem["code"], cell.value)
    return code


def code(value: Any) -> str:
    """A project number: NFKC, without white space, upper-case; one of digits without the .0 that programs add."""
    return re.sub(r"^(\d+)\.0$", r"\1", flat(value).upper())


def phone(value: Any) -> str:
    """A telephone number as text, without white space."""
    return re.sub(r"^(\d+)\.0$", r"\1", flat(value))
