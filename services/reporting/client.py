"""Reporting, asked over HTTP."""

from typing import Any

from services.reporting.contract import Applied, Coverage, Gaps
from services.shared.client import ServiceClient


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

    async def positions(self) -> Applied:
        """GET /reports/positions."""
        return Applied.model_validate_json((await self.call("GET", "/reports/positions")).content)
