"""The four processes: the only place where they are written."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process of Kepan: its application, its port in a container, and whom it asks."""

    name: str
    factory: str
    port: int
    needs: tuple[str, ...] = ()


PROCESSES = (
    Process("catalog", "services.catalog.app:create_app", 8101),
    Process("portfolio", "services.portfolio.app:create_app", 8102, ("catalog",)),
    Process("reporting", "services.reporting.app:create_app", 8103, ("catalog", "portfolio")),
    Process("gateway", "gateway.app:create_app", 8000, ("catalog", "portfolio", "reporting")),
)
BY_NAME = {process.name: process for process in PROCESSES}


def environment(process: Process, database_url: str, keys: Path, addresses: dict[str, str]) -> dict[str, str]:
    """The settings of a process. `addresses`: where each process answers."""
    prefix = process.name.upper()
    found = {
        f"{prefix}_DATABASE_URL": database_url,
        f"{prefix}_PUBLIC_KEYS": str(keys / "jwks.json"),
        f"{prefix}_SIGNING_KEY": str(keys / f"{process.name}.pem"),
    }
    return found | {f"{prefix}_{needed.upper()}_URL": addresses[needed] for needed in process.needs}
