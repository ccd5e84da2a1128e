"""A package's tables as Parquet, for who computes with them: made from the CSV files, which are what is signed.

The bytes of Parquet differ from one library to the next, so they are no evidence and stand in no package.
"""

from collections.abc import Iterator
from pathlib import Path

from services.reporting.package.bag import PAYLOAD
from services.reporting.package.describing import path_of
from services.reporting.package.reading import opened
from services.reporting.package.schema import TABLES, Table

TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DECIMAL(28, 6)",
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
    "boolean": "BOOLEAN",
}


class NoDuckdb(Exception):
    """Parquet needs duckdb, an extra: pip install duckdb."""


def written(package: Path, folder: Path) -> Iterator[tuple[Path, int]]:
    """Write each table of a package into a folder as .parquet; the file and its rows, one after the other."""
    try:
        import duckdb
    except ImportError:
        raise NoDuckdb(NoDuckdb.__doc__) from None
    folder.mkdir(parents=True, exist_ok=True)
    with opened(package) as bag, duckdb.connect() as connection:
        for table in TABLES:
            target = folder / f"{table.name}.parquet"
            source = f"read_csv(?, header = true, nullstr = '', delim = ',', quote = '\"', columns = {_columns(table)})"
            connection.execute(
                f"COPY (SELECT * FROM {source}) TO '{_quoted(target)}' (FORMAT parquet, COMPRESSION zstd)",
                [str(bag / PAYLOAD / path_of(table))],
            )
            found = connection.execute(f"SELECT count(*) FROM '{_quoted(target)}'").fetchone()
            yield target, found[0] if found else 0


def _columns(table: Table) -> str:
    return "{" + ", ".join(f"'{field.name}': '{TYPES[field.type]}'" for field in table.fields) + "}"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
