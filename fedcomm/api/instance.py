"""What this instance is and can do, which clients ask first. Source: Mastodon API documentation, methods/instance.

Only what works is announced (decisions D37, D75).
"""

import hashlib
from datetime import datetime, timedelta
from html import escape
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import __version__, instance_texts, settings
from fedcomm.accounts import lookup, people
from fedcomm.api import levels
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities import rules
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.here import Here
from fedcomm.http import strangers
from fedcomm.http.answers import json
from fedcomm.http.auth import needs, public
from fedcomm.http.context import Site, site
from fedcomm.http.forms import query
from fedcomm.http.router import Route
from fedcomm.looks import frame
from fedcomm.media import films, pictures
from fedcomm.media.films import Films
from fedcomm.media.installed import SIZES
from fedcomm.network import peers, usage
from fedcomm.network.peers import Policy
from fedcomm.network.usage import Usage
from fedcomm.notifications.vapid import Vapid
from fedcomm.settings import Settings, StrangersSee, TextKind
from fedcomm.text import languages, limits, markdown
from fedcomm.threads.pins import MOST_PINS
from fedcomm.timelines.featured_tags import MOST_FEATURED

API_VERSIONS = {"mastodon": levels.HIGHEST, "fedcomm": 1}
VERSION = f"{levels.COMPATIBLE_WITH} (compatible; fedcomm {__version__})"
MOST_BLOCKS = 10_000
COUNTED_FOR = timedelta(minutes=5)
REGISTRATION_STATES = ("open", "approval")


class Figures:
    """How many use this instance, counted anew after some minutes. One for each site."""

    def __init__(self) -> None:
        self._counted: tuple[datetime, Usage] | None = None

    async def now(self, here: Site) -> Usage:
        """The figures, at most five minutes old."""
        moment = here.now()
        if self._counted is None or self._counted[0] < moment:
            async with here.read() as db:
                self._counted = (moment + COUNTED_FOR, await usage.count(db, now=moment))
        return self._counted[1]


def _statuses() -> dict[str, Any]:
    return {
        "max_characters": limits.BODY,
        "max_media_attachments": limits.MEDIA,
        "characters_reserved_per_url": 23,
    }


def _media(here: Site) -> dict[str, Any]:
    """What can be uploaded: pictures, and where the machine has programs for them, sound and film."""
    more = here.service(Films).accepted_types
    return {
        "supported_mime_types": [*pictures.accepted_types(), *more],
        "description_limit": limits.ALT_TEXT,
        "image_size_limit": pictures.LARGEST_PICTURE,
        "image_matrix_limit": pictures.MOST_PIXELS,
        "video_size_limit": films.LARGEST_FILM if more else 0,
        "video_frame_rate_limit": films.MOST_FRAMES_A_SECOND if more else 0,
        "video_matrix_limit": films.MOST_PIXELS if more else 0,
    }


def _polls() -> dict[str, Any]:
    return {
        "max_options": limits.POLL_OPTIONS,
        "max_characters_per_option": limits.POLL_OPTION,
        "min_expiration": limits.POLL_SECONDS_MIN,
        "max_expiration": limits.POLL_SECONDS,
    }


def _profile() -> dict[str, Any]:
    return {
        "max_display_name_length": limits.NAME,
        "max_note_length": limits.BIO,
        "max_avatar_description_length": limits.PICTURE_OF_PROFILE,
        "max_header_description_length": limits.PICTURE_OF_PROFILE,
        "max_featured_tags": MOST_FEATURED,
        "max_pinned_statuses": MOST_PINS,
        "max_profile_fields": limits.PROFILE_FIELDS,
        "profile_field_name_limit": 255,
        "profile_field_value_limit": 255,
    }


def _rules(of: Settings) -> list[dict[str, Any]]:
    return [rules.rule(each) for each in of.rules]


def _streaming(here: Here) -> str:
    """Where live updates are: the origin, to which clients add the path."""
    scheme, _, host = here.base_url.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{host}"


