"""A group: its page, joining and leaving, and what waits for those who look after it (product 4, 7)."""

import html
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup, moving
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, NotAllowed, NotFound
from fedcomm.groups import deciding, membership, moderators, neighbours, pausing
from fedcomm.groups import reading as groups
from fedcomm.groups.model import GroupProfile, Role
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, own_path, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import CarryLine, EmergencyNote, GroupHead, JoinLine, PauseNote, RuleLine
from fedcomm.moderation import emergency, report_queue
from fedcomm.permissions import may
from fedcomm.text.sanitise import to_plain
from fedcomm.threads import carrying, handing_over, holding, pins, reading, rights
from fedcomm.threads.model import Carry
from fedcomm.timelines import group as group_timeline
from fedcomm.timelines.cursor import Entry
from fedcomm.web import addressed, other_groups, thread_moves
from fedcomm.web.paging import cursor, paged


class NextForm(msgspec.Struct):
    """A button: where to go back to."""

    next: str = ""


class PersonForm(msgspec.Struct):
    """Who asked to join."""

    account: str = ""


class CarryForm(msgspec.Struct):
    """Which request to carry a thread."""

    carry: str = ""


async def group_page(request: Request, group: Account) -> Response:
    """What the group is for, what was written, who looks after it."""
    me = await visitor(request)
    viewer_id = me.account.id if me else None
    asked = cursor(request)
    async with site(request).read() as db:
        head = await head_of(db, group, me.account if me else None, now=site(request).now())
        found = await group_timeline.threads(db, viewer_id, group.id, cursor=asked)
        entries, around = paged(request, found, asked)
        threads = await posts.thread_cards(db, viewer_id, entries)
        on_top = await pins.pinned(db, group.id, viewer_id) if asked.max_id is None and asked.min_id is None else []
        pinned = await posts.thread_cards(db, viewer_id, [Entry(each, each, None, group.id) for each in on_top])
    return await show(
        request,
        "group.html",
        canonical_url=None if group.is_local else group.url,
        activity_url=group.uri if group.is_local else None,
        group=head,
        threads=threads,
        pinned=pinned,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


async def head_of(db: Connection, group: Account, me: Account | None, *, now: datetime) -> GroupHead:
    """A group at the top of its page, as somebody sees it. Raises NotFound (hidden, and not theirs to see)."""
    profile = await groups.profile(db, group.id)
    mine = await membership.find(db, group.id, me.id) if me else None
    if not await groups.may_know_of(db, group.id, me.id if me else None):
        raise NotFound
    carers = await membership.members(db, group.id, roles=["facilitator", "moderator"]) if profile else []
    people = await lookup.by_ids(db, [carer.member_id for carer in carers])
    role = mine.role if mine and mine.state == "active" else None
    moved_to = await moving.destination(db, group)
    pause = await pausing.find(db, group.id, me.id) if me and mine and mine.paused_until is not None else None
    return GroupHead(
        card=cards.group_card(group, profile, mine),
        header_path=cards.header_path(group),
        header_text=group.header_description,
        avatar_text=group.avatar_description,
        about_html=_about(group, profile),
        audience="public",
        join_rule=profile.join_rule if profile else None,
        posting_rule=profile.posting_rule if profile else None,
        rules=tuple(RuleLine(title=rule.title, text=rule.text) for rule in profile.rules) if profile else (),
        facilitators=tuple(
            cards.account_card(people[carer.member_id], carer.role) for carer in carers if carer.member_id in people
        )
        or tuple(cards.account_card(each, "moderator") for each in await moderators.of(db, group.id)),
        created_at=profile.created_at if profile else None,
        original_url=None if group.is_local else group.url,
        my_role=role,
        may_post=me is not None and await _may_post(db, me, group),
        waiting_count=await _waiting_count(db, group) if group.is_local and may(role, "decide carrying") else 0,
        reports_count=await report_queue.open_count(db, me.id, group_id=group.id)
        if me and may(role, "remove post")
        else 0,
        held_count=await holding.waiting_count(db, group.id) if group.is_local and may(role, "hold post") else 0,
        may_measure=group.is_local and may(role, "pause members"),
        pause=PauseNote(
            until=pause.until,
            reason=pause.reason,
            url=f"/decisions/{pause.statement_id}" if pause.statement_id is not None else None,
        )
        if pause is not None
        else None,
        emergencies=await _emergencies(db, group, role, now),
        may_hold=group.is_local and may(role, "hold post"),
        may_change=group.is_local and may(role, "change group"),
        may_ban=may(await deciding.role(db, group, me), "ban people") if me else False,
        may_move=group.is_local and may(role, "change group"),
        may_invite=group.is_local and may(role, "invite people"),
        may_see_figures=group.is_local and may(role, "see figures"),
        is_archived=profile is not None and profile.state in ("archived", "moved"),
        moved_to=cards.account_card(moved_to) if moved_to else None,
    )


async def _emergencies(db: Connection, group: Account, role: Role | None, now: datetime) -> tuple[EmergencyNote, ...]:
    """Who of those who run the instance reads along now."""
    found = await emergency.of_group(db, group.id, role) if group.is_local else []
    running = [each for each in found if each.may_read(each.reader_id, now=now)]
    people = await lookup.by_ids(db, [each.reader_id for each in running]) if running else {}
    return tuple(
        EmergencyNote(name=people[each.reader_id].shown_name, until=each.ends_at, reason=each.reason)
        for each in running
        if each.ends_at is not None and each.reader_id in people
    )


def _about(group: Account, profile: GroupProfile | None) -> str:
    """What the group says beyond its purpose, which stands above."""
    if profile is not None:
        return f"<p>{html.escape(profile.for_whom)}</p>" if profile.for_whom else ""
    return group.bio_html if to_plain(group.bio_html) != cards.purpose(group, None) else ""


async def _may_post(db: Connection, me: Account, group: Account) -> bool:
    try:
        await rights.to_start(db, me, group.id)
    except (NotAllowed, NotFound):
        return False
    return True


async def _waiting_count(db: Connection, group: Account) -> int:
    asked = await membership.members(db, group.id, state="requested")
    groups_asking = await neighbours.asking(db, group.id)
    threads = [*await carrying.asked_of(db, group.id), *await handing_over.asked_of(db, group.id)]
    return len(asked) + len(groups_asking) + len(threads)


@member_page
async def join(request: Request) -> Response:
    """Join, or ask to."""
    here = site(request)
    form = await read(request, NextForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        made = await membership.join(db, here.here, signed_in(request).account, group, now=here.now())
    note = "joined" if made.state == "accepted" else "asked-to-join"
    return then(request, own_path(form.next, otherwise=cards.account_path(group)), note)


@member_page
async def leave(request: Request) -> Response:
    """Leave, or take the request back. The last facilitator is told what to do first."""
    here = site(request)
    form = await read(request, NextForm)
    _ = await texts(request)
    try:
        async with here.transaction() as db:
            group = await addressed.group(request, db)
            await membership.leave(db, here.here, signed_in(request).account, group, now=here.now())
    except Conflict as refused:
        return await show(
            request,
            "message.html",
            status=409,
            title=_("You cannot leave yet"),
            text=sentence(refused, _),
            link_url=f"/@{request.path_params['handle']}",
            link_text=_("Back to the group"),
        )
    return then(request, own_path(form.next, otherwise=cards.account_path(group)), "left")


@member_page
async def waiting(request: Request) -> Response:
    """Who would like to join, and which threads of other groups are to be shown here as well."""
    me = signed_in(request).account
    async with site(request).read() as db:
        group = await addressed.group(request, db)
        await rights.to_care(db, me, group.id, "decide carrying")
        profile = await groups.profile(db, group.id)
        asked = await membership.members(db, group.id, state="requested")
        people = await lookup.by_ids(db, [each.member_id for each in asked])
        carries = await _carry_lines(db, me, await carrying.asked_of(db, group.id))
        moves = await thread_moves.lines(db, me, group)
        role = await membership.role(db, group.id, me.id)
        groups_asking = await neighbours.asking(db, group.id)
    lines = [
        JoinLine(account=cards.account_card(people[each.member_id]), asked_at=each.updated_at)
        for each in asked
        if each.member_id in people
    ]
    return await show(
        request,
        "group_waiting.html",
        group=cards.group_card(group, profile),
        carries=carries,
        moves=moves,
        people=lines if may(role, "admit members") else [],
        groups=other_groups.lines(groups_asking) if may(role, "admit members") else (),
    )


async def _carry_lines(db: Connection, me: Account, asked: list[Carry]) -> list[CarryLine]:
    threads = await reading.by_ids(db, [carry.thread_id for carry in asked], me.id)
    people = await lookup.by_ids(db, [carry.requested_by for carry in asked])
    lines: list[CarryLine] = []
    for carry in asked:
        post = threads.get(carry.thread_id)
        if post is None:
            continue
        (card,) = await posts.thread_cards(db, me.id, [Entry(post.id, post.id, None, post.author_id)])
        by = people.get(carry.requested_by)
        lines.append(
            CarryLine(
                id=carry.id,
                thread=card,
                asked_at=carry.created_at,
                asked_by=cards.account_card(by) if by else None,
            )
        )
    return lines


@member_page
async def admit(request: Request) -> Response:
    """Let somebody in who has asked."""
    here = site(request)
    form = await read(request, PersonForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        person_id = addressed.id_of(form.account)
        await membership.admit(db, here.here, signed_in(request).account, group, person_id, now=here.now())
    return then(request, f"{cards.account_path(group)}/waiting", "admitted")


@member_page
async def refuse(request: Request) -> Response:
    """Refuse somebody who has asked."""
    here = site(request)
    form = await read(request, PersonForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        person_id = addressed.id_of(form.account)
        await membership.turn_away(db, here.here, signed_in(request).account, group, person_id, now=here.now())
    return then(request, f"{cards.account_path(group)}/waiting", "refused")


async def _asked_carry(db: Connection, group: Account, form: CarryForm) -> Carry:
    """The request that a form of this group's page names. Raises NotFound."""
    carry = await carrying.by_id(db, addressed.id_of(form.carry))
    if carry is None or carry.group_id != group.id:
        raise NotFound
    return carry


@member_page
async def accept_carry(request: Request) -> Response:
    """Show a thread of another group in this one as well."""
    here = site(request)
    form = await read(request, CarryForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        carry = await _asked_carry(db, group, form)
        await carrying.accept(db, here.here, signed_in(request).account, carry.id, now=here.now())
    return then(request, f"{cards.account_path(group)}/waiting", "carried")


@member_page
async def decline_carry(request: Request) -> Response:
    """Do not show a thread of another group."""
    here = site(request)
    form = await read(request, CarryForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        carry = await _asked_carry(db, group, form)
        await carrying.decline(db, here.here, signed_in(request).account, carry.id, now=here.now())
    return then(request, f"{cards.account_path(group)}/waiting", "declined")


routes = [
    Route("/@{handle}/join", join, methods=["POST"]),
    Route("/@{handle}/leave", leave, methods=["POST"]),
    Route("/@{handle}/waiting", waiting),
    Route("/@{handle}/admit", admit, methods=["POST"]),
    Route("/@{handle}/refuse", refuse, methods=["POST"]),
    Route("/@{handle}/carries/accept", accept_carry, methods=["POST"]),
    Route("/@{handle}/carries/decline", decline_carry, methods=["POST"]),
]
