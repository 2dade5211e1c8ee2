"""What pages are handed: the few shapes that templates read.

A page knows these and nothing of rows; the handlers beside this file make them, already decided by permission. Texts
that end in `_html` are cleaned HTML and the only ones a template may print as they are.
"""

from datetime import datetime, tzinfo
from typing import Literal

import msgspec

from fedcomm.groups.model import JoinRule, PostingRule, Role
from fedcomm.threads.model import Audience, CarryState

Standing = Literal["none", "requested", "active", "paused"]
MessageKind = Literal["done", "problem", "note"]
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
]


class SiteCard(msgspec.Struct, frozen=True, kw_only=True):
    """The instance itself, as the frame of every page shows it."""

    name: str
    domain: str
    purpose: str
    registrations: Literal["open", "approval", "invite", "closed"]
    source_url: str


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
    `_path` and is no page lies below `media_url`.
    """

    site: SiteCard
    now: datetime
    zone: tzinfo
    path: str
    csrf_token: str
    media_url: str = "/media"
    member: MemberCard | None = None
    messages: tuple[Message, ...] = ()
    canonical_url: str | None = None
    activity_url: str | None = None
    is_hidden_from_search: bool = False


class GroupTag(msgspec.Struct, frozen=True, kw_only=True):
    """A group as a label on a thread; `state` when it carries the thread rather than being its home."""

    id: int
    name: str
    full_handle: str
    url: str
    avatar_path: str
    is_local: bool = True
    domain: str = ""
    state: CarryState | None = None


class GroupCard(msgspec.Struct, frozen=True, kw_only=True):
    """A group in a list. `new_count` are the threads since the reader looked last, None for visitors."""

    id: int
    name: str
    full_handle: str
    url: str
    avatar_path: str
    purpose: str
    members_count: int
    is_local: bool = True
    domain: str = ""
    last_post_at: datetime | None = None
    new_count: int | None = None
    standing: Standing = "none"


class GroupHead(msgspec.Struct, frozen=True, kw_only=True):
    """A group at the top of its own page. Rules are None where a peer does not tell them.

    `original_url` is the group's page at home, for groups of other instances.
    """

    card: GroupCard
    header_path: str | None = None
    about_html: str = ""
    audience: Audience = "public"
    join_rule: JoinRule | None = None
    posting_rule: PostingRule | None = None
    rules: tuple["RuleLine", ...] = ()
    facilitators: tuple[AccountCard, ...] = ()
    created_at: datetime | None = None
    original_url: str | None = None
    my_role: Role | None = None
    may_post: bool = False
    waiting_count: int = 0
    """How many requests wait for the reader, as one of those who look after the group."""
    is_archived: bool = False
    moved_to: AccountCard | None = None


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered rule of a group's charter."""

    title: str
    text: str = ""


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
    answers: str | None = None
    """What a reply stands below: the title of its thread, or how that begins; None for what starts one."""


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
    original_url: str | None = None
    attachments: tuple[Attachment, ...] = ()
    quote: QuoteCard | None = None
    poll: PollView | None = None
    replies_count: int = 0
    same_here_count: int = 0
    favourites_count: int = 0
    boosts_count: int = 0
    is_favourite: bool = False
    is_boosted: bool = False
    may_react: bool = False
    may_boost: bool = False
    may_reply: bool = False
    may_edit: bool = False
    may_delete: bool = False
    reception: ReceptionNote | None = None
    may_remove: bool = False
    """Whether the reader, as moderator of the group, may take it out of the group."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a post said for a while."""

    title: str | None
    content_html: str
    warning: str
    written_at: datetime
    poll_options: tuple[str, ...] = ()


class GroupChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A group that may be posted to. `may_carry` is whether it can be named as a further group."""

    tag: GroupTag
    audience: Audience = "public"
    may_carry: bool = True
    carry_note: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list to choose from."""

    value: str
    label: str
    hint: str = ""


class CarryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A thread of another group that this group was asked to carry."""

    id: int
    thread: ThreadCard
    asked_at: datetime
    asked_by: AccountCard | None = None


class JoinLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asked to join a group."""

    account: AccountCard
    asked_at: datetime


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


class TagLine(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that the reader follows."""

    name: str
    tag: str
    url: str


class ConversationLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some people who talk to each other, and what was said last."""

    url: str
    people: tuple[AccountCard, ...]
    excerpt: str
    written_at: datetime
    is_mine: bool = False
    is_new: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notification. `thread_title` is None where the notice is not about a post."""

    id: int
    kind: NoticeKind
    account: AccountCard
    created_at: datetime
    is_new: bool = False
    url: str | None = None
    thread_title: str | None = None
    excerpt: str = ""
    group: GroupTag | None = None


class ScheduledLine(msgspec.Struct, frozen=True, kw_only=True):
    """A post that waits for its time. `local_time` is as a browser's field has it; `failure` says why it waits on."""

    id: str
    text: str
    warning: str
    due_at: datetime
    local_time: str
    pictures_count: int = 0
    failure: str | None = None


class EmojiLine(msgspec.Struct, frozen=True, kw_only=True):
    """A custom emoji of ours. `path` is that of its picture, below `page.media_url`."""

    id: str
    shortcode: str
    category: str
    path: str
    is_disabled: bool = False


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


class AppLine(msgspec.Struct, frozen=True, kw_only=True):
    """An app that may act as the member."""

    id: str
    name: str
    website: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None


class PeerLine(msgspec.Struct, frozen=True, kw_only=True):
    """Another instance, as the admin sees it."""

    authority: str
    policy: Literal["default", "allowed", "limited", "suspended"]
    software: str = ""
    accounts_count: int = 0
    last_heard_at: datetime | None = None
    note: str = ""
    waiting_count: int = 0


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for one peer, since when and why."""

    authority: str
    waiting_count: int
    failed_count: int
    oldest_at: datetime | None = None
    next_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None


class AnnouncementLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was said to all members."""

    id: int
    content_html: str
    published_at: datetime
    reactions_count: int


class ReportedPost(msgspec.Struct, frozen=True, kw_only=True):
    """One post that a report names."""

    url: str
    excerpt: str


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint, for those who decide about it. `group`: the group of ours whose content it is about."""

    id: int
    reporter: AccountCard
    target: AccountCard
    group: GroupTag | None
    category: str
    comment: str
    created_at: datetime
    assigned_to: str | None
    is_resolved: bool
    posts: tuple[ReportedPost, ...] = ()
    """Collections stand behind them, with their name and what they say of themselves."""


class SignUpLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asked for an account."""

    id: int
    handle: str
    name: str
    email: str
    reason: str
    created_at: datetime
    language: str = ""
