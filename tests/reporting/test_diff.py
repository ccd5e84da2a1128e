"""What changed between two positions: records field by field, money, figures, and the entries that did it."""

import json
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.reporting import operations
from services.reporting.contract import Diff, Snapshot, SnapshotsOfTwoPlans
from services.reporting.operations import About, Asked, Ends, Known, differing
from services.reporting.rules.differing import SHOWN
from services.reporting.store.differing import CHANGED, COUNTS
from services.shared.journal import Entry
from services.shared.money import fen_of
from tests.conftest import Cluster
from tests.reporting import portfolios
from tests.reporting.conftest import client_of
from tests.reporting.invented import (
    LEADS,
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    an_agency_entry,
    changed,
    moment,
    recorded,
    registered,
)
from tests.reporting.test_differing import applied
from tests.reporting.test_follow import DAY, MANAGER, Followed, followed
from tests.reporting.test_snapshots import grown, taken

FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
MONEY = {
    "committed": "commitment",
    "received": "receipt",
    "disbursed": "disbursement",
    "spent": "expenditure",
    "refunded": "refund",
}


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> str:
    """A database for many examples."""
    return cluster.fresh()["reporting"]


async def diffed(reports: Followed, earlier: int, later: int, limit: int = 500) -> dict[str, Any]:
    """The diff of two positions of the portfolio, all pages of it."""
    catalog = len(reports.catalog)
    ends = Ends(Asked(plan="small", as_of=DAY, known=Known(catalog, later, None)), Known(catalog, earlier, None), None)
    last, whole = "00000000-0000-0000-0000-000000000000", None
    while True:
        found = await operations.diff(reports.database, reports.plans, MANAGER, ends, UUID(last), limit)
        page = Diff.model_validate_json(found.body).model_dump(mode="json")
        if whole is None:
            whole = page
        else:
            whole["projects"] += page["projects"]
        if page["next"] is None:
            return whole | {"next": None}
        last = page["projects"][-1]["project"]


def documents(entries: list[Entry]) -> dict[str, Any]:
    """What is known of every project, from entries alone."""
    found = {}
    for one in entries:
        after = json.loads(one.body)["after"]
        if "project" in after:
            found[after["project"]["id"]] = after["project"]
    return found


@FEW
@given(entries=portfolios.journal(), data=st.data())
async def test_the_fields_of_a_diff_make_the_later_record_of_the_earlier_one(
    cluster: Cluster, url: str, entries: list[Entry], data: st.DataObject
) -> None:
    earlier = data.draw(st.integers(0, len(entries)))
    later = data.draw(st.integers(earlier, len(entries)))
    async with followed(cluster, url=url) as reports:
        await reports.follow(entries)
        found = await diffed(reports, earlier, later)
        assert (await diffed(reports, earlier, later, limit=1)) == found, "pages of one add up to the whole"
        was, now = documents(entries[:earlier]), documents(entries[:later])
        between = [json.loads(one.body)["after"] for one in entries[earlier:later]]
        touched = {after["project"]["id"] for after in between if "project" in after}
        touched |= {after["movement"]["project"] for after in between if "movement" in after}
        assert [one["project"] for one in found["projects"]] == sorted(touched)
        for one in found["projects"]:
            id = one["project"]
            assert (one["change"] == "added") == (id not in was)
            if id in was:
                assert applied(was[id], one["fields"]) == now[id]
                assert bool(one["fields"]) == (was[id] != now[id])
        assert {id for id in now if was.get(id) != now[id]} <= touched, "whose record differs is listed"
        assert found["counts"] == counted(was, now, touched) | {
            "with_money_moved": sum(bool(one["movements"]) for one in found["projects"]),
            "catalog_entries": 0,
            "portfolio_entries": later - earlier,
        }
        moved = [
            m
            for after in between
            for m in [*after.get("posted", []), *([after["movement"]] if "movement" in after else [])]
        ]
        for name, kind in MONEY.items():
            said = sum(fen_of(one["moved"][name]) for one in found["projects"])
            assert said == sum(fen_of(m["amount"]) for m in moved if m["kind"] == kind), name
        positions = {entry["position"] for one in found["projects"] for entry in one["entries"]}
        about = {at for at, after in enumerate(between, earlier + 1) if "project" in after or "movement" in after}
        assert positions == about


