"""Inviting people by a link, and coming in by one (product 23; S167)."""

import re
from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Gone, Invalid, NotAllowed
from fedcomm.groups import invitations, mailed_invitations
from fedcomm.groups.invitations import Invitation
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.looks.shown import Choice, InvitationLine, InvitationView
from fedcomm.web import addressed

DAYS = (1, 7, 30, 90)
USES = (1, 5, 25, 0)
MOST_AT_ONCE = 50
_BETWEEN = re.compile(r"[\s,;]+")
NO_STORE = {"Cache-Control": "no-store"}


class InvitationForm(msgspec.Struct):
    """A new link: for which groups, for how many people (0 = as many as like), for how many days.

    `emails`: to whom it is to be mailed instead, one link for each, with `words` of the member's.
    """

    groups: list[str] = []
    note: str = ""
    uses: int = 1
    days: int = 30
    emails: str = ""
    words: str = ""


class WithdrawForm(msgspec.Struct):
    """Which link."""

    invitation: str = ""


@member_page
async def mine(request: Request) -> Response:
    """The links somebody made, and the form for another one."""
    return await _page(request, InvitationForm(), {})


async def _page(
    request: Request, form: InvitationForm, errors: dict[str, str], *, link: str = "", status: int = 200
) -> Response:
    here, me = site(request), signed_in(request).account
    _ = await texts(request)
    async with here.read() as db:
        may_invite = await invitations.may_invite_here(db, me)
        groups = await invitations.groups_to_invite_to(db, me)
        made = await invitations.of(db, me.id)
        named = await lookup.by_ids(db, {each for one in made for each in one.group_ids})
    return await show(
        request,
        "invitations.html",
        status=status,
        form={
            "note": form.note,
            "uses": str(form.uses),
            "days": str(form.days),
            "emails": form.emails,
            "words": form.words,
        },
        chosen=form.groups,
        errors=errors,
        link=link,
        may_invite=may_invite,
        groups=tuple(cards.account_card(each) for each in groups),
        uses=tuple(Choice(value=str(each), label=_many(each, _)) for each in USES),
        days=tuple(Choice(value=str(each), label=str(each)) for each in DAYS),
        made=tuple(_line(each, named, here) for each in made),
    )


def _many(uses: int, _: Texts) -> str:
    return str(uses) if uses else _("As many as like")


def _line(each: Invitation, named: dict[int, Account], here: Site) -> InvitationLine:
    return InvitationLine(
        id=each.id,
        note=each.note or each.mailed_to or "",
        groups=tuple(
            named[group_id].name or named[group_id].handle for group_id in each.group_ids if group_id in named
        ),
        uses=each.uses,
        most_uses=each.most_uses,
        expires_at=each.expires_at,
        is_open=each.is_open(here.now()),
    )


@member_page
async def make(request: Request) -> Response:
    """A new link, which is shown once."""
    here, form = site(request), await read(request, InvitationForm)
    _ = await texts(request)
    if here.sends_mail and form.emails.strip():
        return await _mail(request, form)
    try:
        if form.uses < 0 or not 1 <= form.days <= max(DAYS):
            raise Invalid("Please choose from the list.")
        async with here.transaction(wakes=()) as db:
            _made, code = await invitations.make(
                db,
                signed_in(request).account,
                group_ids=[addressed.id_of(each) for each in form.groups],
                note=form.note,
                most_uses=form.uses or None,
                lasts=timedelta(days=form.days),
                now=here.now(),
            )
    except Invalid as refused:
        return await _page(request, form, errors_of(refused, _), status=422)
    except NotAllowed as refused:
        return await _page(request, form, {"": sentence(refused, _)}, status=403)
    return await _page(request, InvitationForm(), {}, link=f"{here.here.base_url}/invite/{code}")


