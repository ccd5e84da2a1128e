"""What the papers of all reports say: parameters, notes and names in Chinese, figures from the wire."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from services.reporting.files.paper import Column, Kind, Paper, Picture, Table, Value
from services.reporting.operations.papers.about import INVENTED, About
from services.reporting.rules.shape import HOMELESS
from services.shared.money import in_fen

UNIT, PIECES = "单位：万元", "单位：个"
FIGURES: dict[str, tuple[str, Kind, int]] = {
    "projects": ("项目数", "count", 9),
    "agencies": ("牵头单位数", "count", 11),
    "committed": ("合同金额", "money", 16),
    "received": ("到位", "money", 16),
    "disbursed": ("拨付", "money", 16),
    "spent": ("支出", "money", 16),
    "refunded": ("退回", "money", 16),
    "target": ("目标", "money", 16),
    "target_committed": ("目标口径合同金额", "money", 18),
    "gap": ("缺口", "money", 16),
    "gap_rate": ("缺口率", "percent", 9),
    "surplus": ("超出", "money", 16),
    "covered": ("是否覆盖", "text", 9),
    "covered_tasks": ("覆盖任务数", "count", 11),
    "tasks": ("任务数", "count", 9),
    "coverage_rate": ("覆盖率", "percent", 9),
    "receipt_rate": ("到位率", "percent", 9),
    "disbursement_rate": ("拨付占比", "percent", 9),
    "spending_rate": ("支出率", "percent", 9),
    "tasks_without_target": ("无目标任务数", "count", 13),
    "gap_kind": ("缺口口径", "text", 12),
    "relative_share": ("相对份额", "percent", 10),
    "chapter_median": ("本章份额中位数", "percent", 14),
}
"""Title, kind and width of a column by the name that the figure has on the wire."""
GAP_KINDS = {"amount": "有目标", "partial": "部分有目标", "no_target": "无目标值", "not_applicable": "不适用"}
DENOMINATORS = {"tasks": "任务", "tasks_and_measures": "任务与举措", "fundable": "可立项任务"}
FILTERS = {
    "level": "层级",
    "year": "预算年度",
    "agency": "牵头单位",
    "district": "区",
    "fund_class": "专项类别",
    "source": "资金来源",
    "stage": "创新链阶段",
    "scope": "数据范围",
}
VOCABULARY_OF = {"district": "district", "fund_class": "fund_class", "source": "source", "stage": "stage"}
"""By filter the vocabulary of its codes."""
NOTES = {
    "not_counted": "当日未计入的项目的合同金额为 {amount} 元，不在任何数字之内",
    "counts_do_not_add_up": "一个项目涉及多项任务时，在每项任务各计一次，在上级合计中只计一次：项目数不可相加",
    "restated": "其他版次登记的项目按对照关系折算，所涉合同金额 {amount} 元，已在合计之内",
    "later_edition": "后续版次中本版次无对应的任务的合同金额 {amount} 元，单列一行，已在合计之内",
    "one_edition": "前后两个时点按同一版次表述；差额为后一时点减前一时点，各项目的变动之和等于合计的差额",
    "elsewhere": "另有 {amount} 元在未列出的节点（如保障措施）上，已计入合计",
    "earlier_edition": "已撤销且无承接的任务的合同金额 {amount} 元，单列一行，已在合计之内",
}
"""What notes of a report say, by their code; others are for programs and left out."""
LINKED = "依据一栏是各行{}的链接，替换其中的 figure，即可查到其他数字"
ROUNDED = "金额由精确到分的数字换算；打印保留两位小数，各行之和可能与合计略有出入，以合计为准"


def columns(names: Iterable[str]) -> tuple[Column, ...]:
    """The columns of some figures; those of money say their unit, as a file is read without what stands around it."""
    found = []
    for name in names:
        title, kind, width = FIGURES[name]
        found.append(Column(f"{title}（万元）" if kind == "money" else title, kind, width, name))
    return tuple(found)


def cells(item: Mapping[str, Any], names: Iterable[str]) -> list[Value]:
    """The figures of an item of the wire as cells."""
    return [cell(item.get(name), name) for name in names]


def cell(value: Any, name: str) -> Value:
    """A figure of the wire as a cell: money exact, rates as parts of one, words in Chinese."""
    if name == "gap_kind":
        return GAP_KINDS[value]
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or isinstance(value, int):
        return value
    kind = FIGURES[name][1]
    if kind == "percent":
        return Decimal(value) / 100
    return Decimal(value) if kind == "money" else str(value)


def parameters(answer: Mapping[str, Any], about: About) -> tuple[tuple[str, str], ...]:
    """What a report states about itself, name by name."""
    sizes = "，".join(f"{DENOMINATORS[name]} {size}" for name, size in answer["denominators"].items())
    filters = answer["filters"]
    asked = [(FILTERS[name], _said(name, filters[name], about)) for name in FILTERS if filters.get(name)]
    return (
        ("规划", about.title),
        ("规划版次", str(answer["edition"])),
        ("日志位置", f"目录 {answer['positions']['catalog']}，项目 {answer['positions']['portfolio']}"),
        ("分母", f"{DENOMINATORS[answer['denominator']['name']]} {answer['denominator']['value']}（{sizes}）"),
        ("计入的状态", "、".join(about.term("project_state", state) for state in answer["counted_states"])),
        ("覆盖的最低权重", f"{answer['covering_weight']}%"),
        ("币种", answer["unit"]),
        *asked,
    )


def notes(answer: Mapping[str, Any], money: bool = True) -> tuple[str, ...]:
    """What a reader has to know; `money` says whether amounts are among the figures."""
    said = [NOTES[note["code"]].format(amount=note["amount"]) for note in answer["notes"] if note["code"] in NOTES]
    formulas = [note["detail"] for note in answer["notes"] if note["code"] == "formula"]
    return (*said, *formulas, *([ROUNDED] if money else []))


def paper_of(
    answer: Mapping[str, Any],
    about: About,
    heading: str,
    tables: tuple[Table, ...],
    pictures: tuple[Picture, ...],
    asked: tuple[tuple[str, str], ...] = (),
    more: tuple[str, ...] = (),
) -> Paper:
    """The paper of an answer: `asked` are parameters that only this report has, `more` are notes of its own."""
    units = [unit_of(table) for table in tables]
    return Paper(
        title=f"{about.title}：{heading}",
        unit=next((unit for unit in (UNIT, PIECES) if unit in units), ""),
        as_of=date.fromisoformat(answer["as_of"]),
        recorded_at=answer["recorded_at"] or "—",
        parameters=(*asked, *parameters(answer, about)),
        notes=(*more, *notes(answer, UNIT in units)),
        tables=tuple(replace(table, unit=unit) for table, unit in zip(tables, units, strict=True)),
        pictures=pictures,
        stated=stated(answer),
        marked=INVENTED if about.invented else "",
    )


def unit_of(table: Table) -> str:
    """What stands above a table: the unit of its money, or of its numbers where they are numbers of things; nothing
    where its columns say it themselves."""
    kinds = {column.kind for column in table.columns} - {"text", "date"}
    return UNIT if "money" in kinds else PIECES if kinds == {"count"} else ""


def stated(answer: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What each row of a .csv says of its report, as a program reads it."""
    asked = {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in answer["filters"].items()
        if value
    }
    return (
        ("as_of", answer["as_of"]),
        ("recorded_at", str(answer["recorded_at"] or "")),
        ("edition", str(answer["edition"])),
        ("filters", "&".join(f"{name}={value}" for name, value in asked.items())),
    )


def link(template: str | None, **places: str) -> str:
    """A link of the wire, or a template of one with its placeholders filled in; nothing where there is none."""
    found = template or ""
    for name, value in places.items():
        found = found.replace(f"{{{name}}}", quote(value, safe=":"))
    return found


def code_of(one: Mapping[str, Any]) -> str:
    """The code of a line; what has no home in the edition is called by its title alone."""
    return "" if one["code"] in HOMELESS else str(one["code"])


def headed(one: Mapping[str, Any], is_node: bool) -> str:
    """A heading of the wire in words: a node with its code, anything else by its title."""
    return f"{code_of(one)} {one['title']}".strip() if is_node else str(one["title"])


def drawable(value: Any) -> int:
    """A figure of the wire as charts take it: fen, or a number."""
    return value if isinstance(value, int) else in_fen(Decimal(value))


def _said(name: str, value: Any, about: About) -> str:
    """A filter in words."""
    if name == "level":
        return "全部" if value == "all" else about.level(value)
    if name in ("agency", "scope"):
        return about.agency(value)
    codes = value if isinstance(value, list) else [value]
    return "、".join(about.term(VOCABULARY_OF.get(name, ""), str(code)) for code in codes)
