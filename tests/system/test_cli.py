"""The command line, against a running system: as an agency's clerk types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from deploy.local import superuser_of
from tests.portfolio.iati_files import PARTS, activity, budget, file, transaction
from tests.portfolio.lists import a_list, a_row
from tests.system.conftest import ROOT, System, caught_up

pytestmark = pytest.mark.xdist_group("system")
PLAN = "shanghai-sti-13"


def kepan(system: System, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """One command, in the home of the system."""
    environment = os.environ | {
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
        "KEPAN_HOME": str(system.home),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    command = [sys.executable, "-m", "deploy", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, input=given, check=False)


def test_a_project_is_registered_shown_and_moved_on(system: System) -> None:
    with system.client() as manager:
        agency = {"identifier": {"scheme": "local", "value": "CLI-01"}, "name": "演示", "type": "institute"}
        manager.post("/agencies", json=agency)
    project = {"title": "演示：命令行", "lead": "local:CLI-01", "project_no": "CLI-1", "record": "draft"}
    made = kepan(system, "project", "register", "-", "--json", given=json.dumps(project))
    assert made.returncode == 0, made.stderr
    id = json.loads(made.stdout)["id"]
    lacking = kepan(system, "project", "submit", id)
    assert lacking.returncode == 1
    assert "/tasks required" in lacking.stderr and "Traceback" not in lacking.stderr
    assert "record draft" in kepan(system, "project", "show", "CLI-1").stdout
    assert "CLI-1" in kepan(system, "project", "list", "--record", "draft").stdout
    unknown = kepan(system, "project", "show", "CLI-2")
    assert (unknown.returncode, "0 projects" in unknown.stderr) == (1, True)


def test_a_list_is_checked_applied_and_returned(system: System, tmp_path: Path) -> None:
    rows = [a_row(1), a_row(2, 规划任务="9.9")]
    path = a_list(tmp_path / "清单.xlsx", rows)
    checked = kepan(system, "import", "check", str(path), "--plan", PLAN)
    assert checked.returncode == 2
    assert "task_unknown" in checked.stdout and "nothing written" in checked.stdout
    target = tmp_path / "result.xlsx"
    words = ("import", "apply", str(path), "--accept-valid", "--json", "--result", str(target))
    applied = kepan(system, *words)
    made = json.loads(applied.stdout)
    assert (applied.returncode, made["applied"], made["counts"]["created"]) == (2, True, 1)
    assert target.read_bytes()[:2] == b"PK"
    for name in ("projects.xlsx", "projects.csv"):
        assert kepan(system, "project", "export", str(tmp_path / name)).returncode == 0
    again = kepan(system, "import", "apply", str(tmp_path / "projects.csv"), "--json")
    assert json.loads(again.stdout)["counts"]["updated"] == 0


def test_what_can_not_be_is_said_in_one_sentence(system: System, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    refused = kepan(system, "import", "check", str(tmp_path / "a.csv"))
    assert refused.returncode == 1
    assert "no_project_list" in refused.stderr and "Traceback" not in refused.stderr
    assert kepan(system, "import", "check", str(tmp_path / "none.csv")).returncode == 2
    assert "complete" in kepan(system, "--show-completion", "bash").stdout.lower()


def test_a_publishers_iati_file_becomes_a_plan_and_a_portfolio(system: System, tmp_path: Path) -> None:
    money = transaction("2", "1000") + transaction("2", "-100.50") + transaction("3", "70.25")
    split = '<sector code="11220" percentage="66.66"/><sector code="43082" percentage="33.33"/>'
    one = activity('default-currency="EUR"', money=money, sectors=split)
    giver = '<participating-org ref="ZZ-INV-3" role="1"><narrative>Giver</narrative></participating-org>'
    other = activity(
        'default-currency="EUR"',
        identifier="<iati-identifier>ZZ-INV-1-A2</iati-identifier>",
        orgs=PARTS["orgs"] + giver,
        money=budget("900", "2021-01-01", "2021-12-31"),
    )
    path = file(tmp_path, one, other)
    words = ("import", "apply", str(path), "--plan", "invented-iati", "--make-plan", "--json")
    applied = kepan(system, *words)
    assert applied.returncode == 0, applied.stderr + applied.stdout
    assert json.loads(applied.stdout)["counts"]["created"] == 2
    again = json.loads(kepan(system, *words).stdout)
    assert (again["counts"]["unchanged"], again["counts"]["created"]) == (2, 0)
    with system.client() as manager:
        caught_up(manager)
        assert manager.get("/plans/invented-iati").json()["currency"] == "EUR"
        report = manager.get("/reports/coverage", params={"plan": "invented-iati"}).json()
        assert (report["totals"]["committed"], report["totals"]["disbursed"]) == ("1799.50", "70.25")
        assert {item["code"]: item["committed"] for item in report["items"]} == {
            "1:11110": "900.00",
            "1:11220": "599.67",
            "1:43082": "299.83",
        }
        asked = {"plan": "invented-iati", "project_no": "ZZ-INV-1-A2"}
        (found,) = manager.get("/projects", params=asked).json()["items"]
        project = manager.get(f"/projects/{found['id']}").json()
        assert [partner["name"] for partner in project["partners"]] == ["Giver"]


def test_a_report_is_shown_with_bars_and_written_as_files(system: System, tmp_path: Path) -> None:
    shown = kepan(system, "report", "coverage", "--as-of", "2018-06-30", "--level", "chapter")
    assert shown.returncode == 0, shown.stderr
    assert "夯实科技基础" in shown.stdout and "tasks 58" in shown.stdout
    asked = kepan(system, "report", "gaps", "--year", "2017", "--json")
    assert json.loads(asked.stdout)["filters"]["year"] == [2017]
    paths = {format: tmp_path / f"r.{format}" for format in ("csv", "xlsx", "pdf")}
    words = [word for format, path in paths.items() for word in (f"--{format}", str(path))]
    assert kepan(system, "report", "coverage", *words).returncode == 0
    starts = {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF"}
    assert all(path.read_bytes().startswith(starts[format]) for format, path in paths.items())
    with system.client() as manager:
        agency = {"identifier": {"scheme": "local", "value": "CLI-R"}, "name": "演示", "type": "institute"}
        manager.post("/agencies", json=agency).raise_for_status()
        budget = [{"year": 2017, "source": "municipal", "amount": "100.01"}]
        project = {"plan": PLAN, "title": "演示：报表", "lead": "local:CLI-R", "state": "contracted", "budget": budget}
        project |= {
            "approved_on": "2017-03-15",
            "tasks": [{"code": "4.8", "weight": "70"}, {"code": "5.1", "weight": "30"}],
        }
        manager.post("/projects", json=project).raise_for_status()
        caught_up(manager)
    opened = json.loads(kepan(system, "report", "explain", "total", "--agency", "local:CLI-R", "--json").stdout)
    assert (opened["total"], sorted(item["amount"] for item in opened["items"])) == ("100.01", ["30.00", "70.01"])
    assert "total" in kepan(system, "report", "matrix", "--rows", "district", "--columns", "chapter").stdout
    checked = json.loads(kepan(system, "report", "exceptions", "--agency", "local:CLI-R", "--json").stdout)
    assert [one["check"] for one in checked["checks"]] == [f"A{number}" for number in range(1, 15)]
    summed = kepan(system, "report", "summary", "--agency", "local:CLI-R", "--xlsx", str(paths["xlsx"]), "--json")
    rates = {one["code"]: one["value"] for one in json.loads(summed.stdout)["rates"]}
    assert (rates["average_grant"], rates["receipt_rate"]) == ("100.01", "0.0")
    assert "I1" in kepan(system, "report", "indicators").stdout
    for report in ("trend", "flows", "compare"):
        since = ("--from-as-of", "2017-01-01") if report == "compare" else ()
        shown = kepan(system, "report", report, *since, "--agency", "local:CLI-R", "--pdf", str(paths["pdf"]), "--json")
        assert json.loads(shown.stdout)["filters"]["agency"] == "local:CLI-R", shown.stderr
        assert paths["pdf"].read_bytes().startswith(b"%PDF")
        assert "0.01" in kepan(system, "report", report, *since, "--agency", "local:CLI-R").stdout
    refused = kepan(system, "report", "coverage", "--level", "floor")
    assert (refused.returncode, "unknown_level" in refused.stderr) == (1, True)


def test_a_row_that_was_changed_in_the_database_is_named(system: System) -> None:
    with system.client() as manager:
        agency = {"identifier": {"scheme": "local", "value": "CLI-09"}, "name": "演示", "type": "institute"}
        manager.post("/agencies", json=agency).raise_for_status()
    project = {"title": "演示：核对", "lead": "local:CLI-09", "project_no": "CLI-9", "record": "draft"}
    assert kepan(system, "project", "register", "-", given=json.dumps(project)).returncode == 0
    sound = kepan(system, "audit", "journals")
    assert (sound.returncode, sound.stdout.count("all agree")) == (0, 2), sound.stdout + sound.stderr
    change = "UPDATE portfolio.project SET body = replace(body, '演示：{}', '演示：{}') WHERE body LIKE '%CLI-9%'"
    url = superuser_of(system.home)
    assert url is not None
    with psycopg.connect(url) as admin:
        admin.execute(change.format("核对", "伪造"))
    found = kepan(system, "audit", "journals", "--json")
    differing = json.loads(found.stdout)["portfolio"]["differing"]
    assert (found.returncode, [one["pointer"] for one in differing]) == (2, ["/title"])
    with psycopg.connect(url) as admin:
        admin.execute(change.format("伪造", "核对"))
    assert kepan(system, "audit", "journals").returncode == 0
