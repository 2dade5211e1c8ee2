"""Whatever is asked of a page, the answer is a page and never a mistake of ours; generated from the route table."""

import re
from collections.abc import Sequence
from functools import partial

import pytest

from fedcomm.http.auth import Need
from fedcomm.http.router import Route
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

_PARAMETER = re.compile(r"{([a-z_]+)(?::([a-z]+))?}")
WORDS: Sequence[str] = "name title text handle address uri server next q after reason authority tag password".split()
NUMBERS: Sequence[str] = "max_id min_id since_id limit at reply_to group carry account id app session".split()
ODD = ("", "0", "-1", "abc", "9" * 30, "1e9", "[]", "'", "<b>", "%s", "../..", "\ud83d", "́" * 50, "x" * 5000, "\x00")
UNKNOWN = {"str": ("nobody", "a@b@c", "%00", "a" * 300), "int": ("1", "9223372036854775807"), "path": ("x",)}


def pages(place: Place, method: str) -> list[Route]:
    """Every page and form of this instance."""
    return [
        route
        for route in place.at.front.router.routes
        if method in route.methods
        and isinstance(route.need, Need)
        and (route.need.who in ("page", "page member", "admin") or route.path.startswith("/media/"))
    ]


def paths(route: Route) -> list[str]:
    """Paths of a route that name nothing."""
    if "{" not in route.path:
        return [route.path]
    count = 2 if ":int" in route.path else 4
    return [_PARAMETER.sub(partial(_unknown, at), route.path) for at in range(count)]


def _unknown(at: int, found: re.Match[str]) -> str:
    return UNKNOWN[found.group(2) or "str"][at]


async def test_odd_questions_get_an_answer(place: Place) -> None:
    owner = await place.person("owner", role="owner")
    wrong: list[tuple[str, str, int]] = []
    async with reader(place.at, owner.handle) as at:
        for route in pages(place, "GET"):
            for path in paths(route):
                for odd in ("", *ODD[1:6], "\x00"):
                    query = {name: odd for name in [*WORDS, *NUMBERS] if odd}
                    async with at.http.stream("GET", path, params=query, headers={"Accept": "text/html"}) as answer:
                        if route.has_time_limit:  # what stays open never ends by itself
                            await answer.aread()
                    if answer.status_code >= 500:
                        wrong.append((path, odd, answer.status_code))

    assert wrong == []


async def test_odd_forms_get_an_answer(place: Place) -> None:
    owner = await place.person("owner", role="owner")
    wrong: list[tuple[str, str, int]] = []
    async with reader(place.at, owner.handle) as at:
        await at.open("/you")
        token = at.attribute("input[name=csrf_token]", "value") or ""
        for route in pages(place, "POST"):
            if route.path == "/sign_out":
                continue
            for path in paths(route):
                for odd in ODD:
                    fields = {name: odd.encode("utf-8", "surrogatepass") for name in (*WORDS, *NUMBERS)}
                    answer = await at.http.post(
                        path, data={**fields, "csrf_token": token}, headers={"Accept": "text/html"}
                    )
                    if answer.status_code >= 500:
                        wrong.append((path, odd[:10], answer.status_code))
        assert (await at.open("/you")).path == "/you"  # nobody was signed out by all this

    assert wrong == []


async def test_large_and_misspelt_bodies_are_refused(place: Place) -> None:
    owner = await place.person("owner", role="owner")
    bodies = {
        "application/x-www-form-urlencoded": b"text=" + b"x" * (1024 * 1024),
        "application/json": b"{",
        "multipart/form-data; boundary=x": b"--x\r\nnothing",
    }
    statuses: set[int] = set()
    async with reader(place.at, owner.handle) as at:
        for route in pages(place, "POST"):
            for kind, body in bodies.items():
                answer = await at.http.post(
                    paths(route)[0], content=body, headers={"Content-Type": kind, "Accept": "text/html"}
                )
                statuses.add(answer.status_code)

    assert statuses <= {400, 403, 413}
