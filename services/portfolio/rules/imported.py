"""A row of a workbook against what stands: what it would register, what it would change, and what it can not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.portfolio.contract import BudgetLine, Finding, Policy, Project
from services.portfolio.rules.money import merged_budget
from services.shared.money import in_fen, split
from services.shared.text import clean_title

SOURCES = {
    "amount_central": "central",
    "amount_municipal": "municipal",
    "amount_district": "district",
    "amount_self": "self",
    "amount_other": "other",
}
"""Columns of money, and the source of each."""
FISCAL = ("central", "municipal", "district")
"""Sources out of which money is disbursed."""
FIELD_OF = {
    "project_no": "project_no",
    "title": "title",
    "lead": "lead_org_uscc",
    "pi": "pi_name",
    "fund_class": "fund_class",
    "state": "status",
    "tasks": "tasks",
    "start_on": "start_date",
    "end_on": "end_date",
    "amount_total": "amount_total",
    "budget": "amount_total",
    "progress_pct": "progress_pct",
}
"""The column that a field of a project comes from, to point at."""
SCHEME = "cn-uscc"
AGAINST = {
    "agency_created": ("warning", "牵头单位尚未登记，应用时自动登记", "核对名称与代码"),
    "agency_not_allowed": ("error", "牵头单位不在您的范围之内", "由该单位或管理者导入"),
    "project_exists": ("error", "项目已登记，而与表中不同（policy=add）", "选择 policy=update 或 replace"),
    "version_conflict": ("error", "下载之后项目已被他人修改", "重新下载再改"),
    "unknown_record": ("error", "“系统编号”不是您可以修改的项目", "不要改动该列；新项目请留空"),
    "transition_not_allowed": ("error", "当前状态之后不能是表中的状态", "按提示中的状态填写"),
    "record_locked": ("error", "登记正在审核或变更之中", "待其办结"),
    "change_request_needed": ("error", "规划启用了审核，已发布项目的这些内容须经变更申请", "提出变更申请"),
    "budget_by_year": ("error", "该来源的经费分年度或科目登记，表中只有合计", "在系统中逐项修改"),
}
"""What is said of a row against what stands: its kind, when, what to do. Codes of the registration itself follow."""


@dataclass(frozen=True)
class Standing:
    """A project that stands already: as it is, what was disbursed to it, and the phone of its leader in clear."""

    project: Project
    disbursed: Decimal = Decimal(0)
    phone: str | None = None


@dataclass
class Asked:
    """What a row asks for."""

    change: dict[str, Any] = field(default_factory=dict)
    """Fields of ProjectChange (or of NewProject) in wire form."""
    state: str | None = None
    """The state to be entered, where it is another one."""
    disbursed: Decimal = Decimal(0)
    """What is to be disbursed beyond what was."""
    errors: list[Finding] = field(default_factory=list)

    def is_nothing(self) -> bool:
        """Whether everything is so already."""
        return not (self.change or self.state or self.disbursed)


def lead_of(values: Mapping[str, Any]) -> str:
    """The lead agency's id."""
    code = str(values["lead_org_uscc"])
    return code if ":" in code else f"{SCHEME}:{code}"


def new_project(values: Mapping[str, Any], plan: str) -> dict[str, Any]:
    """The registration (NewProject in wire form) that a row asks for. Money is planned for the year of the start, since
    a list of this form does not say for which years it is."""
    project = {
        "plan": plan,
        "project_no": values["project_no"],
        "title": values["title"],
        "lead": lead_of(values),
        "fund_class": values["fund_class"],
        "state": values["status"],
        "tasks": _tasks(values),
        "budget": [_wire(line) for line in _budget(values)],
    }
    if values["pi_name"]:
        project["pi"] = {"name": values["pi_name"], "phone": _clear(values.get("pi_phone"))}
    project |= _dates(values)
    for name in ("amount_total", "progress_pct"):
        if _stated(name, values) is not None:
            project[name] = _stated(name, values)
    return project


def disbursed_of(values: Mapping[str, Any]) -> Decimal:
    """What a row says was disbursed so far."""
    return Decimal(values.get("amount_disbursed") or 0)


def asked_of(values: Mapping[str, Any], standing: Standing, columns: frozenset[str], policy: Policy) -> Asked:
    """What a row asks of a project that stands. `columns` are those that its sheet has; an empty cell asks for nothing,
    unless everything is replaced."""
    asked = Asked()
    project = standing.project
    wanted = new_project(values, project.plan)
    for name in ("project_no", "title", "fund_class", "progress_pct"):
        _compare(asked, name, wanted.get(name), getattr(project, name), FIELD_OF[name] in columns, policy)
    for name, column in (("start_on", "start_date"), ("end_on", "end_date")):
        was = getattr(project, name)
        _compare(asked, name, wanted.get(name), was.isoformat() if was else None, column in columns, policy)
        precision = name.replace("_on", "_precision")
        if name in asked.change or wanted.get(precision) != getattr(project, precision):
            asked.change |= {name: wanted.get(name), precision: wanted.get(precision)}
    if values["lead_org_uscc"] and lead_of(values) != project.lead:
        asked.change["lead"] = lead_of(values)
    shares = {share["code"]: Decimal(share["weight"]) for share in wanted["tasks"]}
    if shares and shares != {share.code: share.weight for share in project.tasks}:
        asked.change["tasks"] = wanted["tasks"]
    _ask_person(asked, values, standing, columns, policy)
    _ask_budget(asked, values, project, columns, policy)
    if values["status"] and values["status"] != project.state:
        asked.state = values["status"]
    if values.get("amount_disbursed") is not None:
        asked.disbursed = disbursed_of(values) - standing.disbursed
    return asked


