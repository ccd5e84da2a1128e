"""Treemap of two levels: branches, and in each its leaves; area is size, the fill says what state a leaf is in.

Squarified (Bruls, Huizing & van Wijk, "Squarified Treemaps", 2000) on whole hundredths of a unit: neighbours share
their edges exactly, so the rectangles tile the area with neither gap nor overlap, on every machine the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from services.shared.charts import palette, text, words
from services.shared.charts.palette import Fill, Key
from services.shared.charts.svg import NORMAL, SMALL, WIDTH, Drawing, baseline, nothing

HUNDREDTHS = 100
HEIGHT = 420
LEAST_PART = 250
_HEAD = 16.0
_LINE = 13.0


@dataclass(frozen=True)
class Leaf:
    """A task: a short code, its name, its value (None: nobody said one), and the place of its state in the keys."""

    code: str
    name: str
    value: int | None
    key: int
    link: str | None = None


@dataclass(frozen=True)
class Branch:
    """A chapter with its leaves, in the order of the plan."""

    name: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Treemap:
    """What to draw. `show` prints a value; with `equal` every leaf has the same area whatever its value.

    So that what has little or no value can be seen, no leaf's size is under 1/250 of all; where that enlarges one, the
    picture says so. A negative value, and what has none, is drawn at that size. `ids` starts the drawing's ids.
    """

    title: str
    desc: str
    branches: tuple[Branch, ...]
    keys: tuple[Key, ...]
    note: str = ""
    equal: bool = False
    show: words.Show = words.money
    ids: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle in whole hundredths of a unit."""

    x: int
    y: int
    width: int
    height: int


def squarify(sizes: Sequence[int], area: Box) -> list[Box]:
    """A box for each positive size, in the given order: together they tile the area, each in proportion to its size."""
    boxes = [area] * len(sizes)
    order = sorted(range(len(sizes)), key=lambda i: (-sizes[i], i))
    rest, left = area, sum(sizes)
    while order:
        taken = _row(order, sizes, rest, left)
        row, order = order[:taken], order[taken:]
        inside = sum(sizes[i] for i in row)
        upright = rest.width >= rest.height
        strip, rest = _slice(rest, inside, left)
        for i, box in zip(row, _share_out([sizes[i] for i in row], strip, upright), strict=True):
            boxes[i] = box
        left -= inside
    return boxes


def treemap(chart: Treemap) -> str:
    """The treemap as SVG."""
    branches = tuple(branch for branch in chart.branches if branch.leaves)
    if not branches:
        return nothing(chart.title, chart.desc, ids=chart.ids)
    links = any(leaf.link for branch in branches for leaf in branch.leaves)
    drawing = Drawing(chart.title, chart.desc, links=links, ids=chart.ids)
    top = drawing.legend(_used(chart.keys, branches), drawing.heading(chart.title)) + 2
    values = [leaf.value or 0 for branch in branches for leaf in branch.leaves]
    sizes, enlarged = _sizes([1] * len(values) if chart.equal else values)
    area = Box(0, round(top * HUNDREDTHS), WIDTH * HUNDREDTHS, HEIGHT * HUNDREDTHS)
    parts, at = [], 0
    for branch in branches:
        parts.append(sizes[at : at + len(branch.leaves)])
        at += len(branch.leaves)
    for branch, part, box in zip(branches, parts, squarify([sum(part) for part in parts], area), strict=True):
        _draw_branch(drawing, chart, branch, part, box)
    said = f"面积过小的 {enlarged} 块按最小面积画出，数值以文字为准。" if enlarged else ""
    bottom = drawing.note(" ".join(filter(None, (said, chart.note))), top + HEIGHT + 4)
    return drawing.svg(bottom + 2)


def _row(order: Sequence[int], sizes: Sequence[int], rest: Box, left: int) -> int:
    """How many of the next sizes make the squarest row along the shorter side of what is left."""
    short, long = sorted((rest.width, rest.height))
    if short == 0:
        return len(order)
    largest, badness = sizes[order[0]], float("inf")
    for at, inside in enumerate(accumulate(sizes[i] for i in order)):
        ratios = (long * inside * inside / (left * short * size) for size in (largest, sizes[order[at]]))
        following = max(max(ratio, 1 / ratio) for ratio in ratios)
        if following > badness:
            return at
        badness = following
    return len(order)


def _slice(rest: Box, inside: int, left: int) -> tuple[Box, Box]:
    """Cut a strip off along the shorter side: the strip, and what is left."""
    if rest.width >= rest.height:
        wide = rest.width * inside // left
        return (
            Box(rest.x, rest.y, wide, rest.height),
            Box(rest.x + wide, rest.y, rest.width - wide, rest.height),
        )
    high = rest.height * inside // left
    return Box(rest.x, rest.y, rest.width, high), Box(rest.x, rest.y + high, rest.width, rest.height - high)


