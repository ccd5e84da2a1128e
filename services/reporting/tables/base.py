"""The base of the tables of reporting, schema `reporting`."""

from sqlmodel import SQLModel

from services.shared.database import own_schema


class Table(SQLModel, registry=own_schema("reporting")):
    """The base of this schema's tables."""


metadata = Table.metadata
