"""Others change or delete themselves (S018, S019, S108; D76)."""

from datetime import timedelta

from fedcomm.accounts import follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.database import Connection
from fedcomm.groups import membership
from fedcomm.here import Here
from fedcomm.jobs.inbox_queue import Dropped, Later
from fedcomm.portability import leaving
from fedcomm.threads import posting, reading
from federation.authority import live_together

ASKED_EVERY = timedelta(seconds=10)
POSTS_AT_ONCE = 50


async def changed(said: Hearing, uri: str) -> None:
    """Somebody says that their profile or keys changed: their own document says how, nothing that was sent (S018)."""
    account = await lookup.by_uri(said.db, uri)
    if uri != said.activity.actor and not (account is not None and account.is_group and _speaks_for(said, account)):
        raise Dropped("an Update of somebody else")
    if account is None or account.is_local:
        raise Dropped("an Update of somebody who is not known here")
    await said.need(f"changed {uri}", lambda: _again(said, uri))


def _speaks_for(said: Hearing, group: Account) -> bool:
    """Whether it comes from a group, or from its server, as Lemmy sends it in the name of a moderator."""
    return said.relayed_by.id == group.id if said.relayed_by else live_together(said.activity.actor, group.uri)


async def _again(said: Hearing, uri: str) -> str:
    if not said.site.service(Actors).may_refetch(f"{uri} changed", every=ASKED_EVERY):
        raise Later("asked not long ago")
    return (await said.resolver.account(uri, fresh=True)).uri


async def deleted(said: Hearing) -> None:
    """Somebody deleted their account: what they wrote goes, whom they followed and who followed them is told apart."""
    account = await lookup.by_uri(said.db, said.activity.actor)
    if account is None or account.is_local or account.state == "deleted":
        raise Dropped("a Delete of somebody who is not known here")
    await said.need(f"posts of {account.uri}", lambda: _empty(said, account))
    for follow in await follows.concerning(said.db, account.id):
        await _end(said.db, said.here, account, follow, said)
    await leaving.end_elsewhere(said.db, account.id, now=said.now)


async def _end(db: Connection, here: Here, account: Account, follow: follows.Follow, said: Hearing) -> None:
    """End one follow on either side; memberships end with it."""
    other_id = follow.followee_id if follow.follower_id == account.id else follow.follower_id
    other = await lookup.by_id(db, other_id)
    if other is None:
        return
    if follow.follower_id == account.id:
        await membership.receive_undo(db, here, account, other, now=said.now)
    else:
        await membership.receive_reject(db, here, other, account, now=said.now)


async def _empty(said: Hearing, account: Account) -> str:
    """Delete all posts of somebody, some at a time, each lot in a transaction of its own."""
    while True:
        async with said.site.transaction() as db:
            ids = await reading.ids_by(db, account.id, limit=POSTS_AT_ONCE)
            for post_id in ids:
                await posting.delete(db, said.here, account, post_id, now=said.now)
        if len(ids) < POSTS_AT_ONCE:
            return account.uri
