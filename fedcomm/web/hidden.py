"""What a member hides, and the tags they follow: set in apps, listed and ended here (product 5, 13)."""

from datetime import datetime
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import blocks, featured_elsewhere, lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import parting
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.looks.shown import FeaturingLine, FilterLine, MutedLine, TagLine
from fedcomm.timelines import filters, followed_tags
from fedcomm.web import addressed

MOST = 500
"""So many of each kind are shown; whoever ends some sees the next."""
FIRST = 2**63 - 1

What = Literal["mute", "block", "server", "filter", "tag", "featured"]


class EndForm(msgspec.Struct):
    """What is to end: of which kind, and which."""

    what: What
    which: str


@member_page
async def hidden_page(request: Request) -> Response:
    """Everything of the kind, on one page."""
    me = signed_in(request).account.id
    here = site(request)
    async with here.read() as db:
        muted = await blocks.mutes(db, me, below=FIRST, limit=MOST)
        blocked = await blocks.blocks(db, me, below=FIRST, limit=MOST)
        servers = await blocks.domain_blocks(db, me, below=FIRST, limit=MOST)
        filtered = await filters.of(db, me)
        tags = await followed_tags.page(db, me, below=FIRST, limit=MOST)
        featuring = await featured_elsewhere.of(db, me, limit=MOST)
        who = {each.target_id for each in muted} | {each for _, each in blocked} | {each.owner_id for each in featuring}
        people = await lookup.by_ids(db, who)
    return await show(
        request,
        "settings/hidden.html",
        muted=[
            MutedLine(account=cards.account_card(people[each.target_id]), expires_at=each.expires_at)
            for each in muted
            if each.target_id in people
        ],
        blocked=[cards.account_card(people[each]) for _, each in blocked if each in people],
        servers=[domain for _, domain in servers],
        filters=[_filter_line(each, here.now()) for each in filtered],
        featuring=[
            FeaturingLine(id=str(each.id), url=each.collection_uri, owner=cards.account_card(people[each.owner_id]))
            for each in featuring
            if each.owner_id in people
        ],
        tags=[TagLine(name=each.shown_as, tag=each.tag, url=f"/tags/{each.tag}") for each in tags],
    )


def _filter_line(found: filters.Filter, now: datetime) -> FilterLine:
    return FilterLine(
        id=str(found.id),
        title=found.title,
        keywords=tuple(each.keyword for each in found.keywords),
        posts_count=len(found.posts),
        is_hiding=found.action == "hide",
        expires_at=found.expires_at,
        is_over=found.expires_at is not None and found.expires_at <= now,
    )


@member_page
async def end(request: Request) -> Response:
    """See it again, or follow a tag no longer."""
    form = await read(request, EndForm)
    here, me = site(request), signed_in(request).account
    async with here.transaction() as db:
        is_there = await _end(db, here, me, form)
    return then(request, "/settings/hidden", "saved" if is_there else "gone")


async def _end(db: Connection, here: Site, by: Account, form: EndForm) -> bool:
    """Whether there was something to end that may be known of."""
    me = by.id
    match form.what:
        case "block":
            target = await lookup.by_id(db, addressed.id_of(form.which))
            if target is None:
                return False
            await parting.unblock(db, here.here, by, target, now=here.now())
        case "mute":
            await blocks.unmute(db, me, addressed.id_of(form.which))
        case "server":
            await blocks.unblock_domain(db, me, form.which.strip().lower())
        case "tag":
            await followed_tags.unfollow(db, me, form.which)
        case "filter" | "featured":
            try:
                if form.what == "filter":
                    await filters.remove(db, me, addressed.id_of(form.which))
                else:
                    await featured_elsewhere.revoke(db, by, addressed.id_of(form.which), now=here.now())
            except NotFound:
                return False
    return True


routes = [
    Route("/settings/hidden", hidden_page),
    Route("/settings/hidden/end", end, methods=["POST"]),
]
