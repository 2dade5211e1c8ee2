"""Custom emoji as clients see them. Source: Mastodon API documentation, entities/CustomEmoji."""

from collections.abc import Mapping, Sequence
from typing import Any

from fedcomm.emojis import Emoji
from fedcomm.here import Here


def used(here: Here, kept: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The emoji that a text uses, as they are kept with it."""
    return [_entity(here, each["shortcode"], each["id"], each["version"], None) for each in kept]


def ours(here: Here, emoji: Emoji) -> dict[str, Any]:
    """One of our own, to choose from."""
    return _entity(here, emoji.shortcode, emoji.id, emoji.version, emoji.category)


def reaction(here: Here, kept: Mapping[str, Any]) -> dict[str, Any]:
    """How many favoured a post with an emoji; with a picture, where that lies."""
    url = here.emoji_url(kept["id"], kept["version"]) if kept["id"] else None
    return {"name": kept["name"], "count": kept["count"], "url": url, "static_url": url}


def _entity(here: Here, shortcode: str, emoji_id: int, version: int, category: str | None) -> dict[str, Any]:
    url = here.emoji_url(emoji_id, version)
    return {
        "shortcode": shortcode,
        "url": url,
        "static_url": url,
        "visible_in_picker": True,
        "category": category,
    }
