"""A thread, what its posts said before, and where a reply stands (product 6; D18)."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Gone, NotAllowed, NotFound, Refusal
from fedcomm.groups import deciding, membership
from fedcomm.groups import reading as groups
from fedcomm.groups.model import Role
from fedcomm.http.context import Site, site
from fedcomm.http.documents import Documents
from fedcomm.http.headers import PRIVATE
from fedcomm.http.pages import page, visitor
from fedcomm.http.router import Route
from fedcomm.jobs import waiting_deliveries
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import show, texts
from fedcomm.looks.posts import Looker, post_path
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import GroupChoice, GroupTag, PostView, ReceptionNote, Version
from fedcomm.media.uploads import Upload
from fedcomm.permissions import may
from fedcomm.text import limits
from fedcomm.threads import carrying, locking, moderating, pins, reading, rights
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.locking import Lock
from fedcomm.threads.model import Carry, Post
from fedcomm.web import addressed, pictures, thread_moves

REPLIES = 100
MOST_STEPS = 3
"""So far in stands what answers an answer; deeper ones stay there, and say whom they answer."""


class Thread(msgspec.Struct, kw_only=True):
    """A thread as somebody may read it, and what they may do in it."""

    root: Post
    replies: list[Post]
    home: Account | None
    carriers: list[Carry]
    not_carried: list[Carry]
    """Groups that were asked to carry it and do not."""
    groups: dict[int, Account]
    looker: Looker
    roles: dict[int, Role]
    lock: Lock | None
    """That it is closed to answers."""
    refusal: Refusal | None
    """Why the reader may not reply; None when they may, or are not signed in."""


@page
async def post_page(request: Request) -> Response:
    """A thread, or for a reply the place in its thread. Another server that asks here gets the document."""
    here = site(request)
    documents = here.service(Documents)
    if documents.are_wanted(request):
        return await documents.of_post(request)
    me = await visitor(request)
    viewer_id = me.account.id if me else None
    async with here.read() as db:
        author = await addressed.author(request, db)
        post = await _readable(db, int(request.path_params["id"]), author, viewer_id)
        thread = await load(db, post.thread_id, me.account if me else None) if post.thread_id != post.id else None
        if thread is not None:
            root_author = (await lookup.by_ids(db, [thread.root.author_id]))[thread.root.author_id]
            target = f"{post_path(thread.root, root_author)}?at={post.id}#p{post.id}"
            return RedirectResponse(target, 303)
        # A reply whose thread is not here, or is not theirs to read, stands alone (D51).
        thread = await load(db, post.id, me.account if me else None, alone=post)
    return await show_thread(request, thread)


async def _readable(db: Connection, post_id: int, author: Account, viewer_id: int | None) -> Post:
    """The post of this author. Raises NotFound, Gone (it was public and is deleted)."""
    post = await reading.find(db, post_id)
    if post is None or post.author_id != author.id:
        raise NotFound
    if post.state == "deleted":
        if post.audience not in PUBLIC:
            raise NotFound
        if not (post.is_root and post.replies_count):
            raise Gone
        return post
    return await reading.by_id(db, post_id, viewer_id)


async def load(db: Connection, root_id: int, me: Account | None, *, alone: Post | None = None) -> Thread | None:
    """A thread with all that its page needs; None when its root is not the reader's to see.

    `alone`: the post that stands for itself where there is no thread around it.
    """
    viewer_id = me.id if me else None
    found = await reading.thread(db, root_id, viewer_id)
    root = next((post for post in found if post.id == root_id), alone)
    if root is None:
        return None
    home = await lookup.by_id(db, root.group_id) if root.group_id is not None else None
    role = await deciding.role(db, home, me) if home and me else None
    refusal = await _refusal(db, root, me)
    carers = await membership.members(db, home.id, roles=["facilitator", "moderator"]) if home and home.is_local else []
    carriers = (await carrying.carriers(db, [root.id]))[root.id]
    return Thread(
        root=root,
        replies=[post for post in found if post.id != root_id],
        home=home,
        carriers=[carry for carry in carriers if carry.state in posts.ONGOING],
        not_carried=[carry for carry in carriers if carry.state in ("declined", "withdrawn")],
        groups=await lookup.by_ids(db, [carry.group_id for carry in carriers]),
        looker=Looker(
            account=me,
            role=role,
            may_reply=refusal is None,
            may_measure=await _may_measure(db, me, home, role, [each.group_id for each in carriers]),
        ),
        roles={carer.member_id: carer.role for carer in carers},
        lock=(await locking.of(db, [root.id])).get(root.id),
        refusal=refusal,
    )


async def _may_measure(
    db: Connection, me: Account | None, home: Account | None, role: Role | None, carriers: Sequence[int]
) -> bool:
    """Whether the reader looks after a group of ours that shows the thread."""
    if home is not None and home.is_local and may(role, "hide post"):
        return True
    if me is None or not carriers:
        return False
    mine = await membership.of_member(db, me.id, carriers)
    return any(each.state == "active" and may(each.role, "hide post") for each in mine.values())


async def _refusal(db: Connection, root: Post, me: Account | None) -> Refusal | None:
    if me is None or root.group_id is None:
        return None
    try:
        await rights.to_reply(db, me, root.group_id, root.id)
    except (NotAllowed, NotFound) as refused:
        return refused
    return None


async def show_thread(
    request: Request,
    thread: Thread | None,
    *,
    status: int = 200,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    reply_to: int | None = None,
    refused_vote: tuple[int, str] | None = None,
    files: Sequence[Upload] = (),
) -> Response:
    """The page of a thread; with `form` and `errors` when a reply was refused, `refused_vote` when a vote was: in which
    post, and why. `files`: the pictures that the reply has already. Raises NotFound.
    """
    if thread is None:
        raise NotFound
    here = site(request)
    _ = await texts(request)
    asked = request.query_params.get("reply_to", "")
    wanted = reply_to or (int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 20 else None)
    async with here.read() as db:
        shown, newer_url, older_url = _part(thread.replies, request.query_params.get("at", ""))
        views = _stepped(await _views(db, thread, [thread.root, *shown], now=here.now()), thread)
        target = next((view for view in views[1:] if view.id == wanted and view.may_reply), None)
        if target is None and wanted is not None:
            target = await _elsewhere_in(db, thread, wanted, now=here.now())
        choices = await carry_choices(db, thread)
        places = await thread_moves.choices(db, thread.root, thread.home, thread.looker)
        on_top = await pins.pinned(db, thread.home.id, thread.looker.id) if thread.home and thread.looker.role else []
        is_pinned = thread.root.id in on_top
        author = (await lookup.by_ids(db, [thread.root.author_id]))[thread.root.author_id]
    return await show(
        request,
        "thread.html",
        status=status,
        canonical_url=None if thread.root.is_local else thread.root.url,
        activity_url=thread.root.uri if thread.root.is_local else None,
        is_hidden_from_search=thread.root.audience != "public" or not author.is_indexable,
        embed_url=_embed_url(here, thread.root),
        root=views[0],
        home=cards.group_tag(thread.home) if thread.home else None,
        carried_by=_tags(thread),
        not_carried_by=_not_carried(thread),
        is_locked=thread.lock is not None,
        lock_reason=thread.lock.reason if thread.lock else "",
        is_pinned=is_pinned,
        may_pin=views[0].state == "visible" and may(thread.looker.role, "pin thread"),
        may_lock=views[0].state == "visible" and _may_lock(thread),
        replies=views[1:],
        reply_to=target,
        may_stop_carrying=_stoppable(thread, await _cared_for(request, thread)),
        carry_choices=choices,
        move_choices=places,
        form=form or {},
        errors=errors or {},
        pictures=pictures.shown(files),
        most_pictures=limits.MEDIA,
        refused_vote_in=refused_vote[0] if refused_vote else 0,
        refused_vote=refused_vote[1] if refused_vote else "",
        may_reply_note=sentence(thread.refusal, _) if thread.refusal else _("Nobody can reply here any more."),
        last_id=max((post.id for post in thread.replies), default=thread.root.id),
        newer_url=newer_url,
        older_url=older_url,
    )


def _part(replies: Sequence[Post], at: str) -> tuple[Sequence[Post], str | None, str | None]:
    """The replies of one page, with the one that is asked for, and the addresses of later and earlier ones."""
    place = next((place for place, reply in enumerate(replies) if str(reply.id) == at), 0)
    start = place - place % REPLIES
    later = replies[start + REPLIES : start + REPLIES + 1]
    earlier = replies[max(0, start - REPLIES) : start][:1]
    return (
        replies[start : start + REPLIES],
        f"?at={later[0].id}#p{later[0].id}" if later else None,
        f"?at={earlier[0].id}#replies" if earlier else None,
    )


async def _views(db: Connection, thread: Thread, shown: Sequence[Post], *, now: datetime) -> list[PostView]:
    unconfirmed: set[int] = set()
    if thread.home is not None and not thread.home.is_local:
        ours = [post.id for post in shown if post.is_local]
        unconfirmed = await waiting_deliveries.posts_on_their_way(db, ours, thread.home.authority)
    views = await posts.post_views(db, shown, thread.looker, now=now, roles=thread.roles, unconfirmed=unconfirmed)
    return await _marked_hidden(db, thread, views)


async def _marked_hidden(db: Connection, thread: Thread, views: list[PostView]) -> list[PostView]:
    """For those who look after the home group: which of its posts it hides for its own people."""
    if thread.home is None or not thread.home.is_local or not may(thread.looker.role, "hide post"):
        return views
    hidden = await moderating.hidden_among(db, thread.home.id, [each.id for each in views])
    tag = cards.group_tag(thread.home)
    return [msgspec.structs.replace(each, hidden_in=tag) if each.id in hidden else each for each in views]


def _stepped(views: Sequence[PostView], thread: Thread) -> list[PostView]:
    """The posts of a page with how far in each stands; answers to what is not there stand at the edge."""
    steps: dict[int, int] = {}
    for reply in thread.replies:
        above = steps.get(reply.parent_id or 0)
        steps[reply.id] = 0 if above is None else min(above + 1, MOST_STEPS)
    return [msgspec.structs.replace(view, step=steps.get(view.id, 0)) for view in views]


async def _elsewhere_in(db: Connection, thread: Thread, post_id: int, *, now: datetime) -> PostView | None:
    """The reply that is to be answered, when it is on another page of the thread."""
    found = next((reply for reply in thread.replies if reply.id == post_id), None)
    if found is None:
        return None
    (view,) = await posts.post_views(db, [found], thread.looker, now=now)
    return view if view.may_reply else None


def _embed_url(here: Site, root: Post) -> str:
    """Where others learn how to show a thread of ours on their pages (oembed.com, section 4); empty if they may not."""
    if not root.is_local or root.audience not in PUBLIC or root.state != "visible":
        return ""
    return f"{here.here.base_url}/api/oembed?{urlencode({'url': root.url})}"


def _tags(thread: Thread) -> tuple[GroupTag, ...]:
    return tuple(
        cards.group_tag(thread.groups[carry.group_id], carry.state)
        for carry in thread.carriers
        if carry.group_id in thread.groups
    )


def _not_carried(thread: Thread) -> tuple[ReceptionNote, ...]:
    """Which groups said no to whom asked them, or took their yes back."""
    return tuple(
        ReceptionNote(
            state="refused" if carry.state == "declined" else "removed",
            group=cards.group_tag(thread.groups[carry.group_id]),
            reason=carry.reason,
        )
        for carry in thread.not_carried
        if carry.group_id in thread.groups and thread.looker.id in (thread.root.author_id, carry.requested_by)
    )


async def _cared_for(request: Request, thread: Thread) -> set[int]:
    """The carrying groups of ours that the reader looks after."""
    me = await visitor(request)
    if me is None:
        return set()
    async with site(request).read() as db:
        mine = await membership.of_member(db, me.account.id, [carry.group_id for carry in thread.carriers])
    return {group_id for group_id, each in mine.items() if each.state == "active" and may(each.role, "decide carrying")}


def _may_lock(thread: Thread) -> bool:
    """Whether the reader closes the thread, or opens it; not their own that somebody else has closed."""
    is_decided = thread.lock is not None and thread.lock.by_id != thread.looker.id
    return may(thread.looker.role, "lock thread") and not (is_decided and thread.looker.id == thread.root.author_id)


def _stoppable(thread: Thread, cared_for: set[int]) -> tuple[int, ...]:
    """The groups that the reader may take the thread out of: only of ours (see `carrying.stop`)."""
    is_mine = thread.looker.id == thread.root.author_id
    return tuple(
        carry.group_id
        for carry in thread.carriers
        if carry.group_id in thread.groups
        and thread.groups[carry.group_id].is_local
        and (is_mine or carry.group_id in cared_for)
    )


async def carry_choices(db: Connection, thread: Thread) -> list[GroupChoice]:
    """The further groups that the reader may ask to carry this thread: groups of theirs that are not in it yet."""
    me, root = thread.looker.account, thread.root
    if me is None or root.group_id is None or root.audience not in PUBLIC or root.state != "visible":
        return []
    if len(thread.carriers) >= carrying.MOST_CARRIERS:
        return []
    is_theirs = me.id == root.author_id or may(
        await membership.role(db, root.group_id, me.id), "carry to another group"
    )
    if not is_theirs:
        return []
    present = {root.group_id, *(carry.group_id for carry in thread.carriers)}
    return [choice for choice in await group_choices(db, me) if choice.may_carry and choice.tag.id not in present]


async def group_choices(db: Connection, me: Account) -> list[GroupChoice]:
    """The groups that somebody may write in: their own, ours and others'."""
    joined = await groups.joined(db, me.id)
    profiles = await groups.profiles(db, [group.id for group in joined])
    startable = await rights.startable(db, me, [group.id for group in joined])
    choices: list[GroupChoice] = []
    for group in joined:
        if group.id not in startable:
            continue
        profile = profiles.get(group.id)
        choices.append(
            GroupChoice(
                tag=cards.group_tag(group),
                audience="public",
                may_carry=profile is None or (profile.carry_policy != "never" and profile.group_kind != "peer circle"),
            )
        )
    return choices


