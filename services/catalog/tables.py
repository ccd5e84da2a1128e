"""The tables of catalog, schema `catalog`. Statements are in store.py."""

from datetime import date, datetime

from sqlalchemy import Date, DateTime, Index, Integer, String, Text, text
from sqlmodel import Field, SQLModel

from services.shared.database import own_schema
from services.shared.journal import EntryColumns, HeadColumns, PendingColumns, PersonalColumns, PositionColumns
from services.shared.log import NodeColumns
from services.shared.writes import KeyColumns


class Table(SQLModel, registry=own_schema("catalog")):
    """The base of this schema's tables."""


metadata = Table.metadata


class PlanRow(Table, table=True):
    """An edition of a plan, whole; `digest` tells whether another document is the same."""

    __tablename__ = "plan"
    __table_args__ = (Index("uq_plan_draft", "slug", unique=True, postgresql_where=text("status = 'draft'")),)
    slug: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    status: str = Field(sa_type=String)
    published_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    previous: int | None = Field(sa_type=Integer)
    effective_from: date | None = Field(sa_type=Date)
    serial: int = Field(sa_type=Integer, sa_column_kwargs={"server_default": text("1")})
    digest: str = Field(sa_type=String)
    summary: str = Field(sa_type=Text)
    document: str = Field(sa_type=Text)


class NodeRow(Table, table=True):
    """A node; `body` is the answer as it is given."""

    __tablename__ = "node"
    __table_args__ = (Index("uq_node_place", "slug", "edition", "place", unique=True),)
    slug: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    code: str = Field(sa_type=String, primary_key=True)
    place: int = Field(sa_type=Integer)
    level: str = Field(sa_type=String)
    parent: str | None = Field(sa_type=String)
    title_key: str = Field(sa_type=String)
    body: str = Field(sa_type=Text)


class GramRow(Table, table=True):
    """A character or pair of characters of a node's text, with the weight of the best text that holds it."""

    __tablename__ = "search_gram"
    slug: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    gram: str = Field(sa_type=String, primary_key=True)
    code: str = Field(sa_type=String, primary_key=True)
    weight: int = Field(sa_type=Integer)


class WordRow(Table, table=True):
    """A whole word that a search may begin: code, key of title, alias or keyword, pinyin and its initials."""

    __tablename__ = "search_word"
    slug: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    word: str = Field(sa_type=String(collation="C"), primary_key=True)
    code: str = Field(sa_type=String, primary_key=True)
    weight: int = Field(sa_type=Integer)


class CrosswalkRow(Table, table=True):
    """The crosswalk to an edition from the one before: the rows that were stated, and the answer with all rows."""

    __tablename__ = "crosswalk"
    slug: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int = Field(sa_type=Integer)
    stated: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


class VocabularyRow(Table, table=True):
    """A vocabulary."""

    __tablename__ = "vocabulary"
    code: str = Field(sa_type=String, primary_key=True)
    version: int = Field(sa_type=Integer)
    body: str = Field(sa_type=Text)


class TargetRow(Table, table=True):
    """The standing version of a target for a node, a year (0: the whole plan) and sources."""

    __tablename__ = "target"
    slug: str = Field(sa_type=String, primary_key=True)
    node: str = Field(sa_type=String, primary_key=True)
    year: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    sources: str = Field(sa_type=String, primary_key=True)
    version: int = Field(sa_type=Integer)
    body: str = Field(sa_type=Text)


class TargetVersionRow(Table, table=True):
    """Every version of a target, those that were only proposed too."""

    __tablename__ = "target_version"
    slug: str = Field(sa_type=String, primary_key=True)
    node: str = Field(sa_type=String, primary_key=True)
    year: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    sources: str = Field(sa_type=String, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    body: str = Field(sa_type=Text)


class ResponsibilityRow(Table, table=True):
    """Who answers for a node."""

    __tablename__ = "responsibility"
    slug: str = Field(sa_type=String, primary_key=True)
    node: str = Field(sa_type=String, primary_key=True)
    version: int = Field(sa_type=Integer)
    body: str = Field(sa_type=Text)


class ObservationRow(Table, table=True):
    """What an indicator was observed to be; a correction is a further row."""

    __tablename__ = "observation"
    slug: str = Field(sa_type=String, primary_key=True)
    indicator: str = Field(sa_type=String, primary_key=True)
    serial: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    year: int = Field(sa_type=Integer)
    body: str = Field(sa_type=Text)


class JournalEntryRow(EntryColumns, Table, table=True):
    """The journal's entries; those of one subject say what stands."""

    __tablename__ = "journal_entry"
    __table_args__ = (Index("ix_journal_entry_subject_serial", "subject", "serial"),)


class JournalPendingRow(PendingColumns, Table, table=True):
    """Entries without a position yet."""

    __tablename__ = "journal_pending"


class JournalPositionRow(PositionColumns, Table, table=True):
    """The order of the entries."""

    __tablename__ = "journal_position"


class JournalHeadRow(HeadColumns, Table, table=True):
    """The end of the journal."""

    __tablename__ = "journal_head"


class JournalNodeRow(NodeColumns, Table, table=True):
    """The Merkle tree over the journal."""

    __tablename__ = "journal_node"


class PersonalRow(PersonalColumns, Table, table=True):
    """Personal values, erasable."""

    __tablename__ = "personal_value"


class IdempotencyRow(KeyColumns, Table, table=True):
    """Answers kept under their keys."""

    __tablename__ = "idempotency_key"
