"""What changed between two positions: records field by field, money, figures, and the entries that did it."""

import json
from copy import deepcopy
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting import operations
from services.reporting.contract import Diff
from services.reporting.operations import Asked, Ends, Known
from services.reporting.rules.differing import differences
from services.reporting.store.differing import _CHANGED
from services.shared.journal import Entry
from services.shared.money import fen_of
from tests.conftest import Cluster
from tests.reporting import portfolios
from tests.reporting.invented import (
    LEADS,
    FakeJournal,
    a_movement_wire,
    a_project_wire,
    changed,
    moment,
    recorded,
    registered,
)
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


def applied(document: Any, fields: list[dict[str, Any]]) -> Any:
    """A document with the differences written into it; what is null was not there."""
    found = deepcopy(document)
    for field in fields:
        *way, last = field["pointer"].split("/")[1:]
        place = found
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if isinstance(place, list):
            at = int(last)
            place[at : at + 1] = [field["after"]]
        else:
            place[last] = field["after"]
    return found


def without_nothing(value: Any) -> Any:
    """A value without what is null in it, at the ends of lists as well."""
    if isinstance(value, dict):
        return {name: without_nothing(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nothing(one) for one in value if one is not None]
    return value


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
        assert found["counts"]["projects"] == len(touched)
        for one in found["projects"]:
            id = one["project"]
            assert (one["change"] == "added") == (id not in was)
            if id in was:
                assert without_nothing(applied(was[id], one["fields"])) == without_nothing(now[id])
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
        for side, at in (("before", earlier), ("after", len(entries))):
            known = Known(len(reports.catalog), at, None)
            body = (await operations.coverage(reports.database, reports.plans, MANAGER, asked(known))).body
            report = json.loads(body)
            figures = {item["code"]: item for item in report["items"]}
            assert {name: report["totals"][name] for name in found["totals"][side]} == found["totals"][side]
            for item in found["items"]:
                assert {name: figures[item["code"]][name] for name in item[side]} == item[side]


def asked(known: Known) -> Asked:
    """Coverage of all levels, as known."""
    return Asked(plan="small", level="all", as_of=DAY, known=known)


def test_differences_name_what_one_side_alone_has() -> None:
    before = {"a": [1, {"b": "x"}], "c/d": "1", "same": {"deep": [1]}}
    after = {"a": [1, {"b": "y"}, 3], "same": {"deep": [1]}, "new": "n"}
    assert [tuple(one) for one in differences(before, after)] == [
        ("/a/1/b", "x", "y"),
        ("/a/2", None, 3),
        ("/c~1d", "1", None),
        ("/new", None, "n"),
    ]


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
    assert {"pointer": "/title", "before": "演示 1", "after": "演示 改名"} in one["fields"]
    assert (one["moved"]["disbursed"], two["moved"]["committed"]) == ("5.00", "8.00")
    assert [entry["position"] for entry in one["entries"]] == [5, 6]
    nodes = {item["code"]: item for item in found["items"]}
    assert (nodes["4.1"]["before"]["covered"], nodes["4.1"]["after"]["covered"]) == (False, True)
    assert nodes["4.8"]["after"]["gap"] != nodes["4.8"]["before"]["gap"]
    positions = {side: "{catalog}-{portfolio}".format(**found[side]["positions"]) for side in ("before", "after")}
    query = {"plan": "small", "from": positions["before"], "to": positions["after"], "as_of": "2018-06-30"}
    same = (await auditor.get("/reports/diff", params=query)).raise_for_status().json()
    assert same["projects"] == found["projects"] and same["items"] == found["items"]
    for file, head in (("xlsx", b"PK"), ("csv", "\ufeff".encode()), ("pdf", b"%PDF")):
        written = (await auditor.get(f"{path}.{file}")).raise_for_status().content
        assert written.startswith(head), file
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
        ("/reports/diff", position | {"from": "yesterday"}, 422, "malformed"),
        ("/reports/diff", position | {"agency": "local:none"}, 422, "unknown_filter_value"),
    ):
        refused = await auditor.get(path, params=query)
        assert (refused.status_code, refused.json()["code"]) == (status, code), (path, refused.text)


async def test_what_changed_is_found_by_index_and_not_by_reading_the_portfolio(app: FastAPI) -> None:
    values = {"plan": "small", "after": 3, "until": 4, "agencies": None}
    async with app.state.database.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        cursor = await connection.execute(f"EXPLAIN {_CHANGED}", values)
        plan = "\n".join(str(next(iter(row.values()))) for row in await cursor.fetchall())
    for index in ("ix_project_version_known_from", "ix_movement_known_from", "ix_relation_known_from"):
        assert index in plan
    assert "Seq Scan" not in plan
