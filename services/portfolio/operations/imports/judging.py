"""Rows against what stands: each gets what it would register or change, or what forbids it. Many rows, few queries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import (
    AppliedRow,
    Finding,
    ImportOptions,
    ImportRow,
    Movement,
    NewAgency,
    NewMovement,
    NewProject,
    Project,
)
from services.portfolio.operations.common import number_key, scope_of
from services.portfolio.rules import Asked, Knowledge, Standing
from services.portfolio.store import ImportStore, PortfolioStore
from services.shared.database import Connection
from services.shared.text import match_key
from services.shared.tokens import Caller


@dataclass
class Run:
    """What all rows of an import are judged by."""

    caller: Caller
    knowledge: Knowledge
    options: ImportOptions
    file: str
    columns: dict[str, frozenset[str]]
    """By sheet: the fields that it has a column for."""
    day: date
    made: set[str] = field(default_factory=set)
    """Agencies that rows before have created, or would have."""
    created: set[UUID] = field(default_factory=set)
    """Projects that rows before have registered: they are no doubles of the list that they stand in."""

    @property
    def reviewed(self) -> bool:
        """Whether a second person publishes registrations and decides on changes."""
        return self.knowledge.plan.settings.registration_review == "on"


@dataclass
class Planned:
    """What a row would do. A row with errors does nothing."""

    row: AppliedRow
    agency: NewAgency | None = None
    lead: str = ""
    new: NewProject | None = None
    standing: Standing | None = None
    asked: Asked | None = None
    movements: list[NewMovement] = field(default_factory=list)

    def refuse(self, field: str, code: str, raw: object, detail: str) -> None:
        """The row can not be taken, and why."""
        self.row.errors.append(Finding(field=field, code=code, raw=str(raw), detail=detail))
        self.row.verdict, self.row.outcome = "rejected", None

    def warn(self, field: str, code: str, raw: object, detail: str) -> None:
        """The row deserves a look."""
        self.row.warnings.append(Finding(field=field, code=code, raw=str(raw), detail=detail))
        if self.row.verdict == "accepted":
            self.row.verdict = "accepted_with_warnings"


@dataclass(frozen=True)
class Around:
    """What stands around a batch of rows."""

    agencies: dict[str, bool]
    """Of the registered ones: whether the caller may act for it."""
    by_id: dict[UUID, dict[str, Any]]
    by_number: dict[str, list[dict[str, Any]]]
    disbursed: dict[UUID, Decimal]
    clear: dict[str, str]
    """Personal values by their hashes."""
    ledgers: dict[UUID, Counter[rules.MovementKey]]
    """The movements of projects whose rows carry movements."""


async def judge(connection: Connection, batch: Sequence[ImportRow], run: Run) -> list[Planned]:
    """What each row of a batch would do."""
    planned = [Planned(AppliedRow(**row.model_dump())) for row in batch]
    taken = [one for one in planned if one.row.verdict in ("accepted", "accepted_with_warnings")]
    for one in taken:
        _read(one, run)
    taken = [one for one in taken if not one.row.errors]
    around = await _around(connection, taken, run)
    for one in taken:
        _judge_lead(one, around, run)
        standing = _standing(one, around, run)
        if one.row.errors:
            continue
        if standing is None:
            one.row.outcome = "created"
        else:
            one.standing = standing
            known = around.ledgers.get(standing.project.id, Counter()).copy()
            one.movements = [movement for movement in one.movements if not _take(known, movement)]
            _judge_change(one, standing, run)
    await _look_for_doubles(ImportStore(connection), taken, run)
    return planned


def _read(one: Planned, run: Run) -> None:
    """The registration that a row asks for, checked as any other is."""
    values = one.row.values
    one.lead = values["project"]["lead"] if "project" in values else rules.lead_of(values)
    if rules.record_of(values) is not None:
        return
    wire = values["project"] if "project" in values else rules.new_project(values, run.knowledge.plan.slug)
    one.new = NewProject.model_validate(wire)
    for problem in rules.project_problems(one.new.model_copy(update={"record": "published"}), run.knowledge):
        name = problem["pointer"].split("/")[1]
        one.refuse(rules.FIELD_OF.get(name, name), problem["code"], getattr(one.new, name, ""), problem["detail"])
    one.movements = [NewMovement.model_validate(movement) for movement in values.get("movements", ())]


async def _around(connection: Connection, taken: Sequence[Planned], run: Run) -> Around:
    store = ImportStore(connection)
    numbers = {key for one in taken if one.new and (key := number_key(one.new.project_no)) is not None}
    ids = [record[0] for one in taken if (record := rules.record_of(one.row.values)) is not None]
    found = await store.standing(run.knowledge.plan.slug, numbers, ids)
    by_number: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        by_number.setdefault(row["number_key"], []).append(row)
    held = PortfolioStore(connection)
    hashes = [value for row in found for kept in rules.hashes_in(row["personal"]).values() for value in kept.values()]
    return Around(
        agencies=await store.agencies(
            {one.lead for one in taken} | {row["lead"] for row in found}, scope_of(run.caller)
        ),
        by_id={row["id"]: row for row in found},
        by_number=by_number,
        disbursed=await held.disbursed([row["id"] for row in found], date.max) if found else {},
        clear=await held.personal_values(hashes) if hashes else {},
        ledgers=await _ledgers(store, [row["id"] for row in found]) if any(one.movements for one in taken) else {},
    )


async def _ledgers(store: ImportStore, ids: Sequence[UUID]) -> dict[UUID, Counter[rules.MovementKey]]:
    found: dict[UUID, Counter[rules.MovementKey]] = {}
    for body in await store.movements(ids):
        movement = Movement.model_validate_json(body)
        found.setdefault(movement.project, Counter())[rules.movement_key(movement)] += 1
    return found


def _judge_lead(one: Planned, around: Around, run: Run) -> None:
    """A lead that is not registered yet is created; one outside the sender's scope is refused."""
    lead, name = one.lead, one.row.values.get("lead_org_name") or one.row.values.get("lead_name") or ""
    known = around.agencies.get(lead)
    if known is None:
        if lead not in run.made:
            scheme, _, value = lead.partition(":")
            one.agency = NewAgency.model_validate(
                {"identifier": {"scheme": scheme, "value": value}, "name": name, "parent": scope_of(run.caller)}
            )
            run.made.add(lead)
        one.warn("lead_org_uscc", "agency_created", lead, "该牵头单位尚未登记，应用导入时将自动登记，请核对名称与代码")
        return
    if not known:
        detail = f"{lead} 不是您所代表的单位或其下属单位：请由该单位或管理者导入"
        one.refuse("lead_org_uscc", "agency_not_allowed", lead, detail)