async def _contact(db: Connection, here: Site) -> dict[str, Any] | None:
    """Whom to turn to: the account that was named, else the first who owns or runs this instance."""
    handle = here.settings.contact_account or await people.first_in_charge(db)
    found = await lookup.local(db, handle) if handle else None
    return entities.account(here.here, found) if found is not None else None


@public
async def show_instance(request: Request) -> Response:
    """This instance."""
    here = site(request)
    chosen, base = here.settings, here.here.base_url
    figures = await here.service(Figures).now(here)
    vapid = await here.service(Vapid).public_key(now=here.now())
    async with here.read() as db:
        contact = await _contact(db, here)
    return json(
        {
            "domain": here.here.domain,
            "title": chosen.name,
            "version": VERSION,
            "source_url": here.config.source_url,
            "description": chosen.purpose,
            "wrapstodon": None,
            "usage": {"users": {"active_month": figures.active_month}},
            "thumbnail": {"url": frame.picture_url(here), "description": ""},
            "icon": [{"src": frame.icon_url(here, size), "size": f"{size}x{size}"} for size in SIZES],
            "languages": list(chosen.languages),
            "configuration": {
                "urls": {
                    "streaming": _streaming(here.here),
                    "status": None,
                    "about": f"{base}/about",
                    "privacy_policy": _text_url(here, "privacy"),
                    "terms_of_service": _text_url(here, "terms"),
                },
                "vapid": {"public_key": vapid},
                "accounts": _profile(),
                "statuses": _statuses(),
                "media_attachments": _media(here),
                "polls": _polls(),
                "translation": {"enabled": False},
                "timelines_access": {
                    "live_feeds": _open_to(chosen),
                    "hashtag_feeds": _open_to(chosen),
                    "trending_link_feeds": {"local": "public", "remote": "disabled"},
                },
                "limited_federation": chosen.federation == "allowlist",
                "fedcomm": {"max_title_characters": limits.TITLE, "max_groups": 5},
            },
            "registrations": {
                "enabled": chosen.registrations in REGISTRATION_STATES,
                "approval_required": chosen.registrations == "approval",
                "reason_required": False,
                "message": _paragraphs(chosen.registrations_note) or None,
                "min_age": None,
                "url": None,
            },
            "api_versions": API_VERSIONS,
            "contact": {"email": chosen.contact_email, "account": contact},
            "rules": _rules(chosen),
        }
    )


@public
async def show_instance_v1(request: Request) -> Response:
    """This instance as older clients read it; `uri` is a bare host."""
    here = site(request)
    chosen = here.settings
    figures = await here.service(Figures).now(here)
    async with here.read() as db:
        contact = await _contact(db, here)
    return json(
        {
            "uri": here.here.domain,
            "title": chosen.name,
            "short_description": chosen.purpose,
            "description": _paragraphs(chosen.description or chosen.purpose),
            "email": chosen.contact_email,
            "version": VERSION,
            "urls": {"streaming_api": _streaming(here.here)},
            "stats": {
                "user_count": figures.people,
                "status_count": figures.threads + figures.replies,
                "domain_count": figures.peers,
            },
            "thumbnail": frame.picture_url(here),
            "languages": list(chosen.languages),
            "registrations": chosen.registrations in REGISTRATION_STATES,
            "approval_required": chosen.registrations == "approval",
            "invites_enabled": False,
            "configuration": {
                "accounts": _profile(),
                "statuses": _statuses(),
                "media_attachments": _media(here),
                "polls": _polls(),
            },
            "contact_account": contact,
            "rules": _rules(chosen),
        }
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part.strip(), quote=False)}</p>" for part in text.split("\n\n") if part.strip())


@public
async def show_rules(request: Request) -> Response:
    """The rules of this instance."""
    return json(_rules(site(request).settings))


@public
async def show_peers(request: Request) -> Response:
    """Which other servers are known here, apart from suspended ones."""
    async with site(request).read() as db:
        return json(await peers.known(db))


LONGEST_BEGINNING = 100
MOST_BEGINNING_SO = 10


class BeginningForm(msgspec.Struct):
    """How a name begins."""

    q: str = ""


