"""Rows of the catalog that somebody changed by hand: found by the check, and no foundation of a change."""

from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.catalog.contract import as_json
from tests.builders import some_vocabularies
from tests.catalog.conftest import client_of
from tests.catalog.test_crosswalks import later_plan
from tests.catalog.test_editions import DATED, EDITIONS, drafting, map_nodes
from tests.catalog.test_promises import TARGET, promising
from tests.conftest import Cluster

__all__ = ["drafting", "promising"]
RESPONSIBLE = {"items": [{"name": "演示委", "role": "lead", "valid_from": "2017-01-01"}]}
PATH = "/plans/small/nodes/4.8/responsibilities"


async def a_catalog(client: httpx.AsyncClient) -> None:
    """Something of everything that editors enter, some of it twice."""
    for amount in ("100.00", "200.00"):
        assert (await client.post("/plans/small/targets", json=TARGET | {"amount": amount})).is_success
        assert (
            await client.put(PATH, json=RESPONSIBLE, headers={"If-Match": "*"} if amount == "200.00" else {})
        ).is_success
    assert (await client.post("/plans/small/targets", json=TARGET | {"year": None})).is_success
    vocabulary = some_vocabularies()[0]
    answer = await client.put(f"/vocabularies/{vocabulary.code}", json=as_json(vocabulary), headers={"If-Match": "*"})
    assert answer.is_success


async def check(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/catalog/journal/check")).json()
    return found


async def test_what_editors_entered_is_what_the_journal_says(drafting: httpx.AsyncClient) -> None:
    await a_catalog(drafting)
    found = await check(drafting)
    assert (found["holds"], found["differing"]) == (True, [])
    assert (await map_nodes(drafting)).is_success
    assert (await drafting.post(f"{EDITIONS}/2/publish", json=DATED)).is_success
    assert (await drafting.post(EDITIONS, json=as_json(later_plan(title="第三版")))).is_success
    assert (await drafting.post(f"{EDITIONS}/3/withdraw")).is_success
    found = await check(drafting)
    assert (found["holds"], found["differing"]) == (True, [])
    assert found["rows"] > 15


async def test_observations_are_what_the_journal_says(promising: httpx.AsyncClient) -> None:
    found = await check(promising)
    assert (found["holds"], found["differing"]) == (True, [])


FORGED = [
    ("UPDATE target SET body = replace(body, '200.00', '300.00')", "target", "/amount"),
    ("UPDATE target_version SET body = replace(body, '200.00', '300.00')", "target_version", "/amount"),
    ("UPDATE target SET version = 9 WHERE year <> 0", "target", "/version"),
    ("DELETE FROM target WHERE year = 0", "target", ""),
    ("UPDATE vocabulary SET body = replace(body, 'basic_frontier', 'forged')", "vocabulary", None),
    ("UPDATE responsibility SET body = replace(body, '演示委', '演示局')", "responsibility", "/items/0/name"),
    ("UPDATE plan SET document = replace(document, '材料基因组', '材料')", "plan", None),
    ("UPDATE plan SET summary = replace(summary, '小计划', '大计划')", "plan", "/summary/title"),
    ("UPDATE node SET body = replace(body, '材料基因组', '材料') WHERE code = '4.8'", "node", None),
    ("DELETE FROM node WHERE code = '4.8'", "node", ""),
    ("UPDATE journal_entry SET body = replace(body, '200.00', '300.00')", "journal_entry", ""),
]


def forge(url: str, statement: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("SET search_path = catalog; SET session_replication_role = replica")
        owner.execute(statement.encode())


@pytest.mark.parametrize(("statement", "kind", "pointer"), FORGED)
async def test_what_was_changed_by_hand_is_found(
    app: FastAPI, editor: httpx.AsyncClient, cluster: Cluster, statement: str, kind: str, pointer: str | None
) -> None:
    await a_catalog(editor)
    assert (await editor.get("/catalog/journal", params={"after": 13, "wait": 10})).json()["next"] == 14
    forge(cluster.admin(app.state.database.url), statement)
    found = await check(editor)
    assert not found["holds"]
    assert kind in {each["kind"] for each in found["differing"]}, found
    if pointer is not None:
        assert (kind, pointer) in {(each["kind"], each["pointer"]) for each in found["differing"]}, found


async def test_what_was_changed_by_hand_is_not_changed_further(
    app: FastAPI, editor: httpx.AsyncClient, cluster: Cluster
) -> None:
    await a_catalog(editor)
    for statement, _, _ in (FORGED[0], FORGED[4], FORGED[5]):
        forge(cluster.admin(app.state.database.url), statement)
    vocabulary, anybody = some_vocabularies()[0], {"If-Match": "*"}
    for answer in (
        await editor.post("/plans/small/targets", json=TARGET),
        await editor.put(f"/vocabularies/{vocabulary.code}", json=as_json(vocabulary), headers=anybody),
        await editor.put(PATH, json=RESPONSIBLE, headers=anybody),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "differs_from_journal"), answer.text
    assert (await editor.post("/plans/small/targets", json=TARGET | {"year": None})).is_success


async def test_a_draft_that_was_changed_by_hand_is_not_published(
    app: FastAPI, drafting: httpx.AsyncClient, cluster: Cluster
) -> None:
    assert (await map_nodes(drafting)).is_success
    forge(cluster.admin(app.state.database.url), "UPDATE plan SET document = replace(document, '修订', '伪造')")
    answer = await drafting.post(f"{EDITIONS}/2/publish", json=DATED)
    assert (answer.status_code, answer.json()["code"]) == (409, "differs_from_journal"), answer.text


async def test_auditors_managers_and_editors_check(app: FastAPI, editor: httpx.AsyncClient, cluster: Cluster) -> None:
    for role, status in (("auditor", 200), ("manager", 200), ("editor", 200), ("staff", 403)):
        async with client_of(app, cluster.token(role, "local:A-01" if role == "staff" else None)) as client:
            assert (await client.get("/catalog/journal/check")).status_code == status
