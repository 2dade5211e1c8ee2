"""Moving a thread to another group: where it may go, and what waits for the yes of a group of ours (product 13)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import membership
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import Looker, post_path
from fedcomm.looks.shown import GroupTag, ThreadMoveLine
from fedcomm.permissions import may
from fedcomm.threads import handing_over, reading
from fedcomm.threads.handing_over import ThreadMove
from fedcomm.threads.model import Post
from fedcomm.timelines.cursor import Entry
from fedcomm.web import addressed


class MoveForm(msgspec.Struct):
    """Which thread."""

    move: str = ""


class GroupForm(msgspec.Struct):
    """Where it goes."""

    group: str = ""


async def choices(db: Connection, root: Post, home: Account | None, who: Looker) -> list[GroupTag]:
    """The groups that a reader may move a thread to: further ones that they look after, and those of other servers that
    they are in, which are asked.
    """
    me = who.account
    if me is None or home is None or not home.is_local or not may(who.role, "remove post"):
        return []
    if root.state != "visible" or not root.is_root:
        return []
    joined = [group for group in await groups.joined(db, me.id) if group.id != home.id]
    mine = await membership.of_member(db, me.id, [group.id for group in joined])
    return [
        cards.group_tag(group)
        for group in joined
        if (may(mine[group.id].role, "remove post") if group.is_local and group.id in mine else not group.is_local)
    ]


@member_page
async def move(request: Request) -> Response:
    """Move a thread, or ask the other group to take it."""
    here, me = site(request), signed_in(request).account
    form = await read(request, GroupForm)
    async with here.transaction() as db:
        post = await reading.by_id(db, addressed.post_id(request), me.id)
        target = await lookup.by_id(db, addressed.id_of(form.group))
        if target is None:
            raise NotFound
        asked = await handing_over.move(db, here.here, me, post.id, target, now=here.now())
        author = (await lookup.by_ids(db, [post.author_id]))[post.author_id]
    return then(request, post_path(post, author), "thread-moved" if asked is None else "asked-to-take")


async def lines(db: Connection, me: Account, group: Account) -> list[ThreadMoveLine]:
    """What waits for those who look after the group, as they see it."""
    asked = await handing_over.asked_of(db, group.id)
    threads = await reading.by_ids(db, [each.thread_id for each in asked], me.id)
    people = await lookup.by_ids(db, {who for each in asked for who in (each.requested_by, each.origin_id)})
    made: list[ThreadMoveLine] = []
    for each in asked:
        post, by = threads.get(each.thread_id), people.get(each.requested_by)
        if post is None:
            continue
        (card,) = await posts.thread_cards(db, me.id, [Entry(post.id, post.id, None, post.author_id)])
        made.append(
            ThreadMoveLine(
                id=each.id,
                thread=card,
                asked_at=each.created_at,
                origin_name=people[each.origin_id].shown_name,
                asked_by=cards.account_card(by) if by is not None and by.id != each.origin_id else None,
            )
        )
    return made


@member_page
async def accept(request: Request) -> Response:
    """Take a thread of a group of another server."""
    return await _decide(request, is_wanted=True)


@member_page
async def decline(request: Request) -> Response:
    """Do not take it."""
    return await _decide(request, is_wanted=False)


async def _decide(request: Request, *, is_wanted: bool) -> Response:
    here, me = site(request), signed_in(request).account
    form = await read(request, MoveForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        asked = await _asked(db, group, form)
        if is_wanted:
            await handing_over.accept(db, here.here, me, asked.id, now=here.now())
        else:
            await handing_over.decline(db, me, asked.id, now=here.now())
    return then(request, f"{cards.account_path(group)}/waiting", "thread-taken" if is_wanted else "declined")


async def _asked(db: Connection, group: Account, form: MoveForm) -> ThreadMove:
    """The question that a form of this group's page names. Raises NotFound."""
    asked = await handing_over.by_id(db, addressed.id_of(form.move))
    if asked is None or asked.target_id != group.id:
        raise NotFound
    return asked


routes = [
    Route("/p/{id:int}/move", move, methods=["POST"]),
    Route("/@{handle}/moves/accept", accept, methods=["POST"]),
    Route("/@{handle}/moves/decline", decline, methods=["POST"]),
]
