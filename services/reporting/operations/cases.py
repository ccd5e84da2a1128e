"""The cases of a question: projects as they are known at its positions, on its day, in pages."""

from collections.abc import AsyncIterator
from uuid import UUID

from services.reporting.operations.asking import Opened
from services.reporting.rules.cases import Case, Record, case_of, is_published
from services.reporting.store.cases import NOBODY, CaseStore, Kept


def case_store(question: Opened) -> CaseStore:
    """What cases are read from."""
    return CaseStore(question.connection, question.moment.positions.portfolio)


async def cases(question: Opened, after: UUID = NOBODY) -> AsyncIterator[list[Case]]:
    """The published projects that the question is about, in the order of their ids after one.

    Years and sources choose projects that have a movement of them; a case holds all its movements all the same.
    """
    store, filters = case_store(question), question.filters
    async for page in store.pages(question.asked.plan, filters.agencies, after):
        chosen = [kept for kept in page if passes(question, kept)]
        ids = [kept.id for kept in chosen]
        movements = await store.movements(ids, filters.as_of)
        alterations = await store.alterations(ids, filters.as_of)
        found = []
        for kept in chosen:
            held = movements.get(kept.id, [])
            if (filters.years or filters.sources) and not any(
                (not filters.years or m.year in filters.years) and (not filters.sources or m.source in filters.sources)
                for _, m in held
            ):
                continue
            record = Record(kept.id, kept.document, kept.known_from, held, alterations.get(kept.id, []))
            found.append(case_of(record, question.plan.plan.settings, filters.as_of))
        yield found


def passes(question: Opened, kept: Kept) -> bool:
    """Whether a project is published and of the class and stage asked for."""
    wire, filters = kept.document, question.filters
    return (
        is_published(wire)
        and filters.fund_class in (None, wire["fund_class"] or "")
        and filters.stage in (None, wire["stage"] or "")
    )
