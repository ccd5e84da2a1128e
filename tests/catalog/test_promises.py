"""Targets with their history and approval, responsibilities, and observations of indicators."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.catalog import rules
from services.catalog.client import CatalogClient
from services.catalog.contract import (
    AnotherEditorNeeded,
    Indicator,
    NewObservation,
    NewTarget,
    Observation,
    Responsibility,
    TargetApproval,
    as_json,
    series_of,
)
from services.catalog.contract import attained as attained_of
from tests.builders import a_plan
from tests.catalog.conftest import client_of
from tests.conftest import Cluster

TARGET = {"node": "4.8", "year": 2018, "amount": "100.00", "source_document": "演示文件"}
SHARE = {
    "code": "I1",
    "name": "演示投入占比",
    "wording": "达到4.0%左右",
    "comparator": "approx",
    "value": "4.0",
    "unit": "%",
    "year": 2020,
    "baseline": {"year": 2015, "value": "3.7"},
    "path": [{"year": 2018, "value": "3.9"}],
}
PATENTS = {
    "code": "I2",
    "name": "演示专利",
    "wording": "达到40件",
    "comparator": "at_least",
    "value": "40",
    "unit": "件",
}
PROMISING = {"slug": "promising", "settings": {"target_approval": "on", "indicator_tolerance": "5"}}
OBSERVATIONS = "/plans/promising/indicators/I1/observations"


@pytest.fixture
async def promising(editor: httpx.AsyncClient) -> httpx.AsyncClient:
    """An editor, with a plan that has indicators, a tolerance, and targets that another editor approves."""
    plan = a_plan(**PROMISING, ends_on="2020-12-31", indicators=[SHARE, PATENTS])
    assert (await editor.post("/plans", json=as_json(plan))).status_code == 201
    return editor


@pytest.fixture
async def second(app: FastAPI, cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    """Another editor."""
    async with client_of(app, cluster.token("editor", subject="second-editor")) as client:
        yield client


async def test_every_version_of_a_target_can_be_read_by_node_and_year(editor: httpx.AsyncClient) -> None:
    whole = {"source_doc_no": "演示〔2018〕1号", "source_url": "https://example.org/1", "valid_from": "2018-01-01"}
    await editor.post("/plans/small/targets", json=TARGET | whole)
    await editor.post("/plans/small/targets", json=TARGET | {"amount": "150.00"})
    await editor.post("/plans/small/targets", json=TARGET | {"node": "5.1", "year": None})

    async def read(**query: Any) -> list[tuple[str, int, str]]:
        found = (await editor.get("/plans/small/targets", params=query)).json()["items"]
        return [(target["node"], target["version"], target["amount"]) for target in found]

    assert await read() == [("4.8", 2, "150.00"), ("5.1", 1, "100.00")]
    assert await read(history=True, node="4.8") == [("4.8", 1, "100.00"), ("4.8", 2, "150.00")]
    assert await read(year=2018) == [("4.8", 2, "150.00")]
    assert await read(year=0) == [("5.1", 1, "100.00")]
    assert await read(year=2019, history=True) == []
    first = (await editor.get("/plans/small/targets", params={"history": True})).json()["items"][0]
    assert {name: first[name] for name in whole} == whole


async def test_a_target_that_ends_before_it_starts_or_on_a_number_is_refused(editor: httpx.AsyncClient) -> None:
    backwards = TARGET | {"valid_from": "2018-02-01", "valid_to": "2018-01-31"}
    refused = await editor.post("/plans/small/targets", json=backwards)
    number = await editor.post("/plans/small/targets", json=TARGET | {"valid_from": 0})
    codes = [[error["code"] for error in answer.json()["errors"]] for answer in (refused, number)]
    assert codes == [["ends_before_start"], ["day_not_text"]]


async def test_a_target_stands_once_another_editor_approves_it(
    promising: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    targets, approvals = "/plans/promising/targets", "/plans/promising/targets/approvals"
    proposed = await promising.post(targets, json=TARGET)
    assert (proposed.json()["status"], proposed.json()["version"]) == ("proposed", 1)
    assert (await promising.get(targets)).json()["items"] == []
    approval = {"node": "4.8", "year": 2018, "version": 1}
    own = await promising.post(approvals, json=approval)
    assert (own.status_code, own.json()["code"]) == (403, "another_editor_needed")
    other = await second.post(approvals, json=approval | {"version": 2})
    none = await second.post(approvals, json=approval | {"node": "5.1"})
    assert [other.json()["code"], none.json()["code"]] == ["target_not_proposed", "unknown_target"]
    approved = await second.post(approvals, json=approval)
    assert (approved.status_code, approved.json()["status"], approved.json()["version"]) == (201, "standing", 2)
    assert (await promising.get(targets)).json()["items"] == [approved.json()]
    assert approved.json()["confirmed_by"] == "second-editor"
    again = await second.post(approvals, json=approval)
    assert again.json()["code"] == "target_not_proposed"
    # What is proposed next does not move what stands.
    await promising.post(targets, json=TARGET | {"amount": "999.00"})
    assert (await promising.get(targets)).json()["items"] == [approved.json()]


async def test_what_was_entered_can_not_be_changed(cluster: Cluster) -> None:
    with psycopg.connect(cluster.fresh()["catalog"], autocommit=True) as connection:
        for table in ("target_version", "observation"):
            for statement in (f"UPDATE catalog.{table} SET body = ''", f"DELETE FROM catalog.{table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())


async def test_who_answers_for_a_node_is_set_over_the_version_that_was_read(editor: httpx.AsyncClient) -> None:
    path = "/plans/small/nodes/4.8/responsibilities"
    lead = {"organisation": "local:A-01", "name": "演示单位", "role": "lead", "valid_from": "2016-01-01"}
    nobody = await editor.get(path)
    assert (nobody.headers["etag"], nobody.json()["items"]) == ('"0"', [])
    made = await editor.put(path, json={"items": [lead]}, headers={"If-Match": '"0"'})
    without = await editor.put(path, json={"items": []})
    stale = await editor.put(path, json={"items": []}, headers={"If-Match": '"0"'})
    ended = await editor.put(
        path, json={"items": [lead | {"valid_to": "2017-12-31"}]}, headers={"If-Match": made.headers["etag"]}
    )
    assert [answer.status_code for answer in (made, without, stale, ended)] == [201, 428, 412, 200]
    assert (await editor.get(path)).json() == ended.json()
    assert (await editor.get("/plans/small/responsibilities")).json()["items"] == [ended.json()]
    assert (await editor.get("/plans/small/nodes/9.9/responsibilities")).json()["code"] == "unknown_node"


def test_responsibilities_that_can_not_stand_are_named() -> None:
    def one(**differing: Any) -> Responsibility:
        base = {"organisation": "local:A-01", "role": "lead", "valid_from": "2016-01-01", "valid_to": "2016-12-31"}
        return Responsibility.model_validate(base | differing)

    def codes(*items: Responsibility) -> list[str]:
        return [found["code"] for found in rules.responsibility_problems(items)]

    assert codes(one(), one(role="support"), one(valid_from="2017-01-01", valid_to=None)) == []
    assert codes(one(), one(valid_from="2016-12-31", valid_to=None)) == ["stands_twice"]
    assert codes(one(organisation=None)) == ["nobody_named"]
    assert codes(one(valid_to="2015-12-31")) == ["ends_before_start"]


async def test_the_series_has_the_latest_word_on_each_year(promising: httpx.AsyncClient) -> None:
    for year, value, status in (
        *((2018, "3.80", "preliminary"), (2018, "3.70", "final"), (2018, "3.75", "final"), (2020, "4.17", "final")),
        (2019, "4.5", "preliminary"),
    ):
        body = {"year": year, "value": value, "status": status, "source": "演示统计"}
        assert (await promising.post(OBSERVATIONS, json=body)).status_code == 201
    series = (await promising.get(OBSERVATIONS)).json()
    assert [
        (item["year"], item["observation"]["value"], item["entries"], item["meant"], item["attained"])
        for item in series["items"]
    ] == [(2018, "3.75", 3, "3.9", "yes"), (2019, "4.5", 1, None, None), (2020, "4.17", 1, "4.0", "yes")]
    assert (series["attained"], series["tolerance"], series["goal_year"]) == ("yes", "5", 2020)
    assert series["indicator"]["baseline"] == {"year": 2015, "value": "3.7"}
    history = (await promising.get(f"{OBSERVATIONS}/history")).json()["items"]
    assert [item["serial"] for item in history] == [1, 2, 3, 4, 5]
    late = {"year": 2018, "value": "1", "status": "preliminary", "source": "演示统计"}
    refused = await promising.post(OBSERVATIONS, json=late)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "preliminary_after_final")
    unknown = await promising.post("/plans/promising/indicators/I9/observations", json=late)
    assert unknown.json()["code"] == "unknown_indicator"


@pytest.mark.parametrize(
    ("differing", "code"),
    [
        ({"year": None}, "no_year"),
        ({"year": 2018, "on": "2019-01-01"}, "other_year"),
        ({"year": 2199}, "on_in_future"),
        ({"year": None, "on": "2199-01-01"}, "on_in_future"),
    ],
)
def test_an_observation_is_of_a_time_that_has_come(differing: dict[str, Any], code: str) -> None:
    base = {"year": 2018, "value": "1", "status": "final", "source": "演示"}
    new = NewObservation.model_validate(base | differing)
    found = rules.observation_problems(new, [], date(2024, 6, 30))
    assert [problem["code"] for problem in found] == [code]


def test_of_a_years_days_the_latest_counts_and_a_whole_year_more() -> None:
    def entry(serial: int, on: date | None) -> Observation:
        fields = {"plan": "small", "indicator": "I2", "serial": serial, "year": 2018, "on": on, "value": str(serial)}
        return Observation.model_validate(fields | {"unit": "件", "status": "preliminary", "source": "演示"})

    indicator = Indicator.model_validate(PATENTS)
    days = [entry(1, date(2018, 9, 30)), entry(2, date(2018, 6, 30)), entry(3, date(2018, 3, 31))]
    assert series_of(a_plan(), indicator, days).items[0].observation.serial == 1
    whole = [*days, entry(4, None), entry(5, date(2018, 12, 31))]
    assert series_of(a_plan(), indicator, whole).items[0].observation.serial == 4


@pytest.mark.parametrize(
    ("comparator", "value", "tolerance", "attained"),
    [
        *(("at_least", "40", None, "yes"), ("at_least", "39.9", None, "no"), ("at_least", "38", "5", "near")),
        *(("at_least", "37.9", "5", "no"), ("at_most", "40.0", None, "yes"), ("at_most", "42", "5", "near")),
        *(("at_most", "42.1", "5", "no"), ("equal", "40.0", None, "yes"), ("equal", "41", "5", "near")),
        *(("approx", "40", None, None), ("approx", "38", "5", "yes"), ("approx", "42.1", "5", "no")),
    ],
)
def test_attained_follows_the_comparator(
    comparator: str, value: str, tolerance: str | None, attained: str | None
) -> None:
    indicator = Indicator.model_validate(PATENTS | {"comparator": comparator})
    allowed = None if tolerance is None else Decimal(tolerance)
    assert attained_of(indicator, "40", value, allowed) == attained


async def test_a_neighbour_enters_and_reads_promises_through_the_client(
    app: FastAPI, promising: httpx.AsyncClient, cluster: Cluster
) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as http:
        client = CatalogClient(http, token=cluster.token("editor"))
        target = await client.set_target("promising", NewTarget.model_validate(TARGET))
        with pytest.raises(AnotherEditorNeeded):
            await client.approve_target("promising", TargetApproval(node="4.8", year=2018, version=1))
        assert await client.targets("promising", "4.8", history=True) == [target]
        lead = Responsibility(name="演示单位", role="lead", valid_from=date(2016, 1, 1))
        made = await client.set_responsibilities("promising", "4.8", [lead])
        assert await client.responsibilities("promising", "4.8") == made
        new = NewObservation(year=2018, value="3.90", status="final", source="演示")
        observation = await client.record_observation("promising", "I1", new)
        assert await client.observation_history("promising", "I1") == [observation]
        assert (await client.observations("promising", "I1")).items[0].observation == observation
        assert [indicator.code for indicator in await client.indicators("promising")] == ["I1", "I2"]
