"""What is said of one activity."""

from collections import Counter
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from services.portfolio.contract import Finding, Verdict
from services.portfolio.iati.codes import RULES
from services.portfolio.iati.dialect import IatiDialect

EACH = 20
"""How often one code is said of an activity; an activity may have thousands of transactions."""
RAW = 200
"""How much of what was read is repeated."""


class Notes:
    """The errors and warnings of one activity; what a code is, the table of codes says."""

    def __init__(self) -> None:
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self._said: Counter[str] = Counter()
        self._last: dict[str, Finding] = {}

    def say(self, code: str, field: str, raw: str | None, detail: str) -> None:
        """Add a finding at an element of the activity; after EACH of a code the last of them counts the others."""
        self._said[code] += 1
        if self._said[code] > EACH:
            last = self._last[code]
            last.detail = f"{detail} (and {self._said[code] - EACH} more of this kind)"
            return
        finding = Finding(field=field, code=code, raw=(raw or "")[:RAW], detail=detail)
        self._last[code] = finding
        (self.errors if RULES[code].severity == "error" else self.warnings).append(finding)

    def verdict(self) -> Verdict:
        """What becomes of the activity."""
        if self.errors:
            return "rejected"
        return "accepted_with_warnings" if self.warnings else "accepted"


@dataclass(frozen=True)
class Reading:
    """An activity that is being read: its element, how its codes are read, and what was said so far."""

    activity: Element
    dialect: IatiDialect
    notes: Notes
