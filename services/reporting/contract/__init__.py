"""What reporting says on the wire: reports, positions, and the errors it raises."""

from services.reporting.contract.common import (
    Applied,
    Denominator,
    Denominators,
    Filters,
    NamedValue,
    Note,
    Positions,
    Report,
    Wire,
)
from services.reporting.contract.coverage import (
    Coverage,
    Figures,
    Gap,
    GapItem,
    GapKind,
    Gaps,
    Item,
)
from services.reporting.contract.errors import (
    NotYetKnown,
    UnknownFilterValue,
    UnknownPlanHere,
)

__all__ = [
    "Applied",
    "Coverage",
    "Denominator",
    "Denominators",
    "Figures",
    "Filters",
    "Gap",
    "GapItem",
    "GapKind",
    "Gaps",
    "Item",
    "NamedValue",
    "NotYetKnown",
    "Note",
    "Positions",
    "Report",
    "UnknownFilterValue",
    "UnknownPlanHere",
    "Wire",
]
