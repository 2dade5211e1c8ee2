"""Writes what the client API answers, for its description: `python -m tests.api.shapes`.

From the tables that all answers of the tests are checked against, as JSON Schema.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from fedcomm.api import openapi
from tests.api import clients, schema

_SIMPLE: dict[str, dict[str, Any]] = {
    "String": {"type": "string"},
    "URL": {"type": "string", "format": "uri"},
    "Datetime": {"type": "string", "format": "date-time"},
    "Date": {"type": "string", "format": "date"},
    "Boolean": {"type": "boolean"},
    "Integer": {"type": "integer"},
    "Float": {"type": "number"},
    "Number": {"type": "number"},
    "Hash": {"type": "object"},
    "Null": {"type": "null"},
    "Nothing": {"type": "object", "maxProperties": 0},
}


def name_of(entity: str) -> str:
    """What an entity is called in the document: `V1::Instance` is no name there."""
    return entity.replace("::", ".")


def shape(wanted: str) -> dict[str, Any]:
    """The schema of `Status`, `[Account]` or `Quote or ShallowQuote`."""
    if wanted == clients.MARKERS:
        return {"type": "object", "additionalProperties": shape("Marker")}
    if " or " in wanted:
        return {"anyOf": [shape(each) for each in wanted.split(" or ")]}
    if wanted.startswith("["):
        return {"type": "array", "items": shape(wanted[1:-1])}
    return _SIMPLE.get(wanted) or {"$ref": f"#/components/schemas/{name_of(wanted)}"}


def entity(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The schema of an entity: what is optional or null as the tests allow it, whatever is inside of what is a hash."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, facts in fields.items():
        if "." in name or not name:
            continue
        found = {"enum": facts["enum"], "type": "string"} if "enum" in facts else shape(str(facts["is"]))
        if str(facts["is"]).startswith("[") and "enum" in facts:
            found = {"type": "array", "items": found}
        properties[name] = {"anyOf": [found, {"type": "null"}]} if facts.get("nullable") else found
        if not facts.get("optional"):
            required.append(name)
    return {"type": "object", "properties": properties, "required": sorted(required)}


def made() -> dict[str, Any]:
    """All of it."""
    error = {"type": "object", "properties": {"error": {"type": "string", "minLength": 1}}, "required": ["error"]}
    schemas = {name_of(name): entity(fields) for name, fields in schema.entities().items()}
    return {
        "answers": {f"{method} {path}": shape(wanted) for (method, path), wanted in sorted(clients.ANSWERS.items())},
        "schemas": {**schemas, "Error": error},
    }


if __name__ == "__main__":
    openapi.SHAPES.write_bytes(orjson.dumps(made(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
