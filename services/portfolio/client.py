"""Portfolio, asked over HTTP."""

from typing import Any
from uuid import UUID

from services.portfolio.contract import (
    Agency,
    Movement,
    NewAgency,
    NewMovement,
    NewProject,
    NewTransition,
    Project,
    ProjectChange,
    Registered,
)
from services.shared.client import ServiceClient
from services.shared.journal import Feed
from services.shared.pages import Page


def _body(model: Any) -> Any:
    return model.model_dump(mode="json", exclude_unset=True)


class PortfolioClient(ServiceClient):
    """One method for each route."""

    name = "portfolio"

    async def register_agency(self, agency: NewAgency, key: str | None = None) -> Agency:
        """POST /agencies."""
        answer = await self.call("POST", "/agencies", json=_body(agency), headers=_key(key))
        return Agency.model_validate_json(answer.content)

    async def agency(self, id: str) -> Agency:
        """GET /agencies/{agency}."""
        return Agency.model_validate_json((await self.call("GET", f"/agencies/{id}")).content)

    async def register_project(self, project: NewProject, key: str | None = None) -> Registered:
        """POST /projects."""
        answer = await self.call("POST", "/projects", json=_body(project), headers=_key(key))
        return Registered.model_validate_json(answer.content)

    async def project(self, id: UUID) -> Project:
        """GET /projects/{id}."""
        return Project.model_validate_json((await self.call("GET", f"/projects/{id}")).content)

    async def projects(self, **query: Any) -> Page[Project]:
        """GET /projects."""
        return Page[Project].model_validate_json((await self.call("GET", "/projects", query=query)).content)

    async def change_project(self, id: UUID, version: int, change: ProjectChange) -> Project:
        """PATCH /projects/{id}."""
        headers = {"If-Match": f'"{version}"'}
        answer = await self.call("PATCH", f"/projects/{id}", json=_body(change), headers=headers)
        return Project.model_validate_json(answer.content)

    async def enter_state(self, id: UUID, transition: NewTransition, key: str | None = None) -> Project:
        """POST /projects/{id}/transitions."""
        answer = await self.call("POST", f"/projects/{id}/transitions", json=_body(transition), headers=_key(key))
        return Project.model_validate_json(answer.content)

    async def void_project(self, id: UUID, reason: str, key: str | None = None) -> Project:
        """POST /projects/{id}/void."""
        answer = await self.call("POST", f"/projects/{id}/void", json={"reason": reason}, headers=_key(key))
        return Project.model_validate_json(answer.content)

    async def record_movement(self, id: UUID, movement: NewMovement, key: str | None = None) -> Movement:
        """POST /projects/{id}/movements."""
        answer = await self.call("POST", f"/projects/{id}/movements", json=_body(movement), headers=_key(key))
        return Movement.model_validate_json(answer.content)

    async def movements(self, id: UUID, **query: Any) -> Page[Movement]:
        """GET /projects/{id}/movements."""
        answer = await self.call("GET", f"/projects/{id}/movements", query=query)
        return Page[Movement].model_validate_json(answer.content)

    async def journal(self, after: int, limit: int = 500, wait: float = 0) -> Feed:
        """GET /journal: a page of the feed."""
        query = {"after": after, "limit": limit, "wait": wait}
        answer = await self.call("GET", "/journal", query=query, timeout=wait + 30)
        return Feed.model_validate_json(answer.content)


def _key(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}
