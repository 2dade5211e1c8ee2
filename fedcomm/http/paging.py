"""Pages by id, as Mastodon's clients ask for them and follow them through the Link header.

Source: Mastodon API documentation, api/guidelines#pagination; mastodon-clients.md traps 2 and 15; S157.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request

from fedcomm.errors import Invalid
from fedcomm.http.context import site
from fedcomm.timelines.cursor import Cursor

GREATEST_ID = 2**63 - 1
_CURSOR_NAMES = frozenset({"max_id", "since_id", "min_id"})


def id_from(text: str) -> int:
    """An id as clients send it. Raises Invalid."""
    if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= GREATEST_ID:
        return int(text)
    raise Invalid("This is not a valid id.")


def _id(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    return id_from(text) if text else None


def cursor(request: Request, *, default: int = 20, most: int = 40) -> Cursor:
    """The page asked for; a limit out of range is clamped. Raises Invalid."""
    text = request.query_params.get("limit", "")
    limit = default
    if text:
        try:
            limit = int(text[:12])
        except ValueError:
            raise Invalid("limit must be a number.", field="limit") from None
    return Cursor(
        max_id=_id(request, "max_id"),
        since_id=_id(request, "since_id"),
        min_id=_id(request, "min_id"),
        limit=max(1, min(abs(limit), most)),
    )


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
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in _CURSOR_NAMES]
    base = f"{site(request).here.base_url}{request.url.path}?{urlencode(kept)}{'&' if kept else ''}"
    return {"Link": f'<{base}max_id={ids[-1]}>; rel="next", <{base}min_id={ids[0]}>; rel="prev"'}
