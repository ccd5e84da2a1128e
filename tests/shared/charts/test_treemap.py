"""The treemap: boxes tile the area in proportion to their sizes, and what stands in a box stays in it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.charts import SERIES, Branch, Key, Leaf, Treemap, treemap
from services.shared.charts.treemap import Box, squarify
from tests.shared.charts.drawn import SVG, Drawn, box_of
from tests.shared.charts.examples import WAN, by_chapter, striped

SIZES = st.lists(st.integers(1, 10**15) | st.integers(1, 20), min_size=1, max_size=60)
AREAS = st.builds(Box, st.integers(0, 99), st.integers(0, 99), st.integers(1, 72_000), st.integers(1, 42_000))


def overlaps(one: Box, other: Box) -> bool:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across > 0 and down > 0


@given(SIZES, AREAS)
def test_boxes_tile_the_area_without_gap_or_overlap(sizes: list[int], area: Box) -> None:
    boxes = squarify(sizes, area)
    assert len(boxes) == len(sizes)
    assert all(area.x <= box.x and box.x + box.width <= area.x + area.width for box in boxes)
    assert all(area.y <= box.y and box.y + box.height <= area.y + area.height for box in boxes)
    assert all(box.width >= 0 and box.height >= 0 for box in boxes)
    assert not [(a, b) for at, a in enumerate(boxes) for b in boxes[at + 1 :] if overlaps(a, b)]
    assert sum(box.width * box.height for box in boxes) == area.width * area.height


@given(st.lists(st.integers(50, 1000), min_size=1, max_size=30))
def test_a_box_is_as_large_as_its_size_says_but_for_the_rounding_of_its_edges(sizes: list[int]) -> None:
    area = Box(0, 0, 72_000, 42_000)
    for size, box in zip(sizes, squarify(sizes, area), strict=True):
        exact = Fraction(size * area.width * area.height, sum(sizes))
        assert abs(box.width * box.height - exact) <= 4 * (box.width + box.height)


def test_the_worked_example_of_the_paper_comes_out_as_printed() -> None:
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 600, 400))
    assert [(box.width, box.height) for box in boxes[:4]] == [(300, 200), (300, 200), (171, 233), (129, 233)]
    assert [(box.x, box.y) for box in boxes[:4]] == [(0, 0), (0, 200), (300, 0), (471, 0)]


@pytest.mark.parametrize("chart", [by_chapter(), by_chapter(equal=True), striped()], ids=["value", "equal", "striped"])
def test_what_is_written_in_a_leaf_stays_in_its_box(chart: Treemap) -> None:
    written = 0
    for mark in Drawn(treemap(chart)).each("g"):
        box = box_of(mark.findall(f"{SVG}rect")[0])
        inner = [element for element in mark if element.tag != f"{SVG}title"]
        alone = Drawn(f'<svg xmlns="{SVG[1:-1]}" viewBox="0 0 720 500"/>')
        alone.root.extend(inner)
        for text in alone.texts:
            written += 1
            assert box.left <= text.box.left and text.box.right <= box.right, text
            assert box.top <= text.box.top and text.box.bottom <= box.bottom, text
        for rect in mark.findall(f"{SVG}rect"):
            plate = box_of(rect)
            assert box.left <= plate.left and plate.right <= box.right and plate.bottom <= box.bottom
    assert written > 10


def test_a_leaf_says_its_name_its_value_its_state_and_its_branch() -> None:
    leaf = Leaf("3.10", "凸显辐射带动能力", 150 * WAN, 0, "/tasks/3.10")
    drawn = Drawn(
        treemap(
            Treemap("题", "", (Branch("三、生态", (leaf, Leaf("3.2", "创新", None, 0))),), (Key("在研", SERIES[0]),))
        )
    )
    assert "3.10 凸显辐射带动能力：150万元，在研（三、生态）" in drawn.titles
    assert "3.2 创新：—，在研（三、生态）" in drawn.titles
    assert [link.attrib["href"] for link in drawn.each("a")] == ["/tasks/3.10"]


def test_what_is_too_small_to_be_seen_is_enlarged_and_the_picture_says_so() -> None:
    leaves = (Leaf("1", "大", 10**12, 0), Leaf("2", "小", 1, 0), Leaf("3", "零", 0, 0), Leaf("4", "负", -5, 0))
    drawn = Drawn(treemap(Treemap("题", "", (Branch("章", leaves),), (Key("在研", SERIES[0]),))))
    assert drawn.says("面积过小的 3 块")
    boxes = [box_of(mark.findall(f"{SVG}rect")[0]) for mark in drawn.each("g")[1:]]
    assert all((box.right - box.left) * (box.bottom - box.top) > 1000 for box in boxes)


def test_only_the_keys_that_occur_are_in_the_legend() -> None:
    keys = (Key("在研", SERIES[0]), Key("终止", SERIES[1]))
    drawn = Drawn(treemap(Treemap("题", "", (Branch("章", (Leaf("1", "一", 1, 1),)), Branch("空", ())), keys)))
    assert drawn.says("终止") and not drawn.says("在研") and not drawn.says("空")
