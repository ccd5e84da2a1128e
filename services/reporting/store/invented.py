"""Whether what a report shows is invented: a look-up by index."""

from collections.abc import Collection
from typing import Any

from services.shared.database import Connection, one, rows

INVENTED_AGENCIES = "local:DEMO-"
"""How the ids of the demonstration's agencies begin."""
MOST_INVENTED = 100
"""Ids that are looked at, whatever follows them in the order of the database."""


class InventedStore:
    """Reads of one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def has_invented(self, plan: str, editions: Collection[int], catalog: int, portfolio: int) -> bool:
        """Whether targets or projects of the demonstration are known in a plan at the two positions.

        The targets of a plan are as many as its nodes; agencies are looked up by the order of their ids and projects
        by their lead, so that nothing grows with the portfolio.
        """
        known: dict[str, Any] = {"plan": plan, "position": catalog}
        if await one(self._connection, INVENTED_TARGET, known) is not None:
            return True
        near = await rows(self._connection, NEAR, {"prefix": INVENTED_AGENCIES, "most": MOST_INVENTED})
        leads = [row["id"] for row in near if row["id"].startswith(INVENTED_AGENCIES) and _says(row["name"])]
        known = {"plan": plan, "position": portfolio, "editions": sorted(editions), "leads": leads}
        return bool(leads) and await one(self._connection, LED, known) is not None


def _says(name: str) -> bool:
    """Whether an agency's name says that it is invented."""
    return name.endswith("（演示）")


INVENTED_TARGET = (
    "SELECT 1 AS found FROM target WHERE plan = %(plan)s AND source_document LIKE '演示%%'"
    " AND known_from <= %(position)s AND known_until > %(position)s LIMIT 1"
)
NEAR = "SELECT id, name FROM agency WHERE id >= %(prefix)s ORDER BY id LIMIT %(most)s"
# Lead by lead, so that each is looked up in the index whatever the statistics say.
LED = (
    "SELECT 1 AS found FROM unnest(%(leads)s::text[]) AS lead (id) CROSS JOIN LATERAL ("
    "SELECT 1 FROM presence_fact WHERE plan = %(plan)s AND edition = ANY(%(editions)s) AND agency = lead.id"
    " AND known_from <= %(position)s AND known_until > %(position)s LIMIT 1) AS held LIMIT 1"
)
