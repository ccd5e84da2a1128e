"""The sankey diagram: heights are values on one scale, flows tile their nodes' sides, and few of them cross."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.charts import SERIES, Flow, Key, Node, Sankey, sankey
from services.shared.charts.order import Link, crossings, untangled
from services.shared.charts.sankey import LEAST_HEIGHT, Span, lay_out
from tests.shared.charts.drawn import Drawn
from tests.shared.charts.examples import WAN, by_source

KEYS = (Key("状态", SERIES[0]),)
flows = st.lists(
    st.builds(Flow, st.integers(0, 4), st.integers(5, 9), st.integers(0, 10**14))
    | st.builds(Flow, st.integers(5, 9), st.integers(10, 14), st.integers(-3, 10**6))
    | st.builds(Flow, st.integers(0, 4), st.integers(10, 14), st.integers(1, 9)),
    min_size=1,
    max_size=40,
)


def a_sankey(given: list[Flow]) -> Sankey:
    return Sankey("题", "", tuple(Node(f"点{at}", at // 5, 0) for at in range(15)), tuple(given), KEYS)


@given(flows)
def test_nodes_and_flows_are_as_high_as_their_values_on_one_scale(given: list[Flow]) -> None:
    chart = a_sankey(given)
    layout = lay_out(chart)
    drawn = [flow for flow in given if flow.value > 0]
    columns = [sum(value for at, value in layout.values.items() if at // 5 == column) for column in range(3)]
    most = max(columns)
    for at, span in layout.nodes.items():
        into = sum(flow.value for flow in drawn if flow.target == at)
        out = sum(flow.value for flow in drawn if flow.source == at)
        assert layout.values[at] == max(into, out) > 0
        assert abs((span.end - span.start) * most - LEAST_HEIGHT * layout.values[at]) <= most
    for ends in (layout.leaves, layout.arrives):
        assert set(ends) == {at for at, flow in enumerate(given) if flow.value > 0}
        for at, span in ends.items():
            assert abs((span.end - span.start) * most - LEAST_HEIGHT * given[at].value) <= 2 * most


@given(flows)
def test_the_flows_tile_the_side_of_their_node_from_its_top(given: list[Flow]) -> None:
    layout = lay_out(a_sankey(given))
    for ends, end in ((layout.leaves, "source"), (layout.arrives, "target")):
        for node, span in layout.nodes.items():
            here = [at for at in ends if getattr(given[at], end) == node]
            spans = sorted((ends[at] for at in here), key=lambda one: (one.start, one.end))
            edges = [span.start, *(one.end for one in spans)]
            assert [one.start for one in spans] == edges[: len(spans)]
            total = sum(given[at].value for at in here)
            assert edges[-1] <= span.end
            if total == layout.values[node]:
                assert edges[-1] == span.end


@given(flows)
def test_nodes_of_a_column_stand_apart_and_inside(given: list[Flow]) -> None:
    layout = lay_out(a_sankey(given))
    for column in range(3):
        spans = sorted((span for at, span in layout.nodes.items() if at // 5 == column), key=lambda one: one.start)
        assert all(one.end + 1_600 <= other.start for one, other in pairwise(spans))
        assert all(0 <= span.start <= span.end <= layout.height for span in spans)


@given(flows)
def test_ordering_never_makes_more_crossings_and_keeps_every_node(given: list[Flow]) -> None:
    columns = [list(range(start, start + 5)) for start in (0, 5, 10)]
    links = [Link(flow.source, flow.target, abs(flow.value) + 1) for flow in given]
    ordered = untangled(columns, links)
    assert crossings(ordered, links) <= crossings(columns, links)
    assert [sorted(column) for column in ordered] == columns


def test_what_can_be_drawn_without_a_crossing_is() -> None:
    links = [Link(0, 5, 1), Link(1, 4, 1), Link(2, 3, 1), Link(3, 6, 1), Link(4, 7, 1), Link(5, 8, 1)]
    columns = [[0, 1, 2], [3, 4, 5], [7, 6, 8]]
    assert crossings(columns, links) > 0
    assert crossings(untangled(columns, links), links) == 0


def test_a_diagram_is_drawn_in_the_order_without_crossings() -> None:
    nodes = lay_out(a_sankey([Flow(0, 6, 9), Flow(1, 5, 9)])).nodes
    assert (nodes[0].start < nodes[1].start) == (nodes[6].start < nodes[5].start)


def test_a_crossing_counts_the_product_of_its_weights() -> None:
    assert crossings([[0, 1], [2, 3]], [Link(0, 3, 5), Link(1, 2, 7), Link(0, 2, 100)]) == 35


def test_flows_that_cannot_be_drawn_are_counted_in_the_picture() -> None:
    chart = a_sankey([Flow(0, 5, 10 * WAN), Flow(1, 5, 0), Flow(2, 6, -WAN)])
    drawn = Drawn(sankey(chart))
    assert drawn.says("2 条流量不大于零，未画出")
    assert drawn.titles == ["点0 → 点5：10万元", "点0：10万元，状态", "点5：10万元，状态"]
    assert lay_out(chart).leaves.keys() == {0}


@pytest.mark.parametrize("flow", [Flow(0, 1, 5), Flow(5, 0, 5), Flow(0, 15, 5), Flow(-1, 5, 5)])
def test_a_flow_that_does_not_go_forward_between_two_nodes_is_refused(flow: Flow) -> None:
    with pytest.raises(ValueError, match=r"later column|two nodes"):
        sankey(a_sankey([flow]))


def test_names_that_are_too_long_for_a_line_have_their_value_on_a_second() -> None:
    drawn = Drawn(sankey(by_source()))
    assert drawn.says("五、打造发展新动能，形成高") and not drawn.says("打造发展新动能，形成高端产业策源")
    assert lay_out(by_source()).nodes[4] != Span(0, 0)
