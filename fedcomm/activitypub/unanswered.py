"""Requests to follow or join that have waited long: their Accept or Reject may be lost, so the other side is asked.

Only servers that run what we run are: they tell who still waits (FEP-4ccd) and who follows (FEP-8fcf) to the server of
those people alone. In the first list a request waits on; in the second it was accepted; in neither it was refused, or
never came. What cannot be had, or is not whole, changes nothing.
"""

import logging
import random
import time
from datetime import timedelta

from fedcomm.accounts import follows, lookup, pending, synchronising
from fedcomm.accounts.model import Account
from fedcomm.activitypub.peer_profiles import learn_profile
from fedcomm.activitypub.resolving import Resolver
from fedcomm.activitypub.synchronising import partial_url
from fedcomm.errors import Refusal
from fedcomm.groups import membership
from fedcomm.http.context import Site
from fedcomm.network import peers
from federation.authority import authority
from federation.errors import FederationError
from federation.vocabulary.activities import Follow
from federation.vocabulary.collections import Collection, Item

SOFTWARE = "fedcomm"
WAITED = timedelta(hours=6)
"""A request younger than this may simply not have been answered."""
GIVEN_UP = timedelta(days=90)
EVERY = timedelta(days=1)
"""So often at most somebody is asked; up to half as long again, so that many instances do not ask at once."""
PIECE = 20

log = logging.getLogger(__name__)


def waiting_url(account: Account) -> str:
    """Where a server reads which of its people wait for an answer by somebody."""
    return f"{account.uri}/pending_followers"


async def go_on(site: Site) -> None:
    """Ask about some of them, those never asked about first."""
    now = site.now()
    async with site.read() as db:
        wanted = await pending.long_unanswered(
            db, software=SOFTWARE, after=now - GIVEN_UP, before=now - WAITED, limit=PIECE
        )
    ends = time.monotonic() + site.durations.work_limit.total_seconds() / 2
    for account_id in wanted:
        if time.monotonic() > ends:
            return
        async with site.transaction() as db:
            every = EVERY * random.uniform(1, 1.5)
            account = await lookup.by_id(db, account_id)
            is_due = account is not None and await synchronising.take_turn(db, account_id, every=every, now=now)
        if account is not None and is_due:
            await _ask(site, account)


async def _ask(site: Site, account: Account) -> None:
    await learn_profile(site, account.authority)
    async with site.read() as db:
        profile = await peers.profile(db, account.authority)
    if profile.software_name != SOFTWARE:
        return
    now = site.now()
    waiting = await _listed(site, waiting_url(account))
    following = await _listed(site, partial_url(account)) if waiting is not None else None
    if waiting is None or following is None:
        return
    still = {each.actor for each in waiting if isinstance(each, Follow)}
    accepted = {each for each in following if isinstance(each, str)}
    async with site.transaction() as db:
        if not accepted and await follows.is_read_here(db, account.id):
            return  # it has more of ours than it lists
        for uri, follower_id in (await pending.asked_by_ours(db, account.id, before=now - WAITED)).items():
            follower = await lookup.by_id(db, follower_id) if uri not in still else None
            if follower is None:
                continue
            if uri in accepted:
                await membership.receive_accept(db, site.here, follower, account, now=now)
            else:
                await membership.receive_reject(db, site.here, follower, account, now=now)


async def _listed(site: Site, url: str) -> tuple[Item, ...] | None:
    """A whole list; None: it cannot be had, or goes on, or not all of it was understood."""
    resolver = site.service(Resolver)
    try:
        await resolver.pace.take(authority(url))
        found = await resolver.listing(url)
    except (FederationError, Refusal) as reason:
        log.info("request not asked about url=%s reason=%s", url, reason)
        return None
    if not isinstance(found, Collection) or found.first is not None or found.total != len(found.items):
        return None
    return found.items
