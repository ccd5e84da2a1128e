"""The typed client, against the real application."""

import asyncio
from pathlib import Path
from uuid import UUID

import httpx
from fastapi import FastAPI

from services.portfolio.client import PortfolioClient
from services.portfolio.contract import (
    Decision,
    Import,
    ImportOptions,
    NewChangeRequest,
    NewProject,
    NewRelation,
    ProjectChange,
    RecordTransition,
)
from tests.builders import a_project, an_agency
from tests.conftest import Cluster
from tests.portfolio.lists import a_list, a_row


async def _done(client: PortfolioClient, id: UUID) -> Import:
    for _ in range(300):
        found = await client.import_(id)
        if found.status in ("done", "failed"):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("the import did not end")


async def test_every_step_of_a_registration_is_a_method(
    app: FastAPI, cluster: Cluster, manager: httpx.AsyncClient, tmp_path: Path
) -> None:
    await manager.post("/agencies", json=an_agency())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://portfolio") as http:
        client = PortfolioClient(http, token=cluster.token("manager"))
        checker = PortfolioClient(http, token=cluster.token("approver", "local:A-01"))
        made = await client.register_project(
            NewProject.model_validate(a_project(record="draft", pi={"name": "演示甲"}))
        )
        assert (await client.enter_record_state(made.id, RecordTransition(to="submitted"))).record_status == "published"
        change = NewChangeRequest(change=ProjectChange(title="演示：改名"), reason="更正")
        request = await client.request_change(made.id, change)
        decided = await checker.decide_change(made.id, request.number, Decision(decision="approved", reason="同意"))
        assert decided.status == "approved"
        other = await client.register_project(NewProject.model_validate(a_project(title="演示：改名")))
        assert [found.project for found in await client.candidates(other.id)] == [made.id]
        await client.relate(other.id, NewRelation(kind="matching", project=made.id))
        assert await client.candidates(other.id) == []
        assert (await client.people(made.id, "核实情况")).pi == {
            "name": "演示甲",
            "title": None,
            "phone": None,
            "email": None,
        }
        path = a_list(tmp_path / "a.xlsx", [a_row(1), a_row(2, 规划任务="9.9")])
        checked = await _done(client, (await client.add_import(path, "small", ImportOptions())).id)
        assert [row.row async for row in client.import_rows(checked.id, "rejected")] == [3]
        options = ImportOptions(mode="apply", accept_valid=True)
        applied = await _done(client, (await client.apply_import(checked.id, options)).id)
        assert (applied.applied, applied.counts.created) == (True, 1)
        assert (await client.import_result(applied.id))[:2] == b"PK"
        assert (await client.projects_file("small", "csv")).startswith(b"\xef\xbb\xbf")
        for _ in range(50):
            if len((await client.history(made.id)).items) == 4:
                break
            await asyncio.sleep(0.1)
        assert [step.serial for step in (await client.history(made.id)).items] == [1, 2, 3, 4]
