"""The canonical dump: what the journals were followed to, by business key, without generated ids and clock."""

import json
from collections.abc import AsyncIterator
from typing import Any, cast

from services.reporting.rules.cells import MEASURES
from services.shared.database import Connection

NOT_EMPTY = " OR ".join(f"{name} <> 0" for name in MEASURES)
ORDERED = {
    "progress": ("catalog, portfolio, catalog_recorded_at, portfolio_recorded_at", "1", "true"),
    "applied_moment": ("*", "journal, position", "true"),
    "plan": ("*", "slug, edition", "true"),
    "term": ("*", 'vocabulary COLLATE "C", code COLLATE "C", known_from', "true"),
    "observation": ("*", 'plan, indicator COLLATE "C", serial', "true"),
    "target": ("*", 'plan, node COLLATE "C", year, sources COLLATE "C", known_from', "true"),
    "agency": ("*", 'id COLLATE "C", known_from', "true"),
    "project_version": ("*", "id, known_from", "true"),
    "relation": ("*", 'project, other, kind COLLATE "C"', "true"),
    "alteration": ("*", "project, known_from", "true"),
    "movement": ("*", "project, id", "true"),
    "presence_fact": ("*", 'project, edition, task COLLATE "C", from_on, known_from', "true"),
    "money_fact": ("*", 'project, edition, movement, task COLLATE "C", from_on, known_from', "true"),
    "cell": (
        "*",
        'plan, edition, agency COLLATE "C", fund_class COLLATE "C", stage COLLATE "C", year, source COLLATE "C", grain,'
        ' period, node COLLATE "C"',
        f"{NOT_EMPTY} OR leads <> 0",
    ),
    "fine_cell": (
        "*",
        'plan, edition, year, source COLLATE "C", agency COLLATE "C", fund_class COLLATE "C", stage COLLATE "C",'
        ' on_day, node COLLATE "C"',
        NOT_EMPTY,
    ),
    "lead_span": (
        "*",
        'plan, edition, agency COLLATE "C", fund_class COLLATE "C", stage COLLATE "C", year, source COLLATE "C",'
        ' node COLLATE "C"',
        "days <> '{}'",
    ),
}
"""Columns, order and condition by table; cells that came to nothing are left out."""


async def dump(connection: Connection) -> AsyncIterator[str]:
    """One JSON line for each row; equal positions give equal lines, however they were reached."""
    for table, (columns, order, condition) in ORDERED.items():
        query = f"SELECT {columns} FROM {table} WHERE {condition} ORDER BY {order}"
        async with connection.cursor(f"dump_{table}") as cursor:
            await cursor.execute(cast(Any, query))
            async for row in cursor:
                yield json.dumps({"table": table} | row, ensure_ascii=False, default=str)
