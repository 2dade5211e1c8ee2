"""Somebody deletes their account while much that they said waits to be sent (R040)."""

from fedcomm import facts
from fedcomm.portability import leaving
from tests.conftest import MakeDatabase
from tests.factories import make_thread
from tests.reliability.hosts import hosts, readers
from tests.running import instance

HOSTS = 10
POSTS = 100


async def test_r040_who_is_gone_is_told_to_all_and_what_waited_of_them_goes_to_nobody(
    database_url: MakeDatabase,
) -> None:
    """R040: a thousand posts and a new profile wait for ten servers; all hear of the deletion, and of nothing else."""
    async with hosts(HOSTS) as there, hosts(1) as other, instance(await database_url()) as here:
        ada, ben = await here.person("ada"), await here.person("ben")
        async with here.db() as db:
            await readers(db, ada, there.servers, now=here.site.now())
            for _ in range(POSTS):
                await make_thread(db, ada, here=here.here, now=here.site.now())
            await facts.record(db, facts.AccountChanged(ada.id), now=here.site.now())
        async with here.db() as db:
            await readers(db, ben, other.servers, now=here.site.now())
            await make_thread(db, ben, here=here.here, now=here.site.now())
        await here.worker.facts.settle()
        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM pending_delivery") == (POSTS + 1) * HOSTS + 1
            await leaving.leave_for_good(db, here.here, ada, now=here.site.now())
        await here.settle()

        told = [(arrival.inbox, arrival.seen.json()) for arrival in there.arrivals]
        assert {said["type"] for _, said in told} == {"Delete"}
        assert {inbox for inbox, said in told if said["object"] == ada.uri} == set(there.inboxes)
        assert [arrival.seen.json()["type"] for arrival in other.arrivals] == ["Create"]
        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM pending_delivery") == 0
            reasons = await db.fetch("SELECT last_error FROM failed_delivery JOIN activity ON id = activity_id")
            assert {row["last_error"] for row in reasons} == {"dropped: the account was deleted"}
            assert len(reasons) >= HOSTS
