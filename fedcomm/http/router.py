"""Which endpoint answers a path: an index on path segments, so that 300 routes cost no more than three.

A trailing slash names the same route. A route is found before anybody is asked who they are; what an endpoint needs
(`fedcomm.http.auth.Need`) stands on the endpoint, so tests can be generated from `Router.routes`.
The index took 12 us a request where a scan of 400 routes took 190 (dependencies: framework).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, unquote_to_bytes

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fedcomm.errors import NotFound
from fedcomm.http import once_more

Endpoint = Callable[[Request], Awaitable[Response]]
OnError = Callable[[Request, Exception], Awaitable[Response]]
Before = Callable[[Request, "Route"], Awaitable[None]]
Value = str | int

GREATEST_ID = 2**63 - 1
_PARAMETER = re.compile(r"{([a-z_]+)(?::(str|int|path))?}")
_CONVERTERS = {"str": "[^/]+", "int": "[0-9]{1,19}", "path": ".+"}


@dataclass(frozen=True)
class Route:
    """One path and what answers it.

    Parameters: `{name}` is one segment or a part of one (`/@{handle}`), `{id:int}` a number that fits an id,
    `{rest:path}` everything to the end. `has_time_limit` is False for answers that stay open (streams).
    """

    path: str
    endpoint: Endpoint
    methods: Sequence[str] = ("GET",)
    name: str = ""
    has_time_limit: bool = True

    @property
    def need(self) -> Any:
        """What the endpoint says that it needs of its caller (`fedcomm.http.auth.Need`); None when it says nothing."""
        return getattr(self.endpoint, "need", None)

    @property
    def known_as(self) -> str:
        """How logs, metrics and limits name it: its name, or its path with parameters in braces."""
        return self.name or self.path


@dataclass(slots=True)
class _Node:
    """What may follow the segments so far."""

    fixed: "dict[str, _Node]" = field(default_factory=lambda: {})
    patterns: "list[tuple[str, re.Pattern[str], dict[str, str], _Node]]" = field(default_factory=lambda: [])
    rests: "list[tuple[str, _Node]]" = field(default_factory=lambda: [])
    by_method: dict[str, Route] = field(default_factory=lambda: {})


class Found:
    """The route for a request and the values of its parameters."""

    __slots__ = ("params", "route")

    def __init__(self, route: Route, params: dict[str, Value]) -> None:
        self.route = route
        self.params = params


class Router:
    """All routes of all edges. Raises at start when two routes claim the same path and method."""

    def __init__(
        self,
        routes: Iterable[Route],
        *,
        on_error: OnError,
        before: Before | None = None,
        time_limit_s: float = 10.0,
    ) -> None:
        self.routes: list[Route] = []
        self._root = _Node()
        self._on_error = on_error
        self._before = before
        self._time_limit_s = time_limit_s
        for route in routes:
            self._add(route)

    def find(self, method: str, path: str) -> Found | frozenset[str]:
        """The route for a method and a raw (still percent-encoded) path, or the methods that the path does take.

        Raises NotFound.
        """
        segments = _segments(path)
        allowed: set[str] = set()
        for node, params in self._walk(self._root, segments, 0):
            route = node.by_method.get(method)
            if route is not None:
                return Found(route, dict(params))
            allowed.update(node.by_method)
        if not allowed:
            raise NotFound
        return frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request (ASGI)."""
        request = Request(scope, receive)
        try:
            found = self.find(scope["method"], _raw_path(scope))
            if isinstance(found, frozenset):
                raise HTTPException(405, headers={"Allow": ", ".join(sorted(found))})
            scope["path_params"] = found.params
            scope["route"] = found.route
            if self._before is not None:
                await self._before(request, found.route)
            async with asyncio.timeout(self._time_limit_s if found.route.has_time_limit else None):
                response = await once_more.answered(found.route.endpoint, request)
        except Exception as error:  # the top of the app: each edge's errors become answers here, once
            response = await self._on_error(request, error)
        await response(scope, receive, send)

    def _add(self, route: Route) -> None:
        self.routes.append(route)
        node = self._root
        for segment in route.path.strip("/").split("/") if route.path != "/" else ():
            node = _step(node, segment, route)
        methods = {method.upper() for method in route.methods}
        if "GET" in methods:
            methods.add("HEAD")
        for method in methods:
            if method in node.by_method:
                raise ValueError(f"two routes for {method} {route.path}")
            node.by_method[method] = route

    def _walk(
        self, node: _Node, segments: Sequence[str], at: int
    ) -> Iterator[tuple[_Node, tuple[tuple[str, Value], ...]]]:
        """Every node that matches, the most literal first."""
        if at == len(segments):
            yield node, ()
            return
        segment = segments[at]
        if (fixed := node.fixed.get(segment)) is not None:
            yield from self._walk(fixed, segments, at + 1)
        for _, pattern, kinds, following in node.patterns:
            if (match := pattern.fullmatch(segment)) is None:
                continue
            values = tuple(_convert(name, text, kinds[name]) for name, text in match.groupdict().items())
            if any(value is None for _, value in values):
                continue
            for end, params in self._walk(following, segments, at + 1):
                yield end, (*((name, value) for name, value in values if value is not None), *params)
        for name, following in node.rests:
            yield following, ((name, "/".join(segments[at:])),)


