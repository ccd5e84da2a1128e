"""Persons: masked in answers, salted hashes in the journal."""

import json
from collections.abc import Mapping
from typing import Any

PERSONS = ("pi", "contact")
"""The fields of a project that hold a person."""
PERSONAL = ("phone", "email")
"""The fields of a person that lie apart from the journal."""
Hashes = Mapping[str, Mapping[str, str]]
"""By person and field: what stands in the journal for a personal value."""


def masked_phone(phone: str) -> str:
    """199****1234; a landline shows its last four digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) == 11 and phone.isdigit() else f"****{phone[-4:]}"


def masked_email(email: str) -> str:
    """a***@b.cn."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


def as_entry(project: dict[str, Any], hashes: Hashes) -> dict[str, Any]:
    """A project as the journal holds it: phone and e-mail of its persons as salted hashes only."""
    kept = dict(project)
    for name in PERSONS:
        if project.get(name):
            person = {field: value for field, value in project[name].items() if field not in PERSONAL}
            kept[name] = person | {f"{field}_hash": value for field, value in hashes.get(name, {}).items()}
    return kept


def all_of(hashes: Hashes) -> list[str]:
    """Every hash of a project, whichever person and field it is of."""
    return [hash for fields in hashes.values() for hash in fields.values()]


def hashes_in(text: str) -> dict[str, dict[str, str]]:
    """The hashes as a project's row keeps them, by person and field."""
    found: dict[str, dict[str, str]] = json.loads(text)
    return found
