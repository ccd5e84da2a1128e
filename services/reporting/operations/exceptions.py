"""Exceptions: what an auditor should look at, check by check, with the rows behind each."""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from services.reporting.contract import CheckId, Limits
from services.reporting.operations.asking import Asked, Opened, Reported, next_page, opened, reported
from services.reporting.operations.cases import case_store, cases, passes
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.cases import Case
from services.reporting.rules.checks import CHECKS, Finding
from services.reporting.rules.doubles import same_number, why_double
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.notes import answered_from, bound_to, note
from services.reporting.store.cases import NOBODY, Alike, Kept
from services.reporting.store.cutting import CutStore
from services.shared.database import Database, Row
from services.shared.money import from_fen
from services.shared.pages import UnknownCursor
from services.shared.tokens import Caller

DOUBLES: Mapping[CheckId, tuple[str, ...]] = {"A1": ("number_key",), "A2": ("title_key", "leader_key", "kpi_key")}
"""By check the keys that two projects have in common."""
CROWD: CheckId = "A12"
MOST_OTHERS = 100
"""Of a crowd so many projects are named."""
Twins = tuple[list[Finding], list[str]]
"""What was found of a project, and the other projects that it is about."""


class Found(NamedTuple):
    """A row: its check, where it stands among those of its check, what it says on the wire, its money in fen."""

    check: CheckId
    key: str
    wire: dict[str, Any]
    fen: int | None


@dataclass
class Rows:
    """What a check found so far: the first rows, one more than are shown, and sums over all of them."""

    first: list[Found] = field(default_factory=list)
    number: int = 0
    fen: int | None = None

    def add(self, row: Found, most: int) -> None:
        """Add a row."""
        self.number += 1
        if row.fen is not None:
            self.fen = (self.fen or 0) + row.fen
        if len(self.first) <= most:
            self.first.append(row)


async def exceptions(
    database: Database,
    plans: KnownPlans,
    caller: Caller,
    asked: Asked,
    limits: Limits,
    check: CheckId | None = None,
    after: str | None = None,
    most: int = 20,
) -> Reported:
    """All checks with the first rows of each, or one check page by page. Every project is read: the cost grows with
    their number."""
    async with opened(database, plans, caller, asked) as question:
        wanted = [check] if check else list(CHECKS)
        held = {one: Rows() for one in wanted}
        async for row in _found(question, limits, wanted, after):
            held[row.check].add(row, most)
            if after is not None and held[row.check].number > most:
                break
        following = None
        if check and len(held[check].first) > most:
            following = next_page(question, check, held[check].first[most - 1].key)
        answer = question.head() | {
            "limits": limits.model_dump(mode="json"),
            "checks": [_stated(one, held[one] if after is None else None) for one in wanted],
            "items": [row.wire for one in wanted for row in held[one].first[:most]],
            "next": following,
            "notes": [*_cut_short(held, most, check), *_notes(question)],
        }
    return reported(answer, question.moment)


def _cut_short(held: Mapping[CheckId, Rows], most: int, check: CheckId | None) -> list[dict[str, Any]]:
    """A note where checks have more rows than are shown."""
    longer = [one for one, rows in held.items() if len(rows.first) > most]
    if check or not longer:
        return []
    detail = f"of {', '.join(longer)} the first {most} rows are shown: ask for one with check= to page through all"
    return [note("cut_short", detail)]


def _stated(check: CheckId, rows: Rows | None) -> dict[str, Any]:
    told = CHECKS[check]
    return {
        "check": check,
        "title": told.title,
        "test": told.test,
        "not_seen": told.not_seen,
        "rows": rows and rows.number,
        "amount": from_fen(rows.fen) if rows and rows.fen is not None else None,
    }


def _notes(question: Opened) -> list[dict[str, Any]]:
    found_in = answered_from("every project was read")
    return [found_in, *bound_to(question.scope), *formula_notes("exceptions")]


async def _found(
    question: Opened, limits: Limits, wanted: Collection[CheckId], after: str | None
) -> AsyncIterator[Found]:
    """The rows of some checks, those of each in the order of their keys, after one."""
    if set(wanted) != {CROWD}:
        async for page in cases(question, _id(after)):
            doubles = await _doubles(question, page, wanted, limits)
            for case in page:
                for check in wanted:
                    judge = CHECKS[check].judge
                    alone: Twins = (list(judge(case, limits)) if judge else [], [])
                    findings, others = doubles.get((check, case.id), alone)
                    if findings:
                        yield _row(check, case.id, case.wire, findings, others)
    if CROWD in wanted:
        async for row in _crowds(question, limits, after if set(wanted) == {CROWD} else None):
            yield row


