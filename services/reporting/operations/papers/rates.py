"""Summary, exceptions and indicators as papers."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from services.reporting.files.cells import in_wan, plain
from services.reporting.files.paper import Amount, BarChart, Column, Paper, Picture, Row, Table, Value
from services.reporting.operations.papers.about import INVENTED, About
from services.reporting.operations.papers.common import LINKED, cells, columns, link, paper_of
from services.shared.charts import Bullet, Measure, bullet, words

UNITS = {"percent": "%", "ratio": "倍", "amount": "万元", "points": "点"}
BETTER_WHOLE = frozenset(
    {"coverage_rate", "effective_coverage", "receipt_rate", "receipt_rate_fiscal", "receipt_rate_own"}
    | {"receipt_in_time", "disbursement_rate", "disbursement_to_plan", "execution_rate"}
    | {"acceptance_in_time", "kpi_completion"}
)
"""Rates that are meant to reach 100%."""
HOLDERS = {"agency": "牵头单位", "district": "区（按牵头单位登记）", "leader": "项目负责人"}
COMPARATORS = {"approx": "{} 左右", "at_least": "不低于 {}", "at_most": "不高于 {}", "equal": "等于 {}"}
ATTAINED = {"yes": "达到", "near": "接近", "no": "未达到", None: "—"}
THRESHOLDS = {
    "min_projects": "有效覆盖：项目数",
    "min_amount": "有效覆盖：金额（万元）",
    "stale_months": "久未更新：月",
}
LIMITS = {
    "late_days": "A4 天数",
    "idle_years": "A6 年数",
    "similarity": "A2 名称相似度（%）",
    "indirect_caps": "A9 间接费用上限（%，分三档）",
    "leader_limit": "A12 每位负责人在研项目数",
    "agency_limit": "A12 每个单位在研项目数（0 为不限）",
}
_MONEY = re.compile(r"-?[0-9]+\.[0-9]{2}")
MONEY = ("committed", "received", "disbursed", "spent", "refunded", "receipt_rate", "disbursement_rate")


def summary_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """The rates of a plan."""
    tables = (_rates(answer), _sources(answer), *map(_holders, answer["concentration"]), _quality(answer))
    least = plain(in_wan(Decimal(answer["thresholds"]["min_amount"])))
    asked = _asked(answer["thresholds"] | {"min_amount": least}, THRESHOLDS)
    return paper_of(answer, about, "主要指标", tables, _drawn_rates(answer), asked)


def exceptions_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """What an auditor should look at."""
    listed = len(answer["items"])
    found = sum(one["rows"] or 0 for one in answer["checks"])
    cut = f"共 {found} 行，此处列出 {listed} 行" if listed < found else ""
    tables = (_checks(answer), _rows(answer, about, cut))
    paper = paper_of(answer, about, "核查清单", tables, (), _asked(answer["limits"], LIMITS))
    return replace(paper, main=1)


def indicators_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """What the plan promises and what was observed; marked where an observation is invented, as targets of money and
    projects are not shown."""
    tables = (_indicators(answer), _observations(answer))
    paper = paper_of(answer, about, "规划指标", tables, _drawn_progress(answer))
    observed = [point["observation"] for one in answer["items"] for point in one["series"]]
    observed += [one["baseline"] for one in answer["items"] if one["baseline"]]
    invented = any(str(one["source"]).startswith("演示") for one in observed)
    return replace(paper, marked=INVENTED if invented else "")


def _drawn_rates(answer: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The rates that are good when they are whole, against that."""
    measures = tuple(_measure(one["title"], one["value"]) for one in answer["rates"] if one["code"] in BETTER_WHOLE)
    return _bullets("主要比率", f"各项比率，截至 {answer['as_of']}，数值见表", measures)


def _drawn_progress(answer: Mapping[str, Any]) -> tuple[Picture, ...]:
    """How much of the way from its baseline to its goal each indicator has gone."""
    measures = tuple(_measure(f"{one['code']} {one['name']}", one["progress"]) for one in answer["items"])
    return _bullets("指标进度", f"由基期到目标已完成的比例，截至 {answer['as_of']}，数值见表", measures)


def _measure(name: str, percent: str | None) -> Measure:
    """A percentage against the whole."""
    value = None if percent is None else int(Decimal(percent) * 100)
    return Measure(name, value, 10_000, show=words.percent, short=words.percent)


def _bullets(title: str, desc: str, measures: tuple[Measure, ...]) -> tuple[Picture, ...]:
    if not measures:
        return ()
    chart = Bullet(title, desc, measures, value="当前", target="100%")
    return (Picture(bullet(chart), f"图 1　{title}", desc),)


