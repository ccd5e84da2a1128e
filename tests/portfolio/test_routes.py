"""Portfolio over HTTP, on a real database."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from tests.builders import a_project, an_agency
from tests.conftest import Cluster
from tests.portfolio.conftest import client_of


async def register(client: httpx.AsyncClient, **differing: Any) -> dict[str, Any]:
    """A registered project of a registered agency."""
    await client.post("/agencies", json=an_agency())
    answer = await client.post("/projects", json=a_project(**differing))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def entries(client: httpx.AsyncClient, wanted: int) -> list[dict[str, Any]]:
    """The journal, once it has as many entries."""
    for _ in range(50):
        page = (await client.get("/journal", params={"after": 0, "wait": 1})).json()["items"]
        if len(page) >= wanted:
            return [json.loads(item["body"]) for item in page]
    raise AssertionError("the entries did not come")


async def test_a_registered_project_reads_back_as_it_was_answered(manager: httpx.AsyncClient) -> None:
    answered = await register(manager)
    read = await manager.get(f"/projects/{answered['id']}")
    assert read.headers["etag"] == '"1"'
    assert read.json() == {name: value for name, value in answered.items() if name not in ("warnings", "candidates")}


async def test_becoming_contracted_posts_the_budget_as_commitments(manager: httpx.AsyncClient) -> None:
    project = await register(manager, state="approved")
    assert (await manager.get(f"/projects/{project['id']}/movements")).json()["items"] == []
    entered = await manager.post(
        f"/projects/{project['id']}/transitions", json={"to": "contracted", "on": "2017-05-01"}
    )
    assert entered.status_code == 200
    movements = (await manager.get(f"/projects/{project['id']}/movements")).json()["items"]
    assert {(m["kind"], m["year"], m["source"], m["amount"], m["on"], m["origin"]) for m in movements} == {
        ("commitment", 2017, "municipal", "1250000.00", "2017-05-01", "budget"),
        ("commitment", 2018, "self", "300000.01", "2017-05-01", "budget"),
    }


@pytest.mark.parametrize(
    ("differing", "status", "pointer", "code"),
    [
        ({"budget": [{"year": 2017, "source": "self", "amount": 1.5}]}, 422, "/budget/0/amount", "amount_not_text"),
        ({"tasks": [{"code": "4.99", "weight": "100"}]}, 422, "/tasks/0/code", "unknown_task"),
        ({"tasks": [{"code": "4.8", "weight": "99.99"}]}, 422, "/tasks", "weights_not_100"),
        ({"tasks": [{"code": 5.1, "weight": "100"}]}, 422, "/tasks/0/code", "code_not_text"),
        ({"titel": "?"}, 422, "/titel", "extra_forbidden"),
    ],
)
async def test_bad_input_is_refused_by_name_with_a_pointer(
    manager: httpx.AsyncClient, differing: dict[str, Any], status: int, pointer: str, code: str
) -> None:
    await manager.post("/agencies", json=an_agency())
    answer = await manager.post("/projects", json=a_project(**differing))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {(pointer, code)}


async def test_a_credit_code_with_a_wrong_check_character_is_refused(manager: httpx.AsyncClient) -> None:
    agency = an_agency(identifier={"scheme": "cn-uscc", "value": "91310000MA1FL0XX10"})
    agency["identifier"]["value"] = _wrong(agency["identifier"]["value"])
    answer = await manager.post("/agencies", json=agency)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/identifier/value", "uscc_check_digit")]


def _wrong(value: str) -> str:
    from stdnum.cn import uscc

    right = uscc.calc_check_digit(value[:-1])
    return value[:-1] + ("0" if right != "0" else "1")


async def test_a_retried_registration_happens_once(manager: httpx.AsyncClient) -> None:
    await manager.post("/agencies", json=an_agency())
    headers = {"Idempotency-Key": "k-1"}
    first = await manager.post("/projects", json=a_project(), headers=headers)
    again = await manager.post("/projects", json=a_project(), headers=headers)
    other = await manager.post("/projects", json=a_project(title="另一个"), headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert other.json()["code"] == "idempotency_key_reused"
    assert len((await manager.get("/projects")).json()["items"]) == 1


async def test_of_concurrent_requests_with_one_key_one_registers(manager: httpx.AsyncClient) -> None:
    await manager.post("/agencies", json=an_agency())
    sent = [manager.post("/projects", json=a_project(), headers={"Idempotency-Key": "k-2"}) for _ in range(8)]
    answers = await asyncio.gather(*sent)
    assert {a.status_code for a in answers} <= {201, 409}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"idempotency_key_in_flight"}
    assert all("retry-after" in a.headers for a in answers if a.status_code == 409)
    assert len((await manager.get("/projects")).json()["items"]) == 1


async def test_a_dry_run_answers_as_the_write_would_and_writes_nothing(manager: httpx.AsyncClient) -> None:
    await manager.post("/agencies", json=an_agency())
    headers = {"Idempotency-Key": "k-3"}
    dry = await manager.post("/projects?validate_only=true", json=a_project(), headers=headers)
    bad = await manager.post("/projects?validate_only=true", json=a_project(tasks=[{"code": "4.8", "weight": "1"}]))
    assert (dry.status_code, bad.status_code) == (201, 422)
    assert (await manager.get("/projects")).json()["items"] == []
    assert len(await entries(manager, 1)) == 1
    assert (await manager.post("/projects", json=a_project(), headers=headers)).status_code == 201


async def test_two_editors_never_overwrite_each_other(manager: httpx.AsyncClient) -> None:
    project = await register(manager)
    path = f"/projects/{project['id']}"
    without = await manager.patch(path, json={"title": "甲"})
    first = await manager.patch(path, json={"title": "甲"}, headers={"If-Match": '"1"'})
    stale = await manager.patch(path, json={"title": "乙"}, headers={"If-Match": '"1"'})
    assert (without.status_code, first.status_code, stale.status_code) == (428, 200, 412)
    assert (await manager.get(path)).json()["title"] == "甲"


async def test_a_changed_budget_posts_the_difference(manager: httpx.AsyncClient) -> None:
    project = await register(manager)
    budget = [{"year": 2017, "source": "municipal", "amount": "1000000.00"}]
    changed = await manager.patch(f"/projects/{project['id']}", json={"budget": budget}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    movements = (await manager.get(f"/projects/{project['id']}/movements")).json()["items"]
    assert sorted(m["amount"] for m in movements[2:]) == ["-250000.00", "-300000.01"]


async def test_changed_shares_hold_from_their_day_on(manager: httpx.AsyncClient) -> None:
    project = await register(manager)
    change = {"tasks": [{"code": "4.1", "weight": "100"}], "tasks_valid_from": "2018-01-01"}
    changed = await manager.patch(f"/projects/{project['id']}", json=change, headers={"If-Match": '"1"'})
    shares = changed.json()["shares"]
    assert [since["valid_from"] for since in shares] == [None, "2018-01-01"]
    assert shares[0]["tasks"] == [{"code": "4.8", "weight": "70"}, {"code": "5.1", "weight": "30"}]


async def test_another_agencys_project_is_neither_readable_nor_writable(
    app: FastAPI, manager: httpx.AsyncClient, cluster: Cluster
) -> None:
    project = await register(manager)
    await manager.post("/agencies", json=an_agency("B-01"))
    path = f"/projects/{project['id']}"
    async with client_of(app, cluster.token("staff", "local:B-01")) as stranger:
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.get("/projects")).json()["items"] == []
        assert (await stranger.patch(path, json={"title": "x"}, headers={"If-Match": "*"})).status_code == 404
        movement = {"kind": "receipt", "on": "2017", "source": "self", "amount": "1.00"}
        assert (await stranger.post(f"{path}/movements", json=movement)).status_code == 404
        refused = await stranger.post("/projects", json=a_project())
        assert (refused.status_code, refused.json()["code"]) == (403, "agency_not_allowed")


async def test_staff_act_for_the_subordinates_of_their_agency(
    app: FastAPI, manager: httpx.AsyncClient, cluster: Cluster
) -> None:
    await manager.post("/agencies", json=an_agency("B-01"))
    async with client_of(app, cluster.token("staff", "local:B-01")) as staff:
        below = await staff.post("/agencies", json=an_agency("B-02", parent="local:B-01"))
        assert below.status_code == 201
        registered = await staff.post("/projects", json=a_project(lead="local:B-02"))
        assert registered.status_code == 201
        assert len((await staff.get("/projects")).json()["items"]) == 1


async def test_a_parent_is_dated_and_earlier_parents_stay_known(manager: httpx.AsyncClient) -> None:
    for value in ("A-01", "B-01"):
        await manager.post("/agencies", json=an_agency(value))
    made = await manager.post("/agencies", json=an_agency("B-02", parent="local:A-01", parent_from="2016-01-01"))
    first = {"parent": "local:A-01", "valid_from": "2016-01-01"}
    assert made.json()["parents"] == [first]
    path, change = "/agencies/local:B-02", {"parent": "local:B-01", "parent_from": "2018-07-01"}
    moved = await manager.patch(path, json=change, headers={"If-Match": '"1"'})
    assert (moved.json()["parent"], moved.json()["parents"]) == (
        "local:B-01",
        [first, {"parent": "local:B-01", "valid_from": "2018-07-01"}],
    )
    renamed = await manager.patch(path, json={"name": "演示"}, headers={"If-Match": '"2"'})
    assert renamed.json()["parents"] == moved.json()["parents"]
    refused = [
        await manager.patch(path, json=body, headers={"If-Match": '"3"'})
        for body in ({"parent": "local:A-01", "parent_from": "2999-01-01"}, {"parent_from": "2018-01-01"})
    ]
    assert [answer.json()["errors"][0]["code"] for answer in refused] == ["in_the_future", "without_parent"]


async def test_the_same_number_under_one_issuing_body_is_taken(manager: httpx.AsyncClient) -> None:
    await register(manager, project_no="17dz2260900", issuing_body="演示委员会")
    again = await manager.post("/projects", json=a_project(project_no="１７ＤＺ2260900", issuing_body="演示委员会"))
    assert (again.status_code, again.json()["code"]) == (409, "project_no_taken")
    elsewhere = await manager.post("/projects", json=a_project(project_no="17DZ2260900", issuing_body="别处"))
    assert elsewhere.status_code == 201


async def test_near_duplicates_come_back_as_candidates(manager: httpx.AsyncClient) -> None:
    first = await register(manager)
    second = await register(manager)
    assert [candidate["project"] for candidate in second["candidates"]] == [first["id"]]


async def test_voiding_takes_a_second_person_and_frees_the_number(
    app: FastAPI, manager: httpx.AsyncClient, cluster: Cluster
) -> None:
    project = await register(manager, project_no="DEMO-1")
    path = f"/projects/{project['id']}"
    own = await manager.post(f"{path}/void", json={"reason": "误登记"})
    assert (own.status_code, own.json()["code"]) == (403, "second_person_needed")
    async with client_of(app, cluster.token("manager", subject="second@test")) as second:
        assert (await second.post(f"{path}/void", json={"reason": "误登记"})).status_code == 200
        changed = await second.patch(path, json={"title": "x"}, headers={"If-Match": "*"})
        assert (changed.status_code, changed.json()["code"]) == (409, "project_void")
    assert (await manager.post("/projects", json=a_project(project_no="DEMO-1"))).status_code == 201


async def test_phone_and_mail_are_masked_in_answers_and_absent_from_the_journal(manager: httpx.AsyncClient) -> None:
    person = {"name": "演示人员甲", "phone": "13800001234", "email": "demo@example.org"}
    project = await register(manager, pi=person)
    assert project["pi"]["phone"] == "138****1234"
    text = json.dumps(await entries(manager, 2))
    assert "13800001234" not in text
    assert "demo@example.org" not in text
    assert "sha256:" in text


async def test_a_list_goes_on_where_its_cursor_says(manager: httpx.AsyncClient) -> None:
    made = [(await register(manager, title=f"演示 {i}"))["id"] for i in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await manager.get("/projects", params=query)).json()
        seen += [project["id"] for project in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made
    assert (await manager.get("/projects?cursor=nonsense")).json()["code"] == "unknown_cursor"


async def test_an_agency_may_be_called_by_any_letters(manager: httpx.AsyncClient) -> None:
    made = await manager.post("/agencies", json=an_agency("演示-01"))
    assert (made.status_code, made.json()["id"]) == (201, "local:演示-01")
    assert (await manager.get(made.headers["location"].removeprefix("/api/v1"))).json() == made.json()


async def test_without_a_valid_token_nothing_is_answered(app: FastAPI, cluster: Cluster) -> None:
    for token in ("", "abc.def.ghi", cluster.token("manager", audience="catalog"), cluster.token("service")):
        async with client_of(app, token) as nobody:
            answer = await nobody.get("/projects")
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
async def test_administrators_see_no_business_data(app: FastAPI, cluster: Cluster, role: str) -> None:
    async with client_of(app, cluster.token(role)) as administrator:
        assert (await administrator.get("/projects")).json()["code"] == "role_not_allowed"


async def test_an_unknown_project_and_an_unknown_path_are_problems(manager: httpx.AsyncClient) -> None:
    missing = await manager.get(f"/projects/{uuid4()}")
    nowhere = await manager.get("/nowhere")
    assert (missing.json()["code"], nowhere.json()["code"]) == ("unknown_project", "unknown_path")


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/projects?plan=%00", "query/plan"),
        ("/projects?lead=local:A%00", "query/lead"),
        ("/agencies/local:%00", "path/agency"),
        ("/projects?nobody-knows=%00", "query/nobody-knows"),
    ],
)
async def test_a_nul_is_refused_by_the_name_of_its_parameter(
    manager: httpx.AsyncClient, path: str, pointer: str
) -> None:
    answer = await manager.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert [(part["pointer"], part["code"]) for part in answer.json()["errors"]] == [(pointer, "nul_character")]
