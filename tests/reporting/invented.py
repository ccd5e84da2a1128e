"""Invented journals: entries as the two services write them, fed page by page."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.catalog.contract import PlanDocument, as_json
from services.shared import merkle
from services.shared.journal import Entry, Feed
from services.shared.log import Consistency
from services.shared.notes import Checkpoint, NoteSigner, signed
from tests.builders import a_plan, some_vocabularies

START = datetime(2020, 1, 1, tzinfo=UTC)
COMPLETE = START + timedelta(minutes=400)
"""Up to where a fake journal says that it is complete, once its end was given."""
LEADS = ("local:A-01", "local:A-02", "local:A-03")


def moment(position: int) -> datetime:
    """When a position is recorded: a minute after the one before."""
    return START + timedelta(minutes=position)


def entry(position: int, kind: str, after: dict[str, Any], before: dict[str, Any] | None = None) -> Entry:
    """An entry at a position."""
    on = moment(position).date().isoformat()
    body = json.dumps({"format": 1, "kind": kind, "on": on, "before": before, "after": after}, ensure_ascii=False)
    return Entry(position=position, recorded_at=moment(position), leaf_hash="", body=body)


def page(entries: Sequence[Entry], after: int, limit: int, end: datetime | None = None) -> Feed:
    """The entries after a position."""
    items = list(entries[after : after + limit])
    known = items[-1].recorded_at if items else moment(len(entries))
    if after + len(items) == len(entries) and end is not None:
        known = end
    return Feed(items=items, next=after + len(items), known_through=known)


class FakeJournal:
    """A journal of given entries, as its client shows it; `signer` signs its checkpoints."""

    def __init__(self, entries: Sequence[Entry], most: int = 10_000, signer: NoteSigner | None = None) -> None:
        self.entries = entries
        self.most = most
        self.signer = signer

    async def journal(self, after: int, limit: int = 500, wait: float = 0) -> Feed:
        """A page; one that waits does so a little."""
        if wait and after == len(self.entries):
            await asyncio.sleep(0.05)
        return page(self.entries, after, min(limit, self.most), COMPLETE)

    def nodes(self, size: int) -> dict[merkle.Node, bytes]:
        """The tree over the first so many entries."""
        leaves = [merkle.leaf_hash(entry.body.encode()) for entry in self.entries[:size]]
        above = {(level, place): hash for level, place, hash in merkle.grown(0, [], leaves)}
        return above | {(0, place): leaf for place, leaf in enumerate(leaves)}

    async def checkpoint(self, size: int | None = None) -> str:
        """The note that `signer` signs, which bears the log's name."""
        assert self.signer is not None, "give the fake its key"
        size = len(self.entries) if size is None else size
        root = merkle.root(self.nodes(size), size)
        return signed(Checkpoint(self.signer.verifier.name, size, root).text(), [self.signer])

    async def consistency_proof(self, old: int, new: int | None = None) -> Consistency:
        """The proof of the log."""
        new = len(self.entries) if new is None else new
        nodes = self.nodes(new)
        return Consistency(
            old_size=old,
            new_size=new,
            old_root=merkle.root(nodes, old).hex(),
            new_root=merkle.root(nodes, new).hex(),
            hashes=[merkle.hash_of(nodes, span).hex() for span in merkle.consistency_spans(old, new)],
        )


def catalog_entries(plan: PlanDocument | None = None, targets: Sequence[dict[str, Any]] = ()) -> list[Entry]:
    """A plan, vocabularies, targets."""
    afters: list[tuple[str, dict[str, Any]]] = [
        ("plan_published", {"edition": 1, "plan": as_json(plan or a_plan())}),
        *(("vocabulary_set", {"vocabulary": as_json(v)}) for v in some_vocabularies()),
        *(("target_set", {"target": target}) for target in targets),
    ]
    return [entry(place, kind, after) for place, (kind, after) in enumerate(afters, 1)]


def a_target(
    node: str, amount: str, year: int | None = None, sources: Sequence[str] = ("municipal",)
) -> dict[str, Any]:
    """A target as its entry has it."""
    return {
        "node": node,
        "year": year,
        "sources": list(sources),
        "amount": amount,
        "source_document": "演示",
        "approved_by": None,
        "version": 1,
        "plan": "small",
        "edition": 1,
    }


def an_agency_entry(
    position: int, id: str, parent: str | None = None, district: str | None = "310101", name: str = ""
) -> Entry:
    """An agency registered, by default called by its id."""
    agency = {"id": id, "name": name or id, "type": "other", "district": district, "parent": parent, "version": 1}
    return entry(position, "agency_registered", {"agency": agency})


def a_project_wire(number: int, **differing: Any) -> dict[str, Any]:
    """A project as entries carry it."""
    project: dict[str, Any] = {
        "id": str(UUID(int=number)),
        "plan": "small",
        "edition": 1,
        "project_no": f"X-{number}",
        "title": f"演示 {number}",
        "lead": LEADS[0],
        "fund_class": "basic_frontier",
        "stage": None,
        "record_status": "published",
        "states": [{"state": "contracted", "on": "2017-03-15"}],
        "shares": [{"valid_from": None, "tasks": [{"code": "4.8", "weight": "70"}, {"code": "5.1", "weight": "30"}]}],
    }
    return project | differing


def a_movement_wire(number: int, project: int, **differing: Any) -> dict[str, Any]:
    """A movement as entries carry it."""
    movement: dict[str, Any] = {
        "id": str(UUID(int=10_000 + number)),
        "project": str(UUID(int=project)),
        "kind": "commitment",
        "on": date(2017, 3, 15).isoformat(),
        "on_precision": "day",
        "year": 2017,
        "source": "municipal",
        "amount": "100.00",
        "corrects": None,
        "origin": "entered",
    }
    return movement | differing


def registered(position: int, project: dict[str, Any], posted: Sequence[dict[str, Any]] = ()) -> Entry:
    """A project registered."""
    return entry(position, "project_registered", {"project": project, "posted": list(posted), "reason": None})


def changed(
    position: int, project: dict[str, Any], kind: str = "project_changed", before: dict[str, Any] | None = None
) -> Entry:
    """A project changed."""
    was = before and {"project": before, "posted": [], "reason": None}
    return entry(position, kind, {"project": project, "posted": [], "reason": None}, was)


def related(position: int, project: int, other: int, kind: str) -> Entry:
    """A project set in relation to another."""
    ids = {"project": str(UUID(int=project)), "other": str(UUID(int=other))}
    return entry(position, "relation_recorded", {"relation": ids | {"kind": kind, "note": ""}})


def recorded(position: int, movement: dict[str, Any]) -> Entry:
    """A movement recorded."""
    return entry(position, "movement_recorded", {"movement": movement, "plan": "small", "lead": LEADS[0]})
