"""What a local run refuses, and what it does about a run before it that was killed."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.home import locked, make_home, write_private
from deploy.local import AlreadyRunning, LocalRun, PortTaken, note_of, past_proxies
from deploy.postgres import free_port

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_home_that_runs_is_refused_with_its_address(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    write_private(home / "run.json", json.dumps({"supervisor": 1, "address": "http://127.0.0.1:8000"}))
    held = locked(home / "lock")
    assert held is not None
    run = LocalRun(home, free_port(), lambda _: None)
    with pytest.raises(AlreadyRunning, match=r"http://127\.0\.0\.1:8000"):
        run.start()
    run.stop()
    assert note_of(home), "the note is that of the run that goes on"
    held.close()


def test_a_port_that_is_taken_is_refused_with_advice(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = LocalRun(tmp_path / "home", taken.getsockname()[1], lambda _: None)
        with pytest.raises(PortTaken, match="KEPAN_PORT"):
            run.start()
        run.stop()


def test_a_process_that_outlived_its_supervisor_is_ended_and_a_stranger_with_its_number_is_not(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    left = subprocess.Popen([*SLEEPER, "services.catalog.app:create_app", "--port", "41234", "--host"])
    stranger = subprocess.Popen([*SLEEPER, "services.portfolio.app:create_app", "--port", "412345", "--host"])
    processes = {"catalog": {"port": 41234, "pid": left.pid}, "portfolio": {"port": 41234, "pid": stranger.pid}}
    write_private(home / "run.json", json.dumps({"processes": processes}))
    run = LocalRun(home, free_port(), lambda _: None)
    try:
        run._end_leftovers()
        assert left.wait(5) == -15
        assert stranger.poll() is None
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()


def test_calls_between_the_processes_pass_by_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "example.org")
    assert past_proxies() == dict.fromkeys(("no_proxy", "NO_PROXY"), "example.org,127.0.0.1,localhost")
