"""The tasks of a row and their weights, from one cell or several."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from services.portfolio.workbook.dialect import Dialect, Named
from services.portfolio.workbook.files import Cell, day_of
from services.portfolio.workbook.values import Notes, clean, flat, is_empty
from services.shared.money import split

WHOLE = Decimal(100)
_LINES = re.compile(r"[;；\n\r]+")
_LOOSE = re.compile(r"[、/]+")
_LOOSE_MARKS = "、/ \t\u3000\xa0"
"""What may stand around a part of a list that is divided by lines and by these."""
_WEIGHED = (
    re.compile(r"^(.+?)\s*[（(\[【]\s*(\d+(?:\.\d+)?)\s*[%％]?\s*[）)\]】]$", re.S),
    re.compile(r"^(.+?)\s*[:：=]\s*(\d+(?:\.\d+)?)\s*[%％]?$", re.S),
    re.compile(r"^(.+?[\s\d\u4e00-\u9fff”’)])\s+(\d+(?:\.\d+)?)\s*[%％]$", re.S),
    re.compile(r"^(.*[^\d.\s])(\d+(?:\.\d+)?)\s*[%％]$", re.S),
)
"""A task with its weight: 4.8（70%）, 4.8：70%, 材料基因组 70%."""


class Piece(NamedTuple):
    """A task as a row names it, with its weight in percent where it gives one."""

    named: Named
    raw: str
    weight: Decimal | None


def shares(tasks: Sequence[Cell], weights: Sequence[Cell], dialect: Dialect, notes: Notes) -> list[dict[str, str]]:
    """The tasks and weights in plan order, `{task, weight}`; those that could not be named are left out and said."""
    pieces = [piece for cell in tasks if not is_empty(cell) for piece in _pieces(cell, dialect)]
    for piece in pieces:
        if piece.named.problem is not None:
            notes.say("tasks", piece.named.problem, piece.raw, piece.named.detail)
        elif piece.named.by_alias:
            notes.say("tasks", "task_alias", piece.raw, f"“{piece.raw}”对应到任务 {piece.named.code}")
    if not pieces:
        return []
    given = _weights(pieces, [cell for cell in weights if not is_empty(cell)], dialect, notes)
    if given is None:
        return [{"task": piece.named.code, "weight": ""} for piece in pieces if piece.named.code is not None]
    sums: dict[str, Decimal] = {}
    for piece, weight in zip(pieces, given, strict=True):
        if piece.named.code is not None:
            sums[piece.named.code] = sums.get(piece.named.code, Decimal(0)) + weight
    return [{"task": code, "weight": _text(sums[code])} for code in sorted(sums, key=dialect.order.__getitem__)]


def _weights(pieces: Sequence[Piece], cells: Sequence[Cell], dialect: Dialect, notes: Notes) -> list[Decimal] | None:
    """One weight for each task, that add up to exactly 100; None where they do not, which is said."""
    beside = [number for cell in cells for number in _numbers(cell)]
    inside = [piece.weight for piece in pieces]
    raw = "；".join(str(cell.value) for cell in cells) or "；".join(piece.raw for piece in pieces)
    if not beside and not any(weight is not None for weight in inside):
        if len(pieces) == 1:
            return [WHOLE]
        notes.say("tasks", "weights_defaulted", raw)
        return _equal(pieces, dialect)
    found = beside or inside
    if len(found) != len(pieces) or None in found:
        notes.say("tasks", "weights_not_100", raw, f"{len(pieces)} 个任务，读到的权重不是 {len(pieces)} 个")
        return None
    weights = [weight for weight in found if weight is not None]
    total = sum(weights, Decimal(0))
    if total != WHOLE or any(weight <= 0 for weight in weights):
        notes.say("tasks", "weights_not_100", raw, f"权重之和是 {total.normalize():f}，应正好是 100，且每个大于 0")
        return None
    return weights


def _equal(pieces: Sequence[Piece], dialect: Dialect) -> list[Decimal]:
    """Equal parts of 100 at two decimals, what is left over to the first in plan order."""
    places = sorted(range(len(pieces)), key=lambda place: dialect.order.get(pieces[place].named.code or "", 0))
    parts = split(10_000, [1] * len(pieces))
    return [Decimal(part).scaleb(-2) for _, part in sorted(zip(places, parts, strict=True))]


def _pieces(cell: Cell, dialect: Dialect) -> list[Piece]:
    value = cell.value
    if isinstance(value, bool) or day_of(value) is not None:
        detail = "单元格是日期（Excel 会把 4-8 变成日期）：请设为文本后填 4.8"
        return [Piece(Named(None, "task_ambiguous", detail), str(value), None)]
    if isinstance(value, int | float):
        return [Piece(dialect.number(float(value)), f"{value:g}", None)]
    text = str(value)
    whole = dialect.task(clean(text))
    if whole.problem is None:
        return [Piece(whole, clean(text), None)]
    parts = [part for part in _LINES.split(text) if part.strip(_LOOSE_MARKS)]
    return [_piece(one, dialect) for part in parts for one in _loosely(part.strip(_LOOSE_MARKS), dialect)]


def _loosely(text: str, dialect: Dialect) -> list[str]:
    """A list by 、 or / only where each of its parts names a task: titles hold these marks too."""
    parts = [part for part in _LOOSE.split(text) if part.strip()]
    alone = _piece(text, dialect)
    if len(parts) > 1 and alone.named.problem is not None:
        found = [_piece(part, dialect) for part in parts]
        if all(piece.named.problem != "task_unknown" for piece in found):
            return parts
    return [text]


def _piece(text: str, dialect: Dialect) -> Piece:
    """One task, perhaps with its weight; the text as a whole comes first, since titles may end like weights do."""
    name = clean(text)
    best = Piece(dialect.task(name), name, None)
    if best.named.problem is None:
        return best
    wide = unicodedata.normalize("NFKC", text).strip()
    for form in _WEIGHED:
        found = form.match(wide)
        if found is None:
            continue
        inner = Piece(dialect.task(clean(found[1])), clean(found[1]), Decimal(found[2]))
        if inner.named.problem is None:
            return inner
        if inner.named.problem == "task_ambiguous" and best.named.problem == "task_unknown":
            best = inner
    return best


def _numbers(cell: Cell) -> list[Decimal | None]:
    """The weights of a cell: 70；30, 70%、30%, 70/30."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [Decimal(str(value)) * (100 if cell.percent else 1)]
    parts = [part for part in re.split(r"[;；、/,，\n\r\s]+", unicodedata.normalize("NFKC", str(value))) if part]
    return [_number(flat(part)) for part in parts]


def _number(text: str) -> Decimal | None:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)%?", text)
    return Decimal(found[1]) if found else None


def _text(weight: Decimal) -> str:
    """A percent with two decimals, with more only where it has more."""
    return f"{weight:.2f}" if weight == round(weight, 2) else f"{weight.normalize():f}"