def _share_out(row: Sequence[int], strip: Box, upright: bool) -> list[Box]:
    """The boxes of one row, edge to edge along its strip."""
    length, total = (strip.height if upright else strip.width), sum(row)
    edges = [length * part // total for part in accumulate(row, initial=0)]
    if upright:
        return [Box(strip.x, strip.y + a, strip.width, b - a) for a, b in pairwise(edges)]
    return [Box(strip.x + a, strip.y, b - a, strip.height) for a, b in pairwise(edges)]


def _sizes(values: Sequence[int]) -> tuple[list[int], int]:
    """Positive sizes, and how many were enlarged to be seen."""
    total = sum(value for value in values if value > 0)
    if total == 0:
        return [1] * len(values), len(values)
    scaled = [value * LEAST_PART for value in values]
    return [max(value, total) for value in scaled], sum(value < total for value in scaled)


def _used(keys: tuple[Key, ...], branches: tuple[Branch, ...]) -> tuple[Key, ...]:
    used = {leaf.key for branch in branches for leaf in branch.leaves}
    return tuple(key for at, key in enumerate(keys) if at in used)


def _draw_branch(drawing: Drawing, chart: Treemap, branch: Branch, sizes: Sequence[int], box: Box) -> None:
    """The branch: its name on a strip where there is room for one, its leaves below."""
    x, y, wide, high = (part / HUNDREDTHS for part in (box.x, box.y, box.width, box.height))
    head = _HEAD if high >= 3 * _HEAD and wide >= 40 else 0.0
    total = chart.show(sum(leaf.value or 0 for leaf in branch.leaves))
    with drawing.mark(f"{branch.name}：{total}"):
        drawing.rect(x, y, wide, high, Fill(palette.INK))
        if head:
            _draw_head(drawing, branch.name, total, x, y, wide)
    strip = round(head * HUNDREDTHS)
    inner = Box(box.x, box.y + strip, box.width, box.height - strip)
    for leaf, place in zip(branch.leaves, squarify(sizes, inner), strict=True):
        _draw_leaf(drawing, chart, branch, leaf, place)
    drawing.path(
        f"M{x:.2f} {y:.2f}h{wide:.2f}v{high:.2f}h{-wide:.2f}z", stroke=palette.INK, thick=2 if len(sizes) > 1 else 1
    )


def _draw_head(drawing: Drawing, name: str, total: str, x: float, y: float, wide: float) -> None:
    room = wide - 10
    beside = text.width(total, SMALL)
    if text.width(name, SMALL) + beside + 8 <= room:
        drawing.text(x + wide - 5, baseline(y + _HEAD / 2, SMALL), total, colour=palette.WHITE, anchor="end")
    drawing.text(x + 5, baseline(y + _HEAD / 2, SMALL), text.cut(name, SMALL, room), colour=palette.WHITE)


def _draw_leaf(drawing: Drawing, chart: Treemap, branch: Branch, leaf: Leaf, box: Box) -> None:
    x, y, wide, high = (part / HUNDREDTHS for part in (box.x, box.y, box.width, box.height))
    key = chart.keys[leaf.key]
    with drawing.mark(
        f"{leaf.code} {leaf.name}：{words.said(chart.show, leaf.value)}，{key.words}（{branch.name}）", leaf.link
    ):
        drawing.rect(x, y, wide, high, key.fill, palette.WHITE, 1)
        lines = _leaf_lines(leaf, words.said(chart.show, leaf.value), wide - 7, high - 4)
        if not lines:
            return
        ink = palette.ink_on(key.fill.colour)
        if key.fill.hatch is not palette.Hatch.PLAIN:
            widest = max(text.width(line, size, bold=at == 0) for at, (line, size) in enumerate(lines))
            drawing.rect(x + 0.5, y + 0.5, widest + 5, _LINE * len(lines) + 3, Fill(key.fill.colour))
        for at, (line, size) in enumerate(lines):
            drawing.text(x + 3.5, y + 12 + _LINE * at, line, size=size, colour=ink, bold=at == 0)


def _leaf_lines(leaf: Leaf, value: str, wide: float, high: float) -> list[tuple[str, float]]:
    """What can be read inside: the code; then the name over as many lines as there are; the value if it fits whole."""
    room = int(high / _LINE)
    if room < 1 or not text.fits(text.clean(leaf.code), NORMAL, wide, bold=True):
        return []
    lines = [(text.clean(leaf.code), NORMAL)]
    shows_value = room >= 3 and text.fits(value, SMALL, wide)
    free = room - 1 - shows_value
    if free > 0 and wide >= 36:
        lines += [(line, SMALL) for line in text.wrap(leaf.name, SMALL, wide, min(free, 4))]
    return [*lines, (value, SMALL)] if shows_value else lines
