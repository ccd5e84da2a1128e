"""The auditor's desk: samples that anybody can draw again, findings that stay, the archive's metadata."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.sampling import Drawn, Item, MonetaryUnits, RandomSample, digest_of, start_of
from tests.conftest import Cluster
from tests.reporting.conftest import client_of
from tests.reporting.invented import LEADS, FakeJournal, a_movement_wire, a_project_wire, moment, recorded, registered
from tests.reporting.test_snapshots import grown, package_bytes, taken

ITEMS = [Item("a", 300), Item("b", -50), Item("c", 0), Item("d", 1_000), Item("e", 200)]


def drawn(sample: RandomSample | MonetaryUnits, items: list[Item]) -> list[Drawn]:
    """What a sample draws from items."""
    for item in items:
        sample.add(item)
    return sample.drawn()


def test_a_random_sample_is_the_least_digests() -> None:
    # printf '2026:a' | sha256sum, and so on
    by_hand = sorted((hashlib.sha256(f"2026:{item.id}".encode()).hexdigest(), item.id) for item in ITEMS)
    found = drawn(RandomSample(2, "2026"), ITEMS)
    assert [(one.digest, one.item.id) for one in found] == by_hand[:2]


def test_monetary_units_fall_where_the_points_fall() -> None:
    # The line: a 0-299, d 300-1299, e 1300-1499. Three points, 500 apart, from r / 3 on.
    start = start_of(1_500, "2026")
    points = [(start + k * 1_500) / 3 for k in range(3)]
    expected = {"a": 0, "d": 0, "e": 0}
    for point in points:
        expected["a" if point < 300 else "d" if point < 1_300 else "e"] += 1
    found = drawn(MonetaryUnits(1_500, 3, "2026"), ITEMS)
    assert {one.item.id: one.hits for one in found} == {id: hits for id, hits in expected.items() if hits}
    assert expected["d"] >= 1, "an item longer than the interval is drawn for certain"


@given(
    values=st.lists(st.integers(-20, 40), min_size=1, max_size=30),
    size=st.integers(1, 12),
    seed=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8),
)
def test_every_fen_has_the_same_chance(values: list[int], size: int, seed: str) -> None:
    items = [Item(f"{place:03}", value) for place, value in enumerate(values)]
    line = [item.id for item in items for _ in range(max(0, item.fen))]
    if not line:
        return
    # Naive: every fen in `size` parts, one of which in so many is a point.
    total, start = len(line), start_of(len(line), seed)
    points = [line[(start + k * total) // size] for k in range(size)]
    found = drawn(MonetaryUnits(total, size, seed), items)
    assert {one.item.id: one.hits for one in found} == {id: points.count(id) for id in points}
    assert sum(one.hits for one in found) == size


@given(count=st.integers(0, 40), size=st.integers(1, 10), seed=st.text(min_size=1, max_size=5))
def test_a_random_sample_does_not_depend_on_the_order_of_the_population(count: int, size: int, seed: str) -> None:
    items = [Item(str(UUID(int=number)), 1) for number in range(count)]
    found = drawn(RandomSample(size, seed), items)
    assert found == drawn(RandomSample(size, seed), items[::-1])
    assert [one.digest for one in found] == sorted(digest_of(seed, item.id) for item in items)[:size]


@pytest.fixture
async def snapshot(auditor: httpx.AsyncClient, app: FastAPI, portfolio: FakeJournal) -> dict[str, Any]:
    """A snapshot of three projects."""
    more = [
        registered(5, a_project_wire(2, lead=LEADS[1]), [a_movement_wire(5, 2, amount="8.00")]),
        registered(6, a_project_wire(3, lead=LEADS[2]), [a_movement_wire(6, 3, amount="1000.00")]),
        recorded(7, a_movement_wire(7, 3, amount="-1.00")),
    ]
    for place, one in enumerate(more):
        await grown(app, portfolio, one.model_copy(update={"recorded_at": moment(60 + place)}))
    return await taken(auditor)


async def test_a_sample_is_drawn_kept_and_drawn_again(auditor: httpx.AsyncClient, snapshot: dict[str, Any]) -> None:
    path = f"/snapshots/{snapshot['id']}/samples"
    asked = {"method": "monetary_unit", "size": 2, "seed": "2026", "purpose": "合同金额"}
    answer = await auditor.post(path, json=asked)
    assert answer.status_code == 201, answer.text
    sample = answer.json()
    assert (sample["count"], sample["value"], sample["apart_count"]) == (3, "1107.00", 0)
    assert sample["items"][-1]["project"] == str(UUID(int=3)) and sum(one["hits"] for one in sample["items"]) == 2
    again = (await auditor.post(path, json=asked)).json()
    assert again["items"] == sample["items"] and again["id"] != sample["id"]
    by_movement = (await auditor.post(path, json=asked | {"population": "movements", "size": 50})).json()
    assert (by_movement["count"], by_movement["apart_count"], by_movement["apart_value"]) == (4, 1, "-1.00")
    random = (await auditor.post(path, json={"method": "random", "size": 2})).json()
    assert len(random["seed"]) == 32 and len(random["items"]) == 2
    redone = (await auditor.post(path, json={"method": "random", "size": 2, "seed": random["seed"]})).json()
    assert redone["items"] == random["items"]
    listed = (await auditor.get(path, params={"limit": 2})).json()
    assert [one["id"] for one in listed["items"]] == [sample["id"], again["id"]] and listed["next"]
    assert (await auditor.get(f"{path}/{sample['id']}")).json() == sample
    nothing = await auditor.post(path, json=asked | {"figure": "spent"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_to_draw")


async def test_exceptions_over_a_snapshot_stay_what_they_were(
    auditor: httpx.AsyncClient, app: FastAPI, portfolio: FakeJournal, snapshot: dict[str, Any]
) -> None:
    path = f"/snapshots/{snapshot['id']}/exceptions"
    before = (await auditor.get(path)).raise_for_status().json()
    late = recorded(8, a_movement_wire(8, 3, kind="expenditure", amount="999999.00"))
    await grown(app, portfolio, late.model_copy(update={"recorded_at": moment(90)}))
    assert (await auditor.get(path)).json() == before
    assert before["positions"] == snapshot["positions"] and before["as_of"] == "2018-06-30"
    one = (await auditor.get(path, params={"check": "A3"})).raise_for_status().json()
    assert [check["check"] for check in one["checks"]] == ["A3"]


async def test_a_finding_is_followed_up_and_nothing_is_taken_back(
    auditor: httpx.AsyncClient, manager: httpx.AsyncClient, snapshot: dict[str, Any]
) -> None:
    path = f"/snapshots/{snapshot['id']}/findings"
    given = {"title": "重复立项", "severity": "high", "text": "演示", "check": "A2", "due_on": "2026-12-31"}
    made = await auditor.post(path, json=given | {"projects": [str(UUID(int=3))]})
    assert made.status_code == 201, made.text
    finding, tag = made.json(), made.headers["etag"]
    one = f"{path}/{finding['id']}"
    assert (await manager.post(path, json=given)).status_code == 403
    step = {"to": "answered", "text": "已核实"}
    assert (await manager.post(f"{one}/steps", json=step)).status_code == 428
    refused = await manager.post(f"{one}/steps", json=step | {"to": "resolved"}, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (409, "step_not_allowed")
    answered = await manager.post(f"{one}/steps", json=step, headers={"If-Match": tag})
    assert (answered.status_code, answered.json()["status"]) == (200, "answered")
    assert (await auditor.post(f"{one}/steps", json=step, headers={"If-Match": tag})).status_code == 412
    resolved = {"to": "resolved", "text": "整改完成"}
    done = await auditor.post(f"{one}/steps", json=resolved, headers={"If-Match": answered.headers["etag"]})
    assert [entry["to"] for entry in done.json()["steps"]] == ["answered", "resolved"]
    assert {entry["role"] for entry in done.json()["steps"]} == {"manager", "auditor"}
    other = {"to": "accepted_risk", "text": "…"}
    closed = await auditor.post(f"{one}/steps", json=other, headers={"If-Match": done.headers["etag"]})
    assert "but: open" in closed.json()["detail"]
    await auditor.post(path, json=given | {"severity": "note", "due_on": "2026-01-01"})
    for query, count in (({}, 2), ({"status": "open"}, 1), ({"severity": "high"}, 1), ({"overdue": "2026-06-01"}, 1)):
        assert len((await auditor.get(path, params=query)).json()["items"]) == count, query
    unknown = await auditor.post(path, json=given | {"sample": str(UUID(int=0))})
    assert unknown.json()["code"] == "unknown_sample"
    tried = await auditor.post(path, json=given, params={"validate_only": "true"})
    assert tried.status_code == 201 and len((await auditor.get(path)).json()["items"]) == 2


async def test_steps_and_samples_can_not_be_changed_by_the_service_itself(
    auditor: httpx.AsyncClient, app: FastAPI, snapshot: dict[str, Any]
) -> None:
    for statement in (
        "DELETE FROM sample",
        "UPDATE finding_step SET body = ''",
        "DELETE FROM finding",
        "DELETE FROM snapshot_part",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with app.state.database.transaction() as connection:
                await connection.execute(statement)


async def test_the_archive_is_told_what_it_is_handed(auditor: httpx.AsyncClient, snapshot: dict[str, Any]) -> None:
    path = f"/snapshots/{snapshot['id']}/archive.xml"
    shelf = {"fonds": "Q123", "archival_code": "Q123-WS·2026-Y-0001", "responsible": "演示单位"}
    answer = (await auditor.get(path, params=shelf)).raise_for_status()
    assert (await auditor.get(path, params=shelf)).content == answer.content
    root = ElementTree.fromstring(answer.content)
    package = await package_bytes(auditor, snapshot)
    digests = {one.get("算法"): one.text for one in root.iter("摘要")}
    assert digests == {"SHA-256": hashlib.sha256(package).hexdigest(), "SM3": hashlib.new("sm3", package).hexdigest()}
    said = {one.tag: one.text for one in root.iter()}
    assert (said["全宗号"], said["档号"], said["保管期限"], said["密级"]) == (
        "Q123",
        "Q123-WS·2026-Y-0001",
        "永久",
        "内部",
    )
    assert said["计算机文件大小"] == str(len(package)) and said["年度"] == str(datetime.now(UTC).year)
    for wrong in ({"retention": "5年"}, {"fonds": "<x>"}, {"secrecy": "随意"}):
        assert (await auditor.get(path, params=shelf | wrong)).status_code == 422, wrong


async def test_staff_see_nothing_of_the_desk(app: FastAPI, cluster: Cluster, snapshot: dict[str, Any]) -> None:
    async with client_of(app, cluster.token("staff", LEADS[0])) as staff:
        for path in ("exceptions", "samples", "findings", "archive.xml?fonds=Q1&archival_code=1&responsible=x"):
            assert (await staff.get(f"/snapshots/{snapshot['id']}/{path}")).status_code == 403, path
