"""Snapshots: taken over HTTP, carried away in parts, the same figures as reports give."""

import asyncio
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting import operations
from services.reporting.operations import Asked, packing
from services.reporting.operations.packing import REPORTS, pack_next
from services.reporting.package.entries import Scope
from services.reporting.package.reading import digest_of
from services.reporting.package.verifying import Trust, verify
from services.shared.children import WorkerDied
from services.shared.journal import Entry
from services.shared.tokens import Signer
from tests.conftest import Cluster
from tests.reporting import portfolios
from tests.reporting.conftest import client_of
from tests.reporting.invented import LEADS, FakeJournal, a_movement_wire, moment, recorded
from tests.reporting.packages import Making, access_entries, figured, made, problems
from tests.reporting.test_follow import MANAGER, followed


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> str:
    """A database for many examples."""
    return cluster.fresh()["reporting"]


WANTED = {"plan": "small", "as_of": "2018-06-30"}


async def ended(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """A snapshot once its work has ended."""
    async with asyncio.timeout(60):
        while True:
            found: dict[str, Any] = (await client.get(path)).json()
            if found["status"] in ("ready", "failed"):
                return found
            await asyncio.sleep(0.05)


async def taken(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """A snapshot that was asked for, once its work has ended."""
    answer = await client.post("/snapshots", json=WANTED | more)
    assert answer.status_code == 202, answer.text
    return await ended(client, answer.headers["Location"].removeprefix("/api/v1"))


async def package_bytes(client: httpx.AsyncClient, snapshot: dict[str, Any]) -> bytes:
    """Its package."""
    assert snapshot["status"] == "ready", snapshot
    return (await client.get(f"/snapshots/{snapshot['id']}/package")).raise_for_status().content


async def fetched(client: httpx.AsyncClient, snapshot: dict[str, Any], file: Path) -> Path:
    """Its package in a file."""
    await asyncio.to_thread(file.write_bytes, await package_bytes(client, snapshot))
    return file


async def grown(app: FastAPI, portfolio: FakeJournal, entry: Entry) -> None:
    """The journal with one more entry, followed."""
    portfolio.entries = [*portfolio.entries, entry]
    async with asyncio.timeout(30):
        while (await operations.positions(app.state.database)).positions.portfolio < len(portfolio.entries):
            await asyncio.sleep(0.02)


async def test_a_snapshot_is_taken_and_its_package_holds(
    auditor: httpx.AsyncClient, cluster: Cluster, tmp_path: Path
) -> None:
    snapshot = await taken(auditor)
    assert snapshot["positions"]["portfolio"] == 4
    package = await fetched(auditor, snapshot, tmp_path / "package.zip")
    assert (digest_of(package), package.stat().st_size) == (snapshot["package"]["sha256"], snapshot["package"]["bytes"])
    checks = list(verify(package, Trust(log_keys=cluster.keys / "log-keys.txt")))
    assert [(check.title, check.problems) for check in checks if check.problems] == []
    listed = (await auditor.get("/snapshots", params={"plan": "small"})).json()
    assert [one["id"] for one in listed["items"]] == [snapshot["id"]]


async def test_equal_snapshots_have_equal_bytes_and_a_later_one_proves_its_predecessor(
    auditor: httpx.AsyncClient, app: FastAPI, portfolio: FakeJournal, tmp_path: Path
) -> None:
    first = await taken(auditor)
    again = await taken(auditor, recorded_at=first["recorded_at"])
    assert again["package"] == first["package"] and again["id"] != first["id"]
    entry = recorded(5, a_movement_wire(9, 1, amount="5.00"))
    await grown(app, portfolio, entry.model_copy(update={"recorded_at": moment(60)}))
    later = await taken(auditor, previous=first["id"])
    earlier = await taken(auditor, recorded_at=first["recorded_at"])
    assert earlier["package"] == first["package"], "what was known then is the same whenever it is asked for"
    before = await fetched(auditor, first, tmp_path / "first.zip")
    after = await fetched(auditor, later, tmp_path / "later.zip")
    assert problems(after, Trust(previous=before)) == []
    refused = await auditor.post(
        "/snapshots", json=WANTED | {"previous": later["id"], "recorded_at": first["recorded_at"]}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "previous_not_applicable")


async def test_a_download_goes_on_where_it_broke_off(
    auditor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.reporting.operations.packing.PART", 1_000)
    monkeypatch.setattr("services.reporting.routes.snapshots.PART", 1_000)
    snapshot = await taken(auditor)
    path, size = f"/snapshots/{snapshot['id']}/package", snapshot["package"]["bytes"]
    whole = await auditor.get(path)
    assert (whole.status_code, len(whole.content), whole.headers["accept-ranges"]) == (200, size, "bytes")
    tag = whole.headers["etag"]
    for asked, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=999-1000", 999, 1001),
        (f"bytes=1500-{size + 10}", 1500, size),
        ("bytes=2000-", 2000, size),
        ("bytes=-7", size - 7, size),
    ):
        part = await auditor.get(path, headers={"Range": asked, "If-Range": tag})
        assert (part.status_code, part.content) == (206, whole.content[start:end]), asked
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    beyond = await auditor.get(path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for headers in ({"Range": "bytes=5-", "If-Range": '"another"'}, {"Range": "lines=1-2"}, {"Range": "bytes=5-2"}):
        assert (await auditor.get(path, headers=headers)).status_code == 200, headers


async def test_a_journal_that_is_not_what_its_log_signed_fails_the_snapshot(
    auditor: httpx.AsyncClient, portfolio: FakeJournal
) -> None:
    first = portfolio.entries[0]
    portfolio.entries = [first.model_copy(update={"body": first.body.replace("A-01", "A-99")}), *portfolio.entries[1:]]
    honest = FakeJournal([first, *portfolio.entries[1:]], signer=portfolio.signer)
    portfolio.checkpoint = honest.checkpoint  # type: ignore[method-assign]
    snapshot = await taken(auditor)
    assert (snapshot["status"], snapshot["error"]["code"]) == ("failed", "journal_differs")
    refused = await auditor.get(f"/snapshots/{snapshot['id']}/package")
    assert (refused.status_code, refused.json()["code"]) == (409, "snapshot_not_ready")


async def test_a_snapshot_whose_worker_died_is_taken_up_by_another_one(
    auditor: httpx.AsyncClient, app: FastAPI
) -> None:
    await app.state.taker.stop()
    answer = await auditor.post("/snapshots", json=WANTED)
    database = app.state.database
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE snapshot SET status = 'running', worker = gen_random_uuid(), heard_at = now() - interval '1 minute'"
        )
    await app.state.taker.start()
    found = await ended(auditor, answer.headers["Location"].removeprefix("/api/v1"))
    assert found["status"] == "ready"


async def test_a_snapshot_whose_work_dies_again_and_again_is_given_up(
    auditor: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.state.taker.stop()

    async def dying(*_: Any) -> None:
        raise WorkerDied

    monkeypatch.setattr(packing, "in_child", dying)
    path = f"/snapshots/{(await auditor.post('/snapshots', json=WANTED)).json()['id']}"
    room = app.state.taker._room
    for deaths in (1, 2):
        with pytest.raises(WorkerDied):
            await pack_next(room)
        assert (await auditor.get(path)).json()["status"] == "running", deaths
        async with app.state.database.transaction() as connection:
            await connection.execute("UPDATE snapshot SET heard_at = 'epoch'")
    assert await pack_next(room)
    failed = (await auditor.get(path)).json()
    assert (failed["status"], failed["error"]["code"]) == ("failed", "worker_died")
    await app.state.taker.start()


async def test_a_snapshot_waits_for_its_part_of_the_access_log(
    auditor: httpx.AsyncClient, app: FastAPI, cluster: Cluster, tmp_path: Path
) -> None:
    entries = access_entries(5)
    span = {"since": "2019-01-01T00:00:00Z", "until": "2019-02-01T00:00:00"}
    first = (await auditor.post("/snapshots", json=WANTED | {"access_log": span})).json()
    assert (first["status"], first["progress"]["stage"]) == ("queued", "access_log")
    assert (await taken(auditor))["status"] == "ready", "one that waits for nothing overtakes it"
    path = f"/access-log-extracts/{first['id']}"
    token = Signer("gateway", cluster.keys / "gateway.pem").as_service("reporting")
    async with client_of(app, token) as gateway:
        (wanted,) = (await gateway.get("/access-log-extracts")).json()
        assert wanted == {
            "snapshot": first["id"],
            "since": "2019-01-01T00:00:00Z",
            "until": "2019-02-01T00:00:00Z",
            "after": 0,
        }
        backwards = entries[3:1:-1]
        for part, status in ((entries[:2], 204), (entries[:2], 409), (backwards, 409), (entries[2:4], 204)):
            given = await gateway.post(path, json={"items": part, "done": False})
            assert given.status_code == status, given.text
        assert (await gateway.get("/access-log-extracts")).json()[0]["after"] == entries[3]["position"]
        assert (await auditor.get(f"/snapshots/{first['id']}")).json()["status"] == "queued"
        assert (await gateway.post(path, json={"items": entries[4:], "done": True})).status_code == 204
        snapshot = await ended(auditor, f"/snapshots/{first['id']}")
        assert (await gateway.get("/access-log-extracts")).json() == []
        late = await gateway.post(path, json={"items": entries[:1], "done": True})
        assert late.status_code == 204, "another gateway was faster"
    package = await fetched(auditor, snapshot, tmp_path / "package.zip")
    checks = {check.title: check.problems for check in verify(package, Trust())}
    assert checks["access log"] == [] and not any(checks.values())
    with zipfile.ZipFile(package) as file:
        (name,) = [name for name in file.namelist() if name.endswith("access_log.jsonl")]
        assert [json.loads(line) for line in file.read(name).splitlines()] == entries
    for method, other in (("GET", "/access-log-extracts"), ("POST", path)):
        refused = await auditor.request(method, other, json={"items": [], "done": True})
        assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")


async def test_of_a_log_that_lacks_an_entry_the_package_holds_the_rest_and_says_so(
    auditor: httpx.AsyncClient, app: FastAPI, cluster: Cluster, tmp_path: Path
) -> None:
    entries = access_entries(4)
    span = {"since": "2019-01-01T00:00:00Z"}
    waiting = (await auditor.post("/snapshots", json=WANTED | {"access_log": span})).json()
    async with client_of(app, Signer("gateway", cluster.keys / "gateway.pem").as_service("reporting")) as gateway:
        part = {"items": [*entries[:1], *entries[2:]], "done": True}
        assert (await gateway.post(f"/access-log-extracts/{waiting['id']}", json=part)).status_code == 204
    snapshot = await ended(auditor, f"/snapshots/{waiting['id']}")
    package = await fetched(auditor, snapshot, tmp_path / "package.zip")
    (problem,) = problems(package)
    assert "access_log.jsonl line 2" in problem and "an entry is missing" in problem


async def test_a_part_of_the_access_log_in_which_nothing_can_lie_is_refused(auditor: httpx.AsyncClient) -> None:
    for span in (
        {"since": "2999-01-01T00:00:00Z"},
        {"since": "2019-01-02T00:00:00Z", "until": "2019-01-01T00:00:00Z"},
    ):
        refused = await auditor.post("/snapshots", json=WANTED | {"access_log": span})
        assert (refused.status_code, refused.json()["code"]) == (422, "nothing_in_span"), refused.text


async def test_who_may_not_take_or_see_snapshots_is_refused(
    app: FastAPI, cluster: Cluster, manager: httpx.AsyncClient
) -> None:
    assert (await manager.post("/snapshots", json=WANTED)).status_code == 403
    assert (await manager.get("/snapshots")).status_code == 200
    async with client_of(app, cluster.token("staff", LEADS[0])) as staff:
        assert (await staff.get("/snapshots")).status_code == 403
    assert (await manager.get("/snapshots/00000000-0000-0000-0000-000000000000")).json()["code"] == "unknown_snapshot"


async def test_what_a_report_would_refuse_a_snapshot_refuses(auditor: httpx.AsyncClient) -> None:
    for wrong, status, code in (
        ({"plan": "another"}, 404, "unknown_plan_here"),
        ({"scope": {"agency": "local:none"}}, 422, "unknown_filter_value"),
        ({"recorded_at": "2999-01-01T00:00:00Z"}, 503, "not_yet_known"),
        ({"previous": "00000000-0000-0000-0000-000000000000"}, 404, "unknown_snapshot"),
        ({"masked": True}, 422, "malformed"),
    ):
        refused = await auditor.post("/snapshots", json=WANTED | wrong)
        assert (refused.status_code, refused.json()["code"]) == (status, code), wrong


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    entries=portfolios.journal(),
    as_of=st.dates(date(2016, 1, 1), date(2020, 12, 31)),
    agency=st.sampled_from((None, None, *LEADS)),
    district=st.sampled_from((None, "310101")),
    old=st.integers(0, 12),
)
async def test_the_figures_added_up_from_the_journals_are_those_of_the_reports(
    cluster: Cluster,
    url: str,
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[Entry],
    as_of: date,
    agency: str | None,
    district: str | None,
    old: int,
) -> None:
    long_ago = [one.model_copy(update={"recorded_at": one.recorded_at - timedelta(days=400)}) for one in entries[:old]]
    entries = long_ago + entries[old:]
    folder = tmp_path_factory.mktemp("figures")
    scope = Scope("small", agency, district)
    async with followed(cluster, url=url) as reports:
        await reports.follow(entries)
        made(folder / "order", reports.catalog, entries, Making(scope=scope, as_of=as_of))
        about = {
            "recorded_at": max(one.recorded_at for one in (*reports.catalog, *entries)).isoformat(),
            "positions": {"catalog": len(reports.catalog), "portfolio": len(entries)},
        }
        expected = figured(folder / "order", about, Making(scope=scope, as_of=as_of))
        asked = Asked(plan="small", level="all", as_of=as_of, agency=agency, district=district)
        for name, ask in REPORTS.items():
            found = json.loads((await ask(reports.database, reports.plans, MANAGER, asked)).body)
            assert told(found) == told(json.loads(json.dumps(expected[name]))), name


def told(report: dict[str, Any]) -> dict[str, Any]:
    """A report, but for what it was found in."""
    return report | {"notes": [note for note in report["notes"] if note["code"] != "answered_from"]}
