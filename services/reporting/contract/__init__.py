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
    TooManySaved,
    UnknownFilterValue,
    UnknownPlanHere,
    UnknownRun,
    UnknownSavedReport,
)
from services.reporting.contract.saved import Cut, NewSavedReport, Notice, NoticeCode, SavedReport, SavedRun

__all__ = [
    "Applied",
    "Coverage",
    "Cut",
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
    "NewSavedReport",
    "NotYetKnown",
    "Note",
    "Notice",
    "NoticeCode",
    "Positions",
    "Report",
    "SavedReport",
    "SavedRun",
    "TooManySaved",
    "UnknownFilterValue",
    "UnknownPlanHere",
    "UnknownRun",
    "UnknownSavedReport",
    "Wire",
]
