"""Editions and crosswalks over HTTP, on a real database."""

import asyncio
import json
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.catalog.client import CatalogClient
from services.catalog.contract import EditionNotDraft, as_json
from tests.builders import a_plan
from tests.catalog.conftest import client_of
from tests.catalog.test_crosswalks import STATED, later_plan
from tests.catalog.test_routes import entries
from tests.conftest import Cluster

ROWS = {"rows": [as_json(row) for row in STATED]}
EDITIONS, CROSSWALK = "/plans/small/editions", "/plans/small/crosswalks/1-2"
DATED = {"effective_from": "2018-07-01"}


@pytest.fixture
async def drafting(editor: httpx.AsyncClient) -> httpx.AsyncClient:
    """An editor who has drafted edition 2 of the small plan."""
    drafted = await editor.post(EDITIONS, json=as_json(later_plan(title="小计划（修订）")))
    assert (drafted.status_code, drafted.json()["status"], drafted.json()["number"]) == (201, "draft", 2)
    return editor


async def map_nodes(
    client: httpx.AsyncClient, rows: dict[str, Any] = ROWS, crosswalk: str = CROSSWALK
) -> httpx.Response:
    etag = (await client.get(crosswalk)).headers["etag"]
    return await client.put(crosswalk, json=rows, headers={"If-Match": etag})


async def test_a_published_edition_is_the_latest_and_the_earlier_one_reads_as_before(
    drafting: httpx.AsyncClient,
) -> None:
    before = await drafting.get("/plans/small/document")
    assert (await map_nodes(drafting)).status_code == 200
    published = await drafting.post(f"{EDITIONS}/2/publish", json=DATED)
    assert (published.status_code, published.json()["effective_from"]) == (200, "2018-07-01")
    latest = (await drafting.get("/plans/small")).json()
    assert (latest["edition"], latest["title"]) == (2, "小计划（修订）")
    assert [plan["edition"] for plan in (await drafting.get("/plans")).json()["items"]] == [2]
    first = await drafting.get("/plans/small/document", params={"edition": 1})
    assert (first.content, first.headers["etag"]) == (before.content, before.headers["etag"])
    assert (await drafting.get("/plans/small/nodes/4.9")).json()["edition"] == 2
    assert (await drafting.get("/plans/small/nodes/4.8")).json()["code"] == "unknown_node"
    assert (await drafting.get("/plans/small/nodes/4.8", params={"edition": 1})).json()["title"] == "材料基因组"
    again = await drafting.post("/plans", json=as_json(a_plan()))
    assert (again.status_code, again.json()["edition"]) == (200, 1)


async def test_a_draft_is_seen_by_editors_alone(drafting: httpx.AsyncClient, app: FastAPI, cluster: Cluster) -> None:
    paths = (f"{EDITIONS}/2", "/plans/small/document?edition=2", "/plans/small/nodes?edition=2", CROSSWALK)
    assert [(await drafting.get(path)).status_code for path in paths] == [200] * 4
    assert (await drafting.get("/plans/small")).json()["edition"] == 1
    assert [plan["edition"] for plan in (await drafting.get("/plans")).json()["items"]] == [1]
    async with client_of(app, cluster.token("manager")) as manager:
        assert [(await manager.get(path)).status_code for path in paths] == [404] * 4
        assert [edition["number"] for edition in (await manager.get(EDITIONS)).json()["items"]] == [1]
        assert (await manager.get("/plans/small/crosswalks")).json()["items"] == []
        assert (await manager.post(EDITIONS, json=as_json(a_plan()))).json()["code"] == "role_not_allowed"
        assert "材料基因工程" not in json.dumps(await entries(manager), ensure_ascii=False)


async def test_an_edition_is_not_published_while_a_node_has_no_mapping(drafting: httpx.AsyncClient) -> None:
    refused = await drafting.post(f"{EDITIONS}/2/publish", json={"effective_from": "2018-07-01"})
    assert (refused.status_code, refused.json()["code"]) == (422, "edition_not_publishable")
    assert [(e["code"], e["detail"].split()[0]) for e in refused.json()["errors"]] == [
        ("unmapped", "4.8"),
        ("unmapped", "5.1"),
        ("unmapped", "5.10"),
    ]
    assert (await drafting.get(CROSSWALK)).json()["unmapped"] == ["4.8", "5.1", "5.10"]
    assert (await drafting.get("/plans/small")).json()["edition"] == 1


