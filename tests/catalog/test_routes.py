"""Catalog over HTTP, on a real database."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.catalog.app import create_app
from services.catalog.client import CatalogClient
from services.catalog.contract import InvalidTarget, NewTarget, PlanSlugTaken, as_json
from services.shared.tokens import Signer
from tests.builders import a_plan, some_vocabularies
from tests.catalog.conftest import client_of
from tests.conftest import Cluster

TARGET = {"node": "4.8", "amount": "100.00", "source_document": "演示"}


async def entries(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The whole journal, once everything committed so far has its position."""
    found: list[dict[str, Any]] = []
    while page := (await client.get("/catalog/journal", params={"after": len(found), "wait": 0.5})).json()["items"]:
        found += [json.loads(entry["body"]) for entry in page]
    return found


async def test_the_same_plan_again_changes_nothing_and_another_is_a_conflict(editor: httpx.AsyncClient) -> None:
    again = await editor.post("/plans", json=as_json(a_plan()))
    other = await editor.post("/plans", json=as_json(a_plan(title="另一个计划")))
    assert (again.status_code, other.status_code, other.json()["code"]) == (200, 409, "plan_slug_taken")
    kinds = [entry["kind"] for entry in await entries(editor)]
    assert kinds.count("plan_published") == 1


@pytest.mark.parametrize(
    ("q", "code"),
    [
        *(("4.8", "4.8"), ("材料", "4.8"), ("料", "4.8"), ("cljyz", "4.8"), ("cl jy", "4.8"), ("CaiLiao", "4.8")),
        *(("材料基因", "4.8"), ("云计", "5.10"), ("制造集", "5.1"), ("5.10", "5.10"), ("7-M1", "7-m1")),
    ],
)
async def test_search_finds_by_code_title_alias_and_pinyin(editor: httpx.AsyncClient, q: str, code: str) -> None:
    found = (await editor.get("/plans/small/nodes", params={"q": q})).json()["items"]
    assert found[0]["code"] == code


async def test_a_search_for_nothing_that_is_there_finds_nothing(editor: httpx.AsyncClient) -> None:
    for q in ("石墨", "zzz", "", "%", "。"):
        assert (await editor.get("/plans/small/nodes", params={"q": q})).json()["items"] == []


async def test_the_tree_holds_every_node_once_in_plan_order(editor: httpx.AsyncClient) -> None:
    tree = (await editor.get("/plans/small/tree")).json()
    assert [node["code"] for node in tree["nodes"]] == ["4", "5"]
    assert [node["code"] for node in tree["nodes"][1]["children"]] == ["5.1", "5.10", "7-m1"]


async def test_a_reader_that_has_the_plan_is_told_so(editor: httpx.AsyncClient) -> None:
    first = await editor.get("/plans/small/document")
    again = await editor.get("/plans/small/document", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)


async def test_a_target_set_again_is_its_next_version(editor: httpx.AsyncClient) -> None:
    first = await editor.post("/plans/small/targets", json=TARGET)
    second = await editor.post("/plans/small/targets", json=TARGET | {"amount": "200.00"})
    assert [answer.json()["version"] for answer in (first, second)] == [1, 2]
    standing = (await editor.get("/plans/small/targets")).json()["items"]
    assert [(t["amount"], t["sources"]) for t in standing] == [("200.00", ["central", "district", "municipal"])]


async def test_a_target_that_can_not_stand_is_refused_with_every_reason(editor: httpx.AsyncClient) -> None:
    wrong = {"node": "4", "amount": "-1.00", "sources": ["central", "moon"]}
    refused = await editor.post("/plans/small/targets", json=TARGET | wrong)
    found = [(part["pointer"], part["code"]) for part in refused.json()["errors"]]
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_target")
    assert found == [("/node", "not_carrying"), ("/amount", "amount_negative"), ("/sources/1", "unknown_term")]
    large = await editor.post("/plans/small/targets", json=TARGET | {"amount": "1000000000000.00"})
    assert [(part["pointer"], part["code"]) for part in large.json()["errors"]] == [("/amount", "amount_out_of_range")]
    unknown = await editor.post("/plans/small/targets", json=TARGET | {"node": "9.9"})
    assert unknown.json()["errors"][0]["code"] == "unknown_node"
    assert (await editor.get("/plans/small/targets")).json()["items"] == []


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


async def test_a_plan_that_repeats_itself_is_refused_with_pointers(editor: httpx.AsyncClient) -> None:
    plan = as_json(a_plan(slug="broken"))
    plan["nodes"].append(plan["nodes"][2])
    errors = (await editor.post("/plans", json=plan)).json()["errors"]
    assert {"pointer": "/nodes/8/code", "code": "duplicate_code", "detail": "4.8 stands twice"} in errors