@public
async def find_peers(request: Request) -> Response:
    """Names of servers known here that begin with a text."""
    beginning = query(request, BeginningForm).q.strip().lower()[:LONGEST_BEGINNING]
    async with site(request).read() as db:
        found = await peers.known(db) if beginning else []
    return json([name for name in found if name.startswith(beginning)][:MOST_BEGINNING_SO])


@needs()
async def show_domain_blocks(request: Request) -> Response:
    """Which servers are suspended or limited here, for members; why is for those who decide it."""
    severities: dict[Policy, str] = {"suspended": "suspend", "limited": "silence"}
    found: list[dict[str, str]] = []
    async with site(request).read() as db:
        for policy, severity in severities.items():
            found += [
                {
                    "domain": each.authority,
                    "digest": hashlib.sha256(each.authority.encode()).hexdigest(),
                    "severity": severity,
                }
                for each in await peers.page(db, of_policy=policy, limit=MOST_BLOCKS)
            ]
    return json(sorted(found, key=lambda each: each["domain"]))


@public
async def show_description(request: Request) -> Response:
    """The long description of this instance."""
    here = site(request)
    async with here.read() as db:
        changed_at = await settings.changed_at(db, "description")
    return json({"updated_at": stamp(changed_at or here.now()), "content": _paragraphs(here.settings.description)})


def _open_to(chosen: Settings) -> dict[str, str]:
    """Who may read feeds of our posts and of others'."""
    told: dict[str, StrangersSee] = {"local": "ours", "remote": "others"}
    return {name: "public" if strangers.may_see(chosen, None, what) else "authenticated" for name, what in told.items()}


def _text_url(here: Site, kind: TextKind) -> str | None:
    return f"{here.here.base_url}/about/texts/{kind}" if kind in here.settings.texts else None


@public
async def show_privacy_policy(request: Request) -> Response:
    """The privacy policy that holds. Raises NotFound."""
    here = site(request)
    async with here.read() as db:
        found = await instance_texts.versions(db, "privacy")
    now = instance_texts.holding(found, today=here.now().date())
    if now is None:
        raise NotFound
    return json({"updated_at": stamp(now.saved_at), "content": markdown.render(now.source, home=here.here.base_url)})


@public
async def show_terms(request: Request) -> Response:
    """The terms that hold, or those of a day. Raises NotFound."""
    here, day = site(request), str(request.path_params.get("date", ""))
    today = here.now().date()
    async with here.read() as db:
        found = await instance_texts.versions(db, "terms")
    shown = next((each for each in found if each.effective_on.isoformat() == day and each.source), None)
    if not day:
        shown = instance_texts.holding(found, today=today)
    if shown is None:
        raise NotFound
    later = instance_texts.coming(found, after=shown.effective_on)
    return json(
        {
            "effective_date": shown.effective_on.isoformat(),
            "effective": shown.effective_on <= today,
            "content": markdown.render(shown.source, home=here.here.base_url),
            "succeeded_by": later.effective_on.isoformat() if later is not None else None,
        }
    )


@public
async def show_languages(request: Request) -> Response:
    """The languages that posts may be in."""
    return json([{"code": each.tag, "name": each.name} for each in languages.known("en")])


@public
async def no_translations(_request: Request) -> Response:
    """Nothing is translated."""
    return json(b"{}")


routes = [
    Route("/api/v2/instance", show_instance),
    Route("/api/v1/instance", show_instance_v1),
    Route("/api/v1/instance/rules", show_rules),
    Route("/api/v1/instance/peers", show_peers),
    Route("/api/v1/peers/search", find_peers),
    Route("/api/v1/instance/domain_blocks", show_domain_blocks),
    Route("/api/v1/instance/extended_description", show_description),
    Route("/api/v1/instance/languages", show_languages),
    Route("/api/v1/instance/translation_languages", no_translations),
    Route("/api/v1/instance/privacy_policy", show_privacy_policy),
    Route("/api/v1/instance/terms_of_service", show_terms, name="terms_of_service"),
    Route("/api/v1/instance/terms_of_service/{date}", show_terms, name="terms_of_service of a day"),
]
