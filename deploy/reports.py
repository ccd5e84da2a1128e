"""`kepan report …`: reports in the terminal and as files, by way of the front door.

A command is a function of what was asked and of the options that it alone has; `_command` adds those that every report
takes, so that a filter is written down once.
"""

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import parse_qs, quote, unquote, urlsplit

import typer

from deploy import printing
from deploy.asking import PLAN, asking, door, refused
from services.reporting.contract import RateOfProjects

commands = typer.Typer(
    no_args_is_help=True, help="Reports in the terminal and as files, and what a figure is the sum of"
)
Options = Mapping[str, tuple[Any, Any]]
Text = Annotated[str | None, typer.Option()]
File = Annotated[Path | None, typer.Option(help="write this file")]
FILTERS: Options = {
    "plan": (Annotated[str, typer.Option("--plan", help="the plan's slug")], PLAN),
    "level": (Annotated[str | None, typer.Option(help="a level of the plan, or all; the tasks' by default")], None),
    "year": (Annotated[list[str] | None, typer.Option(help="budget years, repeated or with commas")], None),
    "source": (Annotated[list[str] | None, typer.Option(help="sources of money, repeated or with commas")], None),
    "agency": (Annotated[str | None, typer.Option(help="the lead agency, scheme:value")], None),
    "district": (Annotated[str | None, typer.Option(help="the lead agency's district")], None),
    "fund_class": (Text, None),
    "stage": (Text, None),
    "as_of": (Annotated[str | None, typer.Option(help="business date YYYY-MM-DD; today by default")], None),
    "recorded_at": (Annotated[str | None, typer.Option(help="what was known at that moment; now by default")], None),
    "edition": (Annotated[int | None, typer.Option(help="the edition to state it in")], None),
    "denominator": (Annotated[str, typer.Option(help="tasks, tasks_and_measures or fundable")], "tasks"),
}
"""The filters that the routes of all reports take: type and default of each."""
FILES: Options = {"csv": (File, None), "xlsx": (File, None), "pdf": (File, None)}
JSON: Options = {"as_json": (Annotated[bool, typer.Option("--json", help="print JSON alone")], False)}
BETWEEN: Options = {
    "plan": FILTERS["plan"],
    "from_": (Annotated[str, typer.Option("--from", help="the earlier positions, CATALOG-PORTFOLIO")], ...),
    "to": (Annotated[str, typer.Option("--to", help="the later ones")], ...),
    "as_of": (Annotated[str | None, typer.Option(help="business date of both sides; today by default")], None),
    "from_as_of": (Annotated[str | None, typer.Option(help="the earlier side's, where it is another")], None),
    "to_as_of": (Annotated[str | None, typer.Option(help="the later side's, where it is another")], None),
    "edition": FILTERS["edition"],
    "agency": FILTERS["agency"],
    "district": FILTERS["district"],
}
"""What the diff of two positions takes, in the place of the filters."""
CutFigure = Annotated[str, typer.Option(help="committed, received, disbursed, spent, refunded, projects")]
MoneyFigure = Annotated[str, typer.Option(help="committed, received, disbursed, spent, refunded")]
Axis = Annotated[str, typer.Option(help="agency, district, fund_class, stage, source, year, or a level")]
Node = Annotated[str, typer.Option(help="a node's code, or total")]


@dataclass(frozen=True)
class Asked:
    """The query of a report, as its route takes it, the files that are asked for, and whether JSON is."""

    query: dict[str, Any]
    files: dict[str, Path]
    as_json: bool


