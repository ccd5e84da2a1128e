"""Migrating is an operator's act: every schema to the head of its own history."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

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


def head(schema: str) -> str | None:
    """The last revision of a history."""
    return ScriptDirectory.from_config(config_of(schema)).get_current_head()
