"""What people keep here: saved reports, snapshots, samples, findings. A rebuild leaves it alone."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Index, Integer, LargeBinary, String, Text, text
from sqlmodel import Field

from services.reporting.tables.base import Table
from services.shared.writes import KeyColumns


class SavedReportRow(Table, table=True):
    """A cut that somebody keeps under a name. `caller` is who asks for it at month ends; `seen` how it was when it was
    looked at last."""

    __tablename__ = "saved_report"
    __table_args__ = (Index("ix_saved_report_owner", "owner", "id"),)
    id: UUID = Field(primary_key=True)
    owner: str = Field(sa_type=String)
    plan: str = Field(sa_type=String)
    version: int = Field(sa_type=Integer)
    body: str = Field(sa_type=Text)
    caller: str = Field(sa_type=Text)
    seen: str | None = Field(sa_type=Text)
    looked_at: datetime | None = Field(sa_type=DateTime(timezone=True))


class SavedRunRow(Table, table=True):
    """What a saved report said of a month's end, as it was known when it was first asked after the month."""

    __tablename__ = "saved_run"
    saved: UUID = Field(primary_key=True)
    as_of: date = Field(sa_type=Date, primary_key=True)
    body: str = Field(sa_type=Text)


class NoticeRow(Table, table=True):
    """What somebody is told about a report that he saved."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_owner", "owner", "id"),)
    id: UUID = Field(primary_key=True)
    owner: str = Field(sa_type=String)
    saved: UUID
    body: str = Field(sa_type=Text)


class SnapshotRow(Table, table=True):
    """A snapshot, asked for by `caller`; `worker` works on it, and was last heard of at `heard_at`."""

    __tablename__ = "snapshot"
    __table_args__ = (
        Index("ix_snapshot_status", "status", "id", postgresql_where=text("status IN ('queued', 'running')")),
        Index("ix_snapshot_plan", "plan", "id"),
    )
    id: UUID = Field(primary_key=True)
    plan: str = Field(sa_type=String)
    status: str = Field(sa_type=String)
    caller: str = Field(sa_type=Text)
    worker: UUID | None
    heard_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    body: str = Field(sa_type=Text)
    awaits_access_log: bool = Field(sa_type=Boolean, sa_column_kwargs={"server_default": text("false")})
    deaths: int = Field(sa_type=Integer, sa_column_kwargs={"server_default": text("0")})
    """How often the process that worked on it came to an untimely end."""


class AccessLogExtractRow(Table, table=True):
    """Entries of the access log, RFC 8785 text, a line each, from a position to a last one; the package takes them."""

    __tablename__ = "access_log_extract"
    snapshot: UUID = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int = Field(sa_type=BigInteger)
    lines: str = Field(sa_type=Text)


class SnapshotPartRow(Table, table=True):
    """A piece of a finished package. Insert-only."""

    __tablename__ = "snapshot_part"
    snapshot: UUID = Field(primary_key=True)
    place: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: bytes = Field(sa_type=LargeBinary)


class ScheduleRow(Table, table=True):
    """A schedule by which snapshots are taken, on behalf of `caller`."""

    __tablename__ = "schedule"
    id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=Integer)
    caller: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    looked_at: datetime | None = Field(sa_type=DateTime(timezone=True))


class ScheduledRow(Table, table=True):
    """Which snapshot was taken for a period's end. Insert-only."""

    __tablename__ = "scheduled"
    schedule: UUID = Field(primary_key=True)
    as_of: date = Field(sa_type=Date, primary_key=True)
    snapshot: UUID


class SampleRow(Table, table=True):
    """A sample that an auditor drew from what a snapshot is about. Insert-only."""

    __tablename__ = "sample"
    __table_args__ = (Index("ix_sample_snapshot", "snapshot", "id"),)
    id: UUID = Field(primary_key=True)
    snapshot: UUID
    body: str = Field(sa_type=Text)


class FindingRow(Table, table=True):
    """What an auditor found, as it stands."""

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_snapshot", "snapshot", "id"),)
    id: UUID = Field(primary_key=True)
    snapshot: UUID
    version: int = Field(sa_type=Integer)
    status: str = Field(sa_type=String)
    severity: str = Field(sa_type=String)
    due_on: date | None = Field(sa_type=Date)
    body: str = Field(sa_type=Text)


class FindingStepRow(Table, table=True):
    """What was done about a finding. Insert-only."""

    __tablename__ = "finding_step"
    finding: UUID = Field(primary_key=True)
    place: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    body: str = Field(sa_type=Text)


class IdempotencyRow(KeyColumns, Table, table=True):
    """The answers of writes that came with a key."""

    __tablename__ = "idempotency_key"
