"""Schedules by which snapshots are taken, on the wire."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.reporting.contract.common import Since, Wire
from services.reporting.contract.snapshots import SnapshotScope
from services.shared.text import Code

Every = Literal["month_end", "quarter_end", "year_end"]


class NewSchedule(Wire):
    """Snapshots to be taken by themselves: at each period's end from `since` on (by default the day on which it is
    asked for), once the period is over in the plan's time zone, as it is known then. Each names the one before as its
    predecessor. Ends that were missed are made up for, one after the other."""

    plan: Code
    every: Every
    scope: SnapshotScope = SnapshotScope()
    since: Since | None = None


class Schedule(NewSchedule):
    """A schedule that is kept; `last` is the snapshot that was taken by it last."""

    id: UUID
    version: int
    since: date
    created_by: str
    created_at: datetime
    last: UUID | None = None
