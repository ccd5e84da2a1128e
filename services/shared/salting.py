"""What the journal holds in the place of a personal value."""

import hashlib


def salted_hash(salt: str, value: str) -> str:
    """The text "sha256:" and the SHA-256, in hexadecimal, of the salt, the byte 1F and the value in UTF-8."""
    return "sha256:" + hashlib.sha256(f"{salt}\x1f{value}".encode()).hexdigest()
