"""Signed notes (C2SP signed-note) and the checkpoints of a transparency log (C2SP tlog-checkpoint), with Ed25519 and,
beside it, SM2 over SM3.

A note is text that ends in a newline, an empty line, and a line for each signature: `— NAME BASE64` with the key's id
and the signature. A verifier is written `NAME+ID+BASE64`, a signer `PRIVATE+KEY+NAME+ID+BASE64`, as
golang.org/x/mod/sumdb/note does. While a key is being replaced, a note bears the signatures of both, and a reader
trusts one, the other, or both.
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.shared import sm2

ED25519 = b"\x01"
SM2 = b"\xffurn:oid:1.2.156.10197.1.501"
"""The type of SM2 signatures: the byte for types without a number of their own, and a name that nobody else gives."""
SIZES = {ED25519: 32, SM2: 64}
"""By type of signature the bytes of a public key."""
DASH = "— "
LARGEST = 1_000_000
MOST_SIGNATURES = 100


class BadNote(ValueError):
    """No signed note, no checkpoint or no key, or nobody who is trusted has signed it; the text says which."""


@dataclass(frozen=True)
class NoteVerifier:
    """Somebody's public key under a name."""

    name: str
    public: bytes
    kind: bytes = ED25519

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(sign.isspace() or sign < " " for sign in self.name):
            raise BadNote(f"{self.name!r} does not name a key: no spaces, no plus")
        if len(self.public) != SIZES[self.kind]:
            raise BadNote(f"a key of this type has {SIZES[self.kind]} bytes")

    @classmethod
    def parse(cls, text: str) -> "NoteVerifier":
        """The verifier that `NAME+ID+BASE64` writes."""
        name, _, rest = text.partition("+")
        id, _, key = rest.partition("+")
        kind, public = _kind(name, _decoded(key))
        found = cls(name, public, kind)
        if found.id.hex() != id:
            raise BadNote(f"the key of {name} has id {found.id.hex()}, not {id}")
        return found

    @cached_property
    def id(self) -> bytes:
        """The first 4 bytes of SHA-256 over name, newline, algorithm and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    @cached_property
    def pem(self) -> str:
        """The key as OpenSSL reads it."""
        if self.kind == SM2:
            return sm2.pem(self.public)
        key = Ed25519PublicKey.from_public_bytes(self.public)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_encoded(self.kind + self.public)}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether the key made this signature over this text."""
        return self.verifies_bytes(text.encode(), signature)

    def verifies_bytes(self, content: bytes, signature: bytes) -> bool:
        """Whether the key made this bare signature over these bytes."""
        if self.kind == SM2:
            return sm2.verifies(self.public, content, signature)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, content)
        except InvalidSignature:
            return False
        return True


class NoteSigner:
    """Somebody's private key under a name."""

    def __init__(self, name: str, seed: bytes, kind: bytes = ED25519) -> None:
        if len(seed) != 32:
            raise BadNote("a private key has 32 bytes")
        self._seed = seed
        public = sm2.public_of(seed) if kind == SM2 else _ed25519(seed).public_key().public_bytes_raw()
        self.verifier = NoteVerifier(name, public, kind)

    @classmethod
    def generate(cls, name: str, kind: bytes = ED25519) -> "NoteSigner":
        """A fresh key."""
        return cls(name, sm2.generated() if kind == SM2 else secrets.token_bytes(32), kind)

    @classmethod
    def parse(cls, text: str) -> "NoteSigner":
        """The signer that `PRIVATE+KEY+NAME+ID+BASE64` writes."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise BadNote("a signer is written PRIVATE+KEY+NAME+ID+BASE64")
        kind, seed = _kind(parts[2], _decoded(parts[4]))
        found = cls(parts[2], seed, kind)
        if found.verifier.id.hex() != parts[3]:
            raise BadNote(f"the key of {parts[2]} has id {found.verifier.id.hex()}, not {parts[3]}")
        return found

    def written(self) -> str:
        """`PRIVATE+KEY+NAME+ID+BASE64`: a secret."""
        return f"PRIVATE+KEY+{self.verifier.name}+{self.verifier.id.hex()}+{_encoded(self.verifier.kind + self._seed)}"

    def signature(self, content: bytes) -> bytes:
        """The bare signature over bytes, as OpenSSL reads it: 64 bytes of Ed25519, or the DER of SM2."""
        return sm2.sign(self._seed, content) if self.verifier.kind == SM2 else _ed25519(self._seed).sign(content)

    def line(self, text: str) -> str:
        """The signature's line under a text."""
        made = self.signature(text.encode())
        return f"{DASH}{self.verifier.name} {_encoded(self.verifier.id + made)}\n"


