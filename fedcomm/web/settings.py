"""One's own profile, language, password, sessions and apps (product 3f; S117, S118)."""

from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import i18n
from fedcomm.accounts import logins, oauth, passkeys, profiles, second_step, sessions
from fedcomm.accounts.logins import Look
from fedcomm.accounts.profiles import Changes, Defaults
from fedcomm.errors import Invalid
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.own_pictures import replacing
from fedcomm.http.pages import keep_cookie, member_page, member_upload, own_path, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.jobs import mail_queue
from fedcomm.looks.choices import page_languages, post_languages, zones
from fedcomm.looks.frame import ZONE_COOKIE, language_cookie, locale_of, show, texts, zone
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import AppLine
from fedcomm.web import addressed, own_pictures, proving
from fedcomm.web.own_pictures import PicturesForm
from fedcomm.web.sign_in import begin_session
from fedcomm.web.sign_up import weakness

A_YEAR = 365 * 86_400


class ProfileForm(msgspec.Struct):
    """What others see, and how pages are shown to oneself."""

    name: str = ""
    bio: str = ""
    is_locked: str = ""
    locale: str = ""
    language: str = ""
    zone: str = ""
    look: Look = "system"
    contrast: str = ""


class PasswordForm(msgspec.Struct):
    """A new password, and the present one as proof."""

    current_password: str = ""
    password: str = ""


class AppForm(msgspec.Struct):
    """Which app is to be disconnected."""

    app: str = ""


class LanguageForm(msgspec.Struct):
    """The language of our pages, and where to go back to."""

    language: str = ""
    next: str = ""


@member_page
async def profile_page(request: Request) -> Response:
    """The form."""
    return await _profile_form(request, _present(request), {})


def _present(request: Request) -> ProfileForm:
    """The profile as it is."""
    found = signed_in(request)
    here = site(request)
    return ProfileForm(
        name=found.account.name,
        bio=found.account.bio_source,
        is_locked="yes" if found.account.is_locked else "",
        locale=found.login.locale,
        language=found.login.default_language or here.settings.default_language,
        zone=found.login.time_zone or _browsers_zone(request) or here.settings.time_zone,
        look=found.login.look,
        contrast="yes" if found.login.has_more_contrast else "",
    )


def _browsers_zone(request: Request) -> str:
    name = request.cookies.get(ZONE_COOKIE, "")
    return name if zone(name) else ""


async def _profile_form(
    request: Request,
    form: ProfileForm,
    errors: dict[str, str],
    *,
    pictures: PicturesForm | None = None,
    status: int = 200,
) -> Response:
    here, me = site(request), signed_in(request).account
    return await show(
        request,
        "settings/profile.html",
        status=status,
        form=cast("dict[str, object]", msgspec.to_builtins(form)),
        errors=errors,
        pictures=own_pictures.shown(me, pictures or own_pictures.form_of(me)),
        locales=page_languages(),
        languages=post_languages(await locale_of(request), (form.language, *here.settings.languages)),
        zones=zones(),
    )


@member_page
async def save_profile(request: Request) -> Response:
    """Save it; followers elsewhere are told what others see."""
    here = site(request)
    found = signed_in(request)
    form = await read(request, ProfileForm)
    _ = await texts(request)
    errors: dict[str, str] = {}
    if not form.name.strip():
        errors["name"] = _("Please say your name.")
    if form.zone and zone(form.zone) is None:
        errors["zone"] = _("This time zone is not known.")
    if errors:
        return await _profile_form(request, form, errors, status=422)
    changes = Changes(name=form.name, bio=form.bio, is_locked=form.is_locked == "yes")
    try:
        async with here.transaction() as db:
            await profiles.edit(db, here.here, found.account, changes, now=here.now())
            await profiles.set_defaults(db, found.account.id, Defaults(language=form.language))
            await logins.prefer(db, found.account.id, locale=i18n.closest(form.locale), time_zone=form.zone or None)
            await logins.choose_look(db, found.account.id, form.look, has_more_contrast=form.contrast == "yes")
    except Invalid as refused:
        errors = errors_of(refused, _, {"display_name": "name", "note": "bio"})
        return await _profile_form(request, form, errors, status=422)
    forget_tokens(here)
    return then(request, "/settings", "saved")


