"""A page as an answer: the frame around it, the reader's language and zone, the headers of every page (S088)."""

import hashlib
from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fedcomm import i18n
from fedcomm.accounts import signup
from fedcomm.database import Connection
from fedcomm.http import headers
from fedcomm.http.context import Site, site
from fedcomm.http.pages import Visitor, cookie_name, csrf_token, keep_cookie, keep_csrf, own_path, visitor
from fedcomm.looks import cards, notes
from fedcomm.looks.palettes import OWN
from fedcomm.looks.rendering import render
from fedcomm.looks.shown import MemberCard, Page, SiteCard
from fedcomm.notifications import reading as notices
from fedcomm.permissions import may_here
from fedcomm.threads import conversations

Texts = Callable[[str], str]
"""`_`: an English sentence of ours in the language of the reader."""

MOST_UNREAD = 99
ZONE_COOKIE = "fedcomm_zone"
"""Set by the little script on our pages: the zone of the browser, for who has not chosen one (D65)."""


def language_cookie(here: Site) -> str:
    """Where a visitor's choice of language is kept."""
    return cookie_name(here) + "_language"


async def locale_of(request: Request) -> str:
    """The language to answer in: the member's own, the visitor's choice, the browser's, the instance's."""
    here = site(request)
    found = await visitor(request)
    return i18n.choose(
        account_locale=found.login.locale if found else request.cookies.get(language_cookie(here)),
        accept_language=request.headers.get("accept-language"),
        site=here.settings.default_language,
    )


async def texts(request: Request) -> Texts:
    """`_`, for sentences that stand in code."""
    return i18n.translator(await locale_of(request)).gettext


async def show(
    request: Request,
    template: str,
    *,
    status: int = 200,
    form_target: str = "",
    canonical_url: str | None = None,
    activity_url: str | None = None,
    is_hidden_from_search: bool = False,
    **context: object,
) -> Response:
    """A page. `form_target`: where the consent page's form may lead beside here (D28)."""
    here = site(request)
    code = request.cookies.get(notes.cookie(here), "")
    page = await _page(
        request,
        code,
        canonical_url=canonical_url,
        activity_url=activity_url,
        is_hidden_from_search=is_hidden_from_search,
    )
    text = render(template, await locale_of(request), page=page, status=status, **context)
    response = HTMLResponse(text, status)
    response.headers["Content-Security-Policy"] = headers.content_security_policy(
        form_target, media_origin=_origin(here.here.media_base)
    )
    response.headers["Cache-Control"] = headers.PRIVATE
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    if code and request.method != "HEAD":
        keep_cookie(response, here, notes.cookie(here), "", seconds=0)
    keep_csrf(request, response)
    return response


async def _page(
    request: Request,
    note: str,
    *,
    canonical_url: str | None,
    activity_url: str | None,
    is_hidden_from_search: bool,
) -> Page:
    here = site(request)
    found = await visitor(request)
    member: MemberCard | None = None
    if found is not None:
        async with here.read() as db:
            member = await _member(db, found)
    message = notes.message(note, await texts(request)) if note else None
    return Page(
        site=SiteCard(
            name=here.settings.name,
            domain=here.here.domain,
            purpose=here.settings.purpose,
            registrations=here.settings.registrations,
            source_url="/source",
            sends_mail=here.sends_mail,
            texts=here.settings.texts,
            accent=here.settings.accent or OWN,
            logo_path=f"/logo/{here.settings.logo}" if here.settings.logo else None,
            icons_version=icons_version(here),
            picture_url=picture_url(here),
        ),
        now=here.now(),
        zone=_zone(request, found, here),
        path=_path(request),
        csrf_token=await csrf_token(request),
        media_url=here.here.media_base or "/media",
        files_url=here.here.media_base or f"{here.here.base_url}/media",
        member=member,
        messages=(message,) if message else (),
        canonical_url=canonical_url,
        activity_url=activity_url,
        is_hidden_from_search=is_hidden_from_search,
    )


def icons_version(here: Site) -> str:
    """What changes when the pictures under which the place is installed do."""
    chosen = here.settings
    return hashlib.sha256(f"{chosen.name} {chosen.accent} {chosen.logo}{chosen.picture}".encode()).hexdigest()[:8]


def picture_url(here: Site) -> str:
    """Where others find the picture of the place, 1200 x 630."""
    return f"{here.here.base_url}/icons/wide.jpg?{icons_version(here)}"


def icon_url(here: Site, size: int) -> str:
    """Where others find its square one in a size that systems ask for."""
    return f"{here.here.base_url}/icons/{size}.png?{icons_version(here)}"


def _origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


async def _member(db: Connection, found: Visitor) -> MemberCard:
    is_admin = may_here(found.login.role, "see admin")
    return MemberCard(
        account=cards.account_card(found.account),
        is_admin=is_admin,
        is_owner=may_here(found.login.role, "keep evidence"),
        look=found.login.look,
        has_more_contrast=found.login.has_more_contrast,
        unread_count=await notices.unread(db, found.account.id, limit=MOST_UNREAD),
        unread_messages_count=await conversations.unread(db, found.account.id, limit=MOST_UNREAD),
        waiting_sign_ups_count=await signup.waiting_count(db) if is_admin else 0,
    )


def _path(request: Request) -> str:
    """Where the reader is; after a form that was refused, the page it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    try:
        before = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    return own_path(before.path)


async def reader_zone(request: Request) -> tzinfo:
    """The time zone in which the reader reads and types times."""
    return _zone(request, await visitor(request), site(request))


def _zone(request: Request, found: Visitor | None, here: Site) -> tzinfo:
    own = found.login.time_zone if found else None
    return zone(own or "") or zone(request.cookies.get(ZONE_COOKIE, "")) or zone(here.settings.time_zone) or UTC


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of a name like Europe/Berlin; None when there is none."""
    try:
        return ZoneInfo(name) if name and len(name) <= 64 else None
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError, hence the second clause
        return None
    except KeyError:
        return None
