"""`kepan report …`: reports in the terminal and as files, by way of the front door."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

from deploy.asking import PLAN, asking, door

commands = typer.Typer(no_args_is_help=True, help="Reports: coverage, gaps, matrix, what a figure is the sum of")
BAR = 24
"""Characters of a bar in the terminal."""
WORDS = ("title", "agency", "district", "source_document", "task", "chapter", "section")
"""Columns that say things in words, which may be folded."""
WIDEST, LEAST, NO_END = 40, 12, 10_000
"""Characters of such a column at most, and at least; a width that nothing reaches."""
WAN = Decimal(10_000)


@dataclass(frozen=True)
class Asked:
    """The filters of a report, as its route takes them, and the files that are asked for."""

    query: dict[str, Any]
    files: dict[str, Path]
    as_json: bool


Plan = Annotated[str, typer.Option("--plan", help="the plan's slug")]
Level = Annotated[str | None, typer.Option(help="a level of the plan, or all; the tasks' by default")]
Year = Annotated[list[str] | None, typer.Option(help="budget years, repeated or with commas")]
Source = Annotated[list[str] | None, typer.Option(help="sources of money, repeated or with commas")]
Text = Annotated[str | None, typer.Option()]
Agency = Annotated[str | None, typer.Option(help="the lead agency, scheme:value")]
AsOf = Annotated[str | None, typer.Option(help="business date YYYY-MM-DD; today by default")]
RecordedAt = Annotated[str | None, typer.Option(help="what was known at that moment; now by default")]
Edition = Annotated[int | None, typer.Option(help="the edition to state it in")]
Denominator = Annotated[str, typer.Option(help="tasks, tasks_and_measures or fundable")]
File = Annotated[Path | None, typer.Option(help="write this file")]
Json = Annotated[bool, typer.Option("--json", help="print JSON alone")]


@commands.command()
def coverage(
    plan: Plan = PLAN,
    level: Level = None,
    year: Year = None,
    source: Source = None,
    agency: Agency = None,
    district: Text = None,
    fund_class: Text = None,
    stage: Text = None,
    as_of: AsOf = None,
    recorded_at: RecordedAt = None,
    edition: Edition = None,
    denominator: Denominator = "tasks",
    csv: File = None,
    xlsx: File = None,
    pdf: File = None,
    as_json: Json = False,
) -> None:
    """What of a plan is covered, by how many projects and how much money."""
    answer = _reported("coverage", _asked(locals()))
    if answer is not None:
        _show(answer, "committed", ("projects", "committed", "disbursed", "target", "gap", "covered"))


@commands.command()
def gaps(
    plan: Plan = PLAN,
    level: Level = None,
    year: Year = None,
    source: Source = None,
    as_of: AsOf = None,
    recorded_at: RecordedAt = None,
    edition: Edition = None,
    csv: File = None,
    xlsx: File = None,
    pdf: File = None,
    as_json: Json = False,
) -> None:
    """Where money is missing: targets against the commitments of the same years and sources."""
    answer = _reported("gaps", _asked(locals()))
    if answer is not None:
        _show(answer, "gap", ("target", "target_committed", "gap", "gap_rate", "gap_kind"))


@commands.command()
def explain(
    code: Annotated[str, typer.Argument(help="a node's code, or total")],
    figure: Annotated[str, typer.Option(help="committed, received, …, projects, target, gap, surplus")] = "committed",
    plan: Plan = PLAN,
    year: Year = None,
    source: Source = None,
    agency: Agency = None,
    district: Text = None,
    fund_class: Text = None,
    stage: Text = None,
    as_of: AsOf = None,
    recorded_at: RecordedAt = None,
    edition: Edition = None,
    as_json: Json = False,
) -> None:
    """Open a figure into what it is the sum of: project, share, amount, movement, journal position."""
    query = {name: value for name, value in locals().items() if name not in ("code", "as_json") and value is not None}
    with asking():
        reports, path = door(), f"/reports/coverage/{quote(code, safe='')}/explain"
        answer = reports.get(path, limit=500, **query)
        following = answer["next"]
        while following:
            page = reports.get(path, limit=500, cursor=following, **query)
            answer["items"] += page["items"]
            following = page["next"]
    if as_json:
        typer.echo(json.dumps(answer | {"next": None}, ensure_ascii=False))
        return
    shown: tuple[str, ...] = ("task", "stated_amount", "amount", "source_document", "position")
    if figure not in ("target", "gap", "surplus"):
        shown = ("project_no", "title", "task", "share", "amount", "kind", "on", "source", "position")
    table = _table(shown)
    for item in answer["items"]:
        table.add_row(*("—" if item[name] is None else str(item[name]) for name in shown))
    printed(table)
    typer.echo(f"{figure} of {code}: {answer['total']} {answer['unit']}, {len(answer['items'])} parts")


@commands.command()
def matrix(
    rows: Annotated[str, typer.Option(help="agency, district, fund_class, stage, source, year, or a level")] = "agency",
    columns: Annotated[str | None, typer.Option(help="the same; the tasks' level by default")] = None,
    figure: Annotated[
        str, typer.Option(help="committed, received, disbursed, spent, refunded, projects")
    ] = "committed",
    plan: Plan = PLAN,
    as_of: AsOf = None,
    recorded_at: RecordedAt = None,
    as_json: Json = False,
) -> None:
    """One figure by two things at once; what is nothing is left out."""
    query = {name: value for name, value in locals().items() if name != "as_json" and value is not None}
    with asking():
        answer = door().get("/reports/matrix", **query)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    titles = {one["code"]: one["title"] for one in (*answer["rows"], *answer["columns"])}
    table = _table((rows, answer["columns_by"], figure))
    for cell in answer["cells"]:
        table.add_row(titles[cell["row"]], f"{cell['column']} {titles[cell['column']]}", str(cell["value"]))
    printed(table)
    typer.echo(f"total {answer['total']}, as of {answer['as_of']}")


def _asked(given: Mapping[str, Any]) -> Asked:
    """The options of a command, told apart: filters, files, form."""
    files = {name: given[name] for name in ("csv", "xlsx", "pdf") if given[name] is not None}
    query = {
        name: value
        for name, value in given.items()
        if name not in ("csv", "xlsx", "pdf", "as_json") and value not in (None, [])
    }
    return Asked(query, files, given["as_json"])


def _reported(report: str, asked: Asked) -> dict[str, Any] | None:
    """Write the files that were asked for; the answer, unless it was printed as JSON or files were all."""
    with asking():
        reports = door()
        for format, path in asked.files.items():
            path.write_bytes(reports.content(f"/reports/{report}.{format}", **asked.query))
            typer.echo(f"{path}: written", err=True)
        if asked.files and not asked.as_json:
            return None
        answer: dict[str, Any] = reports.get(f"/reports/{report}", **asked.query)
    if asked.as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return None
    return answer


def _table(names: Iterable[str], show_footer: bool = False) -> Table:
    """A table whose figures stay whole: where room is short the titles are folded."""
    table = Table(show_footer=show_footer)
    for name in names:
        words = name in WORDS
        table.add_column(name, no_wrap=not words, overflow="fold", max_width=WIDEST if words else None)
    return table


def printed(table: Table) -> None:
    """Print a table; in a terminal that is too narrow its lines run on, as a figure that is cut is worth nothing."""
    console = Console()
    whole = Measurement.get(console, console.options.update(width=NO_END), table).maximum
    least = whole - sum(max(0, _width(column) - LEAST) for column in table.columns if column.header in WORDS)
    console.width = max(console.width, least)
    console.print(table)


def _width(column: Column) -> int:
    longest = max((cell_len(str(cell)) for cell in column.cells), default=0)
    return min(WIDEST, max(longest, cell_len(str(column.header))))


def _show(answer: Mapping[str, Any], bar: str, figures: tuple[str, ...]) -> None:
    """A table with a bar for one of its figures, the totals, and what the report states about itself."""
    largest = max((_amount(item[bar]) for item in answer["items"]), default=Decimal(0))
    table = _table(("code", "title", *figures, bar), show_footer=True)
    table.columns[0].footer = "total"
    for column, name in zip(table.columns[2:], figures, strict=False):
        column.footer, column.justify = _said(name, answer["totals"].get(name)), "right"
    for item in answer["items"]:
        length = int(BAR * max(_amount(item[bar]), Decimal(0)) / largest) if largest > 0 else 0
        table.add_row(item["code"], item["title"], *(_said(name, item[name]) for name in figures), "█" * length)
    printed(table)
    console = Console()
    sizes = ", ".join(f"{name} {size}" for name, size in answer["denominators"].items())
    console.print(f"amounts in 10,000 {answer['unit']}; as of {answer['as_of']}, edition {answer['edition']}; {sizes}")
    console.print(f"known: {answer['recorded_at'] or '—'}; not counted and other notes: --json")


def _said(name: str, value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_rate"):
        return f"{value} %"
    if isinstance(value, str) and name != "gap_kind":
        return f"{(Decimal(value) / WAN).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    return str(value)


def _amount(value: str | None) -> Decimal:
    return Decimal(value or 0)