async def test_a_retried_write_happens_once_and_a_dry_run_not_at_all(editor: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k1"}
    dry = await editor.post("/plans/small/targets", json=TARGET, params={"validate_only": True})
    assert (dry.status_code, (await editor.get("/plans/small/targets")).json()["items"]) == (201, [])
    first = await editor.post("/plans/small/targets", json=TARGET, headers=headers)
    again = await editor.post("/plans/small/targets", json=TARGET, headers=headers)
    other = await editor.post("/plans/small/targets", json=TARGET | {"amount": "1.00"}, headers=headers)
    assert (first.content, again.json()["version"]) == (again.content, 1)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_fresh_vocabulary_takes_no_version_or_zero(editor: httpx.AsyncClient) -> None:
    fresh = {"code": "fresh", "title": "新", "terms": [{"code": "a", "title": "甲"}]}
    stale = await editor.put("/vocabularies/fresh", json=fresh, headers={"If-Match": '"3"'})
    zero = await editor.put("/vocabularies/fresh", json=fresh, headers={"If-Match": '"0"'})
    assert (stale.status_code, zero.status_code, zero.headers["etag"]) == (412, 201, '"1"')
    twice = {**fresh, "terms": [*fresh["terms"], {"code": "a", "title": "乙", "broader": "z"}]}
    refused = await editor.put("/vocabularies/fresh", json=twice, headers={"If-Match": '"1"'})
    found = [(part["pointer"], part["code"]) for part in refused.json()["errors"]]
    assert found == [("/terms/1/code", "duplicate_code"), ("/terms/1/broader", "unknown_term")]


async def test_what_is_in_the_journal_can_not_be_changed(cluster: Cluster) -> None:
    with psycopg.connect(cluster.fresh()["catalog"], autocommit=True) as connection:
        for statement in (
            *("UPDATE catalog.journal_entry SET kind = ''", "UPDATE catalog.journal_position SET position = 0"),
            *("DELETE FROM catalog.journal_entry", "DELETE FROM catalog.journal_position"),
            *("TRUNCATE catalog.journal_entry", "TRUNCATE catalog.journal_position"),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


async def test_nodes_are_paged_in_plan_order(editor: httpx.AsyncClient) -> None:
    codes: list[str] = []
    page: dict[str, Any] = {"next": None}
    while not codes or page["next"]:
        query = {"limit": 3} | ({"cursor": page["next"]} if page["next"] else {})
        page = (await editor.get("/plans/small/nodes", params=query)).json()
        codes += [node["code"] for node in page["items"]]
    assert codes == [node.code for node in a_plan().nodes]
    tasks = (await editor.get("/plans/small/nodes", params={"level": "task", "parent": "5"})).json()["items"]
    assert [node["code"] for node in tasks] == ["5.1", "5.10"]


@pytest.mark.parametrize(
    "path",
    [
        *("/plans/small/nodes?cursor=x", "/plans/small/nodes?cursor=WyLCsiJd", "/plans/small/nodes?q=%00"),
        *("/plans/small?edition=99999999999", "/plans/small/nodes/%00", "/catalog/journal?after=99999999999999999999"),
    ],
)
async def test_what_no_list_gave_out_is_refused_and_nothing_breaks(editor: httpx.AsyncClient, path: str) -> None:
    answer = await editor.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_skos_comes_in_the_form_that_was_asked_for(editor: httpx.AsyncClient) -> None:
    turtle = await editor.get("/plans/small/skos")
    json_ld = await editor.get("/plans/small/skos", headers={"Accept": "application/ld+json"})
    assert turtle.headers["content-type"].startswith("text/turtle")
    assert json_ld.headers["content-type"].startswith("application/ld+json")
    assert turtle.headers["etag"] != json_ld.headers["etag"]
    again = await editor.get("/plans/small/skos", headers={"If-None-Match": turtle.headers["etag"]})
    assert again.status_code == 304


async def test_it_is_ready_on_the_schema_it_was_written_for(app: FastAPI, editor: httpx.AsyncClient) -> None:
    assert (await editor.get("http://catalog/readyz")).json() == {"status": "ready"}


def test_the_interface_is_described_without_a_database() -> None:
    paths = create_app().openapi()["paths"]
    assert paths["/api/v1/plans/{plan}/document"]["get"]["operationId"] == "plan_document"


async def test_a_neighbour_asks_through_the_client_and_gets_the_very_errors(app: FastAPI, cluster: Cluster) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as http:
        editor = CatalogClient(http, token=cluster.token("editor"))
        for vocabulary in some_vocabularies():
            assert await editor.set_vocabulary(vocabulary) == 1
        published = await editor.publish_plan(a_plan())
        with pytest.raises(PlanSlugTaken):
            await editor.publish_plan(a_plan(title="另一个计划"))
        target = await editor.set_target("small", NewTarget(node="4.8", amount=Decimal("1.00"), source_document="演示"))
        with pytest.raises(InvalidTarget):
            await editor.set_target("small", NewTarget(node="9.9", amount=Decimal("1.00"), source_document="演示"))
        portfolio = CatalogClient(http, signer=Signer("portfolio", cluster.keys / "portfolio.pem"))
        document, etag = await portfolio.document("small")
        assert document == a_plan()
        assert await portfolio.document("small", etag) == (None, etag)
        assert (await portfolio.plans(), await portfolio.plan("small")) == ([published], published)
        assert await portfolio.targets("small") == [target]
        assert (await portfolio.vocabulary("source"))[1] == 1
        assert len(await portfolio.vocabularies()) == len(some_vocabularies())
        assert (await portfolio.journal(0, 10_000, 1)).items


async def test_of_many_who_write_the_same_at_once_one_is_first(app: FastAPI, cluster: Cluster) -> None:
    fresh = {"code": "fresh", "title": "新", "terms": [{"code": "a", "title": "甲"}]}
    async with client_of(app, cluster.token("editor")) as client:
        plans = await asyncio.gather(*(client.post("/plans", json=as_json(a_plan())) for _ in range(6)))
        puts = await asyncio.gather(*(client.put("/vocabularies/fresh", json=fresh) for _ in range(6)))
        kinds = [entry["kind"] for entry in await entries(client)]
    assert sorted(answer.status_code for answer in plans) == [200] * 5 + [201]
    assert sorted(answer.status_code for answer in puts) == [201] + [428] * 5
    assert sorted(kinds) == ["plan_published", "vocabulary_set"]
