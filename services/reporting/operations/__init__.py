"""What reporting does: follow the journals, rebuild, report."""

from services.reporting.operations.accesslog import receive_access_log, wanted_access_logs
from services.reporting.operations.archiving import Shelf, archived
from services.reporting.operations.asking import Asked, Known, Reported, continued
from services.reporting.operations.comparing import compare
from services.reporting.operations.coverage import coverage, gaps
from services.reporting.operations.desk import add_finding, add_step, drawn, keep_sample
from services.reporting.operations.differing import NOBODY, Ends, diff, ends_of, whole_diff
from services.reporting.operations.exceptions import exceptions
from services.reporting.operations.explaining import explain
from services.reporting.operations.flows import flows
from services.reporting.operations.following import (
    Feeds,
    KnownPlans,
    apply_page,
    catch_up,
    dump,
    follow_once,
    opened_feeds,
    positions,
)
from services.reporting.operations.indicators import indicators
from services.reporting.operations.matrix import matrix
from services.reporting.operations.papers.about import About
from services.reporting.operations.parts import explain_rate
from services.reporting.operations.rebuilding import Step, rebuild
from services.reporting.operations.saved import (
    change_saved,
    checked_today,
    delete_saved,
    look_at_next,
    save_report,
)
from services.reporting.operations.schedules import (
    checked_schedule,
    delete_schedule,
    keep_schedule,
    queue_scheduled,
)
from services.reporting.operations.snapshots import asked_of, fixed, queue, ready_snapshot, snapshot_of
from services.reporting.operations.summary import summary
from services.reporting.operations.trend import trend
from services.reporting.operations.writing import FORMATS, TABLES, FileFormat, about_report, write_report

__all__ = [
    "FORMATS",
    "NOBODY",
    "TABLES",
    "About",
    "Asked",
    "Ends",
    "Feeds",
    "FileFormat",
    "Known",
    "KnownPlans",
    "Reported",
    "Shelf",
    "Step",
    "about_report",
    "add_finding",
    "add_step",
    "apply_page",
    "archived",
    "asked_of",
    "catch_up",
    "change_saved",
    "checked_schedule",
    "checked_today",
    "compare",
    "continued",
    "coverage",
    "delete_saved",
    "delete_schedule",
    "diff",
    "drawn",
    "dump",
    "ends_of",
    "exceptions",
    "explain",
    "explain_rate",
    "fixed",
    "flows",
    "follow_once",
    "gaps",
    "indicators",
    "keep_sample",
    "keep_schedule",
    "look_at_next",
    "matrix",
    "opened_feeds",
    "positions",
    "queue",
    "queue_scheduled",
    "ready_snapshot",
    "rebuild",
    "receive_access_log",
    "save_report",
    "snapshot_of",
    "summary",
    "trend",
    "wanted_access_logs",
    "whole_diff",
    "write_report",
]
