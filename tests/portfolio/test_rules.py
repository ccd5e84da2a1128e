"""Rules of registration, without a database."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.portfolio import rules
from services.portfolio.contract import (
    BudgetLine,
    NewAgency,
    NewMovement,
    NewProject,
    Share,
    StateEntered,
    TransitionNotAllowed,
)
from services.shared.money import TOO_LARGE, split
from tests.builders import a_project, an_agency, knowledge, some_vocabularies


def codes(problems: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(found["pointer"], found["code"]) for found in problems]


@given(st.integers(-(10**18), 10**18), st.lists(st.integers(1, 10**8), min_size=1, max_size=40))
def test_the_parts_of_an_amount_add_up_to_it_and_stay_within_a_fen_of_their_share(
    amount: int, weights: list[int]
) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    assert all(abs(part * total - amount * weight) < total for part, weight in zip(parts, weights, strict=True))


@given(st.integers(0, 10**15), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_a_negative_amount_splits_as_the_mirror_of_the_positive_one(amount: int, weights: list[int]) -> None:
    assert split(-amount, weights) == [-part for part in split(amount, weights)]


def test_a_tie_goes_to_the_larger_weight_and_then_to_plan_order() -> None:
    assert split(1, [1, 1]) == [1, 0]
    assert split(2, [1, 1, 1]) == [1, 1, 0]
    assert split(100, [3, 3, 3]) == [34, 33, 33]


def test_a_valid_registration_has_no_problem() -> None:
    assert rules.project_problems(NewProject.model_validate(a_project()), knowledge()) == []


def test_weights_of_99_99_are_refused_at_the_list_of_tasks() -> None:
    project = a_project(tasks=[{"code": "4.8", "weight": "33.33"}, {"code": "5.1", "weight": "66.66"}])
    found = rules.project_problems(NewProject.model_validate(project), knowledge())
    assert codes(found) == [("/tasks", "weights_not_100")]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    project = a_project(
        tasks=[{"code": "4.99", "weight": "50"}, {"code": "4", "weight": "40"}],
        fund_class="none_such",
        end_on="2016-01-01",
        budget=[{"year": 2017, "source": "moon", "amount": "-1.00"}],
    )
    found = codes(rules.project_problems(NewProject.model_validate(project), knowledge()))
    assert set(found) == {
        ("/fund_class", "unknown_value"),
        ("/tasks/0/code", "unknown_task"),
        ("/tasks/1/code", "not_a_task"),
        ("/tasks", "weights_not_100"),
        ("/end_on", "end_before_start"),
        ("/budget/0/amount", "amount_negative"),
        ("/budget/0/source", "unknown_value"),
    }


def test_an_amount_whose_likes_could_overflow_a_sum_is_refused_where_it_is_entered() -> None:
    line = {"year": 2017, "source": "self"}
    most, beyond = "999999999999.99", "1000000000000.00"
    wrong = a_project(
        budget=[line | {"amount": most}, line | {"amount": beyond}],
        instalments=[{"due_on": "2018-01-01", "source": "self", "amount": beyond}],
        amount_total=beyond,
    )
    found = rules.project_problems(NewProject.model_validate(wrong), knowledge())
    pointers = ("/budget/1/amount", "/amount_total", "/instalments/0/amount")
    assert codes(found) == [(pointer, "amount_out_of_range") for pointer in pointers]
    assert {problem["detail"] for problem in found} == {TOO_LARGE}
    several = NewProject.model_validate(a_project(budget=[line | {"amount": most}] * 2))
    assert codes(rules.project_problems(several, knowledge())) == [("/budget", "amount_out_of_range")]
    for amount, expected in ((most, []), (beyond, ["amount_out_of_range"]), (f"-{beyond}", ["amount_out_of_range"])):
        movement = NewMovement.model_validate(line | {"kind": "receipt", "on": "2017", "amount": amount})
        assert [problem["code"] for problem in rules.movement_problems(movement, knowledge())] == expected


def test_what_was_entered_when_more_was_taken_is_read_as_it_is() -> None:
    kept = BudgetLine.model_validate({"year": 2017, "source": "self", "amount": "9999999999999999.00"})
    assert kept.model_dump(mode="json")["amount"] == "9999999999999999.00"


def test_a_measure_below_a_task_takes_no_share_and_one_without_a_task_above_does() -> None:
    shares = [Share(code="5.10-m1", weight=Decimal(50)), Share(code="7-m1", weight=Decimal(50))]
    assert codes(rules.share_problems(shares, knowledge())) == [("/tasks/0/code", "not_a_task")]


def test_a_repeated_code_adds_up_in_plan_order() -> None:
    shares = [
        Share(code="5.1", weight=Decimal(30)),
        Share(code="4.8", weight=Decimal(40)),
        Share(code="5.1", weight=Decimal(30)),
    ]
    merged = rules.merged_shares(shares, knowledge())
    assert [(share.code, share.weight) for share in merged] == [("4.8", Decimal(40)), ("5.1", Decimal(60))]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("tasks", [{"code": 5.1, "weight": "100"}], "code_not_text"),
        ("tasks", [{"code": "5.1", "weight": 100.0}], "weight_not_text"),
        ("budget", [{"year": 2017, "source": "self", "amount": 12.5}], "amount_not_text"),
        ("budget", [{"year": 2017, "source": "self", "amount": "1.005"}], "amount_too_precise"),
        ("budget", [{"year": 2017, "source": "self", "amount": "1e400"}], "amount_out_of_range"),
    ],
)
def test_numbers_where_text_is_meant_are_refused_by_name(field: str, value: object, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NewProject.model_validate(a_project(**{field: value}))
    assert [getattr(error["ctx"]["error"], "code", None) for error in refused.value.errors()] == [code]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("91310000MA1FL0XX1", "uscc_length"),
        ("9131000013220710X8", None),
        ("91310000132207109O", "uscc_illegal_char"),
    ],
)
def test_a_credit_code_is_judged_by_length_alphabet_and_check_character(value: str, code: str | None) -> None:
    found = rules.uscc_problems(value)
    if code is None:
        assert [p["code"] for p in found] in ([], ["uscc_check_digit"])
    else:
        assert [p["code"] for p in found] == [code]


def test_exactly_one_check_character_fits() -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    verdicts = [rules.uscc_problems("91310000MA1FL0XX1" + last) for last in alphabet]
    assert sum(not found for found in verdicts) == 1
    assert {p["code"] for found in verdicts for p in found} == {"uscc_check_digit"}


def test_an_agency_names_terms_of_the_vocabularies() -> None:
    agency = NewAgency.model_validate(an_agency(type="castle", district="999999"))
    assert codes(rules.agency_problems(agency, some_vocabularies())) == [
        ("/type", "unknown_value"),
        ("/district", "unknown_value"),
    ]


@pytest.mark.parametrize(
    ("on", "day", "precision"),
    [
        ("2016", date(2016, 12, 31), "year"),
        ("2016-02", date(2016, 2, 29), "month"),
        ("2016-02-03", date(2016, 2, 3), "day"),
    ],
)
def test_a_month_or_a_year_counts_from_its_last_day(on: str, day: date, precision: str) -> None:
    assert rules.movement_day(on) == (day, precision)


def test_a_movement_on_a_day_that_is_none_is_refused() -> None:
    movement = NewMovement.model_validate({"kind": "receipt", "on": "2017-02-30", "source": "moon", "amount": "0.00"})
    assert codes(rules.movement_problems(movement, knowledge())) == [
        ("/on", "date_invalid"),
        ("/source", "unknown_value"),
        ("/amount", "amount_zero"),
    ]


def test_a_project_registered_in_a_later_state_counts_from_its_start_with_a_warning() -> None:
    project = NewProject.model_validate(a_project(state="in_progress"))
    states, warnings = rules.entered_states(project, date(2020, 1, 1))
    assert [(s.state, s.on) for s in states] == [("in_progress", date(2017, 4, 1))]
    assert [w.code for w in warnings] == ["state_guards_skipped"]


def test_a_contracted_project_counts_from_its_approval() -> None:
    states, warnings = rules.entered_states(NewProject.model_validate(a_project()), date(2020, 1, 1))
    assert [(s.state, s.on) for s in states] == [("contracted", date(2017, 3, 15))]
    assert warnings == []


def test_a_transition_follows_the_machine_and_does_not_go_back_in_time() -> None:
    states = [StateEntered(state="contracted", on=date(2017, 3, 15))]
    rules.check_transition(states, "in_progress", date(2017, 3, 15))
    for to, on in (("accepted", date(2018, 1, 1)), ("in_progress", date(2017, 3, 14))):
        with pytest.raises(TransitionNotAllowed):
            rules.check_transition(states, to, on)


def test_a_changed_budget_posts_the_difference_alone() -> None:
    before = NewProject.model_validate(a_project()).budget
    changed = [
        {"year": 2017, "source": "municipal", "amount": "1000000.00"},
        {"year": 2019, "source": "self", "amount": "5.00"},
    ]
    after = NewProject.model_validate(a_project(budget=changed)).budget
    difference = [(line.year, line.source, line.amount) for line in rules.budget_difference(before, after)]
    assert difference == [
        (2017, "municipal", Decimal("-250000.00")),
        (2018, "self", Decimal("-300000.01")),
        (2019, "self", Decimal("5.00")),
    ]


def test_phone_and_mail_are_masked_and_the_journal_holds_hashes() -> None:
    assert rules.masked_phone("13800001234") == "138****1234"
    assert rules.masked_email("demo@example.org") == "d***@example.org"
    project = {"pi": {"name": "演示人员甲", "phone": "138****1234", "email": None}}
    assert rules.as_entry(project, {"pi": {"phone": "sha256:00"}}) == {
        "pi": {"name": "演示人员甲", "phone_hash": "sha256:00"}
    }
