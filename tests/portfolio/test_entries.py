"""Entries have the committed shape of their kind; a plan's agencies are identified by its schemes."""

import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from fastapi import FastAPI

from services import portfolio
from services.portfolio import rules
from services.portfolio.contract import JOURNAL_KINDS, NewProject, journal_schema
from tests.builders import a_project, an_agency, knowledge
from tests.conftest import Cluster
from tests.portfolio.conftest import client_of
from tests.portfolio.test_life import WHOLE

PERSON = {"name": "演示负责人", "phone": "19900001234", "email": "demo@example.cn"}


@pytest.mark.parametrize("kind", JOURNAL_KINDS)
def test_the_committed_schema_of_each_journal_kind_is_the_codes(kind: str) -> None:
    committed = json.loads((Path(portfolio.__file__).parent / "journal_schemas" / f"{kind}.json").read_text("utf-8"))
    assert committed == journal_schema(kind)


async def test_every_entry_has_the_committed_shape_of_its_kind(
    app: FastAPI, cluster: Cluster, manager: httpx.AsyncClient
) -> None:
    await manager.post("/agencies", json=an_agency())
    await manager.patch("/agencies/local:A-01", json={"name": "演示所"}, headers={"If-Match": '"1"'})
    made = (await manager.post("/projects", json=a_project(pi=PERSON))).json()
    other = (await manager.post("/projects", json=a_project(record="draft"))).json()
    path, movement = f"/projects/{made['id']}", {"kind": "receipt", "on": "2017-05", "source": "self", "amount": "1.00"}
    await manager.post(f"{path}/movements", json=movement)
    await manager.patch(path, json={"title": "演示：改名", "reason": "更正"}, headers={"If-Match": '"1"'})
    await manager.post(f"{path}/transitions", json={"to": "in_progress", "on": "2017-06-01"})
    await manager.post(f"{path}/change-requests", json={"change": {"title": "演示：再改"}, "reason": "更正"})
    app.state.catalog.known = knowledge(settings={"registration_review": "on"})
    filled = {"amount_total": "1550000.01", "pi": PERSON} | WHOLE
    await manager.patch(f"/projects/{other['id']}", json=filled, headers={"If-Match": "*"})
    async with client_of(app, cluster.token("approver", "local:A-01")) as approver:
        decision = {"decision": "approved", "reason": "同意"}
        await approver.post(f"{path}/change-requests/1/decision", json=decision)
        steps = ((manager, "submitted"), (approver, "returned"), (manager, "submitted"), (approver, "published"))
        for client, to in steps:
            done = await client.post(f"/projects/{other['id']}/record-transitions", json={"to": to})
            assert done.status_code == 200, done.text
        await manager.post(f"{path}/relations", json={"kind": "matching", "project": other["id"]})
        await manager.post(f"{path}/people/erasure", json={"reason": "本人要求"})
        third = (await manager.post("/projects", json=a_project(title="演示：三"))).json()
        await manager.post(f"/projects/{third['id']}/record-transitions", json={"to": "withdrawn"})
        await approver.post(f"/projects/{third['id']}/void", json={"reason": "误登记"})
    items: list[dict[str, Any]] = []
    for _ in range(20):
        items += (await manager.get("/journal", params={"after": len(items), "wait": 1})).json()["items"]
    entries = [json.loads(item["body"]) for item in items]
    for entry in entries:
        jsonschema.validate(entry, journal_schema(entry["kind"]), jsonschema.Draft202012Validator)
    assert {entry["kind"] for entry in entries} == set(JOURNAL_KINDS)
    assert PERSON["phone"] not in str(items) and PERSON["email"] not in str(items)


def test_a_lead_of_a_scheme_that_the_plan_does_not_have_is_named() -> None:
    known = knowledge(settings={"agency_schemes": ["cn-uscc"]})
    found = rules.project_problems(NewProject.model_validate(a_project()), known)
    assert [(p["pointer"], p["code"]) for p in found] == [("/lead", "scheme_not_allowed")]
