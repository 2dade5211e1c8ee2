"""Which endpoint answers which path, and what happens otherwise."""

import asyncio
from typing import Any

import httpx2 as httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from fedcomm.errors import NotFound
from fedcomm.http import errors
from fedcomm.http.router import Endpoint, Found, Route, Router


def says(word: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return JSONResponse({"word": word, **request.path_params})

    return endpoint


async def on_error(request: Request, error: Exception) -> Response:
    return errors.json_answer(error)


ROUTES = [
    Route("/", says("front")),
    Route("/groups/{handle}", says("group")),
    Route("/groups/new", says("new group")),
    Route("/groups/new", says("make group"), methods=["POST"]),
    Route("/@{handle}", says("account")),
    Route("/@{handle}/{id:int}", says("post")),
    Route("/api/v1/accounts/lookup", says("lookup")),
    Route("/api/v1/accounts/{id:int}", says("account by id")),
    Route("/api/v1/accounts/{id:int}/follow", says("follow"), methods=["POST"]),
    Route("/users/{name}.json", says("json")),
    Route("/proxy/{rest:path}", says("proxy")),
]


def router() -> Router:
    return Router(ROUTES, on_error=on_error)


def word(path: str, method: str = "GET") -> tuple[str, dict[str, Any]]:
    found = router().find(method, path)
    assert isinstance(found, Found), f"{method} {path} is not found: {found}"
    endpoint = found.route.endpoint
    return next(cell.cell_contents for cell in endpoint.__closure__ or ()), found.params


@pytest.mark.parametrize(
    ("path", "expected", "params"),
    [
        ("/", "front", {}),
        ("/groups/bakers", "group", {"handle": "bakers"}),
        ("/groups/bakers/", "group", {"handle": "bakers"}),
        ("/groups/new", "new group", {}),
        ("/@ada", "account", {"handle": "ada"}),
        ("/@ada@beta.example:8000", "account", {"handle": "ada@beta.example:8000"}),
        ("/@ada/117", "post", {"handle": "ada", "id": 117}),
        ("/api/v1/accounts/lookup", "lookup", {}),
        ("/api/v1/accounts/9223372036854775807", "account by id", {"id": 9223372036854775807}),
        ("/users/ada.json", "json", {"name": "ada"}),
        ("/proxy/a/b/c", "proxy", {"rest": "a/b/c"}),
        ("/groups/caf%C3%A9", "group", {"handle": "café"}),
    ],
)
def test_a_path_leads_to_the_most_literal_route(path: str, expected: str, params: dict[str, Any]) -> None:
    assert word(path) == (expected, params)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/groups",
        "/groups/a/b",
        "/groups//a",
        "/groups/bakers//",
        "/groups/%00",
        "/groups/a%2Fb",
        "/groups/%ff",
        "/groups/..",
        "/groups/%2e%2e",
        "/api/v1/accounts/9223372036854775808",
        "/api/v1/accounts/abc",
        "/api/v1/accounts/-1",
        "/api/v1/accounts/1%0A",
        "/api%2Fv1/accounts/lookup",
        "groups/bakers",
    ],
)
def test_what_names_nothing_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        router().find("GET", path)


def test_a_method_that_a_path_does_not_take_names_those_it_takes() -> None:
    assert router().find("DELETE", "/groups/new") == frozenset({"GET", "HEAD", "POST"})
    assert word("/groups/new", "POST")[0] == "make group"
    assert word("/groups/new", "HEAD")[0] == "new group"


def test_two_routes_for_one_path_and_method_are_refused_at_start() -> None:
    with pytest.raises(ValueError, match="two routes"):
        Router([*ROUTES, Route("/groups/{handle}/", says("again"))], on_error=on_error)


async def test_errors_become_answers_and_slow_endpoints_end() -> None:
    async def hangs(request: Request) -> Response:
        await asyncio.Event().wait()
        return PlainTextResponse("never")

    async def breaks(request: Request) -> Response:
        raise RuntimeError("ours")

    app = Router(
        [Route("/hangs", hangs), Route("/breaks", breaks), Route("/fine", says("fine"))],
        on_error=on_error,
        time_limit_s=0.05,
    )

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=asgi), base_url="http://test") as client:
        statuses = [
            (await client.request(method, path)).status_code
            for method, path in (
                ("GET", "/fine"),
                ("GET", "/hangs"),
                ("GET", "/breaks"),
                ("GET", "/no"),
                ("PUT", "/fine"),
            )
        ]
        allowed = (await client.put("/fine")).headers["allow"]
    assert statuses == [200, 503, 500, 404, 405]
    assert allowed == "GET, HEAD"
