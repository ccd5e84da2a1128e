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
from services.reporting.contract.compare import Comparison
from services.reporting.contract.coverage import (
    Coverage,
    Figures,
    Gap,
    GapItem,
    GapKind,
    Gaps,
    Item,
)
from services.reporting.contract.cuts import CutFigure, Flows, Matrix, MoneyFigure, Trend, TrendBy
from services.reporting.contract.errors import (
    GapNotApplicable,
    NotYetKnown,
    TooManySaved,
    UnknownFilterValue,
    UnknownLine,
    UnknownPlanHere,
    UnknownRun,
    UnknownSavedReport,
)
from services.reporting.contract.explain import ExplainedFigure, Explanation
from services.reporting.contract.saved import Cut, NewSavedReport, Notice, NoticeCode, SavedReport, SavedRun

__all__ = [
    "Applied",
    "Comparison",
    "Coverage",
    "Cut",
    "CutFigure",
    "Denominator",
    "Denominators",
    "ExplainedFigure",
    "Explanation",
    "Figures",
    "Filters",
    "Flows",
    "Gap",
    "GapItem",
    "GapKind",
    "GapNotApplicable",
    "Gaps",
    "Item",
    "Matrix",
    "MoneyFigure",
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
    "Trend",
    "TrendBy",
    "UnknownFilterValue",
    "UnknownLine",
    "UnknownPlanHere",
    "UnknownRun",
    "UnknownSavedReport",
    "Wire",
]
