"""Polls as clients see them. Source: Mastodon API documentation, entities/Poll; mastodon-clients.md trap 8."""

from datetime import datetime
from typing import Any

import msgspec

from fedcomm.api.entities.times import stamp
from fedcomm.errors import Invalid
from fedcomm.http.forms import convert
from fedcomm.polls.model import Poll

GREATEST = 2**31 - 1
"""Some clients read counts as 32 bit."""


def poll(found: Poll, *, now: datetime) -> dict[str, Any]:
    """A poll with what its viewer chose. Some clients want `own_votes` even where nobody is signed in."""
    shows_totals = found.shows_totals(now)
    return {
        "id": str(found.post_id),
        "expires_at": stamp(found.ends_at) if found.ends_at else None,
        "expired": found.has_ended(now),
        "multiple": found.is_multiple,
        "votes_count": min(found.votes_count, GREATEST),
        "voters_count": found.voters_count,
        "options": [
            {"title": option.title, "votes_count": option.votes_count if shows_totals else None}
            for option in found.options
        ],
        "emojis": [],
        "voted": found.voted,
        "own_votes": found.own_votes,
    }


class PollForm(msgspec.Struct):
    """A poll to be asked with a post, as apps send it and find it again with a post that waits for its time."""

    options: list[str] = []
    expires_in: int | None = None
    multiple: bool | None = None
    hide_totals: bool | None = None


def asked(given: dict[str, Any] | str | None) -> PollForm | None:
    """What an app says of a poll; None where it says nothing. Raises Invalid."""
    if not given:
        return None
    if isinstance(given, str):
        raise Invalid("poll is not valid.", field="poll")
    try:
        return convert(PollForm, given)
    except Invalid as wrong:
        raise Invalid(str(wrong), field="poll") from None
