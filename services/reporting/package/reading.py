"""Opening a package that somebody brought: a .zip, a .tar, or a folder, none of whose names is trusted."""

import hashlib
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from shutil import copyfileobj, disk_usage
from tempfile import TemporaryDirectory
from typing import IO

PIECE = 1 << 20
UNREADABLE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(NotImplementedError, RuntimeError, struct.error, UnicodeError),
)
"""What a damaged archive raises, or one that is encrypted or packed in a way that is not known."""
Member = tuple[str, bool, IO[bytes]]
"""Name, whether it is a plain file, content."""


class NoPackage(Exception):
    """What was given is no package that can be opened; the text says why."""


@contextmanager
def opened(package: Path) -> Iterator[Path]:
    """The folder of the bag: the one given, or one that goes away afterwards."""
    if package.is_dir():
        yield package
        return
    if not package.exists():
        raise NoPackage(f"there is no file {package}")
    with TemporaryDirectory(prefix="kepan-verify-") as made:
        try:
            folder = _extracted(package, Path(made))
        except UNREADABLE as error:
            raise NoPackage(f"{package.name} can not be read to its end: {error}") from error
        yield folder


def _extracted(package: Path, folder: Path) -> Path:
    if zipfile.is_zipfile(package):
        with zipfile.ZipFile(package) as file:
            _check_room(folder, sum(info.file_size for info in file.infolist()))
            _write(_of_zip(file), folder)
    elif tarfile.is_tarfile(package):
        with tarfile.open(package) as file:
            _check_room(folder, sum(info.size for info in file))
        with tarfile.open(package) as file:
            _write(_of_tar(file), folder)
    else:
        raise NoPackage(f"{package.name} is neither a .zip nor a .tar, nor a folder")
    tops = list(folder.iterdir())
    if len(tops) != 1 or not tops[0].is_dir():
        raise NoPackage(f"{package.name} holds {len(tops)} things at its top: a package holds one folder")
    return tops[0]


def _check_room(folder: Path, size: int) -> None:
    """What is read from a member is no more than it is said to hold, so that this bounds what is unpacked."""
    free = disk_usage(folder).free
    if size > free:
        raise NoPackage(
            f"it unpacks to {size} bytes, and {free} are free in {folder.parent}: give TMPDIR a folder with room"
        )


def _of_zip(file: zipfile.ZipFile) -> Iterator[Member]:
    for info in file.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if not info.is_dir():
            with file.open(info) as content:
                yield info.filename, kind in (0, stat.S_IFREG), content


def _of_tar(file: tarfile.TarFile) -> Iterator[Member]:
    for info in file:
        if info.isdir():
            continue
        content = file.extractfile(info) if info.isreg() else None
        if content is None:
            raise NoPackage(f"{info.name!r} is no plain file: a package holds nothing else")
        with content:
            yield info.name, True, content


def _write(members: Iterable[Member], folder: Path) -> None:
    seen: set[str] = set()
    for name, plain, content in members:
        parts = PurePosixPath(name).parts
        if not plain:
            raise NoPackage(f"{name!r} is no plain file: a package holds nothing else")
        if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or name != "/".join(parts):
            raise NoPackage(f"{name!r} leads out of the package's folder, or is not written as a plain path")
        if name.casefold() in seen:
            raise NoPackage(f"{name!r} is there twice")
        seen.add(name.casefold())
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            copyfileobj(content, file, PIECE)


def digest_of(file: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
