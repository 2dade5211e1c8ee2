"""Pages by id, as clients ask for them and follow them."""

import pytest
from starlette.requests import Request

from fedcomm.cursor import Cursor
from fedcomm.errors import Invalid
from fedcomm.here import Here
from fedcomm.http import paging

HERE = Here(base_url="https://alpha.example", domain="alpha.example", authority="alpha.example")


class _Site:
    here = HERE


def request(query: str = "", path: str = "/api/v1/timelines/home") -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": [], "site": _Site()}
    )


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", Cursor(limit=20)),
        ("limit=5", Cursor(limit=5)),
        ("limit=0", Cursor(limit=1)),
        ("limit=-5", Cursor(limit=5)),
        ("limit=99999999999999999999", Cursor(limit=40)),
        ("limit=", Cursor(limit=20)),
        ("max_id=7&since_id=3&min_id=2", Cursor(max_id=7, since_id=3, min_id=2, limit=20)),
        ("max_id=", Cursor(limit=20)),
        ("max_id=9223372036854775807", Cursor(max_id=2**63 - 1, limit=20)),
        ("other=1&unrelated_id=x", Cursor(limit=20)),
    ],
)
def test_a_page_is_read_from_the_query(query: str, wanted: Cursor) -> None:
    assert paging.cursor(request(query)) == wanted


@pytest.mark.parametrize(
    "query",
    ["limit=x", "limit=1.5", "max_id=x", "max_id=-1", "max_id=9223372036854775808", "min_id=%D9%A1", "since_id=1e3"],
)
def test_what_is_no_page_is_refused(query: str) -> None:
    with pytest.raises(Invalid):
        paging.cursor(request(query))


def test_each_list_has_its_own_measure() -> None:
    assert paging.cursor(request("limit=100"), default=40, most=80).limit == 80
    assert paging.cursor(request(), default=40, most=80).limit == 40


@pytest.mark.parametrize(("query", "wanted"), [("", 0), ("offset=7", 7), ("offset=999999999", 10_000)])
def test_an_offset_is_bounded(query: str, wanted: int) -> None:
    assert paging.offset(request(query)) == wanted


@pytest.mark.parametrize("query", ["offset=-1", "offset=x", "offset=9999999999", "offset=%D9%A1"])
def test_what_is_no_offset_is_refused(query: str) -> None:
    with pytest.raises(Invalid):
        paging.offset(request(query))


def test_the_link_goes_on_from_the_ends_of_the_page_and_keeps_what_was_asked() -> None:
    found = paging.link_header(request("limit=2&max_id=9&types[]=a&types[]=b%26c&access_token=hidden"), [8, 7])

    base = "https://alpha.example/api/v1/timelines/home?limit=2&types%5B%5D=a&types%5B%5D=b%26c&"
    assert found == {"Link": f'<{base}max_id=7>; rel="next", <{base}min_id=8>; rel="prev"'}


def test_a_path_with_odd_characters_is_quoted() -> None:
    found = paging.link_header(request(path='/api/v1/timelines/tag/a"b>c'), [8])["Link"]
    assert found.startswith("<https://alpha.example/api/v1/timelines/tag/a%22b%3Ec?max_id=8>;")


def test_an_empty_page_leads_nowhere() -> None:
    assert paging.link_header(request(), []) == {}
