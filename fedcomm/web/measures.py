"""What is milder than taking a post out or putting somebody out: a note, asking to edit, hiding, a pause (product 13).

A page for one post, on which a measure is taken, and one for a group, with all that holds and how it is taken back.
"""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.groups import pausing
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, grounds, posts
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import Looker, post_path
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import Choice, HiddenLine, PauseLine, WrittenLine
from fedcomm.threads import asking_authors, carrying, moderating, reading, rights
from fedcomm.threads.asking_authors import Written
from fedcomm.threads.model import Post
from fedcomm.threads.moderating import Hidden
from fedcomm.web import addressed
from fedcomm.web.paging import Paged, cursor


class WhereForm(msgspec.Struct):
    """For which group, where several show the thread."""

    group: str = ""


class MeasureForm(msgspec.Struct):
    """What is done about a post, for which group, why and on what that rests."""

    what: str = ""
    group: str = ""
    reason: str = ""
    grounds: str = ""


class PauseForm(msgspec.Struct):
    """Who is to pause, for how many days, why and on what that rests."""

    handle: str = ""
    days: int = 7
    reason: str = ""
    grounds: str = ""


class AccountForm(msgspec.Struct):
    """Who may write again."""

    account: str = ""


class PostForm(msgspec.Struct):
    """What is shown again."""

    post: str = ""


class StatementForm(msgspec.Struct):
    """Which note or request is taken back."""

    statement: str = ""


async def _groups_of(db: Connection, me: Account, post: Post) -> list[Account]:
    """The groups of ours that show a post's thread and whose posts the reader may hide, its home first.

    Raises NotFound (it is in no group of ours), NotAllowed (they look after none of these).
    """
    carriers = (await carrying.carriers(db, [post.thread_id]))[post.thread_id]
    ids = [*([post.group_id] if post.group_id is not None else [])]
    ids += [each.group_id for each in carriers if each.state == "carried" and each.group_id not in ids]
    known = await lookup.by_ids(db, ids)
    ours = [known[each] for each in ids if each in known and known[each].is_local]
    if not ours:
        raise NotFound
    found = [each for each in ours if await rights.cares(db, me, each.id, "hide post")]
    if not found:
        raise NotAllowed("Only moderators and facilitators of the group may do this.")
    return found


async def _chosen(db: Connection, me: Account, post: Post, wanted: str) -> tuple[Account, list[Account]]:
    """The group that is meant, and all that could be. Raises NotFound, NotAllowed."""
    found = await _groups_of(db, me, post)
    group = next((each for each in found if str(each.id) == wanted), None if wanted else found[0])
    if group is None:
        raise NotFound
    return group, found


@member_page
async def post_page(request: Request) -> Response:
    """What can be done about a post of somebody else, short of taking it out."""
    return await _post_form(request, {"group": query(request, WhereForm).group[:20]}, {})


