"""Bodies as dataclasses: query string, form, JSON and multipart are read alike and merged (mastodon-clients.md trap 3).

`a[]`, `a[b]`, `a[b][]`, `a[0][b]` and `a[][b]` are understood. Bounded in size, number of fields and depth (S149).
"""

import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast

import msgspec
import msgspec.inspect
import orjson
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from fedcomm.errors import Invalid

LARGEST_BODY = 1024 * 1024
MOST_FIELDS = 1000
DEEPEST = 4

T = TypeVar("T", bound=msgspec.Struct)

_PART = re.compile(r"\[([^\[\]]{0,200})\]")


class TooLarge(HTTPException):
    """The body is larger than we read: 413."""

    def __init__(self) -> None:
        super().__init__(413, "The request is too large.")


class Malformed(HTTPException):
    """The body is not what its content type says: 400."""

    def __init__(self, message: str = "The request could not be read.") -> None:
        super().__init__(400, message)


async def body(request: Request, *, largest: int = LARGEST_BODY) -> bytes:
    """The raw body, refused as soon as it is known to be too large (S138). Raises TooLarge."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > largest:
        raise TooLarge
    kept = cast("bytes | None", getattr(request.state, "body", None))
    if kept is not None:
        return kept
    pieces: list[bytes] = []
    size = 0
    request.state.is_being_read = True
    async for piece in request.stream():
        size += len(piece)
        if size > largest:
            raise TooLarge
        pieces.append(piece)
    request.state.is_being_read = False
    whole = b"".join(pieces)
    request.state.body = whole
    return whole


def _path(name: str) -> list[str]:
    start = name.find("[")
    if start <= 0:
        return [name]
    parts = _PART.findall(name, start)
    if start + sum(len(part) + 2 for part in parts) != len(name):
        return [name]
    return [name[:start], *parts]


def _place(tree: dict[str, Any], path: list[str], value: Any) -> None:
    """Put one value into the tree of the form; lists are kept as `{"": [...]}` or by index until `_settled`."""
    node = tree
    for number, key in enumerate(path[:-1]):
        child = _item(node, path[number + 1 :]) if key == "" else node.setdefault(key, {})
        if not isinstance(child, dict):
            raise Malformed
        node = cast("dict[str, Any]", child)
    last = path[-1]
    if last == "":
        node.setdefault("", []).append(value)
    else:
        node[last] = value


def _item(node: dict[str, Any], rest: list[str]) -> Any:
    """The object of the list `a[][b]` that a value belongs to: the last, unless that has this field already.

    So browsers and apps send lists of objects, one object after the other, and so Rails reads them.
    """
    items = cast("list[Any]", node.setdefault("", []))
    if not items or _has(items[-1], rest):
        items.append({})
    return items[-1]


def _has(item: Any, rest: list[str]) -> bool:
    """Whether an object has a value at this place; a list (`[]` at its end) can always take one more."""
    for key in rest:
        if not isinstance(item, dict) or key not in item:
            return False
        item = cast("dict[str, Any]", item)[key]
    return "" not in rest


def _settled(node: Any) -> Any:
    """Turn `{"": [...]}` and `{"0": ..., "1": ...}` into lists."""
    if not isinstance(node, dict):
        return node
    tree = cast("dict[str, Any]", node)
    if set(tree) == {""}:
        return [_settled(item) for item in tree[""]]
    tree = {key: _settled(value) for key, value in tree.items()}
    if tree and all(key.isascii() and key.isdigit() for key in tree):
        return [tree[key] for key in sorted(tree, key=int)]
    tree.pop("", None)
    return tree


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A form's pairs as nested dictionaries and lists. Raises Malformed."""
    tree: dict[str, Any] = {}
    for count, (name, value) in enumerate(pairs):
        if count >= MOST_FIELDS:
            raise TooLarge
        path = _path(name)
        if len(path) > DEEPEST:
            raise Malformed
        _place(tree, path, value)
    return {key: _settled(value) for key, value in tree.items()}


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise Invalid("The text holds characters that cannot be stored.")
    elif isinstance(value, dict):
        for key, child in cast("dict[Any, Any]", value).items():
            _check_text(key)
            _check_text(child)
    elif isinstance(value, list):
        for child in cast("list[Any]", value):
            _check_text(child)


async def _body_fields(request: Request, largest: int, files: dict[str, bytes] | None) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        raw = await body(request)
        if not raw.strip():
            return {}
        try:
            decoded = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise Malformed("The JSON in the request could not be read.") from None
        if not isinstance(decoded, dict):
            raise Malformed("The request must be a JSON object.")
        return cast("dict[str, Any]", decoded)
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        await _bounded(request, largest if kind == "multipart/form-data" else LARGEST_BODY)
        try:
            async with request.form(max_files=20, max_fields=MOST_FIELDS, max_part_size=2 * LARGEST_BODY) as form:
                given = _texts_of(form)
                parts = [(name, value) for name, value in form.multi_items() if isinstance(value, UploadFile)]
                if files is not None:
                    files.update({name: await part.read() for name, part in parts if part.size})
        except (MultiPartException, FormParserError, ValueError):
            raise Malformed("The form in the request could not be read.") from None
        request.scope["uploads"] = [name for name, part in parts if part.size]
        return given
    return {}


