"""Post, Draft and what belongs to them."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from fedcomm.emojis import Given
from fedcomm.polls.model import Choices

Audience = Literal["public", "unlisted", "network", "group", "local", "followers", "direct"]
QuotePolicy = Literal["public", "followers", "nobody"]
PostState = Literal["visible", "held", "removed", "deleted"]
CarryState = Literal["requested", "carried", "declined", "hidden", "withdrawn"]

COLUMNS = """
    id, uri, url, is_local, author_id, group_id, thread_id, parent_id, parent_author_id, parent_uri, object_type,
    kind, title, title_is_generated, content_html, source, summary, is_sensitive, language, audience, context_uri,
    state, app_id, version, replies_count, favourites_count, boosts_count, same_here_count, published_at, created_at,
    edited_at, deleted_at, quote_policy, quotes_count, is_quote, emojis, is_covered, reactions,
    reply_stamp
"""

CARRY_COLUMNS = """
    id, thread_id, group_id, requested_by, state, position, offer_uri, boost_id, announce_uri, reason, created_at,
    decided_at
"""


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody published: the root of a thread, a reply, or a personal post (`group_id` is None)."""

    id: int
    uri: str
    url: str
    is_local: bool
    author_id: int
    group_id: int | None
    thread_id: int
    parent_id: int | None
    parent_author_id: int | None
    parent_uri: str | None
    object_type: str
    kind: str | None
    title: str | None
    title_is_generated: bool
    content_html: str
    source: str | None
    summary: str
    is_sensitive: bool
    language: str | None
    audience: Audience
    context_uri: str | None
    state: PostState
    app_id: int | None
    version: int
    replies_count: int
    favourites_count: int
    boosts_count: int
    same_here_count: int
    published_at: datetime
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    quote_policy: QuotePolicy = "public"
    """Whom the author lets quote it; of what few may read it counts as nobody (`quoting.effective_policy`)."""
    quotes_count: int = 0
    is_quote: bool = False
    emojis: list[dict[str, Any]] = []
    """Those that title, text and warning use: `shortcode`, `id` and `version` of the picture."""
    is_covered: bool = False
    """Whether those who run the instance have covered its files, whatever the author says of them."""

    reactions: list[dict[str, Any]] = []
    """The emoji that people favoured it with: `name`, `count`, and `id` and `version` of the picture, if it is one."""

    reply_stamp: str | None = None
    """Where the author of what it answers says that it may; only of ours, where somebody was asked."""

    @property
    def is_shown_covered(self) -> bool:
        """Whether its files are shown to those only who ask for it."""
        return self.is_sensitive or self.is_covered

    @property
    def is_root(self) -> bool:
        """Whether this post starts its thread."""
        return self.thread_id == self.id and self.parent_uri is None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, sound or film that belongs to a post: it lives elsewhere, or here, and then has `media_id` and names
    in the store and no `remote_url`.
    """

    media_type: str
    remote_url: str
    description: str = ""
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None
    media_id: int | None = None
    file: str | None = None
    preview: str | None = None
    preview_width: int | None = None
    preview_height: int | None = None
    focus_x: float | None = None
    focus_y: float | None = None
    kind: str = ""
    """`image`, `gifv`, `video` or `audio` for what was uploaded here; empty for the rest."""
    duration: float | None = None
    frame_rate: float | None = None
    bit_rate: int | None = None
    key: str = ""
    """Lets those who were shown a post that not everybody may read see its files from elsewhere; empty for others."""


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """What a post brings along when it was published on another server."""

    uri: str
    url: str
    object_type: str
    published_at: datetime
    parent_uri: str | None = None
    context_uris: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    edited_at: datetime | None = None
    quoted_uri: str | None = None
    emojis: tuple[Given, ...] = ()
    quote_stamp_uri: str | None = None
    """Where the quoted author is said to allow it (FEP-044f); a claim, to be checked there."""
    is_closed: bool | None = None
    """Whether its author lets nobody answer (`commentsEnabled`); None: of an answer."""
    searchable_by: tuple[str, ...] | None = None
    """Ids of those who alone may find it by searching, and of their collections (FEP-268d); None: it does not say."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A post that nobody has published yet. Text is already cleaned HTML; whoever makes a draft stores nothing.

    `group_id` is the home group of a new thread, `carry_ids` the further groups asked to carry it, in order. Replies
    take group, thread and audience from their parent. `remote` is None for what is written here.
    """

    content_html: str
    source: str | None = None
    title: str | None = None
    title_is_generated: bool = False
    summary: str = ""
    is_sensitive: bool = False
    language: str | None = None
    audience: Audience = "public"
    kind: str | None = None
    group_id: int | None = None
    carry_ids: tuple[int, ...] = ()
    parent_id: int | None = None
    mention_ids: tuple[int, ...] = ()
    silent_mention_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    app_id: int | None = None
    media_ids: tuple[int, ...] | None = None
    """Uploads of the author, in order; None leaves a post that is edited what it has."""
    poll: Choices | None = None
    keeps_poll: bool = False
    """Leaves a post that is edited the poll it has."""
    quoted_id: int | None = None
    quote_policy: QuotePolicy | None = None
    """None: as it is; a new post says public here, and elsewhere nobody."""
    written_at: datetime | None = None
    """When it was written, of an old post that its author brings along; None: now."""
    remote: Remote | None = None


class Carry(msgspec.Struct, frozen=True, kw_only=True):
    """That a group carries, or was asked to carry, a thread of another home group (product 7)."""

    id: int
    thread_id: int
    group_id: int
    requested_by: int
    state: CarryState
    position: int
    offer_uri: str | None
    boost_id: int | None
    announce_uri: str | None
    reason: str
    created_at: datetime
    decided_at: datetime | None
