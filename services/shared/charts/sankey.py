"""Sankey diagram: nodes in columns and the flows between them, both as high as their values, on one scale.

Places are whole hundredths of a unit, cut from running sums: the ends of the flows tile the side of their node. The
order in a column is that of least weighted crossings among the orders that sweeps of barycentres come by (Sugiyama,
Tagawa & Toda, 1981), the given order included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.shared.charts import palette, text, words
from services.shared.charts.order import Link, untangled
from services.shared.charts.palette import Fill, Key
from services.shared.charts.svg import SMALL, WIDTH, Drawing, baseline, nothing, number

HUNDREDTHS = 100
LEAST_HEIGHT = 26_000
"""What the highest column's values share, in hundredths of a unit."""
_BETWEEN = 1_600
"""Between two nodes, so that a line of text fits beside each, however thin it is."""
_NODE = 12.0
_SIDE = 150.0
_LINE = 13.0


@dataclass(frozen=True)
class Node:
    """A name, the column that it stands in (from 0), and the place of its state in the chart's keys."""

    name: str
    column: int
    key: int
    link: str | None = None


@dataclass(frozen=True)
class Flow:
    """A value that goes from one node to one in a later column, by place in the chart; `more` follows in its title."""

    source: int
    target: int
    value: int
    more: str = ""


@dataclass(frozen=True)
class Sankey:
    """What to draw. Flows without a positive value cannot be drawn; how many there are, the picture says.

    A node is as high as the greater of what comes in and what goes out. `columns` are the columns' names, if they have
    any; `show` says a value; `ids` starts the drawing's ids.
    """

    title: str
    desc: str
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    keys: tuple[Key, ...]
    columns: tuple[str, ...] = ()
    note: str = ""
    show: words.Show = words.money
    ids: str = ""


@dataclass(frozen=True)
class Span:
    """From and to which height something reaches, in hundredths below the top of the columns."""

    start: int
    end: int


@dataclass(frozen=True)
class Layout:
    """By place in the chart: what the nodes with a value hold and where they stand, where flows leave and arrive."""

    values: dict[int, int]
    nodes: dict[int, Span]
    leaves: dict[int, Span]
    arrives: dict[int, Span]
    height: int