def _step(node: _Node, segment: str, route: Route) -> _Node:
    """The node behind one segment of a route's path, made if need be."""
    if "{" not in segment:
        if (known := node.fixed.get(segment)) is None:
            known = node.fixed[segment] = _Node()
        return known
    parameters = _PARAMETER.findall(segment)
    if not parameters:
        raise ValueError(f"a parameter that cannot be read: {route.path}")
    if parameters[0][1] == "path":
        if segment != "{" + parameters[0][0] + ":path}" or not route.path.endswith(segment):
            raise ValueError(f"a path parameter must be the last segment: {route.path}")
        for _, following in node.rests:
            return following
        node.rests.append((parameters[0][0], _Node()))
        return node.rests[-1][1]
    kinds: dict[str, Literal["str", "int", "path"]] = {name: kind or "str" for name, kind in parameters}
    for known, _, _, following in node.patterns:
        if known == segment:
            return following
    parts: list[str] = []
    end = 0
    for match in _PARAMETER.finditer(segment):
        parts.append(re.escape(segment[end : match.start()]))
        parts.append(f"(?P<{match[1]}>{_CONVERTERS[match[2] or 'str']})")
        end = match.end()
    pattern = re.compile("".join(parts) + re.escape(segment[end:]))
    entry = (segment, pattern, dict[str, str](kinds), _Node())
    node.patterns.append(entry)
    # `/@{handle}` before `{anything}`, numbers before words: the more literal text, the earlier.
    node.patterns.sort(key=lambda each: (-len(_PARAMETER.sub("", each[0])), "int" not in each[2].values()))
    return entry[3]


def _convert(name: str, text: str, kind: str) -> tuple[str, Value | None]:
    if kind != "int":
        return name, text
    number = int(text)
    return name, number if number <= GREATEST_ID else None


def _raw_path(scope: Scope) -> str:
    """The path as it was sent: Starlette's decoded one would let `/admin%2fx` be `/admin/x` (security cases 2)."""
    raw = scope.get("raw_path")
    if raw is None:
        return quote(str(scope["path"]))
    return bytes(raw).split(b"?", 1)[0].decode("latin-1")


def _segments(path: str) -> list[str]:
    """A path split, then decoded. Raises NotFound for what names nothing: bad UTF-8, NUL, `.`, empty segments."""
    trimmed = path[1:-1] if len(path) > 1 and path.endswith("/") else path[1:]
    if not path.startswith("/"):
        raise NotFound
    if not trimmed:
        return []
    segments: list[str] = []
    for part in trimmed.split("/"):
        try:
            text = part if part.isascii() and "%" not in part else unquote_to_bytes(part.encode("latin-1")).decode()
        except UnicodeDecodeError:
            raise NotFound from None
        if not text or text in {".", ".."} or "\0" in text:
            raise NotFound
        segments.append(text)
    return segments
