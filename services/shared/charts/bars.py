"""Horizontal bars: parts stacked from zero, a mark where the target is, and what is missing to it hatched.

Parts below zero are stacked to the left of it. A bar without any value shows a dash, which is other than zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.shared.charts import palette, scale, text, words
from services.shared.charts.palette import Key
from services.shared.charts.svg import NORMAL, SMALL, WIDTH, Drawing, baseline, nothing

_ROW = 22.0
_BAR = 14.0
_LEAST_NAMES, _MOST_NAMES = 60.0, 230.0
_MOST_VALUES = 190.0


@dataclass(frozen=True)
class Part:
    """A part of a bar: its value, None where nobody said one, and the place of what it is in the chart's keys."""

    value: int | None
    key: int


@dataclass(frozen=True)
class Bar:
    """A name, its parts, and the target that they are held against, None where there is none.

    `more` follows in the title of the bar.
    """

    name: str
    parts: tuple[Part, ...]
    target: int | None = None
    more: str = ""
    link: str | None = None


@dataclass(frozen=True)
class Bars:
    """What to draw. `gap` says in words what is missing from the parts to the target, `target` what the mark is.

    `show` says a value at the end of a bar and in titles, `short` at the gridlines; `ids` starts the drawing's ids.
    """

    title: str
    desc: str
    bars: tuple[Bar, ...]
    keys: tuple[Key, ...]
    note: str = ""
    target: str = "目标"
    gap: str = "缺口"
    show: words.Show = words.money
    short: words.Show = words.wan
    ids: str = ""


def bars(chart: Bars) -> str:
    """The bars as SVG."""
    if not chart.bars:
        return nothing(chart.title, chart.desc, ids=chart.ids)
    drawing = Drawing(chart.title, chart.desc, links=any(bar.link for bar in chart.bars), ids=chart.ids)
    top = _legend(drawing, chart, drawing.heading(chart.title)) + 2
    names = max(text.width(text.clean(bar.name), NORMAL) for bar in chart.bars) + 10
    left = min(max(names, _LEAST_NAMES), _MOST_NAMES)
    values = min(max(text.width(_end(chart, bar), SMALL) for bar in chart.bars) + 10, _MOST_VALUES)
    marks = scale.ticks(min(low(bar) for bar in chart.bars), max(high(bar) for bar in chart.bars))
    axis = scale.Scale(marks[0], marks[-1], left, WIDTH - left - values)
    first = top + 16
    bottom = first + len(chart.bars) * _ROW
    _draw_grid(drawing, chart, axis, marks, first, bottom)
    for at, bar in enumerate(chart.bars):
        _draw_bar(drawing, chart, bar, axis, first + at * _ROW, values)
    zero = axis(0)
    drawing.line(zero, first - 2, zero, bottom, palette.INK)
    return drawing.svg(drawing.note(chart.note, bottom + 4) + 4)


def total(bar: Bar) -> int | None:
    """The sum of the parts; None where no part has a value."""
    found = [part.value for part in bar.parts if part.value is not None]
    return sum(found) if found else None


def gap(bar: Bar) -> int:
    """What is missing from the parts to the target; nothing where there is no target or it is reached."""
    return 0 if bar.target is None else max(bar.target - (total(bar) or 0), 0)


def low(bar: Bar) -> int:
    """The least value that the bar's row must show."""
    below = sum(part.value for part in bar.parts if part.value is not None and part.value < 0)
    return min(below, bar.target or 0)


def high(bar: Bar) -> int:
    """The greatest value that the bar's row must show."""
    above = sum(part.value for part in bar.parts if part.value is not None and part.value > 0)
    return max(above, bar.target or 0)


def _legend(drawing: Drawing, chart: Bars, top: float) -> float:
    used = {part.key for bar in chart.bars for part in bar.parts}
    keys = [key for at, key in enumerate(chart.keys) if at in used]
    if any(gap(bar) for bar in chart.bars):
        keys.append(Key(chart.gap, palette.GAP))
    if any(bar.target is not None for bar in chart.bars):
        keys.append(Key(f"{chart.target}（竖线）", palette.TARGET))
    return drawing.legend(keys, top)


def _end(chart: Bars, bar: Bar) -> str:
    """What stands at the end of the row: the total, and the target if there is one."""
    value = words.said(chart.show, total(bar))
    return value if bar.target is None else f"{value} / {chart.show(bar.target)}"


def _draw_grid(
    drawing: Drawing, chart: Bars, axis: scale.Scale, marks: Sequence[int], top: float, bottom: float
) -> None:
    for mark in marks:
        drawing.line(axis(mark), top - 2, axis(mark), bottom, palette.GRID)
    drawing.axis([(axis(mark), chart.short(mark)) for mark in marks], top - 6)


def _draw_bar(drawing: Drawing, chart: Bars, bar: Bar, axis: scale.Scale, y: float, values: float) -> None:
    """One row: its name, its parts, what is missing, the mark of the target, and the total in words."""
    name, middle = text.cut(bar.name, NORMAL, axis.start - 10), y + _ROW / 2
    with drawing.mark(_title(chart, bar), bar.link):
        drawing.text(axis.start - 6, baseline(middle, NORMAL), name, size=NORMAL, anchor="end")
        ends = {True: 0, False: 0}
        for part in bar.parts:
            if part.value:
                start = ends[part.value > 0]
                ends[part.value > 0] = end = start + part.value
                _draw_piece(drawing, chart.keys[part.key], axis, start, end, y)
        if bar.target is not None:
            if ends[True] < bar.target:
                _draw_piece(drawing, Key(chart.gap, palette.GAP), axis, ends[True], bar.target, y)
            x = axis(bar.target)
            drawing.line(x, y + 1, x, y + _ROW - 1, palette.WHITE, 5)
            drawing.line(x, y + 1, x, y + _ROW - 1, palette.INK, 2.5)
        said = text.cut(_end(chart, bar), SMALL, values - 6)
        drawing.text(WIDTH - 1, baseline(middle, SMALL), said, anchor="end")


def _draw_piece(drawing: Drawing, key: Key, axis: scale.Scale, start: int, end: int, y: float) -> None:
    one, other = sorted((axis(start), axis(end)))
    drawing.rect(one, y + (_ROW - _BAR) / 2, other - one, _BAR, key.fill, palette.INK, 0.5)


def _title(chart: Bars, bar: Bar) -> str:
    """In words all that the row shows."""
    said = [f"{chart.keys[part.key].words} {words.said(chart.show, part.value)}" for part in bar.parts]
    if bar.target is not None:
        said.append(f"{chart.target} {chart.show(bar.target)}")
    if gap(bar):
        said.append(f"{chart.gap} {chart.show(gap(bar))}")
    return f"{bar.name}：{'，'.join([*said, bar.more] if bar.more else said)}"
