"""One activity on its way to being understood: who says it, whether that is proven, and what has to be fetched for it.

Interpreting happens inside a transaction and never asks the network. What is missing is named by an exception, fetched
by the worker outside, and the activity is interpreted again (`jobs/inbox_queue.py`).
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from fedcomm.accounts import keys, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.activitypub.key_lookup import SiteKeys
from fedcomm.activitypub.resolving import Resolver
from fedcomm.database import Connection
from fedcomm.errors import Gone, Refusal
from fedcomm.here import Here
from fedcomm.http.context import Site
from fedcomm.jobs.inbox_queue import Dropped, Item, Later, Missing
from fedcomm.network import peers
from federation.authority import authority, live_together
from federation.errors import FederationError, Malformed, Unauthentic, Unreachable
from federation.signatures.key_formats import Ed25519PublicKey, public_from_multikey
from federation.signatures.object_proofs import is_proven, read_proofs
from federation.vocabulary.activities import Activity
from federation.vocabulary.values import Document

MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of fetching something for an activity: `reason` it is not to be had, else the uri it has."""

    reason: str | None = None
    uri: str | None = None
    is_gone: bool = False
    """It was there, and its origin says that it is no more."""


class Memory:
    """What was fetched for which activity, so that nothing is fetched for it twice. Bounded; the oldest goes first."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str], Outcome] = OrderedDict()

    def get(self, item_id: int, what: str) -> Outcome | None:
        """What came of it; None when it was not tried."""
        return self._known.get((item_id, what))

    def put(self, item_id: int, what: str, outcome: Outcome) -> None:
        """Remember what came of it."""
        self._known[item_id, what] = outcome
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """One activity that somebody sent us, or that a group passed on inside another.

    `document` and `body` are those of this activity itself. `relayed_by` is the group in whose Announce it came, which
    signed the request.
    """

    db: Connection
    site: Site
    resolver: Resolver
    memory: Memory
    item: Item
    now: datetime
    activity: Activity
    document: Document
    body: bytes
    relayed_by: Account | None = None
    number: int = 0
    admitted: dict[str, bool] = field(default_factory=dict[str, bool])
    """Servers that were asked for already, in this transaction."""

    @property
    def here(self) -> Here:
        """Our own addresses."""
        return self.site.here

    @property
    def uri(self) -> str | None:
        """The activity's id, if it lies with its actor; nobody else's id counts."""
        id_ = self.activity.id
        return id_ if id_ is not None and live_together(id_, self.activity.actor) else None

    @property
    def is_first_hand(self) -> bool:
        """Whether its actor sent it: then it is theirs to say, and they may be answered."""
        return self.relayed_by is None and self.activity.actor == self.item.signer_uri

    def inside(self, activity: Activity, document: Document, body: bytes, by: Account, number: int) -> "Hearing":
        """An activity that came inside this one."""
        return replace(self, activity=activity, document=document, body=body, relayed_by=by, number=number)

    async def actor(self) -> Account:
        """Who says it. Raises Missing, Dropped."""
        account = await self.account(self.activity.actor)
        fetched_at = account.fetched_at
        if fetched_at is not None and self.now - fetched_at >= self.site.durations.actor_stale:
            # Seen again after a day: how they describe themselves now (D76). An old description does as well.
            await self.attempt(f"again {account.uri}", lambda: self._refreshed(account), patient=False)
        return account

    async def account(self, uri: str) -> Account:
        """Somebody who has to be known for this, fetched if need be. Raises Missing, Dropped."""
        known = await lookup.by_uri(self.db, uri)
        if known is None:
            if self.here.is_ours(uri):
                raise Dropped("nobody here has this address")
            await self.need(f"account {uri}", lambda: self._account(uri))
            known = await lookup.by_uri(self.db, uri)
        if known is None or known.state != "active":
            raise Dropped("the account is not to be had")
        if not known.is_local and not await self._is_admitted(known.authority):
            raise Dropped("nothing is exchanged with the account's server")
        return known

    async def meet(self, uri: str, *, is_home: bool = False) -> None:
        """Have somebody fetched who may matter; whether that worked is seen in the database. Raises Missing.

        `is_home`: for a while it is waited until they can be reached.
        """
        is_fresh = self.now - self.item.received_at < self.site.durations.group_patience
        await self.attempt(f"account {uri}", lambda: self._account(uri), patient=is_home and is_fresh)

    async def counts(self) -> bool:
        """Whether its actor is proven to say this, and not only somebody else that they did (D47).

        Sent by its actor; or passed on by a group of the same origin; or with a valid proof of its own actor
        (FEP-8b32). An LD signature gives no authority (S024). Raises Missing, Later.
        """
        actor = self.activity.actor
        if self.is_first_hand:
            return True
        if not await self._is_admitted(authority(actor)):
            raise Dropped("nothing is exchanged with its actor's server")
        if self.relayed_by is not None and live_together(actor, self.item.signer_uri):
            return True
        return self.activity.has_proof and await self._is_proven()

    async def attempt(self, what: str, fetch: Callable[[], Awaitable[str | None]], *, patient: bool = True) -> Outcome:
        """Have something fetched, once for this activity, and learn what came of it.

        `patient`: an origin that cannot be reached makes the activity wait; else that counts as not to be had.
        Raises Missing the first time.
        """
        outcome = self.memory.get(self.item.id, what)
        if outcome is None:
            raise Missing(what, lambda: self._fetch(what, fetch, patient=patient))
        return outcome

    async def need(self, what: str, fetch: Callable[[], Awaitable[str | None]]) -> str | None:
        """The same for what it cannot do without. Raises Missing, Dropped."""
        outcome = await self.attempt(what, fetch)
        if outcome.reason is not None:
            raise Dropped(f"{what}: {outcome.reason}"[:500])
        return outcome.uri

    async def _fetch(self, what: str, fetch: Callable[[], Awaitable[str | None]], *, patient: bool) -> None:
        try:
            outcome = Outcome(uri=await fetch())
        except Unreachable as problem:
            if patient:
                raise Later(f"{what}: {problem}") from problem
            outcome = Outcome(reason=str(problem))
        except (FederationError, Refusal) as problem:
            outcome = Outcome(reason=str(problem) or type(problem).__name__, is_gone=isinstance(problem, Gone))
        self.memory.put(self.item.id, what, outcome)

    async def _account(self, uri: str) -> str:
        return (await self.resolver.account(uri)).uri

    async def _refreshed(self, account: Account) -> str:
        return (await self.site.service(Actors).refreshed(account)).uri

    async def _is_proven(self) -> bool:
        """First by the keys that are known here, which costs nothing; else by asking for the key, once."""
        actor = self.activity.actor
        for claim in read_proofs(self.document, self.now, author=actor):
            key = await keys.by_uri(self.db, claim.verification_method)
            known = key is not None and key.account_uri == actor and key.algorithm == "ed25519"
            if key is not None and known and claim.is_proven_by(_public(key.public)):
                return True
        return (await self.attempt(f"proof {self.number} of {actor}", self._prove)).reason is None

    async def _prove(self) -> str:
        if not await is_proven(self.document, self.activity.actor, self.site.service(SiteKeys), now=self.now):
            raise Unauthentic("its proof does not hold")
        return self.activity.actor

    async def _is_admitted(self, who: str) -> bool:
        if who not in self.admitted:
            self.admitted[who] = await peers.is_admitted(self.db, who, self.site.settings.federation)
        return self.admitted[who]


def _public(multikey: str) -> Ed25519PublicKey:
    try:
        return public_from_multikey(multikey)
    except Malformed:
        raise LookupError("a stored key that cannot be read") from None
