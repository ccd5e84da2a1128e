"""The access log: what is in it, and that it can be believed."""

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
import rfc8785

from gateway import access_log, refusals, verifying
from services.shared.database import Database
from tests.conftest import Cluster
from tests.gateway.conftest import Front, fronted


async def entries(front: Front) -> list[dict[str, object]]:
    """All of the log, as an audit administrator reads it."""
    answer = await front.http.get("/api/v1/access-log?limit=500", headers=front.bearer("audit_admin"))
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def verified(front: Front) -> dict[str, object]:
    """What the gateway says of its chain."""
    answer = await front.http.get("/api/v1/access-log/verify", headers=front.bearer("auditor"))
    body: dict[str, object] = answer.json()
    return body


async def write(front: Front, **headers: str) -> int:
    """One write of a member of staff."""
    return (
        await front.http.post("/api/v1/projects?a=1", headers=front.bearer("staff", **headers), json={})
    ).status_code


async def test_writes_refusals_exports_and_personal_data_are_written_down_and_plain_reads_are_not(front: Front) -> None:
    await write(front, **{"Idempotency-Key": "k", "X-Request-Id": "r1"})
    await write(front, **{"test-status": "409"})
    await front.http.get("/api/v1/projects")
    await front.http.get("/api/v1/projects", headers=front.bearer("system_admin"))
    await front.http.get("/api/v1/projects", headers=front.bearer("staff", **{"test-status": "403"}))
    await front.http.get("/api/v1/projects", headers=front.bearer("staff", **{"test-personal": "1"}))
    await front.http.get("/api/v1/projects.xlsx", headers=front.bearer("manager"))
    await front.http.get("/api/v1/projects", headers=front.bearer("staff"))
    await front.http.post("/api/v1/plans/p/suggestions", headers=front.bearer("staff"), json={})
    found = await entries(front)
    seen = [(entry["kind"], entry["status"], entry["role"]) for entry in found]
    assert seen == [
        ("write", 200, "staff"),
        ("write", 409, "staff"),
        ("refusal", 401, None),
        ("refusal", 403, "system_admin"),
        ("refusal", 403, "staff"),
        ("personal_data", 200, "staff"),
        ("export", 200, "manager"),
    ]
    assert found[0]["request_id"] == "r1"
    assert found[0]["detail"] == {"from": "127.0.0.1", "query": "a=1", "idempotency_key": "k"}
    assert found[0]["agency"] == "cn-uscc:91310000MA1FL0000X"
    assert await verified(front) == {"entries": 7, "intact": True, "first_broken": None}


async def test_the_chain_can_be_recomputed_from_what_is_answered(front: Front) -> None:
    for _ in range(3):
        await write(front)
    previous = bytes(32)
    for entry in await entries(front):
        assert entry.pop("previous_hash") == previous.hex()
        hash = entry.pop("hash")
        previous = hashlib.sha256(previous + rfc8785.dumps(entry)).digest()  # type: ignore[arg-type]
        assert previous.hex() == hash


async def test_writes_at_the_same_time_make_one_unbroken_chain(front: Front) -> None:
    assert set(await asyncio.gather(*(write(front) for _ in range(200)))) == {200}
    assert await verified(front) == {"entries": 200, "intact": True, "first_broken": None}
    first = await front.http.get("/api/v1/access-log?limit=150", headers=front.bearer("auditor"))
    assert first.json()["next"] == 150
    rest = await front.http.get("/api/v1/access-log?after=150&limit=50", headers=front.bearer("auditor"))
    assert [entry["position"] for entry in rest.json()["items"]] == list(range(151, 201))
    assert rest.json()["next"] is None


