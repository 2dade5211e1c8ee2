"""What members and other servers complain of: taken into one's hands, and resolved (product 13)."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import collections, lookup
from fedcomm.accounts.collections import Collection
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.shown import ReportedPost, ReportLine
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Report
from fedcomm.threads import reading
from fedcomm.threads.model import Post
from fedcomm.timelines.cursor import Cursor

PAGE = 40


class PageForm(msgspec.Struct):
    """Which reports to show."""

    resolved: str = ""
    max_id: str = ""


class ReportForm(msgspec.Struct):
    """Which report."""

    id: str = ""


@admin_page("see reports")
async def page(request: Request) -> Response:
    """The open reports, or those that were resolved, newest first."""
    here, me = site(request), signed_in(request).account
    form = query(request, PageForm)
    is_resolved = form.resolved == "yes"
    where = Cursor(max_id=id_from(form.max_id) if form.max_id else None, limit=PAGE + 1)
    _ = await texts(request)
    async with here.transaction(wakes=()) as db:
        found = await reports.page(db, me.id, cursor=where, is_resolved=is_resolved)
        lines = await _lines(db, found[:PAGE])
        for each in found[:PAGE]:
            await reports.note_look(db, me.id, each.id, each.post_ids, now=here.now())
    kept = "?resolved=yes&" if is_resolved else "?"
    return await show(
        request,
        "admin/reports.html",
        reports=lines,
        is_resolved=is_resolved,
        older_url=f"{kept}max_id={found[PAGE - 1].id}" if len(found) > PAGE else None,
        newer_url=None,
    )


async def _lines(db: Connection, found: Sequence[Report]) -> list[ReportLine]:
    ids = {
        account_id
        for each in found
        for account_id in (each.reporter_id, each.target_id, each.assigned_id, each.group_id)
        if account_id is not None
    }
    people = await lookup.by_ids(db, ids)
    told = {post_id: post for each in found for post_id in each.post_ids if (post := await reading.find(db, post_id))}
    named = await collections.by_ids(db, [one for each in found for one in each.collection_ids], None)
    return [
        _line(each, people, told, named) for each in found if each.target_id in people and each.reporter_id in people
    ]


def _line(
    found: Report, people: Mapping[int, Account], told: Mapping[int, Post], named: Mapping[int, Collection]
) -> ReportLine:
    target, assigned = people[found.target_id], people.get(found.assigned_id or 0)
    group = people.get(found.group_id or 0)
    return ReportLine(
        id=found.id,
        reporter=cards.account_card(people[found.reporter_id]),
        target=cards.account_card(target),
        group=cards.group_tag(group) if group else None,
        category=found.category,
        comment=found.comment,
        created_at=found.created_at,
        assigned_to=assigned.shown_name if assigned else None,
        is_resolved=found.resolved_at is not None,
        posts=tuple(
            ReportedPost(url=posts.post_path(post, target), excerpt=post.summary or posts.excerpt(post.content_html))
            for post_id in found.post_ids
            if (post := told.get(post_id)) is not None and post.state != "deleted"
        )
        + tuple(
            ReportedPost(
                url=f"{cards.account_path(target)}/collections/{one}", excerpt=f"{about.name}: {about.description}"
            )
            for one in found.collection_ids
            if (about := named.get(one)) is not None
        ),
    )


async def _chosen(request: Request) -> int:
    return id_from((await read(request, ReportForm)).id)


@admin_page("see reports")
async def take(request: Request) -> Response:
    """Take a report into my hands."""
    here, me = site(request), signed_in(request).account
    async with here.transaction(wakes=()) as db:
        await reports.assign(db, me, await _chosen(request), to_id=me.id, now=here.now())
    return then(request, "/admin/reports", "saved")


@admin_page("see reports")
async def resolve(request: Request) -> Response:
    """Nothing is left to do."""
    here, me = site(request), signed_in(request).account
    async with here.transaction(wakes=()) as db:
        await reports.resolve(db, me, await _chosen(request), now=here.now())
    return then(request, "/admin/reports", "saved")


@admin_page("see reports")
async def reopen(request: Request) -> Response:
    """Something is left to do after all."""
    here, me = site(request), signed_in(request).account
    async with here.transaction(wakes=()) as db:
        await reports.reopen(db, me, await _chosen(request), now=here.now())
    return then(request, "/admin/reports", "saved")


routes = [
    Route("/admin/reports", page),
    Route("/admin/reports/take", take, methods=["POST"]),
    Route("/admin/reports/resolve", resolve, methods=["POST"]),
    Route("/admin/reports/reopen", reopen, methods=["POST"]),
]
