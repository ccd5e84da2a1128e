"""Restating: how what was registered against one edition of a plan stands in another.

A crosswalk says which parts of a task go where; several of them between two editions are one mapping, composed. Parts
are exact fractions, and money is split once, by share × part. What has no home in the edition of the report stands in
one line of its own, inside the totals: `later_edition` where the edition is the earlier one (nothing there came before
it), `earlier_edition` where it is the later one (the task was retired without a successor).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from math import lcm

from services.catalog.contract import backward, composed, forward
from services.reporting.rules.coverage import Target
from services.reporting.rules.facts import Project, Segment
from services.reporting.rules.shape import EARLIER_EDITION, LATER_EDITION, Shape
from services.shared.money import split

WHOLE = Fraction(1)

Parts = Mapping[str, Mapping[str | None, Fraction]]
"""By task of one edition the parts, adding up to 1, that stand at each task of another; None: at no task."""


class Editions:
    """The editions of one plan, each of which follows another one."""

    def __init__(self, shapes: Mapping[int, Shape]) -> None:
        self.shapes = dict(sorted(shapes.items()))
        self._between = cache(self._composed)

    def in_force(self, on: date) -> Shape:
        """The edition that is the plan on a day; the first one before any."""
        begun = [s for s in self.shapes.values() if s.effective_from is None or s.effective_from <= on]
        return begun[-1] if begun else next(iter(self.shapes.values()))

    def between(self, registered: int, reported: int) -> Parts | None:
        """By task of one edition the parts that stand at each task of another; None where they are the same edition."""
        return None if registered == reported else self._between(registered, reported)

    def _composed(self, registered: int, reported: int) -> Parts:
        later, earlier = max(registered, reported), min(registered, reported)
        steps = []
        while later > earlier:
            steps.append(self.shapes[later])
            previous = self.shapes[later].previous
            assert previous is not None and previous in self.shapes, "every edition but the first follows another one"
            later = previous
        maps: list[Parts] = []
        for step in steps if reported == earlier else reversed(steps):
            before = self.shapes[step.previous or 0]
            if reported == earlier:
                maps.append(backward(step.crosswalk, step.carrying) if step.crosswalk else _same(step, before))
            else:
                maps.append(forward(step.crosswalk) if step.crosswalk else _same(before, step))
        found = maps[0]
        for more in maps[1:]:
            found = composed(found, more)
        return found


def _same(of: Shape, to: Shape) -> Parts:
    """Where no crosswalk was stated: a task goes to the one with its code."""
    return {code: {code if code in to.order else None: WHOLE} for code in of.carrying}


def view(project: Project, editions: Editions, reported: int) -> Project:
    """A project as the reports of an edition have it: in its tasks, money split once by share × part."""
    mapping = editions.between(project.edition, reported)
    if mapping is None:
        return project
    homeless = LATER_EDITION if project.edition > reported else EARLIER_EDITION
    shape = editions.shapes[reported]
    segments = tuple(_restated(segment, mapping, shape, homeless) for segment in project.segments)
    return project._replace(cut=project.cut._replace(edition=reported), segments=segments)


def _restated(segment: Segment, mapping: Parts, to: Shape, homeless: str) -> Segment:
    parts: dict[str, Fraction] = {}
    for task, weight in zip(segment.tasks, segment.weights, strict=True):
        for code, part in mapping.get(task, {None: WHOLE}).items():
            home = homeless if code is None else code
            parts[home] = parts.get(home, Fraction(0)) + weight * part
    codes = sorted(parts, key=lambda code: (to.order.get(code, len(to.order)), code))
    scale = lcm(*(part.denominator for part in parts.values()))
    return Segment(
        segment.from_on,
        segment.until_on,
        tuple(codes),
        parts=tuple(int(parts[code] * scale) for code in codes),
        weights=tuple(int(parts[code]) for code in codes),
    )


def restated_targets(targets: Iterable[Target], editions: Editions, reported: int) -> list[Target]:
    """The targets of a plan as they stand in an edition: what a task is meant to be given is split over those that came
    from it. A target of a task without a home there is a target of no task, and left out."""
    found = []
    shape = editions.shapes[reported]
    for target in targets:
        mapping = editions.between(target.edition, reported) if target.edition in editions.shapes else None
        parts: Mapping[str | None, Fraction] = {target.node: WHOLE}
        if mapping is not None:
            parts = mapping.get(target.node, {None: WHOLE})
        homes = sorted(parts, key=lambda code: len(shape.order) if code is None else shape.order[code])
        scale = lcm(*(parts[code].denominator for code in homes))
        for code, fen in zip(homes, split(target.fen, [int(parts[code] * scale) for code in homes]), strict=True):
            if code is not None:
                found.append(target._replace(node=code, fen=fen, edition=reported))
    return found
