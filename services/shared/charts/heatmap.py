"""Heatmap: a table whose cells are darker the more they hold, with the value written in each where it fits.

Zero, less than zero and no value at all are three fills of their own: a dash on a hatch is what nobody has said.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from services.shared.charts import palette, scale, text, words
from services.shared.charts.palette import Fill, Hatch, Key
from services.shared.charts.svg import NORMAL, SMALL, WIDTH, Drawing, baseline, nothing

_LINE = 13.0
_ROW = 22.0
_HEAD_LINES = 3
_LEAST_HEADS, _MOST_HEADS = 60.0, 220.0


@dataclass(frozen=True)
class Cell:
    """A value, None where nobody said one; `more` follows the value in the cell's title."""

    value: int | None
    more: str = ""
    link: str | None = None


@dataclass(frozen=True)
class Row:
    """A row's name and its cells, one for each column."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Heatmap:
    """What to draw. `bounds` are the upper bounds of the steps, four at most; the last step is open.

    Without them round bounds are chosen so that the steps hold about as many cells each. `show` says a value in the
    titles and the legend, `short` in the cells; `ids` starts the drawing's ids.
    """

    title: str
    desc: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    bounds: tuple[int, ...] | None = None
    note: str = ""
    no_value: str = "无数值"
    show: words.Show = words.money
    short: words.Show = words.wan
    ids: str = ""


def heatmap(chart: Heatmap) -> str:
    """The heatmap as SVG."""
    if not chart.rows or not chart.columns:
        return nothing(chart.title, chart.desc, ids=chart.ids)
    cells = [cell for row in chart.rows for cell in row.cells]
    if any(len(row.cells) != len(chart.columns) for row in chart.rows):
        raise ValueError("a row has a cell for each column")
    steps = _steps(chart, cells)
    links = any(cell.link for cell in cells)
    drawing = Drawing(chart.title, chart.desc, links=links, ids=chart.ids)
    top = drawing.legend(_keys(chart, cells, steps), drawing.heading(chart.title)) + 2
    widest = max(text.width(text.clean(row.name), NORMAL) for row in chart.rows) + 10
    left = min(max(widest, _LEAST_HEADS), _MOST_HEADS)
    wide = (WIDTH - left - 1) / len(chart.columns)
    top = _draw_columns(drawing, chart.columns, left, wide, top)
    for at, row in enumerate(chart.rows):
        y = top + at * _ROW
        drawing.text(
            left - 6, baseline(y + _ROW / 2, NORMAL), text.cut(row.name, NORMAL, left - 8), size=NORMAL, anchor="end"
        )
        for across, (column, cell) in enumerate(zip(chart.columns, row.cells, strict=True)):
            name = f"{row.name}，{column}"
            _draw_cell(drawing, chart, name, cell, _fill(cell.value, steps), left + across * wide, y, wide)
    bottom = drawing.note(chart.note, top + len(chart.rows) * _ROW + 4)
    return drawing.svg(bottom + 2)


def step_of(value: int, bounds: Sequence[int]) -> int:
    """The step of a positive value: the first whose upper bound is not below it."""
    return bisect_left(bounds, value)


def _steps(chart: Heatmap, cells: Sequence[Cell]) -> tuple[int, ...]:
    most = len(palette.RAMP) - 1
    if chart.bounds is None:
        return scale.bounds((cell.value for cell in cells if cell.value is not None), most + 1)
    if len(chart.bounds) > most or list(chart.bounds) != sorted({bound for bound in chart.bounds if bound > 0}):
        raise ValueError(f"at most {most} bounds, positive and ascending")
    return chart.bounds


def _fill(value: int | None, steps: Sequence[int]) -> Fill:
    if value is None:
        return palette.NO_VALUE
    if value <= 0:
        return palette.NEGATIVE if value else palette.ZERO
    return palette.RAMP[step_of(value, steps)]


def _keys(chart: Heatmap, cells: Sequence[Cell], steps: Sequence[int]) -> list[Key]:
    """The legend: the steps, and of the three others those that occur."""
    values = [cell.value for cell in cells]
    keys = [
        Key(f"{words.NO_VALUE} {chart.no_value}", palette.NO_VALUE) if None in values else None,
        Key("小于 0", palette.NEGATIVE) if any(value is not None and value < 0 for value in values) else None,
        Key("0", palette.ZERO) if 0 in values else None,
    ]
    if any(value is not None and value > 0 for value in values):
        said = [f"至 {chart.show(bound)}" for bound in steps]
        said.append(f"大于 {chart.show(steps[-1]) if steps else 0}")
        keys += [Key(label, fill) for label, fill in zip(said, palette.RAMP, strict=False)]
    return [key for key in keys if key]


def _draw_columns(drawing: Drawing, columns: Sequence[str], left: float, wide: float, top: float) -> float:
    """The names of the columns, each over as many lines as it needs; where the rows start."""
    heads = [text.wrap(column, SMALL, wide - 4, _HEAD_LINES) for column in columns]
    most = max(map(len, heads))
    for at, lines in enumerate(heads):
        for line, said in enumerate(lines):
            y = top + 10 + _LINE * (most - len(lines) + line)
            drawing.text(left + (at + 0.5) * wide, y, said, anchor="middle")
    return top + _LINE * most + 3


def _draw_cell(
    drawing: Drawing, chart: Heatmap, name: str, cell: Cell, fill: Fill, x: float, y: float, wide: float
) -> None:
    more = f"，{cell.more}" if cell.more else ""
    value = chart.no_value if cell.value is None else chart.show(cell.value)
    with drawing.mark(f"{name}：{value}{more}", cell.link):
        drawing.rect(x, y, wide, _ROW, fill, palette.GRID)
        said = words.said(chart.short, cell.value)
        size = text.width(said, SMALL)
        if size > wide - 4:
            return
        middle = x + wide / 2
        if fill.hatch is not Hatch.PLAIN:
            drawing.rect(middle - size / 2 - 2, y + 4, size + 4, _ROW - 8, Fill(fill.colour))
        drawing.text(middle, baseline(y + _ROW / 2, SMALL), said, colour=palette.ink_on(fill.colour), anchor="middle")
