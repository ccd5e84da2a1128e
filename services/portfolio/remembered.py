"""What the catalog says, remembered: registering goes on while the catalog is down.

A plan is asked for at most every few seconds, with the ETag of what is known; the answer is kept in PostgreSQL, so a
replica that starts while the catalog is down knows what another one heard.
"""

import json
import time

from services.catalog.client import CatalogClient
from services.catalog.contract import PlanDocument, Vocabulary, as_json
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Database
from services.shared.errors import Unavailable

FRESH_SECONDS = 5.0


class RememberedCatalog:
    """The catalog as portfolio knows it."""

    def __init__(self, database: Database, catalog: CatalogClient) -> None:
        self._database = database
        self._catalog = catalog
        self._plans: dict[str, tuple[float, str, Knowledge]] = {}
        self._vocabularies: tuple[float, dict[str, Vocabulary]] | None = None

    async def plan(self, slug: str, fresh: bool = False) -> Knowledge:
        """A plan with the vocabularies; `fresh` asks the catalog even if it was asked a moment ago."""
        known = self._plans.get(slug)
        if known is not None and not fresh and known[0] > time.monotonic():
            return known[2]
        if known is None:
            known = await self._from_database(slug)
        vocabularies = await self.vocabularies()
        try:
            document, etag = await self._catalog.document(slug, etag=known[1] if known else None)
        except Unavailable:
            if known is None:
                raise
            document, etag = None, known[1]
        if document is None and known is not None:
            knowledge = Knowledge(known[2].plan, known[2].edition, vocabularies)
        else:
            assert document is not None, "a full answer comes where nothing was known"
            knowledge = Knowledge(document, _edition(etag), vocabularies)
            await self._keep(f"plan:{slug}", etag, json.dumps(as_json(document), ensure_ascii=False))
        self._plans[slug] = (time.monotonic() + FRESH_SECONDS, etag, knowledge)
        return knowledge

    async def for_tasks(self, slug: str, codes: list[str]) -> Knowledge:
        """A plan that is asked for again when a code is not known of it."""
        knowledge = await self.plan(slug)
        if all(knowledge.stands(code) for code in codes):
            return knowledge
        return await self.plan(slug, fresh=True)

    async def vocabularies(self) -> dict[str, Vocabulary]:
        """All vocabularies."""
        if self._vocabularies is not None and self._vocabularies[0] > time.monotonic():
            return self._vocabularies[1]
        try:
            found = {v.code: v for v in await self._catalog.vocabularies()}
            text = json.dumps([as_json(v) for v in found.values()], ensure_ascii=False)
            if self._vocabularies is None or found != self._vocabularies[1]:
                await self._keep("vocabularies", "", text)
        except Unavailable:
            async with self._database.connection() as connection:
                kept = await PortfolioStore(connection).remembered("vocabularies")
            if kept is None:
                raise
            found = {v["code"]: Vocabulary.model_validate(v) for v in json.loads(kept[1])}
        self._vocabularies = (time.monotonic() + FRESH_SECONDS, found)
        return found

    async def _from_database(self, slug: str) -> tuple[float, str, Knowledge] | None:
        async with self._database.connection() as connection:
            kept = await PortfolioStore(connection).remembered(f"plan:{slug}")
        if kept is None:
            return None
        return 0.0, kept[0], Knowledge(PlanDocument.model_validate_json(kept[1]), _edition(kept[0]), {})

    async def _keep(self, name: str, etag: str, body: str) -> None:
        async with self._database.transaction() as connection:
            await PortfolioStore(connection).remember(name, etag, body)


def _edition(etag: str) -> int:
    """The edition that an ETag of a plan's document names: its digits before the first dash, or all of it."""
    digits = etag.strip('W/"').split("-")[0]
    return int(digits) if digits.isdigit() else 1
