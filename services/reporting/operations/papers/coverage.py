"""Coverage and gaps as papers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.reporting.files.paper import BarChart, Column, Paper, Picture, Row, Table
from services.reporting.operations.papers.about import About
from services.reporting.operations.papers.common import FIGURES, LINKED, cells, code_of, columns, link, paper_of
from services.shared.charts import GAP, SERIES, Bar, Bars, Key, Part, bars
from services.shared.money import in_fen

MOST_BARS = 16
COVERAGE = (
    *("projects", "agencies", "committed", "received", "disbursed", "spent", "target", "target_committed", "gap"),
    *("gap_rate", "covered", "covered_tasks", "tasks", "coverage_rate"),
)
GAPS = (
    *("target", "target_committed", "gap", "gap_rate", "surplus", "gap_kind", "tasks_without_target"),
    *("relative_share", "chapter_median"),
)
NAMES = (Column("编号", "text", 10, "code"), Column("名称", "text", 34, "title"))
AGAINST, ALONE = "目标口径合同金额与目标", "合同金额"
"""What is drawn: what counts against a target beside it, as a target may be for some sources and years only; where no
node has a target, what is committed."""
RELATIVE = "无目标值的任务列出其合同金额占全部合同金额的份额，并列本章各任务该份额的中位数"


def coverage_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """What of a plan is covered."""
    drawn = ("target_committed", "target") if _has_targets(answer) else ("committed",)
    title = f"{AGAINST if _has_targets(answer) else ALONE}（万元）"
    chart = BarChart(1, tuple(len(NAMES) + COVERAGE.index(name) for name in drawn), title)
    table = _table("覆盖情况", answer, COVERAGE, chart, "coverage", "committed")
    return paper_of(answer, about, "任务覆盖情况", (table,), _pictures(answer))


def gaps_paper(answer: Mapping[str, Any], about: About) -> Paper:
    """Where money is missing."""
    chart = BarChart(1, tuple(len(NAMES) + GAPS.index(name) for name in ("target", "gap")), "目标与缺口（万元）")
    table = _table("资金缺口", answer, GAPS, chart, "gaps", "gap")
    return paper_of(answer, about, "资金缺口", (table,), _pictures(answer), (), (RELATIVE,))


def _table(
    name: str, answer: Mapping[str, Any], figures: tuple[str, ...], chart: BarChart, key: str, explained: str
) -> Table:
    template = answer.get("explain")
    return Table(
        name,
        (*NAMES, *columns(figures)),
        _rows(answer, figures, explained),
        [None, None, *cells(answer["totals"], figures)],
        chart=chart,
        key=key,
        explained=bool(template),
        linked=LINKED.format(FIGURES[explained][0]) if template else "",
        totals_explain=link(template, code="total", figure=explained),
    )


def _rows(answer: Mapping[str, Any], names: tuple[str, ...], explained: str) -> list[Row]:
    depth: dict[str | None, int] = {None: -1}
    found = []
    for item in answer["items"]:
        level = depth[item["code"]] = depth.get(item["parent"], -1) + 1
        explain = link(answer.get("explain"), code=item["code"], figure=explained)
        found.append(Row([code_of(item), item["title"], *cells(item, names)], level, explain=explain))
    return found


def _has_targets(answer: Mapping[str, Any]) -> bool:
    return any(item["target"] is not None for item in answer["items"])


def _pictures(answer: Mapping[str, Any]) -> tuple[Picture, ...]:
    """What counts against targets beside them, of as many nodes as can be read; of more the largest. What has no target
    is drawn where nothing has one."""
    against = _has_targets(answer)
    money, said = ("target_committed", AGAINST) if against else ("committed", ALONE)
    known = [item for item in answer["items"] if item["target"] is not None or (not against and item.get(money))]
    ranked = sorted(known, key=lambda item: max(_fen(item[money]) or 0, _fen(item["target"]) or 0), reverse=True)
    shown = [item for item in known if item in ranked[:MOST_BARS]]
    if not shown:
        return ()
    cut = f"只画出金额最大的 {MOST_BARS} 项" if len(known) > MOST_BARS else ""
    without = "未定目标的不在图中" if against and len(known) < len(answer["items"]) else ""
    drawn = bars(
        Bars(
            title=f"{said}（万元）",
            desc=f"按任务列出{said}，截至 {answer['as_of']}",
            bars=tuple(
                Bar(f"{code_of(item)} {item['title']}".strip(), (Part(_fen(item[money]), 0),), _fen(item["target"]))
                for item in shown
            ),
            keys=(Key("目标口径合同金额", SERIES[0]), Key("缺口", GAP)) if against else (Key(ALONE, SERIES[0]),),
            note="；".join(filter(None, (cut, without))),
        )
    )
    caption = f"图 1　{said}，截至 {answer['as_of']}"
    if against:
        caption += "；目标口径合同金额只计目标所列年度与来源"
    return (Picture(drawn, caption, f"各任务的{said}"),)


def _fen(amount: str | None) -> int | None:
    return None if amount is None else in_fen(Decimal(amount))
