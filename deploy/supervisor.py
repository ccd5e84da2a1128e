"""The supervisor: starts what it is given in order, restarts what dies, stops in reverse.

A child has a process group of its own and gets a signal when the supervisor dies, however that happens. One that dies
is restarted with back-off; one that stood for a minute starts again from the shortest pause. What a full disk or a lack
of processes keeps from being done is told and tried again: it stops nothing that runs.
"""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from deploy.logs import MOST, last_words, turn
from deploy.postgres import EmbeddedPostgres, PostgresFailed
from deploy.processes import dies_with_parent
from deploy.topology import Process

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
STEADY_SECONDS = 60.0
STOP_SECONDS = 10.0
READY_SECONDS = 90.0
LOGS_SECONDS = 30.0
"""How often it is looked whether a log is too long."""
EVERY_ADDRESS = {"0.0.0.0", "::", ""}
# A proxy of the environment is not for this machine's own processes.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class DidNotStart(Exception):
    """A process did not become healthy or ready; the text says what it wrote."""


def address_of(host: str, port: int) -> str:
    """Where a process that listens on `host` answers on this machine."""
    reached = "127.0.0.1" if host in EVERY_ADDRESS else f"[{host}]" if ":" in host else host
    return f"http://{reached}:{port}"


@dataclass
class BackOff:
    """The pauses before something is tried again: each is twice the one before, up to a bound."""

    pause: float = FIRST_PAUSE
    again_at: float | None = None
    """When it is due; None while no try is planned."""

    def plan(self, now: float, stood: float) -> float:
        """Plan the next try, after the shortest pause where it stood for a minute; the seconds until then."""
        pause = FIRST_PAUSE if stood > STEADY_SECONDS else self.pause
        self.again_at = now + pause
        self.pause = min(pause * 2, LONGEST_PAUSE)
        return pause

    def due(self, now: float) -> bool:
        """Whether a planned try is due; it is planned no longer then."""
        if self.again_at is None or now < self.again_at:
            return False
        self.again_at = None
        return True


@dataclass
class Child:
    """A process under supervision."""

    process: Process
    port: int
    host: str
    environment: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    back_off: BackOff = field(default_factory=BackOff)

    @property
    def address(self) -> str:
        """Where it answers on this machine."""
        return address_of(self.host, self.port)

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return last_words(self.log)

    @property
    def stands(self) -> bool:
        """Whether its process runs."""
        return self.running is not None and self.running.poll() is None

    def start(self) -> None:
        """Start it with the environment that it was given and this interpreter."""
        arguments = ["--factory", "--host", self.host, "--port", str(self.port)]
        quiet = ["--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "5"]
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", self.process.factory, *arguments, *quiet],
                env=os.environ | self.environment,
                cwd=Path(__file__).parent.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(),
            )

    def stop(self) -> None:
        """Ask it to end, then make it."""
        if self.running is None or self.running.poll() is not None:
            return
        self.running.terminate()
        try:
            self.running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()

    def healthy(self, path: str = "/healthz") -> bool:
        """Whether it answers 200."""
        try:
            with DIRECT.open(self.address + path, timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, http.client.HTTPException):
            return False


