"""Everything that may be said of an activity is said of one of these. All content is invented."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.portfolio.iati import RULES, codes_table, mapping_tables, read
from tests.portfolio.iati_files import DIALECT, PARTS, activity, budget, file, row, said, transaction

FOREIGN = '<value currency="XOF">5</value>'
TWO_LEADS = (
    '<participating-org ref="ZZ-2" role="4"><narrative>Second</narrative></participating-org>'
    '<participating-org ref="ZZ-3" role="4"><narrative>Third</narrative></participating-org>'
)
MANY_PARTNERS = PARTS["orgs"] + "".join(f'<participating-org role="1" ref="ZZ-P-{number}"/>' for number in range(101))
CASES: dict[str, dict[str, str]] = {
    "identifier_missing": {"identifier": "<iati-identifier> </iati-identifier>"},
    "title_missing": {"title": "<title><narrative/></title>"},
    "status_unknown": {"status": '<activity-status code="7"/>'},
    "date_invalid": {
        "dates": '<activity-date type="2" iso-date="2021-02-02"/><activity-date type="4" iso-date="2021-02-30"/>'
    },
    "date_missing": {"money": transaction(on=None)},
    "end_before_start": {
        "dates": '<activity-date type="2" iso-date="2021-02-02"/><activity-date type="4" iso-date="2021-02-01"/>'
    },
    "lead_missing": {"orgs": "", "reporting": "<reporting-org/>"},
    "sector_missing": {"sectors": ""},
    "task_unknown": {"sectors": '<sector code="99999"/>'},
    "percentage_invalid": {"sectors": '<sector code="11110" percentage="all"/>'},
    "weights_not_100": {"sectors": '<sector code="11110" percentage="99.8"/>'},
    "amount_unparseable": {"money": transaction(value="1,000")},
    "amount_out_of_range": {"money": transaction(value="999999999999.995")},
    "amount_negative": {"money": budget("-5", "2021-01-01", "2021-12-31")},
    "currency_missing": {"money": transaction(value='<value currency=" ">5</value>')},
    "currency_rate_missing": {"money": transaction(value=FOREIGN)},
    "transaction_kind_unknown": {"money": transaction("D")},
    "value_invalid": {"identifier": f"<iati-identifier>{'9' * 121}</iati-identifier>"},
    "title_cut": {"title": f"<title><narrative>{'t' * 501}</narrative></title>"},
    "abstract_cut": {"description": f"<description><narrative>{'t' * 20_001}</narrative></description>"},
    "lead_chosen": {"orgs": TWO_LEADS},
    "partners_cut": {"orgs": MANY_PARTNERS},
    "date_repeated": {
        "dates": '<activity-date type="2" iso-date="2021-02-02"/><activity-date type="2" iso-date="2021-02-01"/>'
    },
    "planned_end_left_out": {
        "dates": '<activity-date type="2" iso-date="2021-02-02"/><activity-date type="3" iso-date="2021-02-01"/>'
    },
    "state_date_assumed": {"dates": '<activity-date type="1" iso-date="2021-02-02"/>'},
    "state_counts_no_money": {"status": '<activity-status code="1"/>', "money": transaction()},
    "weights_defaulted": {"sectors": '<sector code="11110"/><sector code="11220"/>'},
    "weights_repaired": {"sectors": '<sector code="11110" percentage="99.99"/>'},
    "weight_zero": {"sectors": '<sector code="11110" percentage="100"/><sector code="11220" percentage="0"/>'},
    "weights_from_transactions": {"sectors": "", "money": transaction(inside='<sector code="11110"/>')},
    "amount_rounded": {"money": transaction(value="5.005")},
    "amount_zero": {"money": transaction(value="0.00")},
    "date_from_value": {"money": transaction(value='<value value-date="2021-05-04">5</value>', on=None)},
    "transaction_kind_not_counted": {"money": transaction("12")},
    "reimbursement_is_disbursement": {"money": transaction("7")},
    "budget_spans_years": {"money": budget("5", "2021-07-01", "2022-06-30")},
    "budget_revised": {
        "money": budget("5", "2021-01-01", "2021-12-31") + budget("6", "2021-01-01", "2021-12-31", type="2")
    },
    "budget_overlaps": {
        "money": budget("5", "2021-01-01", "2021-06-30") + budget("6", "2021-06-30", "2021-12-31", type="2")
    },
    "budget_not_posted": {"money": budget("5", "2021-01-01", "2021-12-31") + transaction("2")},
    "planned_disbursement_not_counted": {"money": "<planned-disbursement/>"},
    "hierarchy_counts_twice": {"money": '<related-activity ref="ZZ-9" type="2"/>' + transaction()},
    "secondary_reporter": {"reporting": '<reporting-org ref="ZZ-1" secondary-reporter="1"/>'},
}
ELSEWHERE = {"identifier_repeated", "sector_assumed"}
"""Codes that need two activities, or a dialect of their own."""


@pytest.mark.parametrize("code", CASES)
def test_a_code_is_said_alone_and_its_severity_decides_the_verdict(tmp_path: Path, code: str) -> None:
    attributes = "" if code == "currency_missing" else 'default-currency="USD"'
    (found,) = read(file(tmp_path, activity(attributes, **CASES[code])), DIALECT)
    assert said(found) == [code]
    assert found.verdict == ("rejected" if RULES[code].severity == "error" else "accepted_with_warnings")


def test_an_activity_without_a_sector_goes_to_the_node_that_takes_such(tmp_path: Path) -> None:
    found = row(tmp_path, replace(DIALECT, without_sector="UNSPECIFIED"), sectors="")
    assert said(found) == ["sector_assumed"]
    assert found.values["project"]["tasks"] == [{"code": "UNSPECIFIED", "weight": "100"}]


def test_every_code_has_its_case() -> None:
    assert CASES.keys() | ELSEWHERE == RULES.keys()


def test_the_documented_codes_are_those_of_the_reader() -> None:
    documented = Path("docs/import-codes-iati.md").read_text("utf-8")
    assert documented.endswith("\n\n" + codes_table())
    assert f"\n\n{mapping_tables()}\n" in documented


def test_a_code_that_is_said_very_often_is_counted(tmp_path: Path) -> None:
    found = row(tmp_path, money=transaction(value="0") * 1000)
    assert len(found.warnings) == 20
    assert found.warnings[-1].detail.endswith("(and 980 more of this kind)")
