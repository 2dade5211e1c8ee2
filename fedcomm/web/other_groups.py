"""Groups that a group follows, and those that follow it, for who looks after it (FEP-d36d)."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.groups import following, membership, neighbours
from fedcomm.groups import reading as groups
from fedcomm.groups.neighbours import Neighbour
from fedcomm.http.context import site
from fedcomm.http.finding import Finder
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import NeighbourLine
from fedcomm.web import addressed


class FollowForm(msgspec.Struct):
    """Which group is to be followed."""

    handle: str = ""


class EndForm(msgspec.Struct):
    """Which group it is about."""

    account: str = ""


async def _mine(request: Request, db: Connection) -> Account:
    """The group of the path, if the reader may change it. Raises NotFound, NotAllowed."""
    group = await addressed.group(request, db)
    await following.check_may(db, signed_in(request).account, group)
    return group


def lines(found: list[Neighbour]) -> tuple[NeighbourLine, ...]:
    """Groups as the pages of a group list them."""
    return tuple(
        NeighbourLine(account=cards.account_card(each.group), since=each.since, is_asked=each.state == "requested")
        for each in found
    )


@member_page
async def other_groups_page(request: Request) -> Response:
    """Both ways."""
    return await _page(request, {}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    async with site(request).read() as db:
        group = await _mine(request, db)
        profile = await groups.profile(db, group.id)
        followed = await neighbours.followed_by(db, group.id)
        followers = await neighbours.followers_of(db, group.id)
    return await show(
        request,
        "group_other_groups.html",
        status=422 if errors else 200,
        group=cards.group_card(group, profile),
        followed=lines(followed),
        followers=lines(followers),
        form=form,
        errors=errors,
    )


@member_page
async def follow(request: Request) -> Response:
    """Follow another group."""
    here, form = site(request), await read(request, FollowForm)
    _ = await texts(request)
    async with here.read() as db:
        await _mine(request, db)
    handle = form.handle.strip().removeprefix("@")
    named = handle if "@" in handle else f"{handle}@{here.here.domain}"
    target = await here.service(Finder).account_now(f"@{named}") if handle and here.has(Finder) else None
    if target is None:
        return await _page(request, {"handle": form.handle}, {"handle": _("There is no such group.")})
    try:
        async with here.transaction() as db:
            group = await _mine(request, db)
            made = await following.follow(db, here.here, signed_in(request).account, group, target, now=here.now())
    except (Invalid, NotAllowed, NotFound) as refused:
        return await _page(request, {"handle": form.handle}, {"handle": sentence(refused, _)})
    note = "group-followed" if made.state == "accepted" else "group-asked"
    return then(request, f"{cards.account_path(group)}/other_groups", note)


@member_page
async def unfollow(request: Request) -> Response:
    """Follow it no longer, or take the question back."""
    here = site(request)
    async with _between(request) as (db, group, other):
        await following.unfollow(db, here.here, signed_in(request).account, group, other, now=here.now())
    return then(request, f"{cards.account_path(group)}/other_groups", "saved")


@member_page
async def let_in(request: Request) -> Response:
    """Let another group follow that has asked."""
    here = site(request)
    async with _between(request) as (db, group, other):
        await membership.admit(db, here.here, signed_in(request).account, group, other.id, now=here.now())
    return then(request, f"{cards.account_path(group)}/other_groups", "saved")


@member_page
async def end(request: Request) -> Response:
    """Another group follows no longer, or is refused."""
    here = site(request)
    async with _between(request) as (db, group, other):
        await membership.turn_away(db, here.here, signed_in(request).account, group, other.id, now=here.now())
    return then(request, f"{cards.account_path(group)}/other_groups", "saved")


@asynccontextmanager
async def _between(request: Request) -> AsyncGenerator[tuple[Connection, Account, Account]]:
    """One transaction, with the group of the path, and the one that the button is about."""
    form = await read(request, EndForm)
    async with site(request).transaction() as db:
        yield db, await _mine(request, db), await _named(db, form)


async def _named(db: Connection, form: EndForm) -> Account:
    """The group that a button is about. Raises NotFound, Conflict (not a group)."""
    other = await lookup.by_id(db, addressed.id_of(form.account))
    if other is None:
        raise NotFound
    if not other.is_group:
        raise Conflict("This is not a group.")
    return other


routes = [
    Route("/@{handle}/other_groups", other_groups_page),
    Route("/@{handle}/other_groups/follow", follow, methods=["POST"]),
    Route("/@{handle}/other_groups/unfollow", unfollow, methods=["POST"]),
    Route("/@{handle}/other_groups/let_in", let_in, methods=["POST"]),
    Route("/@{handle}/other_groups/end", end, methods=["POST"]),
]
