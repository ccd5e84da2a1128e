"""Portfolio, asked over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from services.portfolio.contract import (
    Agency,
    AppliedRow,
    Candidate,
    ChangeRequest,
    Decision,
    Happening,
    Import,
    ImportOptions,
    Movement,
    NewAgency,
    NewChangeRequest,
    NewMovement,
    NewProject,
    NewRelation,
    NewTransition,
    People,
    Project,
    ProjectChange,
    RecordTransition,
    Registered,
    Relation,
    Verdict,
)
from services.shared.journal_client import JournalClient
from services.shared.pages import Page


def _body(model: Any) -> Any:
    return model.model_dump(mode="json", exclude_unset=True)


class PortfolioClient(JournalClient):
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

    async def enter_record_state(self, id: UUID, transition: RecordTransition, key: str | None = None) -> Project:
        """POST /projects/{id}/record-transitions."""
        answer = await self.call(
            "POST", f"/projects/{id}/record-transitions", json=_body(transition), headers=_key(key)
        )
        return Project.model_validate_json(answer.content)

    async def request_change(self, id: UUID, request: NewChangeRequest, key: str | None = None) -> ChangeRequest:
        """POST /projects/{id}/change-requests."""
        answer = await self.call("POST", f"/projects/{id}/change-requests", json=_body(request), headers=_key(key))
        return ChangeRequest.model_validate_json(answer.content)

    async def decide_change(self, id: UUID, number: int, decision: Decision, key: str | None = None) -> ChangeRequest:
        """POST /projects/{id}/change-requests/{number}/decision."""
        path = f"/projects/{id}/change-requests/{number}/decision"
        answer = await self.call("POST", path, json=_body(decision), headers=_key(key))
        return ChangeRequest.model_validate_json(answer.content)

    async def history(self, id: UUID, **query: Any) -> Page[Happening]:
        """GET /projects/{id}/history."""
        answer = await self.call("GET", f"/projects/{id}/history", query=query)
        return Page[Happening].model_validate_json(answer.content)

    async def candidates(self, id: UUID) -> list[Candidate]:
        """GET /projects/{id}/candidates."""
        answer = await self.call("GET", f"/projects/{id}/candidates")
        return Page[Candidate].model_validate_json(answer.content).items

    async def relate(self, id: UUID, relation: NewRelation, key: str | None = None) -> Relation:
        """POST /projects/{id}/relations."""
        answer = await self.call("POST", f"/projects/{id}/relations", json=_body(relation), headers=_key(key))
        return Relation.model_validate_json(answer.content)

    async def people(self, id: UUID, reason: str) -> People:
        """GET /projects/{id}/people."""
        answer = await self.call("GET", f"/projects/{id}/people", query={"reason": reason})
        return People.model_validate_json(answer.content)

    async def add_import(self, file: Path, plan: str, options: ImportOptions, key: str | None = None) -> Import:
        """POST /imports."""
        given = options.model_dump(mode="json", exclude_none=True)
        form = {"plan": plan} | {name: str(value) for name, value in given.items()}
        with file.open("rb") as content:
            answer = await self.call(
                "POST", "/imports", files={"file": (file.name, content)}, data=form, headers=_key(key), timeout=600
            )
        return Import.model_validate_json(answer.content)

    async def import_(self, id: UUID) -> Import:
        """GET /imports/{id}."""
        return Import.model_validate_json((await self.call("GET", f"/imports/{id}")).content)

    async def import_rows(self, id: UUID, verdict: Verdict | None = None) -> AsyncIterator[AppliedRow]:
        """GET /imports/{id}/rows, page after page."""
        cursor = None
        while True:
            query = {"verdict": verdict, "cursor": cursor, "limit": 500}
            answer = await self.call("GET", f"/imports/{id}/rows", query=query)
            page = Page[AppliedRow].model_validate_json(answer.content)
            for row in page.items:
                yield row
            cursor = page.next
            if cursor is None:
                return

    async def apply_import(self, id: UUID, options: ImportOptions, key: str | None = None) -> Import:
        """POST /imports/{id}/apply."""
        answer = await self.call("POST", f"/imports/{id}/apply", json=_body(options), headers=_key(key))
        return Import.model_validate_json(answer.content)

    async def import_result(self, id: UUID) -> bytes:
        """GET /imports/{id}/result.xlsx."""
        return (await self.call("GET", f"/imports/{id}/result.xlsx", timeout=600)).content

    async def projects_file(self, plan: str, format: Literal["xlsx", "csv"] = "xlsx") -> bytes:
        """GET /projects.xlsx or /projects.csv."""
        return (await self.call("GET", f"/projects.{format}", query={"plan": plan}, timeout=600)).content

    async def movements(self, id: UUID, **query: Any) -> Page[Movement]:
        """GET /projects/{id}/movements."""
        answer = await self.call("GET", f"/projects/{id}/movements", query=query)
        return Page[Movement].model_validate_json(answer.content)


def _key(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}
