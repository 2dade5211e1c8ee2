"""Which levels of Mastodon's client API this server keeps, and what each of them promises (decisions D75).

Clients read the number in `api_versions` and switch features on by it. Each promise has its proof in
`tests/api/test_levels.py`, under the same name; without one the number cannot be raised.
Source: Mastodon API documentation, version histories of methods and entities; mastodon-clients.md section 2.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Level(NamedTuple):
    """One level: its number, the Mastodon that first had it, and what clients may rely on, each under a name."""

    number: int
    mastodon: str
    promises: Mapping[str, str]


LEVELS = (
    Level(
        1,
        "4.3.0",
        {
            "instance": "v2/instance says api_versions, the key of Web Push, and icons",
            "policy": "one chooses whose notifications are held back (v2/notifications/policy), and answers requests",
            "pkce": "apps sign in with PKCE; the scope `profile` shows who somebody is, and nothing more",
        },
    ),
    Level(
        2,
        "4.3.0",
        {
            "groups": "v2/notifications: alike is one, with people and posts beside; dismissed as one",
            "unread": "v2/notifications/unread_count, by the marker",
        },
    ),
    Level(3, "4.4.0", {"attribution": "attribution_domains are set, and shown in `source`"}),
    Level(
        4,
        "4.4.0",
        {
            "delete_media": "uploads can be deleted; the files of a deleted post are, with `delete_media` or without",
            "standard_push": "Web Push as its standard is (`subscription[standard]`)",
        },
    ),
    Level(5, "4.4.0", {"blur": "filters can blur"}),
    Level(
        6,
        "4.4.0",
        {
            "endorsements": "accounts are endorsed, and shown on whose page they are",
            "featured_tags": "tags are featured by their name, and say that they are (`featuring`)",
            "userinfo": "oauth/userinfo, named by the metadata of the server",
        },
    ),
    Level(
        7,
        "4.5.0",
        {
            "quoting": "posts quote posts (`quoted_status_id`), say so (`quote`, `quotes_count`), and are listed",
            "approval": "who may quote is chosen for all posts or one, changed later, and shown (`quote_approval`)",
            "revoking": "a quote is revoked",
            "notifications": "notifications of types `quote` and `quoted_update`, and alerts of Web Push for them",
        },
    ),
    Level(
        8,
        "4.6.0",
        {
            "profile": "profile: read raw, changed in one piece",
            "annual_reports": "annual_reports/:year/state: `ineligible`, as there is none; none is made or read",
        },
    ),
    Level(9, "4.6.0", {"descriptions": "avatar_description and header_description"}),
    Level(
        10,
        "4.6.0",
        {
            "collections": "collections of accounts are made, read, changed, deleted, and listed by owner and member",
            "consent": "`feature_approval` says who may be put into one; who is in one can leave it",
            "sharing": "a post that links to a collection shows it (`tagged_collections`)",
            "reporting": "collections are reported (`collection_ids`)",
            "notifications": "`added_to_collection` and `collection_update`",
            "fallback": "notifications of types that an app does not name in `supported_types` come with a fallback",
        },
    ),
)
"""All levels that hold, lowest first."""

HIGHEST = LEVELS[-1].number
COMPATIBLE_WITH = LEVELS[-1].mastodon
"""Older clients go by this number instead, read from the beginning of `version`."""
