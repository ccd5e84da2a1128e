"""The tables of portfolio, schema `portfolio`. Statements are in store.py."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    Uuid,
    text,
)
from sqlmodel import Field, SQLModel

from services.shared.database import own_schema
from services.shared.journal import EntryColumns, HeadColumns, PendingColumns, PersonalColumns, PositionColumns
from services.shared.log import NodeColumns
from services.shared.writes import KeyColumns


class Table(SQLModel, registry=own_schema("portfolio")):
    """The base of this schema's tables."""


metadata = Table.metadata


class AgencyRow(Table, table=True):
    """An agency; `body` is the answer as it is given."""

    __tablename__ = "agency"
    id: str = Field(sa_type=String, primary_key=True)
    parent: str | None = Field(sa_type=String, foreign_key="portfolio.agency.id", index=True)
    version: int
    body: str = Field(sa_type=Text)


class ProjectRow(Table, table=True):
    """A project; `body` is the answer as it is given, so that reading one is reading one row."""

    __tablename__ = "project"
    __table_args__ = (
        Index(
            "uq_project_issuer_number_key",
            "issuer",
            "number_key",
            unique=True,
            postgresql_where=text("record_status <> 'void'"),
        ),
        Index("ix_project_lead_title_key", "lead", "title_key"),
        Index("ix_project_plan_id", "plan", "id"),
        Index("ix_project_lead_id", "lead", "id"),
        Index("ix_project_number_key", "number_key"),
        Index("ix_project_leader_key", "leader_key", "id", postgresql_where=text("leader_key <> ''")),
        Index("ix_project_title_bands", "title_bands", postgresql_using="gin"),
    )
    id: UUID = Field(primary_key=True)
    plan: str = Field(sa_type=String)
    lead: str = Field(sa_type=String, foreign_key="portfolio.agency.id")
    issuer: str = Field(sa_type=String)
    number_key: str | None = Field(sa_type=String)
    title_key: str = Field(sa_type=String)
    state: str = Field(sa_type=String)
    record_status: str = Field(sa_type=String)
    version: int
    serial: int
    body: str = Field(sa_type=Text)
    leader_key: str = Field(sa_type=String)
    title_bands: list[int] = Field(sa_type=ARRAY(Integer))
    personal: str = Field(sa_type=Text)


class ShareRow(Table, table=True):
    """A share of a project that goes to a task, from a day on."""

    __tablename__ = "share"
    __table_args__ = (Index("ix_share_code_project", "code", "project"),)
    project: UUID = Field(primary_key=True, foreign_key="portfolio.project.id")
    valid_from: date = Field(sa_type=Date, primary_key=True)
    code: str = Field(sa_type=String, primary_key=True)
    weight: Decimal = Field(sa_type=Numeric(9, 6))


class BudgetRow(Table, table=True):
    """A budget line: what is planned."""

    __tablename__ = "budget_line"
    project: UUID = Field(primary_key=True, foreign_key="portfolio.project.id")
    year: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=String, primary_key=True)
    heading: str = Field(sa_type=String, primary_key=True)
    amount: Decimal = Field(sa_type=Numeric(18, 2))


class MovementRow(Table, table=True):
    """A movement of money. Insert-only."""

    __tablename__ = "movement"
    __table_args__ = (Index("ix_movement_project_id", "project", "id"),)
    id: UUID = Field(primary_key=True)
    project: UUID = Field(foreign_key="portfolio.project.id")
    kind: str = Field(sa_type=String)
    on_day: date = Field(sa_type=Date)
    year: int = Field(sa_type=Integer)
    source: str = Field(sa_type=String)
    amount: Decimal = Field(sa_type=Numeric(18, 2))
    origin: str = Field(sa_type=String)
    body: str = Field(sa_type=Text)


class ChangeRequestRow(Table, table=True):
    """A requested change of a project; at most one of a project is open."""

    __tablename__ = "change_request"
    __table_args__ = (
        Index("uq_change_request_open", "project", unique=True, postgresql_where=text("status = 'open'")),
    )
    project: UUID = Field(primary_key=True, foreign_key="portfolio.project.id")
    number: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    status: str = Field(sa_type=String)
    change: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


class RelationRow(Table, table=True):
    """How a project stands to another."""

    __tablename__ = "relation"
    project: UUID = Field(primary_key=True, foreign_key="portfolio.project.id")
    other: UUID = Field(primary_key=True, foreign_key="portfolio.project.id", index=True)
    kind: str = Field(sa_type=String)
    body: str = Field(sa_type=Text)


class ImportRunRow(Table, table=True):
    """An import, and the queue of those that wait for a worker."""

    __tablename__ = "import_run"
    __table_args__ = (
        Index("ix_import_run_open", "id", postgresql_where=text("status IN ('queued', 'running')")),
        Index("ix_import_run_created_by_id", "created_by", "id"),
        Index("ix_import_run_digest", "digest"),
    )
    id: UUID = Field(primary_key=True)
    plan: str = Field(sa_type=String)
    status: str = Field(sa_type=String)
    created_by: str = Field(sa_type=String)
    caller: str = Field(sa_type=Text)
    digest: str = Field(sa_type=String)
    worker: UUID | None = Field(nullable=True)
    heard_at: datetime = Field(sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": text("now()")})
    deaths: int = Field(sa_type=Integer, sa_column_kwargs={"server_default": text("0")})
    sheets: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "[]"})
    body: str = Field(sa_type=Text)


class ImportPartRow(Table, table=True):
    """A piece of a file that came to be imported, by the file's SHA-256."""

    __tablename__ = "import_part"
    digest: str = Field(sa_type=String, primary_key=True)
    place: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: bytes = Field(sa_type=LargeBinary)


class ImportRowRow(Table, table=True):
    """A row of an imported file with its verdict."""

    __tablename__ = "import_row"
    import_: UUID = Field(
        sa_column=Column("import", Uuid, ForeignKey("portfolio.import_run.id"), primary_key=True, nullable=False)
    )
    place: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    verdict: str = Field(sa_type=String)
    body: str = Field(sa_type=Text)


class RememberedRow(Table, table=True):
    """What the catalog said last: registering goes on while the catalog is down."""

    __tablename__ = "remembered"
    name: str = Field(sa_type=String, primary_key=True)
    etag: str = Field(sa_type=String)
    body: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=DateTime(timezone=True))


class JournalEntryRow(EntryColumns, Table, table=True):
    """The journal's entries; a project's story reads those of one subject."""

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
