"""Catalog, asked over HTTP."""

from services.catalog.contract import (
    NewTarget,
    Plan,
    PlanDocument,
    ProjectText,
    Suggestions,
    Target,
    Vocabulary,
    as_json,
)
from services.shared.client import ServiceClient
from services.shared.journal import Feed


class CatalogClient(ServiceClient):
    """One method for each route."""

    name = "catalog"

    async def plans(self) -> list[Plan]:
        """GET /plans."""
        return [Plan.model_validate(found) for found in (await self.call("GET", "/plans")).json()["items"]]

    async def plan(self, slug: str) -> Plan:
        """GET /plans/{plan}."""
        return Plan.model_validate_json((await self.call("GET", f"/plans/{slug}")).content)

    async def document(self, slug: str, etag: str | None = None) -> tuple[PlanDocument | None, str]:
        """GET /plans/{plan}/document: the plan and its ETag; None where the reader has it already."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = await self.call("GET", f"/plans/{slug}/document", headers=headers)
        if answer.status_code == 304:
            assert etag is not None
            return None, etag
        return PlanDocument.model_validate_json(answer.content), answer.headers["ETag"]

    async def publish_plan(self, document: PlanDocument, key: str | None = None) -> Plan:
        """POST /plans: also where this very document stands already."""
        answer = await self.call("POST", "/plans", json=as_json(document), headers=_key(key), timeout=60)
        return Plan.model_validate_json(answer.content)

    async def suggest(self, slug: str, title: str, abstract: str = "") -> Suggestions:
        """POST /plans/{plan}/suggestions: which tasks a project fits."""
        body = as_json(ProjectText(title=title, abstract=abstract))
        return Suggestions.model_validate_json(
            (await self.call("POST", f"/plans/{slug}/suggestions", json=body)).content
        )

    async def targets(self, slug: str) -> list[Target]:
        """GET /plans/{plan}/targets."""
        answer = await self.call("GET", f"/plans/{slug}/targets")
        return [Target.model_validate(found) for found in answer.json()["items"]]

    async def set_target(self, slug: str, target: NewTarget, key: str | None = None) -> Target:
        """POST /plans/{plan}/targets."""
        answer = await self.call("POST", f"/plans/{slug}/targets", json=as_json(target), headers=_key(key))
        return Target.model_validate_json(answer.content)

    async def vocabularies(self) -> list[Vocabulary]:
        """GET /vocabularies."""
        answer = await self.call("GET", "/vocabularies")
        return [Vocabulary.model_validate(found) for found in answer.json()["items"]]

    async def vocabulary(self, code: str) -> tuple[Vocabulary, int]:
        """GET /vocabularies/{code}: the vocabulary and its version."""
        answer = await self.call("GET", f"/vocabularies/{code}")
        return Vocabulary.model_validate_json(answer.content), int(answer.headers["ETag"].strip('"'))

    async def set_vocabulary(self, vocabulary: Vocabulary, version: int = 0) -> int:
        """PUT /vocabularies/{code} over the version that was read, 0 where there is none; the version that it makes."""
        headers = {"If-Match": f'"{version}"'}
        answer = await self.call("PUT", f"/vocabularies/{vocabulary.code}", json=as_json(vocabulary), headers=headers)
        return int(answer.headers["ETag"].strip('"'))

    async def journal(self, after: int, limit: int = 500, wait: float = 0) -> Feed:
        """GET /catalog/journal: a page of the feed."""
        query = {"after": after, "limit": limit, "wait": wait}
        answer = await self.call("GET", "/catalog/journal", query=query, timeout=wait + 30)
        return Feed.model_validate_json(answer.content)


def _key(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}
