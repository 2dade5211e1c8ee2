"""Changing and deleting one's own posts, and taking others' out of a group (product 6, 13; decisions D61)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.groups import deciding
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.finding import meet
from fedcomm.http.forms import convert, read
from fedcomm.http.pages import member_page, member_upload, sent, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import grounds, posts
from fedcomm.looks.choices import post_languages
from fedcomm.looks.frame import Texts, locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import Looker, post_path
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import Choice, PostView
from fedcomm.media import uploads
from fedcomm.media.uploads import Upload
from fedcomm.permissions import may
from fedcomm.polls import asking
from fedcomm.polls import reading as polls
from fedcomm.polls.model import Choices, Poll
from fedcomm.text import limits
from fedcomm.text.sanitise import to_plain
from fedcomm.threads import asking_authors, drafting, posting, quoting, reading, rights
from fedcomm.threads.model import Post, QuotePolicy
from fedcomm.web import addressed, pictures
from fedcomm.web.compose import FIELDS, poll_times, quote_policies
from fedcomm.web.pictures import PictureForm


class EditForm(msgspec.Struct):
    """A post as it shall be."""

    title: str = ""
    text: str = ""
    warning: str = ""
    language: str = ""
    quotable: QuotePolicy | None = None
    has_poll: str = ""
    """Whether the form spoke of a poll at all; else it stays as it is."""
    option: list[str] = []
    open_for: str = ""
    """Seconds from now; empty = the end stays."""
    several: bool = False
    hidden: bool = False
    pictures: list[PictureForm] = []
    new_alt: list[str] = []


class RemoveForm(msgspec.Struct):
    """Why a post is taken out of its group, and on what that rests."""

    reason: str = ""
    grounds: str = ""


async def _own(db: Connection, post_id: int, me: Account) -> Post:
    """One's own post. Raises NotFound, NotAllowed."""
    post = await reading.by_id(db, post_id, me.id)
    if post.author_id != me.id:
        raise NotAllowed("Only the author may do this.")
    return post


async def _view(db: Connection, post: Post, me: Account, *, now: datetime) -> PostView:
    (view,) = await posts.post_views(db, [post], Looker(account=me), now=now)
    return view


@member_page
async def edit_page(request: Request) -> Response:
    """The form, with what the post says now as it was typed."""
    me = signed_in(request).account
    async with site(request).read() as db:
        post = await _own(db, addressed.post_id(request), me)
        poll = await polls.of_post(db, post.id, me.id)
    form = EditForm(
        option=[each.title for each in poll.options] if poll else [],
        several=poll is not None and poll.is_multiple,
        hidden=poll is not None and poll.hides_totals,
        title="" if post.title_is_generated else post.title or "",
        text=post.source if post.source is not None else to_plain(post.content_html),
        warning=post.summary,
        language=post.language or "",
        quotable=post.quote_policy,
    )
    async with site(request).read() as db:
        files = await _files(db, post)
    return await _edit_form(request, post, form, {}, files)


async def _files(db: Connection, post: Post) -> list[Upload]:
    """The uploads that a post has."""
    has = (await reading.parts(db, [post.id]))[post.id].attachments
    found = [await uploads.find(db, each.media_id) for each in has if each.media_id is not None]
    return [each for each in found if each is not None]


async def _edit_form(
    request: Request,
    post: Post,
    form: EditForm,
    errors: dict[str, str],
    files: Sequence[Upload],
    *,
    status: int = 200,
) -> Response:
    here = site(request)
    me = signed_in(request).account
    _ = await texts(request)
    async with here.read() as db:
        view = await _view(db, post, me, now=site(request).now())
        poll = await polls.of_post(db, post.id, me.id)
        asked = await _asked_of(db, post)
    values = cast("dict[str, object]", msgspec.to_builtins(form))
    values["option"] = [*form.option, *[""] * limits.POLL_OPTIONS][: limits.POLL_OPTIONS]
    ahead = (form.language, *here.settings.languages)
    return await show(
        request,
        "edit_post.html",
        status=status,
        post=view,
        asked=asked,
        is_titled=post.title is not None,
        languages=post_languages(await locale_of(request), ahead),
        form=values,
        errors=errors,
        has_poll=poll is not None,
        poll_warning=_warning(_, poll),
        poll_times=(
            *([Choice(value="", label=_("As long as it is now"))] if poll is not None else []),
            *poll_times(await locale_of(request)),
        ),
        longest_option=limits.POLL_OPTION,
        quote_policies=quote_policies(_),
        pictures=pictures.shown(files),
        most_pictures=limits.MEDIA,
    )


