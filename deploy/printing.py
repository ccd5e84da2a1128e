"""Reports as tables in a terminal: figures whole, titles folded, bars where they say something."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

BAR = 24
"""Characters of a bar in the terminal."""
WORDS = ("title", "agency", "district", "source_document", "task", "chapter", "section")
"""Columns that say things in words, which may be folded."""
WIDEST, LEAST, NO_END = 40, 12, 10_000
"""Characters of such a column at most, and at least; a width that nothing reaches."""
LONGEST = 80
"""Characters of a field's value that are printed."""
WAN = Decimal(10_000)
COVERAGE = ("projects", "committed", "disbursed", "target", "gap", "covered", "coverage_rate")
GAPS = ("target", "target_committed", "gap", "gap_rate", "gap_kind", "relative_share", "chapter_median")
"""The figures of nodes that are printed."""
PARTS = ("project_no", "title", "task", "share", "amount", "kind", "on", "source", "position")
TARGET_PARTS = ("task", "stated_amount", "amount", "source_document", "position")
"""What is printed of each part of a figure, and of a target."""
OF_TARGETS = ("target", "gap", "surplus")
OF_TASKS = ("target", "committed", "gap", "surplus")
"""The figures that come of targets; what each task adds to them."""
UNTARGETED = ("agency", "district", "fund_class", "stage", "scope")
"""Filters that targets do not go by."""
MADE_FROM = ("numerator", "denominator")
AMOUNT = re.compile(r"-?\d+\.\d\d")
"""An amount of money, as the wire has it."""
PERCENT = ("relative_share", "chapter_median")
"""Figures in percent that are not called a rate."""
COMPARED = ("projects", "committed", "disbursed")
"""The figures of a comparison that are printed."""


def coverage(answer: Mapping[str, Any]) -> None:
    """The nodes of a plan with their money, and the rate of coverage with the denominator that it goes by."""
    totals, denominator = answer["totals"], answer["denominator"]["name"]
    rate = _said("coverage_rate", totals["coverage_rate"])
    said = f"covered: {totals['covered_tasks']} of {totals['tasks']}, {rate} (denominator: {denominator})"
    nodes(answer, "committed", COVERAGE, said)


def gaps(answer: Mapping[str, Any]) -> None:
    """The nodes of a plan with their gaps; a task without a target has its part of all money beside its chapter's."""
    nodes(answer, "gap", GAPS)


def nodes(answer: Mapping[str, Any], bar: str, figures: tuple[str, ...], said: str = "") -> None:
    """The nodes of a plan with a bar for one of their figures, the totals, what is said of them, and what the report
    states about itself."""
    drawn = _bars([item[bar] for item in answer["items"]])
    found = table(("code", "title", *figures, bar), show_footer=True)
    found.columns[0].footer = "total"
    for column, name in zip(found.columns[2:], figures, strict=False):
        column.footer, column.justify = _of_node(name, answer["totals"]), "right"
    for item, drawing in zip(answer["items"], drawn, strict=True):
        found.add_row(item["code"], item["title"], *(_of_node(name, item) for name in figures), drawing)
    printed(found)
    if said:
        Console(markup=False, highlight=False, soft_wrap=True).print(said)
    _state(answer)


def _of_node(name: str, figures: Mapping[str, Any]) -> str:
    """A figure of a node or of the totals: a task is covered or not, of what is above it some tasks are."""
    if name == "covered" and figures["tasks"] > 1:
        return f"{figures['covered_tasks']}/{figures['tasks']}"
    return _said(name, figures.get(name))


def matrix(answer: Mapping[str, Any]) -> None:
    """A line for each cell that holds something, with a bar."""
    figure = answer["figure"]
    titles = {one["code"]: one["title"] for one in (*answer["rows"], *answer["columns"])}
    found = table((answer["rows_by"], answer["columns_by"], figure, ""), show_footer=True)
    _foot(found, "total", 2, _said(figure, answer["total"]))
    drawn = _bars([cell["value"] for cell in answer["cells"]])
    for cell, drawing in zip(answer["cells"], drawn, strict=True):
        column = f"{cell['column']} {titles[cell['column']]}"
        found.add_row(titles[cell["row"]], column, _said(figure, cell["value"]), drawing)
    printed(found)
    _state(answer)


