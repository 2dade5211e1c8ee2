"""Accounts as clients see them. A group is an account with `group: true` (groups-in-clients.md section 3).

Source: Mastodon API, entities/Account, CredentialAccount, Relationship, Role.
"""

from datetime import datetime
from typing import Any

import orjson

from fedcomm.accounts import collections
from fedcomm.accounts.collections import Consent
from fedcomm.accounts.lists import OwnList
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.accounts.relationships import Relationship
from fedcomm.api.entities import emojis
from fedcomm.api.entities.times import day, midnight, stamp
from fedcomm.groups.lists import GroupList
from fedcomm.here import Here
from fedcomm.text.sanitise import for_client

_ROLES: dict[str, tuple[str, str, str, bool]] = {
    "owner": ("3", "Owner", "1048575", True),
    "admin": ("2", "Admin", "1048574", True),
    "moderator": ("1", "Moderator", "1308", True),
    "member": ("-99", "", "65536", False),
}


_FEATURED: dict[Consent, dict[str, Any]] = {
    "automatic": {"automatic": ["public"], "manual": [], "current_user": "automatic"},
    "denied": {"automatic": [], "manual": [], "current_user": "denied"},
    "missing": {"automatic": [], "manual": [], "current_user": "missing"},
}
"""Who may put an account into a collection."""


def avatar_url(here: Here, account: Account) -> str:
    """The picture of an account, through this server: nothing remote is hot-linked (D64)."""
    return here.avatar_url(account.id, account.version)


def header_url(here: Here, account: Account) -> str:
    """The header picture of an account."""
    return here.header_url(account.id, account.version)


def _fields(account: Account) -> list[dict[str, Any]]:
    return [
        {
            "name": str(field.get("name", "")),
            "value": str(field.get("value_html", "")),
            "verified_at": None,
        }
        for field in account.fields
    ]


def raw_fields(account: Account) -> list[dict[str, Any]]:
    """The lines of a profile as they were typed."""
    return [
        {"name": str(field.get("name", "")), "value": str(field.get("value", "")), "verified_at": None}
        for field in account.fields
    ]


def lasting(here: Here, account: Account) -> dict[str, Any]:
    """What does not change without the account's version changing."""
    avatar, header = avatar_url(here, account), header_url(here, account)
    shown = account.state not in ("suspended", "deleted", "disabled")
    return {
        "id": str(account.id),
        "username": account.handle,
        "acct": account.acct,
        "display_name": account.name if shown else "",
        "locked": account.is_locked,
        "bot": account.is_bot,
        "group": account.is_group,
        "discoverable": account.is_discoverable,
        "indexable": account.is_indexable,
        "noindex": not account.is_indexable,
        "created_at": midnight(account.created_at),
        "note": for_client(account.bio_html) if shown else "",
        "url": account.url,
        "uri": account.uri,
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": account.avatar_description if shown else "",
        "header": header,
        "header_static": header,
        "header_description": account.header_description if shown else "",
        "hide_collections": account.hides_follows,
        "show_media": account.shows_media,
        "show_media_replies": account.shows_media_replies,
        "show_featured": account.shows_featured,
        "feature_approval": _FEATURED[collections.consent(account)],
        "emojis": emojis.used(here, account.emojis) if shown else [],
        "roles": [],
        "fields": _fields(account) if shown else [],
        **({"suspended": True} if account.state == "suspended" else {}),
    }


def counts(followers: int, following: int, posts: int, last_post_at: datetime | None) -> dict[str, Any]:
    """What changes often."""
    return {
        "followers_count": followers,
        "following_count": following,
        "statuses_count": posts,
        "last_status_at": day(last_post_at),
    }


def account(here: Here, who: Account) -> dict[str, Any]:
    """The Account entity."""
    return lasting(here, who) | counts(who.followers_count, who.following_count, who.posts_count, who.last_post_at)


def open_account(here: Here, who: Account) -> bytes:
    """The lasting part, encoded, without the closing brace: the counts are put behind it (D63)."""
    return orjson.dumps(lasting(here, who))[:-1]


def relationship(found: Relationship) -> dict[str, Any]:
    """The Relationship entity. For a group, following is taking part, and requested is having asked to."""
    return {
        "id": str(found.account_id),
        "following": found.is_following,
        "showing_reblogs": found.shows_boosts,
        "notifying": found.notifies,
        "languages": found.languages,
        "followed_by": found.is_followed_by,
        "blocking": found.is_blocking,
        "blocked_by": found.is_blocked_by,
        "muting": found.is_muting,
        "muting_notifications": found.mutes_notifications,
        "muting_expires_at": stamp(found.mute_ends_at) if found.mute_ends_at else None,
        "requested": found.is_requested,
        "requested_by": found.is_requested_by,
        "domain_blocking": found.hides_domain,
        "endorsed": found.is_endorsed,
        "note": found.note,
    }


def own_list(found: OwnList) -> dict[str, Any]:
    """The List entity of a list that somebody made."""
    return {
        "id": str(found.id),
        "title": found.title,
        "replies_policy": found.replies_policy,
        "exclusive": found.is_exclusive,
    }


def group_list(found: GroupList) -> dict[str, Any]:
    """The List entity of a joined group (D39)."""
    return {
        "id": str(found.group_id),
        "title": f"Group: {found.name}",
        "replies_policy": "list",
        "exclusive": found.is_exclusive,
    }


def role(name: str) -> dict[str, Any]:
    """The Role entity of a role on this instance."""
    id_, title, permissions, highlighted = _ROLES[name]
    return {
        "id": id_,
        "name": title,
        "color": "",
        "permissions": permissions,
        "highlighted": highlighted,
        "collection_limit": collections.MOST_COLLECTIONS,
    }


def visibility(audience: str) -> str:
    """An audience as one of Mastodon's four visibilities (D30)."""
    return audience if audience in ("public", "unlisted", "direct") else "private"


def credential_account(here: Here, who: Account, login: Login, *, follow_requests: int) -> dict[str, Any]:
    """The CredentialAccount entity: one's own account."""
    return account(here, who) | {
        "source": {
            "privacy": visibility(login.default_audience),
            "sensitive": login.default_sensitive,
            "language": login.default_language or "",
            "note": who.bio_source,
            "fields": raw_fields(who),
            "follow_requests_count": follow_requests,
            "hide_collections": who.hides_follows,
            "discoverable": who.is_discoverable,
            "indexable": who.is_indexable,
            "attribution_domains": list(who.attribution_domains),
            "quote_policy": login.default_quote_policy,
        },
        "role": role(login.role),
    }
