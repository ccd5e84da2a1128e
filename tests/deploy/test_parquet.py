"""A package's tables as Parquet: the same rows, with types."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from deploy.parquet import written
from services.reporting.package.reading import NoPackage
from services.reporting.package.schema import TABLES
from tests.reporting.invented import (
    LEADS,
    a_movement_wire,
    a_project_wire,
    an_agency_entry,
    catalog_entries,
    registered,
)
from tests.reporting.packages import made


def test_the_tables_of_a_package_are_written_with_types(tmp_path: Path) -> None:
    title = '演示，"引号"\n换行'
    entries = [
        *(an_agency_entry(place, lead) for place, lead in enumerate(LEADS, 1)),
        registered(4, a_project_wire(1, title=title), [a_movement_wire(1, 1, amount="123.45")]),
    ]
    package = made(tmp_path / "order", catalog_entries(), entries).path
    rows = {file.stem: rows for file, rows in written(package, tmp_path / "parquet")}
    assert rows.keys() == {table.name for table in TABLES}
    assert (rows["projects"], rows["movements"], rows["shares"], rows["kpis"]) == (1, 1, 2, 0)
    with duckdb.connect() as connection:
        project = connection.execute(
            f"SELECT title, stage, edition FROM '{tmp_path}/parquet/projects.parquet'"
        ).fetchone()
        movement = connection.execute(f"""SELECT amount, "on" FROM '{tmp_path}/parquet/movements.parquet'""").fetchone()
    assert project == (title, None, 1)
    assert movement == (Decimal("123.450000"), date(2017, 3, 15))


def test_what_is_no_package_has_no_tables(tmp_path: Path) -> None:
    with pytest.raises(NoPackage):
        list(written(tmp_path / "nothing.zip", tmp_path / "parquet"))