@FEW
@given(entries=portfolios.journal(), data=st.data())
async def test_the_figures_of_both_sides_are_those_of_coverage_then(
    cluster: Cluster, url: str, entries: list[Entry], data: st.DataObject
) -> None:
    earlier = data.draw(st.integers(3, len(entries)))
    async with followed(cluster, url=url) as reports:
        await reports.follow(entries)
        found = await diffed(reports, earlier, len(entries))
        told: list[dict[str, Any]] = []
        for side, at in (("before", earlier), ("after", len(entries))):
            known = Known(len(reports.catalog), at, None)
            body = (await operations.coverage(reports.database, reports.plans, MANAGER, asked(known))).body
            report = json.loads(body)
            figures = {item["code"]: item for item in report["items"]}
            assert {name: report["totals"][name] for name in found["totals"][side]} == found["totals"][side]
            for item in found["items"]:
                assert {name: figures[item["code"]][name] for name in item[side]} == item[side]
            told.append(figures)
        differing = {code for code in told[1] if any(told[0][code][name] != told[1][code][name] for name in SHOWN)}
        assert {item["code"] for item in found["items"]} == differing
        for one in (found["totals"], *found["items"]):
            for name, less in one["difference"].items():
                both = one["before"][name], one["after"][name]
                if None in both:
                    assert less is None
                else:
                    assert Decimal(less) == Decimal(both[1]) - Decimal(both[0])


def asked(known: Known) -> Asked:
    """Coverage of all levels, as known."""
    return Asked(plan="small", level="all", as_of=DAY, known=known)


def counted(was: dict[str, Any], now: dict[str, Any], touched: set[str]) -> dict[str, int]:
    """How many projects were added, changed, removed, from the documents alone."""
    public = {"published", "correction_pending"}
    left = [
        id
        for id in touched & was.keys()
        if was[id]["record_status"] in public and now[id]["record_status"] not in public
    ]
    added = len(touched - was.keys())
    return {
        "projects": len(touched),
        "added": added,
        "changed": len(touched) - added - len(left),
        "removed": len(left),
    }


async def test_two_snapshots_are_held_against_each_other(
    auditor: httpx.AsyncClient, app: FastAPI, portfolio: FakeJournal
) -> None:
    first = await taken(auditor)
    later = [
        changed(
            5,
            a_project_wire(
                1, title="演示 改名", shares=[{"valid_from": None, "tasks": [{"code": "4.1", "weight": "100"}]}]
            ),
        ),
        recorded(6, a_movement_wire(9, 1, kind="disbursement", amount="5.00")),
        registered(7, a_project_wire(2, lead=LEADS[1]), [a_movement_wire(10, 2, amount="8.00")]),
    ]
    for place, one in enumerate(later):
        await grown(app, portfolio, one.model_copy(update={"recorded_at": moment(60 + place)}))
    second = await taken(auditor)
    path = f"/snapshots/{first['id']}/diff/{second['id']}"
    found = (await auditor.get(path)).raise_for_status().json()
    one, two = found["projects"]
    assert (one["change"], two["change"]) == ("changed", "added")
    title = {"pointer": "/title", "change": "changed", "before": "演示 1", "after": "演示 改名", "withheld": False}
    assert title in one["fields"]
    assert (one["moved"]["disbursed"], two["moved"]["committed"]) == ("5.00", "8.00")
    assert [entry["position"] for entry in one["entries"]] == [5, 6]
    nodes = {item["code"]: item for item in found["items"]}
    assert (nodes["4.1"]["before"]["covered"], nodes["4.1"]["after"]["covered"]) == (False, True)
    assert nodes["4.8"]["after"]["gap"] != nodes["4.8"]["before"]["gap"]
    positions = {side: "{catalog}-{portfolio}".format(**found[side]["positions"]) for side in ("before", "after")}
    query = {"plan": "small", "from": positions["before"], "to": positions["after"], "as_of": "2018-06-30"}
    same = (await auditor.get("/reports/diff", params=query)).raise_for_status().json()
    assert same["projects"] == found["projects"] and same["items"] == found["items"]
    assert [same[side]["recorded_at"] for side in ("before", "after")] == [
        found[side]["recorded_at"] for side in ("before", "after")
    ]
    for file, head in (("xlsx", b"PK"), ("csv", "\ufeff".encode()), ("pdf", b"%PDF")):
        written = (await auditor.get(f"{path}.{file}")).raise_for_status().content
        assert written.startswith(head), file
        of_positions = (await auditor.get(f"/reports/diff.{file}", params=query)).raise_for_status().content
        assert of_positions.startswith(head), file
    days = {"from_as_of": "2017-01-01", "to_as_of": "2018-06-30"}
    other = (
        (await auditor.get("/reports/diff", params=query | days | {"as_of": "2016-01-01"})).raise_for_status().json()
    )
    assert (other["before"]["as_of"], other["after"]["as_of"]) == ("2017-01-01", "2018-06-30")
    assert other["totals"]["before"]["projects"] == 0 and other["totals"]["after"] == same["totals"]["after"]
    page = (await auditor.get(path, params={"limit": 1})).json()
    rest = (await auditor.get(path, params={"limit": 1, "cursor": page["next"]})).json()
    assert [p["project"] for p in page["projects"] + rest["projects"]] == [p["project"] for p in found["projects"]]


