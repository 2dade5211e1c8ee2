"""Filters as clients see them, and which of them a post meets. Source: Mastodon API, entities/Filter, FilterResult."""

from collections.abc import Mapping, Sequence
from typing import Any

from fedcomm.api.entities.times import stamp
from fedcomm.text.sanitise import to_plain
from fedcomm.timelines.filters import Filter, FilteredPost, Keyword


def keyword(found: Keyword) -> dict[str, Any]:
    """The FilterKeyword entity."""
    return {"id": str(found.id), "keyword": found.keyword, "whole_word": found.is_whole_word}


def filtered_post(found: FilteredPost) -> dict[str, Any]:
    """The FilterStatus entity."""
    return {"id": str(found.id), "status_id": str(found.post_id)}


def filter_(found: Filter) -> dict[str, Any]:
    """The Filter entity."""
    return {
        "id": str(found.id),
        "title": found.title,
        "context": found.contexts,
        "expires_at": stamp(found.expires_at) if found.expires_at else None,
        "filter_action": found.action,
        "keywords": [keyword(each) for each in found.keywords],
        "statuses": [filtered_post(each) for each in found.posts],
    }


def first_version(found: Filter, word: Keyword) -> dict[str, Any]:
    """The V1::Filter entity: there each keyword is a filter of its own."""
    return {
        "id": str(word.id),
        "phrase": word.keyword,
        "context": found.contexts,
        "expires_at": stamp(found.expires_at) if found.expires_at else None,
        "irreversible": found.action == "hide",
        "whole_word": word.is_whole_word,
    }


def results(status: Mapping[str, Any], mine: Sequence[Filter]) -> list[dict[str, Any]]:
    """The FilterResult entities of a post: which filters it meets, and by what."""
    text = _searched(status)
    found: list[dict[str, Any]] = []
    for each in mine:
        words = [word.keyword for word in each.keywords if word.is_in(text)]
        is_named = any(str(entry.post_id) == status["id"] for entry in each.posts)
        if words or is_named:
            found.append(
                {
                    "filter": filter_(each),
                    "keyword_matches": words or None,
                    "status_matches": [status["id"]] if is_named else None,
                }
            )
    return found


def _searched(status: Mapping[str, Any]) -> str:
    """All that a reader of a post reads: warning, text, descriptions of pictures, options of a poll, tags."""
    poll: dict[str, Any] = status.get("poll") or {"options": []}
    return "\n".join(
        (
            status["spoiler_text"],
            to_plain(status["content"]),
            *(item["description"] or "" for item in status["media_attachments"]),
            *(option["title"] for option in poll["options"]),
            *(f"#{tag['name']}" for tag in status["tags"]),
        )
    )
