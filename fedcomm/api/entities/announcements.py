"""Announcements as clients see them. Source: Mastodon API, entities/Announcement, Reaction."""

from typing import Any

from fedcomm.api.entities.times import stamp
from fedcomm.notifications.announcements import Announcement
from fedcomm.text.sanitise import for_client


def announcement(found: Announcement) -> dict[str, Any]:
    """The Announcement entity."""
    return {
        "id": str(found.id),
        "content": for_client(found.content_html),
        "starts_at": stamp(found.starts_at) if found.starts_at else None,
        "ends_at": stamp(found.ends_at) if found.ends_at else None,
        "all_day": found.is_all_day,
        "published_at": stamp(found.published_at),
        "updated_at": stamp(found.updated_at),
        "read": found.is_read,
        "mentions": [],
        "statuses": [],
        "tags": [],
        "emojis": [],
        "reactions": [{"name": each.name, "count": each.count, "me": each.me} for each in found.reactions],
    }
