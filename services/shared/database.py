"""PostgreSQL for a service: a schema of its own, a small pool, one transaction for each operation.

The tables are declared with SQLModel, which Alembic compares the database with; statements are written in SQL and run
by the driver, in as few round trips as the work needs.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import MetaData
from sqlalchemy.orm import registry

from services.shared.errors import Malformed, Unavailable

Row = DictRow
"""A row by the names of its columns."""
Connection = AsyncConnection[Row]
NUL_CODE = "nul_character"
UNWRITABLE = ("22021", "22P05")
"""SQLSTATEs of characters that no text of PostgreSQL holds."""
log = structlog.get_logger()

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class DatabaseUnavailable(Unavailable):
    """The database does not answer: try again."""


class DatabaseExhausted(Unavailable):
    """The database has no room, memory or connection left for this: nothing was written. Tell the operator, and try
    again later."""


class GaveWay(Unavailable):
    """Somebody else wrote the same at the same moment, and this gave way: nothing was written. Repeat it."""


def own_schema(name: str) -> registry:
    """A registry for the tables of one schema: `class Table(SQLModel, registry=own_schema("catalog"))`."""
    return registry(metadata=MetaData(schema=name, naming_convention=NAMES))


class Rollback(Exception):
    """Leave a transaction without keeping what it wrote, and without complaint."""


class Database:
    """The pool of one service."""

    def __init__(self, url: str, schema: str, most: int = 4) -> None:
        self.schema = schema
        self.url = url
        self._pool = AsyncConnectionPool[Connection](
            url,
            min_size=1,
            max_size=most,
            open=False,
            timeout=10,
            configure=self._configure,
            check=None,
            kwargs={"row_factory": dict_row, "autocommit": False, "prepare_threshold": 1, "application_name": schema},
        )

    async def _configure(self, connection: Connection) -> None:
        await connection.execute(f"SET search_path = {self.schema}")
        await connection.execute("SET TimeZone = 'UTC'")
        await connection.execute("SET idle_in_transaction_session_timeout = '60s'")
        await connection.commit()

    async def open(self) -> None:
        """Open the pool; connections that fail are tried again by the pool."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for reading; what it did is rolled back."""
        async with self._borrowed() as connection:
            try:
                yield connection
            finally:
                if not connection.closed:
                    await connection.rollback()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A connection whose reads all see the same moment."""
        async with self.connection() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction: committed on leaving, rolled back on any exception; Rollback ends it quietly."""
        async with self._borrowed() as connection:
            try:
                yield connection
            except Rollback:
                await connection.rollback()
            except BaseException:
                if not connection.closed:
                    await connection.rollback()
                raise
            else:
                await connection.commit()

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, psycopg.errors.AdminShutdown, psycopg.errors.CannotConnectNow) as error:
            raise DatabaseUnavailable() from error
        except psycopg.OperationalError as error:
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                await self._pool.check()
                raise DatabaseUnavailable() from error
            if error.sqlstate.startswith("53"):
                log.error("database_exhausted", sqlstate=error.sqlstate, error=str(error))
                raise DatabaseExhausted(retry_after=30) from error
            if error.sqlstate in ("40P01", "40001"):
                raise GaveWay(retry_after=1) from error
            raise
        except psycopg.DataError as error:
            if error.sqlstate in UNWRITABLE or (error.sqlstate is None and "NUL" in str(error)):
                detail = "leave the NUL character out"
                raise Malformed(errors=[{"pointer": "", "code": NUL_CODE, "detail": detail}]) from error
            raise


class SchemaNotAtHead(Unavailable):
    """The schema {schema} is at revision {found}, the code needs {head}: run `kepan migrate`."""


async def check_schema(database: Database, head: str) -> None:
    """Refuse to be ready unless the schema's history is at the revision that the code was written for."""
    async with database.connection() as connection:
        found = await one(connection, "SELECT version_num FROM alembic_version")
    if found is None or found["version_num"] != head:
        raise SchemaNotAtHead(schema=database.schema, found=found["version_num"] if found else "none", head=head)


async def one(connection: Connection, query: str, values: Any = None) -> DictRow | None:
    """The first row of a query, or None."""
    return await (await connection.execute(cast(Any, query), values)).fetchone()


async def rows(connection: Connection, query: str, values: Any = None) -> list[DictRow]:
    """All rows of a query that is known to be small."""
    return await (await connection.execute(cast(Any, query), values)).fetchall()


def arrays(found: Sequence[Sequence[Any]]) -> list[str]:
    """The columns of rows as PostgreSQL array literals, for `unnest(%s::text[], …)`; None is NULL.

    Writing the literals here costs a tenth of what the driver's own arrays cost, which are made element by element.
    """
    return ["{" + ",".join(map(_element_of(column), column)) + "}" for column in zip(*found, strict=True)]


def _element_of(column: Sequence[Any]) -> Callable[[Any], str]:
    if all(type(value) is int for value in column):
        return str
    known: dict[Any, str] = {None: "NULL"}

    def element(value: Any) -> str:
        text = known.get(value)
        if text is None:
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
            text = known[value] = f'"{escaped}"'
        return text

    return element
