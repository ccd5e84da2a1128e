"""Asking a neighbour: one call, one timeout, its problem raised as the very error that it was."""

from collections.abc import Mapping
from typing import Any, BinaryIO

import httpx
import structlog

from services.shared.errors import ServiceUnreachable, UnexpectedAnswer, from_problem
from services.shared.tokens import Signer


class ServiceClient:
    """The base of the typed clients. `token` is a person's bearer token; a service gives its Signer instead."""

    name = "service"

    def __init__(self, http: httpx.AsyncClient, *, token: str | None = None, signer: Signer | None = None) -> None:
        assert (token is None) != (signer is None), "either a token or a signer"
        self._http = http
        self._token = token
        self._signer = signer

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, BinaryIO]] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> httpx.Response:
        """The answer to one request below /api/v1, if it is a good one; its error raised otherwise."""
        token = self._token if self._signer is None else self._signer.as_service(self.name)
        sent = {"Authorization": f"Bearer {token}"} | dict(headers or {})
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            sent["X-Request-Id"] = request_id
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            answer = await self._http.request(
                method,
                f"/api/v1{path}",
                json=json,
                data=data,
                files=files,
                params=given,
                headers=sent,
                timeout=timeout,
            )
        except httpx.HTTPError as error:
            raise ServiceUnreachable(service=self.name) from error
        if answer.is_success or answer.status_code == 304:
            return answer
        try:
            body = answer.json()
        except ValueError:
            raise UnexpectedAnswer(service=self.name) from None
        raise from_problem(self.name, answer.status_code, body if isinstance(body, dict) else {})
