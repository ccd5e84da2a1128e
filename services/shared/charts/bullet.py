"""Bullet graph (Few, 2006): a value as a bar against the mark of its target, on bands that say what is how good.

Each measure has a scale of its own, since measures differ in their units.
"""

from dataclasses import dataclass

from services.shared.charts import palette, scale, text, words
from services.shared.charts.palette import Fill, Key
from services.shared.charts.svg import NORMAL, SMALL, WIDTH, Drawing, baseline, nothing, number

_ROW = 44.0
_HIGH = 22.0
_BAR = 8.0
_LEAST_NAMES, _MOST_NAMES = 60.0, 220.0
_MOST_VALUES = 170.0
_VALUE = Fill(palette.BLUE)


@dataclass(frozen=True)
class Measure:
    """A name, its value and its target (None: nobody said one) and the upper bounds of its bands, ascending.

    The bands start where the scale does: at zero, or below the least value. `more` follows in the title.
    """

    name: str
    value: int | None
    target: int | None = None
    bands: tuple[int, ...] = ()
    more: str = ""
    link: str | None = None
    show: words.Show = words.money
    short: words.Show = words.wan


@dataclass(frozen=True)
class Bullet:
    """What to draw. `bands` are the words of the bands from the first up, three at most; `ids` starts the ids."""

    title: str
    desc: str
    measures: tuple[Measure, ...]
    bands: tuple[str, ...] = ()
    note: str = ""
    value: str = "实际值"
    target: str = "目标值"
    no_value: str = "无数值"
    ids: str = ""


def bullet(chart: Bullet) -> str:
    """The graph as SVG."""
    if not chart.measures:
        return nothing(chart.title, chart.desc, ids=chart.ids)
    for measure in chart.measures:
        if len(measure.bands) > len(chart.bands) or list(measure.bands) != sorted(set(measure.bands)):
            raise ValueError("each band of a measure ends above the one before and has words in the chart")
    if len(chart.bands) > len(palette.BANDS):
        raise ValueError(f"at most {len(palette.BANDS)} bands")
    drawing = Drawing(chart.title, chart.desc, links=any(one.link for one in chart.measures), ids=chart.ids)
    top = drawing.legend(_keys(chart), drawing.heading(chart.title)) + 6
    names = max(text.width(text.clean(measure.name), NORMAL) for measure in chart.measures) + 12
    left = min(max(names, _LEAST_NAMES), _MOST_NAMES)
    right = min(max(text.width(_end(measure), SMALL) for measure in chart.measures) + 12, _MOST_VALUES)
    for at, measure in enumerate(chart.measures):
        _draw_measure(drawing, chart, measure, top + at * _ROW, left, right)
    return drawing.svg(drawing.note(chart.note, top + len(chart.measures) * _ROW) + 4)


def _keys(chart: Bullet) -> list[Key]:
    most = max(len(measure.bands) for measure in chart.measures)
    keys = [Key(chart.value, _VALUE)] if any(measure.value is not None for measure in chart.measures) else []
    if any(measure.target is not None for measure in chart.measures):
        keys.append(Key(f"{chart.target}（竖线）", palette.TARGET))
    if any(measure.value is None for measure in chart.measures):
        keys.append(Key(f"{words.NO_VALUE} {chart.no_value}", palette.NO_VALUE))
    return keys + [Key(said, fill) for said, fill in zip(chart.bands[:most], palette.BANDS, strict=False)]


def _end(measure: Measure) -> str:
    value = words.said(measure.show, measure.value)
    return value if measure.target is None else f"{value} / {measure.show(measure.target)}"


def _scale(measure: Measure, left: float, right: float) -> tuple[scale.Scale, list[int]]:
    given = [part for part in (measure.value, measure.target, *measure.bands) if part is not None]
    marks = scale.ticks(min(given, default=0), max(given, default=0), 4)
    return scale.Scale(marks[0], marks[-1], left, WIDTH - left - right), marks


def _draw_measure(drawing: Drawing, chart: Bullet, measure: Measure, y: float, left: float, right: float) -> None:
    """One row: the name, the bands, the bar, the mark of the target, the marks of the scale, the value in words."""
    axis, marks = _scale(measure, left, right)
    middle = y + _HIGH / 2
    name = text.cut(measure.name, NORMAL, left - 10)
    with drawing.mark(_title(chart, measure), measure.link):
        drawing.text(left - 8, baseline(middle, NORMAL), name, size=NORMAL, anchor="end")
        start = axis.low
        for bound, fill in zip(measure.bands, palette.BANDS, strict=False):
            drawing.rect(axis(start), y, axis(bound) - axis(start), _HIGH, fill)
            start = bound
        frame = f"M{number(left)} {number(y)}h{number(axis.length)}v{number(_HIGH)}H{number(left)}z"
        drawing.path(frame, stroke=palette.GRID)
        if measure.value is None:
            drawing.rect(left, middle - _BAR / 2, axis.length, _BAR, palette.NO_VALUE)
        else:
            one, other = sorted((axis(0), axis(measure.value)))
            drawing.rect(one, middle - _BAR / 2, other - one, _BAR, _VALUE, palette.WHITE, 0.5)
        if measure.target is not None:
            x = axis(measure.target)
            drawing.line(x, y + 2, x, y + _HIGH - 2, palette.WHITE, 5)
            drawing.line(x, y + 2, x, y + _HIGH - 2, palette.INK, 3)
        for mark in marks:
            drawing.line(axis(mark), y + _HIGH, axis(mark), y + _HIGH + 3, palette.MUTED)
        drawing.axis([(axis(mark), measure.short(mark)) for mark in marks], y + _HIGH + 13)
        drawing.text(WIDTH - 1, baseline(middle, SMALL), text.cut(_end(measure), SMALL, right - 8), anchor="end")


def _title(chart: Bullet, measure: Measure) -> str:
    value = chart.no_value if measure.value is None else measure.show(measure.value)
    said = [f"{chart.value} {value}"]
    if measure.target is not None:
        said.append(f"{chart.target} {measure.show(measure.target)}")
    if measure.value is not None and measure.bands:
        at = sum(bound < measure.value for bound in measure.bands)
        said.append(chart.bands[min(at, len(measure.bands) - 1)])
    return f"{measure.name}：{'，'.join([*said, measure.more] if measure.more else said)}"
