"""What differs between two versions of a project, and which differences need a second person (DOMAIN 2.4)."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from services.portfolio.contract import BudgetLine, FieldChange, Project, Shares, Warning_
from services.portfolio.rules.knowledge import Knowledge

LABELS = {
    "project_no": "项目编号",
    "issuing_body": "下达单位",
    "title": "项目名称",
    "title_en": "英文名称",
    "abstract": "简介",
    "programme_name": "计划名称",
    "call_no": "指南编号",
    "fund_class": "专项类别",
    "funding_mode": "资助方式",
    "stage": "创新链阶段",
    "secrecy_level": "密级",
    "industry_code": "行业代码",
    "discipline_code": "学科代码",
    "tags": "标签",
    "lead": "牵头单位",
    "managing_body": "主管部门",
    "professional_manager": "专业机构",
    "partners": "参与单位",
    "pi": "项目负责人",
    "contact": "联系人",
    "team_size": "团队人数",
    "approved_on": "立项日期",
    "start_on": "开始日期",
    "start_precision": "开始日期精度",
    "end_on": "结束日期",
    "end_precision": "结束日期精度",
    "extended_to": "延期至",
    "amount_total": "总经费",
    "budget": "预算",
    "instalments": "分期拨款",
    "kpis": "绩效指标",
    "outputs": "成果数",
    "events": "过程事件",
    "progress_pct": "进度",
    "report_nos": "科技报告号",
    "credit_flags": "信用提示",
    "attachments": "附件",
    "references": "参考资料",
    "tasks": "规划任务与权重",
    "state": "项目状态",
    "record_status": "登记状态",
    "comments": "审核意见",
}
"""The fields that a story tells of, in the order of the form."""


def difference(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[FieldChange]:
    """The fields in which two wire forms of a project differ, whole fields, in the order of the form."""
    was = before or {}
    return [
        FieldChange(field=f"/{name}", label=label, before=was.get(name), after=after.get(name))
        for name, label in LABELS.items()
        if (was.get(name) or None) != (after.get(name) or None)
    ]


def by_year_and_source(budget: Iterable[BudgetLine]) -> dict[tuple[int, str], Decimal]:
    """A budget without its headings."""
    sums: dict[tuple[int, str], Decimal] = {}
    for line in budget:
        sums[line.year, line.source] = sums.get((line.year, line.source), Decimal(0)) + line.amount
    return {key: amount for key, amount in sums.items() if amount}


def with_ends(shares: list[Shares]) -> list[Shares]:
    """Shares by the day from which they hold, each with the last day before the next ones."""
    following = [*(since.valid_from for since in shares[1:]), None]
    return [
        Shares.model_construct(
            valid_from=since.valid_from, valid_to=until and until - timedelta(days=1), tasks=since.tasks
        )
        for since, until in zip(shares, following, strict=True)
    ]


def extension_warnings(before: Project, after: Project, knowledge: Knowledge) -> list[Warning_]:
    """An extension that the programme's settings do not foresee: a second one, one too long, one asked for too late."""
    if after.extended_to is None or after.extended_to == before.extended_to:
        return []
    settings = knowledge.programme(after.programme_name)
    found = []
    if before.extended_to is not None:
        found.append(Warning_(code="extended_again", detail=f"it was extended to {before.extended_to} already"))
    end = before.end_on
    if end is not None:
        longest = end + timedelta(days=round(settings.extension_months * 30.4375))
        if after.extended_to > longest:
            detail = f"longer than {settings.extension_months} months past {end}"
            found.append(Warning_(code="extended_too_long", detail=detail))
        if knowledge.today() > end - timedelta(days=settings.extension_notice_days):
            detail = f"asked for later than {settings.extension_notice_days} days before {end}"
            found.append(Warning_(code="extended_too_late", detail=detail))
    return found
