"""Migrating is an operator's act: every schema to the head of its own history."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql

from deploy.roles import SCHEMAS

INI = Path(__file__).parent.parent / "migrations" / "alembic.ini"


def config_of(schema: str, admin_url: str | None = None) -> Config:
    """Alembic's configuration of one history."""
    config = Config(str(INI), ini_section=schema)
    if admin_url is not None:
        config.attributes["url"] = admin_url
    return config


def migrate(admin_url: str) -> None:
    """Upgrade the four histories."""
    for schema in SCHEMAS:
        command.upgrade(config_of(schema, admin_url), "head")


def check(admin_url: str) -> None:
    """Refuse a difference between the tables as declared and as migrated."""
    for schema in SCHEMAS:
        command.check(config_of(schema, admin_url))


def heads() -> dict[str, str | None]:
    """The last revision of each history."""
    return {schema: ScriptDirectory.from_config(config_of(schema)).get_current_head() for schema in SCHEMAS}


def at_head(url: str, schema: str) -> bool:
    """Whether a schema stands at the last revision of its history."""
    table = sql.Identifier(schema, "alembic_version")
    with psycopg.connect(url) as connection:
        try:
            row = connection.execute(sql.SQL("SELECT version_num FROM {}").format(table)).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            return False
    return row is not None and row[0] == heads()[schema]
