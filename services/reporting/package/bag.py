"""A bag (BagIt 1.0, RFC 8493) in one .zip, written as a stream: equal files make equal bytes."""

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

PAYLOAD = "data/"
MANIFEST, TAG_MANIFEST, INFO = "manifest-sha256.txt", "tagmanifest-sha256.txt", "bag-info.txt"
DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SIGNATURES = "signatures/"
"""Over the tag manifest, so they can not stand in it."""
TIMESTAMP = "tagmanifest.tsr"
"""The reply of a time-stamping authority, beside the signatures."""
PIECE = 1 << 20
LEVEL = 3
"""Of compression: level 6 takes twice as long and saves a tenth."""
EPOCH = (1980, 1, 1, 0, 0, 0)


class BagWriter:
    """Writes payload and tag files in the order in which they are given."""

    def __init__(self, target: Path, root: str) -> None:
        """`root` is the one folder that the .zip holds."""
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self._root = root
        self.payload: dict[str, tuple[str, int]] = {}
        """By path the SHA-256 in hexadecimal and the bytes."""
        self._tags: dict[str, str] = {}

    def add_file(self, path: str, source: Path) -> None:
        """Write a file of the payload."""
        digest, size = hashlib.sha256(), source.stat().st_size
        with source.open("rb") as file, self._zip.open(self._entry(path, size), "w") as target:
            while piece := file.read(PIECE):
                digest.update(piece)
                target.write(piece)
        self.payload[path] = digest.hexdigest(), size

    def add_payload(self, path: str, content: bytes) -> None:
        """Write a small file of the payload."""
        self._write(path, content)
        self.payload[path] = hashlib.sha256(content).hexdigest(), len(content)

    def add_tag(self, path: str, content: bytes) -> None:
        """Write a tag file, which the tag manifest names."""
        self._write(path, content)
        self._tags[path] = hashlib.sha256(content).hexdigest()

    def add_manifests(self, info: Mapping[str, str]) -> bytes:
        """Write what makes the files a bag; the bytes of the tag manifest, which are to be signed."""
        size = sum(size for _, size in self.payload.values())
        described = dict(info) | {"Payload-Oxum": f"{size}.{len(self.payload)}"}
        self.add_tag("bagit.txt", DECLARATION.encode())
        self.add_tag(INFO, "".join(f"{name}: {value}\n" for name, value in described.items()).encode())
        self.add_tag(MANIFEST, manifest({path: digest for path, (digest, _) in self.payload.items()}.items()))
        tags = manifest(self._tags.items())
        self._write(TAG_MANIFEST, tags)
        return tags

    def add_signature(self, name: str, signature: bytes) -> None:
        """Write a signature over the tag manifest."""
        self._write(SIGNATURES + name, signature)

    def close(self) -> None:
        """Finish the .zip."""
        self._zip.close()

    def _write(self, path: str, content: bytes) -> None:
        with self._zip.open(self._entry(path, len(content)), "w") as target:
            target.write(content)

    def _entry(self, path: str, size: int) -> zipfile.ZipInfo:
        found = zipfile.ZipInfo(f"{self._root}/{path}", EPOCH)
        found.compress_type = zipfile.ZIP_DEFLATED
        found.external_attr = 0o644 << 16
        found.create_system = 3
        found.file_size = size
        return found


def manifest(digests: Iterable[tuple[str, str]]) -> bytes:
    """Lines of a digest and a path, by path, as sha256sum reads them."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests)).encode()
