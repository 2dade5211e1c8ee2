"""Where one is signed in, and when, how and with what one was, or somebody tried (product 3f; D60, S097, S117)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import sessions, sign_ins
from fedcomm.accounts.sessions import Session
from fedcomm.accounts.sign_ins import SignIn
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.shown import SessionLine, SignInLine
from fedcomm.web import addressed
from fedcomm.web.browsers import browser_name
from fedcomm.web.paging import Paged, cursor

PAGE = "/settings/sign_ins"


class SessionForm(msgspec.Struct):
    """Which session is to end."""

    session: str = ""


@member_page
async def sign_ins_page(request: Request) -> Response:
    """The browsers that are signed in, and what happened in the last 30 days."""
    here, found, _ = site(request), signed_in(request), await texts(request)
    asked = cursor(request)
    async with here.read() as db:
        live = await sessions.of_account(db, found.account.id, now=here.now())
        known = await sign_ins.of_account(db, found.account.id, asked)
    around = Paged(request, [each.id for each in known], asked)
    portal = here.config.sign_on.name if here.config.sign_on else ""
    return await show(
        request,
        "settings/sign_ins.html",
        sessions=[_session_line(each, found.session.id, _) for each in live],
        sign_ins=[_line(each, portal, _) for each in known[around.first : around.last]],
        days=here.durations.keep_sign_ins.days,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


def _session_line(session: Session, this_one: int, _: Texts) -> SessionLine:
    return SessionLine(
        id=str(session.id),
        description=browser_name(session.user_agent) or _("Another program"),
        last_used_at=session.last_used_at,
        is_this_one=session.id == this_one,
    )


def _line(each: SignIn, portal: str, _: Texts) -> SignInLine:
    ways = {
        "password": _("Password"),
        "code": _("Second step with a code"),
        "passkey": _("Passkey"),
        "provider": portal or _("Account elsewhere"),
        "link": _("Link from a mail"),
        "sign-up": _("First time here"),
    }
    return SignInLine(
        let_in=each.let_in,
        way=ways[each.way],
        description=each.program or _("Another program"),
        network=each.network,
        times=each.times,
        happened_at=each.happened_at,
    )


@member_page
async def end_session(request: Request) -> Response:
    """Sign out another browser."""
    here = site(request)
    form = await read(request, SessionForm)
    async with here.transaction(wakes=()) as db:
        ended = await sessions.end(db, signed_in(request).account.id, addressed.id_of(form.session))
    return then(request, PAGE, "session-ended" if ended else "gone")


@member_page
async def end_others(request: Request) -> Response:
    """Sign out all browsers but this one; apps stay."""
    here, found = site(request), signed_in(request)
    await read(request, SessionForm)
    async with here.transaction(wakes=()) as db:
        ended = await sessions.end_others(db, found.account.id, found.session.id)
    return then(request, PAGE, "sessions-ended" if ended else "gone")


routes = [
    Route(PAGE, sign_ins_page),
    Route("/settings/sessions/end", end_session, methods=["POST"]),
    Route("/settings/sessions/end_others", end_others, methods=["POST"]),
]
