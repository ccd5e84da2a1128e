"""IATI files as rows of an import. Every organisation, activity and amount is invented."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.catalog.rules import plan_problems
from services.portfolio.contract import IatiVersionNotRead, NewMovement, NewProject
from services.portfolio.iati import IatiDialect, dialect_of, plan_of, read, sectors_of
from services.portfolio.rules import entered_states, has_contract
from tests.portfolio.iati_files import DIALECT, activity, budget, file, row, said, transaction

WHOLE = {
    "orgs": '<participating-org ref="ZZ-INV-1" role="1" type="10"><narrative>Invented Fund</narrative>'
    "</participating-org>"
    '<participating-org role="4"><narrative>Institute (No. 2) of Invention</narrative></participating-org>',
    "dates": '<activity-date type="1" iso-date="2021-01-01"/><activity-date type="2" iso-date="2021-03-01Z"/>'
    '<activity-date type="3" iso-date="2023-12-31T00:00:00"/>',
    "sectors": '<sector code="11110" percentage="60"/><sector vocabulary="1" code="11220" percentage="40.0"/>',
    "money": budget("1000.50", "2021-01-01", "2021-12-31") + transaction("3", "100.25", attributes='ref=" T-1 "'),
}


def test_an_activity_becomes_a_project_with_its_movements(tmp_path: Path) -> None:
    found = row(tmp_path, **WHOLE)
    assert (found.sheet, found.row, found.verdict, found.errors) == ("iati-activities", 1, "accepted", [])
    assert found.values["project"] == {
        "plan": "invented-plan",
        "project_no": "ZZ-INV-1-A1",
        "issuing_body": "ZZ-INV-1",
        "title": "Invented work",
        "abstract": "About it",
        "lead": "local:institute-no-2-of-invention",
        "state": "in_progress",
        "state_on": "2021-03-01",
        "start_on": "2021-03-01",
        "end_on": "2023-12-31",
        "tasks": [{"code": "N1", "weight": "60"}, {"code": "N2", "weight": "40"}],
        "budget": [{"year": 2021, "source": "other", "amount": "1000.50"}],
        "partners": [{"name": "Invented Fund", "role": "funding"}],
    }
    assert found.values["movements"] == [
        {"kind": "disbursement", "on": "2021-05-04", "source": "other", "amount": "100.25", "reference": "T-1"}
    ]
    assert found.values["lead_name"] == "Institute (No. 2) of Invention"
    assert found.values["partners"] == [{"name": "Invented Fund", "ref": "ZZ-INV-1", "role": "funding"}]
    NewProject.model_validate(found.values["project"])
    NewMovement.model_validate(found.values["movements"][0])


def test_rows_stand_in_the_order_of_the_file_and_progress_is_told(tmp_path: Path) -> None:
    path = file(tmp_path, *(activity(identifier=f"<iati-identifier>ZZ-{i}</iati-identifier>") for i in range(5)))
    told: list[int] = []
    rows = list(read(path, DIALECT, told.append))
    assert [(each.row, each.values["project"]["project_no"]) for each in rows] == [(i + 1, f"ZZ-{i}") for i in range(5)]
    assert told == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("version", ["2.01", "2.02", "2.03"])
def test_versions_of_2_are_read(tmp_path: Path, version: str) -> None:
    assert [each.verdict for each in read(file(tmp_path, activity(), version=version), DIALECT)] == ["accepted"]


@pytest.mark.parametrize("version", ["1.01", "1.05", "", "2.04", "3"])
def test_other_versions_are_refused_with_those_that_are_read(tmp_path: Path, version: str) -> None:
    with pytest.raises(IatiVersionNotRead, match=r"2\.01, 2\.02, 2\.03"):
        list(read(file(tmp_path, activity(), version=version), DIALECT))


def test_a_plan_is_made_of_the_sectors_of_a_file(tmp_path: Path) -> None:
    first = activity(
        sectors='<sector code="11220" percentage="50"/><sector code="11110" percentage="50"/>'
        '<sector vocabulary="99" code="A, b"><narrative xml:lang="fr">Nom</narrative></sector>'
    )
    second = activity(
        identifier="<iati-identifier>ZZ-2</iati-identifier>",
        sectors="",
        money=transaction(inside='<sector code="43082"><narrative>Research</narrative></sector>'),
    )
    path = file(tmp_path, first, second)
    sectors = sectors_of(path)
    assert sectors == [("1", "11110", ""), ("1", "11220", ""), ("1", "43082", "Research"), ("99", "A,b", "Nom")]
    plan = plan_of(sectors, "invented", "USD")
    assert plan_problems(plan) == []
    rows = list(read(path, dialect_of(plan)))
    assert [each.values["project"]["tasks"][0]["code"] for each in rows] == ["1:11110", "1:43082"]
    assert [each.verdict for each in rows] == ["accepted", "accepted_with_warnings"]


def test_a_dialect_of_a_plan_knows_its_own_codes() -> None:
    plan = plan_of([("99", "4.8", "Invented")], "invented", "CNY")
    assert dialect_of(plan) == IatiDialect(plan="invented", currency="CNY", nodes={"99:4.8": "99:4.8"})


def test_a_rejected_activity_shows_all_its_errors_at_once(tmp_path: Path) -> None:
    found = row(tmp_path, title="", status="", sectors="", money=transaction("3", "x", on=None))
    assert found.verdict == "rejected"
    assert said(found) == ["amount_unparseable", "date_missing", "sector_missing", "title_missing", "status_unknown"]


START, END = '<activity-date type="2" iso-date="2021-03-01"/>', '<activity-date type="4" iso-date="2022-03-01"/>'


@pytest.mark.parametrize(
    ("status", "state", "since"),
    [
        ("1", "approved", None),
        ("2", "in_progress", "2021-03-01"),
        ("3", "acceptance", "2021-03-01"),
        ("4", "closed", "2022-03-01"),
        ("5", "terminated", "2022-03-01"),
        ("6", "suspended", "2021-03-01"),
    ],
)
def test_a_status_is_a_state_since_the_day_that_makes_it_count_in_its_time(
    tmp_path: Path, status: str, state: str, since: str | None
) -> None:
    found = row(tmp_path, status=f'<activity-status code="{status}"/>', dates=START + END)
    project = found.values["project"]
    assert (project["state"], project.get("state_on"), found.verdict) == (state, since, "accepted")


@pytest.mark.parametrize(
    ("status", "state", "counted"),
    [("1", "approved", False), ("3", "acceptance", True), ("4", "closed", True), ("5", "terminated", True)],
)
def test_what_has_ended_is_registered_as_in_progress_from_its_start(
    tmp_path: Path, status: str, state: str, counted: bool
) -> None:
    found = row(tmp_path, status=f'<activity-status code="{status}"/>', dates=START + END)
    states, _ = entered_states(NewProject.model_validate(found.values["project"]), date(2026, 1, 1))
    assert states[-1].state == state
    assert has_contract([each for each in states if each.on <= date(2021, 6, 1)]) == counted


@pytest.mark.parametrize(
    ("status", "dates", "since"),
    [
        ("2", '<activity-date type="1" iso-date="2021-01-01"/>', "2021-01-01"),
        ("2", "", "2021-05-04"),
        ("4", START, "2021-06-30"),
        ("5", START + '<activity-date type="3" iso-date="2030-01-01"/>', "2021-06-30"),
    ],
)
def test_a_missing_date_is_taken_from_the_nearest_and_said(tmp_path: Path, status: str, dates: str, since: str) -> None:
    money = transaction(on="2021-06-30") + transaction(on="2021-05-04")
    found = row(tmp_path, status=f'<activity-status code="{status}"/>', dates=dates, money=money)
    assert (found.values["project"]["state_on"], said(found)) == (since, ["state_date_assumed"])
    assert since in found.warnings[0].detail


def test_what_was_cancelled_did_not_live_until_its_planned_end(tmp_path: Path) -> None:
    planned = START + '<activity-date type="3" iso-date="2030-01-01"/>'
    since = [
        row(tmp_path, status=f'<activity-status code="{code}"/>', dates=planned).values["project"]["state_on"]
        for code in ("5", "4")
    ]
    assert since == ["2021-03-01", "2030-01-01"]


def test_a_status_may_mean_another_to_a_publisher(tmp_path: Path) -> None:
    found = row(tmp_path, replace(DIALECT, statuses={"1": "2"}), status='<activity-status code="1"/>')
    assert found.values["project"]["state"] == "in_progress"


def test_without_any_date_the_day_of_registration_is_left_to_be_taken(tmp_path: Path) -> None:
    found = row(tmp_path, dates="")
    assert "state_on" not in found.values["project"]
    assert "day of registration" in found.warnings[0].detail


def org(role: str, name: str, ref: str = "") -> str:
    """A participating organisation."""
    given = f' ref="{ref}"' if ref else ""
    return f'<participating-org role="{role}"{given}><narrative>{name}</narrative></participating-org>'


@pytest.mark.parametrize(
    ("orgs", "lead", "partners"),
    [
        (org("1", "F") + org("2", "A", "ZZ 7") + org("4", "I"), "local:i", [("F", "funding"), ("A", "accountable")]),
        (org("1", "F") + org("3", "E") + org("2", "A", "ZZ 7"), "local:ZZ7", [("F", "funding"), ("E", "extending")]),
        (org("3", "E") + org("1", "F"), "local:f", [("E", "extending")]),
        (org("3", "E") + org("4", ""), "local:ZZ-INV-1", [("E", "extending")]),
        (org("4", "演示研究所") + org("1", "演示研究所"), "local:演示研究所", [("演示研究所", "funding")]),
    ],
)
def test_the_lead_is_who_implements_else_accounts_else_funds_else_reports(
    tmp_path: Path, orgs: str, lead: str, partners: list[tuple[str, str]]
) -> None:
    found = row(tmp_path, orgs=orgs)
    assert found.values["project"]["lead"] == lead
    assert [(each["name"], each["role"]) for each in found.values["partners"]] == partners
    assert found.verdict == "accepted"


def test_an_organisation_that_is_named_twice_is_no_choice(tmp_path: Path) -> None:
    assert said(row(tmp_path, orgs=org("4", "I", "ZZ-1") * 2)) == []


def test_the_beginning_of_a_ref_says_its_scheme(tmp_path: Path) -> None:
    dialect = replace(DIALECT, scheme="iati", schemes={"CN-USCC": "cn-uscc", "CN": "cn"})
    leads = [
        row(tmp_path, dialect, orgs=org("4", "I", ref)).values["project"]["lead"]
        for ref in ("CN-USCC-91310000MA1FL0000X", "CN-7", "CNX-7", "")
    ]
    assert leads == ["cn-uscc:91310000MA1FL0000X", "cn:7", "iati:CNX-7", "iati:i"]


def test_long_names_that_begin_alike_are_two_agencies(tmp_path: Path) -> None:
    leads = {row(tmp_path, orgs=org("4", "n" * 300 + end)).values["project"]["lead"] for end in ("a", "b")}
    assert len(leads) == 2
    assert all(len(lead) <= len("local:") + 80 for lead in leads)


@pytest.mark.parametrize(
    ("narratives", "expected"),
    [
        (
            '<narrative xml:lang="fr">F</narrative><narrative>E</narrative><narrative xml:lang="zh-CN">中</narrative>',
            "中",
        ),
        ('<narrative xml:lang="fr">F</narrative><narrative>E</narrative>', "E"),
        ('<narrative xml:lang="fr"> F \n G </narrative><narrative xml:lang="es">S</narrative>', "F G"),
        ('<narrative xml:lang="zh"> </narrative><narrative xml:lang="fr">F</narrative>', "F"),
        ("Text without a narrative", "Text without a narrative"),
    ],
)
def test_a_text_is_taken_in_chinese_else_english_else_as_it_comes(
    tmp_path: Path, narratives: str, expected: str
) -> None:
    assert row(tmp_path, title=f"<title>{narratives}</title>").values["project"]["title"] == expected


def test_the_abstract_is_the_general_description(tmp_path: Path) -> None:
    described = '<description type="2"><narrative>Aims</narrative></description>'
    assert row(tmp_path, description=described).values["project"]["abstract"] == "Aims"
    described += '<description type="1"><narrative>About</narrative></description>'
    assert row(tmp_path, description=described).values["project"]["abstract"] == "About"


def test_text_without_a_visible_character_is_none(tmp_path: Path) -> None:
    found = row(
        tmp_path,
        identifier="<iati-identifier>\u200b</iati-identifier>",
        title="<title><narrative>\u200b \u3000</narrative></title>",
        orgs=org("4", "\u200b", "\ufeff") + org("2", "Ａ\u200bB"),
    )
    assert said(found) == ["identifier_missing", "title_missing"]
    assert found.values["lead_name"] == "A B"