@asynccontextmanager
async def with_files(request: Request, *, largest: int) -> AsyncGenerator[tuple[dict[str, Any], dict[str, BinaryIO]]]:
    """All that a request says, and the files that came with it by the names of their fields, gone when the block ends.

    Nothing large is in memory: a file is on disk as soon as it has more than a mebibyte. What the client calls the
    files is not looked at (S153). Raises Malformed, TooLarge, Invalid (NUL).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        yield await fields(request), {}
        return
    parser = MultiPartParser(
        request.headers,
        _counted(request, largest),
        max_files=20,
        max_fields=MOST_FIELDS,
        max_part_size=2 * LARGEST_BODY,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError, ValueError, KeyError):
        raise Malformed("The form in the request could not be read.") from None
    try:
        given = nested(request.query_params.multi_items())
        given.update(_texts_of(form))
        _check_text(given)
        parts = [(name, part) for name, part in form.multi_items() if isinstance(part, UploadFile) and part.size]
        yield given, {name: part.file for name, part in parts}
    finally:
        await form.close()


async def _counted(request: Request, largest: int) -> AsyncGenerator[bytes]:
    """The body as it comes, refused as soon as it is known to be too large (S138). Raises TooLarge."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > largest:
        raise TooLarge
    size = 0
    request.state.is_being_read = True
    async for piece in request.stream():
        size += len(piece)
        if size > largest:
            raise TooLarge
        yield piece
    request.state.is_being_read = False


def _texts_of(form: FormData) -> dict[str, Any]:
    """The fields of a form that are no files. Raises TooLarge."""
    pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    if sum(len(value) for _, value in pairs) >= LARGEST_BODY:
        raise TooLarge
    return nested(pairs)


async def _bounded(request: Request, largest: int) -> None:
    """Read the body within its bound and hand it to Starlette's parser."""
    whole = await body(request, largest=largest)
    request._body = whole  # pyright: ignore[reportPrivateUsage]  # Starlette reads its own cache before the stream


def uploads(request: Request) -> list[str]:
    """The names of the fields in which files came, after `fields` has read the form."""
    return cast("list[str]", request.scope.get("uploads", []))


async def fields(
    request: Request, *, largest: int = LARGEST_BODY, files: dict[str, bytes] | None = None
) -> dict[str, Any]:
    """All that a request says in query string and body; the body wins. A GET may have one too: Mastodon.py sends some.

    `files`: filled with the files of a multipart body, which may have up to `largest` bytes, by the names of their
    fields; what the client calls the files is not looked at (S153). Raises Malformed, TooLarge, Invalid (NUL).
    """
    merged = nested(request.query_params.multi_items())
    merged.update(await _body_fields(request, largest, files))
    _check_text(merged)
    return merged


class _Field(NamedTuple):
    """What a field of a form takes: a list, a truth, objects of a form of its own (alone or in the list)."""

    is_list: bool
    is_bool: bool
    inner: type[msgspec.Struct] | None


@lru_cache(maxsize=512)
def _shape(type_: type[msgspec.Struct]) -> Mapping[str, _Field]:
    """What each field takes."""
    info = cast("msgspec.inspect.StructType", msgspec.inspect.type_info(type_))
    shape: dict[str, _Field] = {}
    for field in info.fields:
        options = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
        items = [option.item_type for option in options if isinstance(option, msgspec.inspect.ListType)]
        objects = [each.cls for each in (*options, *items) if isinstance(each, msgspec.inspect.StructType)]
        shape[field.encode_name] = _Field(
            is_list=bool(items),
            is_bool=any(isinstance(option, msgspec.inspect.BoolType) for option in options),
            inner=objects[0] if objects else None,
        )
    return shape


def _fitted(type_: type[msgspec.Struct], given: Mapping[str, Any]) -> dict[str, Any]:
    """Bend what clients send to the shape of the form: one value for a list, "on" for a check box."""
    shape = _shape(type_)
    return {name: _fitting(shape[name], value) for name, value in given.items() if name in shape}


def _fitting(field: _Field, value: Any) -> Any:
    if isinstance(value, str):
        if field.is_list:
            return [value] if value else []
        if field.is_bool:
            lowered = value.strip().lower()
            return {"on": True, "yes": True, "t": True, "off": False, "f": False, "": False}.get(lowered, lowered)
    if field.is_list and isinstance(value, dict):
        value = _numbered(cast("dict[str, Any]", value))
    inner = field.inner
    if inner is None:
        return cast("Any", value)
    if isinstance(value, list):
        return [_fitting_object(inner, each) for each in cast("list[Any]", value)]
    return _fitting_object(inner, value)


def _fitting_object(form: type[msgspec.Struct], value: Any) -> Any:
    return _fitted(form, cast("dict[str, Any]", value)) if isinstance(value, dict) else value


def _numbered(given: dict[str, Any]) -> Any:
    """The list that JSON like `{"0": ..., "1": ...}` means; anything else as it is."""
    if given and all(key.isascii() and key.isdigit() and len(key) < 10 for key in given):
        return [given[key] for key in sorted(given, key=int)]
    return given


def convert(type_: type[T], given: dict[str, Any]) -> T:
    """The form of this type that the fields make. Raises Invalid with a sentence that names the field."""
    try:
        return msgspec.convert(_fitted(type_, given), type_, strict=False)
    except msgspec.ValidationError as error:
        message = str(error)
        path = re.search(r"`\$\.?([^`]*)`", message)
        name = path.group(1) if path else ""
        missing = re.search(r"missing required field `([^`]+)`", message)
        if missing:
            raise Invalid(f"{missing.group(1)} is missing.", field=missing.group(1)) from None
        raise Invalid(f"{name or 'The request'} is not valid.", field=name or None) from None


def query(request: Request, type_: type[T]) -> T:
    """What the query string says, as a form of this type. Raises Malformed, TooLarge, Invalid."""
    given = nested(request.query_params.multi_items())
    _check_text(given)
    return convert(type_, given)


async def read(request: Request, type_: type[T]) -> T:
    """What a request says in query string and body, as a form of this type. Raises Malformed, TooLarge, Invalid."""
    return convert(type_, await fields(request))
