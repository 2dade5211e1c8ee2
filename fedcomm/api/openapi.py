"""The client API described for machines, from the route table and the code that answers: `/api/openapi.json`.

Paths, methods, scopes and texts come from the routes; parameters from the forms that an endpoint, or what it calls,
reads; what is answered from `shapes.json`, which `python -m tests.api.shapes` writes from the tables of the tests.
Source: OpenAPI Specification 3.1.
"""

import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import msgspec
import orjson

from fedcomm import __version__
from fedcomm.accounts import scopes
from fedcomm.http import forms, paging
from fedcomm.http.auth import Need, need_of
from fedcomm.http.router import Route

SHAPES = Path(__file__).with_name("shapes.json")
DEEPEST = 4
_REFERENCE = "#/components/schemas/"
_PACKAGE = __name__.rpartition(".")[0]
_KINDS = {"int": {"type": "string", "pattern": "^[0-9]{1,19}$"}, "str": {"type": "string", "minLength": 1}}
_CURSOR = ("max_id", "since_id", "min_id")
_BODY_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")


def document(routes: Sequence[Route], *, base_url: str, name: str) -> dict[str, Any]:
    """The whole document. Leaves out what is no part of the client API."""
    described = [route for route in routes if route.path.startswith(("/api/", "/oauth/")) and need_of(route.endpoint)]
    asked = {id(route): _read_by(route) for route in described}
    known = sorted({form for reads in asked.values() for form in reads.forms}, key=lambda form: form.__qualname__)
    found, components = msgspec.json.schema_components(known, schema_hook=_anything, ref_template=_REFERENCE + "{name}")
    names = {form: str(each["$ref"]).removeprefix(_REFERENCE) for form, each in zip(known, found, strict=True)}
    shapes = _shapes()
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        path = _path(route)
        for method in route.methods:
            reads, answered = asked[id(route)], shapes["answers"].get(f"{method} {path}")
            fields = {names[form]: components[names[form]] for form in reads.forms}
            paths.setdefault(path, {})[method.lower()] = _operation(route, method, reads, answered, fields)
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": __version__},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": {**shapes["schemas"], **components}, "securitySchemes": _security(base_url)},
    }


def _anything(_type: type) -> dict[str, Any]:
    """What the endpoint looks at by itself."""
    return {"description": "See the text."}


class Reads(msgspec.Struct):
    """What an endpoint reads of a request."""

    forms: list[type[msgspec.Struct]] = []
    is_body: bool = False
    is_paged: bool = False
    is_numbered: bool = False


def _read_by(route: Route) -> Reads:
    used = set(_used_by(_inner(route.endpoint), DEEPEST))
    found = [each for each in used if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    return Reads(
        forms=sorted((each for each in found if each.__name__.endswith("Form")), key=lambda each: each.__name__),
        is_body=bool(used & {forms.read, forms.fields}) and set(route.methods) != {"GET"},
        is_paged=paging.cursor in used,
        is_numbered=paging.offset in used,
    )


def _inner(endpoint: Callable[..., Any]) -> types.FunctionType:
    """The endpoint as it was written, without what checks tokens around it."""
    function = cast("types.FunctionType", endpoint)
    for cell in function.__closure__ or ():
        if inspect.isfunction(cell.cell_contents) and "endpoint" in function.__code__.co_freevars:
            return _inner(cell.cell_contents)
    return function


def _used_by(function: types.FunctionType, depth: int) -> Iterator[Any]:
    """Functions and classes that a function names, and those that functions of this edge name which it calls."""
    names = set(_names(function.__code__))
    for name in names & function.__globals__.keys():
        found = function.__globals__[name]
        owned = [getattr(found, inner) for inner in names if hasattr(found, inner)] if _is_ours(found) else []
        for each in (found, *owned):
            if inspect.isfunction(each):
                yield each
                if depth and each.__module__.startswith(_PACKAGE):
                    yield from _used_by(each, depth - 1)
            elif inspect.isclass(each):
                yield each


def _is_ours(found: object) -> bool:
    return inspect.ismodule(found) and found.__name__.startswith((_PACKAGE, paging.__name__))


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _names(inner)


def _path(route: Route) -> str:
    return route.path.replace(":int}", "}")


def _operation(
    route: Route,
    method: str,
    reads: Reads,
    answered: dict[str, Any] | None,
    fields: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    need = need_of(route.endpoint)
    assert need is not None
    given = [] if reads.is_body else [each["properties"] for each in fields.values()]
    parameters = [*_in_path(route), *(each for properties in given for each in _in_query(properties)), *_pages(reads)]
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()} {_path(route)}",
        "summary": (route.endpoint.__doc__ or "").strip().split("\n")[0],
        "parameters": list({(each["in"], each["name"]): each for each in parameters}.values()),
        "security": _needed(need),
        "responses": _responses(answered),
    }
    if reads.is_body and fields:
        schema: dict[str, Any] = {"allOf": [{"$ref": f"{_REFERENCE}{name}"} for name in fields]}
        operation["requestBody"] = {"content": {kind: {"schema": schema} for kind in _BODY_TYPES}}
    return operation


def _in_path(route: Route) -> list[dict[str, Any]]:
    pieces = [part.split("}")[0].partition(":") for part in route.path.split("{")[1:]]
    return [{"name": name, "in": "path", "required": True, "schema": _KINDS[kind or "str"]} for name, _, kind in pieces]


def _in_query(fields: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for name, schema in fields.items():
        is_list = "array" in str(schema)
        yield {"name": f"{name}[]" if is_list else name, "in": "query", "schema": schema}


def _pages(reads: Reads) -> Iterable[dict[str, Any]]:
    if reads.is_paged:
        yield {"name": "limit", "in": "query", "schema": {"type": "integer"}}
        for name in _CURSOR:
            yield {"name": name, "in": "query", "schema": _KINDS["int"]}
    if reads.is_numbered:
        yield {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0}}


def _needed(need: Need) -> list[dict[str, list[str]]]:
    with_token = {"oauth": [need.scope] if need.scope else []}
    return [{}, with_token] if need.who == "anyone" else [with_token]


def _responses(answered: dict[str, Any] | None) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": f"{_REFERENCE}Error"}}}
    return {
        "2XX": {"description": "Done.", "content": {"application/json": {"schema": answered or {}}}},
        "4XX": {"description": "Refused, with a sentence for people.", "content": error},
        "503": {"description": "Not just now.", "content": error},
    }


def _security(base_url: str) -> dict[str, Any]:
    return {
        "oauth": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{base_url}/oauth/authorize",
                    "tokenUrl": f"{base_url}/oauth/token",
                    "scopes": dict.fromkeys(sorted(scopes.KNOWN), ""),
                }
            },
        }
    }


@lru_cache(maxsize=1)
def _shapes() -> dict[str, dict[str, Any]]:
    return orjson.loads(SHAPES.read_bytes())
