"""Voting on pages, without a script (product 12)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import post_path
from fedcomm.looks.refusals import sentence
from fedcomm.threads import reading, voting
from fedcomm.threads.model import Post
from fedcomm.web import addressed, threads


class VoteForm(msgspec.Struct):
    """The positions of what was chosen."""

    choice: list[int] = []


@member_page
async def vote(request: Request) -> Response:
    """Vote, and go back to where the poll stands; what cannot be is said there."""
    here, me = site(request), signed_in(request).account
    form = await read(request, VoteForm)
    post_id = addressed.post_id(request)
    try:
        async with here.transaction() as db:
            await voting.vote(db, here.here, me, post_id, form.choice, now=here.now())
    except Invalid as refused:
        _ = await texts(request)
        async with here.read() as db:
            post = await reading.by_id(db, post_id, me.id)
            thread = await threads.load(db, post.thread_id, me, alone=post)
        return await threads.show_thread(request, thread, status=422, refused_vote=(post_id, sentence(refused, _)))
    async with here.read() as db:
        path = await _place(db, await reading.by_id(db, post_id, me.id), me)
    return then(request, path, "voted")


async def _place(db: Connection, post: Post, me: Account) -> str:
    """Where the post stands on the page of its thread."""
    thread = await threads.load(db, post.thread_id, me, alone=post)
    root = thread.root if thread is not None else post
    author = (await lookup.by_ids(db, [root.author_id]))[root.author_id]
    at = f"?at={post.id}" if root.id != post.id else ""
    return f"{post_path(root, author)}{at}#p{post.id}"


routes = [Route("/p/{id:int}/vote", vote, methods=["POST"])]
