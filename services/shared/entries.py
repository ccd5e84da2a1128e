"""The form of a journal's entries as JSON Schema: what a reader of a journal may rely on."""

from typing import Any

from pydantic import BaseModel


def entry_schema(journal: str, kind: str, after: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a whole entry of a kind, whose before and after have the form of a model."""
    content = after.model_json_schema(by_alias=True, mode="serialization")
    definitions = content.pop("$defs", {}) | {"after": content}
    actor = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("subject", "role", "agency")},
        "required": ["subject", "role"],
        "additionalProperties": False,
    }
    properties = {
        "format": {"const": 1},
        "id": {"type": "string", "format": "uuid"},
        "kind": {"const": kind},
        "subject": {"type": "string"},
        "serial": {"type": "integer", "minimum": 1},
        "actor": actor,
        "on": {"type": "string", "format": "date"},
        "before": {"anyOf": [{"$ref": "#/$defs/after"}, {"type": "null"}]},
        "after": {"$ref": "#/$defs/after"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:kepan:journal:{journal}:{kind}:1",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "$defs": definitions,
    }