async def test_what_can_not_be_held_against_each_other_is_refused(
    auditor: httpx.AsyncClient, app: FastAPI, portfolio: FakeJournal
) -> None:
    first = await taken(auditor)
    entry = recorded(5, a_movement_wire(9, 1, amount="5.00"))
    await grown(app, portfolio, entry.model_copy(update={"recorded_at": moment(60)}))
    second = await taken(auditor)
    nobody = "00000000-0000-0000-0000-000000000000"
    position = {"plan": "small", "from": "1-1", "to": "9-5"}
    for path, query, status, code in (
        (f"/snapshots/{second['id']}/diff/{first['id']}", {}, 422, "diff_reversed"),
        (f"/snapshots/{first['id']}/diff/{nobody}", {}, 404, "unknown_snapshot"),
        ("/reports/diff", position | {"to": "9-500"}, 503, "not_yet_known"),
        ("/reports/diff", position | {"from": "9-500"}, 503, "not_yet_known"),
        ("/reports/diff", position | {"from": "9-5", "to": "9-4"}, 422, "diff_reversed"),
        ("/reports/diff", position | {"from": "9-1", "to": "8-5"}, 422, "diff_reversed"),
        ("/reports/diff", position | {"plan": "none"}, 404, "unknown_plan_here"),
        ("/reports/diff", position | {"cursor": "none"}, 422, "unknown_cursor"),
        ("/reports/diff", position | {"from": "yesterday"}, 422, "malformed"),
        ("/reports/diff.xlsx", position | {"to": "٣-5"}, 422, "malformed"),
        ("/reports/diff", position | {"agency": "local:none"}, 422, "unknown_filter_value"),
    ):
        refused = await auditor.get(path, params=query)
        assert (refused.status_code, refused.json()["code"]) == (status, code), (path, refused.text)
    wrong = (await auditor.get("/reports/diff", params=position | {"from": "yesterday"})).json()["errors"][0]
    assert wrong["pointer"] == "query/from" and wrong["code"] == "not_two_positions" and "positions" in wrong["detail"]
    ahead = (await auditor.get("/reports/diff", params=position | {"to": "9-500"})).json()["detail"]
    assert "positions 9-500" in ahead


async def test_snapshots_of_two_plans_are_not_held_against_each_other(auditor: httpx.AsyncClient) -> None:
    one = Snapshot.model_validate(await taken(auditor))
    with pytest.raises(SnapshotsOfTwoPlans, match="small and other"):
        operations.ends_of(one, one.model_copy(update={"plan": "other"}))


