"""What follows from the journals: facts, cells, documents. All of it can be thrown away and made again.

Amounts are whole fen. A fact holds for knowledge from position `known_from` until before `known_until` of the
portfolio's journal.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, DateTime, Index, Integer, String, Text, text
from sqlmodel import Field, SQLModel

from services.reporting.tables.base import Table


class ProgressRow(Table, table=True):
    """One row: how far the journals were followed."""

    __tablename__ = "progress"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    catalog: int = Field(sa_type=BigInteger)
    portfolio: int = Field(sa_type=BigInteger)
    catalog_known_through: datetime | None = Field(sa_type=DateTime(timezone=True))
    portfolio_known_through: datetime | None = Field(sa_type=DateTime(timezone=True))
    catalog_recorded_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    portfolio_recorded_at: datetime | None = Field(sa_type=DateTime(timezone=True))


class MomentRow(Table, table=True):
    """When each position was recorded."""

    __tablename__ = "applied_moment"
    __table_args__ = (Index("ix_applied_moment_journal_recorded_at", "journal", "recorded_at"),)
    journal: str = Field(sa_type=String, primary_key=True)
    position: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))


class PlanRow(Table, table=True):
    """A published edition of a plan; known from a position of the catalog's journal on."""

    __tablename__ = "plan"
    slug: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    document: str = Field(sa_type=Text)
    known_from: int = Field(sa_type=BigInteger)
    previous: int | None = Field(sa_type=Integer)
    effective_from: date | None = Field(sa_type=Date)
    crosswalk: str = Field(sa_type=Text)


class TermRow(Table, table=True):
    """A term of a vocabulary, as known between positions of the catalog's journal."""

    __tablename__ = "term"
    vocabulary: str = Field(sa_type=String, primary_key=True)
    code: str = Field(sa_type=String, primary_key=True)
    known_from: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    known_until: int = Field(sa_type=BigInteger)
    title: str = Field(sa_type=String)


class TargetRow(Table, table=True):
    """What a node is meant to be given, as known between positions of the catalog's journal. Year 0: whole plan."""

    __tablename__ = "target"
    __table_args__ = (Index("ix_target_known_from", "known_from"),)
    plan: str = Field(sa_type=String, primary_key=True)
    node: str = Field(sa_type=String, primary_key=True)
    year: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    sources: str = Field(sa_type=String, primary_key=True)
    known_from: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    known_until: int = Field(sa_type=BigInteger)
    fen: int = Field(sa_type=BigInteger)
    edition: int = Field(sa_type=Integer)
    valid_from: date | None = Field(sa_type=Date)
    valid_to: date | None = Field(sa_type=Date)
    source_document: str = Field(sa_type=String)


class ObservationRow(Table, table=True):
    """What an indicator was observed to be; known from a position of the catalog's journal on."""

    __tablename__ = "observation"
    plan: str = Field(sa_type=String, primary_key=True)
    indicator: str = Field(sa_type=String, primary_key=True)
    serial: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    known_from: int = Field(sa_type=BigInteger)
    document: str = Field(sa_type=Text)


class AgencyRow(Table, table=True):
    """An agency, as known between positions of the portfolio's journal."""

    __tablename__ = "agency"
    id: str = Field(sa_type=String, primary_key=True)
    known_from: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    known_until: int = Field(sa_type=BigInteger)
    name: str = Field(sa_type=String)
    district: str = Field(sa_type=String)
    parent: str = Field(sa_type=String)
    type: str = Field(sa_type=String)


class ProjectVersionRow(Table, table=True):
    """A project's document, whole, as known between positions of the portfolio's journal."""

    __tablename__ = "project_version"
    __table_args__ = (
        Index("ix_project_version_plan", "plan", "id"),
        Index("ix_project_version_known_from", "known_from"),
        *(
            Index(f"ix_project_version_{key}", "plan", key, postgresql_where=text(f"{key} <> ''"))
            for key in ("number_key", "title_key", "leader_key", "kpi_key")
        ),
    )
    id: UUID = Field(primary_key=True)
    known_from: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    known_until: int = Field(sa_type=BigInteger)
    plan: str = Field(sa_type=String)
    document: str = Field(sa_type=Text)
    lead: str = Field(sa_type=String)
    number_key: str = Field(sa_type=String)
    """What projects are looked up by: see rules.traits. Nothing where the project has none."""
    title_key: str = Field(sa_type=String)
    leader_key: str = Field(sa_type=String)
    kpi_key: str = Field(sa_type=String)
    live_from: date = Field(sa_type=Date)
    live_until: date = Field(sa_type=Date)


class RelationRow(Table, table=True):
    """How a project stands to another; known from a position of the portfolio's journal on."""

    __tablename__ = "relation"
    __table_args__ = (Index("ix_relation_other", "other"), Index("ix_relation_known_from", "known_from"))
    project: UUID = Field(primary_key=True)
    other: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=String, primary_key=True)
    known_from: int = Field(sa_type=BigInteger)


class AlterationRow(Table, table=True):
    """A change of a published project in what needs a second person's decision: `requested` it was decided on, `direct`
    it was not."""

    __tablename__ = "alteration"
    project: UUID = Field(primary_key=True)
    known_from: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    how: str = Field(sa_type=String)
    on_day: date = Field(sa_type=Date)
    fields: str = Field(sa_type=String)
    """The fields that changed, with commas."""


