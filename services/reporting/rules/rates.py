"""The rates of a plan with their formulae (DOMAIN 2.6). Division by nothing gives nothing, which is shown as —."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.contract import RateUnit, Thresholds
from services.reporting.rules.coverage import rate
from services.reporting.rules.facts import KINDS
from services.reporting.rules.tally import MILLION, Tally
from services.shared.money import fen_of, from_fen, in_fen

OWN = "self"
COMMITTED, RECEIVED, DISBURSED, SPENT, REFUNDED = range(len(KINDS))


@dataclass(frozen=True)
class Plan:
    """What a plan's figures say, of the filters of a report. Amounts are whole fen."""

    root: Mapping[str, Any]
    """The figures of the whole plan, as coverage has them on the wire."""
    tasks: Sequence[Mapping[str, Any]]
    """The figures of the tasks that the denominator has."""
    sources: Mapping[str, Sequence[int]]
    """By source what was committed, received, disbursed, spent and refunded."""
    fiscal: frozenset[str]
    period_spent: int
    """Spent of the budget years of the report: those asked for, or all up to that of its day."""
    period_committed: int

    def sum(self, what: int, fiscal: bool | None = None) -> int:
        """Of all sources, of the fiscal ones, or of the others."""
        return sum(
            money[what] for source, money in self.sources.items() if fiscal is None or (source in self.fiscal) is fiscal
        )


def rates(plan: Plan, tally: Tally, thresholds: Thresholds) -> list[dict[str, Any]]:
    """All rates, as the wire has them."""
    return [*_of_tasks(plan, thresholds), *_of_money(plan, tally), *_of_projects(tally)]


def _of_tasks(plan: Plan, thresholds: Thresholds) -> list[dict[str, Any]]:
    least = in_fen(thresholds.min_amount)
    effective = sum(
        task["projects"] >= thresholds.min_projects and fen_of(task["committed"]) >= least for task in plan.tasks
    )
    formula = f"项目数 ≥ {thresholds.min_projects} 且合同金额 ≥ {thresholds.min_amount} 元的任务数 ÷ 任务数"
    root = plan.root
    found = [
        _counts(
            "coverage_rate",
            "任务覆盖率",
            root["covered_tasks"],
            root["tasks"],
            "有项目以不低于覆盖权重支持的任务数 ÷ 任务数",
        ),
        _counts("effective_coverage", "有效覆盖率", effective, len(plan.tasks), formula),
    ]
    if root["gap_kind"] != "not_applicable":
        gap, target = _fen(root["gap"]), _fen(root["target"])
        found.append(_money("gap_rate", "缺口率", gap, target, "Σ max(0, 目标 − 同口径合同金额) ÷ Σ 目标"))
    return found


def _of_money(plan: Plan, tally: Tally) -> list[dict[str, Any]]:
    committed, received, spent = plan.sum(COMMITTED), plan.sum(RECEIVED), plan.sum(SPENT)
    fiscal, own = plan.sum(COMMITTED, fiscal=True), plan.sources.get(OWN, (0, 0))
    others = plan.sum(COMMITTED, fiscal=False)
    projects = plan.root["projects"]
    due = tally.instalments_due
    return [
        _money("receipt_rate", "资金到位率", received, committed, "到位 ÷ 合同金额"),
        _money(
            "receipt_rate_fiscal",
            "财政资金到位率",
            plan.sum(RECEIVED, fiscal=True),
            fiscal,
            "财政到位 ÷ 财政合同金额",
        ),
        _money("receipt_rate_own", "自筹资金到位率", own[RECEIVED], own[COMMITTED], "自筹到位 ÷ 自筹合同金额"),
        _money(
            "receipt_in_time",
            "到位及时率",
            tally.received_in_time,
            due,
            "各期应到日及以前到位的部分 ÷ 截至当日应到（先到先抵）",
        ),
        _money(
            "disbursement_rate",
            "拨付率",
            plan.sum(DISBURSED, fiscal=True),
            fiscal,
            "财政拨付 ÷ 财政合同金额",
        ),
        _money("disbursement_to_plan", "按计划拨付率", tally.disbursed_to_plan, due, "拨付 ÷ 截至当日应拨的分期"),
        _money("execution_rate", "预算执行率", plan.period_spent, plan.period_committed, "本期支出 ÷ 本期预算"),
        _money("surplus_rate", "结余率", received - spent, received, "(到位 − 支出) ÷ 到位"),
        _rate("leverage", "杠杆", _thousandths(others, fiscal), "ratio", others, fiscal, "自筹和其他 ÷ 财政"),
        {
            "code": "average_grant",
            "title": "平均资助强度",
            "value": _average(fiscal, projects),
            "unit": "amount",
            "numerator": from_fen(fiscal),
            "denominator": str(projects),
            "formula": "财政合同金额 ÷ 项目数",
        },
    ]


def _of_projects(tally: Tally) -> list[dict[str, Any]]:
    reached = tally.reached // (MILLION // 1000)
    return [
        _counts("acceptance_in_time", "按期验收率", tally.in_time, tally.due, "期内（含宽限）验收通过 ÷ 应验收"),
        _counts("overdue_rate", "逾期率", tally.overdue, tally.due, "逾期未验收 ÷ 应验收"),
        _counts("change_rate", "变更率", tally.altered, tally.contracted, "有须审批的变更的项目 ÷ 已签任务书的项目"),
        _counts("termination_rate", "终止率", tally.terminated, tally.contracted, "终止的项目 ÷ 已签任务书的项目"),
        {
            "code": "kpi_completion",
            "title": "绩效指标完成率",
            "value": rate(tally.reached, MILLION * tally.measured),
            "unit": "percent",
            "numerator": f"{reached // 1000}.{reached % 1000:03d}",
            "denominator": str(tally.measured),
            "formula": "Σ 各项目（各指标权重相等）min(完成值 ÷ 目标值, 1) ÷ 已申请验收且有指标的项目数",
        },
    ]


def _counts(code: str, title: str, part: int, whole: int, formula: str) -> dict[str, Any]:
    return {
        "code": code,
        "title": title,
        "value": rate(part, whole),
        "unit": "percent",
        "numerator": str(part),
        "denominator": str(whole),
        "formula": formula,
    }


def _money(code: str, title: str, part: int, whole: int, formula: str) -> dict[str, Any]:
    return _rate(code, title, rate(part, whole), "percent", part, whole, formula)


def _rate(
    code: str, title: str, value: str | None, unit: RateUnit, part: int, whole: int, formula: str
) -> dict[str, Any]:
    return {
        "code": code,
        "title": title,
        "value": value,
        "unit": unit,
        "numerator": from_fen(part),
        "denominator": from_fen(whole),
        "formula": formula,
    }


def _thousandths(part: int, whole: int) -> str | None:
    """A ratio with three decimals, rounded half up."""
    if whole <= 0:
        return None
    found = (2000 * part + whole) // (2 * whole)
    return f"{found // 1000}.{found % 1000:03d}"


def _average(fen: int, projects: int) -> str | None:
    """An amount, rounded half up to the fen."""
    return from_fen((2 * fen + projects) // (2 * projects)) if projects else None


def _fen(amount: str | None) -> int:
    """An amount of the wire in fen; nothing where none is given."""
    return fen_of(amount) if amount else 0
