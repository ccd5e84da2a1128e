"""The shape of a plan: its tree, what carries shares, what a rate of coverage is a part of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from services.catalog.contract import NodeDocument, PlanDocument, carrying_nodes

ROOT = "*"
"""The plan as a whole, above its top nodes."""
NOT_COUNTED = ""
"""Where money of projects that are not counted stands."""
WEIGHT_UNIT = 1_000_000
"""Weights are whole millionths of a percent."""


@dataclass(frozen=True, eq=False)
class Shape:
    """An edition of a plan, as far as sums need it."""

    plan: PlanDocument
    edition: int
    nodes: dict[str, NodeDocument]
    order: dict[str, int]
    carrying: tuple[str, ...]
    theta: int
    _values: dict[frozenset[str], dict[str, int]] = field(default_factory=dict)

    def parent(self, code: str) -> str:
        """The node above; the root for top nodes and for codes that this edition does not have."""
        node = self.nodes.get(code)
        return node.parent or ROOT if node else ROOT

    def line(self, code: str) -> list[str]:
        """The node and all above it, up to the root."""
        line = [code]
        while line[-1] != ROOT:
            line.append(self.parent(line[-1]))
        return line

    def values(self, tasks: frozenset[str]) -> dict[str, int]:
        """What one project adds at each node, so that the sum below any node is 1 where the project is, 0 elsewhere."""
        known = self._values.get(tasks)
        if known is None:
            touched = {code for task in tasks for code in self.line(task)}
            found = dict.fromkeys(touched, 1)
            for code in touched:
                if code != ROOT:
                    found[self.parent(code)] -= 1
            known = {code: value for code, value in found.items() if value}
            if len(self._values) > 50_000:
                self._values.clear()
            self._values[tasks] = known
        return known

    def below(self, own: Mapping[str, int]) -> dict[str, int]:
        """Sums over the subtree of every node, from what stands at each node itself."""
        sums = dict.fromkeys((*self.nodes, ROOT), 0)
        for code, value in own.items():
            for above in self.line(code):
                sums[above] = sums.get(above, 0) + value
        return sums

    def tasks_below(self, tasks: Iterable[str]) -> dict[str, list[str]]:
        """For every node, which of these tasks lie in its subtree."""
        found: dict[str, list[str]] = {code: [] for code in (*self.nodes, ROOT)}
        for task in tasks:
            for above in self.line(task):
                found[above].append(task)
        return found

    def first_carrying_level(self) -> str:
        """The level of the plan's tasks."""
        return next((level.code for level in self.plan.levels if level.carries_shares), self.plan.levels[-1].code)

    def denominator(self, name: str) -> tuple[str, ...]:
        """The tasks that a rate of coverage is a part of."""
        first = self.first_carrying_level()
        if name == "tasks":
            return tuple(code for code in self.carrying if self.nodes[code].level == first)
        if name == "fundable":
            return tuple(code for code in self.carrying if self.nodes[code].fundable)
        return self.carrying


def shape(plan: PlanDocument, edition: int) -> Shape:
    """The shape of an edition."""
    return Shape(
        plan=plan,
        edition=edition,
        nodes={node.code: node for node in plan.nodes},
        order={node.code: place for place, node in enumerate(plan.nodes)},
        carrying=tuple(carrying_nodes(plan.levels, plan.nodes)),
        theta=int(plan.settings.covering_weight * WEIGHT_UNIT),
    )


@lru_cache(maxsize=64)
def shape_of(document: str, edition: int) -> Shape:
    """The shape of an edition from the JSON text of its plan."""
    return shape(PlanDocument.model_validate_json(document), edition)
