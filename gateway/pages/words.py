"""Values in the words of a page: money in 万元, rates, states. Chinese, and exact until the last step."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

NOTHING = "—"
"""Where nobody said a value, which is other than zero."""
GAPS = {
    "amount": "全部任务有目标",
    "partial": "部分任务有目标",
    "no_target": "未设目标",
    "not_applicable": "此筛选下不适用",
}
NOTES = {
    "not_counted": "当日状态不计入的项目的已合同金额，不在以上任何数内",
    "counts_do_not_add_up": "一个项目登记到几项任务时，在每项各计一次，在上级合计中只计一次",
    "restated": "登记在其他版次的项目的已合同金额，按份额和版次对照表折算到本版任务，包含在合计内",
    "earlier_edition": "登记到此前版次已撤销、无承接任务上的已合同金额，包含在合计内",
    "later_edition": "登记到后续版次、本版没有对应的任务上的已合同金额，包含在合计内",
    "elsewhere": "不在所列各项之下的节点上的已合同金额，包含在合计内",
    "scope": "只含本单位及其下属单位牵头的项目",
    "answered_from": "各数取自预先汇总的单元或逐笔记录，两者结果相同",
    "whole_projects": "各项比率按整个项目计算，不按任务份额拆分",
    "not_cut": "指标属于整个规划，项目和资金的筛选对其不适用",
    "one_edition": "前后两侧按同一版次和同一范围列示，以后一侧为准",
    "entered": "列出的是其间记入日志的内容",
    "parts": "所列为各组成部分，全部各页之和即为该数",
}
"""What a report notes beside its figures, by the note's code."""
DENOMINATORS = {"tasks": "任务", "tasks_and_measures": "任务与举措", "fundable": "可资助任务"}
ROLES = {
    "staff": "填报人",
    "approver": "审核人",
    "manager": "管理者",
    "auditor": "审计员",
    "editor": "目录管理员",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "安全审计员",
}
MOVEMENTS = {
    "commitment": "合同金额",
    "receipt": "到位",
    "disbursement": "拨付",
    "expenditure": "支出",
    "refund": "退回",
}
SNAPSHOTS = {"queued": "等待", "running": "制作中", "ready": "已就绪", "failed": "未成"}
SEVERITIES = {"note": "提示", "low": "低", "medium": "中", "high": "高"}
FINDINGS = {"open": "待答复", "answered": "已答复", "resolved": "已整改", "accepted_risk": "接受风险"}
SAMPLES = {"random": "随机", "monetary_unit": "货币单元"}
POPULATIONS = {"projects": "项目", "movements": "资金变动"}
CHANGES = {"added": "新增", "changed": "变更", "removed": "退出"}
MOVED = {"committed": "合同金额", "received": "到位", "disbursed": "拨付", "spent": "支出", "refunded": "退回"}
FIGURES = {
    "projects": "项目数",
    "committed": "合同金额",
    "received": "到位",
    "disbursed": "拨付",
    "spent": "支出",
    "target": "目标",
    "gap": "缺口",
}
RECORDS = {
    "draft": "草稿",
    "submitted": "已提交",
    "returned": "已退回",
    "withdrawn": "已撤回",
    "published": "已发布",
    "correction_pending": "更正待审",
    "void": "已作废",
}


def noted(code: str, detail: str) -> str:
    """A note of a report in Chinese: by its code, else as the report says it where that is Chinese."""
    chinese = any("\u4e00" <= sign <= "\u9fff" for sign in detail)
    return NOTES.get(code) or (detail if chinese else f"另有附注（{code}）")


def possible(named: Mapping[str, str]) -> str:
    """What may be chosen, by code and title."""
    return "可以是 " + "、".join(code if code == title else f"{code}（{title}）" for code, title in named.items())


def wan(amount: Decimal | str | None) -> str:
    """An amount in 万元 with two decimals, rounded half up from the exact one."""
    if amount is None:
        return NOTHING
    rounded = (Decimal(amount) / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded:,.2f}".replace("-", "−")


def exactly(amount: Decimal | str | None) -> str:
    """An amount in its own currency, to the fen."""
    return NOTHING if amount is None else f"{Decimal(amount):,.2f}".replace("-", "−")


def percent(rate: str | None) -> str:
    """A rate that is given in percent."""
    return NOTHING if rate is None else f"{rate}%"


def moment(at: datetime, time_zone: str) -> str:
    """An instant by the clock of the plan."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")
