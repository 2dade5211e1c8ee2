"""Everything that can be addressed: people, groups, organisations and servers."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from federation.vocabulary.tags import Emoji, Hashtag


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key for HTTP signatures. Source: security/v1."""

    id: str
    owner: str
    pem: str


@dataclass(frozen=True, slots=True)
class Multikey:
    """An Ed25519 key for object proofs. Source: FEP-521a."""

    id: str
    controller: str
    multibase: str


@dataclass(frozen=True, slots=True)
class ProfileField:
    name: str
    value: str
    """HTML as received."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing the server of an actor can do. Source: FEP-844e."""

    href: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    type: ClassVar[str] = ""

    id: str
    inbox: str
    username: str = ""
    """`preferredUsername`, as written."""
    name: str | None = None
    """Display name, plain text without control characters."""
    summary: str | None = None
    """HTML as received."""
    source: str | None = None
    """Markdown of the summary."""
    url: str | None = None
    webfinger: str | None = None
    """`name@host`. Source: FEP-2c59."""
    outbox: str | None = None
    followers: str | None = None
    following: str | None = None
    featured: str | None = None
    featured_collections: str | None = None
    """Collections of those whom it recommends (FEP-7aa9). Written only."""
    can_feature: tuple[str, ...] | None = None
    """Who may put them into a collection; None says nothing, which others take as nobody (FEP-7aa9). Written only."""
    pending_followers: str | None = None
    """Follows of it that wait for an answer, for those they concern (FEP-4ccd)."""
    pending_following: str | None = None
    moderators: str | None = None
    """Collection of those who moderate a group: `attributedTo`, else `moderators`."""
    wall: str | None = None
    """Collection of what is written in a group, which posts for it name as their `target` (FEP-400e). Read only."""
    shared_inbox: str | None = None
    """`endpoints.sharedInbox`, else a top-level `sharedInbox`."""
    public_keys: tuple[PublicKey, ...] = ()
    assertion_methods: tuple[Multikey, ...] = ()
    icon: str | None = None
    image: str | None = None
    icon_text: str = ""
    """What its pictures show, for those who do not see them."""
    image_text: str = ""
    fields: tuple[ProfileField, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    locked: bool = False
    """`manuallyApprovesFollowers`."""
    discoverable: bool | None = None
    indexable: bool | None = None
    searchable_by: tuple[str, ...] = ()
    """Who may find their public posts (FEP-268d). Written only: read, it is `indexable`."""
    shows_media: bool | None = None
    """What its page shows, as Mastodon's tabs: `showMedia`, `showRepliesInMedia`, `showFeatured`."""
    shows_media_replies: bool | None = None
    shows_featured: bool | None = None
    attribution_domains: tuple[str, ...] = ()
    """Sites whose articles may name it as their author."""
    sensitive: bool = False
    posting_restricted_to_mods: bool = False
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    memorial: bool = False
    suspended: bool = False
    implements: tuple[Capability, ...] = ()
    """Of the actor itself (instance actors) or of its `generator`."""
    generator: str | None = None
    """Id of the instance actor that serves this one."""
    network: str | None = None
    """`fc:memberOf`: the network this instance belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Actor):
    type: ClassVar[str] = "Person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Actor):
    type: ClassVar[str] = "Group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization(Actor):
    type: ClassVar[str] = "Organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application(Actor):
    type: ClassVar[str] = "Application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Actor):
    type: ClassVar[str] = "Service"


ACTOR_TYPES: dict[str, type[Actor]] = {t.type: t for t in (Person, Group, Organization, Application, Service)}
