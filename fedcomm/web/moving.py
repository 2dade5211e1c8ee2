"""Moving here from another server, and away (product 3f; federation.md 1.9)."""

from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts, lookup, moving, second_step
from fedcomm.accounts.model import Account
from fedcomm.errors import Invalid
from fedcomm.groups import moving as leaving
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import Site, site
from fedcomm.http.finding import Finder
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.sealing import Seal
from fedcomm.web import proving

PAGE = "/settings/moving"


class NameForm(msgspec.Struct):
    """Another account of one's own."""

    handle: str = ""


class EndForm(msgspec.Struct):
    """Which is not one's own any more."""

    which: str = ""


class MoveForm(msgspec.Struct):
    """Where to, and the password as proof of who has one; with a second step a code of it too."""

    target: str = ""
    current_password: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """Another account of the member: where it is known, by its address."""

    uri: str
    label: str


@member_page
async def moving_page(request: Request) -> Response:
    """Both ways."""
    return await _page(request, {}, {})


async def _page(request: Request, form: dict[str, str], errors: dict[str, str]) -> Response:
    me = signed_in(request).account
    async with site(request).read() as db:
        known = await lookup.by_uris(db, me.also_known_as)
        moved_to = await moving.destination(db, me)
        has_second_step = await second_step.is_on(db, me.id)
        again_at = await moving.possible_again(db, me.id)
    return await show(
        request,
        "settings/moving.html",
        status=422 if errors else 200,
        names=[Name(uri, known[uri].full_handle if uri in known else uri) for uri in me.also_known_as],
        moved_to=cards.account_card(moved_to) if moved_to else None,
        followers_left=me.followers_count,
        has_second_step=has_second_step,
        proof=proving.asked(request, PAGE),
        again_at=again_at if again_at is not None and again_at > site(request).now() else None,
        form=form,
        errors=errors,
    )


async def _found(here: Site, typed: str) -> Account | None:
    """Who is meant, as they are now; no transaction is open."""
    handle = typed.strip()
    return await here.service(Finder).account_now(handle) if handle and here.has(Finder) else None


@member_page
async def add_name(request: Request) -> Response:
    """Name an old account, which may then move here."""
    here, me = site(request), signed_in(request).account
    form = await read(request, NameForm)
    _ = await texts(request)
    other = await _found(here, form.handle)
    if other is None:
        return await _page(request, {"handle": form.handle}, {"handle": _("There is no such account.")})
    try:
        async with here.transaction() as db:
            await moving.add_name(db, me, other, now=here.now())
    except Invalid as refused:
        return await _page(request, {"handle": form.handle}, {"handle": sentence(refused, _)})
    forget_tokens(here)
    return then(request, PAGE, "saved")


@member_page
async def drop_name(request: Request) -> Response:
    """It is not one's own any more."""
    here, me = site(request), signed_in(request).account
    form = await read(request, EndForm)
    async with here.transaction() as db:
        await moving.drop_name(db, me, form.which, now=here.now())
    forget_tokens(here)
    return then(request, PAGE, "saved")


@member_page
async def move_out(request: Request) -> Response:
    """Move away with one's followers."""
    here, found = site(request), signed_in(request)
    form = await read(request, MoveForm)
    _ = await texts(request)
    if errors := await proving.unproven(request, form.current_password):
        return await _page(request, {"target": form.target}, errors)
    if not await _second_step_is_right(here, found.account.id, form.code):
        return await _page(request, {"target": form.target}, {"code": _(second_step.WRONG)})
    target = await _found(here, form.target)
    if target is None:
        return await _page(request, {"target": form.target}, {"target": _("There is no such account.")})
    try:
        async with here.transaction() as db:
            await leaving.move_out(db, here.here, found.account, found.account, target, now=here.now())
    except Invalid as refused:
        return await _page(request, {"target": form.target}, {"target": sentence(refused, _)})
    forget_tokens(here)
    return then(request, PAGE, "moved")


async def _second_step_is_right(here: Site, account_id: int, code: str) -> bool:
    """Whether there is none, or this is a code of it, which is then used up; tries are counted."""
    async with here.transaction(wakes=()) as db:
        if not await second_step.is_on(db, account_id):
            return True
        await attempts.count(db, "second-step", (f"account:{account_id}",), now=here.now())
    async with here.transaction(wakes=()) as db:
        return await second_step.check(db, here.service(Seal), account_id, code, now=here.now())


@member_page
async def come_back(request: Request) -> Response:
    """Be here again."""
    here, me = site(request), signed_in(request).account
    async with here.transaction() as db:
        await leaving.come_back(db, here.here, me, me, now=here.now())
    forget_tokens(here)
    return then(request, PAGE, "saved")


routes = [
    Route("/settings/moving", moving_page),
    Route("/settings/moving/names", add_name, methods=["POST"]),
    Route("/settings/moving/names/end", drop_name, methods=["POST"]),
    Route("/settings/moving/out", move_out, methods=["POST"]),
    Route("/settings/moving/back", come_back, methods=["POST"]),
]
