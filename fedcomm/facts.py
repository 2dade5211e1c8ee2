"""What happened. A fact is recorded in the transaction of the change; the worker turns it into its consequences.

Nothing leaves the server, no one is notified, except as the consequence of a fact (decisions D5, D66; R001).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from fedcomm import ids
from fedcomm.database import Connection


class Fact(msgspec.Struct, frozen=True, tag_field="type", tag=True):
    """Something that happened and that others may have to learn of."""


class PostPublished(Fact, frozen=True):
    """A post became visible here: written here, or received from elsewhere."""

    post_id: int


class PostHeld(Fact, frozen=True):
    """A post waits until those who look after its group, or who run the instance, have seen it."""

    post_id: int


class PostPlaced(Fact, frozen=True):
    """A post that had to wait for what it answers stands in its thread now, and so perhaps in a group (D51)."""

    post_id: int


class PostEdited(Fact, frozen=True):
    """A post's text or title changed."""

    post_id: int


class PostDeleted(Fact, frozen=True):
    """A post was deleted by its author. Its row keeps id, uri, place and times (D61).

    `taken_part`: of each server that may keep it, somebody who boosted or favoured it, which nothing tells any more.
    """

    post_id: int
    taken_part: tuple[int, ...] = ()


class MediaUploaded(Fact, frozen=True):
    """Somebody uploaded a file, which is to be made ready."""

    media_id: int


class PostRemoved(Fact, frozen=True):
    """A group's moderator removed a post from the group. `is_one_of_many`: nobody is told of each."""

    post_id: int
    by_id: int
    reason: str = ""
    is_one_of_many: bool = False


class PostRestored(Fact, frozen=True):
    """A group's moderator brought back what was removed."""

    post_id: int
    by_id: int


class RepliesUnwanted(Fact, frozen=True):
    """A post was removed from its group with all that answers it."""

    post_id: int
    by_id: int
    reason: str = ""


class ThreadLocked(Fact, frozen=True):
    """A thread was closed to answers, or opened again."""

    post_id: int
    by_id: int
    is_locked: bool
    lock_uri: str


class DecisionHeard(Fact, frozen=True):
    """A moderator elsewhere decided about a thread that groups of ours carry: `said` is their activity, proven."""

    post_id: int
    uri: str
    activity_type: str
    said: str


class PinChanged(Fact, frozen=True):
    """Somebody of ours put a post on top of their page, a group of ours a thread of its own; or took it off."""

    post_id: int
    account_id: int
    by_id: int
    is_pinned: bool


class ThreadMoveAsked(Fact, frozen=True):
    """Who looks after a group of ours asks a group of another server to take a thread."""

    move_id: int


class ThreadMoveDecided(Fact, frozen=True):
    """A group was asked to take a thread of another server's group, and said yes or no."""

    move_id: int


class ThreadMoved(Fact, frozen=True):
    """A thread of a group of ours was moved to another one."""

    post_id: int
    origin_id: int
    target_id: int
    by_id: int


class ModeratorChanged(Fact, frozen=True):
    """Somebody begins or ceases to look after a group of ours."""

    account_id: int
    group_id: int
    by_id: int
    is_moderator: bool


class CollectionsWanted(Fact, frozen=True):
    """What somebody elsewhere has pinned, and who looks after their group, is to be read."""

    account_id: int
    moderators_only: bool = False


class OutboxWanted(Fact, frozen=True):
    """What somebody elsewhere published before they were found from here is to be read."""

    account_id: int


class ThreadAnnounced(Fact, frozen=True):
    """A group of ours, home or carrying, announces a thread to its members; `boost_id` is its wrapper."""

    boost_id: int


class ThreadAnnouncedToStrangers(Fact, frozen=True):
    """The same for servers of which we do not know yet what they understand: they are asked first (D56)."""

    boost_id: int
    authorities: tuple[str, ...]


