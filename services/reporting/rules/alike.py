"""What projects are compared by to find doubles (audit checks A1, A2, A12)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.shared.text import match_key

LEAST_KPIS = 2
"""Performance targets that a project has to share with another, all of them, to look like it."""


class Keys(NamedTuple):
    """Equal keys, equal things; nothing where the project does not say."""

    number: str
    """Project number and issuing body."""
    title: str
    """Title and lead agency."""
    leader: str
    """The name of the person in charge."""
    kpis: str
    """All performance targets: name, comparator and target of each."""


def keys_of(document: Mapping[str, Any]) -> Keys:
    """The keys of a project from its wire form."""
    number = match_key(document["project_no"] or "")
    leader = (document.get("pi") or {}).get("name") or ""
    kpis = sorted(
        f"{match_key(kpi['name'])} {kpi.get('comparator', 'at_least')} {kpi['target']}"
        for kpi in document.get("kpis") or ()
    )
    return Keys(
        number=f"{number} {match_key(document.get('issuing_body') or '')}" if number else "",
        title=f"{match_key(document['title'])} {document['lead']}",
        leader=match_key(leader),
        kpis="\n".join(kpis) if len(kpis) >= LEAST_KPIS else "",
    )
