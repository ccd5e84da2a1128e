"""The life of a registration: its two machines, second persons, change requests, people, doubles, stories."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.portfolio.contract import RECORD_STEPS, TRANSITIONS
from tests.builders import a_project, an_agency, knowledge
from tests.conftest import Cluster
from tests.portfolio.conftest import client_of
from tests.portfolio.test_routes import register

WHOLE = {
    "project_no": "17DZ2260900",
    "issuing_body": "演示委员会",
    "programme_name": "演示计划",
    "funding_mode": "competitive_grant",
    "stage": "application",
    "secrecy_level": "public",
    "amount_total": "1550000.01",
    "pi": {"name": "演示甲"},
    "kpis": [{"name": "数据条目", "kind": "output", "target": "1000", "unit": "条"}],
}
"""What a submission needs in a plan with review, beside what the builders give."""


@pytest.fixture
async def clerk(app: FastAPI, cluster: Cluster, manager: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Staff of agency local:A-01 in a plan with review."""
    app.state.catalog.known = knowledge(settings={"registration_review": "on"})
    await manager.post("/agencies", json=an_agency())
    async with client_of(app, cluster.token("staff", "local:A-01")) as client:
        yield client


@pytest.fixture
async def approver(app: FastAPI, cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    """The second person of agency local:A-01."""
    async with client_of(app, cluster.token("approver", "local:A-01")) as client:
        yield client


async def step(client: httpx.AsyncClient, id: str, to: str, **more: Any) -> httpx.Response:
    """A step of the record."""
    return await client.post(f"/projects/{id}/record-transitions", json={"to": to} | more)


async def draft(client: httpx.AsyncClient, **differing: Any) -> str:
    """A draft's id."""
    made = await client.post("/projects", json=a_project(**differing))
    assert made.status_code == 201, made.text
    assert made.json()["record_status"] == "draft"
    return str(made.json()["id"])


async def a_published(clerk: httpx.AsyncClient, approver: httpx.AsyncClient, **differing: Any) -> str:
    """A project that went the whole way, contracted."""
    id = await draft(clerk, **WHOLE | differing)
    await step(clerk, id, "submitted")
    done = await step(approver, id, "published")
    assert done.json()["record_status"] == "published", done.text
    return id


def codes(answer: httpx.Response) -> set[tuple[str, str]]:
    """Pointer and code of everything that is wrong."""
    return {(part["pointer"], part["code"]) for part in answer.json()["errors"]}


async def test_a_draft_needs_little_and_a_submission_says_at_once_what_is_missing(clerk: httpx.AsyncClient) -> None:
    made = await clerk.post("/projects", json={"plan": "small", "title": "演示", "lead": "local:A-01"})
    assert (made.status_code, made.json()["record_status"]) == (201, "draft")
    refused = await step(clerk, made.json()["id"], "submitted")
    missing = {pointer for pointer, code in codes(refused) if code == "required"}
    assert missing == {
        *("/project_no", "/issuing_body", "/programme_name", "/fund_class", "/funding_mode", "/stage"),
        *(
            "/secrecy_level",
            "/approved_on",
            "/start_on",
            "/end_on",
            "/amount_total",
            "/budget",
            "/tasks",
            "/kpis",
            "/pi",
        ),
    }


async def test_a_record_is_returned_with_comments_mended_and_published_by_a_second_person(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient
) -> None:
    id = await draft(clerk, **WHOLE)
    await step(clerk, id, "submitted")
    locked = await clerk.patch(f"/projects/{id}", json={"title": "x"}, headers={"If-Match": "*"})
    assert (locked.status_code, locked.json()["code"]) == (409, "record_locked")
    comments = [{"pointer": "/title", "text": "写清楚对象"}]
    returned = await step(approver, id, "returned", comments=comments, reason="标题过于笼统")
    assert (returned.json()["record_status"], returned.json()["comments"]) == ("returned", comments)
    mended = await clerk.patch(f"/projects/{id}", json={"title": "演示：合金数据库"}, headers={"If-Match": "*"})
    assert mended.status_code == 200
    again = await step(clerk, id, "submitted")
    assert "comments" not in again.json()
    assert (await step(approver, id, "published")).json()["record_status"] == "published"


async def test_nobody_publishes_what_he_made(app: FastAPI, cluster: Cluster, clerk: httpx.AsyncClient) -> None:
    async with client_of(app, cluster.token("approver", "local:A-01")) as maker:
        id = await draft(maker, **WHOLE)
        await step(maker, id, "submitted")
        refused = await step(maker, id, "published")
        assert (refused.status_code, refused.json()["code"]) == (403, "second_person_needed")
        assert (await step(clerk, id, "published")).json()["code"] == "role_not_allowed"
        at_once = await maker.post("/projects", json=a_project(record="published"))
        assert at_once.json()["code"] == "second_person_needed"


async def test_who_mended_a_draft_may_not_publish_it(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    id = await draft(clerk, **WHOLE)
    await approver.patch(f"/projects/{id}", json={"abstract": "补写"}, headers={"If-Match": "*"})
    await step(clerk, id, "submitted")
    assert (await step(approver, id, "published")).json()["code"] == "second_person_needed"
    assert (await step(manager, id, "published")).status_code == 200


async def test_the_budget_becomes_commitments_when_the_record_is_published_not_before(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient
) -> None:
    id = await draft(clerk, **WHOLE)
    movement = {"kind": "receipt", "on": "2017", "source": "self", "amount": "1.00"}
    early = await clerk.post(f"/projects/{id}/movements", json=movement)
    assert (early.status_code, early.json()["code"]) == (409, "record_not_published")
    assert (await clerk.get(f"/projects/{id}/movements")).json()["items"] == []
    await step(clerk, id, "submitted")
    await step(approver, id, "published")
    assert len((await clerk.get(f"/projects/{id}/movements")).json()["items"]) == 2


WAYS = {
    "draft": (),
    "submitted": ("submitted",),
    "returned": ("submitted", "returned"),
    "withdrawn": ("withdrawn",),
    "published": ("submitted", "published"),
}
"""How a draft comes to each state of the record that the record's own machine leads to."""


@pytest.mark.parametrize("status", WAYS)
async def test_the_record_takes_no_step_that_its_machine_does_not_have(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient, status: str
) -> None:
    id = await draft(clerk, **WHOLE)
    for to in WAYS[status]:
        assert (await step(approver if to in ("returned", "published") else clerk, id, to)).status_code == 200
    for to in {"submitted", "returned", "published", "withdrawn"} - set(RECORD_STEPS[status]):
        refused = await step(approver, id, to)
        assert (refused.status_code, refused.json()["code"]) == (409, "record_step_not_allowed"), to


async def test_without_review_handing_in_publishes(manager: httpx.AsyncClient) -> None:
    await manager.post("/agencies", json=an_agency())
    made = await manager.post("/projects", json=a_project(record="draft", tasks=[]))
    id = made.json()["id"]
    assert codes(await step(manager, id, "submitted")) == {("/tasks", "required")}
    tasks = {"tasks": [{"code": "4.8", "weight": "100"}]}
    await manager.patch(f"/projects/{id}", json=tasks, headers={"If-Match": "*"})
    assert (await step(manager, id, "submitted")).json()["record_status"] == "published"
    assert (await manager.post("/projects", json=a_project(record="submitted"))).json()["record_status"] == "published"


# states of the project


@pytest.mark.parametrize("state", [state for state in TRANSITIONS if state != "approved"])
async def test_each_state_names_what_it_needs_and_takes_it(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient, state: str
) -> None:
    before = next(origin for origin, targets in TRANSITIONS.items() if state in targets)
    kpis = [{"name": "数据条目", "kind": "output", "target": "1000", "actual": "1200"}]
    differing: dict[str, Any] = {
        "state": before,
        "start_on": "2030-01-01",
        "end_on": "2031-12-31",
        "approved_on": "2017-03-15",
    }
    if state == "acceptance":
        differing |= {"kpis": WHOLE["kpis"]}
    id = await a_published(clerk, approver, **WHOLE | differing | {"state_on": "2017-03-15"})
    path = f"/projects/{id}/transitions"
    refused = await clerk.post(path, json={"to": state, "on": "2017-06-01"})
    assert (refused.status_code, refused.json()["code"]) == (409, "guard_not_met"), refused.text
    assert {code for _, code in codes(refused)} == {"guard_not_met"}
    needed = {pointer.removeprefix("/") for pointer, _ in codes(refused)}
    values = {
        **{"document": "沪科（演示）1号", "reason": "演示原因", "deadline": "2017-12-31", "opinion": "演示意见"},
        **{"refund": "0.00"},
    }
    given = {name: values[name] for name in needed & values.keys()}
    if "start_on" in needed:
        movement = {"kind": "disbursement", "on": "2017-05-01", "source": "municipal", "amount": "10.00"}
        await clerk.post(f"/projects/{id}/movements", json=movement)
    for name, value in (("kpis", kpis), ("report_nos", ["000000001-17DZ/01"])):
        if name in needed:
            await _approved(clerk, approver, id, {name: value})
    entered = await clerk.post(path, json={"to": state, "on": "2017-06-01"} | given)
    assert (entered.status_code, entered.json().get("state")) == (200, state), entered.text
    assert entered.json()["states"][-1] == {"state": state, "on": "2017-06-01"} | given


async def _approved(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient, id: str, change: dict[str, Any]
) -> httpx.Response:
    asked = await clerk.post(f"/projects/{id}/change-requests", json={"change": change, "reason": "演示"})
    assert asked.status_code == 201, asked.text
    decision = {"decision": "approved", "reason": "同意"}
    return await approver.post(f"/projects/{id}/change-requests/{asked.json()['number']}/decision", json=decision)


async def test_revoked_money_has_to_come_back_before_the_project_is_closed(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient
) -> None:
    id = await a_published(clerk, approver)
    movement = {"kind": "disbursement", "on": "2017-05-01", "source": "municipal", "amount": "10.00"}
    await clerk.post(f"/projects/{id}/movements", json=movement)
    path = f"/projects/{id}/transitions"
    await clerk.post(path, json={"to": "revoked", "on": "2017-06-01", "reason": "弄虚作假", "refund": "10.00"})
    refused = await clerk.post(path, json={"to": "closed", "on": "2017-07-01"})
    assert codes(refused) == {("/movements", "guard_not_met")}
    await clerk.post(f"/projects/{id}/movements", json=movement | {"kind": "refund"})
    assert (await clerk.post(path, json={"to": "closed", "on": "2017-07-01"})).json()["state"] == "closed"


async def test_a_term_to_mend_is_given_once(manager: httpx.AsyncClient) -> None:
    project = await register(manager, state="acceptance", state_on="2019-12-31")
    path = f"/projects/{project['id']}/transitions"
    for to in ("rectify", "acceptance"):
        assert (await manager.post(path, json={"to": to, "on": "2020-01-31"})).status_code == 200
    refused = await manager.post(path, json={"to": "rectify", "on": "2020-02-28"})
    assert refused.json()["code"] == "transition_not_allowed"
    assert "rectify" not in refused.json()["facts"]["allowed"]


async def test_without_review_a_guard_is_a_warning(manager: httpx.AsyncClient) -> None:
    project = await register(manager, state="in_progress")
    entered = await manager.post(f"/projects/{project['id']}/transitions", json={"to": "suspended"})
    assert entered.status_code == 200
    assert {warning["code"] for warning in entered.json()["warnings"]} == {"guard_not_met"}
    assert len(entered.json()["warnings"]) == 2


# change requests


async def test_a_change_that_matters_goes_through_a_request_and_makes_a_version(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient
) -> None:
    id = await a_published(clerk, approver)
    path = f"/projects/{id}"
    direct = await clerk.patch(path, json={"title": "演示：改名", "team_size": 9}, headers={"If-Match": "*"})
    assert (direct.status_code, direct.json()["code"], direct.json()["facts"]["fields"]) == (
        409,
        "change_request_needed",
        "title",
    )
    request = {"change": {"title": "演示：改名"}, "reason": "方向收窄", "documents": ["函1号"]}
    asked = await clerk.post(f"{path}/change-requests", json=request)
    assert asked.json()["changes"] == [
        {"field": "/title", "label": "项目名称", "before": "演示：材料数据库", "after": "演示：改名"}
    ]
    pending = (await clerk.get(path)).json()
    assert (pending["record_status"], pending["title"]) == ("correction_pending", "演示：材料数据库")
    second = await clerk.post(f"{path}/change-requests", json={"change": {"title": "x"}, "reason": "再改"})
    assert second.json()["code"] == "change_request_open"
    decision = {"decision": "approved", "reason": "同意"}
    decide = f"{path}/change-requests/1/decision"
    assert (await clerk.post(decide, json=decision)).json()["code"] == "role_not_allowed"
    assert (await approver.post(decide, json=decision)).json()["status"] == "approved"
    changed = (await clerk.get(path)).json()
    assert (changed["record_status"], changed["title"]) == ("published", "演示：改名")
    assert changed["version"] == pending["version"] + 1
    assert (await approver.post(decide, json=decision)).json()["code"] == "change_request_decided"
    assert (await approver.post(f"{path}/change-requests/7/decision", json=decision)).status_code == 404


async def test_a_rejected_or_withdrawn_request_changes_nothing(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient
) -> None:
    id = await a_published(clerk, approver)
    before = (await clerk.get(f"/projects/{id}")).json()
    requests = f"/projects/{id}/change-requests"
    budget = [{"year": 2017, "source": "municipal", "amount": "9.00"}]
    for number, (decision, who) in enumerate((("rejected", approver), ("withdrawn", clerk)), 1):
        change = {"budget": budget, "amount_total": "9.00"}
        await clerk.post(requests, json={"change": change, "reason": "压减"})
        decided = await who.post(f"{requests}/{number}/decision", json={"decision": decision, "reason": "演示"})
        assert decided.json()["status"] == decision
    after = (await clerk.get(f"/projects/{id}")).json()
    assert {k: v for k, v in after.items() if k != "version"} == {k: v for k, v in before.items() if k != "version"}
    assert [item["status"] for item in (await clerk.get(requests)).json()["items"]] == ["rejected", "withdrawn"]


async def test_what_is_free_or_filed_is_changed_directly(clerk: httpx.AsyncClient, approver: httpx.AsyncClient) -> None:
    headed = [{"year": 2017, "source": "municipal", "amount": "1250000.00", "heading": "equipment"}]
    id = await a_published(clerk, approver, budget=headed, amount_total="1250000.00")
    free = {
        "abstract": "技术路线调整",
        "team_size": 12,
        "contact": {"name": "演示乙", "phone": "19900005678"},
        "pi": {"name": "演示甲", "phone": "19900001234"},
        "budget": [
            {"year": 2017, "source": "municipal", "amount": "1000000.00", "heading": "equipment"},
            {"year": 2017, "source": "municipal", "amount": "250000.00", "heading": "labour"},
        ],
    }
    changed = await clerk.patch(f"/projects/{id}", json=free, headers={"If-Match": "*"})
    assert (changed.status_code, changed.json()["pi"]["phone"]) == (200, "199****1234")
    assert len((await clerk.get(f"/projects/{id}/movements")).json()["items"]) == 1


async def test_an_extension_beyond_the_programmes_settings_is_said(
    app: FastAPI, clerk: httpx.AsyncClient, approver: httpx.AsyncClient
) -> None:
    short = {"programmes": {"演示计划": {"extension_months": 6}}, "registration_review": "on"}
    app.state.catalog.known = knowledge(settings=short)
    id = await a_published(clerk, approver)
    asked = await clerk.post(
        f"/projects/{id}/change-requests", json={"change": {"extended_to": "2020-12-31"}, "reason": "延期"}
    )
    assert {warning["code"] for warning in asked.json()["warnings"]} == {"extended_too_long", "extended_too_late"}


# what is derived, people, doubles, stories


async def test_flags_are_derived_from_dates_instalments_and_payments(manager: httpx.AsyncClient) -> None:
    instalments = [{"due_on": "2018-01-01", "amount": "100.00"}]
    late = await register(manager, state="in_progress", title="演示：一", instalments=instalments)
    assert set((await manager.get(f"/projects/{late['id']}")).json()["flags"]) == {"overdue", "late_payment"}
    movement = {"kind": "disbursement", "on": "2018-05-01", "source": "municipal", "amount": "100.00"}
    await manager.post(f"/projects/{late['id']}/movements", json=movement)
    await manager.patch(f"/projects/{late['id']}", json={"extended_to": "2199-12-31"}, headers={"If-Match": "*"})
    listed = (await manager.get("/projects")).json()["items"]
    assert [project.get("flags", []) for project in listed] == [[]]


async def test_phone_and_mail_are_shown_to_who_says_why_and_may_be_forgotten(
    app: FastAPI, cluster: Cluster, manager: httpx.AsyncClient
) -> None:
    person = {"name": "演示甲", "phone": "19900001234", "email": "demo@example.cn"}
    project = await register(manager, pi=person, contact={"name": "演示乙", "phone": "021-55550000"})
    path = f"/projects/{project['id']}"
    assert project["pi"] == {"name": "演示甲", "title": None, "phone": "199****1234", "email": "d***@example.cn"}
    clear = await manager.get(f"{path}/people", params={"reason": "核实验收时间"})
    assert (clear.headers["kepan-personal-data"], clear.json()["pi"]["phone"]) == ("read", "19900001234")
    assert clear.json()["contact"]["phone"] == "021-55550000"
    assert (await manager.get(f"{path}/people", params={"reason": " "})).json()["code"] == "reason_required"
    async with client_of(app, cluster.token("staff", "local:A-01")) as staff:
        assert (await staff.get(f"{path}/people", params={"reason": "想看看"})).json()["code"] == "role_not_allowed"
    # A masked value that comes back is not an edit.
    kept = await manager.patch(path, json={"pi": project["pi"]}, headers={"If-Match": "*"})
    assert kept.status_code == 200
    assert (await manager.get(f"{path}/people", params={"reason": "核实"})).status_code == 422
    again = await manager.get(f"{path}/people", params={"reason": "再次核实"})
    assert again.json()["pi"]["email"] == "demo@example.cn"
    erased = await manager.post(f"{path}/people/erasure", json={"reason": "本人要求"})
    assert erased.json()["pi"]["phone"] is None
    gone = await manager.get(f"{path}/people", params={"reason": "再次核实"})
    assert gone.json()["pi"] == {"name": "演示甲", "title": None, "phone": None, "email": None}


async def test_doubles_come_with_their_reasons_until_a_relation_makes_them_lawful(manager: httpx.AsyncClient) -> None:
    await manager.post("/agencies", json=an_agency("B-01"))
    pi = {"name": "演示甲"}
    first = await register(manager, title="演示：高通量材料计算平台建设", project_no="17DZ1", pi=pi)
    far = await register(manager, title="演示：养老机器人", pi={"name": "演示丙"})
    elsewhere = {"lead": "local:B-01", "issuing_body": "别处", "project_no": "１７dz1"}
    second = await register(manager, title="演示：高通量材料计算平台的建设", pi=pi, **elsewhere)
    found = second["candidates"]
    assert [candidate["project"] for candidate in found] == [first["id"]]
    assert set(found[0]["reasons"]) == {"same_number", "same_leader_similar_title", "similar_title"}
    assert far["candidates"] == []
    relation = {"kind": "matching", "project": first["id"], "note": "区级配套"}
    assert (await manager.post(f"/projects/{second['id']}/relations", json=relation)).status_code == 201
    for id in (first["id"], second["id"]):
        assert (await manager.get(f"/projects/{id}/candidates")).json()["items"] == []
        assert len((await manager.get(f"/projects/{id}/relations")).json()["items"]) == 1
    suspect = relation | {"kind": "suspected_duplicate"}
    await manager.post(f"/projects/{second['id']}/relations", json=suspect)
    assert len((await manager.get(f"/projects/{first['id']}/candidates")).json()["items"]) == 1
    itself = await manager.post(f"/projects/{first['id']}/relations", json=relation)
    assert codes(itself) == {("/project", "itself")}


async def test_staff_are_not_told_of_doubles_that_they_may_not_see(
    app: FastAPI, cluster: Cluster, manager: httpx.AsyncClient
) -> None:
    await register(manager)
    await manager.post("/agencies", json=an_agency("B-01"))
    async with client_of(app, cluster.token("staff", "local:B-01")) as stranger:
        made = await stranger.post("/projects", json=a_project(lead="local:B-01"))
    assert made.json()["candidates"] == []


async def test_a_story_tells_every_step_from_the_journal(clerk: httpx.AsyncClient, approver: httpx.AsyncClient) -> None:
    id = await a_published(clerk, approver)
    await _approved(clerk, approver, id, {"title": "演示：改名"})
    movement = {"kind": "disbursement", "on": "2017-05", "source": "municipal", "amount": "10.00"}
    await clerk.post(f"/projects/{id}/movements", json=movement)
    items: list[dict[str, Any]] = []
    for _ in range(50):
        items = (await clerk.get(f"/projects/{id}/history")).json()["items"]
        if len(items) == 6:
            break
        await asyncio.sleep(0.1)
    assert [item["kind"] for item in items] == [
        *("project_registered", "record_submitted", "record_published"),
        *("change_requested", "change_decided", "movement_recorded"),
    ]
    assert [item["serial"] for item in items] == [1, 2, 3, 4, 5, 6]
    title = next(change for change in items[4]["changes"] if change["field"] == "/title")
    assert (title["before"], title["after"]) == ("演示：材料数据库", "演示：改名")
    assert items[5]["told"] == "记账：拨付 10.00，2017-05-31"
    pages = await clerk.get(f"/projects/{id}/history", params={"limit": 4})
    rest = await clerk.get(f"/projects/{id}/history", params={"limit": 4, "cursor": pages.json()["next"]})
    assert [item["serial"] for item in rest.json()["items"]] == [5, 6]


@pytest.mark.parametrize(
    ("differing", "pointer", "code"),
    [
        ({"amount_total": "9.00"}, "/amount_total", "total_not_sum"),
        ({"extended_to": "2019-01-01"}, "/extended_to", "extension_not_later"),
        ({"instalments": [{"due_on": "2018-01-01", "amount": "0.00"}]}, "/instalments/0/amount", "amount_not_positive"),
        (
            {"partners": [{"name": "甲", "share": "60"}, {"name": "乙", "share": "41"}]},
            "/partners",
            "partner_shares_above_100",
        ),
        ({"partners": [{"name": "甲", "type": "club"}]}, "/partners/0/type", "unknown_value"),
    ],
)
async def test_a_form_that_does_not_add_up_is_refused(
    manager: httpx.AsyncClient, differing: dict[str, Any], pointer: str, code: str
) -> None:
    await manager.post("/agencies", json=an_agency())
    refused = await manager.post("/projects", json=a_project(**differing))
    assert (pointer, code) in codes(refused)
