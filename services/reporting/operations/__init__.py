"""What reporting does: follow the journals, rebuild, report."""

from services.reporting.operations.following import (
    Feeds,
    KnownPlans,
    apply_page,
    catch_up,
    dump,
    follow_once,
    opened_feeds,
    positions,
    rebuild,
)
from services.reporting.operations.reporting import Asked, Reported, coverage, gaps

__all__ = [
    "Asked",
    "Feeds",
    "KnownPlans",
    "Reported",
    "apply_page",
    "catch_up",
    "coverage",
    "dump",
    "follow_once",
    "gaps",
    "opened_feeds",
    "positions",
    "rebuild",
]
