"""A project's story, told from its entries in the journal alone."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.portfolio.contract import Happening
from services.portfolio.rules.changes import difference

TOLD = {
    "project_registered": "登记",
    "project_changed": "修改",
    "project_voided": "作废（误登记）",
    "record_submitted": "提交审核",
    "record_returned": "退回修改",
    "record_published": "审核通过并发布",
    "record_withdrawn": "撤回",
    "person_erased": "删除个人信息",
}
KINDS = {
    "commitment": "承诺",
    "receipt": "到位",
    "disbursement": "拨付",
    "expenditure": "支出",
    "refund": "退回",
}
DECIDED = {"approved": "同意", "rejected": "不同意", "withdrawn": "撤回"}


def happening(position: int, recorded_at: datetime, body: str) -> Happening:
    """One step of the story, from an entry's canonical text."""
    entry = json.loads(body)
    before, after = entry["before"] or {}, entry["after"]
    was, now = before.get("project"), after.get("project")
    return Happening(
        position=position,
        serial=entry["serial"],
        recorded_at=recorded_at,
        on=entry["on"],
        kind=entry["kind"],
        by=entry["actor"]["subject"],
        role=entry["actor"]["role"],
        told=_told(entry["kind"], after),
        reason=after.get("reason") or after.get("request", {}).get("reason"),
        changes=[] if now is None or was is None else difference(was, now),
    )


def _told(kind: str, after: Mapping[str, Any]) -> str:
    if kind == "movement_recorded":
        movement = after["movement"]
        corrected = "（更正）" if movement["corrects"] else ""
        return f"记账{corrected}：{KINDS[movement['kind']]} {movement['amount']}，{movement['on']}"
    if kind == "project_state_entered":
        return f"进入状态 {after['project']['state']}"
    if kind == "change_requested":
        return f"提出第 {after['request']['number']} 号变更申请"
    if kind == "change_decided":
        request = after["request"]
        return f"第 {request['number']} 号变更申请：{DECIDED[request['status']]}"
    if kind == "relation_recorded":
        return f"登记关联：{after['relation']['kind']} {after['relation']['other']}"
    return TOLD.get(kind, kind)
