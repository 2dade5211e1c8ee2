"""What one actor tells others. Each class has what our product acts on; everything else is left out when read."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from federation.vocabulary.actors import Actor
from federation.vocabulary.objects import Post, Tombstone
from federation.vocabulary.tags import Emoji


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    type: ClassVar[str] = ""

    id: str | None = None
    """Kept byte for byte (T37). None when missing or no http(s) address: such an activity cannot be told apart."""
    actor: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    audience: str | None = None
    """The group it belongs to, if it names one."""
    published: datetime | None = None
    has_proof: bool = False
    """Carries a FEP-8b32 `proof`, checked or not. Read only."""
    has_ld_signature: bool = False
    """Carries an `RsaSignature2017`, which proves nothing to us (D47) but something to Mastodon. Read only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Activity):
    type: ClassVar[str] = "Create"
    object: Post | str | None = None
    """None when it was missing or had no id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Activity):
    type: ClassVar[str] = "Update"
    object: Post | Actor | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Activity):
    type: ClassVar[str] = "Delete"
    object: str | None = None
    """Id of what is gone, also when a Tombstone or the whole object was sent."""
    tombstone: Tombstone | None = None
    summary: str | None = None
    """A reason. Its presence, even empty, says that a moderator removed it; None says that the author did."""
    with_replies: bool = False
    """Removes the subtree too (Lemmy 1.0)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Activity):
    type: ClassVar[str] = "Follow"
    object: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Activity):
    type: ClassVar[str] = "Accept"
    object: Activity | str | None = None
    """What is accepted, usually the embedded Follow; compare it by id, never by equality."""
    result: str | None = None
    """Of an accepted Offer: id of the Announce that carries it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Activity):
    type: ClassVar[str] = "Reject"
    object: Activity | str | None = None
    target: str | None = None
    """Of a refused duplicate: the thread that exists already (FEP-d36d)."""
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce(Activity):
    type: ClassVar[str] = "Announce"
    object: Activity | Post | str | None = None
    """Whatever was embedded; an embedded post or activity is trusted only as D47 says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Like(Activity):
    type: ClassVar[str] = "Like"
    object: str | None = None
    emoji: str | None = None
    """Of an EmojiReact, or Misskey's `Like` with content: the character or `:shortcode:`."""
    picture: Emoji | None = None
    """What the shortcode looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dislike(Activity):
    type: ClassVar[str] = "Dislike"
    object: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo(Activity):
    type: ClassVar[str] = "Undo"
    object: Activity | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Activity):
    type: ClassVar[str] = "Flag"
    objects: tuple[str, ...] = ()
    """Actor and post ids, mixed."""
    content: str | None = None
    """The complaint, as text (`content`, else `summary`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Activity):
    type: ClassVar[str] = "Move"
    object: str | None = None
    """An actor (account move) or a context (thread move)."""
    origin: str | None = None
    target: str | None = None
    result: str | None = None
    """Of a thread that moved to a group of another server: its context there (federation.md 4.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Activity):
    type: ClassVar[str] = "Add"
    object: str | None = None
    target: str | None = None
    target_owner: str | None = None
    """Whose collection it is said to be (FEP-400e). Read only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove(Activity):
    type: ClassVar[str] = "Remove"
    object: str | None = None
    target: str | None = None
    target_owner: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(Activity):
    """A request that the group in `target` carries the thread `object` (federation.md 4.2), or that a `Move` may be
    done (4.3).
    """

    type: ClassVar[str] = "Offer"
    object: Activity | str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest(Activity):
    """A request that the author of `object` lets the post `instrument` quote it. Source: FEP-044f."""

    type: ClassVar[str] = "QuoteRequest"
    object: str | None = None
    instrument: Post | str | None = None
    """Its id when read; what is sent carries the whole post, which not everybody could fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequest(Activity):
    """A request that the actor `object` lets the collection `instrument` feature them. Source: FEP-7aa9."""

    type: ClassVar[str] = "FeatureRequest"
    object: str | None = None
    instrument: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Activity):
    type: ClassVar[str] = "Block"
    object: str | None = None
    target: str | None = None
    """The group or site a moderator bans from; None when one person blocks another."""
    summary: str | None = None
    ends_at: datetime | None = None
    remove_data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock(Activity):
    type: ClassVar[str] = "Lock"
    object: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Activity):
    """A request to become a member of a group, as Smithereen and Mobilizon say it (FEP-400e)."""

    type: ClassVar[str] = "Join"
    object: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Activity):
    """The end of what a `Join` began."""

    type: ClassVar[str] = "Leave"
    object: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Activity):
    """An activity we have no use for. It is answered 202 and dropped, never refused."""

    type_name: str = ""
    object: str | None = None


ACTIVITY_TYPES: dict[str, type[Activity]] = {
    t.type: t
    for t in (
        Create, Update, Delete, Follow, Accept, Reject, Announce, Like, Dislike, Undo,
        Flag, Move, Add, Remove, Offer, QuoteRequest, FeatureRequest, Block, Lock, Join, Leave,
    )
}  # fmt: skip
"""`Unknown` is not in it."""
