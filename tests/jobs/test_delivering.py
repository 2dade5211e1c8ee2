"""Deliveries: to whom, in which order, how many at once, and what happens when they fail."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from fedcomm import database
from fedcomm.jobs import steering
from fedcomm.jobs.delivering import Room
from fedcomm.jobs.steering import Which
from fedcomm.jobs.wakeups import Wakeups
from tests.conftest import MakeDatabase
from tests.jobs.offices import QUICK, office, until
from tests.kit import Exchange, FakeServer, answers, many


def inboxes(*servers: FakeServer) -> list[tuple[str, str]]:
    return [(server.url("/inbox"), server.authority) for server in servers]


async def test_an_activity_reaches_every_inbox_once(database_url: MakeDatabase) -> None:
    async with office(await database_url()) as here, many(30, answers.status(202)) as servers:
        first = await here.post(inboxes(*servers))
        second = await here.post(inboxes(*servers), order_key=2)

        await here.delivering.settle()

        for server in servers:
            assert sorted(seen.json()["id"] for seen in server.seen) == [
                f"http://localhost/a/{first}",
                f"http://localhost/a/{second}",
            ]
        assert (await here.count("pending"), await here.count("done"), await here.count("leased")) == (0, 60, 0)


async def test_the_same_activity_enqueued_twice_is_sent_once(database_url: MakeDatabase) -> None:
    async with office(await database_url()) as here, many(1, answers.status(202)) as (server,):
        await here.post([*inboxes(server), *inboxes(server)])
        await here.delivering.settle()
        assert len(server.seen) == 1


async def test_r018_what_is_about_one_thread_arrives_in_order_whatever_fails(database_url: MakeDatabase) -> None:
    """R018: Create, five Updates, Delete; every other answer is a 500; two workers."""
    async with office(await database_url()) as here, FakeServer() as server:
        answered: list[str] = []

        async def flaky(exchange: Exchange) -> None:
            if len(server.seen) % 2:
                await exchange.reply(500)
            else:
                answered.append(exchange.seen.json()["id"])
                await exchange.reply(202)

        server.otherwise(flaky)
        sent = [
            await here.post(inboxes(server), order_key=7, object_key=70, type=type)
            for type in ("Create", *["Update"] * 5, "Delete")
        ]
        other = here.worker()
        for _ in range(12):
            await asyncio.gather(here.delivering.settle(), other.settle())
            here.now.pass_by(timedelta(minutes=20))

        assert answered == [f"http://localhost/a/{each}" for each in sent]


async def test_at_most_four_are_under_way_to_one_peer(database_url: MakeDatabase) -> None:
    async with office(await database_url()) as here, FakeServer() as server:
        server.otherwise(answers.status(202))
        await here.post(inboxes(server))
        await here.delivering.settle()
        server.otherwise(slow)
        for order_key in range(20):
            await here.post(inboxes(server), order_key=order_key)

        await here.delivering.settle()

        assert (server.busiest, len(server.seen)) == (4, 21)


async def slow(exchange: Exchange) -> None:
    await asyncio.sleep(0.02)
    await exchange.reply(202)


async def test_a_message_that_a_peer_cannot_digest_holds_up_its_own_object_only(database_url: MakeDatabase) -> None:
    """P6, D53: until its third 5xx the thread waits behind it, then only what is about the same post."""
    async with office(await database_url()) as here, FakeServer() as server:
        bad = await here.post(inboxes(server), order_key=7, object_key=70)
        after = await here.post(inboxes(server), order_key=7, object_key=71)
        same = await here.post(inboxes(server), order_key=7, object_key=70)
        elsewhere = await here.post(inboxes(server), order_key=8, object_key=80)

        async def cannot(exchange: Exchange) -> None:
            await exchange.reply(500 if exchange.seen.json()["id"].endswith(str(bad)) else 202)

        server.otherwise(cannot)

        def arrived() -> set[int]:
            return {int(seen.json()["id"].rpartition("/")[2]) for seen in server.seen}

        await here.delivering.settle()
        assert arrived() == {bad, elsewhere}
        here.now.pass_by(timedelta(seconds=11))
        await here.delivering.settle()
        assert arrived() == {bad, elsewhere}
        here.now.pass_by(timedelta(seconds=61))
        await here.delivering.settle()
        assert arrived() == {bad, elsewhere, after}

        server.otherwise(answers.status(202))
        here.now.pass_by(timedelta(seconds=301))
        await here.delivering.settle()
        assert [int(seen.json()["id"].rpartition("/")[2]) for seen in server.seen][-2:] == [bad, same]


async def test_r015_a_peer_that_asks_to_wait_is_left_alone_that_long(database_url: MakeDatabase) -> None:
    """R015: 429 with Retry-After; obeyed, not counted as a failure."""
    async with office(await database_url()) as here, FakeServer() as server:
        server.otherwise(answers.status(429, headers={"Retry-After": "600"}))
        await here.post(inboxes(server))
        await here.post(inboxes(server), order_key=2)
        await here.delivering.settle()
        here.now.pass_by(timedelta(seconds=590))
        await here.delivering.settle()
        assert len(server.seen) == 1

        server.otherwise(answers.status(202))
        here.now.pass_by(timedelta(seconds=11))
        await here.delivering.settle()

        assert len(server.seen) == 3
        async with here.pool.connection() as db:
            (failures,) = [row["failure_count"] for row in await db.fetch("SELECT failure_count FROM delivery_peer")]
        assert failures == 0


async def test_r014_what_is_refused_for_good_is_kept_as_failed(database_url: MakeDatabase) -> None:
    """R014: 400, 403, 422 are final; 404 and 410 as well; the next message goes on."""
    async with office(await database_url()) as here, FakeServer() as server:
        for number, status in enumerate((403, 404, 410, 413, 422), start=1):
            server.otherwise(answers.status(status))
            await here.post(inboxes(server), order_key=number)
            await here.delivering.settle()
        assert (await here.count("pending"), await here.count("failed")) == (0, 5)


async def test_a_peer_that_is_away_is_asked_with_one_probe(database_url: MakeDatabase) -> None:
    """R012: an hour away with 100 waiting costs at most ten requests; then all are sent."""
    async with office(await database_url()) as here, FakeServer() as server:
        server.otherwise(answers.status(202))
        for order_key in range(100):
            await here.post(inboxes(server), order_key=order_key)
        connections = server.connections
        await server.stop()
        tries = 0
        for _ in range(60):
            before = here.now.at
            await here.delivering.settle()
            async with here.pool.connection() as db:
                tries = await db.fetchval("SELECT sum(attempts) FROM pending_delivery")
            here.now.at = before + timedelta(minutes=1)
        assert 4 <= tries <= 10
        assert server.connections == connections

        await server.start()
        here.now.pass_by(timedelta(hours=2))
        await here.delivering.settle()
        assert (len(server.seen), await here.count("pending")) == (100, 0)


async def test_r013_a_peer_that_is_heard_from_is_sent_to_at_once(database_url: MakeDatabase) -> None:
    """R013: its breaker is open; it sends us something signed; nobody waits for the breaker."""
    from fedcomm.network import peers

    async with office(await database_url()) as here, FakeServer() as server:
        server.otherwise(answers.status(202))
        await server.stop()
        await here.post(inboxes(server))
        for _ in range(4):
            await here.delivering.settle()
            here.now.pass_by(timedelta(minutes=20))
        await server.start()
        await here.delivering.settle()
        assert server.seen == []

        async with here.pool.transaction() as db:
            await peers.note_inbound(db, server.authority, now=here.now())
        await here.delivering.settle()

        assert len(server.seen) == 1


async def test_r046_r047_each_try_is_signed_anew_over_the_same_bytes(database_url: MakeDatabase) -> None:
    """R046: a retry after hours has a new date and signature. R047: five tries, identical bodies."""
    async with office(await database_url()) as here, FakeServer() as server:
        server.otherwise(answers.status(500))
        await here.post(inboxes(server))
        for _ in range(5):
            await here.delivering.settle()
            here.now.pass_by(timedelta(hours=7, minutes=30))

        assert len(server.seen) == 5
        assert len({seen.body for seen in server.seen}) == 1
        assert len({seen.headers["date"] for seen in server.seen}) == 5
        assert len({seen.headers["signature"] for seen in server.seen}) == 5


async def test_r009_dead_hosts_do_not_clog_the_queue(database_url: MakeDatabase) -> None:
    """R009, scaled: 60 hosts that never answer with 20 messages each, 10 living ones, room for 40 at a time."""
    short = replace(QUICK, shutdown_limit=timedelta(seconds=1))
    async with (
        office(await database_url(), durations=short) as here,
        many(60, answers.hang()) as dead,
        many(10, answers.status(202)) as living,
    ):
        for order_key in range(20):
            await here.post(inboxes(*dead), order_key=order_key)
        for order_key in range(5):
            await here.post(inboxes(*living), order_key=order_key)
        stop = asyncio.Event()
        bells = Wakeups()
        worker = here.worker(room=Room(young=40, all=200, young_s=0.2), wakeups=bells)
        running = asyncio.create_task(worker.run(stop))

        for server in living:
            assert len(await server.received(5, within=2.5)) == 5
        assert max(server.busiest for server in dead) <= 4

        stop.set()
        await running


async def test_a_round_that_fails_loses_nothing(database_url: MakeDatabase) -> None:
    """R007: the database refuses a write in the middle; the loop goes on and all is delivered."""
    async with office(await database_url()) as here, FakeServer() as server:
        server.otherwise(answers.status(202))
        async with here.pool.transaction() as db:
            await db.execute("ALTER TABLE done_delivery ADD CONSTRAINT broken CHECK (status < 200)")
        stop = asyncio.Event()
        running = asyncio.create_task(here.delivering.run(stop))
        await here.post(inboxes(server))
        await server.received(1)
        async with here.pool.transaction() as db:
            await db.execute("ALTER TABLE done_delivery DROP CONSTRAINT broken")
        here.now.pass_by(timedelta(seconds=30))
        here.wakeups.ring("deliveries")

        async with here.pool.connection() as db:
            await until(db, "SELECT count(*) FROM done_delivery", 1)
        stop.set()
        await running
        assert len({seen.body for seen in server.seen}) == 1


async def test_r005_a_worker_whose_lease_ran_out_changes_nothing(database_url: MakeDatabase) -> None:
    """R005: worker A is stopped in the middle of a delivery, B takes the peer over and finishes, A comes back."""
    async with office(await database_url()) as here, FakeServer() as server:
        go = asyncio.Event()

        async def first_waits(exchange: Exchange) -> None:
            if len(server.seen) == 1:
                await go.wait()
                await exchange.reply(500)
            else:
                await exchange.reply(202)

        server.otherwise(first_waits)
        await here.post(inboxes(server))
        slow_one = asyncio.create_task(here.delivering.settle())
        await server.received(1)
        here.now.pass_by(timedelta(seconds=30))
        await here.worker().settle()
        assert await here.count("done") == 1

        go.set()
        await slow_one

        assert (await here.count("done"), await here.count("pending"), await here.count("failed")) == (1, 0, 0)


async def test_r002_what_takes_longer_than_its_lease_goes_once_while_its_worker_lives(
    database_url: MakeDatabase,
) -> None:
    """R002, P3: a machine that stalled for a while finds its own lease run out, and the delivery still under way."""
    async with office(await database_url()) as here, many(2) as (slow, other):
        go = asyncio.Event()

        async def when_told(exchange: Exchange) -> None:
            await go.wait()
            await exchange.reply(202)

        slow.otherwise(when_told)
        other.otherwise(answers.status(202))
        await here.post(inboxes(slow))
        stop = asyncio.Event()
        running = asyncio.create_task(here.delivering.run(stop))
        await slow.received(1)

        here.now.pass_by(timedelta(seconds=30))
        await here.post(inboxes(other))
        await other.received(1)
        async with here.pool.connection() as db:
            await until(db, "SELECT count(*) FROM done_delivery", 1)
            go.set()
            await until(db, "SELECT count(*) FROM done_delivery", 2)
        stop.set()
        await running
        assert len(slow.seen) == 1


async def test_r034_a_worker_that_stops_hands_back_what_it_holds(database_url: MakeDatabase) -> None:
    """R034: SIGTERM with deliveries under way: what answers in time counts, the rest is another worker's at once."""
    short = replace(QUICK, shutdown_limit=timedelta(seconds=1))
    async with office(await database_url(), durations=short) as here, many(2) as (quick, hanging):
        go = asyncio.Event()

        async def when_told(exchange: Exchange) -> None:
            await go.wait()
            await exchange.reply(202)

        quick.otherwise(when_told)
        hanging.otherwise(answers.hang())
        await here.post(inboxes(quick, hanging))
        stop = asyncio.Event()
        running = asyncio.create_task(here.delivering.run(stop))
        await quick.received(1)
        await hanging.received(1)

        stop.set()
        go.set()
        hanging.otherwise(answers.status(202))
        await running
        assert (await here.count("done"), await here.count("leased")) == (1, 0)
        await here.worker().settle()

        assert (await here.count("done"), await here.count("pending")) == (2, 0)
        async with here.pool.connection() as db:
            assert await db.fetchval("SELECT count(*) FROM failed_delivery") == 0


