"""What people write, and what is left of it when it is deleted."""

import re
from dataclasses import dataclass
from datetime import datetime

from federation.vocabulary.tags import Emoji, Hashtag, Mention, ObjectLink

_WORDLESS = re.compile(r"(?:\s|<br\s*/?>|</?p>)*")
"""snac sends an empty line as the text of a vote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRef:
    """A collection as it stands in another object: its address, its size, and what was given inline."""

    id: str | None = None
    total: int | None = None
    first: str | None = None
    """Address of the first page, when it was not inline."""
    items: tuple[str, ...] = ()
    """Ids given inline, in the collection or its first page."""
    next: str | None = None
    """Page after the inline one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file or a link below a post."""

    type: str
    """`Image`, `Video`, `Audio`, `Document` or `Link` (what a `Page` shares)."""
    url: str
    media_type: str | None = None
    alt: str = ""
    """Alternative text (`summary`, else `name`); title of a `Link`."""
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    focal_point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class PollOption:
    name: str
    votes: int = 0
    spelling: str | None = None
    """How the name was written, where that differs: votes are matched by it. Read only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The choices of a `Question`. Source: FEP-9967."""

    options: tuple[PollOption, ...]
    multiple: bool = False
    ends_at: datetime | None = None
    closed_at: datetime | None = None
    voters: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetails:
    """When and where, of an `Event`. Source: FEP-8a8e, Mobilizon."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    timezone: str | None = None
    status: str | None = None
    """iCalendar word: `CONFIRMED`, `TENTATIVE`, `CANCELLED`; or what FEP-8a8e has beside: `POSTPONED`, `RESCHEDULED`,
    `MOVEDONLINE`."""
    join_mode: str | None = None
    """`free`, `restricted`, `invite`, `external` or `none`."""
    place: str | None = None
    """Names and addresses in one line of plain text."""
    links: tuple[str, ...] = ()
    """Where it takes place on the web, and where one says elsewhere that one comes."""
    capacity: int = 0
    """0 means no limit; always written, PieFed needs it."""
    participants: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionPolicy:
    """Whom the author lets reply, quote and announce: actor, followers or Public URIs that need no asking.

    None says nothing; an empty tuple lets nobody. Source: GoToSocial, FEP-044f.
    """

    can_reply: tuple[str, ...] | None = None
    """When read, also those who may when they are let."""
    can_quote: tuple[str, ...] | None = None
    can_announce: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Anything with an author and a text: Note, Article, Page, Question, Event, Video, or a type we do not know."""

    id: str
    type: str = "Note"
    attributed_to: tuple[str, ...] = ()
    """Every actor named as author, in order. A post counts only if all of them are the signer (S028): `is_by`."""
    attributed_groups: tuple[str, ...] = ()
    """Actors in `attributedTo` that the document itself calls `Group` (PeerTube's channel, T13). Read only."""
    name: str | None = None
    """Title, plain text without markup (T42). Ignored on replies."""
    content: str = ""
    """HTML as received, not sanitised."""
    summary: str | None = None
    """Content warning on a Note, excerpt on an Article. HTML as received."""
    source: str | None = None
    """Markdown the author typed."""
    language: str | None = None
    """BCP 47 tag: first key of `contentMap`, or `language.identifier` of Lemmy and PieFed."""
    sensitive: bool = False
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    audience: str | None = None
    """The home group, if the object names one."""
    wall_of: str | None = None
    """Group on whose wall it stands: owner of `target` (FEP-400e)."""
    wall: str | None = None
    """The wall itself. Written only."""
    network: str | None = None
    """`fc:audience`: actor id of the network whose instances alone may read it (D59)."""
    in_reply_to: str | None = None
    context: str | None = None
    """Thread collection, resolvable. Source: FEP-7888."""
    conversation: str | None = None
    """Older name of the thread, any URI (`tag:` too)."""
    url: str | None = None
    """The page for people, on the host of `id`; None when it was on another host (S030)."""
    published: datetime | None = None
    updated: datetime | None = None
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    links: tuple[ObjectLink, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    image: str | None = None
    """Cover picture."""
    quote: str | None = None
    """Id of the quoted post (FEP-044f `quote` or one of its older names). Says nothing about consent."""
    quote_authorization: str | None = None
    """Where the quoted author is said to allow it. Trust it only after looking there (S050)."""
    reply_authorization: str | None = None
    """Where the author of what is answered says that it may stand there (GoToSocial). Written only."""
    poll: Poll | None = None
    event: EventDetails | None = None
    replies: CollectionRef | None = None
    likes: CollectionRef | None = None
    shares: CollectionRef | None = None
    """Who boosted it; for ours also which groups carry it."""
    comments_enabled: bool | None = None
    interaction_policy: InteractionPolicy | None = None
    searchable_by: tuple[str, ...] | None = None
    """Who may find it by searching: Public, collections of followers, actors; nobody if empty. None says nothing.
    Source: FEP-268d."""
    preview: str | None = None
    """HTML of the `preview` Note of an Article. Source: FEP-b2b8."""
    has_proof: bool = False
    """Carries a FEP-8b32 `proof`, checked or not. Read only."""

    @property
    def author(self) -> str | None:
        """The first actor named. Trust it only after `is_by`."""
        return self.attributed_to[0] if self.attributed_to else None

    def is_by(self, actor: str) -> bool:
        """Whether this actor, and nobody else, is named as author (S027, S028)."""
        return bool(self.attributed_to) and all(entry == actor for entry in self.attributed_to)

    @property
    def is_vote(self) -> bool:
        """Whether this is an answer to a poll: a Note with a name, a parent and nothing else."""
        is_plain = self.type == "Note" and _WORDLESS.fullmatch(self.content) is not None and not self.attachments
        return is_plain and self.name is not None and self.in_reply_to is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAuthorization:
    """The word of an author that one post may quote one of theirs; it lies with the author. Source: FEP-044f."""

    id: str
    attributed_to: str
    interacting: str
    """The post that quotes."""
    target: str
    """The post that is quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What stands where an object was. Source: FEP-4f05."""

    id: str
    former_type: str | None = None
    deleted: datetime | None = None
    attributed_to: tuple[str, ...] = ()
    context: str | None = None
    audience: str | None = None
