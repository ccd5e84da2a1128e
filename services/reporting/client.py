"""Reporting, asked over HTTP."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.reporting.contract import (
    AccessLogPart,
    Applied,
    Coverage,
    Diff,
    Exceptions,
    ExplainedFigure,
    Explanation,
    Finding,
    Flows,
    Gaps,
    Matrix,
    Notice,
    Sample,
    SavedReport,
    Snapshot,
    Trend,
    WantedAccessLog,
)
from services.shared.client import ServiceClient
from services.shared.pages import Page


class ReportingClient(ServiceClient):
    """One method for each route; the filters are those of the route."""

    name = "reporting"

    async def coverage(self, plan: str, **filters: Any) -> Coverage:
        """GET /reports/coverage."""
        answer = await self.call("GET", "/reports/coverage", query={"plan": plan} | filters, timeout=60)
        return Coverage.model_validate_json(answer.content)

    async def gaps(self, plan: str, **filters: Any) -> Gaps:
        """GET /reports/gaps."""
        answer = await self.call("GET", "/reports/gaps", query={"plan": plan} | filters, timeout=60)
        return Gaps.model_validate_json(answer.content)

    async def matrix(self, plan: str, **filters: Any) -> Matrix:
        """GET /reports/matrix."""
        answer = await self.call("GET", "/reports/matrix", query={"plan": plan} | filters, timeout=60)
        return Matrix.model_validate_json(answer.content)

    async def trend(self, plan: str, **filters: Any) -> Trend:
        """GET /reports/trend."""
        answer = await self.call("GET", "/reports/trend", query={"plan": plan} | filters, timeout=60)
        return Trend.model_validate_json(answer.content)

    async def flows(self, plan: str, **filters: Any) -> Flows:
        """GET /reports/flows."""
        answer = await self.call("GET", "/reports/flows", query={"plan": plan} | filters, timeout=60)
        return Flows.model_validate_json(answer.content)

    async def notices(self, limit: int) -> list[Notice]:
        """GET /reports/notices; the newest ones, the newest first."""
        answer = await self.call("GET", "/reports/notices", query={"order": "newest", "limit": limit})
        return Page[Notice].model_validate_json(answer.content).items

    async def saved_reports(self) -> list[SavedReport]:
        """GET /reports/saved; all of them: one person keeps fewer than a page holds."""
        answer = await self.call("GET", "/reports/saved", query={"limit": 500})
        return Page[SavedReport].model_validate_json(answer.content).items

    async def explain(self, plan: str, code: str, figure: ExplainedFigure, **filters: Any) -> Explanation:
        """GET /reports/coverage/{code}/explain; a page of the parts."""
        query = {"plan": plan, "figure": figure} | filters
        path = f"/reports/coverage/{quote(code, safe='')}/explain"
        return Explanation.model_validate_json((await self.call("GET", path, query=query, timeout=60)).content)

    async def snapshots(self, cursor: str | None = None) -> Page[Snapshot]:
        """GET /snapshots; a page, the latest first."""
        answer = await self.call("GET", "/snapshots", query={"limit": 50, "cursor": cursor})
        return Page[Snapshot].model_validate_json(answer.content)

    async def snapshot(self, id: UUID) -> Snapshot:
        """GET /snapshots/{id}."""
        return Snapshot.model_validate_json((await self.call("GET", f"/snapshots/{id}")).content)

    async def snapshot_exceptions(self, id: UUID, limit: int) -> Exceptions:
        """GET /snapshots/{id}/exceptions; so many rows of each check."""
        path = f"/snapshots/{id}/exceptions"
        return Exceptions.model_validate_json(
            (await self.call("GET", path, query={"limit": limit}, timeout=60)).content
        )

    async def samples(self, id: UUID) -> list[Sample]:
        """GET /snapshots/{id}/samples; the first of them."""
        answer = await self.call("GET", f"/snapshots/{id}/samples", query={"limit": 50})
        return Page[Sample].model_validate_json(answer.content).items

    async def findings(self, id: UUID) -> Page[Finding]:
        """GET /snapshots/{id}/findings; the first of them."""
        answer = await self.call("GET", f"/snapshots/{id}/findings", query={"limit": 100})
        return Page[Finding].model_validate_json(answer.content)

    async def diff(self, id: UUID, other: UUID, cursor: str | None = None) -> Diff:
        """GET /snapshots/{id}/diff/{other}; a page of the projects."""
        path = f"/snapshots/{id}/diff/{other}"
        return Diff.model_validate_json((await self.call("GET", path, query={"cursor": cursor}, timeout=60)).content)

    async def wanted_access_logs(self) -> list[WantedAccessLog]:
        """GET /access-log-extracts; the gateway alone asks."""
        answer = await self.call("GET", "/access-log-extracts")
        return [WantedAccessLog.model_validate(one) for one in answer.json()]

    async def give_access_log(self, snapshot: UUID, part: AccessLogPart) -> None:
        """POST /access-log-extracts/{snapshot}."""
        await self.call("POST", f"/access-log-extracts/{snapshot}", json=part.model_dump(mode="json"), timeout=30)

    async def positions(self) -> Applied:
        """GET /reports/positions."""
        return Applied.model_validate_json((await self.call("GET", "/reports/positions")).content)
