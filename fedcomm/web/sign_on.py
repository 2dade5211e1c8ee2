"""Signing in with an account elsewhere: there and back, a new account here, and connecting it with one's own (S124).

The way there begins with a form of ours, the way back counts once and in the browser that set out (S128), and what
comes back lets in only where somebody has proven before that both accounts are theirs.
"""

import logging
import secrets

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts, identities, logins, lookup
from fedcomm.accounts.identities import Attempt, Ticket
from fedcomm.accounts.sign_on_claims import Claims, NotProven
from fedcomm.accounts.sign_on_provider import Away, Provider
from fedcomm.errors import Conflict, NotFound
from fedcomm.http.context import Site, site
from fedcomm.http.forms import query, read
from fedcomm.http.limits import client_address
from fedcomm.http.pages import cookie_name, keep_cookie, member_page, own_path, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.sign_on_settings import SignOn
from fedcomm.web import invitations, proving, sign_in
from fedcomm.web.sign_up import Holder, SignUpForm, closed, finish, is_possible, missing, sign_up_form

BACK = "/sign_in/back"
SETTINGS = "/settings/sign_on"

log = logging.getLogger(__name__)


class BeginForm(msgspec.Struct):
    """Where to go afterwards, and by which invitation somebody comes."""

    next: str = ""
    invite: str = ""


class BackForm(msgspec.Struct):
    """What the provider sends a browser back with."""

    code: str = ""
    state: str = ""
    error: str = ""
    iss: str = ""


class TicketForm(SignUpForm):
    """A sign-up form of somebody whom the provider knows."""

    ticket: str = ""


class ProofForm(msgspec.Struct):
    """The present password, as proof."""

    current_password: str = ""


def _chosen(request: Request) -> SignOn:
    """The provider of this instance. Raises NotFound (it has none)."""
    chosen = site(request).config.sign_on
    if chosen is None:
        raise NotFound
    return chosen


def _cookie(here: Site) -> str:
    return cookie_name(here) + "_sign_on"


@page
async def begin(request: Request) -> Response:
    """Set out to the provider. Raises NotFound, TooMany."""
    _chosen(request)
    here, form = site(request), await read(request, BeginForm)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "sign-on", (f"address:{client_address(request)}",), now=here.now())
    return await _set_out(request, own_path(form.next, otherwise=""), invite=form.invite[:200], account_id=None)


async def _set_out(request: Request, target: str, *, invite: str, account_id: int | None) -> Response:
    """To the provider, by a page that leads there: a form of ours may not (its policy names this origin only)."""
    here, chosen, _ = site(request), _chosen(request), await texts(request)
    state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _each in range(4))
    try:
        url = await here.service(Provider).address(
            state=state, nonce=nonce, verifier=verifier, back=here.here.base_url + BACK
        )
    except Away as away:
        return await _away(request, chosen, away, target)
    attempt = Attempt(nonce=nonce, verifier=verifier, next=target, invite=invite, account_id=account_id)
    async with here.transaction(wakes=()) as db:
        await identities.set_out(db, attempt, state=state, browser=browser, now=here.now())
    response = await show(request, "sign_on.html", name=chosen.name, url=url, is_hidden_from_search=True)
    response.headers["Refresh"] = f"0; url={url}"
    response.headers["Referrer-Policy"] = "no-referrer"
    keep_cookie(response, here, _cookie(here), browser, seconds=int(identities.ATTEMPT_LASTS.total_seconds()))
    return response


async def _away(request: Request, chosen: SignOn, away: Away, target: str) -> Response:
    log.warning("the OpenID provider is of no use now: %s", away)
    _ = await texts(request)
    told = _("%(name)s cannot be reached just now. Please try again later, or use your password.")
    return await sign_in.refused(request, told % {"name": chosen.name}, target, status=502)


@page
async def back(request: Request) -> Response:
    """Somebody comes back: known, new, or to connect an account. Raises NotFound."""
    chosen, here, form, _ = _chosen(request), site(request), query(request, BackForm), await texts(request)
    browser = request.cookies.get(_cookie(here), "")
    async with here.transaction(wakes=()) as db:
        attempt = await identities.came_back(db, state=form.state, browser=browser, now=here.now())
    if attempt is None and form.error:  # some providers forget the state when they refuse
        return await _let_nobody_in(request, chosen, "")
    if attempt is None:
        told = _("This took too long, or began in another browser. Please begin again.")
        return await sign_in.refused(request, told, "", status=422)
    if form.error or not form.code or (form.iss and form.iss != chosen.issuer):
        return await _let_nobody_in(request, chosen, attempt.next)
    try:
        claims = await here.service(Provider).claims(
            form.code,
            nonce=attempt.nonce,
            verifier=attempt.verifier,
            back=here.here.base_url + BACK,
            now=here.now(),
        )
    except Away as away:
        return await _away(request, chosen, away, attempt.next)
    except NotProven as wrong:
        log.warning("the OpenID provider proved nothing: %s", wrong)
        told = _("What %(name)s sent is no proof of who you are. Please begin again.") % {"name": chosen.name}
        return await sign_in.refused(request, told, attempt.next, status=403)
    if attempt.account_id is not None:
        return await _connect(request, attempt.account_id, claims)
    return await _arrive(request, attempt, claims)


