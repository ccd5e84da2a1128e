"""One environment for the four histories: the section of alembic.ini names the schema."""

import os
from importlib import import_module
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import MetaData, create_engine, text
from sqlmodel.sql.sqltypes import AutoString

SCHEMA = context.config.config_ini_section
NOT_ITS_OWN_HISTORY = f"REVOKE INSERT, UPDATE, DELETE ON {SCHEMA}.alembic_version FROM {SCHEMA}"


def tables_of(schema: str) -> MetaData:
    """The tables as the code declares them."""
    module = "gateway.tables" if schema == "gateway" else f"services.{schema}.tables"
    metadata: MetaData = import_module(module).metadata
    return metadata


def rendered(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """SQLModel's own string type is written as SQLAlchemy's."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


def only_own(name: str | None, kind: str, _: Any) -> bool:
    """Other schemas are not looked at."""
    return name == SCHEMA if kind == "schema" else True


def run() -> None:
    """Migrate as the schema's owner, giving up soon where a lock is not to be had. A statement that has its locks may
    take its time: what it rewrites grows with the home, and a limit would refuse a large one for ever."""
    url = context.config.attributes.get("url") or os.environ["KEPAN_DATABASE_URL"]
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        for statement in (
            f"SET ROLE {SCHEMA}_owner",
            f"SET search_path = {SCHEMA}",
            "SET lock_timeout = '5s'",
            "SET statement_timeout = 0",
        ):
            connection.execute(text(statement))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=tables_of(SCHEMA),
            version_table_schema=SCHEMA,
            include_schemas=True,
            include_name=only_own,
            render_item=rendered,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            # The service may see how far its history is, and may not change it.
            connection.execute(text(NOT_ITS_OWN_HISTORY))
        connection.commit()
    engine.dispose()


run()
