"""Drawings of what nobody should type in, and somebody will."""

from services.shared.charts import (
    SERIES,
    Bar,
    Bars,
    Branch,
    Bullet,
    Cell,
    Flow,
    Heatmap,
    Key,
    Leaf,
    Measure,
    Node,
    Part,
    Point,
    Row,
    Sankey,
    Sparkline,
    Treemap,
    bars,
    bullet,
    heatmap,
    sankey,
    sparkline,
    treemap,
)
from tests.shared.charts.examples import WAN, Example

TEXTS = (
    '<script>alert("1")</script>',
    "A & B &amp; <b>'\"]]>",
    "控\x00制\x08字\x1f符\ufffe\ud800\x85",
    "🚀👩‍👩‍👧‍👦🇨🇳 表情",
    "很长的名称" * 60,
    "W" * 400,
    "",
    "\u202e倒着写\u202c\n换行\t制表",
    "e\u0301" * 100,
)
HUGE = 9_999_999_999_999_999_99
VALUES = (HUGE, -HUGE, 1, 0, None, -1, 5 * WAN, 2, HUGE)
TITLE = "".join(TEXTS)
KEYS = tuple(Key(said, fill) for said, fill in zip(TEXTS, SERIES, strict=False))
PAIRS = tuple(zip(TEXTS, VALUES, strict=True))


def _treemap() -> str:
    leaves = tuple(Leaf(said, said, value, at % 7) for at, (said, value) in enumerate(PAIRS))
    return treemap(Treemap(TITLE, TITLE, tuple(Branch(said, leaves) for said in TEXTS[:3]), KEYS, TITLE))


def _heatmap() -> str:
    cells = tuple(Cell(value, said) for said, value in PAIRS)
    return heatmap(Heatmap(TITLE, TITLE, TEXTS, tuple(Row(said, cells) for said in TEXTS), note=TITLE))


def _sankey() -> str:
    nodes = tuple(Node(said, column, at % 7) for column in range(3) for at, said in enumerate(TEXTS))
    count = len(TEXTS)
    flows = tuple(
        Flow(step * count + at, (step + 1) * count + (at * 5 + step) % count, value or 0, said)
        for step in range(2)
        for at, (said, value) in enumerate(PAIRS)
    )
    return sankey(Sankey(TITLE, TITLE, nodes, flows, KEYS, TEXTS[:3], TITLE))


def _bars() -> str:
    rows = tuple(
        Bar(said, (Part(value, at % 7), Part(VALUES[-at], 1)), VALUES[at - 2]) for at, (said, value) in enumerate(PAIRS)
    )
    return bars(Bars(TITLE, TITLE, rows, KEYS, TITLE, TEXTS[0], TEXTS[1]))


def _sparkline() -> str:
    return sparkline(Sparkline(TITLE, TITLE, tuple(Point(said, value) for said, value in PAIRS)))


def _bullet() -> str:
    measures = tuple(Measure(said, value, VALUES[at - 3], (1, HUGE)) for at, (said, value) in enumerate(PAIRS))
    return bullet(Bullet(TITLE, TITLE, measures, TEXTS[:3], TITLE))


HOSTILE = tuple(
    Example(f"hostile{draw.__name__}", draw) for draw in (_treemap, _heatmap, _sankey, _bars, _sparkline, _bullet)
)
