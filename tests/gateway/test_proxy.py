"""What goes to the services and what comes back."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import psycopg

from services.shared.errors import ServiceError
from tests.conftest import Cluster
from tests.gateway.conftest import Dropper, Front, fronted

PROBLEM = "application/problem+json"


async def test_each_prefix_has_its_service(front: Front) -> None:
    paths = {"plans": "catalog", "vocabularies": "catalog", "catalog/journal": "catalog"}
    paths |= {"agencies": "portfolio", "projects.csv": "portfolio", "journal": "portfolio", "imports/1": "portfolio"}
    paths |= {"reports/coverage.pdf": "reporting", "snapshots": "reporting"}
    for path, service in paths.items():
        answer = await front.http.get(f"/api/v1/{path}", headers=front.bearer("manager"))
        assert answer.json()["service"] == service, path


async def test_method_path_query_headers_and_body_arrive_as_they_were_sent(front: Front) -> None:
    headers = front.bearer("staff") | {
        "Idempotency-Key": "k1",
        "If-Match": '"3"',
        "Cookie": "a=b",
        "X-Request-Id": "r-1",
    }
    path = "/api/v1/projects/cn-uscc%3A9/%E6%B5%8B?a=1&a=%2F+x"
    answer = await front.http.post(path, headers=headers, json={"title": "测"})
    asked = front.portfolio.asked[0]
    assert (asked["method"], asked["path"], asked["query"]) == ("POST", path.partition("?")[0], "a=1&a=%2F+x")
    assert asked["body"] == '{"title":"测"}'.encode()
    assert asked["headers"]["authorization"] == headers["Authorization"]
    assert asked["headers"]["idempotency-key"] == "k1"
    assert asked["headers"]["if-match"] == '"3"'
    assert "cookie" not in asked["headers"]
    assert asked["headers"]["x-request-id"] == "r-1"
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.headers["etag"] == '"7"'
    assert len(answer.headers.get_list("date")) == 1


async def test_a_request_without_an_id_gets_one_that_the_service_sees(front: Front) -> None:
    answer = await front.http.get("/api/v1/projects", headers=front.bearer("staff"))
    assert answer.headers["x-request-id"] == front.portfolio.asked[0]["headers"]["x-request-id"]
    refused = await front.http.get("/api/v1/projects")
    assert refused.headers["x-request-id"]


async def test_an_error_of_a_service_comes_back_as_it_was(front: Front) -> None:
    answer = await front.http.get("/api/v1/projects", headers=front.bearer("staff", **{"test-status": "418"}))
    assert (answer.status_code, answer.json()) == (418, {"service": "portfolio", "bytes": 0})


async def test_a_large_answer_and_a_large_upload_stream(front: Front) -> None:
    answer = await front.http.get("/api/v1/projects.csv", headers=front.bearer("staff", **{"test-large": "1"}))
    assert len(answer.content) == 4_000_000

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(120):
            yield b"y" * 100_000

    headers = front.bearer("staff") | {"Content-Type": "application/octet-stream"}
    answer = await front.http.post("/api/v1/imports", headers=headers, content=parts())
    assert answer.json()["bytes"] == 12_000_000


async def test_a_head_request_has_the_length_and_no_body(front: Front) -> None:
    answer = await front.http.head("/api/v1/projects", headers=front.bearer("staff"))
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0


async def test_json_beyond_eight_mebibytes_is_refused_with_and_without_a_length(front: Front) -> None:
    body = b'"' + b"z" * (8 << 20) + b'"'

    async def parts() -> AsyncIterator[bytes]:
        yield body

    for content in (body, parts()):
        headers = front.bearer("staff") | {"Content-Type": "application/json"}
        answer = await front.http.post("/api/v1/projects", headers=headers, content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")
        assert answer.headers["content-type"] == PROBLEM
    assert front.portfolio.asked == []


async def test_a_silent_service_is_a_504(cluster: Cluster) -> None:
    async with fronted(cluster, upstream_timeout=0.3) as front:
        for method in ("GET", "POST"):
            headers = front.bearer("staff", **{"test-sleep": "2"})
            answer = await front.http.request(method, "/api/v1/projects", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (504, "upstream_timeout")
            assert answer.headers["content-type"] == PROBLEM
        polled = await front.http.get("/api/v1/journal?wait=1", headers=front.bearer("staff", **{"test-sleep": "1"}))
        assert polled.status_code == 200
    assert [asked["method"] for asked in front.portfolio.asked] == ["GET", "POST", "GET"]


async def test_a_dropped_read_is_tried_twice_and_a_dropped_write_once(cluster: Cluster) -> None:
    dropper = Dropper()
    server = await asyncio.start_server(dropper, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, fronted(cluster, portfolio_url=url) as front:
        for method, tries in (("GET", 2), ("HEAD", 2), ("POST", 1), ("PUT", 1), ("PATCH", 1), ("DELETE", 1)):
            await asyncio.sleep(0.05)
            # The watch over readiness asks too: it is stopped, so that only our requests count.
            front.app.state.neighbours._urls = {}
            dropper.requests = 0
            answer = await front.http.request(method, "/api/v1/projects/1", headers=front.bearer("staff"))
            assert answer.status_code == 503, method
            assert answer.headers["retry-after"] == "1"
            if method != "HEAD":
                assert answer.json()["code"] == "service_unreachable"
            assert dropper.requests == tries, method


async def test_a_service_that_is_not_there_is_a_503(cluster: Cluster) -> None:
    async with fronted(cluster, reporting_url="http://127.0.0.1:9") as front:
        answer = await front.http.get("/api/v1/reports/coverage", headers=front.bearer("manager"))
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unreachable")
        assert answer.json()["facts"] == {"service": "reporting"}


async def test_ready_means_that_all_were_ready_once_and_later_names_what_is_down(front: Front) -> None:
    for _ in range(100):
        answer = await front.http.get("/readyz")
        if answer.status_code == 200:
            break
        assert answer.json()["code"] == "not_ready"
        await asyncio.sleep(0.05)
    assert answer.json() == {"status": "ready", "down": []}
    front.reporting.ready = False
    for _ in range(60):
        answer = await front.http.get("/readyz")
        if answer.json()["down"]:
            break
        await asyncio.sleep(0.05)
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "down": ["reporting"]})


async def test_every_refusal_of_the_gateway_is_a_problem(front: Front) -> None:
    requests = [("GET", "/nothing"), ("POST", "/healthz"), ("TRACE", "/api/v1/projects"), ("GET", "/api/v1/x/../y")]
    requests += [("GET", "/api/v1/access-log?limit=0"), ("GET", "/docs/passwd"), ("OPTIONS", "/api/v1/projects")]
    for method, path in requests:
        answer = await front.http.request(method, path, headers=front.bearer("auditor"))
        assert 400 <= answer.status_code < 500, (method, path)
        assert answer.headers["content-type"] == PROBLEM
        body = answer.json()
        assert body.keys() >= {"type", "title", "status", "detail", "code"}
        assert body["status"] == answer.status_code
        assert "not given" not in body["detail"]
    assert ServiceError.known["request_too_large"].status == 413


async def test_below_the_gateway_s_own_paths_is_nothing_else(front: Front) -> None:
    for path in ("anything", "verify/more", ""):
        answer = await front.http.get(f"/api/v1/access-log/{path}", headers=front.bearer("auditor"))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_path"), path
        refused = await front.http.get(f"/api/v1/access-log/{path}", headers=front.bearer("staff"))
        assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed"), path


async def test_a_request_that_waits_while_the_gateway_stops_is_told_so_and_a_write_is_written_down(
    cluster: Cluster,
) -> None:
    async with httpx.AsyncClient(timeout=20) as outside:
        async with fronted(cluster) as front:
            headers = front.bearer("manager") | {"Test-Sleep": "15", "Idempotency-Key": "k1"}
            url = f"{front.http.base_url}/api/v1/projects"
            waiting = [asyncio.create_task(outside.request(method, url, headers=headers)) for method in ("GET", "POST")]
            while len(front.portfolio.asked) < 2:
                await asyncio.sleep(0.01)
        answers = await asyncio.gather(*waiting)
    for answer in answers:
        assert answer.status_code == 503
        assert answer.json()["code"] == "stopping"
        assert answer.headers["Retry-After"] == "1"
    with psycopg.connect(front.admin_url) as owner:
        found = owner.execute("SELECT kind, method, status, subject, detail FROM gateway.access_entry").fetchall()
    assert [entry[:4] for entry in found] == [("write", "POST", 503, "manager@test")]
    detail = {"code": "stopping", "from": "127.0.0.1", "idempotency_key": "k1"}
    assert json.loads(found[0][4]) == detail
