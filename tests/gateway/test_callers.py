"""Who may come in, and to what."""

import pytest

from gateway.callers import allowed
from services.shared.notes import NoteVerifier
from services.shared.tokens import ROLES, Signer
from services.shared.web import UnknownPath
from tests.gateway.conftest import Front

BUSINESS = {"staff", "approver", "manager", "auditor", "editor"}
TABLE = [
    ("GET", "/plans/p/tree", BUSINESS),
    ("GET", "/projects.xlsx", BUSINESS),
    ("GET", "/journal", BUSINESS),
    ("GET", "/reports/coverage", BUSINESS),
    ("POST", "/plans/p/suggestions", BUSINESS),
    ("POST", "/plans/p/editions", {"editor"}),
    ("PUT", "/vocabularies/source", {"editor"}),
    ("POST", "/projects", {"staff", "approver", "manager"}),
    ("PATCH", "/projects/1", {"staff", "approver", "manager"}),
    ("POST", "/agencies", {"staff", "approver", "manager"}),
    ("POST", "/imports", {"staff", "approver", "manager"}),
    ("POST", "/journal", set()),
    ("POST", "/reports/coverage", {"staff", "manager", "auditor"}),
    ("POST", "/snapshots", {"manager", "auditor"}),
    ("GET", "/access-log", {"auditor", "audit_admin"}),
    ("GET", "/access-log/verify", {"auditor", "audit_admin"}),
    ("DELETE", "/access-log", set()),
]


@pytest.mark.parametrize(("method", "path", "roles"), TABLE)
def test_the_table_lets_in_exactly_these_roles(method: str, path: str, roles: set[str]) -> None:
    assert set(allowed(method, f"/api/v1{path}")) == roles


@pytest.mark.parametrize(
    "path", ["/api/v1/secrets", "/api/v1/plans/../projects", "/api/v1//projects", "/projects", "/api/v2/projects", "/"]
)
def test_what_is_not_in_the_table_is_not_there(path: str) -> None:
    with pytest.raises(UnknownPath):
        allowed("GET", path)


async def test_each_role_gets_through_where_the_table_says_and_nowhere_else(front: Front) -> None:
    for method, path, roles in TABLE:
        for role in sorted(ROLES - {"service"}):
            answer = await front.http.request(method, f"/api/v1{path}", headers=front.bearer(role))
            assert (answer.status_code == 200) == (role in roles), (method, path, role)
            if role not in roles:
                assert answer.json()["code"] in ("role_not_allowed", "method_not_allowed")
                assert answer.headers["content-type"] == "application/problem+json"
    seen = front.catalog.asked + front.portfolio.asked + front.reporting.asked
    assert len(seen) == sum(len(roles) for _, path, roles in TABLE if "access-log" not in path)


async def test_nobody_comes_in_without_a_token_but_to_what_is_public(front: Front) -> None:
    for path in ("/api/v1/projects", "/api/v1/access-log", "/api/v1/nothing", "/nothing"):
        answer = await front.http.get(path)
        assert answer.status_code == 401, path
        assert answer.json()["code"] == "invalid_token"
        assert "Bearer" in answer.headers["www-authenticate"]
    for path in ("/healthz", "/metrics", "/docs", "/openapi.json", "/.well-known/jwks.json", "/api/v1/keys"):
        assert (await front.http.get(path)).status_code == 200, path


async def test_a_service_s_token_is_not_taken_at_the_front_door(front: Front) -> None:
    signer = Signer("reporting", front.cluster.keys / "reporting.pem")
    of_a_callee = await front.http.get(
        "/api/v1/journal", headers={"Authorization": f"Bearer {signer.as_service('portfolio')}"}
    )
    assert of_a_callee.status_code == 401
    of_people = await front.http.get(
        "/api/v1/journal", headers={"Authorization": f"Bearer {signer.as_service('kepan')}"}
    )
    assert (of_people.status_code, of_people.json()["code"]) == (403, "role_not_allowed")
    assert front.portfolio.asked == []


async def test_an_encoded_way_round_is_not_taken(front: Front) -> None:
    answer = await front.http.get("/api/v1/plans/%2e%2e/projects", headers=front.bearer("editor"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_path")
    assert front.catalog.asked == []


async def test_the_published_keys_are_public_ones(front: Front) -> None:
    for path in ("/.well-known/jwks.json", "/api/v1/keys"):
        keys = (await front.http.get(path)).json()["keys"]
        assert {key["kid"] for key in keys} >= {"gateway", "portfolio"}
        assert not any("d" in key for key in keys)


async def test_the_keys_of_the_logs_are_published_as_verifiers_and_for_openssl(front: Front) -> None:
    logs = (await front.http.get("/api/v1/keys")).json()["logs"]
    assert [log["origin"].split("/")[1] for log in logs] == ["catalog", "portfolio", "snapshots"]
    for log in logs:
        found = NoteVerifier.parse(log["verifier"])
        assert (found.name, found.pem) == (log["origin"], log["pem"])
