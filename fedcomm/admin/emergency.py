"""Emergency access: asked for, confirmed, used and ended (product 26). Reading it writes each look into the log."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks import cards, emergency, posts
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.paging import Paged, cursor
from fedcomm.looks.posts import Looker
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import EmergencyLine, PostView, ThreadCard
from fedcomm.moderation import emergency as accesses
from fedcomm.threads import for_members
from fedcomm.threads.model import Post

PATH = "/admin/emergency"
POSTS = 100


class AskForm(msgspec.Struct):
    """Which group, and why."""

    handle: str = ""
    reason: str = ""


class WhichForm(msgspec.Struct):
    """Which access is confirmed, declined, taken back or ended."""

    access: str = ""


class AfterForm(msgspec.Struct):
    """Which part of a thread: what came after this post."""

    after: str = ""


@admin_page("read in an emergency")
async def page(request: Request) -> Response:
    """All there were, newest first, and the form for a new one."""
    return await _page(request, {"handle": request.query_params.get("group", "")[:300]}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    here, me, asked = site(request), signed_in(request).account, cursor(request)
    async with here.read() as db:
        found = await accesses.page(db, me, cursor=asked)
        around = Paged(request, [each.id for each in found], asked)
        lines = await emergency.lines(db, found[around.first : around.last], me.id, now=here.now())
        is_alone = not await accesses.others(db, me.id)
    return await show(
        request,
        "admin/emergency.html",
        status=status,
        lines=lines,
        is_alone=is_alone,
        hours=round(here.durations.emergency_access.total_seconds() / 3600),
        hours_waiting=round(here.durations.emergency_asked.total_seconds() / 3600),
        form=form,
        errors=errors,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@admin_page("read in an emergency")
async def ask(request: Request) -> Response:
    """Ask to read what is for a group's members; alone, it begins at once."""
    here, me, form = site(request), signed_in(request).account, await read(request, AskForm)
    _ = await texts(request)
    name, _at, host = form.handle.strip().removeprefix("@").partition("@")
    try:
        async with here.transaction() as db:
            group = await lookup.by_handle(db, name[:300], host[:300] or here.here.domain)
            if group is None:
                raise Invalid("This is no group of this instance.", field="handle")
            made = await accesses.ask(db, me, group, form.reason, durations=here.durations, now=here.now())
    except Invalid as refused:
        return await _page(request, msgspec.structs.asdict(form), errors_of(refused, _), status=422)
    except Conflict:
        return then(request, PATH, "asked-already")
    return then(request, PATH, "emergency-open" if made.state == "open" else "emergency-asked")


@admin_page("read in an emergency")
async def confirm(request: Request) -> Response:
    """A second admin lets it begin."""
    here, me, form = site(request), signed_in(request).account, await read(request, WhichForm)
    try:
        async with here.transaction() as db:
            await accesses.confirm(db, me, _id(form.access), durations=here.durations, now=here.now())
    except Conflict:
        return then(request, PATH, "gone")
    return then(request, PATH, "saved")


@admin_page("read in an emergency")
async def close(request: Request) -> Response:
    """End it early, decline it, or take one's own request back."""
    here, me, form = site(request), signed_in(request).account, await read(request, WhichForm)
    try:
        async with here.transaction() as db:
            await accesses.close(db, me, _id(form.access), now=here.now())
    except Conflict:
        return then(request, PATH, "gone")
    return then(request, PATH, "saved")


@admin_page("read in an emergency")
async def threads(request: Request) -> Response:
    """What a group's members write for themselves, by thread."""
    here, me, asked = site(request), signed_in(request).account, cursor(request)
    async with here.transaction(wakes=()) as db:
        line, group = await _opened(request, db, me)
        found = await for_members.threads(db, group.id, cursor=asked)
        around = Paged(request, [each.id for each in found], asked)
        shown = found[around.first : around.last]
        await accesses.look(db, me, line.id, [each.id for each in shown], now=here.now())
        people = await lookup.by_ids(db, {each.author_id for each in shown})
    return await show(
        request,
        "admin/emergency_threads.html",
        access=line,
        threads=[_card(line, each, people[each.author_id]) for each in shown if each.author_id in people],
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@admin_page("read in an emergency")
async def thread(request: Request) -> Response:
    """One of these threads, in the order in which it was written."""
    here, me, asked = site(request), signed_in(request).account, query(request, AfterForm)
    after, thread_id = _id(asked.after) if asked.after else 0, int(request.path_params["thread"])
    async with here.transaction(wakes=()) as db:
        line, group = await _opened(request, db, me)
        found = await for_members.thread(db, group.id, thread_id, after=after, limit=POSTS + 1)
        if not found:
            raise NotFound
        shown = found[:POSTS]
        await accesses.look(db, me, line.id, [each.id for each in shown], now=here.now())
        views = await posts.post_views(db, shown, Looker(), now=here.now())
    return await show(
        request,
        "admin/emergency_thread.html",
        access=line,
        posts_shown=_only_read(views),
        first_url="?" if after else None,
        next_url=f"?after={shown[-1].id}" if len(found) > POSTS else None,
    )


async def _opened(request: Request, db: Connection, me: Account) -> tuple[EmergencyLine, Account]:
    """The access that a page is about, and its group. Raises NotFound, NotAllowed."""
    now = site(request).now()
    access = await accesses.to_read(db, me, int(request.path_params["id"]), now=now)
    group = await lookup.by_id(db, access.group_id)
    lines = await emergency.lines(db, [access], me.id, now=now)
    if group is None or not lines:
        raise NotFound
    return lines[0], group


def _card(line: EmergencyLine, post: Post, author: Account) -> ThreadCard:
    return ThreadCard(
        id=post.id,
        url=f"{PATH}/{line.id}/threads/{post.id}",
        title=post.title,
        excerpt=posts.excerpt(post.content_html, after=post.title if post.title and post.title_is_generated else ""),
        author=cards.account_card(author),
        published_at=post.published_at,
        warning=post.summary,
        replies_count=post.replies_count,
        language=post.language,
        audience=post.audience,
    )


def _only_read(views: Sequence[PostView]) -> list[PostView]:
    """Posts without ways to pages that are for members."""
    return [msgspec.structs.replace(each, url=f"#p{each.id}", edited_at=None) for each in views]


def _id(text: str) -> int:
    try:
        return id_from(text)
    except Invalid as wrong:
        raise NotFound from wrong


routes = [
    Route(PATH, page),
    Route(PATH, ask, methods=["POST"]),
    Route(f"{PATH}/confirm", confirm, methods=["POST"]),
    Route(f"{PATH}/end", close, methods=["POST"]),
    Route(f"{PATH}/{{id:int}}", threads),
    Route(f"{PATH}/{{id:int}}/threads/{{thread:int}}", thread),
]
