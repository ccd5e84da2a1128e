"""What a person may ask from a terminal, through the front door."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import httpx
import typer
from rich.console import Console
from rich.table import Table

from deploy.home import home_of
from deploy.local import note_of
from deploy.seed import Door, Refused
from services.shared.errors import ServiceError
from services.shared.tokens import Signer

PLAN = "shanghai-sti-13"


class NotAskable(typer.Exit):
    """Nothing answers, or the answer is a refusal; the reason was printed."""


def door(role: str = "manager") -> Door:
    """The front door: KEPAN_URL and KEPAN_TOKEN, or the local run and a token that its keys sign for a role."""
    url, home = address(), home_of()
    token = os.environ.get("KEPAN_TOKEN")
    if not token:
        key = home / "keys" / "gateway.pem"
        if not key.exists():
            raise refused("no token: set KEPAN_TOKEN (`kepan token ROLE` prints one on the machine of the local run)")
        token = Signer("gateway", key).sign(f"{role}@local", role)
    return Door(url, token)


def address() -> str:
    """Where the front door is: KEPAN_URL, or the local run."""
    url = os.environ.get("KEPAN_URL") or note_of(home_of()).get("address")
    if not url:
        raise refused("nothing runs here: start it with `make up`, or name a running one in KEPAN_URL and KEPAN_TOKEN")
    return str(url)


@contextmanager
def asking() -> Iterator[None]:
    """Whatever goes wrong on the way is said in one sentence, without a traceback."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        raise refused(f"GET {error.request.url} answers {error.response.status_code}") from None
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise refused(f"the front door does not answer ({error}): is it running?") from None
    except Refused as error:
        raise refused(plainly(str(error))) from None
    except (ServiceError, OSError, ValueError, KeyError) as error:
        raise refused(str(error)) from None


NOT_YET = re.compile(r"not_yet_known: What was recorded at (\S+) is not wholly known here yet: ask again in a moment\.")
NO_STEP = re.compile(r"you may not make it (\w+), but: ([\w, ]+)\.")
"""What a refusal says, before what is possible instead, or `nothing`."""


def plainly(refusal: str) -> str:
    """A refusal for a person who sees what he asked: a moment that lies ahead is not waited for."""
    found = NOT_YET.search(refusal)
    if found and datetime.fromisoformat(found[1]) > datetime.now(UTC):
        return f"{found[1]} lies ahead: what is recorded until then is known then; now is known by default"
    return NO_STEP.sub(_steps_left, refusal)


def _steps_left(refusal: re.Match[str]) -> str:
    if refusal[2] == "nothing":
        return f"you may not make it {refusal[1]}, nor anything else."
    return f"you may not make it {refusal[1]}, you may make it {refusal[2].replace(', ', ' or ')}."


def refused(reason: str) -> NotAskable:
    """Say on standard error why nothing comes of it."""
    typer.echo(f"kepan: {reason}", err=True)
    return NotAskable(1)


def suggest(
    title: Annotated[str, typer.Argument(help="the project's title")] = "",
    abstract: Annotated[str, typer.Option(help="the project's abstract")] = "",
    plan: Annotated[str, typer.Option(help="the plan's slug")] = PLAN,
    evaluate: Annotated[
        Path | None, typer.Option(help="projects with their tasks, one JSON object a line: say how often it is right")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON alone")] = False,
) -> None:
    """Which tasks of a plan does a project fit?"""
    if not title and evaluate is None:
        raise typer.BadParameter("give a title, or a file to --evaluate")
    with asking():
        asked = door()
        if evaluate is None:
            answer = asked.post(f"/plans/{plan}/suggestions", {"title": title, "abstract": abstract})
            typer.echo(json.dumps(answer, ensure_ascii=False)) if as_json else _show(answer)
        else:
            labelled = [json.loads(line) for line in evaluate.read_text(encoding="utf-8").splitlines() if line.strip()]
            found = judged(labelled, [_codes(asked, plan, project) for project in labelled])
            typer.echo(json.dumps(found._asdict() | {"file": evaluate.name}, ensure_ascii=False))


def _codes(asked: Door, plan: str, project: dict[str, Any]) -> list[str]:
    text = {"title": project["title"], "abstract": project.get("abstract", "")}
    return [item["code"] for item in asked.post(f"/plans/{plan}/suggestions", text)["items"]]


def _show(answer: dict[str, Any]) -> None:
    if answer["none"]:
        typer.echo("none: too little speaks for any task of this plan")
        return
    table = Table("task", "title", "score", "because")
    for item in answer["items"]:
        table.add_row(item["code"], item["title"], f"{item['score']:.1f}", "、".join(item["because"]))
    Console().print(table)


class Judged(NamedTuple):
    """How often suggestions are right, as parts of 1; None where there was nothing to be right about."""

    projects: int
    top1: float | None
    """Of the projects that have tasks: the first suggestion is one of them."""
    top3: float | None
    """Of the projects that have tasks: one of the first three suggestions is one of them."""
    none_precision: float | None
    """Of the projects that were said to fit none: they have no task."""
    none_recall: float | None
    """Of the projects that have no task: they were said to fit none."""


def judged(labelled: Sequence[dict[str, Any]], suggested: Sequence[Sequence[str]]) -> Judged:
    """Compare suggestions with the tasks that people chose; `tasks` is empty where none fits."""
    both = [(set(project["tasks"]), codes) for project, codes in zip(labelled, suggested, strict=True)]
    tagged = [(tasks, codes) for tasks, codes in both if tasks]
    return Judged(
        projects=len(both),
        top1=_part(bool(tasks & set(codes[:1])) for tasks, codes in tagged),
        top3=_part(bool(tasks & set(codes[:3])) for tasks, codes in tagged),
        none_precision=_part(not tasks for tasks, codes in both if not codes),
        none_recall=_part(not codes for tasks, codes in both if not tasks),
    )


def _part(right: Iterable[bool]) -> float | None:
    found = list(right)
    return round(sum(found) / len(found), 4) if found else None
