"""Snapshots: packages of evidence that an auditor takes away, on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.reporting.contract.common import Positions, Wire
from services.shared.text import Code, Title

SnapshotStatus = Literal["queued", "running", "ready", "failed"]
Stage = Literal["waiting", "access_log", "journals", "tables", "reports", "keeping"]
"""What the work on a snapshot is at: it waits, for its turn or for its part of the access log, reads the journals,
writes tables, adds reports, keeps the package."""


class SnapshotScope(Wire):
    """What a snapshot is about: the whole plan, or the projects led by an agency, or by those of a district, as known
    at its positions. Entries of other projects stand in the package as leaf hashes."""

    agency: Code | None = None
    district: Code | None = None


class AccessLogSpan(Wire):
    """Which part of the access log goes into a package: what was asked between two moments, both included; without
    `until`, up to when the snapshot is asked for, which is also the latest that it can be. A moment without an offset
    is UTC."""

    since: datetime
    until: datetime | None = None


class NewSnapshot(Wire):
    """A snapshot to be taken. Without `recorded_at` it is about all that is known when it is asked for; without
    `as_of`, about today in the plan's time zone.

    `previous` is the snapshot that this one follows: its package then proves that the journals of the earlier one are
    the beginning of its own. Equal parameters at equal positions give equal bytes.
    """

    plan: Code
    edition: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    as_of: date | None = None
    recorded_at: datetime | None = None
    scope: SnapshotScope = SnapshotScope()
    previous: UUID | None = None
    access_log: AccessLogSpan | None = None


class SnapshotProgress(Wire):
    """How far the work is: at which stage, and how many of its entries are done."""

    stage: Stage = "waiting"
    done: int = 0
    total: int | None = None


class Package(Wire):
    """The finished package: one .zip that holds one bag."""

    name: str
    bytes: int
    sha256: str
    """Of the .zip."""
    tagmanifest_sha256: str
    """Of the one file that is signed; the next snapshot names it."""


class SnapshotError(Wire):
    """Why a snapshot was not made."""

    code: str
    detail: Title


class Snapshot(Wire):
    """A snapshot. Its positions are fixed when it is asked for; `package` stands once it is ready."""

    id: UUID
    status: SnapshotStatus
    progress: SnapshotProgress = SnapshotProgress()
    plan: str
    edition: int
    as_of: date
    recorded_at: datetime | None
    positions: Positions
    scope: SnapshotScope
    previous: UUID | None
    access_log: AccessLogSpan | None = None
    created_by: str
    created_at: datetime
    finished_at: datetime | None = None
    package: Package | None = None
    error: SnapshotError | None = None


class WantedAccessLog(Wire):
    """A part of the access log that a snapshot waits for; entries up to the position `after` have arrived."""

    snapshot: UUID
    since: datetime
    until: datetime
    after: int


class AccessLogPart(Wire):
    """Entries of the access log in the order of their positions, as the gateway answers them; `done` with the last of
    the part."""

    items: Annotated[list[dict[str, Any]], Field(max_length=1_000)]
    done: bool
