"""`kepan explain`: a figure in the terminal with what it is the sum of, asked for by its code or by a printed link."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deploy import asking, cli, printing, reports

OPENAPI = json.loads(
    (Path(__file__).parents[2] / "services" / "reporting" / "openapi.json").read_text(encoding="utf-8")
)
FILTERS: dict[str, Any] = {
    **dict.fromkeys(("agency", "district", "fund_class", "stage", "scope")),
    **{"level": "task", "year": [], "source": []},
}
TASKS = [
    {"task": "4.8", "target": "300.00", "committed": "100.10", "gap": "199.90", "surplus": "0.00"},
    {"task": "5.10", "target": "50.00", "committed": "60.00", "gap": "0.00", "surplus": "10.00"},
]
TARGET = {"task": "4.8", "stated_amount": "300.00", "amount": "300.00", "source_document": "演示", "position": 44}
PART = {"project_no": "X-1", "title": "演示", "task": "4.8", "share": "60", "amount": None, "position": 7}
PART |= dict.fromkeys(("kind", "on", "source"))
LINK = "/api/v1/reports/coverage/4.8/explain?plan=iati&edition=2&year=2017,2018&agency=local:A&figure=spent&limit=5"


def _answer(figure: str, total: Any, items: list[Any], tasks: list[Any], **filters: Any) -> dict[str, Any]:
    said = {"code": "4", "figure": figure, "total": total, "items": items, "tasks": tasks}
    return said | {"unit": "CNY", "filters": FILTERS | filters}


def _printed(capsys: pytest.CaptureFixture[str], *answer: Any, **filters: Any) -> str:
    printing.explanation(_answer(*answer, **filters))
    return capsys.readouterr().out


@pytest.mark.parametrize("figure", ["target", "committed", "gap", "surplus"])
def test_the_lines_of_tasks_add_up_to_what_stands_below_them(capsys: pytest.CaptureFixture[str], figure: str) -> None:
    said = _printed(capsys, "gap", "199.90", [TARGET, TARGET | {"task": "5.10", "position": 45}], TASKS)
    for task in TASKS:
        assert task[figure] in said
    assert str(sum(Decimal(task[figure]) for task in TASKS)) in said.partition("total")[2]
    assert said.endswith("gap of 4: 199.90 CNY, the sum of 2 tasks with 2 targets\n") and "45" in said


def test_projects_are_counted_and_bear_no_currency(capsys: pytest.CaptureFixture[str]) -> None:
    said = _printed(capsys, "projects", 1, [PART, PART | {"task": "5.10"}], [])
    assert "projects of 4: 1, each counted once, at 2 places" in said and "CNY" not in said
    assert "committed of 4: 5.00 CNY, 1 parts" in _printed(capsys, "committed", "5.00", [PART], [])


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ({}, "there is no target here"),
        ({"year": [2017]}, "there is no target here for these years and sources"),
        ({"agency": "local:A"}, "targets are set for the whole plan, not for a part of it (agency)"),
    ],
)
def test_where_there_is_no_target_the_reason_is_said(
    capsys: pytest.CaptureFixture[str], filters: dict[str, Any], reason: str
) -> None:
    assert _printed(capsys, "gap", None, [], [], **filters) == f"gap of 4: none, as {reason}\n"


class Door:
    """Remembers what was asked, and answers nothing that is printed."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer = _answer("committed", "0.00", [], []) | {"next": None}

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """An answer of one page."""
        self.asked.append((path, query))
        return self.answer


@pytest.fixture
def front_door(monkeypatch: pytest.MonkeyPatch) -> Door:
    found = Door()
    monkeypatch.setattr(reports, "door", lambda: found)
    return found


@pytest.mark.parametrize("host", ["", "https://kepan.example"])
@pytest.mark.parametrize("command", [["explain"], ["report", "explain"]])
def test_a_printed_link_is_followed_with_its_filters(front_door: Door, command: list[str], host: str) -> None:
    done = CliRunner().invoke(cli.app, [*command, f"{host}{LINK}"])
    assert done.exit_code == 0, done.output
    filters = {"plan": ["iati"], "edition": ["2"], "year": ["2017,2018"], "agency": ["local:A"], "figure": ["spent"]}
    assert front_door.asked == [("/reports/coverage/4.8/explain", filters | {"limit": 500})]


def test_an_option_beside_a_link_takes_the_place_of_its_own(front_door: Door) -> None:
    done = CliRunner().invoke(cli.app, ["explain", LINK, "--figure", "committed", "--year", "2019"])
    assert done.exit_code == 0, done.output
    query = front_door.asked[0][1]
    assert (query["figure"], query["year"], query["plan"]) == ("committed", ["2019"], ["iati"])


def test_an_option_fills_its_place_in_a_link(front_door: Door) -> None:
    link = LINK.replace("figure=spent", "figure={figure}")
    done = CliRunner().invoke(cli.app, ["explain", link, "--figure", "gap", "--edition", "3"])
    assert done.exit_code == 0, done.output
    assert (front_door.asked[0][1]["figure"], front_door.asked[0][1]["edition"]) == ("gap", 3)


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("/api/v1/reports/coverage/{row}/explain?plan=p", "write what you ask for instead of {row}"),
        ("/api/v1/reports/coverage/4/explain?plan=p&agency=%7Brow%7D", "write what you ask for instead of {row}"),
        ("/api/v1/reports/coverage/4/explain?plan=p&figure={figure}", "write what you ask for instead of {figure}"),
        ("https://kepan.example/reports/coverage", "is no link to an explanation"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(front_door: Door, link: str, reason: str) -> None:
    done = CliRunner().invoke(cli.app, ["explain", link])
    assert (done.exit_code, front_door.asked) == (1, []) and reason in done.stderr


def test_a_code_is_asked_for_with_the_options(front_door: Door) -> None:
    done = CliRunner().invoke(cli.app, ["explain", "5.10", "--figure", "gap"])
    assert done.exit_code == 0, done.output
    asked = {"plan": asking.PLAN, "denominator": "tasks", "figure": "gap", "limit": 500}
    assert front_door.asked == [("/reports/coverage/5.10/explain", asked)]


def test_explain_takes_the_filters_of_its_route() -> None:
    command = typer.main.get_command(reports.commands).commands["explain"]  # type: ignore[attr-defined]
    parameters = OPENAPI["paths"]["/api/v1/reports/coverage/{code}/explain"]["get"]["parameters"]
    names = {one["name"] for one in parameters} - {"cursor", "limit"}
    assert {one.name for one in command.params} - {"help"} == names | {"as_json"}


@pytest.mark.parametrize("rate", ["overdue_rate", "/api/v1/reports/summary/overdue_rate/explain?plan=iati&edition=2"])
def test_a_rate_of_projects_opens_into_what_each_adds(front_door: Door, rate: str) -> None:
    front_door.answer = {
        "rate": "overdue_rate",
        "numerator_total": "1",
        "denominator_total": "2",
        "items": [
            {"project_no": "X-1", "title": "演示", "lead": "local:A", "state": "contracted", "numerator": "1"}
            | {"denominator": "1"}
        ],
        "next": None,
    }
    said = CliRunner().invoke(cli.app, ["explain", rate])
    assert said.exit_code == 0, said.output
    assert front_door.asked[0][0] == "/reports/summary/overdue_rate/explain" and "figure" not in front_door.asked[0][1]
    assert "X-1" in said.output and "overdue_rate: 1 projects" in said.output