async def _post_form(
    request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> Response:
    here, me = site(request), signed_in(request).account
    _ = await texts(request)
    async with here.read() as db:
        post = await reading.by_id(db, addressed.post_id(request), me.id)
        group, others = await _chosen(db, me, post, form.get("group", ""))
        is_home = group.id == post.group_id
        (view,) = await posts.post_views(db, [post], Looker(account=me), now=here.now())
        hidden = await moderating.is_hidden(db, group.id, post.id)
        asked = await asking_authors.asked(db, post.author_id, post.id) if is_home else None
        rules = await groups.rule_titles(db, group.id)
        looks_after = await rights.cares(db, me, group.id, "pause members")
    is_another = post.author_id not in (me.id, group.id)
    return await show(
        request,
        "measure_post.html",
        status=status,
        post=view,
        group=cards.group_tag(group),
        others=[cards.group_tag(each) for each in others if each.id != group.id],
        whats=_whats(_, writes=is_home and is_another, asks=asked is None, hides=not hidden),
        is_hidden=hidden,
        is_asked=asked is not None,
        may_remove=is_home,
        may_pause=is_another and looks_after,
        grounds=grounds.choices(rules, _),
        form=form,
        errors=errors,
    )


def _whats(_: Texts, *, writes: bool, asks: bool, hides: bool) -> tuple[Choice, ...]:
    found = [
        (writes, "note", _("Write its author a note"), _("Nobody else reads it, and nothing else follows from it.")),
        (writes and asks, "ask to edit", _("Ask its author to change it"), _("It stays; you see when they did.")),
        (hides, "hide", _("Hide it for the group's own people"), _("It stays with its author and everywhere else.")),
    ]
    return tuple(Choice(value=value, label=label, hint=hint) for is_open, value, label, hint in found if is_open)


@member_page
async def measure(request: Request) -> Response:
    """Do it; the author is told why, and may appeal."""
    here, me, form = site(request), signed_in(request).account, await read(request, MeasureForm)
    _ = await texts(request)
    typed = {"what": form.what, "group": form.group, "reason": form.reason, "grounds": form.grounds}
    try:
        async with here.transaction() as db:
            post = await reading.by_id(db, addressed.post_id(request), me.id)
            group, _others = await _chosen(db, me, post, form.group)
            author = await lookup.by_id(db, post.author_id)
            if author is None:
                raise NotFound
            chosen = grounds.chosen(form.grounds, await groups.rule_titles(db, group.id))
            match form.what:
                case "hide":
                    await moderating.hide(
                        db, here.here, me, group.id, post.id, reason=form.reason, grounds=chosen, now=here.now()
                    )
                case "note" | "ask to edit" as kind if group.id == post.group_id:
                    await asking_authors.write(db, me, post.id, kind, form.reason, chosen, now=here.now())
                case _:
                    raise Invalid("Please choose what to do.", field="what")
    except (Invalid, Conflict) as refused:
        return await _post_form(request, typed, errors_of(refused, _), status=422)
    done = {"note": "noted", "ask to edit": "asked-to-edit", "hide": "hidden"}[form.what]
    return then(request, post_path(post, author), done)


@member_page
async def group_page(request: Request) -> Response:
    """All that holds in a group, and the form to pause a member."""
    handle = request.query_params.get("handle", "")[:300]
    return await _group_page(request, {"handle": handle, "days": "7"}, {})


async def _group_page(
    request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> Response:
    here, me, asked = site(request), signed_in(request).account, cursor(request)
    _ = await texts(request)
    async with here.read() as db:
        group = await addressed.group(request, db)
        written = await asking_authors.of_group(db, me, group.id, asked)
        hidden = await moderating.hidden(db, me, group.id)
        may_pause = await rights.cares(db, me, group.id, "pause members")
        paused = await pausing.of_group(db, me, group) if may_pause else []
        profile = await groups.profile(db, group.id)
        around = Paged(request, [each.id for each in written], asked)
        page = written[around.first : around.last]
        told = await reading.by_ids(db, {each.post_id for each in (*page, *hidden)}, me.id)
        who = {each.account_id for each in (*page, *paused)} | {post.author_id for post in told.values()}
        people = await lookup.by_ids(db, who)
    return await show(
        request,
        "group_measures.html",
        status=status,
        group=cards.group_card(group, profile),
        paused=[
            PauseLine(account=cards.account_card(people[each.account_id]), until=each.until, reason=each.reason)
            for each in paused
            if each.account_id in people
        ],
        hidden=_hidden(hidden, told, people),
        written=_written(page, told, people),
        may_pause=may_pause,
        most_days=pausing.MOST_DAYS,
        grounds=grounds.choices([rule.title for rule in profile.rules] if profile else (), _),
        form=form,
        errors=errors,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


def _hidden(found: Sequence[Hidden], told: Mapping[int, Post], people: Mapping[int, Account]) -> list[HiddenLine]:
    return [
        HiddenLine(
            id=each.post_id,
            author=cards.account_card(people[told[each.post_id].author_id]),
            url=post_path(told[each.post_id], people[told[each.post_id].author_id]),
            excerpt=_excerpt(told[each.post_id]),
            reason=each.reason,
            since=each.created_at,
        )
        for each in found
        if each.post_id in told and told[each.post_id].author_id in people
    ]


def _written(found: Sequence[Written], told: Mapping[int, Post], people: Mapping[int, Account]) -> list[WrittenLine]:
    return [
        WrittenLine(
            id=each.id,
            is_request=each.kind == "ask to edit",
            author=cards.account_card(people[each.account_id]),
            url=post_path(told[each.post_id], people[each.account_id]) if each.post_id in told else "",
            excerpt=_excerpt(told[each.post_id]) if each.post_id in told else "",
            reason=each.reason,
            created_at=each.created_at,
            ended_at=each.ended_at,
            edited_at=each.edited_at,
        )
        for each in found
        if each.account_id in people
    ]


def _excerpt(post: Post) -> str:
    return post.title or post.summary or posts.excerpt(post.content_html)


@member_page
async def pause(request: Request) -> Response:
    """Let a member only read for some days."""
    here, me, form = site(request), signed_in(request).account, await read(request, PauseForm)
    _ = await texts(request)
    typed = {"handle": form.handle, "days": str(form.days), "reason": form.reason, "grounds": form.grounds}
    try:
        async with here.transaction() as db:
            group = await addressed.group(request, db)
            await pausing.check_may(db, me, group)
            person = await addressed.named(request, db, form.handle)
            chosen = grounds.chosen(form.grounds, await groups.rule_titles(db, group.id))
            await pausing.pause(
                db, me, group, person, days=form.days, reason=form.reason, grounds=chosen, now=here.now()
            )
    except Invalid as refused:
        return await _group_page(request, typed, errors_of(refused, _), status=422)
    return then(request, f"{cards.account_path(group)}/measures", "paused-member")


@member_page
async def go_on(request: Request) -> Response:
    """Let them write again."""
    here, me, form = site(request), signed_in(request).account, await read(request, AccountForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        await pausing.go_on(db, me, group, addressed.id_of(form.account), now=here.now())
    return then(request, f"{cards.account_path(group)}/measures", "writes-again")


@member_page
async def show_again(request: Request) -> Response:
    """Show a post to the group's people again."""
    here, me, form = site(request), signed_in(request).account, await read(request, PostForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        await moderating.show_again(db, here.here, me, group.id, addressed.id_of(form.post), now=here.now())
    return then(request, f"{cards.account_path(group)}/measures", "shown-again")


@member_page
async def take_back(request: Request) -> Response:
    """Take back a note or a request."""
    here, me, form = site(request), signed_in(request).account, await read(request, StatementForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        await asking_authors.take_back(db, me, group, addressed.id_of(form.statement), now=here.now())
    return then(request, f"{cards.account_path(group)}/measures", "taken-back")


routes = [
    Route("/p/{id:int}/measures", post_page),
    Route("/p/{id:int}/measures", measure, methods=["POST"]),
    Route("/@{handle}/measures", group_page),
    Route("/@{handle}/measures/pauses", pause, methods=["POST"]),
    Route("/@{handle}/measures/pauses/end", go_on, methods=["POST"]),
    Route("/@{handle}/measures/show_again", show_again, methods=["POST"]),
    Route("/@{handle}/measures/take_back", take_back, methods=["POST"]),
]