def signed(text: str, signers: Iterable[NoteSigner]) -> str:
    """The text as a note, signed by each."""
    if not text.endswith("\n") or _has_controls(text):
        raise BadNote("the text of a note ends in a newline and has no other control characters")
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def opened(note: str, trusted: Iterable[NoteVerifier]) -> tuple[str, list[NoteVerifier]]:
    """The text of a note, and who of the trusted has signed it: at least one, or BadNote.

    Signatures of unknown keys are left aside; a wrong one that bears the name and id of a trusted key spoils the note.
    """
    known = {(verifier.name, verifier.id): verifier for verifier in trusted}
    head, separator, tail = note.rpartition("\n\n")
    if len(note) > LARGEST or not separator or not tail.endswith("\n") or _has_controls(note):
        raise BadNote("not a signed note")
    text, found = head + "\n", []
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote("too many signatures")
    for line in lines:
        name, id, signature = _signature(line)
        verifier = known.get((name, id))
        if verifier is None or verifier in found:
            continue
        if not verifier.verifies(text, signature):
            raise BadNote(f"the signature of {name} with key {id.hex()} is wrong")
        found.append(verifier)
    if not found:
        raise BadNote("no trusted key has signed the note")
    return text, found


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: who it is, how many leaves it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint that a note's text is; lines after the third are left aside, as the format asks."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            raise BadNote("not a checkpoint: origin, size and root, a line each")
        root = _decoded(lines[2])
        if len(root) != 32:
            raise BadNote("the root of a checkpoint has 32 bytes")
        return cls(lines[0], int(lines[1]), root)


def checkpoint_of(note: str, trusted: Iterable[NoteVerifier]) -> Checkpoint:
    """The checkpoint of a note that a trusted key of the very log has signed; BadNote else."""
    text, signers = opened(note, trusted)
    found = Checkpoint.parse(text)
    if all(signer.name != found.origin for signer in signers):
        raise BadNote(f"{found.origin} has not signed its checkpoint itself")
    return found


def verifiers_in(text: str) -> list[NoteVerifier]:
    """The verifiers of a file with one a line; empty lines and lines that begin with # are left aside."""
    return [NoteVerifier.parse(line) for line in _lines(text)]


def signers_in(text: str) -> list[NoteSigner]:
    """The signers of a file with one a line."""
    return [NoteSigner.parse(line) for line in _lines(text)]


def _ed25519(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def _kind(name: str, decoded: bytes) -> tuple[bytes, bytes]:
    """The type of a key, and the key."""
    for kind in SIZES:
        if decoded.startswith(kind):
            return kind, decoded[len(kind) :]
    raise BadNote(f"the key of {name} is neither an Ed25519 key nor an SM2 key")


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    """Name, key id and signature of a line."""
    name, _, blob = line.removeprefix(DASH).partition(" ")
    decoded = _decoded(blob)
    if not line.startswith(DASH) or not name or len(decoded) < 5:
        raise BadNote("a signature's line is written — NAME BASE64")
    return name, decoded[:4], decoded[4:]


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(text: str) -> bytes:
    """Canonical base64 alone: two writings of one key or root would be two notes of one meaning."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not base64") from None
    if _encoded(content) != text:
        raise BadNote("not canonical base64")
    return content


def _has_controls(text: str) -> bool:
    return any(sign < " " and sign != "\n" for sign in text)
