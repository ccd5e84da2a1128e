"""Every SQL statement of catalog."""

from services.catalog.store.checking import CheckStore, Kept
from services.catalog.store.kept import KeptStore
from services.catalog.store.nodes import SEARCH, NodeStore, search_values
from services.catalog.store.plans import PlanStore
from services.shared.database import Connection

__all__ = ["SEARCH", "CatalogStore", "CheckStore", "Kept", "search_values"]


class CatalogStore(PlanStore, NodeStore, KeptStore):
    """Reads and writes within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
