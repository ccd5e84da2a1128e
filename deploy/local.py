"""The local run: everything on one machine, from an empty home to ready."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import httpx

from deploy.following import Following
from deploy.home import is_held, kept_secret, locked, make_home, write_private
from deploy.keys import ensure_keys
from deploy.logs import MOST
from deploy.migrate import migrate
from deploy.postgres import ADMIN, EmbeddedPostgres, free_port
from deploy.processes import end
from deploy.roles import SCHEMAS, ensure_roles
from deploy.supervisor import Child, Supervisor, address_of
from deploy.topology import BY_NAME, PROCESSES, environment
from services.shared.tokens import Signer

REBUILDING = "rebuilding"
"""The lock of a home that is held while its reports are made anew."""
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PortTaken(Exception):
    """The gateway's port is in use: stop what uses it, or set KEPAN_PORT to another one."""


class AlreadyRunning(Exception):
    """This home runs already; the text says where."""


def note_of(home: Path) -> dict[str, Any]:
    """What a run of this home left word of: its processes and its address; nothing where there is none."""
    try:
        found: dict[str, Any] = json.loads((home / "run.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def settings_of(home: Path, name: str) -> dict[str, str]:
    """The settings that a process of the running home was given; nothing where it does not run."""
    note, kept = note_of(home), home / "keys" / "databases.json"
    if not note or not kept.exists():
        return {}
    addresses = {other: f"http://127.0.0.1:{running['port']}" for other, running in note["processes"].items()}
    return environment(BY_NAME[name], json.loads(kept.read_text())[name], home / "keys", addresses) | past_proxies()


def superuser_of(home: Path) -> str | None:
    """The administrator's URL of the database that a running home keeps itself; None where it does not run."""
    note, kept = note_of(home), home / "keys" / "databases.json"
    if not note.get("postgres") or not kept.exists():
        return None
    parts = urlsplit(str(json.loads(kept.read_text())[SCHEMAS[0]]))
    owner = f"{ADMIN}:{kept_secret(home, 'postgres')}"
    return parts._replace(netloc=f"{owner}@{parts.hostname}:{parts.port}").geturl()


def past_proxies() -> dict[str, str]:
    """What keeps a proxy of the environment out of calls between the processes of this machine."""
    others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    hosts = ",".join(filter(None, (others, "127.0.0.1", "localhost")))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


class LocalRun:
    """One KEPAN_HOME with its PostgreSQL and four processes."""

    def __init__(
        self,
        home: Path,
        port: int,
        say: Callable[[str], None],
        host: str = "127.0.0.1",
        log_bytes: int = MOST,
    ) -> None:
        """The gateway listens on `host` and `port`; a log longer than `log_bytes` is begun anew."""
        self.home = make_home(home)
        self._log_bytes = log_bytes
        self.host = host
        self.port = port
        self.address = address_of(host, port)
        self.first = not (self.home / "loaded").exists()
        self._say = say
        self._lock: IO[str] | None = None
        self._postgres: EmbeddedPostgres | None = None
        self.supervisor: Supervisor | None = None

    def start(self) -> None:
        """PostgreSQL, roles, migrations, keys, processes: until the gateway is ready."""
        self._lock = locked(self.home / "lock")
        if self._lock is None:
            note = note_of(self.home)
            where = f": {note['address']}, process {note['supervisor']}" if note else ""
            raise AlreadyRunning(f"{self.home} runs already{where}")
        self._end_leftovers()
        _check_port(self.host, self.port)
        self.supervisor = Supervisor([], None, self._say)
        self._say("PostgreSQL …")
        admin_url = os.environ.get("KEPAN_DATABASE_URL") or self._start_postgres()
        urls = ensure_roles(admin_url, self.home)
        self._say("migrations …")
        migrate(admin_url)
        self._say("catalog, portfolio, reporting, gateway …")
        keys = ensure_keys(self.home)
        write_private(keys / "databases.json", json.dumps(urls, indent=2))
        children = self._children(urls, keys)
        addresses = {child.process.name: child.address for child in children}
        signer, rebuilding = Signer("gateway", keys / "gateway.pem"), self.home / REBUILDING
        http = httpx.Client(timeout=5, trust_env=False)
        following = Following(http, addresses, signer, lambda: is_held(rebuilding), self._say)
        self.supervisor = Supervisor(children, self._postgres, self._say, self._note, following, self._log_bytes)
        self.supervisor.start()

    def _start_postgres(self) -> str:
        self._postgres = EmbeddedPostgres(self.home)
        self.supervisor = Supervisor([], self._postgres, self._say)
        return self._postgres.start()

    def _children(self, urls: dict[str, str], keys: Path) -> list[Child]:
        ports = {p.name: self.port if p.name == "gateway" else free_port() for p in PROCESSES}
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        return [
            Child(
                process,
                ports[process.name],
                self.host if process.name == "gateway" else "127.0.0.1",
                environment(process, urls[process.name], keys, addresses) | past_proxies(),
                self.home / "logs" / f"{process.name}.log",
            )
            for process in PROCESSES
        ]

    def _note(self) -> None:
        """Leave word of what runs: for the CLI, for a next run, and for tests that kill it."""
        assert self.supervisor is not None
        note = {
            "supervisor": os.getpid(),
            "postgres": self._postgres.pid if self._postgres else None,
            "address": self.address,
            "processes": {
                child.process.name: {"port": child.port, "pid": child.running.pid if child.running else None}
                for child in self.supervisor.children
            },
        }
        write_private(self.home / "run.json", json.dumps(note, indent=2))

    def _end_leftovers(self) -> None:
        """End what outlived a supervisor that was killed: the lock says that none is alive."""
        for name, left in note_of(self.home).get("processes", {}).items():
            if left["pid"] and name in BY_NAME:
                words = (BY_NAME[name].factory, f"--port {left['port']} ")
                end(left["pid"], words, (signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    def serve(self) -> None:
        """Watch until SIGINT, SIGTERM or SIGHUP."""
        assert self.supervisor is not None
        _on_signals(self.supervisor.ask_to_stop)
        self.supervisor.run()

    def stop(self) -> None:
        """Stop everything that runs; a second Ctrl-C does not break it off."""
        before = {number: signal.getsignal(number) for number in STOPPING}
        _on_signals(signal.SIG_IGN)
        if self.supervisor is not None:
            self.supervisor.stop()
        if self._lock is not None:
            (self.home / "run.json").unlink(missing_ok=True)
            self._lock.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def interruptible() -> None:
    """Let SIGTERM and SIGHUP end a start as Ctrl-C does, also where the shell made the run ignore Ctrl-C."""
    _on_signals(signal.default_int_handler)


def _on_signals(handler: Callable[..., Any] | signal.Handlers) -> None:
    for number in STOPPING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def _check_port(host: str, port: int) -> None:
    """Refuse a port that is taken, after a moment in which one that is being given up becomes free."""
    deadline = time.monotonic() + 2.0
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
            except OSError as error:
                if time.monotonic() > deadline:
                    advice = "stop what uses it, or set KEPAN_PORT to another one"
                    raise PortTaken(f"{host} port {port} can not be used ({error.strerror}): {advice}") from None
            else:
                return
        time.sleep(0.1)
