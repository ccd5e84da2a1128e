"""The auditor's desk: samples drawn from what a snapshot is about, findings and the steps that follow them."""

import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.reporting.contract import (
    Finding,
    FindingStep,
    NewFinding,
    NewSample,
    NewStep,
    NothingToDraw,
    Sample,
    StepNotAllowed,
    UnknownFinding,
    UnknownSample,
)
from services.reporting.operations.asking import Opened, opened
from services.reporting.operations.cases import cases
from services.reporting.operations.following import KnownPlans
from services.reporting.operations.snapshots import asked_of, snapshot_of
from services.reporting.rules.cases import Case
from services.reporting.rules.cells import MONEY
from services.reporting.rules.facts import KINDS
from services.reporting.rules.sampling import FORMULAS, Drawn, Item, Line, MonetaryUnits, RandomSample, start_of
from services.reporting.store import SnapshotStore
from services.reporting.store.cutting import CutStore
from services.reporting.store.desk import DeskStore
from services.shared.database import Connection, Database
from services.shared.money import from_fen
from services.shared.tokens import Caller
from services.shared.writes import Answer, Write

KIND = dict(zip(MONEY, KINDS, strict=True))
"""By figure the kind of movement that it sums up."""
STEPS = {
    "open": ("answered", "resolved", "accepted_risk"),
    "answered": ("open", "resolved", "accepted_risk"),
    "resolved": ("open",),
    "accepted_risk": ("open",),
}
"""What may follow a status: a finding that is closed is opened again before anything else."""
OF_MANAGERS = frozenset({"answered"})


async def drawn(database: Database, plans: KnownPlans, caller: Caller, snapshot: UUID, given: NewSample) -> Sample:
    """A sample of a snapshot, drawn and not kept yet. Every project is read, monetary units twice, 500 at a time."""
    async with database.connection() as connection:
        about = await snapshot_of(SnapshotStore(connection), snapshot)
    seed = given.seed or secrets.token_hex(16)
    async with opened(database, plans, caller, asked_of(about)) as question:
        line = Line()
        async for item in _population(question, given):
            line.add(item)
        if not line.count or (given.method == "monetary_unit" and not line.total):
            raise NothingToDraw(snapshot=snapshot)
        found = await _draw(question, given, seed, line)
        items = await _described(question, found)
    monetary = given.method == "monetary_unit"
    return Sample(
        id=uuid7(),
        snapshot=snapshot,
        method=given.method,
        population=given.population,
        figure=given.figure,
        size=given.size,
        seed=seed,
        purpose=given.purpose,
        formula=FORMULAS[given.method],
        count=line.count,
        value=from_fen(line.total),
        apart_count=line.apart_count,
        apart_value=from_fen(line.apart),
        interval=str(Fraction(line.total, given.size)) if monetary else None,
        start=str(Fraction(start_of(line.total, seed), given.size)) if monetary else None,
        items=items,
        drawn_by=caller.subject,
        drawn_at=datetime.now(UTC),
    )


async def _population(question: Opened, given: NewSample) -> AsyncIterator[Item]:
    """The items in the order of project ids, and of movement ids within a project. An item of movements is called
    `project/movement`."""
    kind = KIND[given.figure]
    async for page in cases(question):
        for case in page:
            if not case.counted:
                continue
            if given.population == "projects":
                yield Item(case.id, _value(case, kind))
            else:
                for movement in sorted(case.movements):
                    if movement.kind == kind:
                        yield Item(f"{case.id}/{movement.id}", movement.fen)


def _value(case: Case, kind: str) -> int:
    return sum(movement.fen for movement in case.movements if movement.kind == kind)


async def _draw(question: Opened, given: NewSample, seed: str, line: Line) -> list[Drawn]:
    sample: RandomSample | MonetaryUnits = (
        RandomSample(given.size, seed) if given.method == "random" else MonetaryUnits(line.total, given.size, seed)
    )
    async for item in _population(question, given):
        sample.add(item)
    return sample.drawn()


async def _described(question: Opened, found: list[Drawn]) -> list[Any]:
    ids = sorted({one.item.id.split("/")[0] for one in found})
    texts = await CutStore(question.connection).documents(ids, question.moment.positions.portfolio)
    documents = {id: json.loads(text) for id, text in texts.items()}
    described = []
    for place, one in enumerate(found, 1):
        project, _, movement = one.item.id.partition("/")
        described.append(
            {
                "place": place,
                "project": project,
                "project_no": documents[project].get("project_no"),
                "title": documents[project]["title"],
                "lead": documents[project]["lead"],
                "movement": movement or None,
                "value": from_fen(one.item.fen),
                "hits": one.hits,
                "digest": one.digest,
            }
        )
    return described


async def keep_sample(connection: Connection, sample: Sample) -> Answer:
    """Keep a sample that was drawn."""
    body = sample.model_dump_json()
    await DeskStore(connection).add_sample(sample.id, sample.snapshot, body)
    return Answer(201, body, location=f"/api/v1/snapshots/{sample.snapshot}/samples/{sample.id}")


async def add_finding(connection: Connection, write: Write, snapshot: UUID, given: NewFinding) -> Answer:
    """Enter a finding about a snapshot."""
    await snapshot_of(SnapshotStore(connection), snapshot)
    store = DeskStore(connection)
    if given.sample is not None and await store.sample(snapshot, given.sample) is None:
        raise UnknownSample(sample=given.sample, snapshot=snapshot)
    found = Finding(
        **given.model_dump(),
        id=uuid7(),
        snapshot=snapshot,
        version=1,
        status="open",
        found_by=write.caller.subject,
        found_at=datetime.now(UTC),
    )
    body = found.model_dump_json()
    await store.add_finding(found.id, snapshot, found.status, found.severity, found.due_on, body)
    return Answer(201, body, "1", f"/api/v1/snapshots/{snapshot}/findings/{found.id}")


async def add_step(connection: Connection, write: Write, snapshot: UUID, id: UUID, given: NewStep) -> Answer:
    """Say what is done about a finding; the steps before it stay as they are."""
    store = DeskStore(connection)
    row = await store.finding(snapshot, id, lock=True)
    if row is None:
        raise UnknownFinding(finding=id, snapshot=snapshot)
    write.matches(row["version"])
    found = Finding.model_validate_json(row["body"])
    allowed = STEPS[found.status] if write.caller.role == "auditor" else OF_MANAGERS & {*STEPS[found.status]}
    if given.to not in allowed:
        raise StepNotAllowed(status=found.status, to=given.to, allowed=", ".join(sorted(allowed)) or "nothing")
    step = FindingStep(**given.model_dump(), at=datetime.now(UTC), by=write.caller.subject, role=write.caller.role)
    made = {
        "status": given.to,
        "version": found.version + 1,
        "due_on": given.due_on or found.due_on,
        "steps": [*found.steps, step],
    }
    changed = found.model_copy(update=made)
    await store.add_step(id, len(changed.steps), step.model_dump_json())
    body = changed.model_dump_json()
    await store.change_finding(id, changed.version, changed.status, changed.due_on, body)
    return Answer(200, body, str(changed.version))
