"""The whole system as `make up` starts it, in a home of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.postgres import free_port
from services.shared.tokens import Signer

ROOT = Path(__file__).parents[2]
READY_SECONDS = 180


class System:
    """A running Kepan."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.log = home.parent / "up.log"

    def start(self) -> None:
        """`kepan up`, until it says that it is ready."""
        given = {"KEPAN_HOME": str(self.home), "KEPAN_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy", "up"],
                env=os.environ | given | self._environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while b"Kepan is ready" not in self.log.read_bytes()[start:]:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"it did not start:\n{self.log.read_text()[-3000:]}\n{self._logs()}")
            time.sleep(0.1)

    def _logs(self) -> str:
        files = sorted((self.home / "logs").glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text()[-1500:]}" for file in files)

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(60)

    def kill(self) -> None:
        """kill -9 of the supervisor."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def note(self) -> dict[str, Any]:
        """What the supervisor says of what runs."""
        found: dict[str, Any] = json.loads((self.home / "run.json").read_text())
        return found

    def token(self, role: str, agency: str | None = None, subject: str | None = None) -> str:
        """A bearer token."""
        signer = Signer("gateway", self.home / "keys" / "gateway.pem")
        return signer.sign(subject or f"{role}@test", role, agency=agency)

    def client(self, role: str = "manager", agency: str | None = None, subject: str | None = None) -> httpx.Client:
        """A caller at the front door."""
        headers = {"Authorization": f"Bearer {self.token(role, agency, subject)}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60)


def caught_up(client: httpx.Client) -> int:
    """Wait until the report stands at the end of portfolio's journal; that position."""
    position = 0
    while page := client.get("/journal", params={"after": position, "limit": 500}).json()["items"]:
        position = page[-1]["position"]
    deadline = time.monotonic() + 60
    while client.get("/reports/positions").json()["positions"]["portfolio"] < position:
        assert time.monotonic() < deadline, "the report does not catch up"
        time.sleep(0.05)
    return position


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system for the tests of a module, without the demonstration."""
    running = System(tmp_path_factory.mktemp("system") / "home", KEPAN_DEMO="0")
    running.start()
    yield running
    running.stop()
