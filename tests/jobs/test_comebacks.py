"""A peer that was away for days is caught up in order, gently, and hears what is new meanwhile (R016)."""

import asyncio
from datetime import timedelta

from fedcomm.durations import Durations
from fedcomm.jobs.comebacks import Comeback
from tests.conftest import MakeDatabase
from tests.jobs.offices import office
from tests.jobs.test_delivering import inboxes
from tests.kit import Exchange, FakeServer

MISSED = 120
THREADS = 30


def test_the_pace_begins_with_five_a_second_and_grows_with_what_is_taken() -> None:
    pace, at = Comeback(0.2), 0.0
    began: list[float] = []
    while not pace.is_over:
        assert pace.may_start(at)
        pace.started(at)
        began.append(at)
        assert not pace.may_start(at + pace.pause_s * 0.9)
        at = pace.next_at
        pace.took()

    assert sum(1 for each in began if each < 1.0) == 5
    assert 80 < len(began) < 120
    assert began[-1] < 7


async def test_r016_a_host_that_was_away_for_ten_days_is_caught_up_without_a_stampede(
    database_url: MakeDatabase,
) -> None:
    """R016: all arrives, in order per thread, five in the first second at most; what is new is not last."""
    async with office(await database_url()) as here, FakeServer() as server:
        await server.stop()
        posted: list[int] = []
        for number in range(MISSED):
            posted.append(await here.post(inboxes(server), order_key=number % THREADS))
            here.now.pass_by(timedelta(days=10) / MISSED)
            if number % 10 == 0:
                await here.delivering.settle()
        began, fresh = asyncio.Event(), 0

        async def slow(exchange: Exchange) -> None:
            began.set()
            await asyncio.sleep(0.02)
            await exchange.reply(202)

        server.otherwise(slow)
        await server.start()
        here.now.pass_by(timedelta(hours=8))
        catching_up = asyncio.create_task(here.delivering.settle())
        await began.wait()
        fresh = await here.post(inboxes(server), order_key=THREADS)
        await catching_up

        arrived = [int(seen.json()["id"].rpartition("/")[2]) for seen in server.seen]
        assert sorted(arrived) == sorted([*posted, fresh])
        for thread in range(THREADS):
            of_thread = [each for each in arrived if each in posted[thread::THREADS]]
            assert of_thread == posted[thread::THREADS]
        first = server.seen[0].at
        assert sum(1 for seen in server.seen if seen.at - first < 1.0) <= 6
        assert arrived.index(fresh) < MISSED // 2
        assert server.busiest <= 4


async def test_a_host_that_was_never_away_is_sent_to_without_pauses(database_url: MakeDatabase) -> None:
    """What has just been made waits for nobody's pace."""
    durations = Durations(comeback_pause=timedelta(hours=1))
    async with office(await database_url(), durations=durations) as here, FakeServer() as server:
        for number in range(20):
            await here.post(inboxes(server), order_key=number)
        server.otherwise(_take)
        await here.delivering.settle()
        assert len(server.seen) == 20


async def _take(exchange: Exchange) -> None:
    await exchange.reply(202)
