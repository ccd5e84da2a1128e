"""Text stays in its box, on one line or several, whatever it is; values in words; the marks of an axis."""

import re
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.charts import scale, text, words

ANY = st.text(max_size=60) | st.text(alphabet="科技创新，。（）“”abc 12-._W🚀\u0301\u200d\x00\ud800\ufffe", max_size=60)
SIZES = st.sampled_from([10.0, 11.0, 14.0])
WIDE = st.floats(0, 300)


def test_chinese_characters_are_an_em_wide_and_digits_rather_more_than_half_of_one() -> None:
    assert text.width("科技", 10) == 20
    assert text.width("2026", 10) == 22.4
    assert text.width("e\u0301\ufe0f", 10) == text.width("e", 10)
    assert text.width("a", 10, bold=True) > text.width("a", 10)


@given(ANY, SIZES, WIDE, st.booleans())
def test_cut_text_fits_and_is_a_start_of_the_text(said: str, size: float, wide: float, bold: bool) -> None:
    short = text.cut(said, size, wide, bold)
    assert text.fits(short, size, wide, bold)
    clean = text.clean(said)
    assert short == clean or short == "" or (short.endswith("…") and clean.startswith(short[:-1]))
    if text.fits(clean, size, wide, bold):
        assert short == clean


def test_cutting_takes_no_letter_and_no_picture_apart() -> None:
    assert text.cut("e\u0301" * 20, 10, 25) == "e\u0301e\u0301…"
    assert [text.cut("👩\u200d👧" * 9, 10, wide) for wide in (40, 55)] == ["👩\u200d👧…", "👩\u200d👧…"]


@given(ANY, SIZES, WIDE, st.integers(0, 5))
def test_wrapped_lines_fit_and_together_are_the_text_or_a_start_of_it(
    said: str, size: float, wide: float, lines: int
) -> None:
    found = text.wrap(said, size, wide, lines)
    assert len(found) <= lines
    assert all(line and text.fits(line, size, wide) for line in found)
    whole, shown = re.sub(r"\s", "", text.clean(said)), re.sub(r"\s", "", "".join(found))
    assert shown == whole or whole.startswith(shown.removesuffix("…"))


def test_lines_break_between_characters_and_latin_words_but_not_before_a_full_stop() -> None:
    assert text.wrap("建设世界级大科学设施集群", 10, 60, 3) == ["建设世界级大", "科学设施集群"]
    assert text.wrap("面向 Machine Learning 平台", 10, 50, 4) == ["面向", "Machine", "Learning", "平台"]
    assert text.wrap("加快先行，先试。", 10, 40, 3) == ["加快先", "行，先", "试。"]
    assert text.wrap("推进（一）建设", 10, 30, 4) == ["推进", "（一）", "建设"]
    assert text.wrap("科技创新中心建设", 10, 40, 1) == ["科技创…"]
    assert text.wrap("W" * 8, 10, 30, 3) == ["WWW", "WWW", "WW"]


def test_what_xml_forbids_and_what_turns_text_around_is_dropped() -> None:
    assert text.clean("a\x00b\x1fc\ufffed\ud800e\x85f") == "a b c d e f"
    assert text.clean("\u202e倒着\u2066写\ufeff") == "倒着写"
    assert text.clean("  一\r\n\t二  ") == "一 二"
    assert text.clean("𠮷🚀") == "𠮷🚀"


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "0"),
        (1_000_000, "1"),
        (123_456_789_00, "12,345.68"),
        (1_500_000, "1.5"),
        (-35_000_000, "−35"),
        (1_005_000, "1"),
        (1_015_000, "1.02"),
        (5_000, "<0.01"),
        (5_001, "0.01"),
        (-1, ">−0.01"),
        (999_999_99 * 10_000, "999,999.99"),
    ],
)
def test_money_is_said_in_ten_thousands(fen: int, said: str) -> None:
    assert words.wan(fen) == said
    assert words.money(fen) == f"{said}万元"


@given(st.integers(-(10**18), 10**18))
def test_money_in_words_is_rounded_half_to_even_as_decimals_are(fen: int) -> None:
    exact = (Decimal(fen) / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    said = words.wan(fen)
    if "0.01" in said and said[0] in "<>":
        assert exact == 0 and fen
    else:
        assert Decimal(said.replace(",", "").replace("−", "-")) == exact


def test_numbers_rates_and_what_nobody_said_have_words() -> None:
    assert [words.number(value) for value in (0, 1234567, -1000)] == ["0", "1,234,567", "−1,000"]
    assert [words.percent(value) for value in (0, 1250, 10000, -5, 123456)] == [
        "0%",
        "12.5%",
        "100%",
        "−0.05%",
        "1,234.56%",
    ]
    assert [words.said(words.number, value) for value in (None, 0)] == ["—", "0"]


@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18), st.integers(1, 8))
def test_the_marks_of_an_axis_are_round_and_enclose_the_values_and_zero(one: int, other: int, most: int) -> None:
    low, high = sorted((one, other))
    marks = scale.ticks(low, high, most)
    assert marks[0] <= low and marks[-1] >= high and 0 in marks
    assert 2 <= len(marks) <= most + 3
    step = marks[1] - marks[0]
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert marks == list(range(marks[0], marks[-1] + 1, step))


@given(st.lists(st.integers(-5, 10**12), max_size=80), st.integers(2, 6))
def test_the_bounds_of_classes_are_round_ascending_and_leave_the_last_class_something(
    values: list[int], classes: int
) -> None:
    bounds = scale.bounds(values, classes)
    assert len(bounds) < classes and list(bounds) == sorted(set(bounds))
    assert all(str(bound).rstrip("0") in {"1", "2", "5"} for bound in bounds)
    assert all(0 < bound < max(values) for bound in bounds)