async def _mail(request: Request, form: InvitationForm) -> Response:
    """Mail a link to each of some people: to all of them, or, when one cannot be, to none."""
    here, me = site(request), signed_in(request).account
    _ = await texts(request)
    addresses = list(dict.fromkeys(_BETWEEN.split(form.emails.strip())))
    try:
        if len(addresses) > MOST_AT_ONCE or not 1 <= form.days <= max(DAYS):
            raise Invalid("Please name at most %(n)s people at once.", n=MOST_AT_ONCE, field="emails")
        async with here.transaction(wakes="mail") as db:
            for address in addresses:
                await mailed_invitations.send(
                    db,
                    me,
                    address,
                    group_ids=[addressed.id_of(each) for each in form.groups],
                    words=form.words,
                    lasts=timedelta(days=form.days),
                    now=here.now(),
                )
    except Invalid as refused:
        return await _page(request, form, errors_of(refused, _, {"email": "emails"}), status=422)
    except NotAllowed as refused:
        return await _page(request, form, {"": sentence(refused, _)}, status=403)
    return then(request, "/invitations", "invited")


@member_page
async def withdraw(request: Request) -> Response:
    """A link lets nobody in any more."""
    here, form = site(request), await read(request, WithdrawForm)
    async with here.transaction(wakes=()) as db:
        await invitations.withdraw(db, signed_in(request).account, addressed.id_of(form.invitation), now=here.now())
    return then(request, "/invitations", "saved")


async def view(db: Connection, here: Site, code: str) -> InvitationView:
    """What a code lets one into, as its page shows it. Raises NotFound, Gone."""
    found = await invitations.open_by(db, code, now=here.now())
    people = await lookup.by_ids(db, [found.by_id, *found.group_ids])
    return InvitationView(
        code=code,
        by=cards.account_card(people[found.by_id]),
        groups=tuple(cards.account_card(people[each]) for each in found.group_ids if each in people),
        may_sign_up=here.settings.registrations != "closed",
    )


@page
async def opened(request: Request) -> Response:
    """Who invites one, and into what. For apps: the code, and where the instance describes itself."""
    here, code = site(request), str(request.path_params["code"])
    async with here.read() as db:
        try:
            found = await view(db, here, code)
        except Gone:
            return await dead(request)
    if _wants_json(request):
        url = f"{here.here.base_url}/api/v2/instance"
        return JSONResponse({"invite_code": code, "instance_api_url": url}, headers=NO_STORE)
    return await show(request, "invitation.html", invitation=found, is_hidden_from_search=True)


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


async def dead(request: Request) -> Response:
    """What to do when a link works no more: ask for an account, if strangers may."""
    here = site(request)
    if _wants_json(request):
        return JSONResponse({"error": "This invitation does not work any more."}, 410, headers=NO_STORE)
    _ = await texts(request)
    may_ask = here.settings.registrations in ("open", "approval") and await visitor(request) is None
    return await show(
        request,
        "message.html",
        status=410,
        title=_("This invitation does not work any more"),
        text=_("It has expired, was used already, or was taken back. Ask whoever sent it to you for a new one."),
        link_url="/sign_up" if may_ask else "/groups",
        link_text=_("Ask for an account") if may_ask else _("Look at the groups"),
        is_hidden_from_search=True,
    )


@member_page
async def accept(request: Request) -> Response:
    """A member comes into the groups of an invitation."""
    here, code = site(request), str(request.path_params["code"])
    try:
        async with here.transaction() as db:
            found = await invitations.open_by(db, code, now=here.now())
            joined = await invitations.accept(db, here.here, found, signed_in(request).account, now=here.now())
    except Gone:
        return await dead(request)
    return then(request, cards.account_path(joined[0]) if joined else "/groups", "joined" if joined else "")


async def come_in(db: Connection, here: Site, found: InvitationView, account: Account) -> list[Account]:
    """Whose account was just made comes in by the invitation: the groups they are in now. Raises NotFound, Gone."""
    invitation = await invitations.open_by(db, found.code, now=here.now())
    return await invitations.accept(db, here.here, invitation, account, is_new=True, now=here.now())


async def signing_up(request: Request, code: str) -> InvitationView | Response | None:
    """By which invitation somebody signs up; the page to show instead when it works no more. Raises NotFound."""
    if not code:
        return None
    here = site(request)
    async with here.read() as db:
        try:
            return await view(db, here, code)
        except Gone:
            return await dead(request)


routes = [
    Route("/invitations", mine),
    Route("/invitations", make, methods=["POST"]),
    Route("/invitations/withdraw", withdraw, methods=["POST"]),
    Route("/invite/{code}", opened),
    Route("/invite/{code}", accept, methods=["POST"]),
]
"""The link itself is looked at without being used up, as mail programs open it before people do (product 3b)."""