class ThreadAnnouncedElsewhere(Fact, frozen=True):
    """A group elsewhere announced a thread to its members, some of them perhaps ours; `boost_id` is its wrapper."""

    boost_id: int


class ThreadShownAlong(Fact, frozen=True):
    """A group of ours shows its people a thread that a group which it follows announced; `boost_id` is its wrapper."""

    boost_id: int


class AnnouncementWithdrawn(Fact, frozen=True):
    """A group of ours takes back its announcement of a thread (removed, deleted, or no longer carried)."""

    boost_id: int
    group_id: int
    post_id: int
    announce_uri: str


class PostBoosted(Fact, frozen=True):
    """A person boosted a post."""

    boost_id: int


class BoostUndone(Fact, frozen=True):
    """A person took a boost back."""

    account_id: int
    post_id: int
    boost_uri: str


class PostFavourited(Fact, frozen=True):
    """A person favourited a post (and thereby said "same here" on a question's root)."""

    favourite_id: int


class FavouriteUndone(Fact, frozen=True):
    """A person took a favourite back."""

    account_id: int
    post_id: int
    favourite_uri: str


class VoteChanged(Fact, frozen=True):
    """Somebody favoured or disliked a post in a group of ours, or took that back; `said` is the activity as it came."""

    post_id: int
    by_id: int
    vote_uri: str
    said: str = ""


class VoteDue(Fact, frozen=True):
    """The same a little later: what came of it is told to the servers of the group's members."""

    post_id: int
    by_id: int
    vote_uri: str
    said: str = ""


class AccountBlocked(Fact, frozen=True):
    """One of ours blocked somebody elsewhere."""

    account_id: int
    target_id: int
    block_uri: str


class AccountUnblocked(Fact, frozen=True):
    """One of ours took a block back."""

    account_id: int
    target_id: int
    block_uri: str


class MemberBanned(Fact, frozen=True):
    """A group of ours put somebody out."""

    account_id: int
    group_id: int
    by_id: int
    reason: str
    removes_posts: bool


class WritingsUnwanted(Fact, frozen=True):
    """Somebody was put out of a group, and what they wrote there goes with them."""

    account_id: int
    group_id: int
    reason: str


class DecisionPassedOn(Fact, frozen=True):
    """A moderator of ours decides something about a group of another server, which is asked to do it."""

    decision: str
    by_id: int
    group_id: int
    post_id: int
    account_id: int
    reason: str
    ends_at: datetime | None
    removes_posts: bool


class MediaCovered(Fact, frozen=True):
    """Those who run the instance cover the files of somebody, or show them again."""

    account_id: int


class BanLifted(Fact, frozen=True):
    """A group of ours lets somebody come back."""

    account_id: int
    group_id: int
    by_id: int
    block_uri: str


class FollowAsked(Fact, frozen=True):
    """One of ours asked to follow an account elsewhere (for a group: to join it)."""

    follow_id: int


class FollowAccepted(Fact, frozen=True):
    """An account of ours accepted a follower; those elsewhere are told."""

    follow_id: int


class FollowRefused(Fact, frozen=True):
    """An account of ours refused or removed a follower from elsewhere."""

    follower_id: int
    followee_id: int
    follow_uri: str


class FollowEnded(Fact, frozen=True):
    """One of ours stopped following an account elsewhere."""

    follower_id: int
    followee_id: int
    follow_uri: str


class GroupUnfollowed(Fact, frozen=True):
    """A group of ours does not follow another one any more."""

    group_id: int
    target_id: int


class FollowersDiffer(Fact, frozen=True):
    """Somebody elsewhere says that others of ours follow them than we know of; `url` lists them (FEP-8fcf)."""

    account_id: int
    url: str
    digest: str


class FollowReceived(Fact, frozen=True):
    """Somebody follows, or asks to follow, one of ours: who is followed may want to know."""

    follow_id: int


class CarryAsked(Fact, frozen=True):
    """A thread asks a group to carry it: an Offer goes to that group, a copy to the home group (D49)."""

    carry_id: int


