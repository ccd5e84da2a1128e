"""What a backup asks of PostgreSQL and of the disks that it lies on."""

import errno
import os
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from deploy import backups
from deploy.backups import NoBackup
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
