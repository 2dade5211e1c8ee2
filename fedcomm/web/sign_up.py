"""Asking for an account, and choosing a password by a one-time link (decisions D19, D29, D78, D82; S105, S120)."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm.accounts import attempts, identities, logins, lookup, passwords, sign_up_rules, signup
from fedcomm.accounts.model import Account
from fedcomm.accounts.sign_on_claims import Claims
from fedcomm.errors import Conflict, Gone, Invalid
from fedcomm.groups import mailed_invitations
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.limits import client_address
from fedcomm.http.pages import own_path, page, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.cards import rule_lines
from fedcomm.looks.frame import Texts, locale_of, show, texts
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.looks.shown import InvitationView
from fedcomm.permissions import may_here
from fedcomm.threads import first_look
from fedcomm.web import invitations
from fedcomm.web.sign_in import begin_session, enter


class SignUpForm(msgspec.Struct):
    """Who asks for an account."""

    name: str = ""
    handle: str = ""
    email: str = ""
    password: str = ""
    reason: str = ""
    agreement: str = ""
    next: str = ""
    invite: str = ""
    """The code of an invitation."""


class Holder(msgspec.Struct, frozen=True):
    """Who came back from the provider: what it said, and what they hold of it."""

    ticket: str
    claims: Claims

    def has_confirmed(self, email: str) -> bool:
        """Whether the provider has seen that this mail address is theirs."""
        return self.claims.is_confirmed and logins.email_key(email) == logins.email_key(self.claims.email)


class PasswordForm(msgspec.Struct):
    """A new password."""

    password: str = ""


def is_possible(here: Site, invited: InvitationView | None = None) -> bool:
    """Whether somebody may ask for an account at all: strangers, or who is invited."""
    return here.settings.registrations in ("open", "approval") or (invited is not None and invited.may_sign_up)


@page
async def sign_up_page(request: Request) -> Response:
    """The form, or that nobody can ask at present."""
    code = request.query_params.get("invite", "")
    invited = await invitations.signing_up(request, code)
    if isinstance(invited, Response):
        return invited
    if not is_possible(site(request), invited):
        return await closed(request)
    target = own_path(request.query_params.get("next"), otherwise="")
    if await visitor(request) is not None:
        return RedirectResponse(f"/invite/{invited.code}" if invited else target or "/home", 303)
    async with site(request).read() as db:
        address = await mailed_invitations.address_of(db, code) if invited else ""
    return await sign_up_form(request, SignUpForm(next=target, invite=code, email=address), {}, invited)


@page
async def sign_up(request: Request) -> Response:
    """Make the account: usable at once by invitation or where sign-up is open, waiting for an admin otherwise."""
    here = site(request)
    form = await read(request, SignUpForm)
    invited = await invitations.signing_up(request, form.invite)
    if isinstance(invited, Response):
        return invited
    if not is_possible(here, invited):
        return await closed(request)
    _ = await texts(request)
    errors = missing(form, here, _, is_invited=invited is not None)
    if errors:
        return await sign_up_form(request, form, errors, invited, status=422)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "sign-up", (f"address:{client_address(request)}",), now=here.now())
    return await finish(request, form, invited)


async def finish(
    request: Request, form: SignUpForm, invited: InvitationView | None, holder: Holder | None = None
) -> Response:
    """Make the account of a form that is filled in, and lead on: into it, or to the page that says what comes next.

    `holder`: who signs up with an account elsewhere, and needs no password.
    """
    _ = await texts(request)
    try:
        account, joined, is_approved = await _make(request, form, invited, holder)
    except (Invalid, Conflict) as refused:
        errors = errors_of(refused, _, {"username": "handle"}) if isinstance(refused, Invalid) else {}
        errors = errors or {"": sentence(refused, _)}
        return await sign_up_form(request, form, errors, invited, ticket=holder.ticket if holder else "", status=422)
    except Gone:  # others were faster
        return await invitations.dead(request)
    if account.state == "active":
        there = cards.account_path(joined[0]) if joined else own_path(form.next, otherwise="/groups")
        return await begin_session(request, account, there, note="joined" if joined else "welcome", way="sign-up")
    return await show(
        request,
        "sign_up_received.html",
        form={"handle": account.handle, "email": form.email.strip()},
        is_approved=is_approved,
        joined=tuple(cards.account_card(each) for each in joined),
    )


async def _make(
    request: Request, form: SignUpForm, invited: InvitationView | None, holder: Holder | None
) -> tuple[Account, Sequence[Account], bool]:
    """The account, the groups it is in by invitation, and whether nobody need look at it first.

    Raises Invalid, Gone (others used the invitation up), Conflict (the account elsewhere was used meanwhile).
    """
    here = site(request)
    is_expected = invited is not None or here.settings.registrations == "open"
    async with here.transaction(wakes=("facts", "mail")) as db:
        is_free = await sign_up_rules.check(db, address=client_address(request), email=form.email, now=here.now())
        is_proven = invited is not None and await mailed_invitations.proves(db, form.invite, form.email)
        is_proven = is_proven or (holder is not None and holder.has_confirmed(form.email))
        account = await signup.create_person(
            db,
            here.here,
            handle=form.handle,
            email=form.email,
            password=form.password if holder is None else None,
            name=form.name,
            approved=is_expected and is_free,
            must_confirm=here.sends_mail and not is_proven,
            reason=form.reason,
            locale=await locale_of(request),
            confirmed=holder is not None and is_proven,
            created_by=first_look.OPEN_SIGN_UP if invited is None and is_expected and is_free else "sign-up",
            now=here.now(),
        )
        if holder is not None:
            await identities.connect(db, account.id, holder.claims, now=here.now())
            await identities.use_ticket(db, holder.ticket)
        if invited is None:
            return account, (), is_expected and is_free
        return account, await invitations.come_in(db, here, invited, account), is_expected and is_free


def missing(form: SignUpForm, here: Site, _: Texts, *, is_invited: bool, takes_password: bool = True) -> dict[str, str]:
    """What a browser would have asked for."""
    errors: dict[str, str] = {}
    if not form.name.strip():
        errors["name"] = _("Please say your name.")
    if here.settings.registrations == "approval" and not is_invited and not form.reason.strip():
        errors["reason"] = _("Please say in a few words why you would like to join.")
    if takes_password:
        errors |= weakness(form.password, _)
    if form.agreement != "yes":
        errors["agreement"] = _("Please agree to the rules of this place.")
    return errors


def weakness(password: str, _: Texts) -> dict[str, str]:
    """What is wrong with a password, as the error of its field; empty when nothing is."""
    try:
        passwords.check_strength(password)
    except Invalid as weak:
        return errors_of(weak, _)
    return {}


async def sign_up_form(
    request: Request,
    form: SignUpForm,
    errors: dict[str, str],
    invited: InvitationView | None,
    *,
    ticket: str = "",
    status: int = 200,
) -> Response:
    """The form; with a ticket it asks for no password."""
    rules = rule_lines(site(request).settings.rules, await locale_of(request))
    typed = {"name": form.name, "handle": form.handle, "email": form.email, "reason": form.reason}
    return await show(
        request,
        "sign_up.html",
        status=status,
        form=typed,
        errors=errors,
        rules=rules,
        invitation=invited,
        sign_on_name=chosen.name if (chosen := site(request).config.sign_on) else "",
        ticket=ticket,
        next=own_path(form.next, otherwise=""),
        is_hidden_from_search=True,
    )


async def closed(request: Request) -> Response:
    """The page that says that nobody can ask for an account at present."""
    here = site(request)
    _ = await texts(request)
    return await show(
        request,
        "message.html",
        status=403,
        title=_("New accounts are not given out at present"),
        text=here.settings.registrations_note or _("You can read here, and follow the groups from a server of yours."),
        link_url="/groups",
        link_text=_("Look at the groups"),
        is_hidden_from_search=True,
    )


async def _account_of_link(request: Request) -> tuple[str, Account | None]:
    """The one-time link that was opened, and whom it lets in; looking at it does not use it up (mail scanners)."""
    here = site(request)
    value = str(request.path_params["link"])
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "set-password", (f"address:{client_address(request)}",), now=here.now())
    async with here.read() as db:
        account_id = await logins.account_of_link(db, value, now=here.now())
        account = await lookup.by_id(db, account_id) if account_id is not None else None
    return value, account


@page
async def set_password_page(request: Request) -> Response:
    """The form behind a one-time link."""
    _link, account = await _account_of_link(request)
    if account is None:
        return await _expired(request)
    return await _password_form(request, account, {})


@page
async def set_password(request: Request) -> Response:
    """Save the password and let the person in; the link is used up, and all sessions and tokens have ended (S118)."""
    here = site(request)
    _ = await texts(request)
    form = await read(request, PasswordForm)
    value, account = await _account_of_link(request)
    if account is None:
        return await _expired(request)
    errors = weakness(form.password, _)
    if errors:
        return await _password_form(request, account, errors, status=422)
    try:
        async with here.transaction(wakes=("facts", "mail")) as db:
            await logins.use_link(db, value, form.password, now=here.now())
    except Invalid:
        return await _expired(request)
    forget_tokens(here)
    async with here.read() as db:
        login = await logins.of(db, account.id)
    sets_up = here.settings.setup != "done" and may_here(login.role, "change settings")
    return await enter(request, account, "/admin/setup" if sets_up else "/home", "link", note="password-set")


async def _password_form(request: Request, account: Account, errors: dict[str, str], *, status: int = 200) -> Response:
    async with site(request).read() as db:
        login = await logins.of(db, account.id)
    return await show(
        request,
        "set_password.html",
        status=status,
        account=cards.account_card(account),
        is_first=login.password_hash is None,
        errors=errors,
        is_hidden_from_search=True,
    )


async def _expired(request: Request) -> Response:
    _ = await texts(request)
    here = site(request)
    return await show(
        request,
        "message.html",
        status=404,
        title=_("This link does not work any more"),
        text=_("It was used already, or it has expired.")
        if here.sends_mail
        else _("It was used already, or it has expired. Ask those who run this instance for a new one."),
        link_url="/forgot" if here.sends_mail else "/sign_in",
        link_text=_("Ask for another link") if here.sends_mail else _("Sign in"),
        is_hidden_from_search=True,
    )


routes = [
    Route("/sign_up", sign_up_page),
    Route("/sign_up", sign_up, methods=["POST"]),
    Route("/set_password/{link}", set_password_page),
    Route("/set_password/{link}", set_password, methods=["POST"]),
]