async def _asked_of(db: Connection, post: Post) -> dict[str, str] | None:
    """What those who look after its group ask the author to change, and where the reasons stand."""
    found = await asking_authors.asked(db, post.author_id, post.id) if post.group_id is not None else None
    group = await lookup.by_id(db, post.group_id or 0) if found is not None else None
    if found is None or group is None:
        return None
    return {"id": str(found.id), "group": group.shown_name, "reason": found.reason}


def _warning(_: Texts, poll: Poll | None) -> str:
    """What a change of the poll does to the votes it has."""
    if poll is None or not poll.votes_count:
        return ""
    return _("People have voted already. With other answers their votes are gone; a new end alone keeps them.")


def _asked(form: EditForm, present: Poll | None, now: datetime) -> Choices | None:
    """The poll as it shall be; None: as it is, or none at all. Raises Invalid."""
    form.option = [each for each in form.option if each.strip()]
    if not form.has_poll or not form.option:
        return None
    if present is not None and not form.open_for:
        said = (form.option, form.several, form.hidden)
        if said == ([each.title for each in present.options], present.is_multiple, present.hides_totals):
            return None
    ends_at = present.ends_at if present is not None and not form.open_for else None
    if ends_at is None or ends_at <= now:
        lasts = int(form.open_for) if form.open_for.isascii() and form.open_for.isdigit() else None
        return asking.checked(form.option, lasts, is_multiple=form.several, hides_totals=form.hidden, now=now)
    as_long = limits.POLL_SECONDS_MIN  # its end is checked already: it stays
    asked = asking.checked(form.option, as_long, is_multiple=form.several, hides_totals=form.hidden, now=now)
    return msgspec.structs.replace(asked, ends_at=ends_at)


@member_upload
async def edit(request: Request) -> Response:
    """Save; what it said before stays readable."""
    here = site(request)
    form = convert(EditForm, sent(request).given)
    _ = await texts(request)
    me = signed_in(request).account
    await meet(here, form.text)
    async with here.read() as db:
        post = await _own(db, addressed.post_id(request), me)
    files = sent(request).files
    found = await pictures.chosen(here, me.id, form.pictures, form.new_alt, files, post_id=post.id)
    try:
        if found.refusal is not None:
            raise found.refusal
        async with here.transaction() as db:
            for each in found.uploads:
                if each.post_id is not None:
                    await uploads.describe(db, me.id, each.id, description=each.description, post_id=post.id)
            said = {addressed.id_of(each.id) for each in form.pictures}
            others = tuple(each.id for each in await _files(db, post) if each.id not in said)
            asked = _asked(form, await polls.of_post(db, post.id, me.id), here.now())
            draft = await drafting.from_text(
                db,
                here.here,
                me,
                form.text,
                title=form.title.strip() or None,
                parent_id=post.parent_id,
                poll=asked,
                keeps_poll=asked is None and (bool(form.option) or not form.has_poll),
                has_media=post.is_quote,  # what it quotes says enough
                spoiler_text=form.warning,
                language=form.language or None,
                default_language=here.settings.default_language,
                media_ids=(*others, *found.ids),
                editing=post,
                now=here.now(),
            )
            await posting.edit(db, here.here, me, post.id, draft, now=here.now())
            if form.quotable is not None:
                await quoting.set_policy(db, here.here, me, post.id, form.quotable, now=here.now())
    except Invalid as refused:
        return await _edit_form(request, post, form, errors_of(refused, _, FIELDS), found.uploads, status=422)
    return then(request, post_path(post, me), "edited")


