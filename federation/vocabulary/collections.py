"""Lists other servers page through: outbox, followers, replies, contexts."""

from dataclasses import dataclass
from datetime import datetime

from federation.vocabulary.activities import Activity
from federation.vocabulary.actors import Actor
from federation.vocabulary.objects import Post, Tombstone

Item = str | Activity | Post | Tombstone | Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A `Collection` or `OrderedCollection` as its own document."""

    id: str
    ordered: bool = True
    total: int | None = None
    first: "str | CollectionPage | None" = None
    last: str | None = None
    items: tuple[Item, ...] = ()
    attributed_to: str | None = None
    """Owner. Source: FEP-11dd."""
    audience: str | None = None
    moved_from: str | None = None
    """`fc:movedFrom`: the conversation at another server that goes on here."""
    moved_to: str | None = None
    """`fc:movedTo`: where it goes on; this one takes nothing new."""
    name: str | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPage:
    id: str | None = None
    ordered: bool = True
    part_of: str | None = None
    next: str | None = None
    prev: str | None = None
    total: int | None = None
    items: tuple[Item, ...] = ()
