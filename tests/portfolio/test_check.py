"""Rows that somebody changed by hand: found by the check, and no foundation of a change."""

import asyncio
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.portfolio.settings import Settings
from tests.builders import a_project, an_agency
from tests.conftest import Cluster
from tests.portfolio.test_life import a_published, approver, clerk
from tests.portfolio.test_routes import entries

__all__ = ["approver", "clerk"]
PERSON = {"name": "演示甲", "phone": "19900001234", "email": "demo@example.cn"}
MOVEMENT = {"kind": "receipt", "on": "2017-05", "source": "municipal", "amount": "5.00"}


async def a_portfolio(client: httpx.AsyncClient) -> list[str]:
    """Two projects with something of everything that a plan without review has; their ids."""
    await client.post("/agencies", json=an_agency())
    ids = []
    for title in ("演示：一", "演示：二"):
        made = await client.post("/projects", json=a_project(title=title, pi=PERSON, contact=PERSON))
        path = f"/projects/{made.json()['id']}"
        budget = [{"year": 2017, "source": "self", "amount": "7.00"}]
        change = {
            "budget": budget,
            "pi": PERSON | {"phone": "19911112222"},
            "tasks": [{"code": "4.1", "weight": "100"}],
        }
        assert (await client.patch(path, json=change, headers={"If-Match": "*"})).is_success
        assert (await client.post(f"{path}/movements", json=MOVEMENT)).is_success
        ids.append(made.json()["id"])
    related = await client.post(f"/projects/{ids[0]}/relations", json={"kind": "matching", "project": ids[1]})
    assert related.is_success
    assert (await client.post(f"/projects/{ids[1]}/people/erasure", json={"reason": "本人要求"})).is_success
    assert (await client.post(f"/projects/{ids[1]}/movements", json=MOVEMENT)).is_success
    changed = await client.patch("/agencies/local:A-01", json={"name": "演示新名"}, headers={"If-Match": "*"})
    assert changed.is_success
    await entries(client, 11)
    return ids


async def check(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/journal/check")).json()
    return found


async def test_what_went_through_the_interface_is_what_the_journal_says(manager: httpx.AsyncClient) -> None:
    await a_portfolio(manager)
    found = await check(manager)
    assert found == {"entries": 11, "rows": found["rows"], "differing": [], "holds": True}
    assert found["rows"] >= 15


async def test_what_a_second_person_decided_is_what_the_journal_says(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    id = await a_published(clerk, approver, pi=PERSON)
    for decision in ("rejected", "approved"):
        change = {"change": {"title": "演示：改名"}, "reason": "任务书变更"}
        number = (await clerk.post(f"/projects/{id}/change-requests", json=change)).json()["number"]
        path = f"/projects/{id}/change-requests/{number}/decision"
        decided = await approver.post(path, json={"decision": decision, "reason": "同意或不同意"})
        assert decided.is_success, decided.text
    assert (await check(manager))["holds"]


FORGED = [
    (
        "UPDATE project SET body = replace(body, '演示：一', '演示：三')",
        "project",
        "/title",
    ),
    ("UPDATE project SET lead = 'local:B' WHERE id = %(id)s", "project", "/lead"),
    ("UPDATE project SET record_status = 'void' WHERE id = %(id)s", "project", "/record_status"),
    ("UPDATE project SET personal = replace(personal, 'sha256:', 'sha256:0') WHERE id = %(id)s", "project", None),
    ("UPDATE share SET weight = 50 WHERE project = %(id)s", "project", "/shares"),
    ("DELETE FROM budget_line WHERE project = %(id)s", "project", "/budget"),
    ("UPDATE movement SET body = replace(body, '\"5.00\"', '\"6.00\"')", "movement", "/amount"),
    ("UPDATE movement SET amount = 6 WHERE amount = 5", "movement", "/amount"),
    ("DELETE FROM movement WHERE amount = 5", "movement", ""),
    ("UPDATE relation SET kind = 'continuation'", "relation", "/kind"),
    ("UPDATE relation SET body = replace(body, 'matching', 'continuation')", "relation", "/kind"),
    ("DELETE FROM relation", "relation", ""),
    ("UPDATE agency SET body = replace(body, '演示新名', '演示旧名')", "agency", "/name"),
    ("UPDATE personal_value SET value = '19900009999' WHERE value LIKE '199%'", "personal_value", "/pi/phone"),
    ("UPDATE journal_entry SET body = replace(body, '演示：一', '演示：三')", "journal_entry", ""),
    ("INSERT INTO agency (id, version, body) VALUES ('local:B', 1, '{\"version\": 1}')", "agency", ""),
]


@pytest.mark.parametrize(("statement", "kind", "pointer"), FORGED)
async def test_what_was_changed_by_hand_is_found(
    manager: httpx.AsyncClient, settings: Settings, cluster: Cluster, statement: str, kind: str, pointer: str | None
) -> None:
    id, _ = await a_portfolio(manager)
    with psycopg.connect(cluster.admin(settings.database_url)) as owner:
        owner.execute("SET search_path = portfolio; SET session_replication_role = replica")
        owner.execute(statement.encode(), {"id": id} if "%(" in statement else None)
    found = await check(manager)
    assert not found["holds"]
    assert kind in {each["kind"] for each in found["differing"]}, found
    if pointer is not None:
        assert (kind, pointer) in {(each["kind"], each["pointer"]) for each in found["differing"]}, found


@pytest.mark.parametrize("statement", [FORGED[0][0], FORGED[1][0], FORGED[3][0]])
async def test_a_project_that_was_changed_by_hand_is_not_changed_further(
    app: FastAPI, manager: httpx.AsyncClient, settings: Settings, cluster: Cluster, statement: str
) -> None:
    id, other = await a_portfolio(manager)
    with psycopg.connect(cluster.admin(settings.database_url)) as owner:
        owner.execute("SET search_path = portfolio; SET session_replication_role = replica")
        owner.execute(statement.encode(), {"id": id} if "%(" in statement else None)
    for answer in (
        await manager.patch(f"/projects/{id}", json={"abstract": "x"}, headers={"If-Match": "*"}),
        await manager.post(f"/projects/{id}/movements", json=MOVEMENT),
        await manager.post(f"/projects/{id}/people/erasure", json={"reason": "本人要求"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "differs_from_journal"), answer.text
        assert id in answer.json()["detail"] and "operator" in answer.json()["detail"]
    assert (await manager.post(f"/projects/{other}/movements", json=MOVEMENT)).is_success
    assert len(await entries(manager, 12)) == 12


async def test_of_many_who_change_a_project_at_once_none_meets_an_entry_that_is_not_the_last(
    manager: httpx.AsyncClient,
) -> None:
    id, _ = await a_portfolio(manager)
    sent = []
    for number in range(6):
        change = {"abstract": f"第{number}次"}
        sent.append(manager.patch(f"/projects/{id}", json=change, headers={"If-Match": "*"}))
        sent.append(manager.post(f"/projects/{id}/movements", json=MOVEMENT))
    assert {answer.status_code for answer in await asyncio.gather(*sent)} == {200, 201}
    assert (await check(manager))["holds"]


async def test_an_agency_that_was_changed_by_hand_is_not_changed_further(
    manager: httpx.AsyncClient, settings: Settings, cluster: Cluster
) -> None:
    await a_portfolio(manager)
    with psycopg.connect(cluster.admin(settings.database_url)) as owner:
        owner.execute("UPDATE portfolio.agency SET body = replace(body, '演示新名', '演示旧名')".encode())
    answer = await manager.patch("/agencies/local:A-01", json={"name": "演示"}, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (409, "differs_from_journal")