def _asked(given: Mapping[str, Any], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (told, "、".join(map(str, given[name])) if isinstance(given[name], list) else str(given[name]))
        for name, told in names.items()
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _number(text: str | None) -> Value:
    """A number of the wire, where money has two decimals and nothing else has."""
    if text is None:
        return None
    return Amount(Decimal(text)) if _MONEY.fullmatch(text) else Decimal(text)


def _rates(answer: Mapping[str, Any]) -> Table:
    shown = (
        *(Column("名称", "text", 18), Column("值", "decimal", 12), Column("单位", "text", 6)),
        *(Column("分子", "decimal", 18), Column("分母", "decimal", 18), Column("分子、分母的单位", "text", 10)),
        Column("公式", "text", 46),
    )
    rows = []
    for one in answer["rates"]:
        value = _number(one["value"]) if one["unit"] == "amount" else _decimal(one["value"])
        parts = [_number(one["numerator"]), _number(one["denominator"])]
        units = dict.fromkeys("万元" if isinstance(part, Amount) else "个" for part in parts if part is not None)
        said = [one["title"], value, UNITS[one["unit"]], *parts, "、".join(units), one["formula"]]
        rows.append(Row(said, explain=link(one["explain"])))
    return Table("主要指标", shown, rows, key="rates", explained=True)


def _sources(answer: Mapping[str, Any]) -> Table:
    rows = [
        Row([one["title"], *cells(one, MONEY)], explain=link(one["explain"], figure="committed"))
        for one in answer["sources"]
    ]
    shown = (Column("资金来源", "text", 16), *columns(MONEY))
    chart = BarChart(0, (1, 2, 3), "各来源的合同金额、到位与拨付（万元）")
    return Table(
        "按资金来源", shown, rows, chart=chart, key="sources", explained=True, linked=LINKED.format("合同金额")
    )


def _holders(one: Mapping[str, Any]) -> Table:
    shown = (Column("名称", "text", 34), *columns(("committed",)), Column("占比", "percent", 9))
    rows = [
        Row([held["title"], *cells(held, ("committed",)), _part(held["share"])], explain=link(held["explain"]))
        for held in one["largest"]
    ]
    note = f"共 {one['holders']} 个，HHI {one['hhi'] or '—'}，CR5 {one['cr5'] or '—'}%"
    explained = any(row.explain for row in rows)
    return Table(f"集中度：{HOLDERS[one['by']]}", shown, rows, note=note, key=one["by"], explained=explained)


def _part(percent: str | None) -> Decimal | None:
    return None if percent is None else Decimal(percent) / 100


def _quality(answer: Mapping[str, Any]) -> Table:
    shown = (
        *(Column("牵头单位", "text", 34), Column("项目数", "count", 9), Column("必填项完整率", "percent", 13)),
        *(Column("统一社会信用代码有效率", "percent", 22), Column("久未更新", "count", 9)),
        Column("久未更新占比", "percent", 13),
    )

    def row(one: Mapping[str, Any], title: str | None) -> list[Value]:
        return [
            *(title, one["projects"], _part(one["completeness"]), _part(one["uscc_rate"])),
            *(one["stale"], _part(one["stale_rate"])),
        ]

    rows = [row(one, one["title"]) for one in answer["quality_by_agency"]]
    return Table("数据质量", shown, rows, row(answer["quality"], None), key="quality")


def _checks(answer: Mapping[str, Any]) -> Table:
    shown = (
        *(Column("编号", "text", 6), Column("核查", "text", 12), Column("口径", "text", 40)),
        *(Column("行数", "count", 8), Column("涉及金额（万元）", "money", 18), Column("看不到的", "text", 30)),
    )
    rows: list[list[Value]] = [
        [
            *(one["check"], one["title"], one["test"], one["rows"]),
            *(_decimal(one["amount"]), one["not_seen"] or ""),
        ]
        for one in answer["checks"]
    ]
    return Table("核查项目", shown, rows, numbered=False, key="checks")


def _rows(answer: Mapping[str, Any], about: About, note: str) -> Table:
    shown = (
        *(Column("核查", "text", 6), Column("项目编号", "text", 16), Column("项目名称", "text", 30)),
        *(Column("牵头单位", "text", 24), Column("涉及金额（万元）", "money", 18), Column("情况", "text", 46)),
    )
    rows = [
        Row(
            [
                *(one["check"], one["project_no"] or "", one["title"], about.agency(one["agency"])),
                *(_decimal(one["amount"]), "；".join(one["details"])),
            ]
        )
        for one in answer["items"]
    ]
    return Table("清单", shown, rows, note=note, key="items")


def _indicators(answer: Mapping[str, Any]) -> Table:
    shown = (
        *(
            Column("编号", "text", 6),
            Column("指标", "text", 34),
            Column("要求", "text", 16),
            Column("目标年", "text", 8),
        ),
        *(Column("基期值", "text", 14), Column("最新值", "text", 14), Column("进度", "percent", 9)),
        Column("是否达到", "text", 10),
    )
    rows = [
        [
            *(one["code"], one["name"], COMPARATORS[one["comparator"]].format(f"{one['value']} {one['unit']}")),
            _year(one["goal_year"]),
            f"{one['baseline']['value']}（{one['baseline']['year']}）" if one["baseline"] else "—",
            f"{one['latest']}（{one['series'][-1]['year']}）" if one["series"] else "—",
            *(_part(one["progress"]), ATTAINED[one["attained"]]),
        ]
        for one in answer["items"]
    ]
    chart = BarChart(1, (6,), "指标进度")
    return Table("指标", shown, rows, numbered=False, chart=chart, key="indicators")


def _year(year: int | None) -> str | None:
    """A year is a name and no number: it has no separator of thousands."""
    return None if year is None else str(year)


def _observations(answer: Mapping[str, Any]) -> Table:
    shown = (
        *(Column("编号", "text", 6), Column("年度", "text", 8), Column("观测值", "text", 12)),
        *(Column("应达", "text", 12), Column("是否达到", "text", 10), Column("来源", "text", 40)),
    )
    rows = [
        [
            *(one["code"], _year(point["year"]), point["observation"]["value"], point["meant"] or "—"),
            *(ATTAINED[point["attained"]], point["observation"]["source"]),
        ]
        for one in answer["items"]
        for point in one["series"]
    ]
    return Table("历年观测", shown, rows, numbered=False, key="observations")
