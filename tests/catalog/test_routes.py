"""Catalog over HTTP, on a real database."""

import json

import httpx
import pytest
from fastapi import FastAPI

from services.catalog import operations, rules
from services.catalog.contract import as_json
from services.catalog.store import SEARCH
from services.shared.database import Database, rows
from tests.builders import a_plan, some_vocabularies
from tests.catalog.conftest import client_of
from tests.conftest import Cluster

assert operations.etag_of({"edition": 1, "digest": "0" * 64}).startswith("1-")


async def test_the_same_plan_again_changes_nothing_and_another_is_a_conflict(editor: httpx.AsyncClient) -> None:
    again = await editor.post("/plans", json=as_json(a_plan()))
    other = await editor.post("/plans", json=as_json(a_plan(title="另一个计划")))
    assert (again.status_code, other.status_code, other.json()["code"]) == (200, 409, "plan_slug_taken")
    journal = (await editor.get("/catalog/journal", params={"after": 0, "wait": 1})).json()["items"]
    kinds = [json.loads(item["body"])["kind"] for item in journal]
    assert kinds.count("plan_published") <= 1


@pytest.mark.parametrize(
    ("q", "code"),
    [("4.8", "4.8"), ("材料", "4.8"), ("cljyz", "4.8"), ("材料基因", "4.8"), ("云计", "5.10"), ("制造集", "5.1")],
)
async def test_search_finds_by_code_title_alias_and_pinyin(editor: httpx.AsyncClient, q: str, code: str) -> None:
    found = (await editor.get("/plans/small/nodes", params={"q": q})).json()["items"]
    assert found[0]["code"] == code


async def test_a_search_for_nothing_that_is_there_finds_nothing(editor: httpx.AsyncClient) -> None:
    for q in ("石墨", "zzz", "", "%", "。"):
        assert (await editor.get("/plans/small/nodes", params={"q": q})).json()["items"] == []


async def test_a_search_of_two_characters_uses_an_index(cluster: Cluster) -> None:
    database = Database(cluster.fresh()["catalog"], "catalog")
    await database.open()
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO search_gram SELECT 'p' || i / 1000, 1, chr(19968 + i % 900) || chr(20000 + i % 777), i::text"
            " FROM generate_series(1, 60000) i"
        )
        await connection.execute(
            "INSERT INTO search_word SELECT 'p' || i / 1000, 1, chr(19968 + i % 900) || i, i::text, 1"
            " FROM generate_series(1, 60000) i"
        )
        await connection.execute("ANALYZE search_gram, search_word")
        values = {"slug": "p7", "edition": 1, "key": "材料", "end": "材料\U0010ffff", "level": None}
        values |= {"pairs": ["材料"], "count": 1, "limit": 10}
        plan = "\n".join(row["QUERY PLAN"] for row in await rows(connection, "EXPLAIN " + SEARCH, values))
    await database.close()
    assert "pk_search_gram" in plan
    assert "pk_search_word" in plan
    assert "Seq Scan on search" not in plan


async def test_the_tree_holds_every_node_once_in_plan_order(editor: httpx.AsyncClient) -> None:
    tree = (await editor.get("/plans/small/tree")).json()
    assert [node["code"] for node in tree["nodes"]] == ["4", "5"]
    assert [node["code"] for node in tree["nodes"][1]["children"]] == ["5.1", "5.10", "7-m1"]


async def test_a_reader_that_has_the_plan_is_told_so(editor: httpx.AsyncClient) -> None:
    first = await editor.get("/plans/small/document")
    again = await editor.get("/plans/small/document", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)


async def test_a_target_set_again_is_its_next_version(editor: httpx.AsyncClient) -> None:
    target = {"node": "4.8", "amount": "100.00", "source_document": "演示"}
    first = await editor.post("/plans/small/targets", json=target)
    second = await editor.post("/plans/small/targets", json=target | {"amount": "200.00"})
    assert [answer.json()["version"] for answer in (first, second)] == [1, 2]
    standing = (await editor.get("/plans/small/targets")).json()["items"]
    assert [(t["amount"], t["sources"]) for t in standing] == [("200.00", ["central", "district", "municipal"])]
    unknown = await editor.post("/plans/small/targets", json=target | {"node": "9.9"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_node")


async def test_a_vocabulary_that_stands_takes_its_version(editor: httpx.AsyncClient) -> None:
    vocabulary = as_json(some_vocabularies()[0])
    path = f"/vocabularies/{vocabulary['code']}"
    without = await editor.put(path, json=vocabulary)
    right = await editor.put(path, json=vocabulary, headers={"If-Match": '"1"'})
    stale = await editor.put(path, json=vocabulary, headers={"If-Match": '"1"'})
    assert [answer.status_code for answer in (without, right, stale)] == [428, 200, 412]


async def test_only_editors_write_and_administrators_do_not_read(app: FastAPI, cluster: Cluster) -> None:
    async with client_of(app, cluster.token("manager")) as manager:
        assert (await manager.post("/plans", json=as_json(a_plan()))).json()["code"] == "role_not_allowed"
    async with client_of(app, cluster.token("system_admin")) as administrator:
        assert (await administrator.get("/plans")).json()["code"] == "role_not_allowed"


async def test_a_plan_that_does_not_hold_together_is_refused_whole(editor: httpx.AsyncClient) -> None:
    plan = as_json(a_plan(slug="broken", time_zone="Mars/Olympus"))
    refused = await editor.post("/plans", json=plan)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_plan")
    assert (await editor.get("/plans/broken")).status_code == 404


def test_readings_that_the_dictionary_has_wrong_are_right() -> None:
    from services.catalog.contract import NodeDocument

    node = NodeDocument(code="x", level="task", title="长三角")
    assert "changsanjiao" in rules.words_of(node)
