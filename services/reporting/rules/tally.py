"""What cases add up to: how they end, how they are paid, what they reach, how well they are registered (DOMAIN 2.6)."""

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from services.portfolio.contract import NEEDED_TO_SUBMIT
from services.reporting.rules.cases import RUNNING, Case
from services.shared.money import from_fen

ALL = Fraction(1)
NOTHING = Fraction(0)
MILLION = 1_000_000
CHECKED_SCHEME = "cn-uscc:"
"""Identifiers of this scheme are checked when an agency is registered."""


@dataclass
class Registered:
    """How well the projects of an agency, or of all, are registered."""

    projects: int = 0
    filled: int = 0
    asked: int = 0
    valid_uscc: int = 0
    stale: int = 0

    def add(self, case: Case, stale_until: int) -> None:
        """Add a project; it is stale where nothing was entered after a position and it is not closed."""
        self.projects += 1
        self.asked += len(NEEDED_TO_SUBMIT)
        self.filled += sum(case.wire.get(name) not in (None, "", []) for name in NEEDED_TO_SUBMIT)
        self.valid_uscc += case.lead.startswith(CHECKED_SCHEME)
        self.stale += case.touched <= stale_until and case.state != "closed"


@dataclass
class Tally:
    """Numbers of projects, and amounts in fen."""

    contracted: int = 0
    terminated: int = 0
    altered: int = 0
    due: int = 0
    """Projects whose acceptance is due and that were not terminated."""
    in_time: int = 0
    overdue: int = 0
    measured: int = 0
    """Projects in acceptance or later that have performance targets."""
    reached: int = 0
    """What they reached together, a million for each that reached all."""
    instalments_due: int = 0
    received_in_time: int = 0
    disbursed_to_plan: int = 0
    by_leader: Counter[str] = field(default_factory=Counter)
    registered: Registered = field(default_factory=Registered)
    by_agency: dict[str, Registered] = field(default_factory=dict)

    def add(self, case: Case, stale_until: int, committed: int) -> None:
        """Add a project, with what is committed to it under the filters of the report."""
        for registered in (self.registered, self.by_agency.setdefault(case.lead, Registered())):
            registered.add(case, stale_until)
        if case.revoked:
            return
        if case.counted:
            self._add_money(case)
            if case.leader:
                self.by_leader[case.leader] += committed
        if case.contracted_on is None:
            return
        self.contracted += 1
        self.altered += bool(case.alterations)
        terminated = case.since("terminated") is not None
        self.terminated += terminated
        if not terminated and case.due is not None and case.due < case.day:
            accepted = case.since("accepted")
            self.due += 1
            self.in_time += accepted is not None and accepted <= case.due
            self.overdue += case.state in RUNNING
        if case.judged and case.wire.get("kpis"):
            self.measured += 1
            self.reached += int(MILLION * completion(case.wire["kpis"]))

    def _add_money(self, case: Case) -> None:
        """First in, first out: what came by an instalment's day beyond the instalments before it was in time."""
        sources = {part["source"] for part in case.wire.get("instalments") or ()}
        before = 0
        for on, fen in case.instalments:
            if on <= case.day:
                came = case.sum("receipt", sources, until=on) - before
                self.received_in_time += max(0, min(came, fen))
                self.instalments_due += fen
                before += fen
        if before:
            self.disbursed_to_plan += case.sum("disbursement", sources)


OF_PROJECTS: Mapping[str, tuple[str, str]] = {
    "receipt_in_time": ("received_in_time", "instalments_due"),
    "disbursement_to_plan": ("disbursed_to_plan", "instalments_due"),
    "acceptance_in_time": ("in_time", "due"),
    "overdue_rate": ("overdue", "due"),
    "change_rate": ("altered", "contracted"),
    "termination_rate": ("terminated", "contracted"),
    "kpi_completion": ("reached", "measured"),
}
"""By rate of whole projects what its numerator and its denominator are the sums of."""
OF_MONEY = ("receipt_in_time", "disbursement_to_plan")


class Part(NamedTuple):
    """What a project adds to the numerator and the denominator of a rate: numbers, fen, or millionths of a target."""

    numerator: int
    denominator: int

    def wire(self, rate: str) -> dict[str, str]:
        """Both as the wire has them."""
        if rate in OF_MONEY:
            return {"numerator": from_fen(self.numerator), "denominator": from_fen(self.denominator)}
        if rate == "kpi_completion":
            whole, rest = divmod(self.numerator, MILLION)
            return {"numerator": f"{whole}.{rest:06}", "denominator": str(self.denominator)}
        return {"numerator": str(self.numerator), "denominator": str(self.denominator)}


def part_of(rate: str, case: Case) -> Part:
    """What a case adds to a rate of whole projects."""
    tally = Tally()
    tally.add(case, stale_until=0, committed=0)
    numerator, denominator = OF_PROJECTS[rate]
    return Part(getattr(tally, numerator), getattr(tally, denominator))


def stale_since(moment: datetime, months: int) -> datetime:
    """The first moment of the same day months before, of a shorter month its last day: who has no entry after it is
    stale."""
    total = moment.year * 12 + moment.month - 1 - months
    if total < 12:
        return datetime.min.replace(tzinfo=UTC)
    year, month = divmod(total, 12)
    return datetime(year, month + 1, min(moment.day, monthrange(year, month + 1)[1]), tzinfo=UTC)


def completion(kpis: list[Mapping[str, Any]]) -> Fraction:
    """What a project reached of its performance targets, from 0 to 1: all of them weigh the same, as none has a weight
    of its own; one without an actual value reached nothing."""
    return sum((_reached(kpi) for kpi in kpis), NOTHING) / len(kpis)


def _reached(kpi: Mapping[str, Any]) -> Fraction:
    if kpi.get("actual") is None:
        return NOTHING
    target, actual = Fraction(Decimal(kpi["target"])), Fraction(Decimal(kpi["actual"]))
    comparator = kpi.get("comparator", "at_least")
    if comparator == "equal":
        return ALL if actual == target else NOTHING
    if (actual >= target) if comparator == "at_least" else (actual <= target):
        return ALL
    part, whole = (actual, target) if comparator == "at_least" else (target, actual)
    return max(NOTHING, part / whole) if whole > 0 else NOTHING
