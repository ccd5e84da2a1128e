"""Who takes part in an activity, and who leads it."""

import hashlib
import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

from services.portfolio.iati.codes import LEAD_ROLES, ROLES
from services.portfolio.iati.dialect import IatiDialect
from services.portfolio.iati.notes import Reading
from services.portfolio.iati.stream import code_of, narrative

LONGEST = 80
"""Of the value of an agency's identifier that is made here."""


class Organisation(NamedTuple):
    """An organisation in an activity; ref and name may be empty, not both."""

    ref: str
    name: str
    role: str


def organisation(element: Element | None, dialect: IatiDialect) -> Organisation | None:
    """The organisation that an element names, or None where it has neither ref nor name."""
    if element is None:
        return None
    found = Organisation(
        ref=code_of(element.get("ref")),
        name=narrative(element, dialect.languages)[:500],
        role=(element.get("role") or "").strip(),
    )
    return found if found.ref or found.name else None


def agency_of(organisation: Organisation, dialect: IatiDialect) -> str:
    """The agency as scheme:value: the ref, in the scheme of its beginning, else the cleaned name."""
    for beginning in sorted(dialect.schemes, key=len, reverse=True):
        if organisation.ref.startswith(f"{beginning}-"):
            return f"{dialect.schemes[beginning]}:{_short(organisation.ref.removeprefix(f'{beginning}-'))}"
    return f"{dialect.scheme}:{_short(organisation.ref) or _slug(organisation.name)}"


def _slug(name: str) -> str:
    # An agency registers by the NFKC form of its identifier.
    return _short(code_of(re.sub(r"\W+", "-", name.casefold()).strip("-"))) or "unknown"


def _short(value: str) -> str:
    """At most LONGEST characters; a value that is cut ends in a hash, so that two with one beginning stay two."""
    if len(value) <= LONGEST:
        return value
    return f"{value[: LONGEST - 9]}-{hashlib.sha256(value.encode()).hexdigest()[:8]}"


def participants(reading: Reading) -> tuple[Organisation | None, list[Organisation]]:
    """Who leads, and all the others; an organisation in several roles stands in each of them."""
    dialect, notes = reading.dialect, reading.notes
    found = [organisation(each, dialect) for each in reading.activity.findall("participating-org")]
    known = [each for each in found if each is not None]
    for role in LEAD_ROLES:
        candidates = [each for each in known if each.role == role]
        if not candidates:
            continue
        lead = candidates[0]
        if len(set(candidates)) > 1:
            names = ", ".join(dict.fromkeys(each.name or each.ref for each in candidates))
            detail = f"of several {ROLES[role]} organisations the first leads: {names}"[:400]
            notes.say("lead_chosen", "participating-org", names, detail)
        return lead, [each for each in dict.fromkeys(known) if each != lead]
    lead_or_none = organisation(reading.activity.find("reporting-org"), dialect)
    if lead_or_none is None:
        notes.say("lead_missing", "participating-org", "", "name the organisation that implements the activity")
    return lead_or_none, known