class Supervisor:
    """Keeps the children, and PostgreSQL where it is ours, running until it is told to stop."""

    def __init__(
        self,
        children: list[Child],
        postgres: EmbeddedPostgres | None,
        say: Callable[[str], None],
        changed: Callable[[], None] = lambda: None,
        under_way: Callable[[], bool] = lambda: False,
        log_bytes: int = MOST,
    ) -> None:
        """`under_way`: whether something goes on that a start waits for, however long it takes. A log longer than
        `log_bytes` is begun anew."""
        self.children = children
        self._postgres = postgres
        self._postgres_started = time.monotonic()
        self._postgres_back_off = BackOff()
        self._say = say
        self._changed = changed
        self._note_back_off = BackOff()
        self._under_way = under_way
        self._log_bytes = log_bytes
        self._logs_at = 0.0
        self._stopping = False

    def start(self) -> None:
        """Start all in order; each is alive before the next one starts, and the last one is ready at the end."""
        for child in self.children:
            child.start()
            self._wait_until_alive(child)
        self._changed()
        self._wait_until_ready()

    def _wait_until_alive(self, child: Child) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not child.healthy():
            if not child.stands or time.monotonic() > deadline:
                raise _did_not_start(child)
            time.sleep(0.05)

    def _wait_until_ready(self) -> None:
        """Until the last child is ready. While what takes its time is under way, what dies is started again."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.children[-1].healthy("/readyz"):
            if self._under_way():
                deadline = time.monotonic() + READY_SECONDS
                self._watch()
                time.sleep(0.2)
            else:
                self._check_start(deadline)
                time.sleep(0.05)

    def _check_start(self, deadline: float) -> None:
        """Give up where a child ended, or after the deadline, with the words of the first that keeps the others."""
        for child in self.children:
            if not child.stands:
                raise _did_not_start(child)
        if time.monotonic() > deadline:
            waiting = (child for child in self.children if not child.healthy("/readyz"))
            raise _did_not_start(next(waiting, self.children[-1]))

    def run(self) -> None:
        """Watch until `stop` is asked for by a signal."""
        while not self._stopping:
            self._watch()
            time.sleep(0.1)

    def ask_to_stop(self, *_: object) -> None:
        """Leave `run` at its next turn."""
        self._stopping = True

    def _watch(self) -> None:
        now = time.monotonic()
        if self._postgres is not None and self._postgres.pid is None:
            self._revive_postgres(self._postgres, now)
        for child in self.children:
            if not child.stands:
                self._revive(child, now)
        if self._note_back_off.due(now):
            self._note()
        if now >= self._logs_at:
            self._logs_at = now + LOGS_SECONDS
            self._turn_logs()

    def _revive_postgres(self, postgres: EmbeddedPostgres, now: float) -> None:
        back_off = self._postgres_back_off
        if back_off.due(now):
            self._postgres_started = now
            try:
                postgres.start()
            except (PostgresFailed, psycopg.Error, OSError) as error:
                self._tell(f"PostgreSQL does not start: {error}")
            else:
                self._note()
        elif back_off.again_at is None:
            pause = back_off.plan(now, now - self._postgres_started)
            self._tell(f"PostgreSQL ended: again in {pause:.1f} s")

    def _revive(self, child: Child, now: float) -> None:
        if child.back_off.due(now):
            try:
                child.start()
            except (OSError, subprocess.SubprocessError) as error:
                self._tell(f"{child.process.name} does not start: {error}")
            else:
                self._note()
        elif child.back_off.again_at is None:
            assert child.running is not None
            pause = child.back_off.plan(now, now - child.started)
            self._tell(f"{child.process.name} ended ({child.running.returncode}): again in {pause:.1f} s")

    def _note(self) -> None:
        """Have it noted what runs now; where that fails, again later."""
        try:
            self._changed()
        except OSError as error:
            pause = self._note_back_off.plan(time.monotonic(), 0.0)
            self._tell(f"what runs is not noted: {error}; again in {pause:.1f} s")
        else:
            self._note_back_off = BackOff()

    def _turn_logs(self) -> None:
        logs = [child.log for child in self.children]
        for log in [*logs, self._postgres.log] if self._postgres is not None else logs:
            try:
                turn(log, self._log_bytes)
            except OSError as error:
                self._tell(f"{log} is long and can not be begun anew: {error}")

    def _tell(self, text: str) -> None:
        # Nobody may be reading any more, or the output be a file on a disk that is full.
        with contextlib.suppress(OSError):
            self._say(text)

    def stop(self) -> None:
        """Stop all in reverse order, PostgreSQL last."""
        for child in reversed(self.children):
            child.stop()
        if self._postgres is not None:
            self._postgres.stop()


def _did_not_start(child: Child) -> DidNotStart:
    return DidNotStart(f"{child.process.name} did not start ({child.log}):\n{child.last_words}")