def _command(*shared: Options) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command with the options of `shared` after its own; all options that were given make the first argument of what
    it does."""
    options = {name: option for some in shared for name, option in some.items()}

    def made(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command).parameters.values())[1:]
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for name, (kind, default) in options.items()
        ]

        def run(**given: Any) -> None:
            command(_asked(given), **{one.name: given[one.name] for one in own})

        parameters = [*(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own), *added]
        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        commands.command()(run)
        return run

    return made


@_command(FILTERS, FILES, JSON)
def coverage(asked: Asked) -> None:
    """What of a plan is covered, by how many projects and how much money."""
    answer = _reported("coverage", asked)
    if answer is not None:
        printing.coverage(answer)


@_command(FILTERS, FILES, JSON)
def gaps(asked: Asked) -> None:
    """Where money is missing: targets against the commitments of the same years and sources."""
    answer = _reported("gaps", asked)
    if answer is not None:
        printing.gaps(answer)


@_command(FILTERS, FILES, JSON)
def matrix(
    asked: Asked,
    rows: Axis = "agency",
    columns: Annotated[str | None, typer.Option(help="the same; the tasks' level by default")] = None,
    figure: CutFigure = "committed",
) -> None:
    """One figure by two things at once; what is nothing is left out."""
    answer = _reported("matrix", asked)
    if answer is not None:
        printing.matrix(answer)


@_command(FILTERS, FILES, JSON)
def trend(
    asked: Asked,
    by: Annotated[str, typer.Option(help="year, month or budget_year")] = "year",
    figure: CutFigure = "committed",
    node: Node = "total",
) -> None:
    """A figure over time."""
    answer = _reported("trend", asked)
    if answer is not None:
        printing.trend(answer)


@_command(FILTERS, FILES, JSON)
def flows(asked: Asked, figure: MoneyFigure = "committed") -> None:
    """Money from sources over classes of funds to the top nodes of the plan."""
    answer = _reported("flows", asked)
    if answer is not None:
        printing.flows(answer)


@_command(FILTERS, FILES, JSON)
def compare(
    asked: Asked,
    from_as_of: Annotated[str | None, typer.Option(help="the earlier side's business date")] = None,
    from_recorded_at: Annotated[str | None, typer.Option(help="what was known then, on the earlier side")] = None,
    node: Node = "total",
) -> None:
    """What moved between two moments, by which projects and journal entries."""
    answer = _reported("compare", asked, pages_of="moved")
    if answer is not None:
        printing.compare(answer)


@_command(BETWEEN, FILES, JSON)
def diff(asked: Asked) -> None:
    """What changed between two positions of the journals: records, money, coverage, gaps, and the entries."""
    answer = _reported("diff", asked, pages_of="projects")
    if answer is not None:
        printing.diff(answer)


@_command(FILTERS, FILES, JSON)
def summary(
    asked: Asked,
    min_projects: Annotated[int, typer.Option(help="effective coverage: projects of a task")] = 2,
    min_amount: Annotated[str, typer.Option(help="effective coverage: money of a task")] = "1000000.00",
    stale_months: Annotated[int, typer.Option(help="months without an entry after which a record is stale")] = 12,
) -> None:
    """The rates of a plan with their formulae, who has the money, how good the data are."""
    answer = _reported("summary", asked)
    if answer is not None:
        printing.summary(answer)


@_command(FILTERS, FILES, JSON)
def exceptions(
    asked: Asked,
    check: Annotated[str | None, typer.Option(help="one check with all its rows: A1 … A14")] = None,
    late_days: Annotated[int, typer.Option(help="A4")] = 30,
    idle_years: Annotated[int, typer.Option(help="A6")] = 2,
    similarity: Annotated[int, typer.Option(help="A2, percent")] = 80,
    indirect_caps: Annotated[str, typer.Option(help="A9, percent by band")] = "20,15,13",
    leader_limit: Annotated[int, typer.Option(help="A12; 0: no limit")] = 2,
    agency_limit: Annotated[int, typer.Option(help="A12; 0: no limit")] = 0,
) -> None:
    """The auditors' checks A1 to A14 with the rows behind each."""
    answer = _reported("exceptions", asked, pages_of="items" if check else "")
    if answer is not None:
        printing.exceptions(answer)