def trend(answer: Mapping[str, Any]) -> None:
    """A line for each period, with a bar for the figure up to its end; by budget year for that of the year."""
    figure, by_year = answer["figure"], answer["by"] == "budget_year"
    shown = ("value",) if by_year else ("value", "cumulative")
    found = table(("period", *(("until",) if not by_year else ()), *shown, ""), show_footer=not by_year)
    _foot(found, "total", len(found.columns) - 2, _said(figure, answer["total"]))
    drawn = _bars([point[shown[-1]] for point in answer["points"]])
    for point, drawing in zip(answer["points"], drawn, strict=True):
        days = () if by_year else (point["until"],)
        found.add_row(point["period"], *days, *(_said(figure, point[name]) for name in shown), drawing)
    printed(found)
    _state(answer)


def flows(answer: Mapping[str, Any]) -> None:
    """A line for each link, with a bar; at each stage the links add up to the total."""
    figure = answer["figure"]
    titles = {node["id"]: f"{node['code']} {node['title']}" for node in answer["nodes"]}
    found = table(("from", "to", figure, ""), show_footer=True, words=("from", "to"))
    _foot(found, "total of each stage", 2, _said(figure, answer["total"]))
    drawn = _bars([link["value"] for link in answer["links"]])
    for link, drawing in zip(answer["links"], drawn, strict=True):
        ends = titles[link["source"]], titles[link["target"]]
        found.add_row(*ends, _said(figure, link["value"]), drawing)
    printed(found)
    _state(answer)


def compare(answer: Mapping[str, Any]) -> None:
    """The nodes that differ, what they were and are, and the projects that made the difference."""
    found = table(("code", "title", "covered", *_both()), show_footer=True)
    found.columns[0].footer = "total"
    for column, said in zip(found.columns[3:], _figures(answer["totals"]), strict=True):
        column.footer, column.justify = said, "right"
    for item in answer["items"]:
        if any(Decimal(amount) for amount in item["difference"].values()):
            covered = [_said("", item[side]) for side in ("covered_before", "covered_after")]
            found.add_row(item["code"], item["title"], " → ".join(dict.fromkeys(covered)), *_figures(item))
    printed(found)
    moved = table(("project_no", "title", *COMPARED, "tasks", "positions"))
    for one in answer["moved"]:
        figures = (_said(name, one["difference"][name]) for name in COMPARED)
        tasks, entries = (task["task"] for task in one["tasks"]), (str(entry["position"]) for entry in one["entries"])
        number = one["project_no"] or one["project"]
        moved.add_row(number, one["title"] or "—", *figures, " ".join(tasks), " ".join(entries))
    printed(moved)
    before = answer["before"]
    said = f"from {before['as_of']} (known: {before['recorded_at'] or '—'}), {len(answer['moved'])} projects moved"
    Console().print(said)
    _state(answer)


def diff(answer: Mapping[str, Any]) -> None:
    """The nodes that differ, the targets, then project by project its fields, its money and the entries that did it."""
    shown = ("projects", "committed", "gap")
    names = [f"{name} {word}" for name in shown for word in ("before", "after", "difference")]
    figures = table(("code", "title", "covered", *names))
    for item in ({"code": "total", "title": ""} | answer["totals"], *answer["items"]):
        covered = dict.fromkeys(_said("", item[side]["covered"]) for side in ("before", "after"))
        amounts = [_said(name, item[side][name]) for name in shown for side in ("before", "after", "difference")]
        figures.add_row(item["code"], item["title"], " → ".join(covered), *amounts)
    printed(figures)
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for edition in answer["catalog"]["editions"]:
        console.print(f"edition {edition['edition']} published (catalog's entry {edition['position']})")
    for target in answer["catalog"]["targets"]:
        moved = " → ".join(_said("target", target[side]) for side in ("before", "after"))
        console.print(f"target of {target['node']}: {moved} (catalog's entry {target['position']})")
    for one in answer["projects"]:
        entries = ", ".join(str(entry["position"]) for entry in one["entries"])
        console.print(f"{one['change']} {one['project_no'] or one['project']} {one['title']} (entries {entries})")
        for field in one["fields"]:
            values = "withheld" if field["withheld"] else f"{brief(field['before'])} → {brief(field['after'])}"
            console.print(f"    {field['pointer']}: {values}")
        for movement in one["movements"]:
            about = f"{movement['source']}, {movement['year']}, entry {movement['position']}"
            console.print(f"    {movement['on']} {movement['kind']} {movement['amount']} ({about})")
    counts = answer["counts"]
    said = ", ".join(f"{counts[name]} {name}" for name in ("added", "changed", "removed"))
    console.print(f"{counts['projects']} projects: {said}; {counts['with_money_moved']} with money moved")
    sides = (f"{answer[side]['as_of']} (known: {answer[side]['recorded_at'] or '—'})" for side in ("before", "after"))
    about = f"edition {answer['edition']}, {narrowed(answer['filters'])}"
    console.print(f"from {' to '.join(sides)}; both in {about}; above in 10,000 {answer['unit']}")