async def test_what_is_enqueued_while_a_peer_is_held_is_not_forgotten(database_url: MakeDatabase) -> None:
    """ARCH 4.3: a peer may sleep only when nothing is just being added."""
    async with office(await database_url()) as here, FakeServer() as server:
        go = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            await go.wait()
            await exchange.reply(202)

        server.otherwise(wait)
        await here.post(inboxes(server))
        settling = asyncio.create_task(here.delivering.settle())
        await server.received(1)
        await here.post(inboxes(server), order_key=2)
        go.set()
        await settling
        assert len(server.seen) == 2


async def test_nothing_is_kept_for_suspended_peers_or_those_not_allowed(database_url: MakeDatabase) -> None:
    """S100, D58."""
    from fedcomm.jobs import delivery_queue
    from fedcomm.network import peers
    from tests.jobs.offices import Sender

    async with office(await database_url()) as here:
        at = here.now()
        async with here.pool.transaction() as db:
            await peers.suspend(db, None, "bad.test", "spam", now=at)
            await peers.allow(db, None, "good.test", "", now=at)
            everywhere = [
                (f"https://{host}/inbox", host)
                for host in ("bad.test", "sub.bad.test", "bad.test:8443", "notbad.test", "good.test")
            ]

            async def enqueue(activity_id: int, *, only_allowed: bool) -> list[str]:
                await delivery_queue.enqueue(
                    db,
                    actor=Sender(1),
                    uri=f"https://here.test/a/{activity_id}",
                    type="Create",
                    body=b"{}",
                    post_id=None,
                    is_public=True,
                    inboxes=everywhere,
                    order_key=1,
                    activity_id=activity_id,
                    now=at,
                    only_allowed=only_allowed,
                )
                rows = await db.fetch(
                    "SELECT authority FROM pending_delivery WHERE activity_id = $1 ORDER BY authority", activity_id
                )
                return [row["authority"] for row in rows]

            assert await enqueue(1, only_allowed=False) == ["good.test", "notbad.test"]
            assert await enqueue(2, only_allowed=True) == ["good.test"]


