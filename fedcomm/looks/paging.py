"""Pages of timelines in the browser: links to newer and older entries, by id like in client apps."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request

from fedcomm.http import paging
from fedcomm.timelines.cursor import Cursor, Entry

PAGE = 20


def cursor(request: Request, *, limit: int = PAGE) -> Cursor:
    """The page asked for, with one entry more than is shown, to know whether there is another. Raises Invalid."""
    asked = paging.cursor(request, default=limit, most=limit)
    return Cursor(max_id=asked.max_id, since_id=None, min_id=asked.min_id, limit=limit + 1)


class Paged:
    """What is shown of the entries that were found, and where the neighbouring pages are (None: there is none)."""

    def __init__(self, request: Request, ids: Sequence[int], asked: Cursor) -> None:
        limit = asked.limit - 1
        has_more = len(ids) > limit
        self.first = 1 if has_more and asked.is_upwards else 0
        shown = ids[self.first : self.first + limit]
        self.last = self.first + len(shown)
        kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("max_id", "min_id")]

        def url(name: str, value: int) -> str:
            return "?" + urlencode([*kept, (name, str(value))])

        is_first = asked.max_id is None and (not asked.is_upwards or not has_more)
        is_last = not asked.is_upwards and not has_more
        self.newer_url = None if is_first or not shown else url("min_id", shown[0])
        self.older_url = None if is_last or not shown else url("max_id", shown[-1])


def paged(request: Request, entries: Sequence[Entry], asked: Cursor) -> tuple[list[Entry], Paged]:
    """The entries to show, and the links around them."""
    around = Paged(request, [entry.id for entry in entries], asked)
    return list(entries[around.first : around.last]), around