async def test_a_diff_is_for_managers_and_auditors(app: FastAPI, cluster: Cluster) -> None:
    query = {"plan": "small", "from": "1-1", "to": "9-4"}
    for role in ("manager", "auditor"):
        async with client_of(app, cluster.token(role)) as caller:
            assert (await caller.get("/reports/diff", params=query)).status_code == 200, role
    nobody = "00000000-0000-0000-0000-000000000000"
    async with client_of(app, cluster.token("editor")) as caller:
        for path in ("/reports/diff", "/reports/diff.csv", f"/snapshots/{nobody}/diff/{nobody}"):
            assert (await caller.get(path, params=query if path.startswith("/reports") else {})).status_code == 403, (
                path
            )


async def test_a_target_that_was_set_is_told_with_its_entry(auditor: httpx.AsyncClient) -> None:
    applied = (await auditor.get("/reports/coverage", params={"plan": "small"})).json()["positions"]
    last = applied["catalog"]
    query = {"plan": "small", "from": f"{last - 1}-4", "to": f"{last}-4"}
    found = (await auditor.get("/reports/diff", params=query)).raise_for_status().json()
    (target,) = found["catalog"]["targets"]
    assert (target["node"], target["before"], target["after"], target["position"]) == ("4.8", None, "100.00", last)
    assert found["projects"] == [] and found["counts"]["projects"] == 0
    (task,) = [item for item in found["items"] if item["code"] == "4.8"]
    assert (task["before"]["target"], task["after"]["target"], task["difference"]["target"]) == (None, "100.00", None)
    written = await auditor.get("/reports/diff.xlsx", params=query)
    rows = list(load_workbook(BytesIO(written.content), read_only=True)["目录"].iter_rows(values_only=True))
    assert [row[:2] for row in rows[1:]] == [("目标值", "4.8")]


async def test_a_file_says_what_it_has_no_room_for(
    cluster: Cluster, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(differing, "MOST", 2)
    entries = [an_agency_entry(place, lead) for place, lead in enumerate(LEADS, 1)]
    money = [a_movement_wire(number, 1) for number in range(3)]
    entries += [registered(4, a_project_wire(1), money)]
    entries += [registered(place, a_project_wire(place)) for place in (5, 6)]
    async with followed(cluster, url=url) as reports:
        await reports.follow(entries)
        catalog = len(reports.catalog)
        ends = Ends(Asked(plan="small", as_of=DAY, known=Known(catalog, 6, None)), Known(catalog, 3, None), None)
        found = await operations.whole_diff(reports.database, reports.plans, MANAGER, ends)
    answer = json.loads(found.body)
    assert answer["cut"] == ["projects", "movements"] and answer["counts"]["projects"] == 3
    assert [len(one["movements"]) for one in answer["projects"]] == [2, 0]
    book = await operations.write_report(found, "diff", About("演示"), tmp_path, "xlsx", "utf-8-sig")
    sheets = load_workbook(book, read_only=True)
    assert sheets.sheetnames == ["覆盖与缺口", "项目", "变更的字段", "资金变动", "目录", "说明"]
    said = " ".join(str(cell) for row in sheets["说明"].iter_rows(values_only=True) for cell in row)
    assert "变动的项目太多" in said and "资金变动太多" in said and "变更的字段太多" not in said
    kinds = [row[2] for row in sheets["资金变动"].iter_rows(values_only=True)]
    assert kinds == ["类型", "合同金额", "合同金额"]


async def test_what_changed_is_found_by_index_and_not_by_reading_the_portfolio(app: FastAPI) -> None:
    values = {"plan": "small", "after": 3, "until": 4, "agencies": None}
    for query in (CHANGED, COUNTS):
        async with app.state.database.transaction() as connection:
            await connection.execute("SET LOCAL enable_seqscan = off")
            cursor = await connection.execute(f"EXPLAIN {query}", values)
            plan = "\n".join(str(next(iter(row.values()))) for row in await cursor.fetchall())
        for index in ("ix_project_version_known_from", "ix_movement_known_from", "ix_relation_known_from"):
            assert index in plan
        assert "Seq Scan" not in plan
