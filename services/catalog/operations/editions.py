"""Editions that follow the first: drafted, replaced, mapped, published or withdrawn."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from services.catalog import rules
from services.catalog.contract import (
    Crosswalk,
    CrosswalkRow,
    CrosswalkRows,
    DraftStands,
    Edition,
    EditionNotDraft,
    EditionNotPublishable,
    InvalidCrosswalk,
    InvalidPlan,
    PlanDocument,
    Publication,
    UnknownCrosswalk,
    UnknownEdition,
    as_json,
)
from services.catalog.operations.common import JOURNAL_CHECK, etag_of, record, standing, text_of, write_nodes
from services.catalog.store import CatalogStore
from services.shared.comparing import must_agree
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def draft_edition(connection: Connection, write: Write, plan: str, document: PlanDocument) -> Answer:
    """Draft the edition that follows the latest published one; a plan has one draft at a time."""
    store = CatalogStore(connection)
    await store.lock("plan", plan)
    previous, before = await standing(store, plan)
    made = await store.editions(plan)
    for row in made:
        if row["status"] == "draft":
            raise DraftStands(plan=plan, edition=row["edition"])
    _check(before, document, plan)
    edition = made[-1]["edition"] + 1
    row = await _write_draft(store, document, edition, previous["edition"])
    await _write_crosswalk(store, row, before, document, [], 0)
    await record(
        connection, "edition_drafted", _subject(row), row["serial"], write, before.time_zone, None, _entry(row)
    )
    return _edition_answer(201, row)


async def replace_draft(
    connection: Connection, write: Write, plan: str, edition: int, document: PlanDocument
) -> Answer:
    """Put another document in the place of a draft's; the rows stated in its crosswalk stay."""
    store = CatalogStore(connection)
    row, before = await _draft(store, plan, edition)
    write.matches(etag_of(row))
    _check(before, document, plan)
    crosswalk = await _crosswalk_row(store, plan, row["previous"], edition)
    after = await _write_draft(store, document, edition, row["previous"])
    await _write_crosswalk(store, after, before, document, _stated(crosswalk), crosswalk["version"])
    entries = (_entry(row), _entry(after))
    await record(connection, "edition_drafted", _subject(row), after["serial"], write, before.time_zone, *entries)
    return _edition_answer(200, after)


async def withdraw_draft(connection: Connection, write: Write, plan: str, edition: int) -> Answer:
    """Give a draft up: it stays, and is never published."""
    store = CatalogStore(connection)
    row, before = await _draft(store, plan, edition)
    if write.if_match is not None:
        write.matches(etag_of(row))
    await store.withdraw(plan, edition)
    after = await store.plan(plan, edition, drafts=True)
    assert after is not None, "a withdrawn edition stays"
    crosswalk = await _crosswalk_row(store, plan, row["previous"], edition)
    document = PlanDocument.model_validate_json(row["document"])
    await _write_crosswalk(store, after, before, document, _stated(crosswalk), crosswalk["version"])
    entries = (_entry(row), _entry(after))
    await record(connection, "edition_withdrawn", _subject(row), after["serial"], write, before.time_zone, *entries)
    return _edition_answer(200, after)


async def publish_edition(
    connection: Connection, write: Write, plan: str, edition: int, publication: Publication
) -> Answer:
    """Publish a draft with its crosswalk: neither changes again, and it is the latest edition from now on."""
    store = CatalogStore(connection)
    row, before = await _draft(store, plan, edition)
    if write.if_match is not None:
        write.matches(etag_of(row))
    previous = await store.plan(plan, row["previous"])
    assert previous is not None, "a draft follows a published edition"
    document = PlanDocument.model_validate_json(row["document"])
    kept = await _crosswalk_row(store, plan, row["previous"], edition)
    stated = _stated(kept)
    problems = rules.effective_problems(previous["effective_from"] or before.starts_on, publication.effective_from)
    problems += rules.crosswalk_problems(before, document, stated)
    problems += rules.unmapped_problems(rules.unmapped(before, rules.completed(before, document, stated)))
    if problems:
        raise EditionNotPublishable(errors=problems)
    await store.publish(plan, edition, publication.effective_from)
    after = await store.plan(plan, edition)
    assert after is not None, "it was published just now"
    crosswalk = await _write_crosswalk(store, after, before, document, stated, kept["version"])
    entry = {
        "edition": edition,
        "plan": as_json(document),
        "previous": row["previous"],
        "effective_from": publication.effective_from.isoformat(),
        "crosswalk": as_json(crosswalk),
    }
    await record(connection, "edition_published", _subject(row), after["serial"], write, before.time_zone, None, entry)
    return _edition_answer(200, after)


async def set_crosswalk(
    connection: Connection, write: Write, plan: str, from_edition: int, to_edition: int, given: CrosswalkRows
) -> Answer:
    """State the rows of a draft's crosswalk, in the place of those stated before."""
    store = CatalogStore(connection)
    await store.lock("plan", plan)
    await standing(store, plan)
    kept = await _crosswalk_row(store, plan, from_edition, to_edition)
    row, before = await _draft(store, plan, to_edition)
    write.matches(crosswalk_etag(kept["body"]))
    document = PlanDocument.model_validate_json(row["document"])
    problems = rules.crosswalk_problems(before, document, given.rows)
    if problems:
        raise InvalidCrosswalk(errors=problems)
    was = Crosswalk.model_validate_json(kept["body"])
    crosswalk = await _write_crosswalk(store, row, before, document, given.rows, kept["version"] + 1)
    subject = f"{plan}/{from_edition}-{to_edition}"
    entries = (_crosswalk_entry(was), _crosswalk_entry(crosswalk))
    await record(connection, "crosswalk_set", subject, crosswalk.version, write, before.time_zone, *entries)
    body = crosswalk.model_dump_json()
    return Answer(200, body, crosswalk_etag(body))


