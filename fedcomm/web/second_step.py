"""Signing in with a second step: setting it up, new paper codes, switching it off (S118, S120)."""

import io

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts, second_step, sessions
from fedcomm.errors import Conflict, Invalid
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.limits import client_address
from fedcomm.http.pages import Visitor, member_page, set_session, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.sealing import Seal
from fedcomm.web import proving
from fedcomm.web.sign_in import begin_session

PAGE = "/settings/second_step"


class StepForm(msgspec.Struct):
    """The present password as proof of who has one, or a code of the app."""

    current_password: str = ""
    codes_password: str = ""
    code: str = ""


@member_page
async def step_page(request: Request) -> Response:
    """Whether one has it, and what one can do."""
    return await _page(request, {})


async def _page(request: Request, errors: dict[str, str], *, status: int = 200) -> Response:
    async with site(request).read() as db:
        standing = await second_step.standing(db, signed_in(request).account.id)
    return await show(
        request,
        "settings/second_step.html",
        status=status,
        errors=errors,
        proof=proving.asked(request, PAGE),
        is_on=standing.is_on,
        since=standing.since,
        codes_left=standing.paper_codes_left,
    )


@member_page
async def begin(request: Request) -> Response:
    """A secret for the app, as a picture and to type; nothing changes until a code of it was right."""
    here, found = site(request), signed_in(request)
    form = await read(request, StepForm)
    _ = await texts(request)
    if errors := await proving.unproven(request, form.current_password):
        return await _page(request, errors, status=422)
    secret = second_step.new_secret()
    sealed = await here.service(Seal).sealed(second_step.PURPOSE, secret)
    try:
        async with here.transaction(wakes=()) as db:
            await second_step.begin(db, found.account.id, sealed, now=here.now())
    except Conflict as refused:
        return await _page(request, {"": sentence(refused, _)}, status=422)
    return await _scan(request, secret, {})


async def _scan(request: Request, secret: bytes, errors: dict[str, str], *, status: int = 200) -> Response:
    here, found = site(request), signed_in(request)
    name = f"{found.account.handle}@{here.here.domain}"
    picture = io.BytesIO()
    code = segno.make(second_step.uri(secret, name=name, site=here.settings.name), error="m", micro=False)
    code.save(picture, kind="svg", xmldecl=False, svgns=False, nl=False, scale=5, border=3, light="#fff", svgclass="qr")
    return await show(
        request,
        "settings/second_step_scan.html",
        status=status,
        errors=errors,
        picture_html=picture.getvalue().decode(),
        secret=second_step.as_typed(secret),
    )


@member_page
async def turn_on(request: Request) -> Response:
    """The first code was right: it is on, everything else is signed out, and the paper codes are shown once."""
    here, found = site(request), signed_in(request)
    form = await read(request, StepForm)
    _ = await texts(request)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "second-step", (f"account:{found.account.id}",), now=here.now())
    seal = here.service(Seal)
    try:
        async with here.transaction(wakes="mail") as db:
            codes = await second_step.turn_on(db, seal, found.account.id, form.code, now=here.now())
            await attempts.forget(db, "second-step", f"account:{found.account.id}")
    except Conflict as refused:
        return await _page(request, {"": sentence(refused, _)}, status=422)
    except Invalid as refused:
        async with here.read() as db:
            sealed = await second_step.sealed_secret(db, found.account.id)
        secret = await seal.opened(second_step.PURPOSE, sealed) if sealed is not None else None
        if secret is None:
            return await _page(request, errors_of(refused, _), status=422)
        return await _scan(request, secret, errors_of(refused, _), status=422)
    forget_tokens(here)
    return await _codes(request, codes, is_new_session=True)


async def _codes(request: Request, codes: list[str], *, is_new_session: bool) -> Response:
    """The paper codes, in a session of their own when all others have ended."""
    here, found, value = site(request), signed_in(request), ""
    if is_new_session:
        async with here.transaction(wakes=()) as db:
            value = await sessions.begin(
                db,
                found.account.id,
                user_agent=request.headers.get("user-agent", ""),
                address=client_address(request),
                now=here.now(),
            )
            session = await sessions.find(db, value, now=here.now())
        assert session is not None
        request.state.visitor = Visitor(found.account, found.login, session)
    response = await show(request, "settings/second_step_codes.html", codes=codes)
    response.headers["Cache-Control"] = "no-store"
    if is_new_session:
        set_session(response, here, value)
    return response


@member_page
async def more_codes(request: Request) -> Response:
    """Ten new paper codes; the old ones work no more."""
    here, found = site(request), signed_in(request)
    form = await read(request, StepForm)
    if errors := await proving.unproven(request, form.codes_password, "codes_password"):
        return await _page(request, errors, status=422)
    async with here.transaction(wakes=()) as db:
        if not await second_step.is_on(db, found.account.id):
            return then(request, PAGE, "gone")
        codes = await second_step.new_paper_codes(db, found.account.id, now=here.now())
    return await _codes(request, codes, is_new_session=False)


@member_page
async def turn_off(request: Request) -> Response:
    """The password suffices again, after it and a code were right."""
    here, found = site(request), signed_in(request)
    form = await read(request, StepForm)
    _ = await texts(request)
    if errors := await proving.unproven(request, form.current_password):
        return await _page(request, errors, status=422)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "second-step", (f"account:{found.account.id}",), now=here.now())
    async with here.transaction(wakes="mail") as db:
        is_right = await second_step.check(db, here.service(Seal), found.account.id, form.code, now=here.now())
        if is_right:
            await second_step.turn_off(db, found.account.id, now=here.now())
    if not is_right:
        return await _page(request, {"code": _(second_step.WRONG)}, status=422)
    forget_tokens(here)
    return await begin_session(request, found.account, PAGE, note="saved")


routes = [
    Route(PAGE, step_page),
    Route(f"{PAGE}/begin", begin, methods=["POST"]),
    Route(f"{PAGE}/on", turn_on, methods=["POST"]),
    Route(f"{PAGE}/codes", more_codes, methods=["POST"]),
    Route(f"{PAGE}/off", turn_off, methods=["POST"]),
]
