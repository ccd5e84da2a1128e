"""Load a government's own portfolio through the gateway and compare every figure with the publisher's own.

    python tests/real/aims.py DIR --url http://127.0.0.1:8000 [--home .kepan]

DIR holds `projects.csv` and `transactions.csv` (AidData research releases). The plan is made of the sector codes that
the file names, in USD; a project's shares over its sectors are equal. Compared are: every project's committed (C) and
disbursed (D) total with the sum of its transactions rounded to the cent, exactly; the same with the publisher's
columns, within half a cent a transaction; the report's totals and sectors; distinct counts. The last line is JSON.
"""

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from services.shared.money import from_fen, in_fen, split
from services.shared.tokens import Signer

CENT = Decimal("0.01")
KINDS = {"C": "commitment", "D": "disbursement", "E": "expenditure", "R": "receipt"}
UNSPECIFIED = "unspecified"
BATCH = 16


@dataclass
class Real:
    """A project as the publisher has it."""

    number: str
    row: dict[str, str]
    sectors: list[str]
    transactions: list[tuple[str, date, int, Decimal, str]] = field(default_factory=list)

    def total(self, kind: str) -> int:
        """Its transactions of a kind, each rounded to the cent, in cents."""
        return sum(in_fen(amount) for found, _, _, amount, _ in self.transactions if found == kind)


def read(folder: Path) -> list[Real]:
    """The projects of a folder with their transactions."""
    with (folder / "projects.csv").open(newline="", encoding="utf-8-sig") as file:
        projects = {row["project_id"]: Real(row["project_id"], row, _sectors(row)) for row in csv.DictReader(file)}
    with (folder / "transactions.csv").open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            project = projects.get(row["project_id"])
            if project is None:
                blank = {"project_title": f"(no project row) {row['project_id']}", "donors": "", "donors_iso3": ""}
                project = projects[row["project_id"]] = Real(row["project_id"], blank, [UNSPECIFIED])
            amount = Decimal(row["transaction_value"]).quantize(CENT, ROUND_HALF_UP)
            day, year = _when(row)
            if amount:
                code = row["transaction_value_code"]
                project.transactions.append((code, day, year, amount, row["transaction_id"]))
    return list(projects.values())


def _sectors(row: dict[str, str]) -> list[str]:
    codes = [code.strip() for code in (row.get("ad_sector_codes") or "").split("|") if code.strip()]
    return [re.sub(r"[\s,]+", "-", code) for code in codes] or [UNSPECIFIED]


def _when(row: dict[str, str]) -> tuple[date, int]:
    if row.get("transaction_isodate"):
        day = date.fromisoformat(row["transaction_isodate"][:10])
        return day, int(row["transaction_year"] or day.year)
    year = int(row["transaction_year"])
    return date(year, 12, 31), year


def equal_weights(count: int) -> list[str]:
    """Equal shares by largest remainder at 0.01, in plan order."""
    return [from_fen(part) for part in split(10_000, [1] * count)]


class Door:
    """The front door, for one caller."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=120)

    def get(self, path: str, **query: Any) -> Any:
        """A good answer as JSON."""
        return self._checked(self._http.get(path, params=query))

    def post(self, path: str, body: Any, key: str | None = None, accept: tuple[int, ...] = ()) -> Any:
        """A write; a status of `accept` is good as well. Repeated while the answer is 503."""
        headers = {"Idempotency-Key": key} if key else {}
        for _ in range(60):
            answer = self._http.post(path, json=body, headers=headers)
            if answer.status_code not in (503, 504):
                break
            sleep(0.5)
        return self._checked(answer, accept)

    def _checked(self, answer: httpx.Response, accept: tuple[int, ...] = ()) -> Any:
        if not answer.is_success and answer.status_code not in accept:
            raise SystemExit(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:500]}")
        return answer.json()


def load(folder: Path, projects: list[Real], editor: Door, manager: Door) -> str:
    """Publish the plan, register the agencies, projects and movements; the plan's slug."""
    slug = f"aims-{folder.resolve().name.replace('_', '-')}"
    names = _sector_names(projects)
    nodes = [
        {"code": code, "level": "sector", "number": code, "title": names[code], "kind": "research", "fundable": True}
        for code in sorted(names)
    ]
    plan = {
        "slug": slug,
        "title": f"Sectors of {folder.name}",
        "currency": "USD",
        "time_zone": "UTC",
        "levels": [{"code": "sector", "title": "Sector", "carries_shares": True}],
        "settings": {"agency_schemes": ["iso3", "local"], "covering_weight": "0"},
        "nodes": nodes,
    }
    editor.post("/plans", plan)
    order = {code: i for i, code in enumerate(sorted(names))}
    with ThreadPoolExecutor(BATCH) as pool:
        list(pool.map(lambda a: manager.post("/agencies", a, accept=(409,)), _agencies(projects)))
        list(pool.map(lambda p: _load_one(manager, slug, p, order), projects))
    return slug


