"""The frame of every page: the instance, who is signed in, what just happened; and accounts in lists."""

from datetime import datetime, tzinfo
from typing import Literal

import msgspec

from fedcomm.accounts.logins import Look
from fedcomm.groups.model import Role
from fedcomm.looks.palettes import OWN

MessageKind = Literal["done", "problem", "note"]


class SiteCard(msgspec.Struct, frozen=True, kw_only=True):
    """The instance itself, as the frame of every page shows it."""

    name: str
    domain: str
    purpose: str
    registrations: Literal["open", "approval", "invite", "closed"]
    source_url: str
    sends_mail: bool = False
    texts: tuple[Literal["privacy", "terms", "imprint"], ...] = ()
    """Which texts of law there are."""
    accent: str = OWN
    """The colour of the instance, `#rrggbb`."""
    logo_path: str | None = None
    """Its logo, below `page.media_url`; None: our mark."""
    icons_version: str = "0"
    """Changes with name, colour, logo and picture: what browsers keep of them is asked for anew."""
    picture_url: str = ""
    """What stands where the place is linked, with scheme and host."""


class AccountCard(msgspec.Struct, frozen=True, kw_only=True):
    """A person or group wherever a name and a picture are enough. `full_handle` is `@ada@host`, for ours too."""

    id: int
    name: str
    handle: str
    full_handle: str
    url: str
    avatar_path: str
    is_group: bool = False
    is_local: bool = True
    is_bot: bool = False
    is_gone: bool = False
    """The account ended for good: nobody is named."""
    domain: str = ""
    role: Role | None = None
    """The role in the group the page is about; None where there is none worth a badge."""


class CollectionCard(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts that somebody recommends. `own_item`: the entry of who looks at it, if they are in it."""

    id: int
    url: str
    name: str
    description: str
    tag: str | None
    owner: AccountCard
    accounts: tuple[AccountCard, ...] = ()
    own_item: str | None = None
    is_discoverable: bool = True


class MemberCard(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever is signed in."""

    account: AccountCard
    is_admin: bool = False
    is_owner: bool = False
    """Whether they may keep evidence and take the instance along."""
    look: Look = "system"
    has_more_contrast: bool = False
    unread_count: int = 0
    unread_messages_count: int = 0
    waiting_sign_ups_count: int = 0


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence about what just happened, shown once above the page."""

    text: str
    kind: MessageKind = "done"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What every template needs beside its own subject.

    `path` is where the reader is, to come back after signing in; `canonical_url` is set for what lives elsewhere, which
    is also kept out of search engines (D76); `activity_url` is the ActivityPub document of the same thing. What ends in
    `_path` and is no page lies below `media_url`, which for readers elsewhere is `files_url`.
    """

    site: SiteCard
    now: datetime
    zone: tzinfo
    path: str
    csrf_token: str
    media_url: str = "/media"
    files_url: str = "/media"
    member: MemberCard | None = None
    messages: tuple[Message, ...] = ()
    canonical_url: str | None = None
    activity_url: str | None = None
    is_hidden_from_search: bool = False


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list to choose from."""

    value: str
    label: str
    hint: str = ""
