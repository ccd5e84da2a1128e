"""How published projects were altered: on a decision of a second person, or without one (DOMAIN 2.4, check A13)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from services.portfolio.contract import REPORTED, needing_approval

How = Literal["requested", "direct"]


class Alteration(NamedTuple):
    """A change of a published project in fields that need a decision, by the position of its entry."""

    project: str
    position: int
    how: How
    on: date
    fields: str
    """With commas."""


def alteration_of(position: int, body: Mapping[str, Any]) -> Alteration | None:
    """What an entry of the portfolio's journal altered, if it did: an approved request, or a change without one."""
    before, after = body["before"], body["after"]
    if body["kind"] not in ("change_decided", "project_changed") or before is None:
        return None
    was, became = before["project"], after["project"]
    fields = needing_approval(was, became)
    if was["record_status"] not in REPORTED or not fields:
        return None
    how: How = "requested" if body["kind"] == "change_decided" else "direct"
    return Alteration(str(became["id"]), position, how, date.fromisoformat(body["on"]), ",".join(fields))
