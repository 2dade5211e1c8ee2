"""Wake-ups are hints: they come once for many, survive a lost listener, and work is found without them."""

import asyncio
from datetime import timedelta

from fedcomm import database
from fedcomm.jobs.lines import CHANNEL, Notify
from fedcomm.jobs.wakeups import Wakeups
from tests.conftest import MakeDatabase
from tests.jobs.offices import QUICK, office, until
from tests.jobs.test_delivering import inboxes
from tests.kit import answers, many


async def test_what_waits_is_found_by_polling_when_nobody_rings(database_url: MakeDatabase) -> None:
    async with office(await database_url()) as here, many(1, answers.status(202)) as (server,):
        stop = asyncio.Event()
        here.wakeups.is_muted = True
        running = asyncio.create_task(here.delivering.run(stop))
        await here.post(inboxes(server))
        await server.received(1, within=3)
        stop.set()
        await running


async def test_what_waits_is_found_by_ringing_when_polling_is_slow(database_url: MakeDatabase) -> None:
    from dataclasses import replace

    slow = replace(QUICK, polling=timedelta(hours=1))
    async with office(await database_url(), durations=slow) as here, many(1, answers.status(202)) as (server,):
        stop = asyncio.Event()
        running = asyncio.create_task(here.delivering.run(stop))
        await here.post(inboxes(server))
        await server.received(1, within=2)
        await here.post(inboxes(server))
        await server.received(2, within=2)
        stop.set()
        await running


async def test_what_rings_in_one_process_rings_in_another(database_url: MakeDatabase) -> None:
    """Through the database, as between web processes and a worker."""
    url = await database_url()
    pool = await database.open_pool(url)
    web, worker = Wakeups(), Wakeups()
    line = Notify(pool, url)
    tasks = [asyncio.create_task(web.tell_others(line)), asyncio.create_task(worker.listen(line, back_after_s=0.05))]
    async with asyncio.timeout(5):
        await worker.bell("inbox").wait()  # after each opening everything rings
        for queue in ("inbox", "facts"):
            worker.bell(queue).clear()
        web.ring("inbox")
        await worker.bell("inbox").wait()
    assert not worker.bell("facts").is_set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await pool.close()


async def test_r043_a_thousand_commits_make_few_notifications(database_url: MakeDatabase) -> None:
    url = await database_url()
    pool = await database.open_pool(url)
    heard: list[str] = []
    listener = await database.connect(url)
    await listener.add_listener(CHANNEL, lambda _db, _pid, _channel, payload: heard.append(payload))
    web = Wakeups()
    telling = asyncio.create_task(web.tell_others(Notify(pool, url)))
    await asyncio.sleep(0)
    for _ in range(1000):
        web.ring("facts")
    async with pool.connection() as db:
        await until(db, "SELECT 1", 1)
    async with asyncio.timeout(5):
        while not heard:
            await asyncio.sleep(0.01)
    assert heard == ["facts"]
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    await listener.close()
    await pool.close()


async def test_r008_a_lost_listener_is_opened_again(database_url: MakeDatabase) -> None:
    """R008: the database ends the listener's connection; it comes back, and rings for what may have been missed."""
    url = await database_url()
    pool = await database.open_pool(url)
    worker = Wakeups()
    listening = asyncio.create_task(worker.listen(Notify(pool, url), back_after_s=0.05))
    async with asyncio.timeout(10):
        await worker.bell("facts").wait()
        worker.bell("facts").clear()
        async with pool.connection() as db:
            ended = await db.fetchval(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE datname = current_database() AND query LIKE 'LISTEN%'
                """
            )
        assert ended == 1
        await worker.bell("facts").wait()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await pool.close()
