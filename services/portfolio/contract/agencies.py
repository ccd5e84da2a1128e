"""Agencies on the wire."""

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from services.portfolio.contract.values import AgencyId, CodeText, Wire
from services.shared.text import Code, Title


class Identifier(Wire):
    """Who an agency is, in a scheme: cn-uscc (checked), iso3, local."""

    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,20}$")]
    value: Code


class NewAgency(Wire):
    """An agency to be registered."""

    identifier: Identifier
    name: Title
    type: CodeText = "other"
    district: CodeText | None = None
    parent: AgencyId | None = None
    parent_from: date | None = None
    """Since when the parent is the parent; from the beginning of time when not given."""


class AgencyChange(Wire):
    """What may be changed of an agency; what is not given stays."""

    name: Title | None = None
    type: CodeText | None = None
    district: CodeText | None = None
    parent: AgencyId | None = None
    parent_from: date | None = None
    """Since when, together with `parent`; today when not given."""


class ParentSince(Wire):
    """The agency that stands above from a day on (null: from the beginning of time); null above: none."""

    parent: AgencyId | None
    valid_from: date | None


class Agency(Wire):
    """A registered agency."""

    id: AgencyId
    identifier: Identifier
    name: Title
    type: CodeText
    district: CodeText | None
    parent: AgencyId | None
    """The latest of `parents`."""
    parents: list[ParentSince] = []
    """The agencies that it stood below, in the order of their days."""
    version: int