def summary(answer: Mapping[str, Any]) -> None:
    """The rates with what they are made from, who has most of the money, how well the projects are registered."""
    rates = table(("title", "value", "unit", "numerator", "denominator", "formula"), words=("title", "formula"))
    for one in answer["rates"]:
        unit = f"10,000 {answer['unit']}" if one["unit"] == "amount" else one["unit"]
        value = _said("", one["value"]) if one["unit"] == "amount" else one["value"] or "—"
        rates.add_row(one["title"], value, unit, *(_made_from(one[name]) for name in MADE_FROM), one["formula"])
    printed(rates)
    holders = table(("by", "title", "committed", "share"), words=("title",))
    for one in answer["concentration"]:
        holders.add_row(one["by"], f"{one['holders']} in all", f"HHI {one['hhi'] or '—'}", f"CR5 {one['cr5'] or '—'} %")
        for held in one["largest"]:
            holders.add_row("", held["title"], _said("committed", held["committed"]), _said("_rate", held["share"]))
    printed(holders)
    quality = table(("title", "projects", "completeness", "uscc_rate", "stale"), show_footer=True)
    shares = ("completeness", "uscc_rate")
    for one in (*answer["quality_by_agency"], answer["quality"]):
        said = (str(one["projects"]), *(_said("_rate", one[name]) for name in shares), str(one["stale"]))
        if one["agency"] is not None:
            quality.add_row(one["title"], *said)
    for column, word in zip(quality.columns, ("all", *said), strict=True):
        column.footer = word
    printed(quality)
    _state(answer)


def _made_from(value: str | None) -> str:
    """A numerator or denominator: money is told from numbers by its fen."""
    return _said("", value) if value and AMOUNT.fullmatch(value) else value or "—"


def exceptions(answer: Mapping[str, Any]) -> None:
    """The checks with what they found, and the rows behind them."""
    checks = table(("check", "title", "rows", "amount", "test"), words=("title", "test"))
    for one in answer["checks"]:
        amount = _said("amount", one["amount"]) if one["amount"] is not None else ""
        checks.add_row(one["check"], one["title"], _said("", one["rows"]), amount, one["test"])
    printed(checks)
    rows = table(("check", "project_no", "title", "agency", "details"), words=("title", "agency", "details"))
    for one in answer["items"]:
        number = one["project_no"] or one["project"] or ""
        rows.add_row(one["check"], number, one["title"], one["agency"], "；".join(one["details"]))
    printed(rows)
    _state(answer)


def indicators(answer: Mapping[str, Any]) -> None:
    """The indicators with a bar for how far each has come."""
    names = ("code", "name", "goal", "baseline", "latest", "attained", "progress", "")
    found = table(names, words=("name",))
    drawn = _bars([one["progress"] for one in answer["items"]])
    for one, drawing in zip(answer["items"], drawn, strict=True):
        goal = f"{one['value']} {one['unit']} ({one['goal_year'] or '—'})"
        baseline = one["baseline"]["value"] if one["baseline"] else "—"
        said = (goal, baseline, one["latest"] or "—", one["attained"] or "—", _said("_rate", one["progress"]))
        found.add_row(one["code"], one["name"], *said, drawing)
    printed(found)
    _state(answer)


def explanation(answer: Mapping[str, Any]) -> None:
    """What a figure is the sum of; one that comes of targets is the sum of its tasks, and the targets stand below."""
    of_targets = answer["figure"] in OF_TARGETS
    if of_targets and answer["tasks"]:
        _of_tasks(answer)
    shown = TARGET_PARTS if of_targets else PARTS
    found = table(shown)
    for item in answer["items"]:
        found.add_row(*("—" if item[name] is None else str(item[name]) for name in shown))
    if answer["items"] or not of_targets:
        printed(found)
    Console(markup=False, highlight=False, soft_wrap=True).print(_sum_of(answer))


def parts(answer: Mapping[str, Any]) -> None:
    """The projects that a rate looks at, and what each adds to it."""
    names = ("project_no", "title", "lead", "state", *MADE_FROM)
    found = table(names, show_footer=True, words=("title", "lead"))
    found.columns[0].footer = "total"
    for column, name in zip(found.columns[-2:], MADE_FROM, strict=True):
        column.footer = answer[f"{name}_total"]
    for item in answer["items"]:
        found.add_row(*("—" if item[name] is None else item[name] for name in names))
    printed(found)
    Console(markup=False, highlight=False, soft_wrap=True).print(f"{answer['rate']}: {len(answer['items'])} projects")


