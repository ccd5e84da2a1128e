"""What every page with figures rests on: a report of every node, the edition that it is stated in, and whether
something of the plan is invented."""

import asyncio
from collections.abc import Iterable, Mapping

from gateway.pages.asking import Asking
from gateway.pages.filters import told_in_chinese
from services.catalog.contract import PlanDocument
from services.reporting.contract import Coverage, UnknownFilterValue
from services.shared.errors import Forbidden, NotFound

DEMO = "演示"
"""How whatever is invented for the demonstration begins."""


async def stated(asking: Asking, slug: str, query: Mapping[str, str]) -> tuple[Coverage, PlanDocument]:
    """The report that an address asks for, and the plan in the edition that the report is stated in.
    UnknownFilterValue, in the words of a page, where the address names what does not exist."""
    try:
        coverage = await asking.reporting.coverage(slug, **{**query, "level": "all"})
    except UnknownFilterValue as error:
        vocabularies, editions = await asyncio.gather(asking.catalog.vocabularies(), asking.catalog.editions(slug))
        published = [edition.number for edition in editions if edition.status == "published"]
        raise told_in_chinese(error, query, vocabularies, published) from error
    return coverage, await document_of(asking, slug, coverage.edition)


async def document_of(asking: Asking, slug: str, edition: int) -> PlanDocument:
    """A plan in one of its editions."""
    answer = await asking.catalog.call("GET", f"/plans/{slug}/document", query={"edition": edition})
    return PlanDocument.model_validate_json(answer.content)


async def lead_named(asking: Asking, query: Mapping[str, str]) -> str:
    """The name of the agency that an address asks for; nothing where it asks for none, or for one that the reader may
    not see."""
    if "agency" not in query:
        return ""
    try:
        return (await asking.portfolio.agency(query["agency"])).name
    except (Forbidden, NotFound):
        return ""


async def invented(asking: Asking, slug: str) -> bool:
    """Whether something of a plan says that it is invented: one of its targets, or the project registered first, since
    the demonstration comes before everything else."""
    targets, first = await asyncio.gather(
        asking.catalog.targets(slug), asking.portfolio.projects(plan=slug, record="published", limit=1)
    )
    return is_invented((*(target.source_document for target in targets), *(project.title for project in first.items)))


def is_invented(texts: Iterable[str]) -> bool:
    """Whether one of some titles says that what it names is invented."""
    return any(text.startswith(DEMO) for text in texts)
