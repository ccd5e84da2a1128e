"""Reports in the terminal: a figure is shown whole, however narrow it is, and every filter can be asked for."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from typer.testing import CliRunner

from deploy import printing, reports

FIGURES = ("projects", "committed", "disbursed", "target", "gap", "covered")
MONEY = ("committed", "received", "disbursed", "spent", "refunded")
OPENAPI = json.loads(
    (Path(__file__).parents[2] / "services" / "reporting" / "openapi.json").read_text(encoding="utf-8")
)
HEAD: dict[str, Any] = {
    "denominators": {"tasks": 58},
    "denominator": {"name": "fundable", "value": 45},
    "notes": [
        {"code": "restated", "detail": "split once", "amount": "98765432109.87"},
        {"code": "formula", "detail": "甲 ÷ 乙", "amount": None},
    ],
    "unit": "CNY",
    "as_of": "2018-06-30",
    "edition": 1,
    "recorded_at": None,
    "next": None,
}


def _answer(title: str) -> dict[str, Any]:
    amounts = {"committed": "1234567890123.45", "disbursed": "98765432109.87", "target": "1234567890.00", "gap": None}
    item = {"code": "5.10", "title": title, "projects": 12, "covered": True} | amounts
    item |= {"tasks": 1, "covered_tasks": 1, "coverage_rate": "100.0"}
    return HEAD | {"items": [item], "totals": item | {"tasks": 45, "covered_tasks": 31, "coverage_rate": "68.9"}}


def _compared(amount: str, title: str = "大数据") -> dict[str, Any]:
    sides = {side: {"projects": 3} | dict.fromkeys(MONEY, amount) for side in ("before", "after", "difference")}
    item = sides | {"code": "5.10", "title": title, "covered_before": False, "covered_after": True}
    still = sides | {"difference": {"projects": 0} | dict.fromkeys(MONEY, "0.00"), "code": "4.8", "title": "不动"}
    before = {"as_of": "2017-06-30", "recorded_at": None}
    return HEAD | {"before": before, "totals": sides, "items": [item, still | {"covered_before": True}], "moved": []}


def _moved(number: int) -> dict[str, Any]:
    difference = {"projects": 1} | dict.fromkeys(MONEY, "98765432109.87")
    entries = [{"position": 7_000_000 + number}]
    return {"project_no": f"X-{number}", "title": "演示", "difference": difference, "tasks": [], "entries": entries}


def _diff(last: bool) -> dict[str, Any]:
    figures = {"projects": 1, "committed": "1234567890123.45", "gap": None}
    both = {"before": figures | {"covered": False}, "after": figures | {"covered": True}, "difference": figures}
    target = {"node": "4.8", "before": None, "after": "10000.00", "position": 10}
    movement = {"on": "2018-01-01", "kind": "receipt", "amount": "98765432109.87", "source": "m", "year": 2018}
    fields = [
        {"pointer": "/title", "before": "甲", "after": "乙", "withheld": False},
        {"pointer": "/pi/phone_hash", "before": None, "after": None, "withheld": True},
    ]
    said = {"project_no": "X-2" if last else "X-1", "title": "演示", "change": "changed", "fields": fields}
    side = {"as_of": "2018-06-30", "recorded_at": None}
    return {
        **{
            "edition": 2,
            "unit": "CNY",
            "filters": {"level": "all", "agency": "local:A"},
            "before": side,
            "after": side,
            "next": None if last else "more",
        },
        "counts": {"projects": 2, "added": 0, "changed": 2, "removed": 0, "with_money_moved": 2},
        "totals": both,
        "items": [both | {"code": "5.10", "title": "大数据"}],
        "catalog": {"editions": [{"edition": 2, "position": 10}], "targets": [target]},
        "projects": [said | {"movements": [movement | {"position": 7}], "entries": [{"position": 7}]}],
    }


def _row(number: int) -> dict[str, Any]:
    said = {"project": None, "project_no": f"X-{number}", "title": "演示", "agency": "local:A"}
    return said | {"check": "A3", "details": ["支出超出到位"]}


RATE = {
    "title": "覆盖率",
    "value": "50.0",
    "unit": "percent",
    "numerator": "2",
    "denominator": "4",
    "formula": "甲 ÷ 乙",
}
HOLDER = {"committed": "1234567890123.45", "share": "90.0"}
QUALITY = {
    "agency": "local:A",
    "title": "演示大学",
    "projects": 3,
    "completeness": "66.7",
    "uscc_rate": None,
    "stale": 1,
}
ANSWERS: dict[str, dict[str, Any]] = {
    "coverage": _answer("大数据"),
    "gaps": _answer("大数据")
    | {
        "items": [
            {
                **{"code": "4", "title": "甲", "target_committed": "1.00", "gap_rate": None, "gap_kind": "no_target"},
                **{"relative_share": "1.1", "chapter_median": "0.7"},
            }
        ],
        "totals": {},
    },
    "matrix": HEAD
    | {
        "rows_by": "agency",
        "columns_by": "task",
        "figure": "committed",
        "rows": [{"code": "local:A", "title": "演算大学"}],
        "columns": [{"code": "5.10", "title": "大数据"}],
        "cells": [{"row": "local:A", "column": "5.10", "value": "1234567890123.45"}],
        "total": "98765432109.87",
    },
    "trend": HEAD
    | {
        "by": "month",
        "figure": "committed",
        "points": [
            {"period": "2017-01", "until": "2017-01-31", "value": "98765432109.87", "cumulative": "98765432109.87"},
            {"period": "2017-02", "until": "2017-02-28", "value": "-10000.00", "cumulative": "1234567890123.45"},
        ],
        "total": "1234567890123.45",
    },
    "flows": HEAD
    | {
        "figure": "committed",
        "nodes": [{"id": "source:m", "code": "m", "title": "市级"}, {"id": "node:5", "code": "5", "title": "发展动能"}],
        "links": [{"source": "source:m", "target": "node:5", "value": "98765432109.87"}],
        "total": "1234567890123.45",
    },
    "compare": _compared("1234567890123.45") | {"moved": [_moved(1)], "next": "more"},
    "summary": HEAD
    | {
        "rates": [
            RATE,
            RATE | {"title": "杠杆", "value": None},
            RATE | {"numerator": "1234567890123.45", "denominator": "98765432109.87"},
            RATE | {"value": "7596732.20", "unit": "amount"},
        ],
        "concentration": [
            {"by": "agency", "holders": 9, "hhi": "6800", "cr5": "90.0", "largest": [HOLDER | {"title": "[a] 大学"}]}
        ],
        "quality": QUALITY | {"agency": None, "title": None, "projects": 7},
        "quality_by_agency": [QUALITY],
    },
    "exceptions": HEAD
    | {
        "checks": [{"check": "A3", "title": "超预算", "test": "支出大于到位", "rows": 2, "amount": "98765432109.87"}],
        "items": [_row(1)],
        "next": "more",
    },
    "indicators": HEAD
    | {
        "items": [
            {
                **{"code": "I1", "name": "投入占比", "value": "4.0", "unit": "%", "goal_year": 2020},
                **{"baseline": {"value": "3.6"}, "latest": "3.8", "attained": "near", "progress": "50.0"},
            }
        ]
    },
}
for one in ANSWERS["gaps"]["items"]:
    one |= {"target": None, "gap": None}


class FrontDoor(ThreadingHTTPServer):
    """Answers reports as they were given, and remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, dict[str, list[str]]]] = []


