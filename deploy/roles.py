"""Who may do what in PostgreSQL: for each schema a role that owns it and one that serves from it.

`X_owner` (no login) is what migrations run as; `X` reads and writes rows of schema X and of no other. Which rows may
only be added (journals, movements, the access log) is said by the migrations that make them.
"""

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from deploy.home import kept_secret

SCHEMAS = ("catalog", "portfolio", "reporting", "gateway")


def ensure_roles(admin_url: str, home: Path) -> dict[str, str]:
    """Make schemas and roles where they are absent; the URL of each service: CATALOG_DATABASE_URL and so on where it is
    set (its role then gets the password written there), else derived."""
    urls = {}
    with psycopg.connect(admin_url) as connection:
        for schema in SCHEMAS:
            given = os.environ.get(f"{schema.upper()}_DATABASE_URL")
            password = _password_in(given, schema)
            if given is None:
                password = os.environ.get("KEPAN_ROLE_PASSWORD") or kept_secret(home, f"role-{schema}")
            _ensure_role(connection, f"{schema}_owner")
            _ensure_role(connection, schema)
            if password is not None:
                _let_in(connection, schema, password)
            _ensure_schema(connection, schema)
            urls[schema] = given or _as_role(admin_url, schema, password or "")
    return urls


def _ensure_role(connection: psycopg.Connection, role: str) -> None:
    name = sql.Identifier(role)
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
    if role.endswith("_owner"):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))


def _let_in(connection: psycopg.Connection, role: str, password: str) -> None:
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def _ensure_schema(connection: psycopg.Connection, schema: str) -> None:
    names = {
        "schema": sql.Identifier(schema),
        "owner": sql.Identifier(f"{schema}_owner"),
        "role": sql.Identifier(schema),
    }
    for statement in (
        "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}",
        "REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        "ALTER ROLE {role} SET search_path = {schema}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


def _password_in(url: str | None, role: str) -> str | None:
    """The password of a URL that was given, where it is this role's own."""
    parts = urlsplit(url or "")
    return unquote(parts.password) if parts.username == role and parts.password else None


def _as_role(admin_url: str, role: str, password: str) -> str:
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{host}"))
