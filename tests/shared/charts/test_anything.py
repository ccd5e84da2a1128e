"""Whatever the names and the values are, every chart is drawn, can be parsed, and keeps its text apart and on paper."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from tests.shared.charts.drawn import Drawn

Pair = tuple[str, int | None]
NAMES = st.text(max_size=12) | st.text(alphabet="科技创新，（）ab1 <&\"'\x00🚀", max_size=60)
VALUES = st.none() | st.integers(-(10**18), 10**18) | st.integers(-9, 9) | st.just(100_000_000)
PAIRS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=14)
KEYS = tuple(Key(f"状态{at}", fill) for at, fill in enumerate(SERIES))


def a_treemap(pairs: list[Pair]) -> str:
    leaves = tuple(Leaf(name[:5], name, value, at % 7) for at, (name, value) in enumerate(pairs))
    return treemap(Treemap(pairs[0][0], "", (Branch(pairs[0][0], leaves), Branch(pairs[-1][0], leaves[::2])), KEYS))


def a_heatmap(pairs: list[Pair]) -> str:
    names = tuple(name for name, _ in pairs)
    rows = tuple(Row(name, tuple(Cell(value) for _, value in pairs)) for name in names)
    return heatmap(Heatmap(names[0], "", names, rows))


def a_sankey(pairs: list[Pair]) -> str:
    nodes = tuple(Node(name, at % 4, at % 7) for at, (name, _) in enumerate(pairs))
    flows = tuple(
        Flow(at, to, value or 0)
        for at, (_, value) in enumerate(pairs)
        for to in range(len(pairs))
        if at % 4 < to % 4 and (at + to) % 3
    )
    return sankey(Sankey(pairs[0][0], "", nodes, flows, KEYS, tuple(name for name, _ in pairs[:4])))


def some_bars(pairs: list[Pair]) -> str:
    rows = tuple(
        Bar(name, (Part(value, 0), Part(pairs[-at][1], 1)), pairs[at // 2][1]) for at, (name, value) in enumerate(pairs)
    )
    return bars(Bars(pairs[0][0], "", rows, KEYS))


def a_sparkline(pairs: list[Pair]) -> str:
    return sparkline(Sparkline(pairs[0][0], "", tuple(Point(name, value) for name, value in pairs)))


def a_bullet(pairs: list[Pair]) -> str:
    bands = tuple(sorted({value for _, value in pairs if value is not None})[:3])
    measures = tuple(Measure(name, value, pairs[-at][1], bands) for at, (name, value) in enumerate(pairs))
    return bullet(Bullet(pairs[0][0], "", measures, ("甲", "乙", "丙")))


@pytest.mark.parametrize("draw", [a_treemap, a_heatmap, a_sankey, some_bars, a_sparkline, a_bullet])
def test_a_chart_of_anything_can_be_read(draw: Callable[[list[Pair]], str]) -> None:
    @settings(max_examples=60, deadline=None)
    @given(PAIRS)
    def check(pairs: list[Pair]) -> None:
        drawn = Drawn(draw(pairs))
        texts = drawn.texts
        assert all(text.box.left >= -0.01 and text.box.right <= drawn.width + 0.01 for text in texts)
        assert all(text.box.top >= 0 and text.box.bottom <= drawn.height for text in texts)
        assert not [(a, b) for at, a in enumerate(texts) for b in texts[at + 1 :] if a.box.meets(b.box)]
        assert all(text.ground.startswith("#") for text in texts)

    check()
