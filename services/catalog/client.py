"""Catalog, asked over HTTP."""

from datetime import date

from services.catalog.contract import (
    Crosswalk,
    CrosswalkRow,
    CrosswalkRows,
    Edition,
    Indicator,
    NewObservation,
    NewResponsibilities,
    NewTarget,
    Observation,
    Plan,
    PlanDocument,
    ProjectText,
    Publication,
    Responsibilities,
    Responsibility,
    ReverseCrosswalk,
    Series,
    Suggestions,
    Target,
    TargetApproval,
    Vocabulary,
    as_json,
)
from services.shared.journal_client import JournalClient


class CatalogClient(JournalClient):
    """One method for each route."""

    name = "catalog"
    journal_path = "/catalog/journal"

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

    async def editions(self, slug: str) -> list[Edition]:
        """GET /plans/{plan}/editions."""
        answer = await self.call("GET", f"/plans/{slug}/editions")
        return [Edition.model_validate(found) for found in answer.json()["items"]]

    async def edition(self, slug: str, number: int) -> tuple[Edition, str]:
        """GET /plans/{plan}/editions/{n}: the edition and the ETag that replacing it takes."""
        answer = await self.call("GET", f"/plans/{slug}/editions/{number}")
        return Edition.model_validate_json(answer.content), answer.headers["ETag"]

    async def draft_edition(self, document: PlanDocument, key: str | None = None) -> Edition:
        """POST /plans/{plan}/editions."""
        path = f"/plans/{document.slug}/editions"
        answer = await self.call("POST", path, json=as_json(document), headers=_key(key), timeout=60)
        return Edition.model_validate_json(answer.content)

    async def replace_draft(self, document: PlanDocument, number: int, etag: str) -> tuple[Edition, str]:
        """PUT /plans/{plan}/editions/{n} over the draft that was read; the edition and its ETag."""
        path, headers = f"/plans/{document.slug}/editions/{number}", {"If-Match": etag}
        answer = await self.call("PUT", path, json=as_json(document), headers=headers, timeout=60)
        return Edition.model_validate_json(answer.content), answer.headers["ETag"]

    async def withdraw_draft(self, slug: str, number: int, key: str | None = None) -> Edition:
        """POST /plans/{plan}/editions/{n}/withdraw."""
        answer = await self.call("POST", f"/plans/{slug}/editions/{number}/withdraw", headers=_key(key))
        return Edition.model_validate_json(answer.content)

    async def publish_edition(self, slug: str, number: int, effective_from: date, key: str | None = None) -> Edition:
        """POST /plans/{plan}/editions/{n}/publish."""
        path, body = f"/plans/{slug}/editions/{number}/publish", as_json(Publication(effective_from=effective_from))
        answer = await self.call("POST", path, json=body, headers=_key(key))
        return Edition.model_validate_json(answer.content)

    async def crosswalks(self, slug: str) -> list[Crosswalk]:
        """GET /plans/{plan}/crosswalks."""
        answer = await self.call("GET", f"/plans/{slug}/crosswalks")
        return [Crosswalk.model_validate(found) for found in answer.json()["items"]]

    async def crosswalk(self, slug: str, from_edition: int, to_edition: int) -> tuple[Crosswalk, str]:
        """GET /plans/{plan}/crosswalks/{from}-{to}: the crosswalk and the ETag that setting it takes."""
        answer = await self.call("GET", f"/plans/{slug}/crosswalks/{from_edition}-{to_edition}")
        return Crosswalk.model_validate_json(answer.content), answer.headers["ETag"]

    async def reverse_crosswalk(self, slug: str, from_edition: int, to_edition: int) -> ReverseCrosswalk:
        """GET /plans/{plan}/crosswalks/{from}-{to}?reverse=true: back from the later edition."""
        path = f"/plans/{slug}/crosswalks/{from_edition}-{to_edition}"
        answer = await self.call("GET", path, query={"reverse": "true"})
        return ReverseCrosswalk.model_validate_json(answer.content)

    async def set_crosswalk(
        self, slug: str, from_edition: int, to_edition: int, rows: list[CrosswalkRow], etag: str
    ) -> Crosswalk:
        """PUT /plans/{plan}/crosswalks/{from}-{to} over the crosswalk that was read."""
        path, body = f"/plans/{slug}/crosswalks/{from_edition}-{to_edition}", as_json(CrosswalkRows(rows=rows))
        answer = await self.call("PUT", path, json=body, headers={"If-Match": etag})
        return Crosswalk.model_validate_json(answer.content)

    async def suggest(self, slug: str, title: str, abstract: str = "") -> Suggestions:
        """POST /plans/{plan}/suggestions: which tasks a project fits."""
        body = as_json(ProjectText(title=title, abstract=abstract))
        return Suggestions.model_validate_json(
            (await self.call("POST", f"/plans/{slug}/suggestions", json=body)).content
        )

    async def targets(self, slug: str, node: str | None = None, history: bool = False) -> list[Target]:
        """GET /plans/{plan}/targets: those that stand, or every version."""
        query = {"history": str(history).lower()} | ({"node": node} if node else {})
        answer = await self.call("GET", f"/plans/{slug}/targets", query=query)
        return [Target.model_validate(found) for found in answer.json()["items"]]

    async def set_target(self, slug: str, target: NewTarget, key: str | None = None) -> Target:
        """POST /plans/{plan}/targets."""
        answer = await self.call("POST", f"/plans/{slug}/targets", json=as_json(target), headers=_key(key))
        return Target.model_validate_json(answer.content)

    async def approve_target(self, slug: str, approval: TargetApproval, key: str | None = None) -> Target:
        """POST /plans/{plan}/targets/approvals."""
        path = f"/plans/{slug}/targets/approvals"
        answer = await self.call("POST", path, json=as_json(approval), headers=_key(key))
        return Target.model_validate_json(answer.content)

    async def responsibilities(self, slug: str, code: str) -> Responsibilities:
        """GET /plans/{plan}/nodes/{code}/responsibilities."""
        answer = await self.call("GET", f"/plans/{slug}/nodes/{code}/responsibilities")
        return Responsibilities.model_validate_json(answer.content)

    async def set_responsibilities(
        self, slug: str, code: str, items: list[Responsibility], version: int = 0
    ) -> Responsibilities:
        """PUT /plans/{plan}/nodes/{code}/responsibilities over the version that was read, 0 where there is none."""
        path, headers = f"/plans/{slug}/nodes/{code}/responsibilities", {"If-Match": f'"{version}"'}
        answer = await self.call("PUT", path, json=as_json(NewResponsibilities(items=items)), headers=headers)
        return Responsibilities.model_validate_json(answer.content)

    async def indicators(self, slug: str) -> list[Indicator]:
        """GET /plans/{plan}/indicators."""
        answer = await self.call("GET", f"/plans/{slug}/indicators")
        return [Indicator.model_validate(found) for found in answer.json()["items"]]

    async def observations(self, slug: str, code: str) -> Series:
        """GET /plans/{plan}/indicators/{code}/observations: the indicator through the years."""
        answer = await self.call("GET", f"/plans/{slug}/indicators/{code}/observations")
        return Series.model_validate_json(answer.content)

    async def observation_history(self, slug: str, code: str) -> list[Observation]:
        """GET /plans/{plan}/indicators/{code}/observations/history: every entry."""
        answer = await self.call("GET", f"/plans/{slug}/indicators/{code}/observations/history")
        return [Observation.model_validate(found) for found in answer.json()["items"]]

    async def record_observation(
        self, slug: str, code: str, new: NewObservation, key: str | None = None
    ) -> Observation:
        """POST /plans/{plan}/indicators/{code}/observations."""
        path = f"/plans/{slug}/indicators/{code}/observations"
        answer = await self.call("POST", path, json=as_json(new), headers=_key(key))
        return Observation.model_validate_json(answer.content)

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


def _key(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}
