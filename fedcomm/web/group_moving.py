"""A group that moves to another server, or has moved here, for those who may change it (federation.md 4.3)."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup, moving
from fedcomm.accounts.model import Account
from fedcomm.errors import Invalid
from fedcomm.groups import moving as leaving
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.finding import Finder
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.web import addressed


class OldForm(msgspec.Struct):
    """The group that this one was elsewhere."""

    old: str = ""


class TargetForm(msgspec.Struct):
    """Where it goes."""

    target: str = ""


async def _mine(request: Request) -> Account:
    """The group of the path, if the reader may change it. Raises NotFound, NotAllowed."""
    async with site(request).read() as db:
        group = await addressed.group(request, db)
        await leaving.check_may(db, signed_in(request).account, group)
    return group


@member_page
async def moving_page(request: Request) -> Response:
    """Both ways."""
    return await _page(request, await _mine(request), {}, {})


async def _page(request: Request, group: Account, form: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    async with site(request).read() as db:
        known = await lookup.by_uris(db, group.also_known_as)
        moved_to = await moving.destination(db, group)
        profile = await groups.profile(db, group.id)
    return await show(
        request,
        "group_moving.html",
        status=422 if errors else 200,
        group=cards.group_card(group, profile),
        names=[known[uri].full_handle if uri in known else uri for uri in group.also_known_as],
        moved_to=cards.account_card(moved_to) if moved_to else None,
        form=form,
        errors=errors,
    )


async def _found(request: Request, typed: str) -> Account | None:
    """Which group is meant, as it is now; no transaction is open."""
    here, handle = site(request), typed.strip().removeprefix("@")
    return await here.service(Finder).account_now(f"@{handle}") if handle and here.has(Finder) else None


@member_page
async def add_name(request: Request) -> Response:
    """Name the old group, which may then move here."""
    here, group, form = site(request), await _mine(request), await read(request, OldForm)
    _ = await texts(request)
    other = await _found(request, form.old)
    if other is None:
        return await _page(request, group, {"old": form.old}, {"old": _("There is no such group.")})
    try:
        async with here.transaction() as db:
            await moving.add_name(db, group, other, now=here.now())
    except Invalid as refused:
        return await _page(request, group, {"old": form.old}, {"old": sentence(refused, _)})
    return then(request, f"{cards.account_path(group)}/moving", "saved")


@member_page
async def move_out(request: Request) -> Response:
    """Move the group with its members."""
    here, group, form = site(request), await _mine(request), await read(request, TargetForm)
    _ = await texts(request)
    target = await _found(request, form.target)
    if target is None:
        return await _page(request, group, {"target": form.target}, {"target": _("There is no such group.")})
    try:
        async with here.transaction() as db:
            await leaving.move_out(db, here.here, signed_in(request).account, group, target, now=here.now())
    except Invalid as refused:
        return await _page(request, group, {"target": form.target}, {"target": sentence(refused, _)})
    return then(request, f"{cards.account_path(group)}/moving", "group-moved")


@member_page
async def come_back(request: Request) -> Response:
    """The group is here again."""
    here, group = site(request), await _mine(request)
    async with here.transaction() as db:
        await leaving.come_back(db, here.here, signed_in(request).account, group, now=here.now())
    return then(request, f"{cards.account_path(group)}/moving", "saved")


routes = [
    Route("/@{handle}/moving", moving_page),
    Route("/@{handle}/moving/names", add_name, methods=["POST"]),
    Route("/@{handle}/moving/out", move_out, methods=["POST"]),
    Route("/@{handle}/moving/back", come_back, methods=["POST"]),
]
