"""What every report states about itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.reporting.contract import Denominators
from services.reporting.rules.facts import COUNTED_STATES
from services.reporting.rules.shape import Shape


@dataclass(frozen=True)
class Head:
    """What a report is about, besides its plan; `filters` are those of the wire."""

    as_of: date
    recorded_at: datetime | None
    positions: Mapping[str, int]
    filters: Mapping[str, Any]
    denominator: str = "tasks"

    def of(self, plan: Shape) -> dict[str, Any]:
        """The head as the wire model Report has it."""
        sizes = {name: len(plan.denominator(name)) for name in Denominators.model_fields}
        return {
            "plan": plan.plan.slug,
            "as_of": self.as_of.isoformat(),
            "recorded_at": self.recorded_at and self.recorded_at.isoformat().replace("+00:00", "Z"),
            "positions": dict(self.positions),
            "edition": plan.edition,
            "unit": plan.plan.currency,
            "denominator": {"name": self.denominator, "value": sizes[self.denominator]},
            "denominators": sizes,
            "counted_states": list(COUNTED_STATES),
            "covering_weight": f"{plan.plan.settings.covering_weight.normalize():f}",
            "filters": dict(self.filters),
        }


def filters(
    level: str,
    agency: str | None = None,
    district: str | None = None,
    fund_class: str | None = None,
    stage: str | None = None,
    years: tuple[int, ...] = (),
    sources: tuple[str, ...] = (),
    scope: str | None = None,
) -> dict[str, Any]:
    """What a report was narrowed to, as the wire model Filters has it; `scope` is the agency that its reader is bound
    to."""
    return {
        "level": level,
        "year": list(years),
        "agency": agency,
        "district": district,
        "fund_class": fund_class,
        "source": list(sources),
        "stage": stage,
        "scope": scope,
    }
