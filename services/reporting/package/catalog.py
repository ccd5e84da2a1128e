"""The catalog as its journal tells it: editions, targets, observations, vocabularies, who answers for what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic_core import from_json

from services.catalog.contract import CrosswalkRow, Observation, PlanDocument
from services.reporting.rules.coverage import Target
from services.reporting.rules.restating import Editions
from services.reporting.rules.shape import Shape, shape
from services.shared.money import in_fen

TargetKey = tuple[str, int, str]
"""Node, year (0: the whole plan), sources with commas."""


@dataclass
class Catalog:
    """What the catalog's journal says of one plan, and of the vocabularies."""

    plan: str
    shapes: dict[int, Shape] = field(default_factory=dict)
    editions: list[Mapping[str, Any]] = field(default_factory=list)
    """What the entries of published editions hold, each with its position."""
    targets: dict[TargetKey, Mapping[str, Any]] = field(default_factory=dict)
    observations: list[Mapping[str, Any]] = field(default_factory=list)
    vocabularies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    responsibilities: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def told(cls, plan: str, lines: Iterable[bytes]) -> "Catalog":
        """The catalog that entries tell, in the order of their positions, from 1 on."""
        found = cls(plan)
        for position, line in enumerate(lines, 1):
            found.add(position, from_json(line))
        return found

    def add(self, position: int, body: Mapping[str, Any]) -> None:
        """Add an entry."""
        kind, after = body["kind"], body["after"]
        if kind in ("plan_published", "edition_published"):
            if after["plan"]["slug"] == self.plan:
                self.editions.append(after | {"known_from": position})
                self._add_edition(after)
        elif kind == "vocabulary_set":
            self.vocabularies[after["vocabulary"]["code"]] = after["vocabulary"]
        elif kind == "target_set":
            target = after["target"]
            if target["plan"] == self.plan:
                self.targets[_key(target)] = target
        elif kind == "observation_recorded":
            if after["observation"]["plan"] == self.plan:
                self.observations.append(after["observation"])
        elif kind == "responsibility_set" and after["responsibilities"]["plan"] == self.plan:
            self.responsibilities[after["responsibilities"]["node"]] = after["responsibilities"]

    def _add_edition(self, after: Mapping[str, Any]) -> None:
        number = after["edition"]
        effective = after.get("effective_from")
        self.shapes[number] = shape(
            PlanDocument.model_validate(after["plan"]),
            number,
            after.get("previous", number - 1 if number > 1 else None),
            date.fromisoformat(effective) if effective else None,
            tuple(CrosswalkRow.model_validate(row) for row in after.get("crosswalk", {}).get("rows", [])),
        )

    def known(self) -> Editions:
        """The plan's editions."""
        return Editions(self.shapes)

    def standing(self, on: date) -> list[Target]:
        """The targets that hold on a day, in the order in which reports read them."""
        found = []
        for (node, year, _), target in sorted(self.targets.items()):
            since, until = target.get("valid_from"), target.get("valid_to")
            if (since is None or date.fromisoformat(since) <= on) and (
                until is None or date.fromisoformat(until) >= on
            ):
                fen = in_fen(Decimal(target["amount"]))
                found.append(Target(node, year or None, frozenset(target["sources"]), fen, target["edition"]))
        return found

    def titles(self, vocabulary: str) -> dict[str, str]:
        """The titles of a vocabulary's terms."""
        return {term["code"]: term["title"] for term in self.vocabularies.get(vocabulary, {"terms": ()})["terms"]}

    def observed(self) -> list[Observation]:
        """The observations of the plan's indicators, by indicator in the order of entry."""
        held = sorted(self.observations, key=lambda one: (one["indicator"], one["serial"]))
        return [Observation.model_validate(one) for one in held]


def _key(target: Mapping[str, Any]) -> TargetKey:
    return target["node"], target["year"] or 0, ",".join(sorted(target["sources"]))
