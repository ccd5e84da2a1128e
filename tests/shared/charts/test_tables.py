"""Heatmap, bars, sparkline and bullet: what is zero, what is missing and what is below zero can be told apart."""

from dataclasses import replace

import pytest

from services.shared.charts import (
    SERIES,
    Bar,
    Bars,
    Bullet,
    Cell,
    Heatmap,
    Key,
    Measure,
    Part,
    Point,
    Row,
    Sparkline,
    bars,
    bullet,
    heatmap,
    palette,
    sparkline,
    words,
)
from services.shared.charts.bars import gap, total
from services.shared.charts.heatmap import step_of
from services.shared.charts.sparkline import runs
from tests.shared.charts.drawn import SVG, Box, Drawn, box_of
from tests.shared.charts.examples import WAN

KEYS = (Key("已立项", SERIES[0]), Key("意向", SERIES[1]))


def a_heatmap(*values: int | None, bounds: tuple[int, ...] | None = None) -> Drawn:
    columns = tuple(f"{2020 + at}" for at in range(len(values)))
    return Drawn(heatmap(Heatmap("题", "", columns, (Row("任务", tuple(map(Cell, values))),), bounds)))


def fills(drawn: Drawn) -> list[str]:
    return [mark.findall(f"{SVG}rect")[0].attrib["fill"] for mark in drawn.each("g")]


def test_a_cell_without_a_value_is_hatched_and_shows_a_dash_and_zero_shows_zero() -> None:
    drawn = a_heatmap(None, 0, -WAN, 3 * WAN, bounds=(2 * WAN,))
    none, zero, negative, positive = fills(drawn)
    assert none.startswith("url(#") and negative.startswith("url(#") and none != negative
    assert (zero, positive) == (palette.WHITE, palette.RAMP[1].colour)
    assert [text.said for text in drawn.texts][-4:] == ["—", "0", "−1", "3"]
    assert drawn.titles == ["任务，2020：无数值", "任务，2021：0万元", "任务，2022：−1万元", "任务，2023：3万元"]
    assert all(drawn.says(said) for said in ("— 无数值", "小于 0", "至 2万元", "大于 2万元"))


def test_the_legend_leaves_out_what_does_not_occur() -> None:
    drawn = a_heatmap(3 * WAN, 4 * WAN, bounds=(2 * WAN,))
    assert not any(drawn.says(said) for said in ("无数值", "小于 0"))
    assert not a_heatmap(None, None).says("大于")


def test_a_value_on_a_bound_is_in_the_step_below() -> None:
    assert [step_of(value, (10, 20)) for value in (1, 10, 11, 20, 21)] == [0, 0, 1, 1, 2]


def test_a_value_that_does_not_fit_its_cell_is_in_its_title_only() -> None:
    drawn = a_heatmap(*[123_456_789_00] * 40)
    assert not drawn.says("12,345.68") and "任务，2020：12,345.68万元" in drawn.titles


@pytest.mark.parametrize("bounds", [(1, 2, 3, 4, 5), (2, 1), (0, 1), (1, 1)])
def test_bounds_that_are_no_steps_are_refused(bounds: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="bounds"):
        a_heatmap(1, bounds=bounds)


def test_a_row_with_other_than_a_cell_for_each_column_is_refused() -> None:
    with pytest.raises(ValueError, match="cell for each column"):
        heatmap(Heatmap("题", "", ("一", "二"), (Row("行", (Cell(1),)),)))


def a_bar(*parts: int | None, target: int | None = None) -> Bar:
    return Bar("任务", tuple(Part(value, at) for at, value in enumerate(parts)), target)


def boxes(bar: Bar) -> list[Box]:
    return [box_of(rect) for rect in Drawn(bars(Bars("题", "", (bar,), KEYS))).each("g")[0].findall(f"{SVG}rect")]


def test_parts_are_stacked_in_proportion_and_the_gap_reaches_the_target() -> None:
    first, second, missing = boxes(a_bar(200, 100, target=400))
    widths = [box.right - box.left for box in (first, second, missing)]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.02) and widths[1] == pytest.approx(widths[2], abs=0.02)
    assert first.right == pytest.approx(second.left, abs=0.02)
    assert second.right == pytest.approx(missing.left, abs=0.02)


def test_a_part_below_zero_is_drawn_to_the_left_of_zero() -> None:
    above, below = boxes(a_bar(200, -100))
    assert below.right == pytest.approx(above.left, abs=0.01) and below.left < below.right


def test_less_than_nothing_is_no_gap_where_there_is_no_target() -> None:
    drawn = Drawn(bars(Bars("题", "", (a_bar(-100), a_bar(200)), KEYS)))
    assert gap(a_bar(-100)) == 0 and not drawn.says("缺口")


