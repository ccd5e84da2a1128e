"""Asking the services for a page, as the person who is signed in: with a token of a minute, so that they decide what
that person may see, as they do for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from services.catalog.client import CatalogClient
from services.portfolio.client import PortfolioClient
from services.reporting.client import ReportingClient
from services.shared.tokens import Caller, Signer

SECONDS = 60
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Asking:
    """The three services, asked by one person."""

    catalog: CatalogClient
    portfolio: PortfolioClient
    reporting: ReportingClient


class Neighbourhood:
    """The connections that pages ask through."""

    def __init__(self, signer: Signer, urls: Mapping[str, str], silence: float) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=3.0)
        self._signer = signer
        self._http = {  # trust_env: a proxy that the environment names would be given the tokens
            name: httpx.AsyncClient(base_url=url, limits=limits, timeout=silence, trust_env=False)
            for name, url in urls.items()
        }

    def as_(self, caller: Caller) -> Asking:
        """The services, asked by this person."""
        token = self._signer.sign(caller.subject, caller.role, agency=caller.agency, lifetime=SECONDS)
        return Asking(
            CatalogClient(self._http["catalog"], token=token),
            PortfolioClient(self._http["portfolio"], token=token),
            ReportingClient(self._http["reporting"], token=token),
        )

    def reporting(self) -> ReportingClient:
        """Reporting, asked by the gateway itself."""
        return ReportingClient(self._http["reporting"], signer=self._signer)

    async def close(self) -> None:
        """Close every connection."""
        for http in self._http.values():
            await http.aclose()
