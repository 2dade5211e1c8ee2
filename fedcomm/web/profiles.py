"""The pages of people and groups, ours and others' (D18, D76), and following people."""

from html import escape

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import endorsements, finding, follows, moving, relationships
from fedcomm.accounts.model import Account
from fedcomm.accounts.relationships import Relationship
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import membership
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.documents import Documents
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, own_path, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.shown import GroupTag
from fedcomm.text.emojis import pictured
from fedcomm.timelines import account as account_timeline
from fedcomm.timelines.cursor import GREATEST_ID
from fedcomm.web import addressed, group_page, parting
from fedcomm.web.paging import cursor, paged

MOST_ENDORSED = 20


class NextForm(msgspec.Struct):
    """A button: where to go back to."""

    next: str = ""


@page
async def profile(request: Request) -> Response:
    """Somebody's page; a group's is another one. Another server that asks here gets the document."""
    here = site(request)
    documents = here.service(Documents)
    async with here.read() as db:
        found = await addressed.account(request, db)
    if documents.are_wanted(request):
        if not found.is_local:
            raise NotFound
        return await documents.of_account(request, found)
    return await (group_page.group_page(request, found) if found.is_group else person_page(request, found))


async def person_page(request: Request, person: Account) -> Response:
    """A person: what they say about themselves and what they wrote."""
    me = await visitor(request)
    _ = await texts(request)
    asked = cursor(request)
    async with site(request).read() as db:
        viewer_id = me.account.id if me else None
        found = await account_timeline.page(db, viewer_id, person, cursor=asked, exclude_replies=True)
        entries, around = paged(request, found, asked)
        threads = await posts.thread_cards(db, viewer_id, entries)
        stand = (await relationships.between(db, me.account.id, [person.id]))[person.id] if me else None
        joined = await _groups(db, person) if me else ()
        moved_to = await moving.destination(db, person)
        chosen = await endorsements.page(db, person.id, below=GREATEST_ID, limit=MOST_ENDORSED) if me else []
        recommended = await finding.by_ids(db, [each for _, each in chosen])
    is_me = me is not None and me.account.id == person.id
    stand = stand or Relationship(account_id=person.id)
    pictures = cards.emoji_paths(person.emojis)
    return await show(
        request,
        "account.html",
        canonical_url=None if person.is_local else person.url,
        activity_url=person.uri if person.is_local else None,
        is_hidden_from_search=not person.is_indexable,
        account=cards.account_card(person),
        header_path=cards.header_path(person),
        header_text=person.header_description,
        avatar_text=person.avatar_description,
        name_html=pictured(escape(person.shown_name), pictures),
        bio_html=pictured(person.bio_html, pictures),
        fields=[
            {
                "name": str(field.get("name", "")),
                "value_html": pictured(str(field.get("value_html", "")), pictures),
            }
            for field in person.fields
        ],
        groups=joined,
        moved_to=cards.account_card(moved_to) if moved_to else None,
        joined_at=person.created_at,
        original_url=None if person.is_local else person.url,
        followers_count=person.followers_count,
        following_count=person.following_count,
        posts_count=person.posts_count,
        is_followed=stand.is_following,
        is_requested=stand.is_requested,
        is_me=is_me,
        is_endorsed=stand.is_endorsed,
        endorsed=[cards.account_card(each) for each in recommended],
        is_muted=stand.is_muting,
        is_blocked=stand.is_blocking,
        mute_times=parting.times(_, await locale_of(request)),
        may_follow=me is not None and not is_me,
        threads=threads,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


async def _groups(db: Connection, person: Account) -> tuple[GroupTag, ...]:
    """The public groups of one of ours, for those who are signed in (product 23: no member names for visitors)."""
    if not person.is_local:
        return ()
    joined = await groups.joined(db, person.id)
    profiles = await groups.profiles(db, [group.id for group in joined])
    return tuple(
        cards.group_tag(group)
        for group in joined
        if not group.is_local or (group.id in profiles and profiles[group.id].visibility == "public")
    )


async def _person(request: Request, db: Connection) -> Account:
    found = await addressed.account(request, db)
    if found.is_group:
        raise NotFound
    return found


@member_page
async def follow(request: Request) -> Response:
    """Follow a person; who decides about followers is asked."""
    here = site(request)
    form = await read(request, NextForm)
    async with here.transaction() as db:
        person = await _person(request, db)
        made = await membership.follow_or_join(db, here.here, signed_in(request).account, person, now=here.now())
    note = "followed" if made.state == "accepted" else "asked-to-follow"
    return then(request, own_path(form.next, otherwise=cards.account_path(person)), note)


@member_page
async def unfollow(request: Request) -> Response:
    """Follow a person no longer, or take the question back."""
    here = site(request)
    form = await read(request, NextForm)
    async with here.transaction() as db:
        person = await _person(request, db)
        await follows.unfollow(db, here.here, signed_in(request).account, person, now=here.now())
    return then(request, own_path(form.next, otherwise=cards.account_path(person)), "unfollowed")


@member_page
async def let_follow(request: Request) -> Response:
    """Let somebody follow who has asked."""
    here = site(request)
    me = signed_in(request).account
    async with here.transaction() as db:
        person = await _person(request, db)
        await follows.accept(db, here.here, me, person.id, now=here.now())
    return then(request, "/notifications", "let-follow")


@member_page
async def refuse_follower(request: Request) -> Response:
    """Refuse somebody who has asked to follow."""
    here = site(request)
    me = signed_in(request).account
    async with here.transaction() as db:
        person = await _person(request, db)
        await follows.refuse(db, here.here, me, person.id, now=here.now())
    return then(request, "/notifications", "refused")


@member_page
async def endorse(request: Request) -> Response:
    """Recommend somebody one follows, on one's own page."""
    here = site(request)
    async with here.transaction() as db:
        found = await addressed.account(request, db)
        await endorsements.endorse(db, signed_in(request).account, found, now=here.now())
    return then(request, cards.account_path(found), "endorsed")


@member_page
async def unendorse(request: Request) -> Response:
    """Recommend somebody no longer."""
    async with site(request).transaction() as db:
        found = await addressed.account(request, db)
        await endorsements.withdraw(db, signed_in(request).account, found.id)
    return then(request, cards.account_path(found), "saved")


routes = [
    Route("/@{handle}", profile),
    Route("/@{handle}/follow", follow, methods=["POST"]),
    Route("/@{handle}/unfollow", unfollow, methods=["POST"]),
    Route("/@{handle}/endorse", endorse, methods=["POST"]),
    Route("/@{handle}/unendorse", unendorse, methods=["POST"]),
    Route("/@{handle}/let_follow", let_follow, methods=["POST"]),
    Route("/@{handle}/refuse_follower", refuse_follower, methods=["POST"]),
]