@pytest.mark.parametrize(
    ("tampering", "first_broken"),
    [
        ("UPDATE gateway.access_entry SET status = 201 WHERE position = 2", 2),
        ("UPDATE gateway.access_entry SET detail = 'gone' WHERE position = 3", 3),
        ("DELETE FROM gateway.access_entry WHERE position = 1", 1),
        ("DELETE FROM gateway.access_entry WHERE position = 4", 4),
        ("UPDATE gateway.access_entry SET hash = sha256('x') WHERE position = 4", 4),
    ],
)
async def test_a_row_that_the_owner_changed_is_found(front: Front, tampering: str, first_broken: int) -> None:
    for _ in range(4):
        await write(front)
    with psycopg.connect(front.admin_url, autocommit=True) as owner:
        owner.execute(tampering.encode())
    found = await verified(front)
    assert (found["intact"], found["first_broken"]) == (False, first_broken)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Verifications that stand still at each page until the event is set; pages of one entry."""
    go_on = threading.Event()

    def first_broken(*given: Any) -> int | None:
        go_on.wait(10)
        return real(*given)

    real = verifying.first_broken
    monkeypatch.setattr(verifying, "first_broken", first_broken)
    monkeypatch.setattr(verifying, "PAGE", 1)
    yield go_on
    go_on.set()


async def under_way(front: Front) -> None:
    """Return when a verification is."""
    while not front.app.state.verifying._lock.locked():
        await asyncio.sleep(0.01)


async def test_one_verifies_at_a_time_and_takes_no_connection_away(front: Front, held: threading.Event) -> None:
    await write(front)
    first = asyncio.create_task(verified(front))
    await under_way(front)
    for _ in range(3):
        second = await front.http.get("/api/v1/access-log/verify", headers=front.bearer("auditor"))
        assert (second.status_code, second.json()["code"]) == (503, "verification_running")
        assert second.headers["retry-after"] == "10"
    shared = front.app.state.database
    async with asyncio.timeout(3), shared.connection(), shared.connection():
        assert await write(front) == 200, "the connections that everything else shares are free"
    held.set()
    assert (await first)["intact"] is True
    assert (await verified(front))["intact"] is True, "the next one is let in"


async def test_a_verification_ends_when_nobody_waits_for_it(front: Front, held: threading.Event) -> None:
    for _ in range(3):
        await write(front)
    with pytest.raises(httpx.ReadTimeout):
        await front.http.get("/api/v1/access-log/verify", headers=front.bearer("auditor"), timeout=0.3)
    await under_way(front)
    pages = 0
    real = verifying.first_broken

    def counted(*given: Any) -> int | None:
        nonlocal pages
        pages += 1
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verifying, "first_broken", counted)
        held.set()
        while front.app.state.verifying._lock.locked():
            await asyncio.sleep(0.01)
    assert pages == 0, "the page that it was at was the last one"


async def test_the_serving_role_can_not_change_or_remove_an_entry(cluster: Cluster) -> None:
    database = Database(cluster.fresh()["gateway"], "gateway", most=1)
    await database.open()
    for statement in (
        b"UPDATE access_entry SET status = 1",
        b"DELETE FROM access_entry",
        b"TRUNCATE access_entry",
        b"DELETE FROM access_head",
        b"INSERT INTO access_head VALUES (2, 0, 'x')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.connection() as connection:
                await connection.execute(statement)
    await database.close()


async def test_without_its_log_the_gateway_lets_no_write_through_and_tells_the_first_that_it_may_have_happened(
    cluster: Cluster,
) -> None:
    async with fronted(cluster) as front:
        await write(front)
        with psycopg.connect(front.admin_url, autocommit=True) as owner:
            owner.execute("REVOKE INSERT ON gateway.access_entry FROM gateway")
            owner.execute("REVOKE UPDATE ON gateway.access_head FROM gateway")
            first = await front.http.post("/api/v1/projects", headers=front.bearer("staff"), json={})
            assert (first.status_code, first.json()["code"]) == (503, "access_log_unavailable")
            assert "may have been carried out" in first.json()["detail"]
            assert "Idempotency-Key" in first.json()["detail"]
            assert len(front.portfolio.asked) == 2
            second = await front.http.post("/api/v1/projects", headers=front.bearer("staff"), json={})
            assert (second.status_code, second.json()["code"]) == (503, "access_log_unavailable")
            assert "was not carried out" in second.json()["detail"]
            assert len(front.portfolio.asked) == 2, "nothing is forwarded while the log can not be written"
            read = await front.http.get("/api/v1/projects", headers=front.bearer("staff"))
            assert read.status_code == 200
            owner.execute("GRANT INSERT ON gateway.access_entry TO gateway")
            owner.execute("GRANT UPDATE ON gateway.access_head TO gateway")
        assert await write(front) == 200
        assert [entry["kind"] for entry in await entries(front)] == ["write"] * 3, "the unwritten one was caught up"
        assert (await verified(front))["intact"] is True


async def test_what_could_not_be_written_is_written_without_anybody_asking(front: Front) -> None:
    with psycopg.connect(front.admin_url, autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON gateway.access_entry FROM gateway")
        assert await write(front) == 503
        owner.execute("GRANT INSERT ON gateway.access_entry TO gateway")
        for _ in range(100):
            kinds = owner.execute("SELECT kind, status FROM gateway.access_entry").fetchall()
            if kinds:
                break
            await asyncio.sleep(0.05)
    assert kinds == [("write", 200)]


async def test_what_could_not_be_written_is_tried_once_more_when_the_gateway_stops(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "FIRST_PAUSE", 60.0)
    async with fronted(cluster) as front:
        with psycopg.connect(front.admin_url, autocommit=True) as owner:
            owner.execute("REVOKE INSERT ON gateway.access_entry FROM gateway")
            assert await write(front) == 503
            owner.execute("GRANT INSERT ON gateway.access_entry TO gateway")
            assert owner.execute("SELECT kind FROM gateway.access_entry").fetchall() == []
    with psycopg.connect(front.admin_url) as owner:
        assert owner.execute("SELECT kind, status FROM gateway.access_entry").fetchall() == [("write", 200)]


async def test_the_log_keeps_the_beginning_alone_of_what_a_request_brings_along(front: Front) -> None:
    longer = "x" * 10_000
    location = f"/api/v1/projects/{longer[:5_000]}"
    headers = {"Idempotency-Key": longer, "X-Forwarded-For": longer, "X-Request-Id": longer, "Test-Location": location}
    answer = await front.http.post(
        f"/api/v1/projects/{longer}?{longer}", headers=front.bearer("staff", **headers), json={}
    )
    assert answer.headers["location"] == location
    (entry,) = await entries(front)
    detail = entry["detail"]
    assert isinstance(detail, dict)
    assert detail.keys() == {"from", "query", "idempotency_key", "location"}
    assert all(len(value) == 2_000 for value in detail.values())
    assert len(str(entry["path"])) == 2_000 and len(str(entry["request_id"])) <= 128


async def test_of_a_flood_of_strangers_the_log_has_some_and_how_many_more(cluster: Cluster) -> None:
    async with fronted(cluster, refusals_per_second=0) as front:
        for _ in range(refusals.AT_ONCE + 5):
            assert (await front.http.get("/api/v1/projects")).status_code == 401
        cookie = {"Cookie": "kepan_session=nobody"}
        assert (await front.http.get("/plans/p", headers=cookie)).status_code == 401, "pages draw from the same bucket"
        assert (await front.http.get("/api/v1/projects", headers=front.bearer("system_admin"))).status_code == 403
        found = await entries(front)
        assert [entry["status"] for entry in found] == [401] * refusals.AT_ONCE + [403], "who is known has an entry"
    with psycopg.connect(front.admin_url) as owner:
        query = "SELECT kind, status, subject, detail FROM gateway.access_entry ORDER BY position DESC LIMIT 1"
        last = owner.execute(query).fetchone()
    assert last is not None
    assert last[:3] == ("refusal", 401, None)
    detail = json.loads(last[3])
    assert (detail["left_out"], detail["code"], detail["from"]) == (6, "invalid_token", "127.0.0.1")
    assert str(found[-2]["at"]) < detail["since"] < str(found[-1]["at"])


async def test_what_was_left_out_is_told_of_while_the_gateway_runs(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "AT_ONCE", 0)
    monkeypatch.setattr(refusals, "TELL_SECONDS", 0.3)
    async with fronted(cluster, refusals_per_second=0) as front:
        for round in (1, 2):
            await asyncio.gather(*(front.http.get("/api/v1/projects") for _ in range(3)))
            while len(await entries(front)) < round:
                await asyncio.sleep(0.05)
        told = [entry["detail"] for entry in await entries(front)]
        assert [detail["left_out"] for detail in told if isinstance(detail, dict)] == [3, 3]
        assert (await verified(front))["intact"] is True


async def test_strangers_get_entries_again_when_they_have_calmed_down(cluster: Cluster) -> None:
    async with fronted(cluster, refusals_per_second=20) as front:
        for _ in range(refusals.AT_ONCE + 20):
            await front.http.get("/api/v1/projects")
        await asyncio.sleep(0.2)
        before = len(await entries(front))
        await front.http.get("/api/v1/projects")
        assert len(await entries(front)) == before + 1


async def test_a_write_to_a_dead_service_is_written_down(cluster: Cluster) -> None:
    async with fronted(cluster, portfolio_url="http://127.0.0.1:9") as front:
        assert await write(front) == 503
        found = await entries(front)
        assert [(entry["kind"], entry["status"]) for entry in found] == [("write", 503)]
        assert found[0]["detail"]["code"] == "service_unreachable"  # type: ignore[index]


async def test_a_lost_connection_to_the_database_costs_nobody_a_write(front: Front) -> None:
    await write(front)
    with psycopg.connect(front.admin_url, autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gateway'")
    assert await write(front) == 200
    await verified(front)  # a read on a lost connection may be told to come again
    assert await verified(front) == {"entries": 2, "intact": True, "first_broken": None}
