"""What a query may ask: every parameter is known, and stands once unless it may be repeated."""

from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Query
from prometheus_client import CollectorRegistry

from services.shared.parameters import only_known
from services.shared.web import add_error_answers


def narrowed(year: Annotated[list[int], Query()] = [], stage: str | None = None) -> str:  # noqa: B006
    """What a route depends on."""
    return f"{year} {stage}"


@pytest.fixture
async def client() -> httpx.AsyncClient:
    """A caller of an application with one route."""
    app = FastAPI()
    app.state.metrics = CollectorRegistry()
    add_error_answers(app)

    @app.get("/report", dependencies=[Depends(only_known)])
    async def report(cut: Annotated[str, Depends(narrowed)], day: Annotated[str, Query(alias="as_of")] = "") -> str:
        return f"{cut} {day}"

    @app.get("/nothing", dependencies=[Depends(only_known)])
    async def nothing() -> str:
        return "nothing"

    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def test_what_is_known_is_taken_and_lists_are_repeated(client: httpx.AsyncClient) -> None:
    answer = await client.get("/report", params=[("year", 2017), ("year", 2018), ("stage", "a"), ("as_of", "2018")])
    assert (answer.status_code, answer.json()) == (200, "[2017, 2018] a 2018")


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/report?foo=1&day=2", [("query/day", "unknown_parameter"), ("query/foo", "unknown_parameter")]),
        ("/report?stage=a&stage=b", [("query/stage", "given_twice")]),
        ("/nothing?stage=a", [("query/stage", "unknown_parameter")]),
    ],
)
async def test_what_is_not_known_or_stands_twice_is_named(
    client: httpx.AsyncClient, path: str, wrong: list[tuple[str, str]]
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 422
    assert [(part["pointer"], part["code"]) for part in answer.json()["errors"]] == wrong
