"""The parameters that a package states of itself, the member `kepan` of its data package."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

FORMAT = 2
REPORTS = {1: ("coverage", "gaps", "indicators"), 2: ("coverage", "gaps", "indicators", "summary")}
"""By format of a package the reports that it holds: all of them, and no other."""


class _Stated(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Positions(_Stated):
    """Up to where the journals go."""

    catalog: int
    portfolio: int


class Narrowed(_Stated):
    """Whose projects a package is about."""

    agency: str | None
    district: str | None


class Before(_Stated):
    """The snapshot before."""

    tagmanifest_sha256: str
    positions: Positions


class Extract(_Stated):
    """The part of the access log: between which moments, from and to which positions."""

    since: datetime
    until: datetime
    first: int | None
    last: int | None


class Parameters(_Stated):
    """All of them."""

    format: int
    plan: str
    edition: int
    as_of: date
    recorded_at: datetime | None
    positions: Positions
    scope: Narrowed
    previous: Before | None
    reports: list[str]
    access_log: Extract | None = None


def checked(stated: Mapping[str, Any]) -> None:
    """ValueError where parameters are not of this form."""
    Parameters.model_validate_json(to_json(stated))
