"""The launcher's traps, each tried on the real thing."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.home import make_home
from deploy.postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
SMALL = {"shared_buffers": "16MB", "max_connections": "20"}


def asked(url: str, statement: str) -> object:
    """The first value that a statement answers."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder; what PostgreSQL put below /var/lib/kepan for homes in it goes as well."""
    yield tmp_path
    for recorded in tmp_path.rglob("data-directory"):
        place = Path(recorded.read_text().strip())
        if place.is_relative_to("/var/lib/kepan"):
            shutil.rmtree(place)


def test_data_and_url_survive_a_restart(folder: Path) -> None:
    first = EmbeddedPostgres(folder / "home", SMALL)
    url = first.start()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    second = EmbeddedPostgres(folder / "home", SMALL)
    assert asked(second.start(), "SELECT answer FROM kept") == 42
    assert asked(second.url, "SELECT version() LIKE 'PostgreSQL 1%' AND current_setting('data_checksums') = 'on'")
    second.stop()


def test_a_home_that_was_private_becomes_searchable_and_its_keys_stay_private(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    postgres = EmbeddedPostgres(home, SMALL)
    assert asked(postgres.start(), "SELECT 1") == 1
    postgres.stop()
    assert home.stat().st_mode & 0o777 == 0o711
    assert (home / "keys").stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in (home / "keys").iterdir())


def test_a_private_parent_is_left_as_it_is(folder: Path) -> None:
    parent = folder / "private"
    parent.mkdir(mode=0o700)
    postgres = EmbeddedPostgres(parent / "clone" / "home", SMALL)
    assert asked(postgres.start(), "SELECT 1") == 1
    postgres.stop()
    assert parent.stat().st_mode & 0o777 == 0o700


def test_a_path_of_150_characters_is_no_hindrance(folder: Path) -> None:
    long = folder / ("a" * 75) / ("b" * 75)
    postgres = EmbeddedPostgres(long, SMALL)
    assert asked(postgres.start(), "SELECT 1") == 1
    sockets = asked(postgres.url, "SELECT current_setting('unix_socket_directories')")
    assert len(str(sockets)) < 80
    postgres.stop()


def test_after_kill_9_of_the_server_it_starts_again_on_the_same_port(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder / "home", SMALL)
    url = postgres.start()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert postgres.pid is not None
    os.kill(postgres.pid, signal.SIGKILL)
    while postgres.pid is not None:
        time.sleep(0.01)
    assert postgres.start() == url
    assert asked(url, "SELECT answer FROM kept") == 42
    postgres.stop()


def test_the_server_dies_with_a_launcher_that_was_killed(folder: Path) -> None:
    home = make_home(folder / "home")
    program = (
        "import sys, time; from pathlib import Path; from deploy.postgres import EmbeddedPostgres\n"
        f"postgres = EmbeddedPostgres(Path({str(home)!r}), {SMALL!r}); postgres.start()\n"
        "print(postgres.pid, flush=True); time.sleep(600)"
    )
    launcher = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    pid = int(launcher.stdout.readline())
    launcher.kill()
    launcher.communicate()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
    again = EmbeddedPostgres(home, SMALL)
    assert asked(again.start(), "SELECT 1") == 1
    again.stop()


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs PostgreSQL as another user")
def test_as_root_the_server_runs_as_another_user(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder / "home", SMALL)
    postgres.start()
    assert Path(f"/proc/{postgres.pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    postgres.stop()
