"""The life of a project on the wire: its machine of states, and leaving the reports."""

from datetime import date

from services.portfolio.contract.values import CodeText, Wire
from services.shared.text import Title


class NewTransition(Wire):
    """A state to be entered."""

    to: CodeText
    on: date | None = None
    reason: str | None = None


class Voiding(Wire):
    """A registration made by mistake leaves every report; a second person says so."""

    reason: Title


POSTED_FROM = frozenset(
    {"contracted", "in_progress", "suspended", "acceptance", "rectify", "accepted", "failed", "terminated"}
)
"""States that imply a contract: the budget's lines stand as commitments."""
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "approved": ("contracted", "revoked"),
    "contracted": ("in_progress", "revoked"),
    "in_progress": ("suspended", "terminated", "revoked", "acceptance"),
    "suspended": ("in_progress", "terminated", "revoked"),
    "acceptance": ("accepted", "rectify", "failed"),
    "rectify": ("acceptance", "failed"),
    "accepted": ("closed",),
    "failed": ("closed",),
    "terminated": ("closed",),
    "revoked": ("closed",),
    "closed": (),
}
"""DOMAIN's machine of project states: from → to."""