@member_page
async def delete_page(request: Request) -> Response:
    """Asks before a post is deleted."""
    me = signed_in(request).account
    async with site(request).read() as db:
        view = await _view(db, await _own(db, addressed.post_id(request), me), me, now=site(request).now())
    return await show(request, "delete_post.html", post=view)


@member_page
async def delete(request: Request) -> Response:
    """Delete for good; the thread stays where others have answered."""
    here = site(request)
    me = signed_in(request).account
    async with here.transaction() as db:
        post = await _own(db, addressed.post_id(request), me)
        await posting.delete(db, here.here, me, post.id, now=here.now())
        path = await _after_deletion(db, post)
    return then(request, path, "deleted")


async def _after_deletion(db: Connection, post: Post) -> str:
    """The thread around what is gone, else the group it was in, else home."""
    root = await reading.find(db, post.thread_id)
    people = await lookup.by_ids(db, [each for each in (root and root.author_id, post.group_id) if each is not None])
    if root is not None and root.id != post.id and root.state == "visible":
        return post_path(root, people[root.author_id])
    group = people.get(post.group_id or 0)
    return f"/@{group.acct}" if group else "/home"


async def _removable(db: Connection, post_id: int, me: Account) -> tuple[Post, Account]:
    """A post that somebody may take out of its group, and the group. Raises NotFound, NotAllowed."""
    post = await reading.by_id(db, post_id, me.id)
    group = await lookup.by_id(db, post.group_id) if post.group_id is not None else None
    if group is None:
        raise NotFound
    if not may(await deciding.role(db, group, me), "remove post") and not await rights.cares(
        db, me, group.id, "remove post"
    ):
        raise NotAllowed("Only moderators and facilitators of the group may do this.")
    return post, group


@member_page
async def remove_page(request: Request) -> Response:
    """Asks a moderator for the reason."""
    return await _remove_form(request, {}, {})


async def _remove_form(
    request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> Response:
    me = signed_in(request).account
    async with site(request).read() as db:
        post, group = await _removable(db, addressed.post_id(request), me)
        view = await _view(db, post, me, now=site(request).now())
        rules = await groups.rule_titles(db, group.id)
    return await show(
        request,
        "remove_post.html",
        status=status,
        post=view,
        group_name=group.shown_name,
        grounds=grounds.choices(rules, await texts(request)),
        form=form,
        errors=errors,
    )


@member_page
async def remove(request: Request) -> Response:
    """Take a post out of its group; its author is told why."""
    here, me, form = site(request), signed_in(request).account, await read(request, RemoveForm)
    _ = await texts(request)
    reason = form.reason.strip()[:500]
    errors = {} if reason else {"reason": _("Please give a reason; it is kept with the decision.")}
    async with here.transaction() as db:
        post, group = await _removable(db, addressed.post_id(request), me)
        try:
            chosen = grounds.chosen(form.grounds, await groups.rule_titles(db, group.id))
        except Invalid as refused:
            errors |= errors_of(refused, _)
        else:
            if not errors:
                await posting.remove(db, here.here, me, post.id, reason, grounds=chosen, now=here.now())
    if errors:
        return await _remove_form(request, {"reason": reason, "grounds": form.grounds}, errors, status=422)
    return then(request, f"/@{group.acct}", "removed" if group.is_local else "asked-group")


@member_page
async def restore(request: Request) -> Response:
    """Bring a post back that was taken out of its group."""
    here, me = site(request), signed_in(request).account
    async with here.transaction() as db:
        post, group = await _removable(db, addressed.post_id(request), me)
        author = await lookup.by_id(db, post.author_id)
        if author is None:
            raise NotFound
        await posting.restore(db, here.here, me, post.id, now=here.now())
    return then(request, post_path(post, author), "brought-back" if group.is_local else "asked-group")


routes = [
    Route("/p/{id:int}/edit", edit_page),
    Route("/p/{id:int}/edit", edit, methods=["POST"], has_time_limit=False),
    Route("/p/{id:int}/delete", delete_page),
    Route("/p/{id:int}/delete", delete, methods=["POST"]),
    Route("/p/{id:int}/remove", remove_page),
    Route("/p/{id:int}/remove", remove, methods=["POST"]),
    Route("/p/{id:int}/restore", restore, methods=["POST"]),
]
