"""Servers that never answer delay nobody else, neither who is sent to nor who asks us (P6; R006, R009, R033)."""

import asyncio
from collections.abc import Iterable
from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.threads.model import Post
from tests.conftest import MakeDatabase
from tests.factories import make_thread
from tests.kit import FakeActor, FakePeer, FakeServer, answers, many
from tests.reliability.hosts import hosts, readers
from tests.running import Instance, instance, until

PROMPT_S = 5.0


async def test_r006_a_server_that_hangs_delays_neither_what_we_send_nor_what_we_hear(
    database_url: MakeDatabase,
) -> None:
    """R006: its inbox never answers, nor does the post that somebody's answer is about; both are let go in time."""
    async with (
        FakePeer() as peer,
        hosts(10) as there,
        instance(await database_url(), FEDCOMM_DEV_DURATIONS="0.15") as here,
        here.working(),
        many(1, answers.hang()) as (silent,),
    ):
        ada = await here.person("ada")
        await _read_by(here, ada, [silent, *there.servers])
        waits, others = peer.add("waits"), [peer.add(f"rui{n}") for n in range(10)]
        await _tell(here, waits, ada, inReplyTo=silent.url("/notes/1"))
        for rui in others:
            await _tell(here, rui, ada)
        post = await _publish(here, ada)

        await there.until_reached(here.here.activity_uri(post.id), 10, within=PROMPT_S)
        await until(lambda: _heard(here), lambda count: count >= 10, within=PROMPT_S, what="others wait")
        assert {seen.path for seen in silent.seen} == {"/inbox", "/notes/1"}
        await until(lambda: _heard(here), lambda count: count == 11, what="it is never let go")
        await silent.received(2, path="/inbox", within=10)


async def test_r009_two_hundred_dead_hosts_do_not_clog_the_queue(database_url: MakeDatabase) -> None:
    """R009: 50 posts for 200 hosts that hang and 20 that live: the living have nearly all within 5 s of the posting."""
    async with (
        hosts(20) as there,
        instance(await database_url()) as here,
        here.working(),
        many(200, answers.hang()) as dead,
    ):
        ada = await here.person("ada")
        await _read_by(here, ada, [*dead, *there.servers])
        loop = asyncio.get_running_loop()
        posted: dict[str, float] = {}
        for _ in range(50):
            post = await _publish(here, ada)
            posted[here.here.activity_uri(post.id)] = loop.time()
        for activity_id in posted:
            await there.until_reached(activity_id, 20, within=20)

        took = sorted(arrival.seen.at - posted[arrival.activity_id] for arrival in there.arrivals)
        assert len(took) == 50 * 20
        print(f"p50 {took[500]:.2f} s, p95 {took[950]:.2f} s, longest {took[-1]:.2f} s")
        assert took[950] < PROMPT_S
        assert max(server.busiest for server in dead) <= 4
        async with here.db() as db:
            assert await db.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0


async def test_r033_a_server_that_hangs_holds_no_connection_to_the_database(database_url: MakeDatabase) -> None:
    """R033: thirty servers hang, to be sent to and to be asked; with eight connections, apps notice nothing."""
    async with (
        FakePeer() as peer,
        instance(await database_url()) as here,
        here.working(),
        many(30, answers.hang()) as silent,
    ):
        ada = await here.person("ada")
        await _read_by(here, ada, silent)
        for n, server in enumerate(silent):
            await _tell(here, peer.add(f"rui{n}"), ada, inReplyTo=server.url("/notes/1"))
        await _publish(here, ada)
        for server in silent:
            await server.received(1, path="/inbox", within=PROMPT_S)
        await until(lambda: _asked(silent), lambda count: count >= 8, what="nobody is asked")
        async with here.client(await here.token(ada)) as client:
            form = {"status": "Is it slow here?"}
            asked = [client.get("/api/v1/timelines/home") for _ in range(20)]
            asked += [client.post("/api/v1/statuses", json=form) for _ in range(20)]
            got = await asyncio.gather(*asked)

        assert {answer.status_code for answer in got} == {200}
        assert sum(server.busy for server in silent) >= 30, "they have answered meanwhile: this shows nothing"


async def _read_by(here: Instance, account: Account, servers: Iterable[FakeServer]) -> None:
    async with here.db() as db:
        await readers(db, account, servers, now=here.site.now())


async def _publish(here: Instance, account: Account) -> Post:
    async with here.db() as db:
        return await make_thread(db, account, here=here.here, now=here.site.now())


async def _tell(here: Instance, actor: FakeActor, to: Account, **more: Any) -> None:
    mention = {"type": "Mention", "href": to.uri, "name": f"@{to.handle}"}
    note = actor.writes("Hello", cc=[to.uri], tag=[mention], **more)
    sent = await actor.send(f"{here.url}/inbox", actor.does("Create", note))
    assert sent.status == 202, sent.body


async def _heard(here: Instance) -> int:
    async with here.db() as db:
        found: int = await db.fetchval("SELECT count(*) FROM post WHERE NOT is_local")
        return found


async def _asked(servers: Iterable[FakeServer]) -> int:
    return sum(seen.method == "GET" for server in servers for seen in server.seen)
