"""What client apps send, in query string, form, JSON and parts alike."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from fedcomm.errors import Invalid
from fedcomm.http import forms


class Pet(msgspec.Struct):
    """A form with a field of each kind."""

    name: str = ""
    number: int | None = None
    is_loud: bool | None = None
    tags: list[str] = []
    owner: dict[str, str] = {}


def request(method: str = "POST", *, query: str = "", body: bytes = b"", kind: str = "") -> Request:
    """A request as the server makes it."""
    pieces = [body[n : n + 1000] for n in range(0, len(body), 1000)] or [b""]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    headers = [(b"content-type", kind.encode())] if kind else []
    scope = {"type": "http", "method": method, "path": "/", "query_string": query.encode(), "headers": headers}
    return Request(scope, receive)


def form(body: str) -> Request:
    return request(body=body.encode(), kind="application/x-www-form-urlencoded")


def as_json(data: object) -> Request:
    return request(body=json.dumps(data).encode(), kind="application/json; charset=utf-8")


def parts(*fields: tuple[str, str]) -> Request:
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields)
    return request(body=f"{body}--x--\r\n".encode(), kind="multipart/form-data; boundary=x")


WANTED = Pet(name="Rex", number=7, is_loud=True, tags=["a", "b"], owner={"name": "Ada"})


@pytest.mark.parametrize(
    "asked",
    [
        request(query="name=Rex&number=7&is_loud=true&tags[]=a&tags[]=b&owner[name]=Ada"),
        request("GET", query="name=Rex&number=7&is_loud=1&tags%5B%5D=a&tags%5B%5D=b&owner%5Bname%5D=Ada"),
        form("name=Rex&number=7&is_loud=on&tags[]=a&tags[]=b&owner[name]=Ada"),
        form("name=Rex&number=7&is_loud=True&tags[0]=a&tags[1]=b&owner[name]=Ada"),
        as_json({"name": "Rex", "number": 7, "is_loud": True, "tags": ["a", "b"], "owner": {"name": "Ada"}}),
        as_json({"name": "Rex", "number": "7", "is_loud": "t", "tags": ["a", "b"], "owner": {"name": "Ada"}}),
        parts(
            ("name", "Rex"), ("number", "7"), ("is_loud", "1"), ("tags[]", "a"), ("tags[]", "b"), ("owner[name]", "Ada")
        ),
        request(
            query="number=7&tags[]=a&tags[]=b&name=old",
            body=b'{"name": "Rex", "is_loud": true, "owner": {"name": "Ada"}}',
            kind="application/json",
        ),
    ],
    ids=["query", "get", "form", "numbered", "json", "texts in json", "parts", "query and json"],
)
async def test_however_it_is_sent_it_is_the_same(asked: Request) -> None:
    assert await forms.read(asked, Pet) == WANTED


async def test_one_value_is_a_list_of_one_and_an_empty_one_is_none() -> None:
    assert (await forms.read(form("tags=a"), Pet)).tags == ["a"]
    assert (await forms.read(form("tags="), Pet)).tags == []
    assert (await forms.read(form("tags[]=a"), Pet)).tags == ["a"]


@pytest.mark.parametrize("meant", [True, False])
async def test_truth_has_many_spellings(meant: bool) -> None:
    for sent in ("true", "1", "on", "yes", "t", "TRUE") if meant else ("false", "0", "off", "f", ""):
        assert (await forms.read(form(f"is_loud={sent}"), Pet)).is_loud is meant


async def test_unknown_fields_are_left_alone_and_missing_ones_have_their_default() -> None:
    assert await forms.read(form("stray=1&owner=&x[y][z]=2"), msgspec.defstruct("Empty", [("a", str, "")])) is not None
    assert await forms.read(request(), Pet) == Pet()
    assert await forms.read(request(body=b"  ", kind="application/json"), Pet) == Pet()
    assert await forms.read(request(body=b"name=Rex", kind="text/plain"), Pet) == Pet()


class Litter(msgspec.Struct):
    """A form whose field is a list of forms."""

    pets: list[Pet] = []
    mother: Pet | None = None


@pytest.mark.parametrize(
    "asked",
    [
        form("pets[][name]=Rex&pets[][is_loud]=on&pets[][tags]=a&pets[][name]=Ina&pets[][is_loud]=&mother[is_loud]=t"),
        form(
            "pets[0][name]=Rex&pets[0][is_loud]=yes&pets[0][tags][]=a&pets[1][name]=Ina&pets[1][is_loud]=f"
            "&mother[is_loud]=1"
        ),
        parts(
            ("pets[][name]", "Rex"), ("pets[][is_loud]", "1"), ("pets[][tags][]", "a"),
            ("pets[][name]", "Ina"), ("pets[][is_loud]", "0"), ("mother[is_loud]", "on"),
        ),
        as_json({
            "pets": {"1": {"name": "Ina", "is_loud": "off"}, "0": {"name": "Rex", "is_loud": True, "tags": ["a"]}},
            "mother": {"is_loud": "on"},
        }),
    ],
    ids=["one after the other", "numbered", "parts", "numbered in json"],
)  # fmt: skip
async def test_lists_of_objects_are_read_however_they_are_sent(asked: Request) -> None:
    litter = await forms.read(asked, Litter)

    assert litter.pets == [Pet(name="Rex", is_loud=True, tags=["a"]), Pet(name="Ina", is_loud=False)]
    assert litter.mother == Pet(is_loud=True)


async def test_a_list_of_objects_has_no_more_items_than_a_form_may_have_fields() -> None:
    many = "&".join("pets[][name]=x" for _ in range(forms.MOST_FIELDS))
    assert len((await forms.read(form(many), Litter)).pets) == forms.MOST_FIELDS
    with pytest.raises(forms.Malformed):
        await forms.read(form(many + "&pets[][name]=x"), Litter)


class Needed(msgspec.Struct):
    name: str


@pytest.mark.parametrize(
    ("asked", "type_", "said", "field"),
    [
        (form("number=x"), Pet, "number is not valid.", "number"),
        (as_json({"name": {"a": 1}}), Pet, "name is not valid.", "name"),
        (as_json({"tags": {"a": 1}}), Pet, "tags is not valid.", "tags"),
        (as_json({"tags": [["a"]]}), Pet, "tags[0] is not valid.", "tags[0]"),
        (form("is_loud=perhaps"), Pet, "is_loud is not valid.", "is_loud"),
        (form(""), Needed, "name is missing.", "name"),
    ],
)
async def test_what_is_not_valid_is_named(asked: Request, type_: type[msgspec.Struct], said: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await forms.read(asked, type_)
    assert (str(refused.value), refused.value.field) == (said, field)


@pytest.mark.parametrize(
    "asked",
    [
        form("name=a%00b"),
        request(query="name=a%00b"),
        request("GET", query="stray=%00"),
        as_json({"name": "a\0b"}),
        as_json({"owner": {"a\0": "b"}}),
        as_json({"tags": ["a", "b\0"]}),
        parts(("name", "a\0b")),
    ],
)
async def test_nul_is_refused_wherever_it_stands(asked: Request) -> None:
    with pytest.raises(Invalid, match="cannot be stored"):
        await forms.fields(asked)


@pytest.mark.parametrize(
    "asked",
    [
        request(body=b"{", kind="application/json"),
        request(body=b"[]", kind="application/json"),
        request(body=b'"x"', kind="application/json"),
        request(body=b'{"a": "\\ud800"}', kind="application/json"),
        request(body=b"--y", kind="multipart/form-data; boundary=x"),
        request(body=b"", kind="multipart/form-data"),
        form("a[b]=1&a=2&a[c]=3"),
        form("a=1&a[b]=2"),
        form("a[b][c][d][e]=1"),
        form("a[][][][][b]=1"),
        form("a[]=1&a[][b]=2"),
        form("a[][b]=1&a[][b][c]=2"),
    ],
)
async def test_what_cannot_be_read_is_malformed(asked: Request) -> None:
    with pytest.raises(forms.Malformed):
        await forms.fields(asked)


async def test_a_body_is_refused_once_it_is_too_large_announced_or_not() -> None:
    for headers in ([], [(b"content-length", b"%d" % (forms.LARGEST_BODY + 1))]):
        asked = request(body=b"x" * (forms.LARGEST_BODY + 1), kind="application/json")
        asked.scope["headers"].extend(headers)
        with pytest.raises(forms.TooLarge):
            await forms.body(asked)
    with pytest.raises(forms.TooLarge):
        await forms.fields(request(query="&".join("a=1" for _ in range(forms.MOST_FIELDS + 1))))
    with pytest.raises(forms.Malformed):
        await forms.fields(form("&".join("a=1" for _ in range(forms.MOST_FIELDS + 1))))


async def test_a_file_is_no_field_but_is_noticed() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nRex\r\n'
        b'--x\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\n\r\n\x89PNG\r\n--x--\r\n'
    )
    asked = request(body=body, kind="multipart/form-data; boundary=x")

    assert await forms.fields(asked) == {"name": "Rex"}
    assert forms.uploads(asked) == ["avatar"]


@pytest.mark.parametrize(
    ("pairs", "tree"),
    [
        ([("a[b][]", "1"), ("a[b][]", "2")], {"a": {"b": ["1", "2"]}}),
        ([("a[0][b]", "1"), ("a[1][b]", "2")], {"a": [{"b": "1"}, {"b": "2"}]}),
        ([("a[10]", "c"), ("a[9]", "b")], {"a": ["b", "c"]}),
        ([("a[", "1"), ("b]", "2"), ("[c]", "3"), ("d[e]f", "4")], {"a[": "1", "b]": "2", "[c]": "3", "d[e]f": "4"}),
        ([("a", "1"), ("a", "2")], {"a": "2"}),
        (
            [("a[][b]", "1"), ("a[][c]", "2"), ("a[][b]", "3"), ("a[][c]", "4")],
            {"a": [{"b": "1", "c": "2"}, {"b": "3", "c": "4"}]},
        ),
        ([("a[][b]", "1"), ("a[][b]", "2"), ("a[][c]", "3")], {"a": [{"b": "1"}, {"b": "2", "c": "3"}]}),
        (
            [("a[][b][]", "1"), ("a[][b][]", "2"), ("a[][c]", "3"), ("a[][c]", "4"), ("a[][b][]", "5")],
            {"a": [{"b": ["1", "2"], "c": "3"}, {"c": "4", "b": ["5"]}]},
        ),
        (
            [("a[][b][c]", "1"), ("a[][b][d]", "2"), ("a[][b][c]", "3")],
            {"a": [{"b": {"c": "1", "d": "2"}}, {"b": {"c": "3"}}]},
        ),
        ([("a[b][][c]", "1"), ("a[b][][c]", "2")], {"a": {"b": [{"c": "1"}, {"c": "2"}]}}),
    ],
)
def test_nested_names(pairs: list[tuple[str, str]], tree: dict[str, Any]) -> None:
    assert forms.nested(pairs) == tree


@given(st.lists(st.tuples(st.text(alphabet="ab[]0", max_size=12), st.text(max_size=3)), max_size=20))
def test_whatever_names_are_made_up_they_are_read_or_malformed(pairs: list[tuple[str, str]]) -> None:
    try:
        tree = forms.nested(pairs)
    except forms.Malformed:
        return
    assert all(isinstance(name, str) for name in tree)
