"""Answering a post on its page, with pictures if wanted (product 6; D37)."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.http.context import site
from fedcomm.http.finding import meet
from fedcomm.http.forms import convert
from fedcomm.http.pages import member_upload, sent, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import post_path
from fedcomm.looks.refusals import errors_of
from fedcomm.media.uploads import Upload
from fedcomm.threads import conversations, drafting, posting, reading
from fedcomm.threads.model import Post
from fedcomm.web import addressed, pictures, threads
from fedcomm.web.compose import FIELDS, note_of
from fedcomm.web.pictures import PictureForm

BELOW = {"unlisted": "unlisted", "followers": "private", "direct": "direct"}
"""A reply is as private as what it answers."""


class ReplyForm(msgspec.Struct):
    """A reply as it was typed."""

    text: str = ""
    pictures: list[PictureForm] = []
    new_alt: list[str] = []


@member_upload
async def reply(request: Request) -> Response:
    """Answer a post, and go on to where the answer stands."""
    here, me = site(request), signed_in(request).account
    form = convert(ReplyForm, sent(request).given)
    _ = await texts(request)
    parent_id = addressed.post_id(request)
    async with here.read() as db:
        await reading.by_id(db, parent_id, me.id)
    found = await pictures.chosen(here, me.id, form.pictures, form.new_alt, sent(request).files)
    await meet(here, form.text)
    try:
        if found.refusal is not None:
            raise found.refusal
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
                media_ids=found.ids,
                now=here.now(),
            )
            post = await posting.publish(db, here.here, me, draft, now=here.now())
            note = await note_of(db, post, "replied", now=here.now())
    except (Invalid, NotAllowed) as refused:
        return await _refused(request, me, parent_id, form, errors_of(refused, _, FIELDS), found.uploads)
    async with here.read() as db:
        path = await _place(db, post, me)
    return then(request, path, note)


async def _place(db: Connection, post: Post, me: Account) -> str:
    """Where a reply stands on the page of its thread."""
    thread = await threads.load(db, post.thread_id, me)
    if thread is None:
        return post_path(post, me)
    author = (await lookup.by_ids(db, [thread.root.author_id]))[thread.root.author_id]
    return f"{post_path(thread.root, author)}?at={post.id}#p{post.id}"


async def _refused(
    request: Request, me: Account, parent_id: int, form: ReplyForm, errors: dict[str, str], files: Sequence[Upload]
) -> Response:
    """The thread again, with what was typed and chosen, and what is wrong with it."""
    async with site(request).read() as db:
        parent = await reading.by_id(db, parent_id, me.id)
        thread = await threads.load(db, parent.thread_id, me, alone=parent)
    return await threads.show_thread(
        request, thread, status=422, form={"text": form.text}, errors=errors, reply_to=parent_id, files=files
    )


routes = [Route("/p/{id:int}/reply", reply, methods=["POST"], has_time_limit=False)]
