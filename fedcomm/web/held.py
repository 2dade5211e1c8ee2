"""What a group looks at before its members do: posts that wait, and members whose posts do (product 13)."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.groups import reading as groups
from fedcomm.groups import watching
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, grounds, posts
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import Looker
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.threads import holding, posting
from fedcomm.web import addressed
from fedcomm.web.paging import Paged, cursor


class ThroughForm(msgspec.Struct):
    """Which posts may appear."""

    post: list[str] = []


class WatchForm(msgspec.Struct):
    """Whose posts are to be looked at first, why and on what that rests."""

    handle: str = ""
    reason: str = ""
    grounds: str = ""


class TrustForm(msgspec.Struct):
    """Whose posts show at once again."""

    account: str = ""


@member_page
async def held_page(request: Request) -> Response:
    """The posts that wait, the oldest last."""
    return await _page(request, {"handle": request.query_params.get("handle", "")[:300]}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    here, me, asked = site(request), signed_in(request).account, cursor(request)
    _ = await texts(request)
    async with here.read() as db:
        group = await addressed.group(request, db)
        await watching.check_may(db, me, group)
        profile = await groups.profile(db, group.id)
        found = await holding.waiting(db, group.id, me.id, cursor=asked)
        around = Paged(request, [each.id for each in found], asked)
        page = found[around.first : around.last]
        shown = await posts.post_views(db, page, Looker(account=me), now=here.now())
        watched = await watching.watched(db, group.id)
        people = await lookup.by_ids(db, watched)
        rules = [rule.title for rule in profile.rules] if profile else []
    return await show(
        request,
        "group_held.html",
        status=status,
        group=cards.group_card(group, profile),
        held=shown,
        people=[cards.account_card(people[each]) for each in watched if each in people],
        grounds=grounds.choices(rules, _),
        form=form,
        errors=errors,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@member_page
async def let_through(request: Request) -> Response:
    """Let one or several of them appear."""
    here, me, form = site(request), signed_in(request).account, await read(request, ThroughForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        await watching.check_may(db, me, group)
        mine = await holding.those_of(db, group.id, [addressed.id_of(each) for each in form.post[:100]])
        for post_id in mine:
            await posting.release(db, here.here, me, post_id, now=here.now())
    return then(request, f"{cards.account_path(group)}/held", "let-through" if mine else "gone")


@member_page
async def watch(request: Request) -> Response:
    """Look first at what a member writes."""
    here, me, form = site(request), signed_in(request).account, await read(request, WatchForm)
    _ = await texts(request)
    typed = {"handle": form.handle, "reason": form.reason, "grounds": form.grounds}
    try:
        async with here.transaction() as db:
            group = await addressed.group(request, db)
            await watching.check_may(db, me, group)
            person = await addressed.named(request, db, form.handle)
            chosen = grounds.chosen(form.grounds, await groups.rule_titles(db, group.id))
            if not form.reason.strip():
                raise Invalid("Please give a reason: they are told it.", field="reason")
            await watching.watch(db, me, group, person, reason=form.reason, grounds=chosen, now=here.now())
    except Invalid as refused:
        return await _page(request, typed, errors_of(refused, _), status=422)
    except NotAllowed as refused:
        return await _page(request, typed, {"handle": sentence(refused, _)}, status=403)
    return then(request, f"{cards.account_path(group)}/held", "saved")


@member_page
async def trust(request: Request) -> Response:
    """Show what they write at once again."""
    here, me, form = site(request), signed_in(request).account, await read(request, TrustForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        await watching.trust(db, me, group, addressed.id_of(form.account), now=here.now())
    return then(request, f"{cards.account_path(group)}/held", "saved")


routes = [
    Route("/@{handle}/held", held_page),
    Route("/@{handle}/held/let_through", let_through, methods=["POST"]),
    Route("/@{handle}/held/people", watch, methods=["POST"]),
    Route("/@{handle}/held/people/end", trust, methods=["POST"]),
]
