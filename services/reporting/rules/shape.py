"""The shape of a plan: its tree, what carries shares, what a rate of coverage is a part of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from pydantic import TypeAdapter

from services.catalog.contract import CrosswalkRow, NodeDocument, PlanDocument, carrying_nodes

ROOT = "*"
"""The plan as a whole, above its top nodes."""
NOT_COUNTED = ""
"""Where money of projects that are not counted stands."""
RESTATED = "|"
"""Where the whole money of counted projects that are registered against another edition stands a second time, to say
how much was restated."""
LATER_EDITION, EARLIER_EDITION = "later_edition", "earlier_edition"
"""Where stands what has no home in the edition of a report: see restating."""
HOMELESS = (LATER_EDITION, EARLIER_EDITION)
OUTSIDE = (NOT_COUNTED, RESTATED)
"""What is part of no total."""
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
    previous: int | None = None
    """The edition that it follows."""
    effective_from: date | None = None
    """The day from which it is the plan; the first edition is from the beginning."""
    crosswalk: tuple[CrosswalkRow, ...] = ()
    """How the tasks of the previous edition go over into its own."""
    _values: dict[frozenset[str], dict[str, int]] = field(default_factory=dict)
    _below: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    _lines: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def parent(self, code: str) -> str:
        """The node above; the root for top nodes and for codes that this edition does not have."""
        node = self.nodes.get(code)
        return node.parent or ROOT if node else ROOT

    def line(self, code: str) -> Sequence[str]:
        """The node and all above it, up to the root."""
        known = self._lines.get(code)
        if known is None:
            line = [code]
            while line[-1] != ROOT:
                line.append(self.parent(line[-1]))
            known = tuple(line)
            if code in self.nodes:
                self._lines[code] = known
        return known

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

    def tasks_below(self, denominator: str) -> Mapping[str, Sequence[str]]:
        """For every node, which of the tasks of a denominator lie in its subtree."""
        known = self._below.get(denominator)
        if known is None:
            known = {code: [] for code in (*self.nodes, ROOT)}
            for task in self.denominator(denominator):
                for above in self.line(task):
                    known[above].append(task)
            self._below[denominator] = known
        return known

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


def shape(
    plan: PlanDocument,
    edition: int,
    previous: int | None = None,
    effective_from: date | None = None,
    crosswalk: tuple[CrosswalkRow, ...] = (),
) -> Shape:
    """The shape of an edition."""
    return Shape(
        plan=plan,
        edition=edition,
        nodes={node.code: node for node in plan.nodes},
        order={node.code: place for place, node in enumerate(plan.nodes)},
        carrying=tuple(carrying_nodes(plan.levels, plan.nodes)),
        theta=int(plan.settings.covering_weight * WEIGHT_UNIT),
        previous=previous,
        effective_from=effective_from,
        crosswalk=crosswalk,
    )


_ROWS = TypeAdapter(tuple[CrosswalkRow, ...])


@lru_cache(maxsize=64)
def shape_of(document: str, edition: int, previous: int | None, effective_from: date | None, crosswalk: str) -> Shape:
    """The shape of an edition from the JSON texts of its plan and its crosswalk's rows."""
    plan = PlanDocument.model_validate_json(document)
    return shape(plan, edition, previous, effective_from, _ROWS.validate_json(crosswalk))