def _id(after: str | None) -> UUID:
    try:
        return UUID(after) if after else NOBODY
    except ValueError:
        raise UnknownCursor() from None


def _row(
    check: CheckId,
    id: str | None,
    wire: Mapping[str, Any],
    findings: Sequence[Finding],
    others: list[str],
    key: str = "",
) -> Found:
    amounts = [finding.fen for finding in findings if finding.fen is not None]
    fen = sum(amounts) if amounts else None
    said = {
        "check": check,
        "project": id,
        "agency": wire["lead"],
        "project_no": wire["project_no"],
        "title": wire["title"],
        "amount": None if fen is None else from_fen(fen),
        "details": [finding.detail for finding in findings],
        "others": others,
    }
    return Found(check, key or id or "", said, fen)


async def _doubles(
    question: Opened, page: Sequence[Case], wanted: Collection[CheckId], limits: Limits
) -> dict[tuple[CheckId, str], Twins]:
    """By check and project which others may be the same; of two that are both looked at, it is said of the first."""
    keys = {key for check in wanted if check in DOUBLES for key in DOUBLES[check]}
    by_id = {case.id: case for case in page}
    if not keys or not by_id:
        return {}
    store, agencies = case_store(question), question.filters.agencies
    scoped = agencies if question.scope is not None else None
    pairs = await store.alike(question.asked.plan, list(by_id), keys, scoped)
    lawful = await store.lawful_pairs(list(by_id)) if pairs else set()
    found: dict[tuple[CheckId, str], Twins] = {}
    for pair in pairs:
        if pair.other < pair.project and _looked_at(question, pair):
            continue
        case = by_id[pair.project]
        why: list[tuple[CheckId, str]] = []
        if "A1" in wanted and same_number(pair.keys):
            why.append(("A1", "同一下达单位下编号相同"))
        doubt = why_double(case.wire, pair.document, pair.keys, limits)
        if "A2" in wanted and doubt and frozenset((pair.project, pair.other)) not in lawful:
            why.append(("A2", doubt))
        for check, word in why:
            findings, others = found.setdefault((check, case.id), ([], []))
            findings.append(Finding(f"{word}：{pair.document['project_no'] or '无编号'} {pair.document['title']}"))
            others.append(pair.other)
    return found


def _looked_at(question: Opened, pair: Alike) -> bool:
    """Whether the other project of a pair is among those that the question is about, so that the pair is said there."""
    filters = question.filters
    if filters.years or filters.sources:
        return False
    if filters.agencies is not None and pair.document["lead"] not in filters.agencies:
        return False
    return passes(question, Kept(pair.other, 0, pair.document))


async def _crowds(question: Opened, limits: Limits, after: str | None) -> AsyncIterator[Found]:
    """Leaders and then agencies with too many live projects; a key names which of them and whom."""
    of, _, key = (after or "").partition(" ")
    steps = [(by, most) for by, most in (("leader_key", limits.leader_limit), ("lead", limits.agency_limit)) if most]
    if of and of not in [by for by, _ in steps]:
        raise UnknownCursor()
    for by, most in steps:
        if of == "lead" and by == "leader_key":
            continue
        last = key if by == of else ""
        while found := await case_store(question).crowded(
            question.asked.plan, by, most, question.filters.as_of, question.filters.agencies, last
        ):
            for row in found:
                yield await _crowd(question, by, most, row)
            last = found[-1]["key"]


async def _crowd(question: Opened, by: str, most: int, row: Row) -> Found:
    store, position = CutStore(question.connection), question.moment.positions.portfolio
    ids = [str(id) for id in row["ids"]]
    key = f"{by} {row['key']}"
    if by == "lead":
        name = (await store.agencies([row["key"]], position)).get(row["key"], (row["key"], ""))[0]
        told = {"lead": row["key"], "project_no": None, "title": name}
        finding = Finding(f"{name} 牵头在研 {len(ids)} 项，限 {most} 项")
        return _row(CROWD, None, told, [finding], ids[:MOST_OTHERS], key)
    wire = json.loads((await store.documents(ids[:1], position))[ids[0]])
    finding = Finding(f"{wire['pi']['name']} 负责在研 {len(ids)} 项，限 {most} 项")
    return _row(CROWD, ids[0], wire, [finding], ids[1 : MOST_OTHERS + 1], key)
