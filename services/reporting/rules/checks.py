"""The auditors' checks A1–A14 (DOMAIN 2.5), as far as they look at one project at a time; doubles and limits to numbers
of projects look at several and are judged in doubles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from services.reporting.contract import CheckId, Limits
from services.reporting.rules.cases import RUNNING, Case
from services.reporting.rules.facts import Movement
from services.shared.money import from_fen, in_fen

OWN = frozenset({"self"})
INDIRECT, EQUIPMENT = "indirect", "equipment"
BANDS = (5_000_000_00, 10_000_000_00)
"""Direct cost less equipment, in fen, up to which the first and the second cap of indirect cost holds: 500 and 1000
万元 (财教〔2016〕113号, as DOMAIN 2.1 has it)."""


class Finding(NamedTuple):
    """What a check found about a project: in words, and the money that it is about (fen) where there is any."""

    detail: str
    fen: int | None = None


Judge = Callable[[Case, Limits], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """A check: what it is called, what it tests, what it can not see, and how it judges a project."""

    title: str
    test: str
    not_seen: str | None = None
    judge: Judge | None = None


def over_budget(case: Case, _: Limits) -> Iterator[Finding]:
    """A3: more is spent than was received."""
    excess = case.sum("expenditure") - case.sum("receipt")
    if excess > 0:
        yield Finding(f"支出超出到位 {from_fen(excess)} 元", excess)


def late_payment(case: Case, limits: Limits) -> Iterator[Finding]:
    """A4: instalments are due for so many days and not paid."""
    if case.state not in RUNNING and not case.judged:
        return
    last = case.day - timedelta(days=limits.late_days)
    paid = case.sum("disbursement")
    missing = case.due_by(last) - paid
    if missing > 0:
        first = next(on for on, _ in case.instalments if case.due_by(on) > paid)
        yield Finding(f"自 {first} 起应拨未拨 {from_fen(missing)} 元", missing)


def paid_ahead(case: Case, _: Limits) -> Iterator[Finding]:
    """A5: more is paid than was due, than was contracted, or after the end."""
    disbursed = case.sum("disbursement")
    allowed, word = case.sum("commitment"), "合同金额"
    if case.instalments:
        allowed, word = case.due_by(case.day), "截至当日应拨"
    if disbursed > allowed:
        yield Finding(f"拨付超出{word} {from_fen(disbursed - allowed)} 元", disbursed - allowed)
    stopped = case.since("terminated")
    if stopped is not None:
        after = disbursed - case.sum("disbursement", until=stopped)
        if after > 0:
            yield Finding(f"{stopped} 终止后仍拨付 {from_fen(after)} 元", after)


def idle_surplus(case: Case, limits: Limits) -> Iterator[Finding]:
    """A6: money is left years after the acceptance."""
    accepted = case.since("accepted")
    if accepted is None or not case.ended_well or _years_on(accepted, limits.idle_years) > case.day:
        return
    left = case.sum("receipt") - case.sum("expenditure") - case.sum("refund")
    if left > 0:
        yield Finding(f"{accepted} 验收，结余 {from_fen(left)} 元未用未退", left)


def overdue(case: Case, _: Limits) -> Iterator[Finding]:
    """A7: past its end and grace, and not in acceptance."""
    if case.due is not None and case.state in RUNNING and case.day > case.due:
        yield Finding(f"应于 {case.due} 前验收，逾期 {(case.day - case.due).days} 天")


def own_money_missing(case: Case, _: Limits) -> Iterator[Finding]:
    """A8: at mid-term or acceptance the unit's own money is less than it promised."""
    midterm = any(
        event["kind"] == "midterm" and date.fromisoformat(event["on"]) <= case.day
        for event in case.wire.get("events") or ()
    )
    if not (midterm or case.judged):
        return
    promised, came = case.sum("commitment", OWN), case.sum("receipt", OWN)
    if came < promised:
        when = "验收" if case.judged else "中期检查"
        yield Finding(f"{when}时自筹到位 {from_fen(came)} 元，承诺 {from_fen(promised)} 元", promised - came)


def sums(case: Case, limits: Limits) -> Iterator[Finding]:
    """A9: the total is not the sum of the budget's lines; indirect cost is above its cap."""
    lines = case.wire.get("budget") or ()
    planned = sum(in_fen(Decimal(line["amount"])) for line in lines)
    total = case.wire.get("amount_total")
    if total is not None and lines and in_fen(Decimal(total)) != planned:
        yield Finding(f"总经费 {total} 元，预算合计 {from_fen(planned)} 元", abs(in_fen(Decimal(total)) - planned))
    for word, wanted in (("财政资金", True), ("其他资金", False)):
        by_heading: dict[str, int] = {}
        for line in lines:
            if line.get("heading") and (line["source"] in case.fiscal) is wanted:
                by_heading[line["heading"]] = by_heading.get(line["heading"], 0) + in_fen(Decimal(line["amount"]))
        indirect = by_heading.pop(INDIRECT, 0)
        cap = indirect_cap(sum(by_heading.values()) - by_heading.get(EQUIPMENT, 0), limits.indirect_caps)
        if indirect > cap:
            detail = f"{word}间接费用 {from_fen(indirect)} 元，上限 {from_fen(cap)} 元"
            yield Finding(detail, indirect - cap)


