"""Explanations: a figure of a report, opened into the projects, shares and entries that it is the sum of."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from services.reporting.contract import ExplainedFigure, UnknownLine
from services.reporting.operations.asking import Asked, Opened, Reported, next_page, opened, reported
from services.reporting.operations.coverage import Figured, figured
from services.reporting.operations.cutting import wire
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.coverage import against, standing_targets
from services.reporting.rules.facts import project_of
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.notes import note
from services.reporting.rules.places import below
from services.reporting.rules.restating import restated_targets
from services.reporting.rules.shape import HOMELESS, OUTSIDE, ROOT, WEIGHT_UNIT
from services.reporting.store.cutting import CutStore
from services.reporting.store.explaining import NOTHING_YET, After, ExplainStore
from services.shared.database import Database, Row
from services.shared.money import from_fen
from services.shared.tokens import Caller

OF_TARGETS = ("target", "gap", "surplus")


async def explain(
    database: Database,
    plans: KnownPlans,
    caller: Caller,
    asked: Asked,
    code: str,
    figure: ExplainedFigure,
    after: After | None,
    limit: int,
) -> Reported:
    """What a figure is the sum of: a page of its parts. All pages together add up to it exactly."""
    async with opened(database, plans, caller, asked) as question:
        places = below(question.plan, code)
        if places is None:
            raise UnknownLine(edition=question.plan.edition, plan=asked.plan, code=code)
        tasks = [task for task in places if task != ROOT]
        figures = await figured(question)
        line = ROOT if code == "total" else code
        total = figures.found[line][figure] if line in figures.found else wire(figure, 0)
        answer = question.head() | {"code": code, "figure": figure, "total": total, "tasks": [], "next": None}
        if figure in OF_TARGETS:
            answer |= await _of_targets(question, figures, tasks)
        else:
            answer |= await _of_facts(question, tasks, figure, after or NOTHING_YET, limit)
    detail = "a page of the parts; those of all pages add up to the total"
    if figure == "projects":
        detail = "the tasks at which projects stand; the total is the number of distinct projects"
    answer["notes"] = [note("parts", detail), *formula_notes("explain")]
    return reported(answer, question.moment)


async def _of_facts(question: Opened, tasks: Sequence[str], figure: str, after: After, limit: int) -> dict[str, Any]:
    store, plan, filters = ExplainStore(question.connection), question.plan, question.filters
    if figure == "projects":
        found = await store.projects(plan, filters, tasks, OUTSIDE, after, limit + 1)
    else:
        found = await store.money(plan, filters, tasks, figure, after, limit + 1)
    page = found[:limit]
    following = None
    if len(found) > limit:
        last = page[-1]
        following = next_page(question, str(last["project"]), str(last.get("movement", NOTHING_YET[1])), last["task"])
    return {"items": await _items(question, store, page), "next": following}


async def _items(question: Opened, store: ExplainStore, page: Sequence[Row]) -> list[dict[str, Any]]:
    projects = {row["project"] for row in page}
    cuts, position = CutStore(question.connection), question.moment.positions.portfolio
    documents = {id: json.loads(text) for id, text in (await cuts.documents(projects, position)).items()}
    shares = await store.shares(question.plan, question.filters, projects)
    movements = await store.movements({row["movement"] for row in page if "movement" in row}, projects)
    moments = await cuts.recorded_at({row["known_from"] for row in page})
    return [
        {
            "project": str(row["project"]),
            "project_no": documents[str(row["project"])].get("project_no"),
            "title": documents[str(row["project"])].get("title"),
            "share": _percent(shares.get((row["project"], row["task"]))),
            "amount": from_fen(row["fen"]) if "fen" in row else None,
            **_movement(row, movements),
            "task": row["task"],
            "position": row["known_from"],
            "recorded_at": _instant(moments.get(row["known_from"])),
            "crosswalk": _crosswalk(question, documents[str(row["project"])], row["task"]),
        }
        for row in page
    ]


def _movement(row: Row, movements: Mapping[UUID, tuple[date, int]]) -> dict[str, Any]:
    if "movement" not in row:
        return dict.fromkeys(("movement", "kind", "on", "year", "source", "entry_position"))
    on, entry = movements[row["movement"]]
    same = {name: row[name] for name in ("kind", "year", "source")}
    return {"movement": str(row["movement"]), "on": on.isoformat(), "entry_position": entry} | same


def _crosswalk(question: Opened, document: Mapping[str, Any], home: str) -> list[dict[str, Any]] | None:
    """How the shares of a project of another edition come to stand at a task of this one."""
    mapping = question.editions.between(document["edition"], question.plan.edition)
    if mapping is None:
        return None
    project = project_of(document["id"], document, question.editions.shapes[document["edition"]])
    as_of = question.filters.as_of
    steps = []
    for segment in project.segments:
        if not segment.from_on <= as_of < segment.until_on:
            continue
        for task, weight in zip(segment.tasks, segment.weights, strict=True):
            part = mapping.get(task, {None: Fraction(1)}).get(None if home in HOMELESS else home)
            if part:
                steps.append({"task": task, "share": _percent(weight), "part": str(part)})
    return steps


async def _of_targets(question: Opened, figures: Figured, tasks: Sequence[str]) -> dict[str, Any]:
    """The targets that hold at some tasks, and what each task has against its own."""
    plan, wanted = question.plan, set(tasks) & set(question.plan.carrying)
    store = ExplainStore(question.connection)
    stated = await store.targets(plan.plan.slug, question.moment.positions.catalog, question.filters.as_of)
    parts = [
        (part, target, document, position)
        for target, document, position in stated
        for part in restated_targets([target], question.editions, plan.edition)
        if part.node in wanted and not figures.wanted.narrowed
    ]
    items, gaps = [], []
    for task in (code for code in plan.carrying if code in wanted):
        own = [held for held in parts if held[0].node == task]
        standing = standing_targets([part for part, *_ in own], figures.wanted)
        if not standing:
            continue
        has = against(task, standing, figures.sums)
        gaps.append(
            {
                "task": task,
                "target": from_fen(has.target),
                "committed": from_fen(has.committed),
                "gap": from_fen(max(0, has.target - has.committed)),
                "surplus": from_fen(max(0, has.committed - has.target)),
            }
        )
        for part, target, document, position in own:
            if part in standing:
                items.append(
                    {
                        "task": task,
                        "node": target.node,
                        "edition": target.edition,
                        "year": target.year,
                        "sources": sorted(target.sources),
                        "amount": from_fen(part.fen),
                        "stated_amount": from_fen(target.fen),
                        "source_document": document,
                        "position": position,
                    }
                )
    return {"items": items, "tasks": gaps}


def _percent(weight: int | None) -> str | None:
    if weight is None:
        return None
    whole, rest = divmod(weight, WEIGHT_UNIT)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def _instant(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
