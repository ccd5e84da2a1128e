"""Persons: masked in answers, salted hashes in the journal."""

import hashlib
from typing import Any


def masked_phone(phone: str) -> str:
    """199****1234; a landline shows its last four digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) == 11 and phone.isdigit() else f"****{phone[-4:]}"


def masked_email(email: str) -> str:
    """a***@b.cn."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


def salted_hash(salt: str, value: str) -> str:
    """What a journal entry carries in place of a personal value."""
    return "sha256:" + hashlib.sha256(f"{salt}\x1f{value}".encode()).hexdigest()


def as_entry(project: dict[str, Any], personal: dict[str, str]) -> dict[str, Any]:
    """A project as the journal holds it: the person's phone and e-mail as salted hashes only."""
    person = project.get("pi")
    if not person:
        return project
    kept = {name: value for name, value in person.items() if name not in ("phone", "email")}
    return project | {"pi": kept | {f"{name}_hash": value for name, value in personal.items()}}
