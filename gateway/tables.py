"""The tables of the gateway, schema `gateway`. Statements are in store.py."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, String, Text
from sqlmodel import Field, SQLModel

from services.shared.database import own_schema


class Table(SQLModel, registry=own_schema("gateway")):
    """The base of this schema's tables."""


metadata = Table.metadata


class AccessEntryRow(Table, table=True):
    """One entry of the access log; insert-only. `detail` is RFC 8785 text."""

    __tablename__ = "access_entry"
    position: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=DateTime(timezone=True))
    request_id: str = Field(sa_type=String)
    subject: str | None = Field(sa_type=String)
    role: str | None = Field(sa_type=String)
    agency: str | None = Field(sa_type=String)
    kind: str = Field(sa_type=String)
    method: str = Field(sa_type=String)
    path: str = Field(sa_type=String)
    status: int = Field(sa_type=Integer)
    detail: str = Field(sa_type=Text)
    previous_hash: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


class AccessHeadRow(Table, table=True):
    """The one row that says where the access log ends; its lock orders the writers."""

    __tablename__ = "access_head"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)


class UsedTicketRow(Table, table=True):
    """A sign-in ticket that was exchanged, by the SHA-256 of its id; insert-only."""

    __tablename__ = "used_ticket"
    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    subject: str = Field(sa_type=String)
    used_at: datetime = Field(sa_type=DateTime(timezone=True))


class PageSessionRow(Table, table=True):
    """Somebody who is signed in to the pages, by the SHA-256 of what the cookie holds."""

    __tablename__ = "page_session"
    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    subject: str = Field(sa_type=String)
    role: str = Field(sa_type=String)
    agency: str | None = Field(sa_type=String)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
