"""Budgets and transactions as lines and movements. All amounts are invented."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portfolio.contract import ImportRow
from services.portfolio.iati.money import exact_in, to_the_cent
from services.portfolio.iati.notes import Notes, Reading
from tests.portfolio.iati_files import DIALECT, budget, row, said, transaction


def movements(found: ImportRow) -> list[dict[str, Any]]:
    """The movements of a row."""
    listed: list[dict[str, Any]] = found.values["movements"]
    return listed


@pytest.mark.parametrize(
    ("kind", "movement"),
    [
        ("1", "receipt"),
        ("2", "commitment"),
        ("3", "disbursement"),
        ("4", "expenditure"),
        ("7", "disbursement"),
        ("11", "commitment"),
    ],
)
def test_a_kind_of_transaction_is_a_kind_of_movement(tmp_path: Path, kind: str, movement: str) -> None:
    found = row(tmp_path, money=transaction(kind))
    assert [each["kind"] for each in movements(found)] == [movement]


@pytest.mark.parametrize("kind", ["5", "6", "8", "9", "10", "12", "13"])
def test_other_kinds_are_carried_as_published_and_count_nowhere(tmp_path: Path, kind: str) -> None:
    found = row(tmp_path, money=transaction("3") + transaction(kind, '<value currency="EUR">1 000</value>'))
    assert len(movements(found)) == 1
    (carried,) = found.values["not_counted"]
    assert {name: carried[name] for name in ("place", "kind", "on", "amount", "currency")} == {
        "place": "transaction[2]",
        "kind": kind,
        "on": "2021-05-04",
        "amount": "1 000",
        "currency": "EUR",
    }
    assert said(found) == ["transaction_kind_not_counted"]


def test_incoming_commitments_do_not_count_beside_outgoing_ones(tmp_path: Path) -> None:
    found = row(tmp_path, money=transaction("11", "70") + transaction("2", "60"))
    assert [(each["kind"], each["amount"]) for each in movements(found)] == [("commitment", "60.00")]
    assert [each["amount"] for each in found.values["not_counted"]] == ["70"]
    assert "would count twice" in found.warnings[0].detail


def test_incoming_commitments_count_beside_an_outgoing_one_of_nothing(tmp_path: Path) -> None:
    found = row(tmp_path, money=transaction("11", "70") + transaction("2", "0.00"))
    assert [(each["kind"], each["amount"]) for each in movements(found)] == [("commitment", "70.00")]


def test_a_negative_value_stays_one(tmp_path: Path) -> None:
    found = row(tmp_path, money=transaction("3", "-12.5"))
    assert (movements(found)[0]["amount"], found.verdict) == ("-12.50", "accepted")


def test_nothing_of_the_transactions_is_lost(tmp_path: Path) -> None:
    """Movements, carried ones, those of nothing and those refused are all the transactions of the file."""
    kinds = [transaction(str(kind), str(kind)) for kind in range(1, 14)]
    found = row(tmp_path, money="".join(kinds) + transaction(value="0") + transaction(value="x") + transaction("99"))
    left_out = [
        each for each in said(found) if each in ("amount_zero", "amount_unparseable", "transaction_kind_unknown")
    ]
    assert len(movements(found)) + len(found.values["not_counted"]) + len(left_out) == 16


def test_a_currency_is_the_values_before_the_activitys(tmp_path: Path) -> None:
    value = '<value currency="{}">5</value>'
    assert row(tmp_path, money=transaction(value=value.format("usd"))).verdict == "accepted"
    found = row(tmp_path, money=transaction(value=value.format("EUR")) + budget("7", "2021-01-01", "2021-12-31"))
    (error,) = found.errors
    assert (error.code, error.field, error.raw) == ("currency_rate_missing", "transaction[1]/value", "5 EUR")
    found = row(tmp_path, replace(DIALECT, currency="CNY"), money=budget("7", "2021-01-01", "2021-12-31"))
    assert said(found) == ["currency_rate_missing"]


@pytest.mark.parametrize(
    ("published", "day"),
    [("2021-05-04Z", "2021-05-04"), ("2021-05-04+08:00", "2021-05-04"), ("2021-05-04T23:30:00-05:00", "2021-05-04")],
)
def test_a_date_is_its_day(tmp_path: Path, published: str, day: str) -> None:
    assert movements(row(tmp_path, money=transaction(on=published)))[0]["on"] == day


@pytest.mark.parametrize("published", ["2021", "2021-05", "04/05/2021", "2021-02-29", "0001-01-01", "2021-5-4"])
def test_what_is_no_day_is_refused(tmp_path: Path, published: str) -> None:
    found = row(tmp_path, money=transaction(on=published))
    assert (said(found), found.errors[0].field) == (["date_invalid"], "transaction[1]/transaction-date")


def test_a_reference_is_the_ref_else_the_description(tmp_path: Path) -> None:
    words = "<description><narrative>First part</narrative></description>"
    found = row(
        tmp_path, money=transaction(inside=words, attributes='ref="R1"') + transaction(inside=words) + transaction()
    )
    assert [each["reference"] for each in movements(found)] == ["R1", "First part", ""]


def test_a_source_follows_the_type_of_who_provides(tmp_path: Path) -> None:
    dialect = replace(DIALECT, sources={"10": "municipal", "70": "self"})
    orgs = '<participating-org ref="ZZ-1" role="1" type="10"/><participating-org ref="ZZ-2" role="4" type="70"/>'
    money = transaction() + transaction(inside='<provider-org type="70"/>') + transaction(inside="<provider-org/>")
    found = row(tmp_path, dialect, orgs=orgs, money=money + budget("7", "2021-01-01", "2021-12-31"))
    assert [each["source"] for each in movements(found)] == ["municipal", "self", "municipal"]
    assert [line["source"] for line in found.values["project"]["budget"]] == ["municipal"]


def test_budgets_are_lines_of_the_year_of_their_start(tmp_path: Path) -> None:
    money = (
        budget("7", "2022-01-01", "2022-06-30")
        + budget("8.25", "2022-07-01", "2023-06-30")
        + budget("100", "2021-01-01", "2021-12-31")
        + budget("90", "2021-01-01", "2021-12-31", type="2")
    )
    found = row(tmp_path, money=money)
    lines = [(line["year"], line["amount"]) for line in found.values["project"]["budget"]]
    assert lines == [(2021, "90.00"), (2022, "15.25")]
    assert said(found) == ["budget_spans_years", "budget_revised"]


def test_a_long_period_overlaps_every_one_inside_it(tmp_path: Path) -> None:
    money = budget("5", "2021-01-01", "2021-12-31")
    money += "".join(budget("1", f"2021-0{month}-01", f"2021-0{month}-28") for month in (1, 2, 3))
    assert said(row(tmp_path, money=money)) == ["budget_overlaps"] * 3


def test_a_year_that_was_divided_into_quarters_is_whole_again(tmp_path: Path) -> None:
    quarters = [("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31")]
    found = row(tmp_path, money="".join(budget("14155.0825000000", f"2021-{a}", f"2021-{b}") for a, b in quarters))
    assert [line["amount"] for line in found.values["project"]["budget"]] == ["56620.33"]
    assert found.verdict == "accepted"


def test_a_budget_of_less_than_a_cent_is_nothing_and_not_less(tmp_path: Path) -> None:
    found = row(tmp_path, money=budget("-0.004", "2021-01-01", "2021-12-31"))
    assert [line["amount"] for line in found.values["project"]["budget"]] == ["0.00"]


def test_a_budget_beside_published_commitments_is_carried_not_registered(tmp_path: Path) -> None:
    planned = budget("7", "2021-01-01", "2021-12-31")
    found = row(tmp_path, money=planned + transaction("2"))
    assert found.values["project"]["budget"] == []
    assert found.values["budget"] == [{"year": 2021, "source": "other", "amount": "7.00"}]
    found = row(tmp_path, money=planned + transaction("3"))
    assert len(found.values["project"]["budget"]) == 1
    assert found.values["budget"] == []


@given(st.decimals("-999999999999.99", "999999999999.99", places=5))
def test_amounts_are_rounded_half_up_and_it_is_said_when_they_are(given: Decimal) -> None:
    value = Element("value", currency="USD")
    value.text = f" {given:f} "
    notes = Notes()
    exact = exact_in(value, "value", Reading(Element("iati-activity"), DIALECT, notes))
    assert exact == given
    found = to_the_cent(exact, "value", notes)
    assert found == given.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert [warning.code for warning in notes.warnings] == (["amount_rounded"] if found != given else [])


@pytest.mark.parametrize(("text", "read"), [("0.125", "0.13"), ("-0.125", "-0.13"), ("+.1249", "0.12"), ("7.", "7.00")])
def test_half_a_cent_is_rounded_away_from_nothing(tmp_path: Path, text: str, read: str) -> None:
    assert movements(row(tmp_path, money=transaction(value=text)))[0]["amount"] == read


@pytest.mark.parametrize("text", ["", "1,000.00", "1e5", "NaN", "Infinity", "¥5", "--5", "."])
def test_what_is_no_decimal_number_is_refused(tmp_path: Path, text: str) -> None:
    assert said(row(tmp_path, money=transaction(value=f"<value>{text}</value>"))) == ["amount_unparseable"]
