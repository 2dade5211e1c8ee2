"""One's own account. Source: Mastodon API documentation, methods/accounts (credentials), methods/preferences."""

from typing import Any, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import follows, logins, lookup, profiles
from fedcomm.accounts.profiles import Changes, Defaults, Field
from fedcomm.api.entities import accounts as entities
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.http import own_pictures
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import convert, fields
from fedcomm.http.router import Route
from fedcomm.media.pictures import LARGEST_PICTURE
from fedcomm.threads.model import QuotePolicy

AUDIENCES = {"public": "public", "unlisted": "unlisted", "private": "followers", "direct": "direct"}
MOST_COUNTED = 1_000
LARGEST_FORM = LARGEST_PICTURE + 128 * 1024


class Source(msgspec.Struct):
    """How apps post for somebody."""

    privacy: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    quote_policy: QuotePolicy | None = None


class ProfileForm(msgspec.Struct):
    """What to change; what is left out stays."""

    display_name: str | None = None
    note: str | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    avatar_description: str | None = None
    header_description: str | None = None
    hide_collections: bool | None = None
    show_media: bool | None = None
    show_media_replies: bool | None = None
    show_featured: bool | None = None
    attribution_domains: list[str] | None = None


async def own(db: Connection, request: Request) -> Response:
    account_id = member(request).account.id
    account = await lookup.by_id(db, account_id)
    assert account is not None
    login = member(request).login if member(request).person_id else await logins.of(db, account_id)
    waiting = await follows.followers(db, account_id, below=2**63 - 1, limit=MOST_COUNTED, state="requested")
    return json(entities.credential_account(site(request).here, account, login, follow_requests=len(waiting)))


@needs("profile", even_pending=True)
async def verify_credentials(request: Request) -> Response:
    """My account, as every app asks for it first."""
    async with site(request).read() as db:
        return await own(db, request)


@needs("write:accounts")
async def update_credentials(request: Request) -> Response:
    """Change my profile, its pictures among it, and how apps post for me."""
    await change(request)
    async with site(request).read() as db:
        return await own(db, request)


async def change(request: Request) -> None:
    """What a request says about my profile, done. Raises Invalid."""
    files: dict[str, bytes] = {}
    given = await fields(request, largest=LARGEST_FORM, files=files)
    form, source = convert(ProfileForm, given), convert(Source, _source(given))
    lines = _profile_fields(given.get("fields_attributes"))
    pictures = await own_pictures.kept(site(request), files)
    changes = Changes(
        name=form.display_name,
        bio=form.note,
        fields=lines,
        is_locked=form.locked,
        is_bot=form.bot,
        is_discoverable=form.discoverable,
        is_indexable=form.indexable,
        avatar=pictures.get("avatar"),
        header=pictures.get("header"),
        avatar_description=form.avatar_description,
        header_description=form.header_description,
        hides_follows=form.hide_collections,
        shows_media=form.show_media,
        shows_media_replies=form.show_media_replies,
        shows_featured=form.show_featured,
        attribution_domains=form.attribution_domains,
    )
    await _put(request, changes, source)


async def remove_picture(request: Request, *, is_avatar: bool) -> None:
    """Show the generated picture again; nothing happens if it is shown already."""
    me = member(request).account
    if (me.avatar_url if is_avatar else me.header_url) is not None:
        away = Changes(avatar="", avatar_description="") if is_avatar else Changes(header="", header_description="")
        await _put(request, away, Source())


async def _put(request: Request, changes: Changes, source: Source) -> None:
    """Change my profile, and how apps post for me."""
    async with own_pictures.replacing(site(request), member(request).account.id, changes) as db:
        await _change(db, request, changes, source)


async def _change(db: Connection, request: Request, changes: Changes, source: Source) -> None:
    here, me = site(request), member(request).account
    if changes != Changes():
        await profiles.edit(db, here.here, me, changes, now=here.now())
    privacy = AUDIENCES.get(source.privacy, source.privacy) if source.privacy is not None else None
    defaults = Defaults(
        audience=privacy, is_sensitive=source.sensitive, language=source.language, quote_policy=source.quote_policy
    )
    if defaults != Defaults():
        await profiles.set_defaults(db, me.id, defaults)


def _source(given: dict[str, Any]) -> dict[str, Any]:
    source = given.get("source", {})
    if not isinstance(source, dict):
        raise Invalid("source is not valid.", field="source")
    return cast("dict[str, Any]", source)


def _profile_fields(given: object) -> list[Field] | None:
    """The lines of a profile, which come as a list or under numbers."""
    if given is None:
        return None
    if isinstance(given, dict):
        numbered = cast("dict[str, object]", given)
        given = [numbered[key] for key in sorted(numbered, key=lambda key: (len(key), key))]
    try:
        return msgspec.convert(given, list[Field], strict=False)
    except msgspec.ValidationError:
        raise Invalid("fields_attributes is not valid.", field="fields_attributes") from None


@needs("read:accounts")
async def show_preferences(request: Request) -> Response:
    """How my apps post and read, unless they ask me."""
    login = member(request).login
    return json(
        {
            "posting:default:visibility": entities.visibility(login.default_audience),
            "posting:default:sensitive": login.default_sensitive,
            "posting:default:language": login.default_language,
            "posting:default:quote_policy": login.default_quote_policy,
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": False,
        }
    )


routes = [
    Route("/api/v1/accounts/verify_credentials", verify_credentials),
    Route("/api/v1/accounts/update_credentials", update_credentials, methods=["PATCH", "PUT"]),
    Route("/api/v1/preferences", show_preferences),
]