async def _save_pictures(request: Request) -> Response:
    """Change one's pictures and what is said of them; followers elsewhere are told."""
    here, me = site(request), signed_in(request).account
    form = own_pictures.read(request)
    try:
        changes = await own_pictures.changes(here, request, me, form)
        if changes != own_pictures.NOTHING:
            async with replacing(here, me.id, changes) as db:
                await profiles.edit(db, here.here, me, changes, now=here.now())
    except Invalid as refused:
        errors = errors_of(refused, await texts(request))
        return await _profile_form(request, _present(request), errors, pictures=form, status=422)
    return then(request, "/settings", "saved")


save_pictures = member_upload(_save_pictures)


@page
async def switch_language(request: Request) -> Response:
    """Show pages in another language from now on, in this browser or for this member."""
    here = site(request)
    form = await read(request, LanguageForm)
    found = await visitor(request)
    locale = i18n.closest(form.language)
    response = then(request, own_path(form.next))
    if locale is not None and found is not None:
        async with here.transaction(wakes=()) as db:
            await logins.prefer(db, found.account.id, locale=locale)
    if locale is not None:
        keep_cookie(response, here, language_cookie(here), locale, seconds=A_YEAR)
    return response


@member_page
async def access_page(request: Request) -> Response:
    """Mail address, password, sessions and apps."""
    return await access(request, {})


async def access(
    request: Request, errors: dict[str, str], *, form: dict[str, str] | None = None, status: int = 200
) -> Response:
    """The page about how one gets in, after a form of it was refused."""
    here = site(request)
    found = signed_in(request)
    async with here.read() as db:
        live = await sessions.of_account(db, found.account.id, now=here.now())
        apps = await oauth.authorised_apps(db, found.account.id)
        given = await oauth.granted(db, found.account.id)
        has_second_step = await second_step.is_on(db, found.account.id)
        devices = await passkeys.of_account(db, found.account.id)
        is_paused = await mail_queue.is_paused(db, found.login.email, now=here.now())
    return await show(
        request,
        "settings/access.html",
        status=status,
        form=form or {},
        errors=errors,
        proof=proving.asked(request, "/settings/access"),
        email=found.login.email,
        new_email=found.login.new_email,
        has_second_step=has_second_step,
        sign_on_name=chosen.name if (chosen := here.config.sign_on) else "",
        passkeys_count=len(devices),
        is_paused=is_paused and here.sends_mail,
        sessions_count=len(live),
        apps=[_app_line(app, given.get(app.id)) for app in apps],
    )


def _app_line(app: oauth.App, given: oauth.Granted | None) -> AppLine:
    return AppLine(
        id=str(app.id),
        name=app.name,
        website=app.website,
        scopes=tuple(given.scopes if given else app.scopes),
        created_at=given.since if given else app.created_at,
        last_used_at=given.last_used_at if given else None,
    )


@member_page
async def change_password(request: Request) -> Response:
    """Set a new password: all sessions and tokens end, and this browser gets a new session (S118)."""
    here = site(request)
    found = signed_in(request)
    form = await read(request, PasswordForm)
    _ = await texts(request)
    if errors := await proving.unproven(request, form.current_password) or weakness(form.password, _):
        return await access(request, errors, status=422)
    async with here.transaction(wakes=("facts", "mail")) as db:
        await logins.set_password(db, found.account.id, form.password, now=here.now())
    forget_tokens(here)
    return await begin_session(request, found.account, "/settings/access", note="password-changed")


@member_page
async def revoke_app(request: Request) -> Response:
    """Disconnect an app: its tokens end at once."""
    here = site(request)
    form = await read(request, AppForm)
    async with here.transaction(wakes=()) as db:
        await oauth.revoke_app(db, signed_in(request).account.id, addressed.id_of(form.app))
    forget_tokens(here)
    return then(request, "/settings/access", "app-ended")


routes = [
    Route("/settings", profile_page),
    Route("/settings", save_profile, methods=["POST"]),
    Route("/settings/pictures", save_pictures, methods=["POST"], has_time_limit=False),
    Route("/language", switch_language, methods=["POST"]),
    Route("/settings/access", access_page),
    Route("/settings/password", change_password, methods=["POST"]),
    Route("/settings/apps/revoke", revoke_app, methods=["POST"]),
]