def indirect_cap(base: int, caps: Sequence[int]) -> int:
    """The most that indirect cost may be, in fen: percent of direct cost less equipment, by bands (超额累退)."""
    first, second = min(base, BANDS[0]), min(max(base - BANDS[0], 0), BANDS[1] - BANDS[0])
    third = max(base - BANDS[1], 0)
    return (first * caps[0] + second * caps[1] + third * caps[2]) // 100


def order_of_events(case: Case, _: Limits) -> Iterator[Finding]:
    """A10: paid before the contract; spent after the acceptance."""
    contracted, accepted = case.contracted_on, case.since("accepted")
    paid = [m for m in case.movements if m.kind == "disbursement" and (contracted is None or m.on < contracted)]
    if fen := sum_of(paid):
        yield Finding(f"{paid[0].on} 起先拨付，{contracted or '至今未'}签任务书", fen)
    if accepted is not None and case.ended_well:
        spent = [m for m in case.movements if m.kind == "expenditure" and m.on > accepted]
        if fen := sum_of(spent):
            yield Finding(f"{accepted} 已验收，此后仍支出 {from_fen(fen)} 元", fen)


def credit(case: Case, _: Limits) -> Iterator[Finding]:
    """A11: a flag of credit is registered."""
    for flag in case.wire.get("credit_flags") or ():
        yield Finding(f"信用提示：{flag}")


def trail(case: Case, _: Limits) -> Iterator[Finding]:
    """A13: what needs a second person's decision was changed without one."""
    for alteration in case.alterations:
        if alteration.how == "direct":
            yield Finding(f"{alteration.on} 未经变更申请修改：{alteration.fields}（日志第 {alteration.position} 条）")


def refund(case: Case, _: Limits) -> Iterator[Finding]:
    """A14: terminated or revoked, and less is paid back than is due: of a revoked one all that was disbursed."""
    due = 0
    for entered in case.wire["states"]:
        if entered["state"] in ("terminated", "revoked") and date.fromisoformat(entered["on"]) <= case.day:
            due = max(due, in_fen(Decimal(entered.get("refund") or 0)))
            if entered["state"] == "revoked":
                due = max(due, case.sum("disbursement"))
    missing = due - case.sum("refund")
    if due and missing > 0:
        yield Finding(f"应退 {from_fen(due)} 元，尚欠 {from_fen(missing)} 元", missing)


def sum_of(movements: list[Movement]) -> int:
    """What movements add up to, in fen."""
    return sum(movement.fen for movement in movements)


def _years_on(day: date, years: int) -> date:
    """The same day years later; the last of February for its 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


CHECKS: Mapping[CheckId, Check] = {
    "A1": Check("编号重复", "同一下达单位下项目编号相同（规范化后）"),
    "A2": Check(
        "项目重复", "同名同单位；或同一负责人且名称相似度达到限值；或绩效指标完全相同；已登记为配套、子课题、延续的除外"
    ),
    "A3": Check("超预算", "累计支出大于累计到位", "支出不分科目，单个科目是否超预算看不出", over_budget),
    "A4": Check("拨付滞后", "分期拨款到期超过限定天数仍未拨足", None, late_payment),
    "A5": Check("超前拨付", "拨付大于截至当日应拨（无分期的为合同金额），或终止后仍拨付", None, paid_ahead),
    "A6": Check("结余沉淀", "验收满限定年数后仍有结余", None, idle_surplus),
    "A7": Check("逾期未验收", "超过结束日期（含延期）和宽限期，未进入验收", None, overdue),
    "A8": Check("自筹不到位", "中期检查或验收时自筹到位低于承诺", None, own_money_missing),
    "A9": Check("勾稽不符", "总经费与预算合计不等；间接费用超过上限", "没有科目的预算行不参加间接费用的判断", sums),
    "A10": Check(
        "时序颠倒", "先拨付后签任务书；验收后仍有支出", "登记与审核为同一人的，系统不受理，故不会出现", order_of_events
    ),
    "A11": Check("信用", "项目登记有信用提示", "系统内没有失信名单，只看登记的提示", credit),
    "A12": Check("项目过多", "同一负责人或同一单位的在研项目数超过限值"),
    "A13": Check(
        "留痕", "已发布的登记未经变更申请修改了须审批的字段", "日志链条由 kepan witness 核对；导出事由看访问日志", trail
    ),
    "A14": Check("应退未退", "终止或撤销后退回少于应退；撤销的应全额退回", None, refund),
}
"""By their id in DOMAIN 2.5."""