def _standing(one: Planned, around: Around, run: Run) -> Standing | None:
    """The project that a row is about, where it stands already: by the record that it came from, else by number and
    lead."""
    record = rules.record_of(one.row.values)
    if record is not None:
        row = around.by_id.get(record[0])
        if row is None:
            one.refuse("record_id", "unknown_record", record[0], "系统中没有这个编号的项目：请勿改动“系统编号”一列")
            return None
    else:
        assert one.new is not None, "a row without a record registers, unless its project stands"
        key = number_key(one.new.project_no)
        mine = [row for row in around.by_number.get(key or "", ()) if row["lead"] == one.lead]
        row = mine[0] if mine else None
    if row is None:
        return None
    project = Project.model_validate_json(row["body"])
    covered = around.agencies.get(project.lead, scope_of(run.caller) is None)
    if not covered:
        one.refuse("record_id", "unknown_record", project.id, "系统中没有您可以修改的这个项目")
        return None
    hashes = rules.hashes_in(row["personal"])
    phone = around.clear.get(hashes.get("pi", {}).get("phone", ""))
    return Standing(project, around.disbursed.get(project.id, Decimal(0)), phone)


def _judge_change(one: Planned, standing: Standing, run: Run) -> None:
    """What of a project that stands would change, and whether it may."""
    project, values = standing.project, one.row.values
    one.row.project = project.id
    record = rules.record_of(values)
    columns = run.columns.get(one.row.sheet, frozenset())
    if "project" in values:
        asked = rules.asked_of_wire(values["project"], standing)
    else:
        # A list that we gave out says everything: what was emptied in it was meant.
        asked = rules.asked_of(values, standing, columns, "replace" if record else run.options.policy)
    one.asked, one.new = asked, None
    for error in asked.errors:
        one.refuse(error.field, error.code, error.raw, error.detail)
    if asked.is_nothing() and not one.movements:
        one.row.outcome = "unchanged"
        return
    if record is not None and record[1] != project.version:
        detail = f"下载之后该项目已被修改（现为第 {project.version} 版）：请重新下载再改"
        one.refuse("record_version", "version_conflict", record[1], detail)
    elif record is None and run.options.policy == "add":
        changed = "、".join(sorted(rules.FIELD_OF.get(name, name) for name in asked.change)) or "状态或拨付"
        detail = f"该项目已登记，与表中不同（{changed}）：如要更新，请选择 policy=update 或 replace"
        one.refuse("project_no", "project_exists", project.project_no, detail)
    if asked.state is not None and asked.state not in rules.states_after(project.states):
        allowed = "、".join(rules.states_after(project.states)) or "无"
        one.refuse("status", "transition_not_allowed", asked.state, f"{project.state} 之后只能是：{allowed}")
    if asked.change and project.record_status in ("submitted", "correction_pending"):
        one.refuse("project_no", "record_locked", project.record_status, "登记正在审核或变更之中：请待其办结")
    elif asked.change and run.reviewed and project.record_status == "published":
        one.refuse("project_no", "change_request_needed", project.project_no, "本规划的已发布项目须经变更申请修改")
    if not one.row.errors:
        one.row.outcome = "updated"