@page
async def news(request: Request) -> Response:
    """How many replies to a thread there are after one, for pages that stay open; nothing of what they say."""
    me = await visitor(request)
    after = request.query_params.get("after", "")
    async with site(request).read() as db:
        root = await reading.by_id(db, addressed.post_id(request), me.account.id if me else None)
        above = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
        count = await reading.newer_in(db, root.thread_id, me.account.id if me else None, above=above)
    return JSONResponse({"replies": count}, headers={"Cache-Control": PRIVATE, "Vary": "Cookie"})


@page
async def history(request: Request) -> Response:
    """What a post said before."""
    me = await visitor(request)
    async with site(request).read() as db:
        post = await reading.by_id(db, addressed.post_id(request), me.account.id if me else None)
        versions = await reading.versions(db, post)
        looker = Looker(account=me.account if me else None)
        (view,) = await posts.post_views(db, [post], looker, now=site(request).now())
    return await show(
        request,
        "history.html",
        is_hidden_from_search=True,
        post=view,
        versions=[
            Version(
                title=version.title,
                content_html=version.content_html,
                warning=version.summary,
                written_at=version.created_at,
                poll_options=tuple(version.poll_options or ()),
            )
            for version in reversed(versions)
        ],
    )


routes = [
    Route("/@{handle}/{id:int}", post_page),
    Route("/p/{id:int}/history", history),
    Route("/p/{id:int}/news", news),
]
