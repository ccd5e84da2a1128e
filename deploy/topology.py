"""The four processes: the only place where they are written."""

from dataclasses import dataclass
from pathlib import Path

from deploy.keys import NOTE_KEYS


@dataclass(frozen=True)
class Process:
    """A process of Kepan: its application, its port in a container, whom it asks, whether it keeps a journal."""

    name: str
    factory: str
    port: int
    needs: tuple[str, ...] = ()
    journal: bool = False


PROCESSES = (
    Process("catalog", "services.catalog.app:create_app", 8101, journal=True),
    Process("portfolio", "services.portfolio.app:create_app", 8102, ("catalog",), journal=True),
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
    if process.journal:
        found[f"{prefix}_LOG_KEY"] = str(keys / f"{process.name}-log.key")
    if process.name == "reporting":
        found[f"{prefix}_SNAPSHOT_KEY"] = str(keys / NOTE_KEYS["snapshots"])
    if process.name in ("gateway", "reporting"):
        found[f"{prefix}_LOG_KEYS"] = str(keys / "log-keys.txt")
    return found | {f"{prefix}_{needed.upper()}_URL": addresses[needed] for needed in process.needs}