def lay_out(chart: Sankey) -> Layout:
    """The places of all that can be drawn."""
    _check(chart)
    drawn = {at: flow for at, flow in enumerate(chart.flows) if flow.value > 0}
    values = {at: max(_through(drawn, at)) for at in range(len(chart.nodes)) if max(_through(drawn, at))}
    columns = [[at for at in values if chart.nodes[at].column == column] for column in range(_columns(chart))]
    columns = untangled(columns, [Link(flow.source, flow.target, flow.value) for flow in drawn.values()])
    most = max((sum(values[at] for at in column) for column in columns), default=0)
    height = LEAST_HEIGHT + _BETWEEN * max(map(len, columns), default=0)
    nodes: dict[int, Span] = {}
    for column in columns:
        size = LEAST_HEIGHT * sum(values[at] for at in column) // most if most else 0
        top, done = (height - size - _BETWEEN * (len(column) - 1)) // 2, 0
        for place, at in enumerate(column):
            edges = [LEAST_HEIGHT * part // most for part in (done, done + values[at])]
            nodes[at] = Span(*(top + place * _BETWEEN + edge for edge in edges))
            done += values[at]
    leaves = _ends(nodes, values, {at: (flow.source, flow.target, flow.value) for at, flow in drawn.items()})
    arrives = _ends(nodes, values, {at: (flow.target, flow.source, flow.value) for at, flow in drawn.items()})
    return Layout(values, nodes, leaves, arrives, height)


def sankey(chart: Sankey) -> str:
    """The diagram as SVG."""
    layout = lay_out(chart)
    if not layout.nodes:
        return nothing(chart.title, chart.desc, ids=chart.ids)
    drawing = Drawing(chart.title, chart.desc, links=any(node.link for node in chart.nodes), ids=chart.ids)
    used = {chart.nodes[at].key for at in layout.nodes}
    keys = [key for at, key in enumerate(chart.keys) if at in used]
    top = drawing.legend(keys, drawing.heading(chart.title)) + 2
    last = _columns(chart) - 1
    lefts = [_SIDE + (WIDTH - 2 * _SIDE - _NODE) * column / max(last, 1) for column in range(last + 1)]
    top = _draw_columns(drawing, chart.columns, lefts, top)
    for at in layout.leaves:
        _draw_flow(drawing, chart, chart.flows[at], layout.leaves[at], layout.arrives[at], lefts, top)
    for at, span in layout.nodes.items():
        _draw_node(drawing, chart, chart.nodes[at], span, lefts, top, layout.values[at])
    left_out = sum(flow.value <= 0 for flow in chart.flows)
    said = f"{left_out} 条流量不大于零，未画出。" if left_out else ""
    note = " ".join(filter(None, (said, chart.note)))
    return drawing.svg(drawing.note(note, top + layout.height / HUNDREDTHS + 2) + 4)


def _check(chart: Sankey) -> None:
    for flow in chart.flows:
        ends = (flow.source, flow.target)
        if not all(0 <= end < len(chart.nodes) for end in ends):
            raise ValueError("a flow joins two nodes of the chart")
        if chart.nodes[flow.source].column >= chart.nodes[flow.target].column:
            raise ValueError("a flow goes to a later column")


def _columns(chart: Sankey) -> int:
    return max((node.column for node in chart.nodes), default=-1) + 1


def _through(flows: dict[int, Flow], at: int) -> tuple[int, int]:
    """What comes into a node and what goes out of it."""
    found = [flow for flow in flows.values() if flow.value > 0]
    return sum(f.value for f in found if f.target == at), sum(f.value for f in found if f.source == at)


def _ends(nodes: dict[int, Span], values: dict[int, int], ends: dict[int, tuple[int, int, int]]) -> dict[int, Span]:
    """Where the flows end at their nodes: from the top down in the order of the nodes at their other ends."""
    done = dict.fromkeys(nodes, 0)
    found: dict[int, Span] = {}
    for at, (here, _, value) in sorted(ends.items(), key=lambda item: (nodes[item[1][1]].start, item[0])):
        span, start = nodes[here], done[here]
        done[here] += value
        edges = [(span.end - span.start) * part // values[here] for part in (start, done[here])]
        found[at] = Span(*(span.start + edge for edge in edges))
    return found


def _draw_columns(drawing: Drawing, columns: Sequence[str], lefts: Sequence[float], top: float) -> float:
    if not columns:
        return top
    room = min(2 * _SIDE, (WIDTH - 2 * _SIDE) / max(len(lefts) - 1, 1)) - 12
    for column, left in zip(columns, lefts, strict=False):
        drawing.text(left + _NODE / 2, top + 10, text.cut(column, SMALL, room), colour=palette.MUTED, anchor="middle")
    return top + 14


def _draw_flow(
    drawing: Drawing, chart: Sankey, flow: Flow, leaves: Span, arrives: Span, lefts: Sequence[float], top: float
) -> None:
    """A band whose ends are upright and whose middle is an S."""
    source, target = chart.nodes[flow.source], chart.nodes[flow.target]
    x1, x2 = lefts[source.column] + _NODE, lefts[target.column]
    a, b, c, d = (number(top + y / HUNDREDTHS) for y in (leaves.start, leaves.end, arrives.start, arrives.end))
    one, middle, other = number(x1), number((x1 + x2) / 2), number(x2)
    more = f"，{flow.more}" if flow.more else ""
    colour = chart.keys[source.key].fill.colour
    with drawing.mark(f"{source.name} → {target.name}：{chart.show(flow.value)}{more}"):
        drawing.path(
            f"M{one} {a}C{middle} {a} {middle} {c} {other} {c}V{d}C{middle} {d} {middle} {b} {one} {b}Z",
            fill=colour,
            opacity=0.4,
            stroke=palette.INK,
            thick=0.35,
        )


def _draw_node(
    drawing: Drawing, chart: Sankey, node: Node, span: Span, lefts: Sequence[float], top: float, value: int
) -> None:
    """The node, and its name and value beside it: outside at both ends, on a plate over the flows in between."""
    x, y, high = lefts[node.column], top + span.start / HUNDREDTHS, (span.end - span.start) / HUNDREDTHS
    key, said = chart.keys[node.key], chart.show(value)
    first, last = node.column == 0, node.column == len(lefts) - 1
    room = (_SIDE if first or last else min(_SIDE, lefts[1] - lefts[0] - _NODE)) - 10
    lines = _label(node.name, said, room, high)
    with drawing.mark(f"{node.name}：{said}，{key.words}", node.link):
        drawing.rect(x, y, _NODE, max(high, 0.5), key.fill, palette.INK, 0.5)
        middle, size = y + high / 2, max(text.width(line, SMALL) for line in lines)
        if not (first or last):
            drawing.rect(
                x + _NODE + 2, middle - _LINE * len(lines) / 2, size + 5, _LINE * len(lines), Fill(palette.WHITE)
            )
        for at, line in enumerate(lines):
            base = baseline(middle + _LINE * (at - (len(lines) - 1) / 2), SMALL)
            drawing.text(x - 5 if first else x + _NODE + 5, base, line, anchor="end" if first else "start")


def _label(name: str, value: str, room: float, high: float) -> list[str]:
    """Name and value on a line; on two where one is too short and the node and the space below it hold them."""
    whole = f"{text.clean(name)} {value}"
    if text.fits(whole, SMALL, room):
        return [whole]
    if high + _BETWEEN / HUNDREDTHS >= 2 * _LINE:
        return [text.cut(name, SMALL, room), text.cut(value, SMALL, room)]
    short = text.cut(name, SMALL, max(room - text.width(f" {value}", SMALL), 4 * SMALL))
    return [text.cut(f"{short} {value}", SMALL, room)]
