"""The logs of the processes of this machine: their ends, and how they are kept from growing without bound."""

import contextlib
import os
import shutil
from pathlib import Path

MIB = 1 << 20
MOST = 64 * MIB
TAIL = 1 << 16


def last_words(file: Path) -> str:
    """The last lines of a log, however long it is; nothing where it is not there."""
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, opened.seek(0, os.SEEK_END) - TAIL))
            end = opened.read(TAIL)
    except FileNotFoundError:
        return ""
    return "\n".join(end.decode(errors="replace").splitlines()[-15:])


def turn(file: Path, most: int) -> None:
    """Copy a log of more than `most` bytes to NAME.1, in the place of the one before, and empty it. OSError where that
    can not be done: the log goes on then.

    It is emptied in place because its writer has it open; who appends goes on at the beginning. What is written between
    the end of the copy and the emptying is lost: as a rule nothing.
    """
    if not file.exists() or file.stat().st_size <= most:
        return
    fresh = file.with_name(f".{file.name}.1")
    try:
        with file.open("rb") as source, fresh.open("wb") as target:
            shutil.copyfileobj(source, target, MIB)
        fresh.replace(file.with_name(f"{file.name}.1"))
        os.truncate(file, 0)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
