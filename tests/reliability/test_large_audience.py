"""Whoever posts to many does not wait for them (R041)."""

from typing import Any, cast

from fedcomm.database import Connection
from fedcomm.groups import membership
from tests.conftest import MakeDatabase
from tests.factories import HERE, NOON, make_account, make_group, make_thread
from tests.kit import many
from tests.reliability.hosts import hosts, readers
from tests.running import instance


async def test_r041_posting_to_ten_times_as_many_takes_no_further_statement(db: Connection) -> None:
    """R041: the author's transaction does the same work for 50 servers and for 500."""
    ada = await make_account(db)
    async with many(550) as servers:
        few, all_others = servers[:50], servers[50:]
    taken: list[int] = []
    for audience in (few, all_others):
        group = await make_group(db, members=[ada])
        await readers(db, group, audience, now=NOON)
        statements: list[str] = []

        def note(record: Any, to: list[str] = statements) -> None:
            to.append(record.query)

        cast("Any", db).add_query_logger(note)
        try:
            await make_thread(db, ada, group, here=HERE)
        finally:
            cast("Any", db).remove_query_logger(note)
        taken.append(len(statements))

    assert taken[0] == taken[1]


async def test_r041_what_was_posted_waits_as_facts_and_is_then_sent_to_all(database_url: MakeDatabase) -> None:
    """R041: the answer comes before anything was enqueued for a server; the worker does that, and all get it."""
    async with hosts(100) as there, instance(await database_url()) as here:
        ada = await here.person("ada")
        bakers = await here.group(ada, "bakers")
        async with here.db() as db:
            await membership.join(db, here.here, ada, bakers, how="follow", now=here.site.now())
            await readers(db, bakers, there.servers, now=here.site.now())
        async with here.client(await here.token(ada)) as client:
            answer = await client.post("/api/v1/statuses", json={"status": "@bakers Which oven?\nOurs broke."})
        assert answer.status_code == 200, answer.text
        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM pending_delivery") == 0
            assert await db.fetchval("SELECT count(*) FROM fact WHERE expanded_at IS NULL") > 0

        await here.settle()
        assert {arrival.inbox for arrival in there.arrivals} == set(there.inboxes)
