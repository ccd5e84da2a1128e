"""The rows of a package's tables, as the journals tell them. Nothing is an empty cell."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import rfc8785

from services.reporting.package.catalog import Catalog
from services.reporting.package.entries import Told
from services.reporting.package.schema import (
    AGENCIES,
    BUDGET,
    CROSSWALKS,
    EDITIONS,
    INDICATORS,
    INSTALMENTS,
    KPIS,
    MOVEMENTS,
    NODES,
    OBSERVATIONS,
    PARTNERS,
    PERSONS,
    PROJECTS,
    RELATIONS,
    RESPONSIBILITIES,
    SHARES,
    STATES,
    TABLES,
    TARGETS,
    TERMS,
    Table,
)

Row = Sequence[Any]


def catalog_rows(catalog: Catalog) -> Iterator[tuple[Table, list[Row]]]:
    """The tables of the catalog with their rows."""
    for table, rows in _CATALOG_ROWS:
        yield table, sorted(rows(catalog), key=lambda row: sort_key(table, row))


def agency_rows(agencies: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """The rows of the agencies."""
    for _, agency in sorted(agencies.items()):
        yield [agency.get(name) for name in AGENCIES.names]


def project_rows(told: Told) -> Iterator[tuple[Table, Row]]:
    """The rows of a project, of each table in the order of its key."""
    wire, id = told.document, told.id
    yield PROJECTS, [wire.get(name) for name in PROJECTS.names[:-1]] + [told.known_from]
    for period, shares in enumerate(wire["shares"], 1):
        for place, share in enumerate(shares["tasks"], 1):
            yield (
                SHARES,
                [id, period, place, shares["valid_from"], wire["edition"], share["code"], share["weight"]],
            )
    for table, name in _LISTS:
        for place, line in enumerate(wire.get(name) or (), 1):
            yield table, [id, place, *(line.get(column) for column in table.names[2:])]
    for role in ("contact", "pi"):
        person = wire.get(role)
        if person:
            yield PERSONS, [id, role, *(person.get(column) for column in PERSONS.names[2:])]
    for position, movement in sorted(told.movements, key=lambda pair: (pair[0], pair[1]["id"])):
        yield MOVEMENTS, [id, position, *(movement.get(column) for column in MOVEMENTS.names[2:])]
    for position, relation in told.relations:
        yield RELATIONS, [id, position, *(relation.get(column) for column in RELATIONS.names[2:])]


_LISTS = (
    *((STATES, "states"), (BUDGET, "budget"), (INSTALMENTS, "instalments")),
    *((KPIS, "kpis"), (PARTNERS, "partners")),
)


def _editions(catalog: Catalog) -> Iterator[Row]:
    for after in catalog.editions:
        found = catalog.shapes[after["edition"]]
        yield [found.edition, after["plan"]["title"], found.previous, after.get("effective_from"), after["known_from"]]


def _nodes(catalog: Catalog) -> Iterator[Row]:
    for edition, found in catalog.shapes.items():
        for place, node in enumerate(found.plan.nodes, 1):
            wire = node.model_dump(mode="json")
            yield [edition, node.code, place, *(wire[column] for column in NODES.names[3:])]


def _crosswalks(catalog: Catalog) -> Iterator[Row]:
    for edition, found in catalog.shapes.items():
        for place, row in enumerate(found.crosswalk, 1):
            wire = row.model_dump(mode="json")
            yield [edition, place, *(wire[column] for column in CROSSWALKS.names[2:])]


def _targets(catalog: Catalog) -> Iterator[Row]:
    for (node, year, sources), target in catalog.targets.items():
        yield [node, year, sources, *(target.get(column) for column in TARGETS.names[3:])]


def _indicators(catalog: Catalog) -> Iterator[Row]:
    for edition, found in catalog.shapes.items():
        for indicator in found.plan.indicators:
            wire = indicator.model_dump(mode="json")
            yield [edition, *(wire[column] for column in INDICATORS.names[1:])]


def _observations(catalog: Catalog) -> Iterator[Row]:
    for wire in catalog.observations:
        yield [wire.get(column) for column in OBSERVATIONS.names]


def _terms(catalog: Catalog) -> Iterator[Row]:
    for code, vocabulary in catalog.vocabularies.items():
        for term in vocabulary["terms"]:
            yield [code, *(term.get(column) for column in TERMS.names[1:])]


def _responsibilities(catalog: Catalog) -> Iterator[Row]:
    for node, held in catalog.responsibilities.items():
        for place, one in enumerate(held["items"], 1):
            yield [node, place, *(one.get(column) for column in RESPONSIBILITIES.names[2:])]


_CATALOG_ROWS: tuple[tuple[Table, Callable[[Catalog], Iterator[Row]]], ...] = (
    *((EDITIONS, _editions), (NODES, _nodes), (CROSSWALKS, _crosswalks), (TARGETS, _targets)),
    *((INDICATORS, _indicators), (OBSERVATIONS, _observations), (TERMS, _terms)),
    (RESPONSIBILITIES, _responsibilities),
)


def sort_key(table: Table, row: Row) -> tuple[Any, ...]:
    """What rows of a table are in the order of."""
    places = [table.names.index(name) for name in table.key]
    return tuple(row[place] for place in places)


def cell(value: Any) -> str:
    """A value as its cell has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return rfc8785.dumps(value).decode() if value else ""
    return str(value)


class TableWriter:
    """Writes the files of all tables into a folder, row by row."""

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._writers = {}
        for table in TABLES:
            file = self._stack.enter_context((folder / table.file).open("w", encoding="utf-8", newline=""))
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(table.names)
            self._writers[table.name] = writer

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Write rows of a table."""
        # Most cells are text already: what is not is looked at.
        self._writers[table.name].writerows(
            [[value if type(value) is str else cell(value) for value in row] for row in rows]
        )

    def close(self) -> None:
        """Finish all files."""
        self._stack.close()


def write_tables(
    folder: Path, catalog: Catalog, agencies: Mapping[str, Mapping[str, Any]], told: Iterable[Told]
) -> None:
    """Write all tables into a folder, as the journals tell them."""
    writer = TableWriter(folder)
    try:
        for table, rows in catalog_rows(catalog):
            writer.add(table, rows)
        writer.add(AGENCIES, agency_rows(agencies))
        for one in told:
            for table, row in project_rows(one):
                writer.add(table, (row,))
    finally:
        writer.close()