def _of_tasks(answer: Mapping[str, Any]) -> None:
    """What each task has against its own target, and the totals, which are sums and never netted."""
    found = table(("task", *OF_TASKS), show_footer=True)
    found.columns[0].footer = "total"
    for column, name in zip(found.columns[1:], OF_TASKS, strict=True):
        column.footer, column.justify = str(sum(Decimal(task[name]) for task in answer["tasks"])), "right"
    for task in answer["tasks"]:
        found.add_row(task["task"], *(task[name] for name in OF_TASKS))
    printed(found)


def _sum_of(answer: Mapping[str, Any]) -> str:
    """The figure, and what was printed of it, in a sentence."""
    figure, total, parts = answer["figure"], answer["total"], len(answer["items"])
    about = f"{figure} of {answer['code']}"
    if figure == "projects":
        return f"{about}: {total}, each counted once, at {parts} places"
    if figure not in OF_TARGETS:
        return f"{about}: {total} {answer['unit']}, {parts} parts"
    if total is None:
        return f"{about}: none, as {_why_no_target(answer['filters'])}"
    return f"{about}: {total} {answer['unit']}, the sum of {len(answer['tasks'])} tasks with {parts} targets"


def _why_no_target(filters: Mapping[str, Any]) -> str:
    asked = [name for name in UNTARGETED if filters[name] is not None]
    if asked:
        return f"targets are set for the whole plan, not for a part of it ({', '.join(asked)})"
    return f"there is no target here{' for these years and sources' if filters['year'] or filters['source'] else ''}"


def narrowed(scope: Mapping[str, Any]) -> str:
    """What a scope, or the filters of an answer, narrow it to; the level is no filter."""
    asked = {name: value for name, value in scope.items() if name != "level" and value not in (None, [])}
    said = (f"{name} {', '.join(map(str, v)) if isinstance(v, list) else v}" for name, v in asked.items())
    return ", ".join(said) or "the whole plan"


def brief(value: Any) -> str:
    """A field's value on a line, cut where it is long."""
    text = "—" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def table(names: Iterable[str], show_footer: bool = False, words: Collection[str] = WORDS) -> Table:
    """A table whose figures stay whole: where room is short `words` are folded."""
    found = Table(show_footer=show_footer)
    for name in names:
        in_words = name in words
        found.add_column(name, no_wrap=not in_words, overflow="fold", max_width=WIDEST if in_words else None)
    return found


def printed(found: Table) -> None:
    """Print a table; in a terminal that is too narrow its lines run on, as a figure that is cut is worth nothing."""
    console = Console(markup=False, highlight=False)
    whole = Measurement.get(console, console.options.update(width=NO_END), found).maximum
    least = whole - sum(max(0, _width(column) - LEAST) for column in found.columns if not column.no_wrap)
    console.width = max(console.width, least)
    console.print(found)


def _width(column: Column) -> int:
    longest = max((cell_len(str(cell)) for cell in column.cells), default=0)
    return min(WIDEST, max(longest, cell_len(str(column.header))))


def _both() -> list[str]:
    return [word for name in COMPARED for word in (f"{name} before", "after", "difference")]


def _figures(one: Mapping[str, Any]) -> list[str]:
    return [_said(name, one[side][name]) for name in COMPARED for side in ("before", "after", "difference")]


def _foot(found: Table, word: str, place: int, total: str) -> None:
    """Say the total below a column of figures."""
    found.columns[0].footer, found.columns[place].footer = word, total
    for column in found.columns[1:-1]:
        if column.no_wrap:
            column.justify = "right"


def _bars(values: Iterable[str | int | None]) -> list[str]:
    """A bar for each value, as long as its part of the largest one; less than nothing has none."""
    amounts = [max(Decimal(value or 0), Decimal(0)) for value in values]
    largest = max(amounts, default=Decimal(0))
    return ["█" * (int(BAR * amount / largest) if largest else 0) for amount in amounts]


def _state(answer: Mapping[str, Any]) -> None:
    """What a report states about itself, and what its notes say of money."""
    console = Console(markup=False, highlight=False, soft_wrap=True)
    sizes = ", ".join(f"{name} {size}" for name, size in answer["denominators"].items())
    console.print(f"amounts in 10,000 {answer['unit']}; as of {answer['as_of']}, edition {answer['edition']}; {sizes}")
    for note in answer["notes"]:
        if note["amount"] is not None:
            console.print(f"{note['code']}: {_said('', note['amount'])} {note['detail']}")
    console.print(f"known: {answer['recorded_at'] or '—'}; formulas and other notes: --json")


def _said(name: str, value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_rate") or name in PERCENT:
        return f"{value} %"
    if isinstance(value, str) and name != "gap_kind":
        return f"{(Decimal(value) / WAN).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    return str(value)
