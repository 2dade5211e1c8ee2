"""Posts and threads: in lists, in full, and what a form that writes one needs."""

from datetime import datetime
from typing import Literal

import msgspec

from fedcomm.looks.shown.frame import AccountCard
from fedcomm.looks.shown.groups import GroupCard, GroupTag
from fedcomm.threads.model import Audience


class ThreadCard(msgspec.Struct, frozen=True, kw_only=True):
    """A thread in a list. `group` is None for a personal post, which has no title but its excerpt."""

    id: int
    url: str
    title: str | None
    excerpt: str
    author: AccountCard
    published_at: datetime
    group: GroupTag | None = None
    carried_by: tuple[GroupTag, ...] = ()
    kind: str | None = None
    warning: str = ""
    replies_count: int = 0
    same_here_count: int = 0
    last_reply_at: datetime | None = None
    language: str | None = None
    is_new: bool = False
    boosted_by: AccountCard | None = None
    audience: Audience = "public"
    answers: str | None = None
    """What a reply stands below: the title of its thread, or how that begins; None for what starts one."""


class GroupSection(msgspec.Struct, frozen=True, kw_only=True):
    """A group with its newest threads. No group: what people write whom one follows, outside of groups."""

    group: GroupCard | None
    threads: tuple[ThreadCard, ...]


class WaitingLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something at home that waits for the member: somebody who addressed them, or a number of things to decide.

    `who` and `title` are of what somebody said; `group` of what waits in one.
    """

    kind: Literal["reply", "mention", "messages", "question", "joins", "held", "reports"]
    url: str
    count: int = 1
    who: str = ""
    title: str = ""
    group: str = ""


class ParentHint(msgspec.Struct, frozen=True, kw_only=True):
    """Which reply a reply answers; `anchor` is the post's id on the same page, None when it is not here."""

    author_name: str
    excerpt: str
    anchor: int | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came with a post. Its paths lie below `page.media_url` (D64)."""

    path: str
    description: str
    preview_path: str | None = None
    kind: Literal["image", "gifv", "video", "audio", "file"] = "image"
    width: int | None = None
    height: int | None = None


class QuoteCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a post quotes, in a few words. `author` is None where it is not shown; `state` then says why."""

    state: Literal["shown", "waiting", "refused", "gone", "hidden"]
    author: AccountCard | None = None
    url: str = ""
    title: str | None = None
    excerpt: str = ""
    warning: str = ""
    language: str | None = None


class PollOption(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a poll. The count is None where it is not shown; `percent` is that of the voters."""

    title: str
    votes_count: int | None = None
    percent: int = 0
    is_mine: bool = False


class PollView(msgspec.Struct, frozen=True, kw_only=True):
    """A poll as its reader sees it, and whether they may vote now. `voters_count` is None where nobody says it."""

    options: tuple[PollOption, ...]
    is_multiple: bool = False
    voters_count: int | None = 0
    ends_at: datetime | None = None
    has_ended: bool = False
    shows_totals: bool = True
    may_vote: bool = False


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture in the form that writes a post. Its path lies below `page.media_url`."""

    id: int
    path: str
    alt: str = ""


class ReceptionNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a group made of a post it was sent or offered. `asked`: nothing yet, for all we know."""

    state: Literal["asked", "refused", "removed"]
    group: GroupTag
    reason: str = ""


class ReactionCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many reacted with an emoji, the reader among them or not. `path`: of the picture, if it is one."""

    name: str
    count: int
    is_mine: bool = False
    path: str | None = None


class PostView(msgspec.Struct, frozen=True, kw_only=True):
    """One post in full. The `may_` fields already say what the reader is allowed to do.

    `uri` is its ActivityPub id, with which other servers find it; `state` is `unconfirmed` while the home group's host
    has not told us of it (D77).
    """

    id: int
    uri: str
    url: str
    author: AccountCard
    content_html: str
    published_at: datetime
    title: str | None = None
    title_is_generated: bool = False
    kind: str | None = None
    warning: str = ""
    language: str | None = None
    audience: Audience = "public"
    state: Literal["visible", "held", "removed", "deleted", "unconfirmed"] = "visible"
    edited_at: datetime | None = None
    parent: ParentHint | None = None
    step: int = 0
    """How far in it stands on the page of its thread: below the reply it answers."""
    original_url: str | None = None
    attachments: tuple[Attachment, ...] = ()
    is_sensitive: bool = False
    """Whether its files are covered until the reader wants to see them."""
    quote: QuoteCard | None = None
    poll: PollView | None = None
    replies_count: int = 0
    same_here_count: int = 0
    favourites_count: int = 0
    boosts_count: int = 0
    quotes_count: int = 0
    reactions: tuple[ReactionCount, ...] = ()
    is_favourite: bool = False
    is_boosted: bool = False
    may_react: bool = False
    may_boost: bool = False
    may_reply: bool = False
    may_quote: bool = False
    may_edit: bool = False
    may_delete: bool = False
    reception: ReceptionNote | None = None
    may_report: bool = False
    may_remove: bool = False
    """Whether the reader, as moderator of the group, may take it out of the group."""
    may_measure: bool = False
    """Whether the reader may write its author a note, ask them to change it, or hide it in its group."""
    hidden_in: GroupTag | None = None
    """The group that hides it for its own people, for those who look after that group."""
    may_restore: bool = False
    """Whether the reader may bring it back: as a moderator, and not their own."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a post said for a while."""

    title: str | None
    content_html: str
    warning: str
    written_at: datetime
    poll_options: tuple[str, ...] = ()


class ThreadMoveLine(msgspec.Struct, frozen=True, kw_only=True):
    """A thread of a group of another server that is to move to this one."""

    id: int
    thread: ThreadCard
    asked_at: datetime
    origin_name: str
    asked_by: AccountCard | None = None


class CarryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A thread of another group that this group was asked to carry."""

    id: int
    thread: ThreadCard
    asked_at: datetime
    asked_by: AccountCard | None = None
