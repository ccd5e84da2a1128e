"""The auditors' checks, project by project: each finds what it is for, and is silent one step before."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.catalog.contract import Programme
from services.reporting.contract import CheckId, Limits
from services.reporting.rules.alterations import Alteration
from services.reporting.rules.cases import Case
from services.reporting.rules.checks import CHECKS, indirect_cap
from services.reporting.rules.facts import Movement
from tests.reporting.invented import a_project_wire

DAY = date(2020, 6, 30)
FISCAL = frozenset({"central", "municipal", "district"})
Move = tuple[str, str, int] | tuple[str, str, int, str]
"""Kind, day, yuan and source (municipal)."""
EVENTS = [{"kind": "midterm", "on": "2018-06-30"}]


def a_case(
    states: Sequence[tuple[str, str]] = (("contracted", "2017-03-15"), ("in_progress", "2017-04-01")),
    moves: Sequence[Move] = (),
    day: date = DAY,
    alterations: Sequence[Alteration] = (),
    touched: int = 1,
    **wire: Any,
) -> Case:
    """A project that went through states, with what moved."""
    entered = [{"state": state, "on": on} for state, on in states]
    ledger = []
    for place, (kind, on, yuan, *source) in enumerate(moves):
        when = date.fromisoformat(on)
        ledger.append(Movement(str(place), kind, when, when.year, (source or ["municipal"])[0], 100 * yuan))
    document = a_project_wire(1, **({"states": entered} | wire))
    moved = [movement for movement in ledger if movement.on <= day]
    return Case(document["id"], document, day, Programme(), FISCAL, moved, alterations, touched)


def found(check: CheckId, case: Case, **limits: Any) -> list[int | None]:
    """The amounts of what a check finds, in yuan."""
    judge = CHECKS[check].judge
    assert judge is not None
    return [one.fen and one.fen // 100 for one in judge(case, Limits(**limits))]


def instalments(*parts: tuple[str, str]) -> list[dict[str, str]]:
    """Instalments of days and amounts."""
    return [{"due_on": on, "amount": amount, "source": "municipal"} for on, amount in parts]


def test_more_spent_than_received_is_over_budget() -> None:
    moves: list[Move] = [("receipt", "2018-01-01", 100), ("expenditure", "2018-02-01", 100)]
    assert found("A3", a_case(moves=moves)) == []
    assert found("A3", a_case(moves=[*moves, ("expenditure", "2018-02-02", 1, "self")])) == [1]
    assert found("A3", a_case(moves=[*moves, ("expenditure", "2020-07-01", 1)])) == []


@pytest.mark.parametrize(
    ("day", "paid", "missing"),
    [
        (date(2018, 1, 30), 0, []),
        (date(2018, 1, 31), 0, [60]),
        (date(2018, 1, 31), 59, [1]),
        (date(2018, 1, 31), 60, []),
        (date(2018, 7, 31), 60, [40]),
    ],
)
def test_an_instalment_is_late_after_so_many_days(day: date, paid: int, missing: list[int]) -> None:
    parts = instalments(("2018-07-01", "40.00"), ("2018-01-01", "60.00"))
    case = a_case(moves=[("disbursement", "2018-01-01", paid)], day=day, instalments=parts)
    assert found("A4", case) == missing


def test_what_is_late_is_said_with_the_first_day() -> None:
    parts = instalments(("2018-01-01", "60.00"), ("2018-07-01", "40.00"))
    judge = CHECKS["A4"].judge
    assert judge is not None
    (one,) = judge(a_case(moves=[("disbursement", "2018-01-01", 60)], instalments=parts), Limits())
    assert one.detail == "自 2018-07-01 起应拨未拨 40.00 元"


def test_nothing_is_late_where_the_project_has_ended() -> None:
    states = (("contracted", "2017-03-15"), ("terminated", "2018-01-01"))
    assert found("A4", a_case(states, instalments=instalments(("2018-01-01", "60.00")))) == []


def test_paid_ahead_of_instalments_of_the_contract_or_after_the_end() -> None:
    paid: list[Move] = [("commitment", "2017-03-15", 100), ("disbursement", "2018-01-01", 80)]
    assert found("A5", a_case(moves=paid)) == []
    assert found("A5", a_case(moves=[*paid, ("disbursement", "2018-02-01", 30)])) == [10]
    assert found("A5", a_case(moves=paid, instalments=instalments(("2018-01-01", "60.00")))) == [20]
    assert found("A5", a_case(moves=paid, instalments=instalments(("2020-06-30", "80.00")))) == []
    assert found("A5", a_case(moves=paid, instalments=instalments(("2020-07-01", "80.00")))) == [80]
    ended = (("contracted", "2017-03-15"), ("terminated", "2017-12-31"))
    assert found("A5", a_case(ended, paid)) == [80]


@pytest.mark.parametrize(
    ("accepted", "closed", "refund", "left"),
    [
        ("2018-06-30", None, 0, [30]),
        ("2018-07-01", None, 0, []),
        ("2018-06-30", "2019-01-01", 0, [30]),
        ("2018-06-30", None, 30, []),
        ("2018-06-30", None, 29, [1]),
    ],
)
def test_money_left_years_after_the_acceptance_is_idle(
    accepted: str, closed: str | None, refund: int, left: list[int]
) -> None:
    states = [("in_progress", "2017-04-01"), ("accepted", accepted), *([("closed", closed)] if closed else [])]
    moves: list[Move] = [("receipt", "2017-05-01", 100), ("expenditure", "2018-05-01", 70)]
    assert found("A6", a_case(states, [*moves, ("refund", "2019-05-01", refund)])) == left


def test_a_leap_day_is_two_years_old_at_the_end_of_february() -> None:
    states = [("in_progress", "2015-04-01"), ("accepted", "2016-02-29")]
    moves: list[Move] = [("receipt", "2015-05-01", 100)]
    assert found("A6", a_case(states, moves, day=date(2018, 2, 27))) == []
    assert found("A6", a_case(states, moves, day=date(2018, 2, 28))) == [100]


@pytest.mark.parametrize(
    ("differing", "late"),
    [
        ({"end_on": "2020-01-01"}, [None]),
        ({"end_on": "2020-01-02"}, []),
        ({"end_on": "2019-01-01", "extended_to": "2020-01-02"}, []),
        ({}, []),
        ({"end_on": "9999-12-31"}, []),
    ],
)
def test_overdue_is_past_the_end_as_extended_and_the_grace(differing: dict[str, Any], late: list[None]) -> None:
    assert found("A7", a_case(**differing)) == late
    accepted = [("in_progress", "2017-04-01"), ("acceptance", "2020-06-01")]
    assert found("A7", a_case(accepted, **differing)) == []


def test_own_money_is_missing_from_the_mid_term_check_on() -> None:
    moves: list[Move] = [("commitment", "2017-03-15", 50, "self"), ("receipt", "2017-05-01", 20, "self")]
    assert found("A8", a_case(moves=moves)) == []
    assert found("A8", a_case(moves=moves, events=EVENTS)) == [30]
    assert found("A8", a_case(moves=moves, events=EVENTS, day=date(2018, 6, 29))) == []
    assert found("A8", a_case([("in_progress", "2017-04-01"), ("acceptance", "2020-01-01")], moves)) == [30]
    assert found("A8", a_case(moves=[*moves, ("receipt", "2017-06-01", 30, "self")], events=EVENTS)) == []


def lines(**headings: str) -> list[dict[str, Any]]:
    """Budget lines by heading."""
    return [
        {"year": 2017, "source": "municipal", "amount": amount, "heading": heading}
        for heading, amount in headings.items()
    ]


def test_the_total_is_the_sum_of_the_lines() -> None:
    assert found("A9", a_case(budget=lines(labour="10.00"), amount_total="10.00")) == []
    assert found("A9", a_case(budget=lines(labour="10.00"), amount_total="12.00")) == [2]


def test_indirect_cost_has_a_cap_of_direct_cost_less_equipment() -> None:
    assert found("A9", a_case(budget=lines(labour="100.00", equipment="900.00", indirect="20.00"))) == []
    assert found("A9", a_case(budget=lines(labour="100.00", equipment="900.00", indirect="25.00"))) == [5]
    other = [line | {"source": "self"} for line in lines(labour="100.00", indirect="20.00")]
    assert found("A9", a_case(budget=[*lines(labour="100.00", indirect="21.00"), *other])) == [1]
    assert found("A9", a_case(budget=lines(labour="100.00", indirect="25.00")), indirect_caps=[25, 25, 25]) == []


@pytest.mark.parametrize(
    ("wan", "cap"), [(0, 0), (100, 20), (500, 100), (600, 115), (1_000, 175), (1_100, 188), (2_000, 305)]
)
def test_caps_are_taken_band_by_band(wan: int, cap: int) -> None:
    assert indirect_cap(wan * 1_000_000, (20, 15, 13)) == cap * 1_000_000


def test_money_before_the_contract_and_after_the_acceptance_is_out_of_order() -> None:
    assert found("A10", a_case(moves=[("disbursement", "2017-03-14", 5), ("disbursement", "2017-03-15", 7)])) == [5]
    states = [("in_progress", "2017-04-01"), ("accepted", "2019-01-01")]
    assert found("A10", a_case(states, [("expenditure", "2019-01-01", 5), ("expenditure", "2019-01-02", 7)])) == [7]
    assert found("A10", a_case([("approved", "2017-03-01")], [("disbursement", "2017-03-14", 5)])) == [5]


def test_flags_of_credit_and_alterations_without_a_decision_are_told() -> None:
    assert found("A11", a_case(credit_flags=["演示"])) == [None]
    assert found("A11", a_case()) == []
    direct = Alteration("1", 9, "direct", date(2018, 1, 1), "lead")
    assert found("A13", a_case(alterations=[direct, direct._replace(how="requested")])) == [None]


@pytest.mark.parametrize(
    ("state", "refund", "paid_back", "missing"),
    [
        ("terminated", "30.00", 0, [30]),
        ("terminated", "30.00", 30, []),
        ("terminated", None, 0, []),
        ("revoked", None, 0, [80]),
        ("revoked", "90.00", 80, [10]),
    ],
)
def test_what_is_to_be_paid_back_is_missed(state: str, refund: str | None, paid_back: int, missing: list[int]) -> None:
    ended: dict[str, Any] = {"state": state, "on": "2019-01-01", "refund": refund}
    states = [{"state": "contracted", "on": "2017-03-15"}, ended]
    moves: list[Move] = [("disbursement", "2018-01-01", 80), ("refund", "2019-06-01", paid_back)]
    assert found("A14", _of(states, moves)) == missing
    assert found("A14", _of(states, moves, day=date(2018, 12, 31))) == []


def _of(states: list[dict[str, Any]], moves: list[Move], day: date = DAY) -> Case:
    case = a_case(moves=moves, day=day)
    return Case(case.id, {**case.wire, "states": states}, day, case.programme, FISCAL, case.movements)


def test_every_check_of_the_domain_is_there_in_order() -> None:
    assert list(CHECKS) == [f"A{number}" for number in range(1, 15)]