class CarryDecided(Fact, frozen=True):
    """A group of ours accepted or declined to carry a thread."""

    carry_id: int


class CarryBegun(Fact, frozen=True):
    """A group elsewhere carries a thread from now on: its home tells it what was said before."""

    carry_id: int


class CarryEnded(Fact, frozen=True):
    """A group of ours stopped carrying a thread."""

    carry_id: int


class AccountChanged(Fact, frozen=True):
    """The profile of an account of ours changed."""

    account_id: int


class AccountRenamed(Fact, frozen=True):
    """An account elsewhere has another handle or page."""

    account_id: int


class AccountMoved(Fact, frozen=True):
    """An account, ours or another's, moved to another one: its followers here go along. `above`: those after this."""

    account_id: int
    target_id: int
    above: int = 0


class AccountDeleted(Fact, frozen=True):
    """An account of ours was deleted."""

    account_id: int


class AccountToldGone(Fact, frozen=True):
    """Those who knew an account of ours were told that it is gone: what is left of it goes."""

    account_id: int


class PostRefused(Fact, frozen=True):
    """A well-formed post to a group of ours came from somebody who may not write there (D45)."""

    group_id: int
    author_id: int
    activity_uri: str
    reason: str


class PostTurnedDown(Fact, frozen=True):
    """A group elsewhere does not show a post of ours, or shows it no longer."""

    post_id: int
    group_id: int


class VoteCast(Fact, frozen=True):
    """One of ours voted in a poll that lives elsewhere: its author's server is told, and nobody else."""

    account_id: int
    poll_id: int
    vote_ids: tuple[int, ...]


class PollCounted(Fact, frozen=True):
    """Votes came in, of which those hear who look on. A poll has the id of its post.

    It waits for further votes and must hold nothing else up: hence `poll_id`, which is no lane of its own.
    """

    poll_id: int


class PollTallied(Fact, frozen=True):
    """Votes came in, of which other servers hear."""

    poll_id: int


class PollEnded(Fact, frozen=True):
    """Nobody can vote in a poll any more."""

    poll_id: int


class ThreadIncomplete(Fact, frozen=True):
    """A thread was found elsewhere by one of its posts; `waiting` are addresses where more of it lies (D51).

    Each with the number of the page it is in its collection. `asked` so many were asked for already.
    """

    post_id: int
    waiting: tuple[tuple[str, int], ...]
    asked: int = 0


class QuoteAsked(Fact, frozen=True):
    """A post of ours quotes one of another server, whose author is asked for it."""

    post_id: int
    request_id: int


class QuoteFound(Fact, frozen=True):
    """A post of another server quotes something: what that is, and whether it was allowed, is to be looked up.

    `stamp_uri` is where it says that its consent lies; empty: it names none.
    """

    post_id: int
    stamp_uri: str


class QuoteAccepted(Fact, frozen=True):
    """A post quotes another one with consent: who is quoted may want to know."""

    post_id: int


class QuoteAnswered(Fact, frozen=True):
    """What a post quotes was allowed or refused, after it had waited for that."""

    post_id: int


class ReplyAllowed(Fact, frozen=True):
    """The author of what a reply of ours answers let it stand there, or took that back."""

    post_id: int


class QuoteRequested(Fact, frozen=True):
    """Somebody elsewhere asked whether a post of theirs may quote one of ours; `stamp_id` is None if it may not."""

    quoted_id: int
    asker_id: int
    request_uri: str
    quoting_uri: str
    stamp_id: int | None


class QuoteRevoked(Fact, frozen=True):
    """An author of ours no longer allows a quote."""

    stamp_id: int
    post_id: int


class QuoteWithdrawn(Fact, frozen=True):
    """A post no longer shows what it quotes."""

    post_id: int


class QuotePolicyChanged(Fact, frozen=True):
    """An author of ours changed whom a post lets quote it."""

    post_id: int


class ReportFiled(Fact, frozen=True):
    """Somebody, here or elsewhere, complained of somebody."""

    report_id: int


