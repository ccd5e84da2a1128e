"""How the figures of each report are found (DOMAIN 2.6): said in its notes and in the description of its interface."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from services.reporting.rules.notes import note

_MONEY = "金额 = Σ 计入项目的流水 × 任务权重，逐笔按最大余数法分到分，各任务之和恰为流水金额"
_PROJECTS = "项目数 = 不重复的项目；上级不是下级之和"
_GAP = "缺口 = Σ max(0, 目标 − 同年度同来源的合同金额)，缺口率 = 缺口 ÷ 目标，超出不抵缺口"
_COUNTED = "计入的项目 = 截至当日处于计入状态的已发布项目；撤销的不计，终止的计到终止之日"
FORMULAS: Mapping[str, tuple[str, ...]] = {
    "coverage": (
        _COUNTED,
        "覆盖率 = 至少有一个项目以不低于覆盖权重支持的任务数 ÷ 分母任务数",
        _MONEY,
        _PROJECTS,
        _GAP,
        "到位率 = 到位 ÷ 合同金额，拨付占比 = 拨付 ÷ 合同金额，支出率 = 支出 ÷ 到位",
        "拨付占比计各来源合计；拨付率只计财政资金，见汇总",
    ),
    "gaps": (
        _GAP,
        "无目标值的任务：占比 = 合同金额 ÷ 全部合同金额，对照本章各任务占比的中位数",
    ),
    "matrix": (_MONEY, _PROJECTS),
    "trend": (_MONEY, "累计 = 截至期末之数，本期 = 累计之差；按预算年度的，本期 = 属于该年度的部分"),
    "flows": (_MONEY, "来源 → 专项类别 → 章，每一层之和恰为合计"),
    "compare": ("变动 = 后 − 前；各项目变动之和恰为合计的变动",),
    "explain": (_MONEY, "各部分之和恰为该数"),
    "summary": ("各项比率的公式见各行；分母为零的为 —",),
    "exceptions": ("各项核查的口径与限值见各行",),
    "indicators": ("进度 = (最新值 − 基期值) ÷ (目标值 − 基期值)",),
}
"""By report."""
Route = TypeVar("Route", bound=Callable[..., Any])


def formula_notes(report: str) -> list[dict[str, Any]]:
    """The formulas of a report as notes."""
    return [note("formula", formula) for formula in FORMULAS[report]]


def with_formulas(report: str) -> Callable[[Route], Route]:
    """Say the formulas of a report at the end of its route's description."""

    def told(route: Route) -> Route:
        lines = "\n".join(f"    * {formula}" for formula in FORMULAS[report])
        route.__doc__ = f"{(route.__doc__ or '').rstrip()}\n\n{lines}\n"
        return route

    return told
