"""What projects are looked up by, kept beside their documents: to find doubles and live projects in one statement
(audit checks A1, A2, A12)."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from services.portfolio.contract import POSTED_FROM, REPORTED
from services.reporting.rules.facts import BEGINNING, FOREVER
from services.shared.text import match_key

LEAST_KPIS = 2
"""Performance targets that a project has to share with another, all of them, to look like it."""
ENDED = frozenset({"accepted", "failed", "terminated", "revoked", "closed"})
"""States in which a project is no longer carried out."""


class Traits(NamedTuple):
    """Equal keys, equal things: digests, nothing where the project does not say. A project whose record is not
    published has no keys and was never live."""

    lead: str
    number_key: str
    """Project number and issuing body."""
    title_key: str
    """Title and lead agency."""
    leader_key: str
    """The name of the person in charge."""
    kpi_key: str
    """All performance targets: name, comparator and target of each."""
    live_from: date
    """The day from which it is carried out: that of its contract."""
    live_until: date
    """The day before which it is."""


def traits_of(document: Mapping[str, Any]) -> Traits:
    """The traits of a project from its wire form."""
    lead = document["lead"]
    if document["record_status"] not in REPORTED:
        return Traits(lead, "", "", "", "", BEGINNING, BEGINNING)
    number = match_key(document["project_no"] or "")
    leader = match_key((document.get("pi") or {}).get("name") or "")
    kpis = sorted(
        f"{match_key(kpi['name'])} {kpi.get('comparator', 'at_least')} {kpi['target']}"
        for kpi in document.get("kpis") or ()
    )
    return Traits(
        lead,
        _digest(number and f"{number} {match_key(document.get('issuing_body') or '')}"),
        _digest(f"{match_key(document['title'])} {lead}"),
        _digest(leader),
        _digest("\n".join(kpis) if len(kpis) >= LEAST_KPIS else ""),
        *_live(document["states"]),
    )


def _live(states: list[Mapping[str, str]]) -> tuple[date, date]:
    begun = [date.fromisoformat(entered["on"]) for entered in states if entered["state"] in POSTED_FROM]
    ended = [date.fromisoformat(entered["on"]) for entered in states if entered["state"] in ENDED]
    return min(begun, default=FOREVER), min(ended, default=FOREVER)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest() if text else ""
