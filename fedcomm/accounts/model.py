"""An account as the rest of fedcomm sees it."""

from datetime import datetime
from typing import Any, Literal

import msgspec

AccountKind = Literal["person", "group", "application", "organization", "service"]
AccountState = Literal["pending", "active", "disabled", "suspended", "deleted"]

COLUMNS = """
    id, kind, is_local, handle, handle_domain, authority, uri, url, inbox_url, shared_inbox_url, outbox_url,
    followers_url, following_url, featured_url, moderators_url, name, bio_html, bio_source, fields, avatar_url,
    header_url, is_locked, is_bot, is_discoverable, is_indexable, state, version, posts_count, followers_count,
    following_count, last_post_at, moved_to_uri, also_known_as, created_at, updated_at, fetched_at,
    emojis, avatar_description, header_description, hides_follows, shows_media, shows_media_replies, shows_featured,
    attribution_domains, is_posting_restricted, wall_url
"""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody or something that can be addressed. Field meanings: migrations/0002_accounts.sql."""

    id: int
    kind: AccountKind
    is_local: bool
    handle: str
    handle_domain: str
    authority: str
    uri: str
    url: str
    inbox_url: str
    shared_inbox_url: str | None
    outbox_url: str | None
    followers_url: str | None
    following_url: str | None
    featured_url: str | None
    moderators_url: str | None
    name: str
    bio_html: str
    bio_source: str
    fields: list[dict[str, Any]]
    avatar_url: str | None
    header_url: str | None
    is_locked: bool
    is_bot: bool
    is_discoverable: bool
    is_indexable: bool
    state: AccountState
    version: int
    posts_count: int
    followers_count: int
    following_count: int
    last_post_at: datetime | None
    moved_to_uri: str | None
    also_known_as: list[str]
    created_at: datetime
    updated_at: datetime
    fetched_at: datetime | None
    emojis: list[dict[str, Any]] = []
    """Those that name, text and lines use: `shortcode`, `id` and `version` of the picture."""
    avatar_description: str = ""
    header_description: str = ""
    hides_follows: bool = False
    shows_media: bool = True
    shows_media_replies: bool = True
    shows_featured: bool = True
    attribution_domains: list[str] = []
    is_posting_restricted: bool = False
    """Of a group elsewhere: nobody but who looks after it starts threads there."""
    wall_url: str | None = None
    """Of a group elsewhere: the collection that threads for it name (FEP-400e)."""

    @property
    def is_group(self) -> bool:
        """Whether this is a group."""
        return self.kind == "group"

    @property
    def acct(self) -> str:
        """`handle` for ours, `handle@domain` for others', as client apps write it."""
        return self.handle if self.is_local else f"{self.handle}@{self.handle_domain}"

    @property
    def full_handle(self) -> str:
        """`@handle@domain`, for ours too."""
        return f"@{self.handle}@{self.handle_domain}"

    @property
    def shown_name(self) -> str:
        """The name, or the handle where there is none."""
        return self.name or self.handle
