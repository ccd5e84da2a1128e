"""What a backup asks of PostgreSQL and of the disks that it lies on."""

import errno
import hashlib
import json
import os
import resource
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from deploy import backups
from deploy.backups import NoBackup
from deploy.postgres import EmbeddedPostgres
from tests.conftest import Cluster, with_database

NAME = "a name / of 一"


@pytest.fixture
def odd_url(cluster: Cluster) -> str:
    """An administrator's URL of a database whose name has to be quoted, at a socket that the query names."""
    with psycopg.connect(with_database(cluster.admin_url, "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{NAME}"')
        connection.execute(f'CREATE DATABASE "{NAME}"')
        found = connection.execute("SHOW unix_socket_directories").fetchone()
    assert found is not None
    parts = urlsplit(cluster.admin_url)
    at = f"{parts.username}:{parts.password}@/{quote(NAME, safe='')}"
    url = f"postgresql://{at}?host={quote(found[0], safe='')}&port={parts.port}"
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE here AS SELECT 1")
    return url


def test_programs_of_postgresql_reach_the_database_that_a_url_names(odd_url: str, tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    backups._run(["pg_dump", "--format=custom", f"--file={dump}"], odd_url)
    backups._run(["pg_restore", "--exit-on-error", "--clean", "--if-exists", str(dump)], odd_url)
    with psycopg.connect(odd_url) as connection:
        assert connection.execute("SELECT * FROM here").fetchone() == (1,)


def test_what_a_url_asks_of_the_connection_is_not_left_out(odd_url: str, tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match=r"pg_dump refused: .*verify-full"):
        backups._run(["pg_dump", f"--file={tmp_path / 'dump'}"], f"{odd_url}&sslmode=verify-full")


def test_a_password_is_on_no_command_line(odd_url: str) -> None:
    words, environment = backups._program(["pg_dump"], odd_url)
    assert environment == {"PGPASSWORD": urlsplit(odd_url).password}
    assert environment["PGPASSWORD"] not in " ".join(words)


@pytest.mark.parametrize("links", [True, False])
def test_a_backup_takes_its_name_and_no_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", refused)
    for content in ("first", "second"):
        (tmp_path / content).write_text(content)
        (tmp_path / content).chmod(0o600)
    backups._give(tmp_path / "first", tmp_path / "backup")
    with pytest.raises(NoBackup, match="there already"):
        backups._give(tmp_path / "second", tmp_path / "backup")
    assert (tmp_path / "backup").read_text() == "first"
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that is a backup as far as its manifest goes: its database holds nothing that pg_restore reads."""
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "database.dump").write_bytes(bytes(1 << 20))
    with tarfile.open(parts / "keys.tar", "w"):
        pass
    sums = {part.name: hashlib.sha256(part.read_bytes()).hexdigest() for part in parts.iterdir()}
    journals = {log: {"size": 0, "root": ""} for log in backups.LOGS}
    (parts / "manifest.json").write_text(json.dumps({"format": 1, "journals": journals, "sha256": sums}))
    with tarfile.open(tmp_path / "backup.tar", "w") as tar:
        for part in parts.iterdir():
            tar.add(part, part.name)
    return tmp_path / "backup.tar"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can become larger, which is an OSError as a full disk is."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(params=["absent", "empty"])
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home to restore into, which has to be as it was when that failed."""
    home = tmp_path / "home"
    if request.param == "empty":
        home.mkdir()
    yield home
    assert home.exists() == (request.param == "empty")
    assert not home.exists() or list(home.iterdir()) == []


def test_a_disk_that_is_full_is_not_told_as_a_damaged_backup(home: Path, file: Path) -> None:
    with room_for(100_000), pytest.raises(NoBackup, match=f"could not be unpacked in {home}: .*File too large"):
        backups.restore(home, file)


def test_a_file_that_is_not_there_is_told_as_that(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="No such file"):
        backups.restore(home, tmp_path / "none")


def test_a_backup_is_unpacked_where_the_home_is(
    home: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no room here"))
    monkeypatch.setattr(EmbeddedPostgres, "_choose_place", no_place)
    with pytest.raises(OSError, match="no place"):
        backups.restore(home, file)


def no_place(_: EmbeddedPostgres) -> Path:
    """What a PostgreSQL is told that can lie nowhere."""
    raise OSError("no place for it")


def test_what_pg_restore_refuses_leaves_nothing_behind(home: Path, file: Path) -> None:
    with pytest.raises(NoBackup, match="pg_restore refused"):
        backups.restore(home, file)


def test_an_old_python_is_told_which_one_it_takes(home: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tarfile, "data_filter")
    with pytest.raises(NoBackup, match=r"take 3\.11\.4"):
        backups.restore(home, file)


@pytest.mark.parametrize("manifest", ["[]", "{", '{"format": 1, "sha256": ["database.dump", "keys.tar"]}'])
def test_a_manifest_in_another_form_is_refused(home: Path, tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with tarfile.open(tmp_path / "backup.tar", "w") as tar:
        tar.add(tmp_path / "manifest.json", "manifest.json")
    with pytest.raises(NoBackup, match="is no whole backup"):
        backups.restore(home, tmp_path / "backup.tar")