async def test_operators_see_retry_and_drop_what_waits(database_url: MakeDatabase) -> None:
    async with office(await database_url()) as here, many(2, answers.status(500)) as (one, other):
        await here.post(inboxes(one, other))
        await here.delivering.settle()
        async with here.pool.connection() as db:
            statuses = {each.authority: each for each in await steering.status(db)}
        assert statuses.keys() == {one.authority, other.authority}
        assert (statuses[one.authority].waiting, statuses[one.authority].last_status) == (1, 500)

        async with here.pool.transaction() as db:
            assert await steering.drop(db, Which(other.authority)) == 1
            assert await steering.retry(db, now=here.now()) == 1
        await here.delivering.settle()

        assert (len(one.seen), len(other.seen)) == (2, 1)


async def test_what_is_put_off_holds_what_comes_after_it_in_its_order(database_url: MakeDatabase) -> None:
    """D55, D56: an Announce that waits 30 s is not overtaken by what follows it in its thread."""
    async with office(await database_url()) as here, many(1, answers.status(202)) as (server,):
        first = await here.post(inboxes(server), due_at=here.now() + timedelta(seconds=30))
        second = await here.post(inboxes(server))
        other = await here.post(inboxes(server), order_key=2)
        await here.delivering.settle()
        here.now.pass_by(timedelta(seconds=31))
        await here.delivering.settle()
        assert [int(seen.json()["id"].rpartition("/")[2]) for seen in server.seen] == [other, first, second]


async def test_r026_loops_go_on_when_the_database_was_away(database_url: MakeDatabase) -> None:
    """R026: every connection is ended again and again; all is delivered in the end."""
    async with office(await database_url()) as here, many(20, answers.status(202)) as servers:
        stop = asyncio.Event()
        running = asyncio.create_task(here.delivering.run(stop))
        other = await database.connect(here.url)
        posted = 0
        while posted < 3:
            try:
                await here.post(inboxes(*servers), order_key=posted)
                posted += 1
            except database.Down:
                continue  # ours was among the ended connections; nothing was committed
            await other.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            )
        ends = asyncio.get_running_loop().time() + 15
        while await other.fetchval("SELECT count(*) FROM done_delivery") < 60:
            assert asyncio.get_running_loop().time() < ends
            here.now.pass_by(timedelta(seconds=1))
            here.wakeups.ring("deliveries")
            await asyncio.sleep(0.05)
        assert not running.done()
        stop.set()
        await running
        await other.close()
        assert all(len({seen.body for seen in server.seen}) == 3 for server in servers)
