"""Starting a thread or a personal post, and quoting (product 6, 7; decisions D32-D36, D49)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import logins, lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound, Refusal
from fedcomm.http.context import Site, site
from fedcomm.http.finding import meet
from fedcomm.http.forms import convert
from fedcomm.http.pages import member_page, member_upload, sent, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, moments, posts
from fedcomm.looks.choices import post_languages
from fedcomm.looks.frame import Texts, locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import post_path
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.looks.shown import Attachment, Choice, PollOption, PollView, PostView, QuoteCard
from fedcomm.media.uploads import Upload
from fedcomm.polls import asking
from fedcomm.polls.model import Choices
from fedcomm.text import cleaning, limits
from fedcomm.threads import drafting, posting, quoting, reading, reception
from fedcomm.threads.model import Draft, Post, QuotePolicy
from fedcomm.web import addressed, pictures, threads
from fedcomm.web.pictures import PictureForm

T = TypeVar("T")
OWN = "own"
"""In no group: a personal post (D32)."""
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
    has_poll: str = ""
    option: list[str] = []
    """The answers of a poll; where all are empty, there is none."""
    open_for: int = DAY
    several: bool = False
    hidden: bool = False
    preview: str = ""
    pictures: list[PictureForm] = []
    new_alt: list[str] = []
    quote: str = ""
    """The id of a post that it quotes."""
    quotable: QuotePolicy | None = None


def audiences(_: Texts) -> tuple[Choice, ...]:
    """Who may read a personal post."""
    return (
        Choice(value="public", label=_("Anyone")),
        Choice(value="unlisted", label=_("Anyone with the link; in no list")),
        Choice(value="private", label=_("Those who follow me")),
    )


def quote_policies(_: Texts) -> tuple[Choice, ...]:
    """Whom a post lets quote it."""
    return (
        Choice(value="public", label=_("Anyone")),
        Choice(value="followers", label=_("Those who follow me")),
        Choice(value="nobody", label=_("Nobody but me")),
    )


def poll_times(locale: str) -> tuple[Choice, ...]:
    """How long a poll may be open."""
    return tuple(Choice(value=str(seconds), label=moments.lasting(seconds, locale)) for seconds in OPEN_FOR)


@member_page
async def compose_page(request: Request) -> Response:
    """The form, with the group chosen that the reader came from."""
    asked = request.query_params
    shared = [cleaning.paragraphs(asked.get(name, ""), limits.BODY) for name in ("text", "link")]
    form = ComposeForm(
        group=asked.get("group", ""),
        quote=asked.get("quote", ""),
        language="",
        title=cleaning.one_line(asked.get("title", ""), limits.TITLE),
        text="\n\n".join(part for part in shared if part),
    )
    return await _form(request, form, {}, None)


async def _quoted(request: Request, form: ComposeForm) -> QuoteCard | None:
    """What the form quotes. Raises NotFound (not theirs to read), NotAllowed (its author lets nobody, or not them)."""
    if not form.quote:
        return None
    me = signed_in(request).account
    async with site(request).read() as db:
        post = await reading.by_id(db, addressed.id_of(form.quote), me.id)
        if not await quoting.may_quote(db, me, post):
            raise NotAllowed("This post may not be quoted.")
        author = (await lookup.by_ids(db, [post.author_id]))[post.author_id]
    return posts.quote_card(post, author)


@member_upload
async def compose(request: Request) -> Response:
    """Publish, or show what it will look like. Pictures stay with the form until it is published."""
    here = site(request)
    form = convert(ComposeForm, sent(request).given)
    _ = await texts(request)
    me = signed_in(request).account
    quoted = await _quoted(request, form)
    found = await pictures.chosen(here, me.id, form.pictures, form.new_alt, sent(request).files)
    await meet(here, form.text)
    try:
        if found.refusal is not None:
            raise found.refusal
        if form.preview:
            async with here.read() as db:
                draft = await _draft(db, here, me, form, found.ids)
            return await _form(request, form, {}, _preview(here, me, draft, found.uploads, quoted), found.uploads)
        async with here.transaction() as db:
            draft = await _draft(db, here, me, form, found.ids)
            post = await posting.publish(db, here.here, me, draft, now=here.now())
            note = await note_of(db, post, "published", now=here.now())
    except (Invalid, NotAllowed, NotFound) as refused:
        return await _form(request, form, _errors(refused, _), None, found.uploads, status=422)
    return then(request, post_path(post, me), note)


async def note_of(db: Connection, post: Post, published: str, *, now: datetime) -> str:
    """What is said once a post is on its way."""
    if post.state == "held":
        return "held"
    if post.group_id is None or not await reception.is_much_for_a_first_day(db, post.author_id, post.group_id, now=now):
        return published
    return "much-at-first"


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
        has_media=bool(form.quote),  # what it quotes says enough
        now=here.now(),
    )
    if draft.group_id is None and draft.title:
        raise Invalid("A title needs a group. Choose one, or leave the title out.", field="title")
    policy = form.quotable or (await logins.of(db, me.id)).default_quote_policy
    quoted_id = addressed.id_of(form.quote) if form.quote else None
    return msgspec.structs.replace(draft, quoted_id=quoted_id, quote_policy=policy)


def _asked(form: ComposeForm, now: datetime) -> Choices | None:
    """The poll of a form. Raises Invalid."""
    if not any(each.strip() for each in form.option):
        return None
    return asking.checked(form.option, form.open_for, is_multiple=form.several, hides_totals=form.hidden, now=now)


def _preview(here: Site, me: Account, draft: Draft, files: Sequence[Upload], quoted: QuoteCard | None) -> PostView:
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
        quote=quoted,
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
    quoted = await _quoted(request, form)
    own = found.login.default_language or here.settings.default_language
    values = cast("dict[str, object]", msgspec.to_builtins(form))
    values["language"] = form.language or own
    values["quotable"] = form.quotable or found.login.default_quote_policy
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
        quoted=quoted,
        quote_policies=quote_policies(_),
        audiences=audiences(_),
        poll_times=poll_times(await locale_of(request)),
        longest_option=limits.POLL_OPTION,
        pictures=pictures.shown(files),
        most_pictures=limits.MEDIA,
    )


routes = [
    Route("/compose", compose_page),
    Route("/compose", compose, methods=["POST"], has_time_limit=False),
]