def _sector_names(projects: list[Real]) -> dict[str, str]:
    names: dict[str, str] = {}
    for project in projects:
        given = [name.strip() for name in (project.row.get("ad_sector_names") or "").split("|")]
        for i, code in enumerate(project.sectors):
            name = given[i] if len(given) == len(project.sectors) and given[i] else code
            names.setdefault(code, name)
    return {code: f"{name} [{code}]" for code, name in names.items()}


def lead_of(project: Real) -> str:
    """The first donor as a local agency."""
    name = (project.row.get("donors") or "").split("|")[0].strip() or "unknown donor"
    return "local:" + (re.sub(r"\W+", "-", name.casefold()).strip("-")[:80] or "unknown")


def _agencies(projects: list[Real]) -> list[dict[str, Any]]:
    found = {}
    for project in projects:
        name = (project.row.get("donors") or "").split("|")[0].strip() or "unknown donor"
        value = lead_of(project).removeprefix("local:")
        found[value] = {"identifier": {"scheme": "local", "value": value}, "name": name, "type": "other"}
    return list(found.values())


def _load_one(manager: Door, slug: str, project: Real, order: dict[str, int]) -> None:
    ordered = sorted(project.sectors, key=lambda code: order[code])
    body = {
        "plan": slug,
        "project_no": project.number,
        "issuing_body": slug,
        "title": project.row["project_title"].strip() or project.number,
        "lead": lead_of(project),
        "state": "in_progress",
        "state_on": "1900-01-01",
        "tasks": [{"code": c, "weight": w} for c, w in zip(ordered, equal_weights(len(ordered)), strict=True)],
    }
    start = project.row.get("start_actual_isodate", "")[:10]
    end = project.row.get("end_actual_isodate", "")[:10]
    if start:
        body["start_on"] = start
    if end and end >= start:
        body["end_on"] = end
    id = manager.post("/projects", body, key=f"{slug}/{project.number}")["id"]
    for kind, day, year, amount, reference in project.transactions:
        movement = {
            "kind": KINDS.get(kind, "expenditure"),
            "on": day.isoformat() if day != date(year, 12, 31) else str(year),
            "year": year,
            "source": "other",
            "amount": f"{amount:.2f}",
            "reference": f"{kind} {reference}",
        }
        manager.post(f"/projects/{id}/movements", movement, key=f"{slug}/{reference}")


def caught_up(door: Door) -> None:
    """Wait until the report stands at the end of the journal."""
    position = 0
    while page := door.get("/journal", after=position, limit=500)["items"]:
        position = page[-1]["position"]
    deadline = monotonic() + 600
    while monotonic() < deadline:
        if door.get("/reports/positions")["positions"]["portfolio"] >= position:
            return
        sleep(0.2)
    raise SystemExit("the report does not catch up with the journal")


def registered(door: Door, slug: str) -> Iterator[dict[str, Any]]:
    """Every project of the plan as Kepan has it."""
    cursor = None
    while True:
        query = {"plan": slug, "limit": 500} | ({"cursor": cursor} if cursor else {})
        page = door.get("/projects", **query)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def ledger(door: Door, id: str) -> dict[str, int]:
    """The sum of a project's movements of each kind, in cents."""
    sums: dict[str, int] = defaultdict(int)
    cursor = None
    while True:
        page = door.get(f"/projects/{id}/movements", limit=500, **({"cursor": cursor} if cursor else {}))
        for movement in page["items"]:
            sums[movement["kind"]] += in_fen(Decimal(movement["amount"]))
        cursor = page["next"]
        if cursor is None:
            return sums


