"""Pages by id, as Mastodon's clients ask for them and follow them through the Link header.

Source: Mastodon API documentation, api/guidelines#pagination; mastodon-clients.md traps 2 and 15; S157.
"""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request

from fedcomm.cursor import GREATEST_ID, Cursor
from fedcomm.errors import Invalid
from fedcomm.http.context import site

CURSOR_NAMES = ("max_id", "since_id", "min_id")
MOST_FIELDS = 1_000


def id_from(text: str) -> int:
    """An id as clients send it. Raises Invalid."""
    if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= GREATEST_ID:
        return int(text)
    raise Invalid("This is not a valid id.")


def cursor(request: Request, *, default: int = 20, most: int = 40) -> Cursor:
    """The page asked for; a limit out of range is clamped. Raises Invalid."""
    query = request.scope["query_string"]
    if b"limit" not in query and b"_id" not in query:
        return Cursor(limit=default)
    return _cursor(query, default, most)


@lru_cache(maxsize=1_000)
def _cursor(query: bytes, default: int, most: int) -> Cursor:
    given = dict(parse_qsl(query.decode("latin-1"), max_num_fields=MOST_FIELDS))
    text = given.get("limit", "")
    limit = default
    if text:
        try:
            limit = int(text[:12])
        except ValueError:
            raise Invalid("limit must be a number.", field="limit") from None
    found = {name: id_from(given[name]) for name in CURSOR_NAMES if given.get(name)}
    return Cursor(**found, limit=max(1, min(abs(limit), most)))


def offset(request: Request, *, most: int = 10_000) -> int:
    """How many results to leave out, where pages go by number. Raises Invalid."""
    text = request.query_params.get("offset", "")
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid("offset must be a number.", field="offset")
    return min(int(text), most)


def link_header(request: Request, ids: Sequence[int]) -> dict[str, str]:
    """The Link header for a page whose entries have these ids, newest first; none for an empty page."""
    if not ids:
        return {}
    scope = request.scope
    base = _without_cursor(site(request).here.base_url, scope["path"], scope["query_string"])
    return {"Link": f'<{base}max_id={ids[-1]}>; rel="next", <{base}min_id={ids[0]}>; rel="prev"'}


@lru_cache(maxsize=1_000)
def _without_cursor(base_url: str, path: str, query: bytes) -> str:
    """The address of a list up to where a cursor is put; its other parameters are kept."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    kept = [(name, value) for name, value in pairs if name not in CURSOR_NAMES and name != "access_token"]
    return f"{base_url}{quote(path)}?{urlencode(kept)}{'&' if kept else ''}"
