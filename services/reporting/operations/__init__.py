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
from services.reporting.operations.writing import FORMATS, FileFormat, title_of, write_report

__all__ = [
    "FORMATS",
    "Asked",
    "Feeds",
    "FileFormat",
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
    "title_of",
    "write_report",
]