async def test_what_is_published_never_changes(drafting: httpx.AsyncClient) -> None:
    await map_nodes(drafting)
    etag = (await drafting.post(f"{EDITIONS}/2/publish", json=DATED)).headers["etag"]
    crosswalk = await drafting.get(CROSSWALK)
    for answer in (
        await drafting.put(f"{EDITIONS}/2", json=as_json(later_plan()), headers={"If-Match": etag}),
        await drafting.post(f"{EDITIONS}/2/publish", json=DATED),
        await drafting.post(f"{EDITIONS}/2/withdraw"),
        await drafting.put(CROSSWALK, json=ROWS, headers={"If-Match": crosswalk.headers["etag"]}),
        await drafting.post(f"{EDITIONS}/1/withdraw"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "edition_not_draft")
    assert (await drafting.get(CROSSWALK)).content == crosswalk.content
    assert crosswalk.json()["status"] == "published"


async def test_a_plan_has_one_draft_at_a_time_and_a_withdrawn_one_stays(drafting: httpx.AsyncClient) -> None:
    second = await drafting.post(EDITIONS, json=as_json(later_plan()))
    assert (second.status_code, second.json()["code"]) == (409, "draft_stands")
    withdrawn = await drafting.post(f"{EDITIONS}/2/withdraw")
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    after = await drafting.post(EDITIONS, json=as_json(later_plan()))
    assert (after.json()["number"], after.json()["previous"]) == (3, 1)
    found = (await drafting.get(EDITIONS)).json()["items"]
    assert [edition["status"] for edition in found] == ["published", "withdrawn", "draft"]


async def test_of_many_who_draft_at_once_one_does(editor: httpx.AsyncClient) -> None:
    made = await asyncio.gather(*(editor.post(EDITIONS, json=as_json(later_plan())) for _ in range(5)))
    assert sorted(answer.status_code for answer in made) == [201] + [409] * 4


async def test_a_draft_is_replaced_over_the_version_that_was_read(drafting: httpx.AsyncClient) -> None:
    etag = (await drafting.get(f"{EDITIONS}/2")).headers["etag"]
    await map_nodes(drafting)
    without = await drafting.put(f"{EDITIONS}/2", json=as_json(later_plan()))
    right = await drafting.put(f"{EDITIONS}/2", json=as_json(a_plan()), headers={"If-Match": etag})
    stale = await drafting.put(f"{EDITIONS}/2", json=as_json(later_plan()), headers={"If-Match": etag})
    assert [answer.status_code for answer in (without, right, stale)] == [428, 200, 412]
    assert (await drafting.get("/plans/small/nodes/4.8", params={"edition": 2})).status_code == 200
    assert (await drafting.get("/plans/small/nodes/4.9", params={"edition": 2})).status_code == 404
    # The rows that were stated name nodes that this draft has no longer.
    refused = await drafting.post(f"{EDITIONS}/2/publish", json=DATED)
    assert "unknown_to" in {error["code"] for error in refused.json()["errors"]}


async def test_a_draft_keeps_slug_currency_and_time_zone(editor: httpx.AsyncClient) -> None:
    refused = await editor.post(EDITIONS, json=as_json(later_plan(slug="other", currency="EUR")))
    assert refused.json()["code"] == "invalid_plan"
    assert [error["code"] for error in refused.json()["errors"]] == ["currency_differs", "slug_differs"]
    assert (await editor.post("/plans/none/editions", json=as_json(later_plan()))).json()["code"] == "unknown_plan"


async def test_an_edition_holds_from_a_later_day_than_the_one_before(drafting: httpx.AsyncClient) -> None:
    await map_nodes(drafting)
    assert (await drafting.post(f"{EDITIONS}/2/publish", json=DATED)).status_code == 200
    assert (await drafting.post(EDITIONS, json=as_json(later_plan(title="第三版")))).status_code == 201
    refused = await drafting.post(f"{EDITIONS}/3/publish", json=DATED)
    assert [error["code"] for error in refused.json()["errors"]] == ["not_after_previous"]
    assert (await drafting.post(f"{EDITIONS}/3/publish", json={"effective_from": "2019-01-01"})).status_code == 200


async def test_a_crosswalk_is_set_over_the_version_that_was_read_and_reads_backwards(
    drafting: httpx.AsyncClient,
) -> None:
    stated = await map_nodes(drafting)
    assert (stated.status_code, stated.json()["version"], stated.json()["unmapped"]) == (200, 1, [])
    stale = await drafting.put(CROSSWALK, json=ROWS, headers={"If-Match": '"0"'})
    wrong = await map_nodes(drafting, {"rows": [ROWS["rows"][1]]})
    number = await map_nodes(drafting, {"rows": [ROWS["rows"][0] | {"weight": 100}]})
    assert [(a.status_code, a.json()["code"]) for a in (stale, wrong, number)] == [
        (412, "precondition_failed"),
        (422, "invalid_crosswalk"),
        (422, "malformed"),
    ]
    assert number.json()["errors"][0]["code"] == "weight_not_text"
    back = (await drafting.get(CROSSWALK, params={"reverse": True})).json()
    assert (back["from_edition"], back["to_edition"]) == (2, 1)
    assert [(row["from_code"], row["to_code"], row["weight"]) for row in back["rows"]] == [
        ("4.1", "4.1", "50"),
        ("4.1", "5.10", "50"),
        ("7-m1", "7-m1", "100"),
        ("4.9", "4.8", "100"),
        ("5.2", "5.1", "100"),
        ("5.3", "5.1", "100"),
    ]
    assert (await drafting.get("/plans/small/crosswalks/1-3")).json()["code"] == "unknown_crosswalk"


async def test_the_entry_of_a_published_edition_holds_all_that_restating_needs(drafting: httpx.AsyncClient) -> None:
    await map_nodes(drafting)
    dry = await drafting.post(f"{EDITIONS}/2/publish", json=DATED, params={"validate_only": True})
    assert (dry.status_code, (await drafting.get(f"{EDITIONS}/2")).json()["status"]) == (200, "draft")
    await drafting.post(f"{EDITIONS}/2/publish", json=DATED)
    found = [entry for entry in await entries(drafting) if entry["subject"].startswith("small/")]
    assert [(entry["kind"], entry["serial"]) for entry in found] == [
        ("edition_drafted", 1),
        ("crosswalk_set", 1),
        ("edition_published", 2),
    ]
    after = found[-1]["after"]
    document = (await drafting.get("/plans/small/document", params={"edition": 2})).json()
    assert (after["edition"], after["previous"], after["effective_from"]) == (2, 1, "2018-07-01")
    assert (after["plan"], after["crosswalk"]) == (document, (await drafting.get(CROSSWALK)).json())


async def test_a_neighbour_drafts_maps_and_publishes_through_the_client(
    app: FastAPI, editor: httpx.AsyncClient, cluster: Cluster
) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as http:
        client = CatalogClient(http, token=cluster.token("editor"))
        assert (await client.draft_edition(a_plan(title="误"))).number == 2
        assert (await client.withdraw_draft("small", 2)).status == "withdrawn"
        await client.draft_edition(a_plan(title="又误"))
        _, etag = await client.edition("small", 3)
        await client.replace_draft(later_plan(), 3, etag)
        _, etag = await client.crosswalk("small", 1, 3)
        crosswalk = await client.set_crosswalk("small", 1, 3, STATED, etag)
        published = await client.publish_edition("small", 3, date(2018, 7, 1))
        assert (await client.editions("small"))[-1] == published
        frozen = crosswalk.model_copy(update={"status": "published", "effective_from": date(2018, 7, 1)})
        assert (await client.crosswalks("small"))[-1] == frozen
        assert {row.weight for row in (await client.reverse_crosswalk("small", 1, 3)).rows} == {"50", "100"}
        with pytest.raises(EditionNotDraft):
            await client.publish_edition("small", 3, date(2018, 7, 1))


async def test_publishing_over_another_draft_than_was_read_is_refused_and_a_retry_publishes_once(
    drafting: httpx.AsyncClient,
) -> None:
    await map_nodes(drafting)
    for action, body in (("publish", DATED), ("withdraw", None)):
        stale = await drafting.post(f"{EDITIONS}/2/{action}", json=body, headers={"If-Match": '"2-0000"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    headers = {"If-Match": (await drafting.get(f"{EDITIONS}/2")).headers["etag"], "Idempotency-Key": "once"}
    first = await drafting.post(f"{EDITIONS}/2/publish", json=DATED, headers=headers)
    again = await drafting.post(f"{EDITIONS}/2/publish", json=DATED, headers=headers)
    assert (first.status_code, first.content) == (200, again.content)
    assert [entry["kind"] for entry in await entries(drafting)].count("edition_published") == 1
