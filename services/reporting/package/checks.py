"""What a verification finds: one check after the other, each with what is wrong and what is left open."""

from collections.abc import Iterable
from dataclasses import dataclass, field

MOST = 20
"""Of the problems of a check so many are named; of the rest the number."""


@dataclass
class Check:
    """One check of a package."""

    title: str
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What the reader has to know although nothing is wrong."""
    more: int = 0
    """Problems beyond those named."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def wrong(self, problem: str) -> None:
        """Note what is wrong."""
        if len(self.problems) < MOST:
            self.problems.append(problem)
        else:
            self.more += 1

    def all_wrong(self, problems: Iterable[str]) -> None:
        """Note everything that is wrong."""
        for problem in problems:
            self.wrong(problem)
