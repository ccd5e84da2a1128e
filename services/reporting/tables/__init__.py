"""The tables of reporting, schema `reporting`. Statements are in store."""

from services.reporting.tables import derived, kept
from services.reporting.tables.base import Table, metadata

__all__ = ["Table", "derived", "kept", "metadata"]