class ReportPassedOn(Fact, frozen=True):
    """Those who look after a group leave a report to those who run the instance."""

    report_id: int


class EmergencyAccessAsked(Fact, frozen=True):
    """An admin would like to read a group's threads for its members, and waits for a second one (product 26)."""

    access_id: int


class EmergencyAccessEnded(Fact, frozen=True):
    """An admin could read a group's threads for its members, and cannot any more."""

    access_id: int


class StatementIssued(Fact, frozen=True):
    """Something was decided about somebody, who is told why."""

    statement_id: int


class AppealFiled(Fact, frozen=True):
    """Somebody asks others to decide anew what was decided about them."""

    statement_id: int


class AppealDecided(Fact, frozen=True):
    """That was decided, by somebody else than before."""

    statement_id: int


class AnnouncementSaid(Fact, frozen=True):
    """Those who run the instance said something to all its members."""

    announcement_id: int


class AnnouncementUnsaid(Fact, frozen=True):
    """They took it back."""

    announcement_id: int


class AnnouncementReactedTo(Fact, frozen=True):
    """A member reacted to an announcement with an emoji, or took that back."""

    announcement_id: int
    name: str


class AccountFeatured(Fact, frozen=True):
    """Somebody put an account into a collection."""

    item_id: int


class FeatureRequested(Fact, frozen=True):
    """Somebody elsewhere asked to feature an account of ours in a collection; `stamp_id` is None if they may not."""

    account_id: int
    owner_id: int
    request_uri: str
    collection_uri: str
    stamp_id: int | None


class FeatureRevoked(Fact, frozen=True):
    """An account of ours no longer lets a collection elsewhere feature it."""

    stamp_id: int


class CollectionChanged(Fact, frozen=True):
    """The owner of a collection said something else about it."""

    collection_id: int


class CollectionDeleted(Fact, frozen=True):
    """A collection is no more."""

    collection_id: int


class PeerSuspended(Fact, frozen=True):
    """An admin suspended another server."""

    authority: str


class AnnouncementsUnwanted(Fact, frozen=True):
    """More of a suspended server is to be taken back than was at once."""

    authority: str


class AnnouncementTakenBack(Fact, frozen=True):
    """A group of ours no longer announces elsewhere what a suspended server wrote; here its place is kept."""

    group_id: int
    post_id: int
    announce_uri: str


class PeerRestored(Fact, frozen=True):
    """An admin restored another server."""

    authority: str


FACTS: dict[str, type[Fact]] = {cls.__name__: cls for cls in Fact.__subclasses__()}


def payload(fact: Fact) -> dict[str, Any]:
    """The fields of a fact as JSON for its row."""
    return {name: getattr(fact, name) for name in fact.__struct_fields__}


def from_row(type_: str, fields: dict[str, Any]) -> Fact:
    """A fact from its row."""
    return msgspec.convert(fields, FACTS[type_])


async def record(db: Connection, fact: Fact, *, now: datetime, after: timedelta = timedelta(0)) -> int:
    """Write a fact down in the transaction of the change it tells of; its consequences follow after the commit.

    `after`: so much later, for work that is done in pieces.
    """
    fact_id = ids.new(now)
    await db.execute(
        """
        INSERT INTO fact (id, type, payload, created_at)
        VALUES ($1, $2, $3, $4)
        """,
        fact_id,
        type(fact).__name__,
        payload(fact),
        now + after,
    )
    return fact_id


async def record_all(db: Connection, happened: Sequence[Fact], *, now: datetime) -> None:
    """Many facts at once, in their order."""
    await db.execute(
        """
        INSERT INTO fact (id, type, payload, created_at)
        SELECT happened.*, $4
          FROM unnest($1::bigint[], $2::text[], $3::jsonb[]) AS happened (id, type, payload)
        """,
        [ids.new(now) for _ in happened],
        [type(fact).__name__ for fact in happened],
        [payload(fact) for fact in happened],
        now,
    )
