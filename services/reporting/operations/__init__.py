"""What reporting does: follow the journals, rebuild, report."""

from services.reporting.operations.asking import Asked, Reported
from services.reporting.operations.coverage import coverage, gaps
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
