"""One's own profile as it is edited, in one piece. Source: Mastodon API documentation, methods/profile."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.api import profile
from fedcomm.api.entities import accounts as entities
from fedcomm.api.featured_tags import entity as featured_tag
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.router import Route
from fedcomm.timelines import featured_tags


@needs("profile")
async def show(request: Request) -> Response:
    """My profile."""
    return await _shown(request)


@needs("write:accounts")
async def change(request: Request) -> Response:
    """Change my profile."""
    await profile.change(request)
    return await _shown(request)


async def _shown(request: Request) -> Response:
    """The Profile entity. A picture that was generated is none of one's own."""
    here = site(request)
    async with here.read() as db:
        me = await lookup.by_id(db, member(request).account.id)
        assert me is not None
        tags = await featured_tags.of(db, me.id)
    known = entities.lasting(here.here, me)
    shown: dict[str, Any] = {
        name: known[name]
        for name in (
            "id", "display_name", "avatar_description", "header_description", "locked", "bot", "hide_collections",
            "discoverable", "indexable", "show_media", "show_media_replies", "show_featured",
        )
    }  # fmt: skip
    for picture, is_own in (("avatar", me.avatar_url is not None), ("header", me.header_url is not None)):
        shown |= {picture: known[picture] if is_own else None, f"{picture}_static": known[picture] if is_own else None}
    return json(
        shown
        | {
            "note": me.bio_source,
            "formatted_note": known["note"],
            "fields": entities.raw_fields(me),
            "formatted_fields": known["fields"],
            "attribution_domains": list(me.attribution_domains),
            "featured_tags": [featured_tag(here.here, each) for each in tags],
        }
    )


@needs("write:accounts")
async def remove_avatar(request: Request) -> Response:
    """Show the generated picture of me again."""
    return await _without(request, is_avatar=True)


@needs("write:accounts")
async def remove_header(request: Request) -> Response:
    """Show the generated header again."""
    return await _without(request, is_avatar=False)


async def _without(request: Request, *, is_avatar: bool) -> Response:
    await profile.remove_picture(request, is_avatar=is_avatar)
    async with site(request).read() as db:
        return await profile.own(db, request)


routes = [
    Route("/api/v1/profile", show),
    Route("/api/v1/profile", change, methods=["PATCH", "PUT"]),
    Route("/api/v1/profile/avatar", remove_avatar, methods=["DELETE"]),
    Route("/api/v1/profile/header", remove_header, methods=["DELETE"]),
]
