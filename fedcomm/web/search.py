"""Searching on a page: groups, people, and threads and posts by their words (product 6)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Invalid
from fedcomm.http import paging
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import reader_zone, show, texts
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import AccountCard, GroupCard, ThreadCard
from fedcomm.search import people
from fedcomm.search import posts as found_posts
from fedcomm.search.question import taken_apart
from fedcomm.timelines.cursor import Entry
from fedcomm.web.paging import Paged, cursor

LONGEST = 500
MOST_PEOPLE = 12
LIVES_SOMEWHERE = ("https://", "http://")


class SearchForm(msgspec.Struct):
    """What to look for."""

    q: str = ""


class Results(msgspec.Struct):
    """What was found."""

    groups: list[GroupCard] = []
    people: list[AccountCard] = []
    threads: list[ThreadCard] = []
    newer_url: str | None = None
    older_url: str | None = None


@member_page
async def search(request: Request) -> Response:
    """A field, and below it what was found."""
    typed = query(request, SearchForm).q.strip()
    _ = await texts(request)
    errors: dict[str, str] = {}
    found = Results()
    if len(typed) > LONGEST:
        errors["q"] = _("Please enter fewer words.")
    elif typed:
        try:
            found = await _found(request, typed)
        except Invalid as refusal:
            errors = errors_of(refusal, _)
    return await show(
        request,
        "search.html",
        status=422 if errors else 200,
        form={"q": typed},
        errors=errors,
        found=found,
        is_asked=bool(typed) and not errors,
        may_be_elsewhere=typed.startswith(LIVES_SOMEWHERE) or "@" in typed.removeprefix("@"),
        is_hidden_from_search=True,
    )


async def _found(request: Request, typed: str) -> Results:
    here, me = site(request), signed_in(request)
    asked = cursor(request)
    question = taken_apart(typed, zone=await reader_zone(request))
    is_first = asked.max_id is None and asked.min_id is None and not paging.offset(request)
    async with here.read() as db:
        met = await people.search(db, typed, me.account.id, limit=MOST_PEOPLE) if is_first else []
        async with here.read_late(db) as late:
            ids = await found_posts.page(late, here.here, me.account, question, cursor=asked)
        around = Paged(request, ids, asked)
        shown = [Entry(id_, id_, None, 0) for id_ in ids[around.first : around.last]]
        return Results(
            groups=await cards.group_cards(db, [each for each in met if each.is_group], me.account.id),
            people=[cards.account_card(each) for each in met if not each.is_group],
            threads=await posts.thread_cards(db, me.account.id, shown),
            newer_url=around.newer_url,
            older_url=around.older_url,
        )


routes = [Route("/search", search)]
