"""Keeping followers the same on both sides: what we say of ours, and what is done when others say otherwise.

A difference is settled by asking the other server for those of ours in its list, once in a while at most and only at
the origin of who is followed: follows that it does not know end here, and those that it has but nobody here wants are
taken back there. Source: FEP-8fcf; R044.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime

from fedcomm import facts
from fedcomm.accounts import follows, lookup, synchronising
from fedcomm.accounts.model import Account
from fedcomm.activitypub.resolving import Resolver
from fedcomm.database import Connection
from fedcomm.errors import Refusal
from fedcomm.groups import membership
from fedcomm.here import Here
from fedcomm.http.context import Site, SiteWork
from fedcomm.jobs.delivery_queue import Letter
from federation.authority import authority, live_together
from federation.errors import FederationError, Malformed
from federation.single_flight import SingleFlight
from federation.synchronising import FIELD, NOBODY, Agreement, digest_of, read_agreement
from federation.vocabulary.collections import Collection, CollectionPage

KEPT = 200
FRESH_S = 60.0
"""So long the digests made for one activity are used for it."""
MOST_UNDONE = 100
"""Follows that are taken back at a time; what is left differs still, and the next delivery says so."""

log = logging.getLogger(__name__)


def partial_url(account: Account) -> str:
    """Where a server reads which of its people follow one of ours."""
    return f"{account.uri}/followers_synchronization"


class Digests:
    """What stands beside deliveries to followers: made once for each activity, however many servers get it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: OrderedDict[int, tuple[float, Mapping[str, str | None]]] = OrderedDict()
        self._flights: SingleFlight[int, Mapping[str, str | None]] = SingleFlight()

    async def fields(self, letter: Letter, actor: Account, to: str) -> Mapping[str, str]:
        """The header for one server; none, unless the activity is for the followers of who sends it."""
        followers = actor.followers_url
        if followers is None or f'"{followers}"'.encode() not in letter.body:
            return {}
        made_at, digests = self._known.get(letter.id, (float("-inf"), {}))
        if time.monotonic() - made_at > FRESH_S:  # hundreds of deliveries begin at once: one of them asks
            digests = await self._flights.join(letter.id, lambda: self._make(letter, actor))
        digest = digests.get(to, NOBODY)
        return {FIELD: str(Agreement(followers, partial_url(actor), digest))} if digest is not None else {}

    async def _make(self, letter: Letter, actor: Account) -> Mapping[str, str | None]:
        async with self._site.read() as db:
            digests = await synchronising.digests_elsewhere(db, actor.id)
        self._known[letter.id] = time.monotonic(), digests
        self._known.move_to_end(letter.id)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return digests


async def hear(db: Connection, field: str, signer: str, *, now: datetime) -> bool:
    """A proven sender says which of ours follow them. True: we see it otherwise; the worker is to settle it."""
    try:
        said = read_agreement(field)
    except Malformed:
        return False
    if not live_together(said.collection, said.url, signer):
        return False
    known = await synchronising.digest_here(db, signer, said.collection)
    if known is None or said.digest == (known[1] or NOBODY):
        return False
    await facts.record(db, facts.FollowersDiffer(known[0], said.url, said.digest), now=now)
    return True


async def settle(work: SiteWork, fact: facts.FollowersDiffer) -> None:
    """Ask who of ours follows somebody elsewhere, and bring both sides together. What cannot be had changes nothing."""
    site = work.site
    async with site.read() as db:
        account = await lookup.by_id(db, fact.account_id)
    listed = None
    if account is not None and account.state == "active" and live_together(fact.url, account.uri):
        async with site.transaction() as db:
            is_due = await synchronising.take_turn(
                db, account.id, every=site.durations.followers_compared, now=work.now
            )
        listed = await _listed(site.service(Resolver), fact) if is_due else None
    async with work.transaction() as db:
        if account is not None and listed is not None:
            await _end_unknown_there(db, work.here, account, listed, asked_at=work.now)
            await _end_unwanted_here(db, work.here, account, listed, now=work.now)


async def _listed(resolver: Resolver, fact: facts.FollowersDiffer) -> frozenset[str] | None:
    """Who of ours the other server lists; None: that cannot be had, is not whole, or is not what it said."""
    try:
        await resolver.pace.take(authority(fact.url))
        found = await resolver.listing(fact.url)
    except (FederationError, Refusal) as reason:
        log.info("followers not compared url=%s reason=%s", fact.url, reason)
        return None
    page = found.first if isinstance(found, Collection) and isinstance(found.first, CollectionPage) else found
    uris = frozenset(each for each in page.items if isinstance(each, str))
    goes_on = page.next if isinstance(page, CollectionPage) else page.first
    if goes_on is not None or digest_of(uris) != fact.digest:
        log.info("followers not compared url=%s reason=the list is not the one of the digest", fact.url)
        return None
    return uris


async def _end_unknown_there(
    db: Connection, here: Here, account: Account, listed: frozenset[str], *, asked_at: datetime
) -> None:
    """Follows that the other server does not know are none, unless they began after it was asked."""
    for uri, follower_id in (await synchronising.accepted_before(db, account.id, asked_at)).items():
        follower = await lookup.by_id(db, follower_id) if uri not in listed else None
        if follower is not None:
            await membership.receive_reject(db, here, follower, account, now=asked_at)


async def _end_unwanted_here(
    db: Connection, here: Here, account: Account, listed: frozenset[str], *, now: datetime
) -> None:
    """Whom it lists and who asked is accepted; who does not follow is taken off its list (Undo)."""
    ours = await lookup.by_uris(db, [uri for uri in listed if here.is_ours(uri)])
    undone = 0
    for follower in ours.values():
        if not follower.is_local:
            continue
        present = await follows.find(db, follower.id, account.id)
        if present is not None and present.state == "requested":
            await membership.receive_accept(db, here, follower, account, now=now)
        elif present is None and undone < MOST_UNDONE:
            await facts.record(db, facts.FollowEnded(follower.id, account.id, ""), now=now)
            undone += 1
