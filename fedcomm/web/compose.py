"""Starting a thread or a personal post, and replying (product 6, 7; decisions D32-D36, D49)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound, Refusal
from fedcomm.http.context import Site, site
from fedcomm.http.finding import meet
from fedcomm.http.forms import convert, read
from fedcomm.http.pages import member_page, member_upload, sent, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, moments
from fedcomm.looks.choices import post_languages
from fedcomm.looks.frame import Texts, locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import post_path
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.looks.shown import Attachment, Choice, PollOption, PollView, PostView
from fedcomm.media.uploads import Upload
from fedcomm.polls import asking
from fedcomm.polls.model import Choices
from fedcomm.text import limits
from fedcomm.threads import conversations, drafting, posting, reading
from fedcomm.threads.model import Draft, Post
from fedcomm.web import addressed, pictures, threads
from fedcomm.web.pictures import PictureForm

T = TypeVar("T")
OWN = "own"
"""In no group: a personal post (D32)."""
BELOW = {"unlisted": "unlisted", "followers": "private", "direct": "direct"}
"""A reply is as private as what it answers."""
FIELDS = {
    "status": "text",
    "spoiler_text": "warning",
    "visibility": "audience",
    "media_ids": "pictures",
    "file": "pictures",
    "description": "pictures",
    "poll": "option",
}
"""What features call the fields of these forms."""


DAY = 86_400
OPEN_FOR = (1_800, 3_600, 6 * 3_600, DAY, 3 * DAY, 7 * DAY, 30 * DAY)
"""Seconds: how long a poll that is asked on a page may be open."""


class ComposeForm(msgspec.Struct):
    """A thread or personal post as it was typed."""

    group: str = ""
    """The id of the home group, or `OWN`."""
    carry: list[str] = []
    title: str = ""
    text: str = ""
    warning: str = ""
    language: str = ""
    audience: str = "public"
    option: list[str] = []
    """The answers of a poll; where all are empty, there is none."""
    open_for: int = DAY
    several: bool = False
    hidden: bool = False
    preview: str = ""
    pictures: list[PictureForm] = []
    new_alt: list[str] = []


class ReplyForm(msgspec.Struct):
    """A reply as it was typed."""

    text: str = ""


def audiences(_: Texts) -> tuple[Choice, ...]:
    """Who may read a personal post."""
    return (
        Choice(value="public", label=_("Anyone")),
        Choice(value="unlisted", label=_("Anyone with the link; in no list")),
        Choice(value="private", label=_("Those who follow me")),
    )


def poll_times(locale: str) -> tuple[Choice, ...]:
    """How long a poll may be open."""
    return tuple(Choice(value=str(seconds), label=moments.lasting(seconds, locale)) for seconds in OPEN_FOR)


@member_page
async def compose_page(request: Request) -> Response:
    """The form, with the group chosen that the reader came from."""
    form = ComposeForm(group=request.query_params.get("group", ""), language="")
    return await _form(request, form, {}, None)


@member_upload
async def compose(request: Request) -> Response:
    """Publish, or show what it will look like. Pictures stay with the form until it is published."""
    here = site(request)
    form = convert(ComposeForm, sent(request).given)
    _ = await texts(request)
    me = signed_in(request).account
    found = await pictures.chosen(here, me.id, form.pictures, form.new_alt, sent(request).files)
    await meet(here, form.text)
    try:
        if found.refusal is not None:
            raise found.refusal
        if form.preview:
            async with here.read() as db:
                draft = await _draft(db, here, me, form, found.ids)
            return await _form(request, form, {}, _preview(here, me, draft, found.uploads), found.uploads)
        async with here.transaction() as db:
            draft = await _draft(db, here, me, form, found.ids)
            post = await posting.publish(db, here.here, me, draft, now=here.now())
    except (Invalid, NotAllowed, NotFound) as refused:
        return await _form(request, form, _errors(refused, _), None, found.uploads, status=422)
    return then(request, post_path(post, me), "held" if post.state == "held" else "published")


def _errors(refused: Refusal, _: Texts) -> dict[str, str]:
    if isinstance(refused, NotFound):
        return {"group": _("This group cannot be written to. Please choose another.")}
    if isinstance(refused, NotAllowed):
        return {"group": sentence(refused, _)}
    return errors_of(refused, _, FIELDS)


async def _draft(db: Connection, here: Site, me: Account, form: ComposeForm, media_ids: tuple[int, ...]) -> Draft:
    """The draft of a form. Raises Invalid, NotFound."""
    if not form.group:
        raise Invalid("Please choose where it belongs.", field="group")
    is_own = form.group == OWN
    group_ids = [] if is_own else [addressed.id_of(each) for each in dict.fromkeys([form.group, *form.carry])]
    draft = await drafting.from_text(
        db,
        here.here,
        me,
        form.text,
        title=form.title.strip() or None,
        group_ids=group_ids,
        visibility=form.audience if is_own else "public",
        spoiler_text=form.warning,
        language=form.language or None,
        default_language=here.settings.default_language,
        poll=_asked(form, here.now()),
        media_ids=media_ids,
        now=here.now(),
    )
    if draft.group_id is None and draft.title:
        raise Invalid("A title needs a group. Choose one, or leave the title out.", field="title")
    return draft


def _asked(form: ComposeForm, now: datetime) -> Choices | None:
    """The poll of a form. Raises Invalid."""
    if not any(each.strip() for each in form.option):
        return None
    return asking.checked(form.option, form.open_for, is_multiple=form.several, hides_totals=form.hidden, now=now)


def _preview(here: Site, me: Account, draft: Draft, files: Sequence[Upload]) -> PostView:
    return PostView(
        id=0,
        uri="",
        url="",
        author=cards.account_card(me),
        content_html=draft.content_html,
        published_at=here.now(),
        title=None if draft.title_is_generated else draft.title,
        warning=draft.summary,
        language=draft.language,
        audience=draft.audience,
        poll=_preview_of_poll(draft.poll) if draft.poll is not None else None,
        attachments=tuple(Attachment(path=f"/files/{each.file}", description=each.description) for each in files),
    )


def _preview_of_poll(asked: Choices) -> PollView:
    options = tuple(PollOption(title=title) for title in asked.options)
    return PollView(options=options, is_multiple=asked.is_multiple, ends_at=asked.ends_at, shows_totals=False)


async def _form(
    request: Request,
    form: ComposeForm,
    errors: dict[str, str],
    preview: PostView | None,
    files: Sequence[Upload] = (),
    *,
    status: int = 200,
) -> Response:
    here = site(request)
    found = signed_in(request)
    _ = await texts(request)
    async with here.read() as db:
        choices = await threads.group_choices(db, found.account)
    own = found.login.default_language or here.settings.default_language
    values = cast("dict[str, object]", msgspec.to_builtins(form))
    values["language"] = form.language or own
    values["open_for"] = str(form.open_for)
    values["option"] = [*form.option, *[""] * limits.POLL_OPTIONS][: limits.POLL_OPTIONS]
    if not form.group and len(choices) < 2:
        values["group"] = str(choices[0].tag.id) if choices else OWN
    return await show(
        request,
        "compose.html",
        status=status,
        groups=choices,
        languages=post_languages(await locale_of(request), (own, *here.settings.languages)),
        kinds=(),
        form=values,
        errors=errors,
        preview=preview,
        audiences=audiences(_),
        poll_times=poll_times(await locale_of(request)),
        longest_option=limits.POLL_OPTION,
        pictures=pictures.shown(files),
        most_pictures=limits.MEDIA,
    )


@member_page
async def reply(request: Request) -> Response:
    """Answer a post, and go on to where the answer stands."""
    here = site(request)
    form = await read(request, ReplyForm)
    _ = await texts(request)
    me = signed_in(request).account
    parent_id = addressed.post_id(request)
    await meet(here, form.text)
    try:
        async with here.transaction() as db:
            parent = await reading.by_id(db, parent_id, me.id)
            draft = await drafting.from_text(
                db,
                here.here,
                me,
                form.text,
                parent_id=parent_id,
                to_ids=await conversations.people(db, parent) if parent.audience == "direct" else (),
                visibility=BELOW.get(parent.audience, "public"),
                default_language=here.settings.default_language,
                now=here.now(),
            )
            post = await posting.publish(db, here.here, me, draft, now=here.now())
    except (Invalid, NotAllowed) as refused:
        return await _refused_reply(request, me, parent_id, form, errors_of(refused, _, FIELDS))
    async with here.read() as db:
        path = await _place(db, post, me)
    return then(request, path, "held" if post.state == "held" else "replied")


async def _place(db: Connection, post: Post, me: Account) -> str:
    """Where a reply stands on the page of its thread."""
    thread = await threads.load(db, post.thread_id, me)
    if thread is None:
        return post_path(post, me)
    author = (await lookup.by_ids(db, [thread.root.author_id]))[thread.root.author_id]
    return f"{post_path(thread.root, author)}?at={post.id}#p{post.id}"


async def _refused_reply(
    request: Request, me: Account, parent_id: int, form: ReplyForm, errors: dict[str, str]
) -> Response:
    """The thread again, with what was typed and what is wrong with it."""
    async with site(request).read() as db:
        parent = await reading.by_id(db, parent_id, me.id)
        thread = await threads.load(db, parent.thread_id, me, alone=parent)
    return await threads.show_thread(
        request, thread, status=422, form={"text": form.text}, errors=errors, reply_to=parent_id
    )


routes = [
    Route("/compose", compose_page),
    Route("/compose", compose, methods=["POST"], has_time_limit=False),
    Route("/p/{id:int}/reply", reply, methods=["POST"]),
]