async def _let_nobody_in(request: Request, chosen: SignOn, target: str) -> Response:
    _ = await texts(request)
    told = _("%(name)s did not let you in. Please try again, or use your password.") % {"name": chosen.name}
    return await sign_in.refused(request, told, target, status=403)


async def _connect(request: Request, account_id: int, claims: Claims) -> Response:
    """Connect it with the account that asked for it and is still signed in here."""
    here, found, _ = site(request), await visitor(request), await texts(request)
    if found is None or found.account.id != account_id:
        return await sign_in.refused(request, _("Please sign in, and connect it once more."), SETTINGS, status=403)
    try:
        async with here.transaction(wakes=()) as db:
            await identities.connect(db, account_id, claims, now=here.now())
    except Conflict:
        return then(request, SETTINGS, "connected-elsewhere")
    return then(request, SETTINGS, "connected")


async def _arrive(request: Request, attempt: Attempt, claims: Claims) -> Response:
    """Let in whom we know; whom we do not know may sign up as anybody may, or is told to prove both first (S124)."""
    here, _ = site(request), await texts(request)
    async with here.read() as db:
        account_id = await identities.account_of(db, claims)
        account = await lookup.by_id(db, account_id) if account_id is not None else None
        login = await logins.of(db, account.id) if account is not None else None
        has_account = claims.is_confirmed and await logins.find(db, claims.email) is not None
    if account is not None and login is not None:
        async with here.transaction(wakes=()) as db:
            await identities.used(db, claims, now=here.now())
        return await sign_in.let_in(request, account, login, attempt.next, "provider")
    if has_account:
        told = _("There is an account with your mail address here. Sign in with its password, and connect both.")
        return await sign_in.refused(request, told, SETTINGS, typed=claims.email, status=403)
    invited = await invitations.signing_up(request, attempt.invite)
    if isinstance(invited, Response):
        return invited
    if not is_possible(here, invited):
        return await closed(request)
    async with here.transaction(wakes=()) as db:
        kept = Ticket(claims=claims, next=attempt.next, invite=attempt.invite)
        value = await identities.give_ticket(db, kept, now=here.now())
    form = SignUpForm(name=claims.name, handle=claims.handle, email=claims.email, next=attempt.next)
    return await sign_up_form(request, form, {}, invited, ticket=value)


@page
async def sign_up(request: Request) -> Response:
    """Make an account for somebody whom the provider knows, under the rules for all. Raises TooMany."""
    _chosen(request)
    here, form, _ = site(request), await read(request, TicketForm), await texts(request)
    async with here.read() as db:
        kept = await identities.ticket(db, form.ticket, now=here.now())
    if kept is None:
        return await sign_in.refused(request, _("That took too long. Please begin again."), "", status=422)
    invited = await invitations.signing_up(request, kept.invite)
    if isinstance(invited, Response):
        return invited
    if not is_possible(here, invited):
        return await closed(request)
    form.invite, form.next = kept.invite, kept.next
    errors = missing(form, here, _, is_invited=invited is not None, takes_password=False)
    if errors:
        return await sign_up_form(request, form, errors, invited, ticket=form.ticket, status=422)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "sign-up", (f"address:{client_address(request)}",), now=here.now())
    return await finish(request, form, invited, Holder(form.ticket, kept.claims))


@member_page
async def settings_page(request: Request) -> Response:
    """What one signs in with elsewhere, to connect and disconnect. Raises NotFound."""
    return await _settings(request, {})


async def _settings(request: Request, errors: dict[str, str], *, status: int = 200) -> Response:
    chosen, found = _chosen(request), signed_in(request)
    async with site(request).read() as db:
        connected = await identities.of(db, found.account.id)
    return await show(
        request,
        "settings/sign_on.html",
        status=status,
        name=chosen.name,
        errors=errors,
        proof=proving.asked(request, SETTINGS),
        connected=next((each for each in connected if each.issuer == chosen.issuer), None),
    )


@member_page
async def connect(request: Request) -> Response:
    """Set out to connect an account elsewhere with one's own, whose password proves it. Raises NotFound, TooMany."""
    _chosen(request)
    if errors := await proving.unproven(request, (await read(request, ProofForm)).current_password):
        return await _settings(request, errors, status=422)
    return await _set_out(request, SETTINGS, invite="", account_id=signed_in(request).account.id)


@member_page
async def disconnect(request: Request) -> Response:
    """It lets in no more, unless nothing else would. Raises NotFound, TooMany."""
    chosen, here, _ = _chosen(request), site(request), await texts(request)
    if errors := await proving.unproven(request, (await read(request, ProofForm)).current_password):
        return await _settings(request, errors, status=422)
    try:
        async with here.transaction(wakes=()) as db:
            await identities.disconnect(db, signed_in(request).account.id, chosen.issuer, now=here.now())
    except Conflict as refused:
        return await _settings(request, {"": sentence(refused, _)}, status=422)
    return then(request, SETTINGS, "disconnected")


routes = [
    Route("/sign_in/with", begin, methods=["POST"]),
    Route(BACK, back),
    Route("/sign_up/with", sign_up, methods=["POST"]),
    Route(SETTINGS, settings_page),
    Route(f"{SETTINGS}/connect", connect, methods=["POST"]),
    Route(f"{SETTINGS}/disconnect", disconnect, methods=["POST"]),
]
