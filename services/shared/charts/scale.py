"""From values to places on an axis, and the round values that an axis is marked with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ROUND = (1, 2, 5)


@dataclass(frozen=True)
class Scale:
    """Whole values from `low` to `high`, laid out from `start` over `length` units of the drawing."""

    low: int
    high: int
    start: float
    length: float

    def __call__(self, value: int) -> float:
        return self.start + self.length * ((value - self.low) / (self.high - self.low))


def step_for(span: int, most: int) -> int:
    """The least of 1, 2, 5, 10, … that divides a span into at most so many steps."""
    size = 1
    while True:
        for factor in _ROUND:
            if span <= factor * size * most:
                return factor * size
        size *= 10


def ticks(low: int, high: int, most: int = 5) -> list[int]:
    """Round values whose first and last enclose `low`, `high` and zero."""
    low, high = min(low, 0), max(high, 0)
    step = step_for(max(high - low, 1), most)
    return [step * at for at in range(low // step, max(-(-high // step), low // step + 1) + 1)]


def round_up(value: int) -> int:
    """The least of 1, 2, 5, 10, … that is not below a positive value."""
    return step_for(value, 1)


def bounds(values: Iterable[int], classes: int) -> tuple[int, ...]:
    """Round upper bounds of classes that hold about as many of the positive values each; the last class is open."""
    found = sorted(value for value in values if value > 0)
    if not found:
        return ()
    cuts: Sequence[int] = [found[(len(found) - 1) * at // classes] for at in range(1, classes)]
    highest = found[-1]
    return tuple(sorted({bound for bound in map(round_up, cuts) if bound < highest}))
