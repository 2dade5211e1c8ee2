"""Which function hears what: the one entrance of what others tell us (decisions D6, D45, D47, D48).

The sender of the request is proven; here it is asked whether they are entitled to what the activity does. What has no
effect is noted in the drop log with its reason, and nobody is told.
"""

from collections.abc import Sequence
from datetime import datetime

from fedcomm.activitypub.inbound import (
    announces,
    blocks,
    carries,
    containers,
    features,
    follows,
    moderation,
    moderators,
    moves,
    posts,
    quotes,
    reactions,
    relocations,
    reports,
    together,
    unproven,
)
from fedcomm.activitypub.inbound.hearing import Hearing, Memory
from fedcomm.activitypub.resolving import Resolver
from fedcomm.database import Connection
from fedcomm.http.context import Site
from fedcomm.jobs.inbox_queue import Dropped, Item
from fedcomm.threads.model import Post
from federation.errors import Malformed
from federation.vocabulary.activities import (
    Accept,
    Add,
    Announce,
    Block,
    Create,
    Delete,
    Dislike,
    FeatureRequest,
    Flag,
    Follow,
    Join,
    Leave,
    Like,
    Lock,
    Move,
    Offer,
    QuoteRequest,
    Reject,
    Remove,
    Undo,
    Update,
)
from federation.vocabulary.reading import read_activity
from federation.vocabulary.strict_json import load_object


class Inbound:
    """Interprets accepted activities. Fulfils `jobs.interpreting.Interpreter`. One for each process."""

    def __init__(self, site: Site, resolver: Resolver) -> None:
        self._site = site
        self._resolver = resolver
        self._memory = Memory()

    async def interpret(self, db: Connection, item: Item, *, now: datetime) -> None:
        """Do what the activity says, in the transaction given. Raises Missing, Later, Dropped, Refusal."""
        try:
            document = load_object(item.body)
            activity = read_activity(document)
        except Malformed as problem:
            raise Dropped(str(problem)) from problem
        if self._site.here.is_ours(activity.actor) or self._site.here.is_ours(item.signer_uri):
            raise Dropped("in the name of one of ours")
        await self._hear(
            Hearing(
                db=db,
                site=self._site,
                resolver=self._resolver,
                memory=self._memory,
                item=item,
                now=now,
                activity=activity,
                document=document,
                body=item.body,
            )
        )

    async def interpret_together(self, db: Connection, items: Sequence[Item], *, now: datetime) -> set[int]:
        """Do what those activities say that can be done together, in the transaction given; their ids."""
        return await together.hear(db, self._site, items, now=now)

    def may_be_together(self, items: Sequence[Item]) -> bool:
        """Whether any of them is of the kind that can be."""
        return any(together.may_be_heard(item) for item in items)

    async def _hear(self, said: Hearing) -> Post | None:
        """The post that it brought, where that is known."""
        # What moderators do is the group's word, where it says so itself: `moderators.voice_of` asks.
        if (said.relayed_by is not None and moderators.is_act(said.activity)) or await said.counts():
            return await self._act(said)
        await unproven.confirm(said)
        return None

    async def _act(self, said: Hearing) -> Post | None:
        """Only names what was said. What concerns sender and receiver alone is heard at first hand only."""
        match said.activity:
            case Create() as activity:
                return await posts.create(said, activity)
            case Update() as activity:
                return await posts.update(said, activity)
            case Delete() as activity:
                await posts.delete(said, activity)
            case Like() as activity:
                await reactions.like(said, activity)
            case Undo() as activity:
                await reactions.undo(said, activity)
            case Announce() as activity if said.is_first_hand:
                await announces.announce(said, activity, self._hear)
            case Follow() as activity if said.is_first_hand:
                await follows.follow(said, activity)
            case Join() as activity if said.is_first_hand:
                await follows.join(said, activity)
            case Leave() as activity if said.is_first_hand:
                await follows.undo(said, activity)
            case Accept() as activity if said.is_first_hand:
                await follows.accept(said, activity)
            case Reject() as activity if said.is_first_hand:
                await follows.reject(said, activity)
            case Offer(object=Move() as asked) as activity if said.is_first_hand:
                await relocations.offered(said, activity, asked)
            case Offer() as activity if said.is_first_hand:
                await carries.offer(said, activity)
            case FeatureRequest() as activity if said.is_first_hand:
                await features.asked(said, activity)
            case QuoteRequest() as activity if said.is_first_hand:
                await quotes.asked(said, activity)
            case Dislike() as activity:
                await reactions.dislike(said, activity)
            case Flag() as activity if said.is_first_hand:
                await reports.flag(said, activity)
            case Block() as activity:
                await blocks.block(said, activity)
            case Lock() as activity:
                await moderation.lock(said, activity)
            case Add() as activity:
                if not await containers.added(said, activity, self._hear):
                    await moderation.add(said, activity)
            case Remove() as activity:
                await moderation.remove(said, activity)
            case Move() as activity:
                await moves.move(said, activity)
            case Announce() | Follow() | Join() | Leave() | Accept() | Reject() | Offer() | Flag():
                raise Dropped("passed on by somebody else")
            case QuoteRequest() | FeatureRequest():
                raise Dropped("passed on by somebody else")
            case _:
                raise Dropped("an activity that we have no use for")
        return None
