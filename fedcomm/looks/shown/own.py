"""What only its owner sees: notices, messages, lists of what they set."""

from datetime import datetime
from typing import Literal

import msgspec

from fedcomm.looks.shown.frame import AccountCard
from fedcomm.looks.shown.groups import GroupTag

NoticeKind = Literal[
    "mention",
    "reply",
    "favourite",
    "same_here",
    "boost",
    "follow",
    "follow_request",
    "new_post",
    "edit",
    "quote",
    "quoted_edit",
    "poll",
    "report",
    "not_shown",
    "taken_out",
    "recommended",
    "collection_changed",
    "decision",
    "appeal",
    "held",
    "emergency",
    "emergency_asked",
]


class OwnPictures(msgspec.Struct, frozen=True, kw_only=True):
    """The pictures of whoever changes them, oneself or a group. `has_`: it was chosen, not drawn by us."""

    account: AccountCard
    header_path: str
    has_avatar: bool
    has_header: bool
    avatar_description: str
    header_description: str


class MutedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the reader has muted, perhaps for a time."""

    account: AccountCard
    expires_at: datetime | None = None


class FilterLine(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of the reader's."""

    id: str
    title: str
    keywords: tuple[str, ...] = ()
    posts_count: int = 0
    is_hiding: bool = False
    expires_at: datetime | None = None
    is_over: bool = False


class FeaturingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A collection of another server that recommends the member."""

    id: str
    url: str
    owner: AccountCard


class TagLine(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that the reader follows."""

    name: str
    tag: str
    url: str


class ListLine(msgspec.Struct, frozen=True, kw_only=True):
    """A list that the reader made."""

    id: int
    title: str
    is_exclusive: bool = False


class GroupListLine(msgspec.Struct, frozen=True, kw_only=True):
    """A group of the reader's, and whether its threads stay out of home."""

    group: GroupTag
    is_exclusive: bool = False


class ConversationLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some people who talk to each other, and what was said last."""

    url: str
    people: tuple[AccountCard, ...]
    excerpt: str
    written_at: datetime
    is_mine: bool = False
    is_new: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notification, or several of one kind about one post: `also` did the same before `account`.

    `thread_title` is None where the notice is not about a post.
    """

    id: int
    kind: NoticeKind
    account: AccountCard
    created_at: datetime
    is_new: bool = False
    url: str | None = None
    thread_title: str | None = None
    excerpt: str = ""
    group: GroupTag | None = None
    why_url: str | None = None
    """Where the reasons stand for what it tells of."""
    also: tuple[AccountCard, ...] = ()


class ScheduledLine(msgspec.Struct, frozen=True, kw_only=True):
    """A post that waits for its time. `local_time` is as a browser's field has it; `failure` says why it waits on."""

    id: str
    text: str
    warning: str
    due_at: datetime
    local_time: str
    pictures_count: int = 0
    failure: str | None = None


class WaitingNotices(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose notices wait to be let through."""

    id: int
    account: AccountCard
    count: int
    newest_at: datetime


class SessionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is signed in."""

    id: str
    description: str
    last_used_at: datetime
    is_this_one: bool = False


class SignInLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in as the member, or tried."""

    let_in: bool
    way: str
    description: str
    network: str
    """As `203.0.113.*`; may be empty."""
    times: int = 1
    happened_at: datetime


class PasskeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey of the member."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


class AppLine(msgspec.Struct, frozen=True, kw_only=True):
    """An app that may act as the member."""

    id: str
    name: str
    website: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None


class ImportTask(msgspec.Struct, frozen=True, kw_only=True):
    """Something the reader brings along from another server."""

    id: int
    kind: Literal["follows", "lists", "blocks", "mutes", "domain_blocks", "bookmarks", "archive"]
    state: Literal["reading", "unreadable", "proposed", "applying", "applied", "undoing", "undone"]
    overwrites: bool = False
    all_count: int = 0
    done_count: int = 0
    """Of those that changed something."""
    as_before_count: int = 0
    failed_count: int = 0
    undone_count: int = 0
    waiting_count: int = 0
    created_at: datetime


class ImportEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of it."""

    text: str
    list_title: str = ""
    why: str = ""
    """Of one that failed or cannot be read: a code, which the page has a sentence for."""
    number: int = 0


class ExportLine(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asked to have put together."""

    id: int
    state: Literal["waiting", "ready", "failed"]
    size: str = ""
    """As it reads: "3.4 GB"."""
    done_count: int = 0
    all_count: int = 0
    left_out: int = 0
    """Files that did not fit."""
    created_at: datetime
    expires_at: datetime