def compare(projects: list[Real], slug: str, door: Door) -> list[str]:
    """Every difference, as a sentence."""
    found = {project["project_no"]: project for project in registered(door, slug)}
    differences = [f"{p.number}: not registered" for p in projects if p.number not in found]
    with ThreadPoolExecutor(BATCH) as pool:
        each = pool.map(lambda p: _compare_one(p, ledger(door, found[p.number]["id"])), _known(projects, found))
        differences += [difference for many in each for difference in many]
    return differences + _compare_report(projects, door.get("/reports/coverage", plan=slug, level="sector"))


def _known(projects: list[Real], found: dict[str, Any]) -> list[Real]:
    return [project for project in projects if project.number in found]


def _compare_one(project: Real, ours: dict[str, int]) -> list[str]:
    differences = []
    for code, kind, column in (("C", "commitment", "total_commitments"), ("D", "disbursement", "total_disbursements")):
        if ours[kind] != project.total(code):
            differences.append(f"{project.number} {kind}: {ours[kind]} is not {project.total(code)}")
        published = project.row.get(column)
        allowed = Decimal("0.005") * max(1, sum(t[0] == code for t in project.transactions))
        if published and abs(Decimal(published) - Decimal(ours[kind]) / 100) > allowed:
            differences.append(f"{project.number} {kind}: the publisher has {published}, we {ours[kind]}")
    return differences


def _compare_report(projects: list[Real], report: dict[str, Any]) -> list[str]:
    """Totals and sectors of the report against splits computed here from the publisher's files."""
    figures = {"committed": "commitment", "disbursed": "disbursement", "spent": "expenditure", "received": "receipt"}
    expected: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counts: dict[str, set[str]] = defaultdict(set)
    order = {item["code"]: i for i, item in enumerate(report["items"])}
    for project in projects:
        weights: dict[str, int] = defaultdict(int)
        ordered = sorted(project.sectors, key=lambda code: order[code])
        for code, weight in zip(ordered, equal_weights(len(ordered)), strict=True):
            weights[code] += in_fen(Decimal(weight))
        codes = sorted(weights, key=lambda code: order[code])
        for code in codes:
            counts[code].add(project.number)
        for kind, _, _, amount, _ in project.transactions:
            parts = split(in_fen(amount), [weights[code] for code in codes])
            for code, part in zip(codes, parts, strict=True):
                expected[KINDS.get(kind, "expenditure")][code] += part
    differences = []
    for figure, kind in figures.items():
        total = sum(expected[kind].values())
        if in_fen(Decimal(report["totals"][figure])) != total:
            differences.append(f"total {figure}: {report['totals'][figure]} is not {from_fen(total)}")
        for item in report["items"]:
            if in_fen(Decimal(item[figure])) != expected[kind][item["code"]]:
                differences.append(f"{item['code']} {figure}: {item[figure]} is not {expected[kind][item['code']]}")
    if report["totals"]["projects"] != len(projects):
        differences.append(f"{report['totals']['projects']} projects in the report, {len(projects)} in the file")
    for item in report["items"]:
        if item["projects"] != len(counts[item["code"]]):
            differences.append(f"{item['code']}: {item['projects']} projects, not {len(counts[item['code']])}")
    return differences


def main() -> int:
    """Load, compare, print; the exit code says whether all agreed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--home", type=Path, default=Path(".kepan"), help="KEPAN_HOME of the running system")
    given = parser.parse_args()
    signer = Signer("gateway", given.home / "keys" / "gateway.pem")
    editor = Door(given.url, signer.sign("editor@aims", "editor"))
    manager = Door(given.url, signer.sign("manager@aims", "manager"))
    projects = read(given.folder)
    started = monotonic()
    slug = load(given.folder, projects, editor, manager)
    caught_up(manager)
    differences = compare(projects, slug, manager)
    for difference in differences[:50]:
        print(difference)
    summary = {
        "plan": slug,
        "differences": len(differences),
        "projects": len(projects),
        "transactions": sum(len(project.transactions) for project in projects),
        "seconds": round(monotonic() - started, 1),
    }
    print(json.dumps(summary))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
