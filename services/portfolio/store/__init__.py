"""Every SQL statement of portfolio."""

from services.portfolio.store.checking import CheckStore
from services.portfolio.store.imports import ImportStore
from services.portfolio.store.registry import PortfolioStore

__all__ = ["CheckStore", "ImportStore", "PortfolioStore"]
