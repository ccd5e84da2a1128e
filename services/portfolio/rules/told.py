"""What the journal tells of a project, entry by entry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.portfolio.rules.people import PERSONAL, PERSONS

Said = tuple[dict[str, Any], int | None]
"""What was said, and the position of the entry that said it."""


@dataclass
class Told:
    """A project as its entries up to one leave it, with what belongs to it."""

    project: dict[str, Any] | None = None
    position: int | None = None
    serial: int = 0
    movements: dict[str, Said] = field(default_factory=dict)
    relations: dict[str, Said] = field(default_factory=dict)
    requests: dict[int, Said] = field(default_factory=dict)

    def hear(self, body: str, position: int | None) -> bool:
        """Take the next entry in; False where its before is not what the entries up to it had made."""
        entry = json.loads(body)
        before, after = entry["before"], entry["after"]
        agrees = before is None or before["project"] == self.project
        self.serial = entry["serial"]
        if entry["kind"] == "person_erased":
            self.project, self.position = self.project and without_values(self.project), position
        elif "project" in after:
            self.project, self.position = after["project"], position
        for movement in [*after.get("posted", ()), *(each for each in [after.get("movement")] if each)]:
            self.movements[movement["id"]] = movement, position
        if after.get("relation"):
            self.relations[after["relation"]["other"]] = after["relation"], position
        if after.get("request"):
            self.requests[after["request"]["number"]] = after["request"], position
        return agrees


def without_values(project: Mapping[str, Any]) -> dict[str, Any]:
    """A project in an entry as the erasure of its personal values leaves it, one version later."""
    after = dict(project) | {"version": project["version"] + 1}
    hashes = {f"{name}_hash" for name in PERSONAL}
    for name in PERSONS:
        if after.get(name):
            after[name] = {key: value for key, value in after[name].items() if key not in hashes}
    return after
