"""One document for the whole system, and a page that needs nothing from elsewhere."""

import os
import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.app import create_app
from gateway.openapi import merged
from tests.gateway.conftest import Front


def document(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """A service's document with one path and one schema named Thing."""
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}, "description": "It"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "A service", "version": "1", "description": "What it does."},
        "paths": {
            path: {"get": {"operationId": "thing", "responses": {"200": answer}}},
            "/healthz": {"get": {"operationId": "healthz", "responses": {"200": answer}}},
        },
        "components": {
            "schemas": {"Thing": schema, "Nest": {"items": {"$ref": "#/components/schemas/Thing"}, "type": "array"}},
            "securitySchemes": {"other": {"type": "http", "scheme": "basic"}},
        },
    }


def test_the_merged_document_is_valid_and_made_without_any_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)
    whole = create_app().openapi()
    validate(whole)
    assert "/api/v1/access-log" in whole["paths"]
    assert list(whole["components"]["securitySchemes"]) == ["bearer"]


async def test_the_document_is_merged_again_only_when_a_service_s_document_has_changed(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = 0

    def counted(*given: Any) -> dict[str, Any]:
        nonlocal times
        times += 1
        return merged(*given)

    monkeypatch.setattr("gateway.app.merged", counted)
    for _ in range(3):
        assert (await front.http.get("/openapi.json")).status_code == 200
        wrong = await front.http.request("TRACE", "/api/v1/projects", headers=front.bearer("manager"))
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    assert times == 1
    front.app.state.neighbours.documents["catalog"] = document({"type": "string"}, "/api/v1/plans/of-tomorrow")
    assert "/api/v1/plans/of-tomorrow" in (await front.http.get("/openapi.json")).json()["paths"]
    assert times == 2


def test_components_of_one_name_and_two_meanings_are_told_apart() -> None:
    own = create_app().openapi()
    documents = {
        "catalog": document({"type": "string"}, "/api/v1/plans"),
        "portfolio": document({"type": "integer"}, "/api/v1/projects"),
        "reporting": document({"type": "string"}, "/api/v1/reports/coverage"),
    }
    base = {**own, "paths": {}, "components": {"securitySchemes": own["components"]["securitySchemes"]}, "tags": []}
    whole = merged(base, documents)
    validate(whole)
    assert sorted(whole["paths"]) == ["/api/v1/plans", "/api/v1/projects", "/api/v1/reports/coverage"]
    schemas = whole["components"]["schemas"]
    assert schemas["Thing"] == {"type": "string"}
    assert schemas["PortfolioThing"] == {"type": "integer"}
    operation = whole["paths"]["/api/v1/projects"]["get"]
    assert operation["tags"] == ["portfolio"]
    assert operation["operationId"] == "portfolio_thing"
    assert "PortfolioThing" in str(operation)
    assert list(whole["components"]["securitySchemes"]) == ["bearer"]


async def test_the_page_of_the_interface_has_no_outside_address_and_a_strict_policy(front: Front) -> None:
    page = await front.http.get("/docs")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"<script>|<style>|style=|on\w+=", page.text), "nothing inline, which the policy would refuse"
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) == 4
    for address in addresses:
        asset = await front.http.get(address)
        assert asset.status_code == 200, address
        assert len(asset.content) > 100
    start = await front.http.get("/docs/start.js")
    assert "//" not in page.text + start.text
    validate((await front.http.get("/openapi.json")).json())


def test_what_refers_to_a_renamed_component_is_renamed_as_well() -> None:
    own = document({"type": "string"}, "/api/v1/own")
    own["tags"] = []
    whole = merged(own, {"other": document({"type": "integer"}, "/api/v1/other")})
    nest = whole["components"]["schemas"]["OtherNest"]
    assert nest["items"] == {"$ref": "#/components/schemas/OtherThing"}
    assert whole["components"]["schemas"]["Nest"]["items"] == {"$ref": "#/components/schemas/Thing"}