@_command(FILTERS, FILES, JSON)
def indicators(asked: Asked) -> None:
    """What the plan promises, where it started, what was observed."""
    answer = _reported("indicators", asked)
    if answer is not None:
        printing.indicators(answer)


@_command(FILTERS, JSON)
def explain(
    asked: Asked,
    context: typer.Context,
    code: Annotated[
        str,
        typer.Argument(help="a node's code, total, or a rate of projects; or a link that an answer or a file prints"),
    ],
    figure: Annotated[str, typer.Option(help="committed, received, …, projects, target, gap, surplus")] = "committed",
) -> None:
    """Open a figure into what it is the sum of: project, share, amount, movement, journal position.

    A link brings its filters along; options that are given beside it take their place.
    """
    query = {name: value for name, value in asked.query.items() if name not in ("context", "code")}
    report = "summary" if code in get_args(RateOfProjects) else "coverage"
    linked = _linked(code)
    if linked is not None:
        report, code, filters = linked
        query = filters | {name: value for name, value in query.items() if _is_typed(context, name)}
        _refuse_places(f"{code} {list(query.values())}")
    if report == "summary":
        query.pop("figure", None)
    answer = _reported(f"{report}/{quote(code, safe='')}/explain", replace(asked, query=query), pages_of="items")
    if answer is not None:
        (printing.explanation if report == "coverage" else printing.parts)(answer)


def _linked(text: str) -> tuple[str, str, dict[str, list[str]]] | None:
    """Report, code and filters of a link to an explanation; None for what is no link. Pages are left out, as all are
    read.

    Its host is left aside: the token of this home is for the front door of this home.
    """
    if not text.startswith(("/", "http://", "https://")):
        return None
    link = urlsplit(text)
    found = re.fullmatch(r"/api/v1/reports/(coverage|summary)/([^/]+)/explain", link.path)
    if found is None:
        raise refused(f"{text} is no link to an explanation: one is /api/v1/reports/coverage/CODE/explain?plan=…")
    filters = parse_qs(link.query)
    kept = {name: values for name, values in filters.items() if name not in ("cursor", "limit")}
    return found[1], unquote(found[2]), kept


def _refuse_places(text: str) -> None:
    """Refuse what still has a place for a code, a day or a figure, as the links of whole tables have."""
    place = re.search(r"\{\w+\}", text)
    if place is not None:
        raise refused(f"the link has a place to fill: write what you ask for instead of {place[0]}")


def _is_typed(context: typer.Context, name: str) -> bool:
    """Whether an option was given, and is not what it is by default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _asked(given: Mapping[str, Any]) -> Asked:
    """The options of a command, told apart: query, files, form."""
    files = {name: given[name] for name in FILES if given.get(name) is not None}
    query = {
        name.removesuffix("_"): value
        for name, value in given.items()
        if name not in (*FILES, *JSON) and value not in (None, [])
    }
    return Asked(query, files, given["as_json"])


def _reported(report: str, asked: Asked, pages_of: str = "") -> dict[str, Any] | None:
    """Write the files that were asked for; the answer, unless it was printed as JSON or files were all.

    `pages_of` names the list that the pages of an answer hold, which is given whole.
    """
    with asking():
        reports = door()
        for format, path in asked.files.items():
            path.write_bytes(reports.content(f"/reports/{report}.{format}", **asked.query))
            typer.echo(f"{path}: written", err=True)
        if asked.files and not asked.as_json:
            return None
        query = asked.query | ({"limit": 500} if pages_of else {})
        answer: dict[str, Any] = reports.get(f"/reports/{report}", **query)
        while pages_of and answer.get("next"):
            page = reports.get(f"/reports/{report}", cursor=answer["next"], **query)
            answer = answer | {pages_of: answer[pages_of] + page[pages_of], "next": page["next"]}
    if asked.as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return None
    return answer
