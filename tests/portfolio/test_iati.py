"""IATI files as rows of an import. Every organisation, activity and amount is invented."""

from pathlib import Path

import pytest

from services.catalog.rules import plan_problems
from services.portfolio.contract import IatiVersionNotRead, NewMovement, NewProject, UnreadableXml
from services.portfolio.iati import IatiDialect, codes_table, dialect_of, plan_of, read, sectors_of
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


def test_the_documented_codes_are_those_of_the_reader() -> None:
    documented = Path("docs/import-codes-iati.md").read_text("utf-8")
    assert codes_table() in documented


def test_a_file_that_is_no_xml_is_refused_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_text(file(tmp_path, activity()).read_text("utf-8")[:-40], "utf-8")
    rows = read(path, DIALECT)
    with pytest.raises(UnreadableXml, match="not well-formed at line 1"):
        list(rows)


def test_what_was_said_is_found_again(tmp_path: Path) -> None:
    found = row(tmp_path, title="", status="", sectors="", money=transaction("3", "x", on=None))
    assert found.verdict == "rejected"
    assert said(found) == ["amount_unparseable", "date_missing", "sector_missing", "title_missing", "status_unknown"]
