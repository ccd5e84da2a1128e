"""How long a start waits for reporting, and what it says and advises meanwhile."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from deploy import following
from deploy.cli import app
from deploy.following import FIRST_WORD, NOT_CAUGHT_UP, PATIENCE, Following
from deploy.home import holding, is_held
from services.reporting.follower import NotCaughtUp
from services.shared.errors import ServiceUnreachable
from services.shared.notes import Checkpoint
from services.shared.tokens import Signer
from tests.conftest import Cluster

ADDRESSES = {name: f"http://{name}.invalid" for name in ("catalog", "portfolio", "reporting")}


class InventedServices:
    """What the services of a starting run answer, and the clock and the mouth of who asks them."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.code: str | None = NOT_CAUGHT_UP
        self.applied = 10
        self.silent = False
        self.rebuilt = False
        self.said: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.silent:
            raise httpx.ConnectError("nobody is there")
        if request.url.path == "/readyz":
            return httpx.Response(503, json={"code": self.code}) if self.code else httpx.Response(200)
        assert request.headers["Authorization"].startswith("Bearer ")
        if request.url.path.endswith("/checkpoint"):
            size = 5 if request.url.host.startswith("catalog") else 90
            return httpx.Response(200, text=Checkpoint("kepan/x/test", size, bytes(32)).text() + "\n— a signature\n")
        return httpx.Response(200, json={"positions": {"catalog": 5, "portfolio": self.applied}})


@pytest.fixture
def services() -> InventedServices:
    return InventedServices()


@pytest.fixture
def after(services: InventedServices, cluster: Cluster) -> Callable[[float], bool]:
    """Whether a start still waits after so many more seconds."""
    asked = Following(
        httpx.Client(transport=httpx.MockTransport(services.answer)),
        ADDRESSES,
        Signer("gateway", cluster.keys / "gateway.pem"),
        lambda: services.rebuilt,
        services.said.append,
        lambda: services.now,
    )

    def later(seconds: float) -> bool:
        services.now += seconds
        return asked()

    return later


def test_the_code_is_the_one_that_reporting_answers_with() -> None:
    assert NotCaughtUp.code == NOT_CAUGHT_UP


def test_as_long_as_entries_are_applied_a_start_waits_and_says_how_far_it_is(
    services: InventedServices, after: Callable[[float], bool]
) -> None:
    for _ in range(20):
        assert after(PATIENCE * 0.9)
        services.applied += 1
    assert services.said[0] == f"reporting follows the journals: 16 of 95 entries{following.FASTER}"
    services.code = None
    assert not after(1)


def test_a_short_wait_is_not_worth_a_word(services: InventedServices, after: Callable[[float], bool]) -> None:
    assert after(0) and after(FIRST_WORD * 0.9)
    services.code = None
    assert not after(FIRST_WORD)
    assert services.said == []


def test_a_start_does_not_wait_where_nothing_moves(services: InventedServices, after: Callable[[float], bool]) -> None:
    assert after(0) and after(PATIENCE * 0.9)
    assert not after(PATIENCE * 0.2)
    services.applied += 1
    assert after(2), "until something does"


@pytest.mark.parametrize("code", [None, "not_ready", "schema_not_at_head"])
def test_a_start_does_not_wait_for_what_is_no_following(
    services: InventedServices, after: Callable[[float], bool], code: str | None
) -> None:
    services.code = code
    assert not after(0)


def test_a_reporting_that_is_silent_for_a_while_may_come_back(
    services: InventedServices, after: Callable[[float], bool]
) -> None:
    services.silent = True
    assert not after(0), "nothing says that it follows"
    services.silent = False
    assert after(2)
    services.silent = True
    assert after(PATIENCE * 0.9)
    assert not after(PATIENCE * 0.2)


def test_a_rebuild_whose_work_is_seen_only_at_its_end_is_waited_for(
    services: InventedServices, after: Callable[[float], bool]
) -> None:
    services.rebuilt = True
    for _ in range(5):
        assert after(PATIENCE * 0.9)
    assert "read anew by `kepan reporting rebuild`" in services.said[-1]
    services.rebuilt = False
    assert not after(PATIENCE * 1.1)


def test_a_lock_is_seen_while_it_is_held_and_no_longer(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "lock")
    with holding(tmp_path / "lock"):
        assert is_held(tmp_path / "lock")
    assert not is_held(tmp_path / "lock")


@pytest.mark.parametrize("lacking", ["everything", "settings", "services"])
def test_a_rebuild_that_can_not_be_done_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    async def unreachable(*_: object) -> None:
        raise ServiceUnreachable(service="portfolio")

    monkeypatch.setenv("KEPAN_HOME", str(tmp_path / "home"))
    if lacking != "everything":
        monkeypatch.setenv("REPORTING_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    if lacking == "services":
        for name in ("PUBLIC_KEYS", "SIGNING_KEY", "CATALOG_URL", "PORTFOLIO_URL", "SNAPSHOT_KEY", "LOG_KEYS"):
            monkeypatch.setenv(f"REPORTING_{name}", "x")
        monkeypatch.setattr("services.reporting.operations.rebuild", unreachable)
    told = CliRunner().invoke(app, ["reporting", "rebuild"])
    assert told.exit_code == 1 and isinstance(told.exception, SystemExit)
    assert "run this in another terminal" in told.output
