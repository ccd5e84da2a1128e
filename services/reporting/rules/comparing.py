"""Comparing two moments: what a project adds to the difference, and the entries that made it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from services.reporting.rules.cells import MONEY
from services.reporting.rules.facts import KINDS
from services.shared.money import from_fen, in_fen

FIGURES = ("projects", "covered_tasks", *MONEY)
"""That are compared for the plan and every node."""
ABSENT: Mapping[str, Any] = dict.fromkeys(MONEY, "0.00") | {"projects": 0, "covered_tasks": 0, "covered": False}
"""A line that one side does not have."""


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The figures of both sides, and the later less the earlier ones."""
    difference = {
        name: from_fen(in_fen(Decimal(after[name])) - in_fen(Decimal(before[name])))
        if name in MONEY
        else after[name] - before[name]
        for name in FIGURES
    }
    return {
        "before": {name: before[name] for name in FIGURES},
        "after": {name: after[name] for name in FIGURES},
        "difference": difference,
    }


@dataclass
class Move:
    """How a project differs, by task and as a whole."""

    money: dict[str, list[int]] = field(default_factory=dict)
    """By task the five sums, later less earlier."""
    stands: dict[str, list[bool]] = field(default_factory=dict)
    """By task whether it stands there: earlier, later."""
    positions: set[int] = field(default_factory=set)

    def differs(self) -> bool:
        """Whether anything is left after what came and went is netted."""
        moved = any(earlier != later for earlier, later in self.stands.values())
        return moved or any(any(sums) for sums in self.money.values())

    def whole(self) -> dict[str, Any]:
        """The difference of the project as the wire has it."""
        sums = [sum(places) for places in zip(*self.money.values(), strict=True)] or [0] * len(MONEY)
        earlier, later = (any(side) for side in zip(*self.stands.values(), strict=True)) if self.stands else (0, 0)
        return _difference(int(later) - int(earlier), sums)

    def tasks(self, order: Mapping[str, int]) -> list[dict[str, Any]]:
        """The differences of its tasks, those without any left out."""
        found = []
        for task in sorted(
            self.money.keys() | self.stands.keys(), key=lambda code: (order.get(code, len(order)), code)
        ):
            earlier, later = self.stands.get(task, (False, False))
            sums = self.money.get(task, [0] * len(MONEY))
            if earlier != later or any(sums):
                found.append({"task": task} | _difference(int(later) - int(earlier), sums))
        return found


def _difference(projects: int, sums: Sequence[int]) -> dict[str, Any]:
    return {"projects": projects} | {name: from_fen(fen) for name, fen in zip(MONEY, sums, strict=True)}


def moves(
    money: Iterable[Mapping[str, Any]], presence: Iterable[Mapping[str, Any]], positions: tuple[int, int]
) -> dict[str, Move]:
    """By project how it differs, from the money that holds on one side only and from where it stands on either."""
    found: dict[str, Move] = {}
    for row in money:
        move = found.setdefault(str(row["project"]), Move())
        sums = move.money.setdefault(row["task"], [0] * len(MONEY))
        sums[KINDS.index(row["kind"])] += row["fen"] if row["later"] else -row["fen"]
        move.positions.add(made_by(row, positions))
    for row in presence:
        move = found.setdefault(str(row["project"]), Move())
        held = move.stands.setdefault(row["task"], [False, False])
        held[0] |= row["earlier"]
        held[1] |= row["later"]
        if row["earlier"] != row["later"]:
            move.positions.add(made_by(row, positions))
    return found


def made_by(fact: Mapping[str, Any], positions: tuple[int, int]) -> int:
    """The entry that makes a fact hold on one side only: the one between the two positions by which it came to be known
    or ceased to be; if there is none, the days make the difference, and the fact's own entry says what happens on them.
    """
    low, high = min(positions), max(positions)
    if low < fact["known_until"] <= high:
        return int(fact["known_until"])
    return int(fact["known_from"])