def crosswalk_etag(body: str) -> str:
    """The ETag of a crosswalk: it changes with the draft's document too, not only with the rows that are stated."""
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def edition_of_row(row: dict[str, Any]) -> Edition:
    """An edition as it is answered."""
    return Edition(
        plan=row["slug"],
        number=row["edition"],
        status=row["status"],
        published_at=row["published_at"],
        previous=row["previous"],
        effective_from=row["effective_from"],
        document_sha256=row["digest"],
    )


def _edition_answer(status: int, row: dict[str, Any]) -> Answer:
    location = f"/api/v1/plans/{row['slug']}/editions/{row['edition']}"
    return Answer(status, edition_of_row(row).model_dump_json(), etag_of(row), location)


def _check(before: PlanDocument, document: PlanDocument, plan: str) -> None:
    problems = rules.plan_problems(document) + rules.succession_problems(before, document)
    if document.slug != plan:
        problems.append(rules.problem("/slug", "slug_differs", f"the path says {plan}, the body {document.slug}"))
    if problems:
        raise InvalidPlan(errors=problems)


async def _draft(store: CatalogStore, plan: str, edition: int) -> tuple[dict[str, Any], PlanDocument]:
    """A draft's row and the document of the edition that it follows, with the plan locked."""
    await store.lock("plan", plan)
    await standing(store, plan)
    row = await store.plan(plan, edition, drafts=True)
    if row is None:
        raise UnknownEdition(plan=plan, edition=edition)
    if row["status"] != "draft":
        raise EditionNotDraft(plan=plan, edition=edition, status=row["status"])
    await _check_draft(store, row)
    previous = await store.plan(plan, row["previous"])
    assert previous is not None, "a draft follows a published edition"
    return row, PlanDocument.model_validate_json(previous["document"])


async def _check_draft(store: CatalogStore, row: dict[str, Any]) -> None:
    """DiffersFromJournal unless a draft is the one whose hash stands in the journal."""
    said = await store.last_after(_subject(row), ("edition_drafted",))
    kept = row | {"digest": hashlib.sha256(row["document"].encode()).hexdigest()}
    for stands in (row, kept):
        must_agree("edition", _subject(row), said, _entry(stands), JOURNAL_CHECK)


async def _write_draft(store: CatalogStore, document: PlanDocument, edition: int, previous: int) -> dict[str, Any]:
    text, digest = text_of(document)
    summary = rules.plan_of(document, edition).model_dump_json(by_alias=True)
    await store.set_draft(document.slug, edition, previous, digest, summary, text)
    await write_nodes(store, document, edition)
    row = await store.plan(document.slug, edition, drafts=True)
    assert row is not None, "it was written just now"
    return row


async def _crosswalk_row(store: CatalogStore, plan: str, from_edition: int, to_edition: int) -> dict[str, Any]:
    for row in await store.crosswalks(plan):
        if (row["previous"], row["edition"]) == (from_edition, to_edition):
            return row
    raise UnknownCrosswalk(plan=plan, from_edition=from_edition, to_edition=to_edition)


def _stated(row: dict[str, Any]) -> list[CrosswalkRow]:
    return CrosswalkRows.model_validate_json(row["stated"]).rows


async def _write_crosswalk(
    store: CatalogStore,
    row: dict[str, Any],
    before: PlanDocument,
    document: PlanDocument,
    stated: Sequence[CrosswalkRow],
    version: int,
) -> Crosswalk:
    """Keep the stated rows and the answer, with the rows that are generated beside them."""
    rows = rules.completed(before, document, stated)
    crosswalk = Crosswalk(
        plan=row["slug"],
        from_edition=row["previous"],
        to_edition=row["edition"],
        status=row["status"],
        effective_from=row["effective_from"],
        version=version,
        rows=rows,
        unmapped=rules.unmapped(before, rows),
    )
    kept = CrosswalkRows(rows=list(stated)).model_dump_json()
    await store.set_crosswalk(row["slug"], row["edition"], version, kept, crosswalk.model_dump_json())
    return crosswalk


def _subject(row: dict[str, Any]) -> str:
    return f"{row['slug']}/{row['edition']}"


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    """after (or before) of a draft's entry."""
    names = {"plan": "slug", "edition": "edition", "previous": "previous", "status": "status"}
    return {name: row[column] for name, column in names.items()} | {"document_sha256": row["digest"]}


def _crosswalk_entry(crosswalk: Crosswalk) -> dict[str, Any]:
    """after (or before) of a crosswalk's entry."""
    shown = as_json(crosswalk)
    rows = json.dumps(shown["rows"], ensure_ascii=False, sort_keys=True)
    named = {name: shown[name] for name in ("plan", "from_edition", "to_edition", "version")}
    return named | {"rows_sha256": hashlib.sha256(rows.encode()).hexdigest()}
