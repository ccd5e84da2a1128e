"""The local run: everything on one machine, from an empty home to ready."""

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from deploy.home import make_home, write_private
from deploy.keys import ensure_keys
from deploy.migrate import migrate
from deploy.postgres import EmbeddedPostgres, free_port
from deploy.roles import ensure_roles
from deploy.supervisor import Child, Supervisor
from deploy.topology import PROCESSES, environment


class PortTaken(Exception):
    """The gateway's port is in use: stop what uses it, or set KEPAN_PORT to another one."""


class LocalRun:
    """One KEPAN_HOME with its PostgreSQL and four processes."""

    def __init__(self, home: Path, port: int, say: Callable[[str], None]) -> None:
        self.home = make_home(home)
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.first = not (self.home / "loaded").exists()
        self._say = say
        self.supervisor: Supervisor | None = None

    def start(self) -> None:
        """PostgreSQL, roles, migrations, keys, processes: until the gateway is ready."""
        _check_port(self.port)
        self._say("PostgreSQL …")
        admin_url = os.environ.get("KEPAN_DATABASE_URL")
        postgres = None
        if not admin_url:
            postgres = EmbeddedPostgres(self.home)
            admin_url = postgres.start()
        self.supervisor = Supervisor([], postgres, self._say)
        urls = ensure_roles(admin_url, self.home)
        self._say("migrations …")
        migrate(admin_url)
        self._say("catalog, portfolio, reporting, gateway …")
        self.supervisor.children = self._children(urls, ensure_keys(self.home))
        self._note(postgres)
        self.supervisor.start()
        self._note(postgres)

    def _children(self, urls: dict[str, str], keys: Path) -> list[Child]:
        ports = {p.name: self.port if p.name == "gateway" else free_port() for p in PROCESSES}
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        return [
            Child(
                process,
                ports[process.name],
                os.environ.get("KEPAN_HOST", "127.0.0.1") if process.name == "gateway" else "127.0.0.1",
                environment(process, urls[process.name], keys, addresses),
                self.home / "logs" / f"{process.name}.log",
            )
            for process in PROCESSES
        ]

    def _note(self, postgres: EmbeddedPostgres | None) -> None:
        """Leave word of what runs: for the CLI, and for tests that kill it."""
        assert self.supervisor is not None
        children = self.supervisor.children
        note = {
            "supervisor": os.getpid(),
            "postgres": postgres.pid if postgres else None,
            "address": self.address,
            "processes": {
                c.process.name: {"port": c.port, "pid": c.running.pid if c.running else None} for c in children
            },
        }
        write_private(self.home / "run.json", json.dumps(note, indent=2))

    def serve(self) -> None:
        """Watch until SIGINT or SIGTERM."""
        assert self.supervisor is not None
        signal.signal(signal.SIGINT, self.supervisor.ask_to_stop)
        signal.signal(signal.SIGTERM, self.supervisor.ask_to_stop)
        self.supervisor.run()

    def stop(self) -> None:
        """Stop everything that runs."""
        if self.supervisor is not None:
            self.supervisor.stop()
        (self.home / "run.json").unlink(missing_ok=True)


def _check_port(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(f"port {port} is in use: stop what uses it, or set KEPAN_PORT to another one") from None
