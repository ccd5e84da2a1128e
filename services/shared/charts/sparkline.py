"""Sparkline: a small line with its first, last, least and greatest values written; a missing value is a gap."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.shared.charts import palette, scale, text, words
from services.shared.charts.svg import SMALL, Drawing, baseline, nothing, number

_LINE = 46.0
_MARGIN = 14.0
_RADIUS = 2.5


@dataclass(frozen=True)
class Point:
    """A name (a year, a day) and a value, None where nobody said one."""

    name: str
    value: int | None


@dataclass(frozen=True)
class Sparkline:
    """What to draw: points at even distances. `width` in units, of which a page in print has 720.

    `show` says a value; `ids` starts the drawing's ids.
    """

    title: str
    desc: str
    points: tuple[Point, ...]
    width: int = 280
    no_value: str = "无数值"
    show: words.Show = words.money
    ids: str = ""


def sparkline(chart: Sparkline) -> str:
    """The line as SVG."""
    known = [(at, point.value) for at, point in enumerate(chart.points) if point.value is not None]
    if not known:
        return nothing(chart.title, chart.desc, ids=chart.ids, width=chart.width)
    drawing = Drawing(chart.title, chart.desc, ids=chart.ids, width=chart.width)
    top = drawing.heading(chart.title) + _MARGIN
    room = chart.width * 0.3
    first, last = (text.cut(chart.show(value), SMALL, room) for _, value in (known[0], known[-1]))
    left, right = text.width(first, SMALL) + 8, text.width(last, SMALL) + 8
    steps = max(len(chart.points) - 1, 1)
    across = scale.Scale(0, steps, left, chart.width - left - right)
    values = [value for _, value in known]
    up = scale.Scale(min(values), max(max(values), min(values) + 1), top + _LINE, -_LINE)
    if min(values) == max(values):
        up = scale.Scale(values[0] - 1, values[0] + 1, top + _LINE, -_LINE)
    _draw_gaps(drawing, chart, across, top)
    for run in runs(chart.points):
        corners = "L".join(f"{number(across(at))} {number(up(value))}" for at, value in run)
        drawing.path(f"M{corners}", stroke=palette.BLUE, thick=1.5)
    _draw_points(drawing, chart, known, across, up)
    drawing.text(left - 6, baseline(up(known[0][1]), SMALL), first, anchor="end")
    drawing.text(chart.width - right + 6, baseline(up(known[-1][1]), SMALL), last)
    bottom = top + _LINE + _MARGIN
    return drawing.svg(_draw_ends(drawing, chart, bottom))


def runs(points: Sequence[Point]) -> list[list[tuple[int, int]]]:
    """The stretches without a missing value: places and values."""
    found: list[list[tuple[int, int]]] = [[]]
    for at, point in enumerate(points):
        if point.value is None:
            found.append([])
        else:
            found[-1].append((at, point.value))
    return [run for run in found if run]


def _draw_gaps(drawing: Drawing, chart: Sparkline, across: scale.Scale, top: float) -> None:
    """A hatched strip where a value is missing, half a step to either side."""
    for at, point in enumerate(chart.points):
        if point.value is None:
            start, end = max(at - 0.5, 0), min(at + 0.5, across.high)
            x, wide = across.start + across.length * start / across.high, across.length * (end - start) / across.high
            with drawing.mark(f"{point.name}：{chart.no_value}"):
                drawing.rect(x, top, wide, _LINE, palette.NO_VALUE)


def _draw_points(
    drawing: Drawing,
    chart: Sparkline,
    known: Sequence[tuple[int, int]],
    across: scale.Scale,
    up: scale.Scale,
) -> None:
    """A dot for each value, and the least and the greatest in words unless they are the first or the last."""
    highest, lowest = max(known, key=lambda one: (one[1], -one[0])), min(known, key=lambda one: (one[1], one[0]))
    ends = (known[0], known[-1])
    for at, value in known:
        with drawing.mark(f"{chart.points[at].name}：{chart.show(value)}"):
            marked = (at, value) in (*ends, highest, lowest)
            drawing.dot(across(at), up(value), _RADIUS if marked else 1, palette.INK if marked else palette.BLUE)
    for place, mark, below in ((highest, "最高 ", False), (lowest, "最低 ", True)):
        if place[1] in (ends[0][1], ends[1][1]):
            continue
        said = text.cut(f"{mark}{chart.show(place[1])}", SMALL, chart.width * 0.5)
        half = text.width(said, SMALL) / 2
        x = min(max(across(place[0]), half), chart.width - half)
        drawing.text(x, up(place[1]) + (13 if below else -5), said, anchor="middle")


def _draw_ends(drawing: Drawing, chart: Sparkline, y: float) -> float:
    """The names of the first and the last point below the line."""
    half = chart.width / 2 - 4
    drawing.text(0, y + 10, text.cut(chart.points[0].name, SMALL, half), colour=palette.MUTED)
    if len(chart.points) > 1:
        last = text.cut(chart.points[-1].name, SMALL, half)
        drawing.text(chart.width, y + 10, last, colour=palette.MUTED, anchor="end")
    return y + 15