def _compare(asked: Asked, name: str, new: Any, was: Any, present: bool, policy: Policy) -> None:
    if present and new != was and (new is not None or policy == "replace"):
        asked.change[name] = new


def _ask_person(
    asked: Asked, values: Mapping[str, Any], standing: Standing, columns: frozenset[str], policy: Policy
) -> None:
    """A masked phone is one that we gave out: it asks for nothing. Of the same person title and e-mail stay."""
    pi = standing.project.pi
    if not values["pi_name"]:
        return
    same_name = pi is not None and pi.name == clean_title(values["pi_name"])
    given = values.get("pi_phone")
    unasked = "pi_phone" not in columns or (given is None and policy != "replace")
    same_phone = unasked or (given is not None and _clear(given) is None) or given == standing.phone
    if same_name and same_phone:
        return
    phone = pi.phone if pi is not None and same_phone and same_name else _clear(given)
    kept = {"title": pi.title, "email": pi.email} if pi is not None and same_name else {}
    asked.change["pi"] = {"name": values["pi_name"], "phone": phone} | kept


def _ask_budget(
    asked: Asked, values: Mapping[str, Any], project: Project, columns: frozenset[str], policy: Policy
) -> None:
    """Sums by source are compared; a source that is planned over several years or headings can not be changed by one
    sum."""
    was: dict[str, Decimal] = {}
    for line in project.budget:
        was[line.source] = was.get(line.source, Decimal(0)) + line.amount
    lines = {(line.year, line.source, line.heading): line for line in project.budget}
    changed = False
    for column, source in SOURCES.items():
        new = Decimal(values[column]) if values.get(column) is not None else Decimal(0)
        if column not in columns or new == was.get(source, Decimal(0)) or (not new and policy != "replace"):
            continue
        mine = [key for key in lines if key[1] == source]
        if len(mine) > 1:
            detail = f"{source} 的经费分 {len(mine)} 个年度或科目登记，表中只有一个合计：请在系统中逐项修改"
            asked.errors.append(Finding(field=column, code="budget_by_year", raw=str(new), detail=detail))
            continue
        year = mine[0][0] if mine else _year(values, project)
        for key in mine:
            del lines[key]
        if new:
            lines[year, source, None] = BudgetLine.model_construct(year=year, source=source, amount=new, heading=None)
        changed = True
    if changed:
        budget = merged_budget(list(lines.values()))
        asked.change["budget"] = [_wire(line) for line in budget]
        if project.amount_total is not None:
            asked.change["amount_total"] = f"{sum((line.amount for line in budget), Decimal(0)):.2f}"


def disbursements(amount: Decimal, budget: list[BudgetLine]) -> Iterator[tuple[str, Decimal]]:
    """A disbursement by source: in proportion to what each fiscal source has planned, the municipal one where none
    has."""
    planned = {source: sum(in_fen(line.amount) for line in budget if line.source == source) for source in FISCAL}
    weights = {source: fen for source, fen in planned.items() if fen > 0} or {"municipal": 1}
    for source, fen in zip(weights, split(in_fen(amount), list(weights.values())), strict=True):
        if fen:
            yield source, Decimal(fen).scaleb(-2)


def _budget(values: Mapping[str, Any]) -> list[BudgetLine]:
    return [
        BudgetLine.model_construct(year=_year(values), source=source, amount=Decimal(values[column]), heading=None)
        for column, source in SOURCES.items()
        if values.get(column) is not None and Decimal(values[column])
    ]


def _year(values: Mapping[str, Any], project: Project | None = None) -> int:
    """The year for which money is planned: that of the start, of the approval, or of the state."""
    if values["start_date"]:
        return date.fromisoformat(values["start_date"]).year
    assert project is not None, "a project that is registered by a row has a start"
    return (project.start_on or project.approved_on or project.state_on).year


def _dates(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("start", "end"):
        if values.get(f"{name}_date") is not None:
            found[f"{name}_on"] = values[f"{name}_date"]
            if values.get(f"{name}_precision") == "month":
                found[f"{name}_precision"] = "month"
    return found


def _tasks(values: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"code": share["task"], "weight": share["weight"]} for share in values["tasks"]]


def _stated(name: str, values: Mapping[str, Any]) -> str | None:
    """A total stands beside the lines only where they add up to it exactly; an import lets it differ by a yuan."""
    stated: str | None = values.get(name)
    if name == "amount_total" and stated is not None:
        parts = sum((line.amount for line in _budget(values)), Decimal(0))
        return stated if parts == Decimal(stated) else None
    return stated


def _clear(phone: str | None) -> str | None:
    """A phone as it was written, nothing where it was written masked (a list that we gave out comes back)."""
    return None if phone is None or "***" in phone else phone


def _wire(line: BudgetLine) -> dict[str, Any]:
    return line.model_dump(mode="json")


def record_of(values: Mapping[str, Any]) -> tuple[UUID, int] | None:
    """The project and version that a row came from, where it came from a list of ours."""
    id, version = values.get("record_id"), values.get("record_version")
    return (UUID(str(id)), int(version)) if id and version else None


def asked_of_wire(wire: Mapping[str, Any], standing: Standing) -> Asked:
    """What a row that is a registration in wire form (of an IATI file) asks of a project that stands."""
    asked = Asked()
    now = standing.project.model_dump(mode="json")
    for name, value in wire.items():
        if name in ("plan", "state", "state_on", "lead") or value in (None, [], ""):
            continue
        if value != now.get(name):
            asked.change[name] = value
    if wire.get("state") not in (None, now["state"]):
        asked.state = wire["state"]
    return asked
