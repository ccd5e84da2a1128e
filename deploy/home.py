"""KEPAN_HOME: where a local run keeps its database, keys and logs."""

import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO


def home_of(environment: dict[str, str] | None = None) -> Path:
    """The home that the environment names, `.kepan` by default."""
    return Path((environment or dict(os.environ)).get("KEPAN_HOME") or ".kepan").absolute()


class NoHome(Exception):
    """There is no home where one is looked for; the text says where, and what makes one."""


def standing(home: Path) -> Path:
    """A home that was made before; NoHome else: keys made here and now would be believed by nobody."""
    if not (home / "keys" / "gateway.pem").exists():
        raise NoHome(f"there is no home at {home}: `kepan up` makes one, KEPAN_HOME names another")
    return home


def make_home(home: Path) -> Path:
    """Make the home searchable for PostgreSQL's user (0711) and its keys private (0700); parents are left alone."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    for name, mode in (("keys", 0o700), ("logs", 0o700)):
        (home / name).mkdir(exist_ok=True)
        (home / name).chmod(mode)
    return home


def kept_secret(home: Path, name: str) -> str:
    """A password that is made once and kept in `keys/`."""
    file = home / "keys" / "passwords.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if name not in known:
        known[name] = secrets.token_urlsafe(24)
        write_private(file, json.dumps(known, indent=2))
    return known[name]


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all; two that write at once do not meet."""
    handle, fresh = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(fresh, file)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fresh)
        raise


def locked(file: Path) -> IO[str] | None:
    """A lock that is held until it is closed or its process dies, however that happens; None where another has it."""
    opened = file.open("a")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        opened.close()
        return None
    return opened


@contextlib.contextmanager
def holding(file: Path) -> Iterator[None]:
    """Hold a lock, which is waited for where another has it."""
    with file.open("a") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def is_held(file: Path) -> bool:
    """Whether a living process holds the lock."""
    if not file.exists():
        return False
    mine = locked(file)
    if mine is not None:
        mine.close()
    return mine is None