def test_a_bar_says_its_parts_its_target_and_its_gap_and_a_dash_where_nobody_said_a_value() -> None:
    chart = Bars("题", "", (a_bar(2 * WAN, None, target=5 * WAN), a_bar(None), a_bar(0)), KEYS)
    drawn = Drawn(bars(chart))
    assert drawn.titles == [
        "任务：已立项 2万元，意向 —，目标 5万元，缺口 3万元",
        "任务：已立项 —",
        "任务：已立项 0万元",
    ]
    assert [text.said for text in drawn.texts if "/" in text.said or text.said in "—0万元"][-3:] == [
        "2万元 / 5万元",
        "—",
        "0万元",
    ]
    assert Drawn(bars(replace(chart, gap="尚缺"))).says("尚缺")


def test_a_gap_is_never_less_than_nothing_and_needs_a_target() -> None:
    assert [gap(bar) for bar in (a_bar(5, target=3), a_bar(5), a_bar(None, target=3), a_bar(1, 1, target=3))] == [
        0,
        0,
        3,
        1,
    ]
    assert [total(bar) for bar in (a_bar(None, None), a_bar(None, 0), a_bar(2, -3))] == [None, 0, -1]


def a_line(*values: int | None) -> Sparkline:
    points = tuple(Point(f"{2016 + at}", value) for at, value in enumerate(values))
    return Sparkline("题", "", points, show=words.number)


def test_a_line_is_broken_where_a_value_is_missing() -> None:
    chart = a_line(None, 1, 2, None, 5, None, None, 3, 3)
    assert runs(chart.points) == [[(1, 1), (2, 2)], [(4, 5)], [(7, 3), (8, 3)]]
    drawn = Drawn(sparkline(chart))
    lines = [path for path in drawn.each("path") if path.attrib.get("stroke") == palette.BLUE]
    assert [line.attrib["d"].count("L") for line in lines] == [1, 0, 1]
    assert len(drawn.each("circle")) == 5
    assert "2016：无数值" in drawn.titles and "2017：1" in drawn.titles


def test_first_last_least_and_greatest_are_written_once() -> None:
    said = [text.said for text in Drawn(sparkline(a_line(5, 1, 9, 6))).texts]
    assert sorted(said) == sorted(["题", "5", "6", "最高 9", "最低 1", "2016", "2019"])
    assert [text.said for text in Drawn(sparkline(a_line(4, 4))).texts] == ["题", "4", "4", "2016", "2017"]
    assert Drawn(sparkline(a_line(7))).says("7") and Drawn(sparkline(a_line(None))).says("无数据")


def test_a_greater_value_stands_higher() -> None:
    dots = [float(dot.attrib["cy"]) for dot in Drawn(sparkline(a_line(5, 1, 9, 6))).each("circle")]
    assert dots[2] < dots[3] < dots[0] < dots[1]


def a_bullet(*measures: Measure) -> Drawn:
    return Drawn(bullet(Bullet("题", "", measures, ("偏低", "接近", "达到"))))


def test_a_measure_says_its_value_its_target_and_its_band() -> None:
    bands = (20, 40, 60)
    drawn = a_bullet(
        *(Measure("专利", value, 40, bands, show=words.number) for value in (20, 21, 60, 99)),
        Measure("专利", None, 40, bands, show=words.number),
        Measure("专利", 0, show=words.number),
    )
    assert drawn.titles == [
        "专利：实际值 20，目标值 40，偏低",
        "专利：实际值 21，目标值 40，接近",
        "专利：实际值 60，目标值 40，达到",
        "专利：实际值 99，目标值 40，达到",
        "专利：实际值 无数值，目标值 40",
        "专利：实际值 0",
    ]
    assert drawn.says("— / 40") and drawn.says("目标值（竖线）") and drawn.says("— 无数值")


def test_bar_and_bands_are_on_one_scale_from_zero() -> None:
    drawn = a_bullet(Measure("专利", 30, None, (20, 40, 60), show=words.number, short=words.number))
    first, second, third, bar = [box_of(rect) for rect in drawn.each("g")[0].findall(f"{SVG}rect")]
    assert first.left == bar.left
    assert bar.right == pytest.approx((second.left + second.right) / 2, abs=0.02)
    assert third.right == pytest.approx(first.left + 3 * (first.right - first.left), abs=0.02)


@pytest.mark.parametrize("bands", [(3, 2), (1, 1), (1, 2, 3, 4)])
def test_bands_that_do_not_ascend_or_have_no_words_are_refused(bands: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="band"):
        a_bullet(Measure("专利", 1, bands=bands))
