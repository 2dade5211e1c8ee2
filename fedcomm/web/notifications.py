"""What happened that concerns the member (product 14; decisions D40, D42)."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import collections, lookup, statements
from fedcomm.accounts.collections import Collection
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.http.context import site
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import show
from fedcomm.looks.shown import Notice, NoticeKind
from fedcomm.notifications import markers
from fedcomm.notifications import reading as notices
from fedcomm.notifications.model import Notification
from fedcomm.threads import reading
from fedcomm.threads.model import Post
from fedcomm.timelines.cursor import Entry
from fedcomm.web.paging import cursor, paged

WITH_TEXT = ("mention", "status", "update", "quote")
"""Notices of something written; the others are about what the reader wrote and knows."""
ALIKE: Sequence[NoticeKind] = ("favourite", "same_here", "boost", "follow")
"""Several of these are told in one line."""


@member_page
async def notifications(request: Request) -> Response:
    """The list; looking at it moves the marker that apps share."""
    here = site(request)
    me = signed_in(request).account
    asked = cursor(request)
    async with here.read() as db:
        marker = (await markers.of(db, me.id, ["notifications"])).get("notifications")
        looked_at = marker.last_read_id if marker else 0
        found = {each.id: each for each in await notices.page(db, me.id, cursor=asked)}
        entries = [Entry(each.id, each.post_id or 0, None, each.from_account_id) for each in found.values()]
        entries, around = paged(request, entries, asked)
        shown = await notices_of(db, me, [found[entry.id] for entry in entries], looked_at)
    if request.method == "GET" and entries and entries[0].id > looked_at and asked.max_id is None:
        async with here.transaction(wakes=()) as db:
            await markers.put(db, me.id, "notifications", entries[0].id, now=here.now())
    return await show(
        request,
        "notifications.html",
        notices=shown,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


async def notices_of(db: Connection, me: Account, found: Sequence[Notification], looked_at: int) -> list[Notice]:
    """Notifications as pages show them; `looked_at`: the newest that the reader has seen."""
    about = await reading.by_ids(db, [each.post_id for each in found if each.post_id is not None], me.id)
    roots = await reading.by_ids(db, [post.thread_id for post in about.values()], me.id)
    people = await lookup.by_ids(
        db, {*(each.from_account_id for each in found), *(post.author_id for post in about.values())}
    )
    removed = [each.post_id for each in found if each.type == "fedcomm.removed" and each.post_id is not None]
    why = await statements.of_posts(db, me.id, removed) if removed else {}
    lists = await collections.by_ids(
        db, [each.collection_id for each in found if each.collection_id is not None], me.id
    )
    shown = [
        _with_collection(
            _notice(
                each,
                me,
                about.get(each.post_id or 0),
                roots,
                people,
                is_new=each.id > looked_at,
                why_url=f"/decisions/{why[each.post_id]}" if each.post_id in why else None,
            ),
            lists.get(each.collection_id or 0),
        )
        for each in found
        if each.from_account_id in people
    ]
    return _together(shown)


def _together(notices: Sequence[Notice]) -> list[Notice]:
    """Those of one kind about one post as one line, where the last of them stood; new ones apart from old ones."""
    found: dict[object, Notice] = {}
    for notice in notices:
        key: object = (notice.kind, notice.url, notice.is_new) if notice.kind in ALIKE else notice.id
        before = found.get(key)
        if before is None:
            found[key] = notice
        elif notice.account.id not in {before.account.id, *(each.id for each in before.also)}:
            found[key] = msgspec.structs.replace(before, also=(*before.also, notice.account))
    return list(found.values())


def _with_collection(notice: Notice, about: Collection | None) -> Notice:
    """A notice of a collection leads to it."""
    if about is None:
        return notice
    return msgspec.structs.replace(notice, url=f"{notice.account.url}/collections/{about.id}", thread_title=about.name)


def _notice(
    each: Notification,
    me: Account,
    post: Post | None,
    roots: Mapping[int, Post],
    people: Mapping[int, Account],
    *,
    is_new: bool,
    why_url: str | None,
) -> Notice:
    root = roots.get(post.thread_id) if post else None
    return Notice(
        id=each.id,
        kind=_kind(each, me, post, people[each.from_account_id]),
        account=cards.account_card(people[each.from_account_id]),
        created_at=each.created_at,
        is_new=is_new,
        url=posts.post_path(post, people[post.author_id]) if post else _own_path(each, people[each.from_account_id]),
        why_url=why_url,
        thread_title=_title(post, root) if post else None,
        excerpt=post.summary or posts.excerpt(post.content_html) if post and each.type in WITH_TEXT else "",
    )


def _own_path(each: Notification, by: Account) -> str | None:
    """Where a report, a decision, an appeal, an emergency access or what waits stands."""
    if each.type == "fedcomm.emergency":
        return f"{cards.account_path(by)}/emergency" if by.is_group else "/admin/emergency"
    if each.type == "fedcomm.held":
        return f"{cards.account_path(by)}/held" if by.is_group else "/admin/held"
    if each.report_id is not None:
        return f"/reports/{each.report_id}"
    if each.statement_id is not None:
        return f"/{'appeals' if each.type == 'fedcomm.appeal' else 'decisions'}/{each.statement_id}"
    return None


def _title(post: Post, root: Post | None) -> str:
    """What a post is called: its thread's title, else how it begins."""
    title = post.title or (root.title if root else None)
    return title or post.summary or posts.excerpt(post.content_html, posts.LONGEST_HINT) or "…"


def _kind(each: Notification, me: Account, post: Post | None, by: Account) -> NoticeKind:
    if each.type == "fedcomm.emergency":
        return "emergency" if by.is_group else "emergency_asked"
    if each.type == "mention":
        return "reply" if post is not None and post.parent_author_id == me.id else "mention"
    if each.type == "favourite":
        return "same_here" if post is not None and post.kind == "question" else "favourite"
    kinds: Mapping[str, NoticeKind] = {
        "reblog": "boost",
        "follow": "follow",
        "follow_request": "follow_request",
        "update": "edit",
        "quote": "quote",
        "quoted_update": "quoted_edit",
        "poll": "poll",
        "admin.report": "report",
        "fedcomm.refused": "not_shown",
        "fedcomm.removed": "taken_out",
        "added_to_collection": "recommended",
        "collection_update": "collection_changed",
        "moderation_warning": "decision",
        "fedcomm.appeal": "appeal",
        "fedcomm.held": "held",
    }
    return kinds.get(each.type, "new_post")


routes = [Route("/notifications", notifications)]