def _take(known: Counter[rules.MovementKey], movement: NewMovement) -> bool:
    """Whether the ledger has this movement, which is then accounted for."""
    key = rules.movement_key(movement)
    known[key] -= 1
    return known[key] >= 0


async def _look_for_doubles(store: ImportStore, taken: Iterable[Planned], run: Run) -> None:
    """Near-duplicates of what would be registered are said, and forbid nothing."""
    fresh = [one for one in taken if one.new is not None and not one.row.errors]
    keys = []
    for one in fresh:
        assert one.new is not None
        keys.append(_keys(one.new))
    found = await store.alike(keys, scope_of(run.caller))
    for place, one in enumerate(fresh):
        for other in found.get(place, ()):
            same_number = keys[place]["number_key"] is not None and keys[place]["number_key"] == other["number_key"]
            document = Project.model_validate_json(other["body"]).model_dump(mode="json")
            if other["id"] in run.created:
                continue
            why = rules.candidate(keys[place], other | {"document": document}, same_number)
            if why is not None:
                one.row.candidates.append(why)


def _keys(new: NewProject) -> dict[str, Any]:
    """What a project that does not stand yet is found by as a double."""
    return {
        "lead": new.lead,
        "number_key": number_key(new.project_no),
        "title_key": match_key(new.title),
        "leader_key": rules.leader_key(new.pi.name if new.pi else None),
        "title_bands": rules.title_bands(new.title),
        "document": {"title": new.title},
    }


def counted(rows: Iterable[AppliedRow]) -> Counter[str]:
    """How many rows have which verdict, and which outcome."""
    found: Counter[str] = Counter()
    for row in rows:
        found["rows"] += 1
        found[row.verdict] += 1
        if row.outcome is not None:
            found[row.outcome] += 1
    return found
