"""Personal values taken beside a package of evidence: proved by their salts, forgotten when they are replaced."""

import hashlib

import httpx
from fastapi import FastAPI

from services.portfolio.store import PortfolioStore
from services.shared.database import rows
from tests.builders import a_project, an_agency
from tests.conftest import Cluster
from tests.portfolio.conftest import client_of
from tests.portfolio.test_life import a_published, approver, clerk
from tests.portfolio.test_routes import register

__all__ = ["approver", "clerk"]


async def test_an_auditor_gets_values_with_the_salts_that_prove_them_and_a_replaced_one_is_forgotten(
    app: FastAPI, cluster: Cluster, manager: httpx.AsyncClient
) -> None:
    person = {"name": "演示甲", "phone": "19900001234", "email": "demo@example.cn"}
    first = await register(manager, pi=person, title="演示：一")
    second = await register(manager, contact={"name": "演示乙", "phone": "021-55550000"}, title="演示：二")
    await register(manager, title="演示：三", pi={"name": "演示丙"})
    query = {"plan": first["plan"], "reason": "核对联系方式", "limit": 1}
    async with client_of(app, cluster.token("auditor")) as auditor:
        page = await auditor.get("/personal-values", params=query)
        assert (page.status_code, page.headers["kepan-personal-data"]) == (200, "read"), page.text
        rest = (await auditor.get("/personal-values", params=query | {"cursor": page.json()["next"]})).json()
        assert rest["next"] is None
        found = [*page.json()["items"], *rest["items"]]
        assert {(one["project"], one["role"], one["field"], one["value"]) for one in found} == {
            (first["id"], "pi", "phone", "19900001234"),
            (first["id"], "pi", "email", "demo@example.cn"),
            (second["id"], "contact", "phone", "021-55550000"),
        }
        for one in found:
            assert one["hash"] == "sha256:" + hashlib.sha256(f"{one['salt']}\x1f{one['value']}".encode()).hexdigest()
        hashes = {one["hash"] for one in found if one["project"] == first["id"]}
        change = {"pi": person | {"phone": "19911112222"}}
        assert (await manager.patch(f"/projects/{first['id']}", json=change, headers={"If-Match": "*"})).is_success
        later = (await auditor.get("/personal-values", params=query | {"limit": 100})).json()["items"]
        assert "19911112222" in {one["value"] for one in later}
        async with app.state.database.connection() as connection:
            kept = await PortfolioStore(connection).salted_values(list(hashes))
        assert "19900001234" not in {value for _, value in kept.values()}
        for wrong in ({"reason": " "}, {"cursor": "x"}):
            refused = await auditor.get("/personal-values", params=query | wrong)
            assert refused.json()["code"] in ("reason_required", "unknown_cursor")
    assert (await manager.get("/personal-values", params=query)).json()["code"] == "role_not_allowed"


async def test_a_value_is_forgotten_when_its_replacement_is_decided_and_not_before(
    clerk: httpx.AsyncClient, approver: httpx.AsyncClient, app: FastAPI, cluster: Cluster
) -> None:
    id = await a_published(clerk, approver, pi={"name": "演示甲", "phone": "19900001234"})
    requests = f"/projects/{id}/change-requests"

    async def phone() -> str | None:
        found = await approver.get(f"/projects/{id}/people", params={"reason": "核对联系方式"})
        known: str | None = found.json()["pi"]["phone"]
        return known

    for number, (decision, known) in enumerate((("rejected", "19900001234"), ("approved", None)), 1):
        asked = await clerk.post(requests, json={"change": {"pi": {"name": "演示丁"}}, "reason": "更换负责人"})
        assert asked.status_code == 201, asked.text
        assert await phone() == "19900001234"
        decided = await approver.post(f"{requests}/{number}/decision", json={"decision": decision, "reason": "演示"})
        assert decided.status_code == 200, decided.text
        assert await phone() == known
    async with app.state.database.connection() as connection:
        assert not await rows(connection, "SELECT hash FROM personal_value WHERE value = '19900001234'")


async def test_with_an_erasure_the_answers_that_were_kept_under_keys_are_forgotten(
    app: FastAPI, manager: httpx.AsyncClient
) -> None:
    person = {"name": "演示甲", "phone": "19900001234"}
    await manager.post("/agencies", json=an_agency())
    erased, other = [
        (
            await manager.post(
                "/projects",
                json=a_project(title=title, state="approved", pi=person),
                headers={"Idempotency-Key": key},
            )
        ).json()["id"]
        for title, key in (("演示：一", "one"), ("演示：二", "two"))
    ]
    for id in (erased, other):
        entered = await manager.post(
            f"/projects/{id}/transitions", json={"to": "contracted"}, headers={"Idempotency-Key": "k"}
        )
        assert entered.status_code == 200, entered.text
    answer = await manager.post(
        f"/projects/{erased}/people/erasure", json={"reason": "本人要求"}, headers={"Idempotency-Key": "erasure"}
    )
    assert answer.status_code == 200
    async with app.state.database.connection() as connection:
        kept = await rows(connection, "SELECT body FROM idempotency_key")
    holding = [id for row in kept for id in (erased, other) if id in row["body"] and "199****1234" in row["body"]]
    assert holding == [other, other]
