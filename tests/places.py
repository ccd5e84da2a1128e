"""What PostgreSQL puts outside of a test's folder, where a folder above can not be searched by PostgreSQL's user."""

import shutil
from pathlib import Path

from deploy.postgres import PLACES


def erase_places(folder: Path) -> None:
    """Erase the data that homes below a folder recorded elsewhere."""
    for recorded in folder.rglob("data-directory"):
        place = Path(recorded.read_text().strip())
        if place.is_relative_to(PLACES):
            shutil.rmtree(place, ignore_errors=True)