class Answering(BaseHTTPRequestHandler):
    """One request."""

    server: FrontDoor

    def do_GET(self) -> None:
        """A report, its second page, or a file that says its name."""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        name = path.removeprefix("/api/v1/reports/")
        self.server.asked.append((name, query))
        body = name.encode()
        if name == "diff":
            body = json.dumps(_diff("cursor" in query)).encode()
        if name in ANSWERS:
            page = {"moved": [_moved(2)], "items": [_row(2)], "next": None} if "cursor" in query else {}
            body = json.dumps(ANSWERS[name] | page).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: Any) -> None:
        """Nothing is said on standard error."""


@pytest.fixture
def front_door(monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontDoor]:
    """A front door that listens, named to `kepan`."""
    server = FrontDoor()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("KEPAN_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("KEPAN_TOKEN", "a token")
    monkeypatch.setenv("COLUMNS", "60")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _kepan(*words: str) -> str:
    done = CliRunner().invoke(reports.commands, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("title", ["短", "演示：城市地下空间的综合利用与安全的一个很长的名称，放不下"])
def test_figures_are_whole_in_a_terminal_of_any_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, title: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    printing.nodes(_answer(title), "committed", FIGURES)
    said = capsys.readouterr().out
    for figure in ("123,456,789.01", "9,876,543.21", "123,456.79", "5.10", "disbursed"):
        assert figure in said, (columns, figure)
    assert "…" not in said


@pytest.mark.parametrize(
    ("report", "parts"),
    [
        (
            "coverage",
            ("大数据", "█" * printing.BAR, "31/45", "68.9 %", "covered: 31 of 45, 68.9 % (denominator: fundable)"),
        ),
        ("gaps", ("no_target", "—", "1.1 %", "0.7 %")),
        ("matrix", ("演算大学", "5.10", "123,456,789.01", "█" * printing.BAR)),
        ("trend", ("2017-01-31", "-1.00", "123,456,789.01", "█" * printing.BAR)),
        ("flows", ("市级", "发展动能", "9,876,543.21", "total of each stage")),
        ("summary", ("50.0", "甲 ÷ 乙", "HHI 6800", "[a] 大学", "123,456,789.01", "66.7 %", "7")),
        ("summary", ("│ 2 ", "123,456,789.01 │ 9,876,543.21", "759.67 │ 10,000 CNY")),
        ("exceptions", ("A3", "9,876,543.21", "X-1", "支出超出到位")),
        ("indicators", ("投入占比", "4.0 % (2020)", "near", "50.0 %", "█" * printing.BAR)),
        ("compare", ("no → yes", "X-1", "X-2", "7000002", "from 2017-06-30", "2 projects moved")),
    ],
)
def test_a_report_is_printed_as_a_table(front_door: FrontDoor, report: str, parts: tuple[str, ...]) -> None:
    said = _kepan(report)
    for part in (*parts, "as of 2018-06-30", "restated: 9,876,543.21 split once"):
        assert part in said, part
    assert "…" not in said and "不动" not in said


@pytest.mark.parametrize("report", ANSWERS)
def test_every_parameter_of_the_route_can_be_asked_for(front_door: FrontDoor, report: str) -> None:
    parameters = OPENAPI["paths"][f"/api/v1/reports/{report}"]["get"]["parameters"]
    names = {one["name"] for one in parameters} - {"cursor", "limit"}
    words = [word for name in sorted(names) for word in (f"--{name.replace('_', '-')}", "1")]
    _kepan(report, *words, "--json")
    asked = front_door.asked[0][1]
    assert {name: asked[name] for name in asked if name != "limit"} == {name: ["1"] for name in names}


@pytest.mark.parametrize("report", ANSWERS)
def test_a_report_is_written_as_files(front_door: FrontDoor, report: str, tmp_path: Path) -> None:
    paths = {format: tmp_path / f"r.{format}" for format in ("csv", "xlsx", "pdf")}
    said = _kepan(
        report, *(word for format, path in paths.items() for word in (f"--{format}", str(path))), "--year", "2017"
    )
    assert {path.read_text() for path in paths.values()} == {f"{report}.{format}" for format in paths}
    assert [query["year"] for _, query in front_door.asked] == [["2017"]] * 3 and said == ""


def test_json_has_what_moved_on_all_pages(front_door: FrontDoor) -> None:
    answer = json.loads(_kepan("compare", "--json"))
    assert ([one["project_no"] for one in answer["moved"]], answer["next"]) == (["X-1", "X-2"], None)
    assert front_door.asked[1][1]["cursor"] == ["more"]


def test_a_diff_is_printed_project_by_project_and_written_as_files(front_door: FrontDoor, tmp_path: Path) -> None:
    between = ("diff", "--from", "9-4", "--to", "10-6", "--from-as-of", "2017-06-30")
    said = _kepan(*between)
    told = ("no → yes", "123,456,789.01", "target of 4.8: — → 1.00", "edition 2 published", "withheld", "甲 → 乙")
    for part in (
        *told,
        "receipt 98765432109.87",
        "0 added, 2 changed, 0 removed",
        "X-1",
        "X-2",
        "entry 7",
        "both in edition 2, agency local:A",
    ):
        assert part in said, (part, said)
    first, second = (query for _, query in front_door.asked)
    assert (first["from"], first["to"], first["from_as_of"]) == (["9-4"], ["10-6"], ["2017-06-30"])
    assert second["cursor"] == ["more"]
    _kepan(*between, "--xlsx", str(tmp_path / "d.xlsx"))
    assert (tmp_path / "d.xlsx").read_text() == "diff.xlsx"
    assert [one["project_no"] for one in json.loads(_kepan(*between, "--json"))["projects"]] == ["X-1", "X-2"]


def test_the_diff_takes_every_parameter_of_its_route() -> None:
    command = typer.main.get_command(reports.commands).commands["diff"]  # type: ignore[attr-defined]
    parameters = OPENAPI["paths"]["/api/v1/reports/diff"]["get"]["parameters"]
    names = {one["name"] for one in parameters} - {"cursor", "limit"}
    of_command = {one.opts[0].removeprefix("--").replace("-", "_") for one in command.params}
    assert of_command - {"help"} == names | {"csv", "xlsx", "pdf", "json"}


def test_a_check_is_given_with_all_its_rows(front_door: FrontDoor) -> None:
    answer = json.loads(_kepan("exceptions", "--check", "A3", "--json"))
    assert [one["project_no"] for one in answer["items"]] == ["X-1", "X-2"]
    assert front_door.asked[1][1]["check"] == ["A3"]
