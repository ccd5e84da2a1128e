"""Crosswalks between editions: what holds of them, and that they keep totals."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog import rules
from services.catalog.contract import (
    CrosswalkKind,
    CrosswalkRow,
    PlanDocument,
    as_json,
    backward,
    composed,
    forward,
    percent_text,
)
from tests.builders import a_plan

UNITS = 100_000_000
"""How many millionths of a percent a whole is."""


@st.composite
def crosswalks(draw: st.DrawFn, sources: str = "a", successors: str = "b") -> list[CrosswalkRow]:
    """Rows of up to five nodes into up to five others; some retire in part or whole."""
    rows = []
    targets: list[str | None] = [None, *(f"{successors}{i}" for i in range(draw(st.integers(1, 5))))]
    for i in range(draw(st.integers(1, 5))):
        to = draw(st.lists(st.sampled_from(targets), min_size=1, unique=True))
        cuts = sorted(draw(st.sets(st.integers(1, UNITS - 1), min_size=len(to) - 1, max_size=len(to) - 1)))
        bounds = [0, *cuts, UNITS]
        for code, start, end in zip(to, bounds, bounds[1:], strict=False):
            weight = Decimal(end - start).scaleb(-6)
            kind: CrosswalkKind = "retired" if code is None else "split"
            rows.append(CrosswalkRow(from_code=f"{sources}{i}", to_code=code, weight=weight, kind=kind))
    return rows


def carried(amounts: dict[str, int], parts: dict[str, dict[str | None, Fraction]]) -> dict[str | None, Fraction]:
    found: dict[str | None, Fraction] = {}
    for code, amount in amounts.items():
        for to, part in parts[code].items():
            found[to] = found.get(to, Fraction(0)) + amount * part
    return found


@given(crosswalks(), st.data())
def test_totals_are_kept_exactly_forward_and_back(rows: list[CrosswalkRow], data: st.DataObject) -> None:
    later = [f"b{i}" for i in range(6)]
    for parts in (forward(rows), backward(rows, later)):
        amounts = {code: data.draw(st.integers(-(10**18), 10**18)) for code in parts}
        assert sum(carried(amounts, parts).values()) == sum(amounts.values())


@given(crosswalks(), crosswalks("b", "c"), st.integers(1, 10**18))
def test_two_crosswalks_after_each_other_keep_totals(
    first: list[CrosswalkRow], second: list[CrosswalkRow], amount: int
) -> None:
    both = composed(forward(first), forward(second))
    assert both.keys() == forward(first).keys()
    assert all(sum(parts.values()) * amount == amount for parts in both.values())


@given(st.fractions(0, 1))
def test_a_weight_reads_back_exactly_as_a_decimal_or_a_fraction(part: Fraction) -> None:
    text = percent_text(part)
    assert Fraction(text) == part * 100
    assert ("/" in text) == (10**8 % part.denominator != 0)


def later_plan(**differing: Any) -> PlanDocument:
    """4.1 keeps its place; 4.8 is renamed 4.9; 5.1 is split into 5.2 and 5.3; 5.10 is gone into 4.1."""
    nodes = [node for node in as_json(a_plan())["nodes"] if node["code"] not in {"4.8", "5.1", "5.10", "5.10-m1"}]
    nodes += [
        {"code": code, "level": "task", "title": title, "parent": code[0]}
        for code, title in (("4.9", "材料基因工程"), ("5.2", "智能制造"), ("5.3", "系统集成"))
    ]
    return a_plan(nodes=nodes, **differing)


def row(from_code: str, to_code: str | None, kind: CrosswalkKind, weight: str = "100") -> CrosswalkRow:
    return CrosswalkRow(from_code=from_code, to_code=to_code, weight=Decimal(weight), kind=kind)


STATED = [
    row("4.8", "4.9", "renamed"),
    row("5.1", "5.2", "split", "66.666667"),
    row("5.1", "5.3", "split", "33.333333"),
    row("5.10", "4.1", "merged"),
]


def test_what_no_row_names_goes_to_its_equal_and_the_rest_is_unmapped() -> None:
    generated = rules.completed(a_plan(), later_plan(), [])
    assert generated == [row("4.1", "4.1", "same"), row("7-m1", "7-m1", "same")]
    assert rules.unmapped(a_plan(), generated) == ["4.8", "5.1", "5.10"]
    complete = rules.completed(a_plan(), later_plan(), STATED)
    assert rules.unmapped(a_plan(), complete) == []
    assert rules.crosswalk_problems(a_plan(), later_plan(), STATED) == []


def test_a_node_of_the_same_code_and_another_title_is_not_its_equal() -> None:
    nodes = as_json(a_plan())["nodes"]
    nodes[1]["title"] = "别的设施"
    generated = rules.completed(a_plan(), a_plan(nodes=nodes), [])
    assert rules.unmapped(a_plan(), generated) == ["4.1"]


@pytest.mark.parametrize(
    ("rows", "pointer", "code"),
    [
        ([row("4", "4.9", "renamed")], "/rows/0/from_code", "unknown_from"),
        ([row("5.10-m1", None, "retired")], "/rows/0/from_code", "unknown_from"),
        ([row("4.8", "4", "renamed")], "/rows/0/to_code", "unknown_to"),
        ([row("4.8", "4.9", "renamed", "99.999999")], "/rows", "weights_not_100"),
        ([row("5.1", "5.2", "split", "50"), row("5.1", "5.2", "split", "50")], "/rows/1", "duplicate_row"),
        ([row("4.8", "4.9", "retired")], "/rows/0/kind", "kind_differs"),
        ([row("4.8", None, "renamed")], "/rows/0/kind", "kind_differs"),
        ([row("4.8", "4.9", "same")], "/rows/0/kind", "kind_differs"),
        ([row("4.1", "4.1", "renamed")], "/rows/0/kind", "kind_differs"),
        ([row("4.8", "4.9", "split")], "/rows/0/kind", "kind_differs"),
        ([row("4.8", "4.9", "merged")], "/rows/0/kind", "kind_differs"),
    ],
)
def test_rows_that_are_no_crosswalk_are_named(rows: list[CrosswalkRow], pointer: str, code: str) -> None:
    found = [(p["pointer"], p["code"]) for p in rules.crosswalk_problems(a_plan(), later_plan(), rows)]
    assert found == [(pointer, code)]


def test_what_came_from_several_goes_back_by_the_part_that_each_gave() -> None:
    rows = [row("5.1", "5.2", "merged"), row("x", "5.2", "merged", "50"), row("x", "5.3", "split", "50")]
    expected: dict[str, dict[str | None, Fraction]] = {
        "5.2": {"5.1": Fraction(2, 3), "x": Fraction(1, 3)},
        "5.3": {"x": Fraction(1)},
        "5.4": {None: Fraction(1)},
    }
    assert backward(rows, list(expected)) == expected


def test_currency_time_zone_and_the_unit_of_a_known_indicator_stay() -> None:
    indicator = {"code": "I1", "name": "演示", "wording": "达到4%", "comparator": "at_least", "value": "4", "unit": "%"}
    before = a_plan(indicators=[indicator])
    after = a_plan(currency="EUR", time_zone="UTC", title="改了名", indicators=[indicator | {"unit": "件"}])
    found = [(p["pointer"], p["code"]) for p in rules.succession_problems(before, after)]
    assert found == [
        ("/currency", "currency_differs"),
        ("/time_zone", "time_zone_differs"),
        ("/indicators/0/unit", "unit_differs"),
    ]
