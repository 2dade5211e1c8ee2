"""What those who run the instance look at before it appears anywhere, and when they want to (S168; product 13)."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import settings
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks import grounds, posts
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.paging import Paged, cursor
from fedcomm.looks.posts import Looker
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import HeldLine
from fedcomm.permissions import may_here
from fedcomm.text import cleaning
from fedcomm.threads import first_look, moderating

PATH = "/admin/held"
MOST_AT_ONCE = 100
MOST_WORDS = 100
LONGEST_WORD = 100


class ThroughForm(msgspec.Struct):
    """Which posts may appear."""

    post: list[str] = []


class DeclineForm(msgspec.Struct):
    """Which posts may not, why and on what that rests."""

    post: list[str] = []
    reason: str = ""
    grounds: str = ""


class RulesForm(msgspec.Struct):
    """What is looked at first."""

    hours: str = ""
    first_posts: str = ""
    words: str = ""


@admin_page("see reports")
async def page(request: Request) -> Response:
    """What waits, newest first."""
    return await _page(request, {}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    here, who, asked = site(request), signed_in(request), cursor(request)
    _ = await texts(request)
    async with here.read() as db:
        found = await first_look.page(db, cursor=asked)
        around = Paged(request, [each.post.id for each in found], asked)
        shown = found[around.first : around.last]
        views = await posts.post_views(db, [each.post for each in shown], Looker(account=who.account), now=here.now())
    now = here.settings
    typed = {
        "hours": str(now.newcomer_hours),
        "first_posts": "yes" if now.holds_first_posts else "",
        "words": "\n".join(now.held_words),
    }
    return await show(
        request,
        "admin/held.html",
        status=status,
        held=[HeldLine(post=view, why=each.why) for view, each in zip(views, shown, strict=True)],
        grounds=grounds.choices([rule.text for rule in now.rules], _),
        may_set=may_here(who.login.role, "change settings"),
        form={**typed, **form},
        errors=errors,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@admin_page("see reports")
async def let_through(request: Request) -> Response:
    """Let one or several of them appear; where their group wants to see them first as well, it does now."""
    here, me, form = site(request), signed_in(request).account, await read(request, ThroughForm)
    async with here.transaction() as db:
        waiting = await first_look.those_of(db, [id_from(each) for each in form.post[:MOST_AT_ONCE]])
        for post_id in sorted(waiting):
            await moderating.release(db, here.here, me, post_id, now=here.now())
    return then(request, PATH, "let-through" if waiting else "gone")


@admin_page("see reports")
async def decline(request: Request) -> Response:
    """Show one or several of them to nobody; their authors are told why."""
    here, me, form = site(request), signed_in(request).account, await read(request, DeclineForm)
    _ = await texts(request)
    try:
        chosen = grounds.chosen(form.grounds, [rule.text for rule in here.settings.rules])
        reason = cleaning.one_line(form.reason, 500)
        if not reason:
            raise Invalid("Please give a reason: they are told it.", field="reason")
        async with here.transaction() as db:
            waiting = await first_look.those_of(db, [id_from(each) for each in form.post[:MOST_AT_ONCE]])
            if not waiting:
                raise Invalid("Please tick the posts that you mean.")
            for post_id in sorted(waiting):
                await moderating.remove(db, here.here, me, post_id, reason, grounds=chosen, now=here.now())
    except (Invalid, NotAllowed, NotFound) as refused:
        typed = {"reason": form.reason, "grounds": form.grounds}
        return await _page(request, typed, errors_of(refused, _), status=422)
    return then(request, PATH, "refused")


@admin_page("change settings")
async def save(request: Request) -> Response:
    """Change what is looked at first."""
    here, form = site(request), await read(request, RulesForm)
    _ = await texts(request)
    lines = [cleaning.one_line(line, LONGEST_WORD) for line in form.words.splitlines()]
    words = tuple(dict.fromkeys(line for line in lines if line))
    try:
        hours = _hours(form.hours)
        if len(words) > MOST_WORDS:
            raise Invalid("At most %(n)s words or phrases, please.", n=MOST_WORDS, field="words")
    except Invalid as refused:
        typed = {"hours": form.hours, "first_posts": form.first_posts, "words": form.words}
        return await _page(request, typed, errors_of(refused, _), status=422)
    wanted: settings.Changes = {
        "newcomer_hours": hours,
        "holds_first_posts": form.first_posts == "yes",
        "held_words": words,
    }
    changes = {name: value for name, value in wanted.items() if getattr(here.settings, name) != value}
    async with here.transaction() as db:
        await settings.save(db, signed_in(request).account.id, changes, now=here.now())
    await here.reload_settings()
    return then(request, PATH, "saved")


def _hours(text: str) -> int:
    """Raises Invalid."""
    number = text.strip()
    if not (number.isascii() and number.isdigit() and len(number) < 4 and int(number) <= 720):
        raise Invalid("Please give hours from 0 to 720.", field="hours")
    return int(number)


routes = [
    Route(PATH, page),
    Route(f"{PATH}/through", let_through, methods=["POST"]),
    Route(f"{PATH}/decline", decline, methods=["POST"]),
    Route(f"{PATH}/rules", save, methods=["POST"]),
]
