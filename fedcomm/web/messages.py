"""Direct posts: who talks to whom, what was said, answering and beginning (product 6; D31, D33)."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding, lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.http.context import Site, site
from fedcomm.http.finding import meet
from fedcomm.http.forms import convert
from fedcomm.http.pages import member_page, member_upload, sent, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import Looker
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import AccountCard, ConversationLine
from fedcomm.media.uploads import Upload
from fedcomm.text import limits
from fedcomm.threads import conversations, drafting, posting, reading
from fedcomm.threads.conversations import Conversation
from fedcomm.threads.model import Post
from fedcomm.web import pictures
from fedcomm.web.paging import Paged, cursor
from fedcomm.web.pictures import Chosen, PictureForm

FIELDS = {"status": "text", "media_ids": "pictures"}
LONGEST_TO = 500


class AnswerForm(msgspec.Struct):
    """What somebody says, with pictures if wanted."""

    text: str = ""
    pictures: list[PictureForm] = []
    new_alt: list[str] = []


class MessageForm(AnswerForm):
    """What somebody says, and to whom: handles with anything between them."""

    to: str = ""


@member_page
async def list_page(request: Request) -> Response:
    """With whom the reader talks, the newest word first."""
    me = signed_in(request).account
    asked = cursor(request)
    async with site(request).read() as db:
        found = await conversations.page(
            db, me.id, below=asked.below, above=asked.above, upwards=asked.is_upwards, limit=asked.limit
        )
        around = Paged(request, [each.place for each in found], asked)
        lines = await _lines(db, me, found[around.first : around.last])
    return await show(
        request, "messages.html", conversations=lines, newer_url=around.newer_url, older_url=around.older_url
    )


async def _lines(db: Connection, me: Account, found: Sequence[Conversation]) -> list[ConversationLine]:
    last = await reading.by_ids(db, [each.post_id for each in found], me.id)
    people = await _people(db, me, found)
    return [_line(each, last[each.post_id], me, people) for each in found if each.post_id in last]


async def _people(db: Connection, me: Account, found: Sequence[Conversation]) -> dict[int, Account]:
    wanted = [me.id, *(person for each in found for person in each.participant_ids)]
    return {account.id: account for account in await finding.by_ids(db, wanted)}


def _line(each: Conversation, last: Post, me: Account, people: Mapping[int, Account]) -> ConversationLine:
    return ConversationLine(
        url=_path(each),
        people=_others(each, me, people),
        excerpt=last.summary or posts.excerpt(last.content_html),
        written_at=last.published_at,
        is_mine=last.author_id == me.id,
        is_new=each.unread_count > 0,
    )


def _others(each: Conversation, me: Account, people: Mapping[int, Account]) -> tuple[AccountCard, ...]:
    """With whom; who notes something for themselves talks to themselves."""
    shown = [people[person] for person in each.participant_ids or [me.id] if person in people]
    return tuple(cards.account_card(account) for account in shown)


def _path(each: Conversation) -> str:
    return f"/messages/{each.id}"


@member_page
async def conversation_page(request: Request) -> Response:
    """What was said between the same people, the oldest first; looking at it is reading it."""
    return await _conversation(request, {}, {})


async def _conversation(
    request: Request,
    form: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    files: Sequence[Upload] = (),
    status: int = 200,
) -> Response:
    here = site(request)
    me = signed_in(request).account
    asked = cursor(request)
    async with here.read() as db:
        found = await conversations.by_id(db, me.id, int(request.path_params["id"]))
        said = await conversations.posts(db, found, below=asked.below, limit=asked.limit)
        shown = await reading.by_ids(db, said[: asked.limit - 1], me.id)
        in_order = sorted(shown.values(), key=lambda post: post.id)
        views = await posts.post_views(db, in_order, Looker(account=me), now=here.now())
        people = await _people(db, me, [found])
    if request.method == "GET" and found.unread_count and asked.max_id is None:
        async with here.transaction(wakes=()) as db:
            await conversations.read(db, me.id, found.id)
    return await show(
        request,
        "conversation.html",
        status=status,
        path=_path(found),
        people=_others(found, me, people),
        posts_said=views,
        form=form,
        errors=errors,
        pictures=pictures.shown(files),
        most_pictures=limits.MEDIA,
        older_url=f"?max_id={said[asked.limit - 2]}" if len(said) == asked.limit else None,
        newer_url=_path(found) if asked.max_id is not None else None,
    )


@member_upload
async def answer(request: Request) -> Response:
    """Say something to those of a conversation."""
    here = site(request)
    form = convert(AnswerForm, sent(request).given)
    me = signed_in(request).account
    async with here.read() as db:
        await conversations.by_id(db, me.id, int(request.path_params["id"]))
    picked = await pictures.chosen(here, me.id, form.pictures, form.new_alt, sent(request).files)
    await meet(here, form.text)
    try:
        async with here.transaction() as db:
            before = await conversations.by_id(db, me.id, int(request.path_params["id"]))
            post = await _say(db, here, me, form.text, before.participant_ids, picked, parent_id=before.post_id)
            found = await _place_of(db, me, post)
    except (Invalid, NotAllowed) as refused:
        errors = errors_of(refused, await texts(request), FIELDS)
        return await _conversation(request, {"text": form.text}, errors, files=picked.uploads, status=422)
    return then(request, found, "sent")


async def _place_of(db: Connection, me: Account, post: Post) -> str:
    """Where somebody sees what they just said; if they hide those they said it to, only the list."""
    conversation_id = await conversations.of_post(db, post.id, me.id)
    try:
        found = await conversations.by_id(db, me.id, conversation_id or 0)
    except NotFound:
        return "/messages"
    return f"{_path(found)}#p{post.id}"


async def _say(
    db: Connection,
    here: Site,
    me: Account,
    text: str,
    to_ids: Sequence[int],
    picked: Chosen,
    *,
    parent_id: int | None = None,
) -> Post:
    """Raises Invalid, NotAllowed."""
    if picked.refusal is not None:
        raise picked.refusal
    draft = await drafting.from_text(
        db,
        here.here,
        me,
        text,
        parent_id=parent_id,
        to_ids=to_ids,
        visibility="direct",
        default_language=here.settings.default_language,
        media_ids=picked.ids,
        now=here.now(),
    )
    return await posting.publish(db, here.here, me, draft, now=here.now())


@member_page
async def remove(request: Request) -> Response:
    """Take a conversation off the list."""
    async with site(request).transaction() as db:
        await conversations.remove(db, signed_in(request).account.id, int(request.path_params["id"]))
    return then(request, "/messages", "taken-off")


@member_page
async def new_page(request: Request) -> Response:
    """A message that begins a conversation."""
    return await _new(request, {"to": request.query_params.get("to", "")[:LONGEST_TO], "text": ""}, {})


async def _new(
    request: Request,
    form: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    files: Sequence[Upload] = (),
    status: int = 200,
) -> Response:
    shown = pictures.shown(files)
    return await show(
        request,
        "new_message.html",
        status=status,
        form=form,
        errors=errors,
        pictures=shown,
        most_pictures=limits.MEDIA,
    )


@member_upload
async def begin(request: Request) -> Response:
    """Say something to somebody."""
    here = site(request)
    form = convert(MessageForm, sent(request).given)
    me = signed_in(request).account
    picked = await pictures.chosen(here, me.id, form.pictures, form.new_alt, sent(request).files)
    to = " ".join(f"@{each.lstrip('@')}" for each in form.to[:LONGEST_TO].replace(",", " ").split())
    await meet(here, f"{to} {form.text}")
    try:
        async with here.transaction() as db:
            post = await _say(db, here, me, form.text, await _addressed(db, here, to), picked)
            found = await _place_of(db, me, post)
    except (Invalid, NotAllowed) as refused:
        errors = errors_of(refused, await texts(request), FIELDS)
        return await _new(request, {"to": form.to, "text": form.text}, errors, files=picked.uploads, status=422)
    return then(request, found, "sent")


async def _addressed(db: Connection, here: Site, to: str) -> list[int]:
    """Whom a line of handles means. Raises Invalid."""
    named = drafting.handles_in(to, ports=":" in here.here.domain)
    wanted = [(handle.lower(), (host or here.here.domain).lower()) for handle, host in named]
    known = await lookup.by_handles(db, wanted)
    met = [known[each] for each in wanted if each in known and await finding.may_be_met(db, known[each])]
    if not to or len(met) < len(to.split()):
        raise Invalid("Nobody is known by this address. Write it like name or name@other.example.", field="to")
    return [account.id for account in met]


routes = [
    Route("/messages", list_page),
    Route("/messages/{id:int}", conversation_page),
    Route("/messages/{id:int}", answer, methods=["POST"], has_time_limit=False),
    Route("/messages/{id:int}/remove", remove, methods=["POST"]),
    Route("/new_message", new_page),
    Route("/new_message", begin, methods=["POST"], has_time_limit=False),
]