class MovementRow(Table, table=True):
    """A movement of a project, known from a position of the portfolio's journal on."""

    __tablename__ = "movement"
    __table_args__ = (Index("ix_movement_known_from", "known_from"),)
    project: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=String)
    on_day: date = Field(sa_type=Date)
    year: int = Field(sa_type=Integer)
    source: str = Field(sa_type=String)
    fen: int = Field(sa_type=BigInteger)
    known_from: int = Field(sa_type=BigInteger)


def _known(table: str) -> tuple[Index, Index]:
    """What came to be known, and what ceased to be, between two positions."""
    ended = text("known_until < 9223372036854775807")
    return (
        Index(f"ix_{table}_known_from", "plan", "edition", "known_from"),
        Index(f"ix_{table}_known_until", "plan", "edition", "known_until", postgresql_where=ended),
    )


class PresenceRow(Table, table=True):
    """A project stands at a task in a span of business time; `weight` in millionths of a percent."""

    __tablename__ = "presence_fact"
    __table_args__ = (
        Index("ix_presence_fact_plan_edition_task", "plan", "edition", "task"),
        Index("ix_presence_fact_agency_task", "plan", "edition", "agency", "task"),
        *_known("presence_fact"),
    )
    project: UUID = Field(primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    task: str = Field(sa_type=String, primary_key=True)
    from_on: date = Field(sa_type=Date, primary_key=True)
    known_from: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    known_until: int = Field(sa_type=BigInteger)
    until_on: date = Field(sa_type=Date)
    weight: int = Field(sa_type=BigInteger)
    plan: str = Field(sa_type=String)
    agency: str = Field(sa_type=String)
    fund_class: str = Field(sa_type=String)
    stage: str = Field(sa_type=String)


class MoneyRow(Table, table=True):
    """The part of a movement that a task has in a span of business time; task '' where it is not counted."""

    __tablename__ = "money_fact"
    __table_args__ = (
        Index("ix_money_fact_plan_edition_task", "plan", "edition", "task"),
        *_known("money_fact"),
    )
    project: UUID = Field(primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    movement: UUID = Field(primary_key=True)
    task: str = Field(sa_type=String, primary_key=True)
    from_on: date = Field(sa_type=Date, primary_key=True)
    known_from: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    known_until: int = Field(sa_type=BigInteger)
    until_on: date = Field(sa_type=Date)
    year: int = Field(sa_type=Integer)
    source: str = Field(sa_type=String)
    kind: str = Field(sa_type=String)
    fen: int = Field(sa_type=BigInteger)
    plan: str = Field(sa_type=String)
    agency: str = Field(sa_type=String)
    fund_class: str = Field(sa_type=String)
    stage: str = Field(sa_type=String)


class Measures(SQLModel):
    """What a cell sums up: see rules.cells."""

    projects: int = Field(sa_type=BigInteger)
    covering: int = Field(sa_type=BigInteger)
    committed: int = Field(sa_type=BigInteger)
    received: int = Field(sa_type=BigInteger)
    disbursed: int = Field(sa_type=BigInteger)
    spent: int = Field(sa_type=BigInteger)
    refunded: int = Field(sa_type=BigInteger)


class CellColumns(Measures):
    """Changes in a year, month or day at a node; year 0 and source '' stand for any, '*' for any lead, class or
    stage."""

    plan: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    agency: str = Field(sa_type=String, primary_key=True)
    fund_class: str = Field(sa_type=String, primary_key=True)
    stage: str = Field(sa_type=String, primary_key=True)
    year: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=String, primary_key=True)
    grain: str = Field(sa_type=String, primary_key=True)
    period: date = Field(sa_type=Date, primary_key=True)
    node: str = Field(sa_type=String, primary_key=True)
    leads: int = Field(sa_type=BigInteger)


class CellRow(CellColumns, Table, table=True):
    """A cell as things stand."""

    __tablename__ = "cell"


class KeptRow(Table, table=True):
    """A position at which the cells of an edition were kept."""

    __tablename__ = "kept"
    plan: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})


class KeptCellRow(CellColumns, Table, table=True):
    """A cell as it was at a position of the portfolio's journal."""

    __tablename__ = "kept_cell"
    position: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})


class FineCellRow(Measures, Table, table=True):
    """Changes on a day at a node, by lead, class and stage; year 0 and source '' stand for any."""

    __tablename__ = "fine_cell"
    plan: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    year: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=String, primary_key=True)
    agency: str = Field(sa_type=String, primary_key=True)
    fund_class: str = Field(sa_type=String, primary_key=True)
    stage: str = Field(sa_type=String, primary_key=True)
    on_day: date = Field(sa_type=Date, primary_key=True)
    node: str = Field(sa_type=String, primary_key=True)


class LeadSpanRow(Table, table=True):
    """The days on which the presence of a lead below a node begins and ends in turn: see rules.leads."""

    __tablename__ = "lead_span"
    plan: str = Field(sa_type=String, primary_key=True)
    edition: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    agency: str = Field(sa_type=String, primary_key=True)
    fund_class: str = Field(sa_type=String, primary_key=True)
    stage: str = Field(sa_type=String, primary_key=True)
    year: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=String, primary_key=True)
    node: str = Field(sa_type=String, primary_key=True)
    days: list[date] = Field(sa_type=ARRAY(Date))
