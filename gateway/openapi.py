"""One OpenAPI document out of those of the services and the gateway's own."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import services
from services.shared.web import PREFIX

SERVICES = ("catalog", "portfolio", "reporting")
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
Document = dict[str, Any]


def committed() -> dict[str, Document]:
    """The documents that lie beside the services' code."""
    folder = Path(next(iter(services.__path__)))
    files = {service: folder / service / "openapi.json" for service in SERVICES}
    return {service: json.loads(file.read_text("utf-8")) for service, file in files.items() if file.exists()}


def merged(own: Document, documents: Mapping[str, Document]) -> Document:
    """The gateway's document with every service's public paths, tags and components."""
    whole = deepcopy(own)
    whole["info"]["title"] = "Kepan 科盘"
    whole["security"] = [{"bearer": []}]
    components = whole.setdefault("components", {})
    taken = set(_operation_ids(whole))
    tags = whole["tags"]
    for service, original in sorted(documents.items()):
        document = _renamed(service, original, components)
        for kind, members in document.get("components", {}).items():
            if kind != "securitySchemes":
                components.setdefault(kind, {}).update(members)
        for path, item in document.get("paths", {}).items():
            if path.startswith(PREFIX + "/") and path not in whole["paths"]:
                whole["paths"][path] = _tagged(service, item, taken)
        tags.append({"name": service, "description": document.get("info", {}).get("description", "")})
    whole["paths"] = dict(sorted(whole["paths"].items()))
    return whole


def methods_at(document: Document, path: str) -> list[str]:
    """The methods that a document has for a path."""
    for template, item in document["paths"].items():
        if re.fullmatch(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(template)), path):
            return sorted(method.upper() for method in item if method in METHODS)
    return []


def _operation_ids(document: Document) -> list[str]:
    """The operation ids of a document."""
    return [
        operation["operationId"]
        for item in document.get("paths", {}).values()
        for method, operation in item.items()
        if method in METHODS and "operationId" in operation
    ]


def _tagged(service: str, item: Document, taken: set[str]) -> Document:
    """A path's operations under the service's tag; an operation id that is taken gets the service's name before it."""
    for method, operation in item.items():
        if method not in METHODS:
            continue
        operation["tags"] = [service]
        id = operation.get("operationId")
        if id in taken:
            id = operation["operationId"] = f"{service}_{id}"
        if id is not None:
            taken.add(id)
    return item


def _renamed(service: str, original: Document, components: Document) -> Document:
    """A service's document, in which components that mean something else elsewhere carry the service's name."""
    renames: dict[str, str] = {}
    found = True
    while found:  # what refers to a renamed component means something else as well
        found = False
        for kind, members in original.get("components", {}).items():
            standing = components.get(kind, {})
            for name, member in members.items():
                reference = f"#/components/{kind}/{name}"
                if kind == "securitySchemes" or name not in standing or reference in renames:
                    continue
                if standing[name] != _pointing(member, renames):
                    renames[reference] = f"#/components/{kind}/{service.capitalize()}{name}"
                    found = True
    document: Document = _pointing(deepcopy(original), renames)
    for old, new in renames.items():
        kind, name = old.split("/")[2:]
        document["components"][kind][new.rpartition("/")[2]] = document["components"][kind].pop(name)
    return document


def _pointing(node: Any, renames: Mapping[str, str]) -> Any:
    """The same tree with its references to renamed components changed."""
    if isinstance(node, list):
        return [_pointing(part, renames) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: renames.get(value, value)
        if isinstance(value, str) and value.startswith("#/components/")
        else _pointing(value, renames)
        for key, value in node.items()
    }
