"""Exceptions on the wire: the auditors' checks A1–A14 with the rows behind each (DOMAIN 2.5)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.reporting.contract.common import Note, Report, Wire

CheckId = Literal["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A13", "A14"]
Percent = Annotated[int, Field(ge=0, le=100)]


class Limits(Wire):
    """From when the checks find something; those of a programme (grace) are settings of the plan."""

    late_days: Annotated[int, Field(ge=0, le=3_660)] = 30
    """A4: days after which an unpaid instalment is late."""
    idle_years: Annotated[int, Field(ge=0, le=50)] = 2
    """A6: years after the acceptance from which money left is idle."""
    similarity: Percent = 80
    """A2: how alike, in percent, two titles of one leader are that may be the same project."""
    indirect_caps: Annotated[list[Percent], Field(min_length=3, max_length=3)] = [20, 15, 13]
    """A9: indirect cost in percent of direct cost less equipment: up to 500, from 500 to 1000, above 1000 万元."""
    leader_limit: Annotated[int, Field(ge=0, le=1_000)] = 2
    """A12: live projects that one leader may have; 0 is no limit."""
    agency_limit: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """A12: live projects that one agency may lead; 0 is no limit."""


class CheckFound(Wire):
    """A check and what it found."""

    check: CheckId
    title: str
    test: str
    not_seen: str | None
    """What of the check can not be seen here, and where it is to be looked for."""
    rows: int | None
    """How many rows it has in all; null on later pages."""
    amount: str | None
    """The money that its rows are about together, in the plan's currency; null on later pages, and where the check is
    not about money."""


class ExceptionRow(Wire):
    """What a check found about a project, or about an agency with too many."""

    check: CheckId
    project: UUID | None
    agency: str
    """The lead agency."""
    project_no: str | None
    title: str
    amount: str | None
    details: list[str]
    others: list[UUID]
    """Other projects that it is about."""


class Exceptions(Report):
    """What an auditor should look at. Rows stand in the order of checks, then of projects."""

    limits: Limits
    checks: list[CheckFound]
    items: list[ExceptionRow]
    next: str | None
    """The cursor of the rows that follow, where one check was asked for."""
    notes: list[Note]
