"""The chain of the access log: an entry's hash is SHA-256 of the hash before it and of the entry's RFC 8785 bytes.

The gateway writes the chain; whoever is given a part of the log checks it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

BEGINNING = bytes(32)
"""What stands before the first entry."""
HASHES = ("previous_hash", "hash")


def chain_hash(entry: Mapping[str, Any]) -> bytes:
    """The hash of an entry as it is answered; KeyError or ValueError where it is none."""
    members = {name: value for name, value in entry.items() if name not in HASHES}
    return hashlib.sha256(bytes.fromhex(entry["previous_hash"]) + rfc8785.dumps(members)).digest()
