"""Catalog, asked over HTTP."""

from services.catalog.contract import PlanDocument, Vocabulary
from services.shared.client import ServiceClient
from services.shared.journal import Feed


class CatalogClient(ServiceClient):
    """One method for each route."""

    name = "catalog"

    async def document(self, slug: str, etag: str | None = None) -> tuple[PlanDocument | None, str]:
        """GET /plans/{plan}/document: the plan and its ETag; None where the reader has it already."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = await self.call("GET", f"/plans/{slug}/document", headers=headers)
        if answer.status_code == 304:
            assert etag is not None
            return None, etag
        return PlanDocument.model_validate_json(answer.content), answer.headers["ETag"]

    async def vocabularies(self) -> list[Vocabulary]:
        """GET /vocabularies."""
        answer = await self.call("GET", "/vocabularies")
        return [Vocabulary.model_validate(found) for found in answer.json()["items"]]

    async def journal(self, after: int, limit: int = 500, wait: float = 0) -> Feed:
        """GET /catalog/journal: a page of the feed."""
        query = {"after": after, "limit": limit, "wait": wait}
        answer = await self.call("GET", "/catalog/journal", query=query, timeout=wait + 30)
        return Feed.model_validate_json(answer.content)
