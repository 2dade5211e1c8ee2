"""Facts and their consequences: each done once, in order, on its own."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from fedcomm import facts
from fedcomm.database import Connection, Down
from fedcomm.durations import Durations
from fedcomm.facts import Fact, PostDeleted, PostEdited, PostPublished
from fedcomm.here import Here
from fedcomm.jobs import fact_queue, failed_work
from fedcomm.jobs.doing import Consequence, Doing
from fedcomm.jobs.work import Work
from tests.conftest import MakeDatabase
from tests.jobs.desks import Desk, opened
from tests.jobs.offices import until

HERE = Here("http://localhost:1", "localhost:1", "localhost:1")
Table = Mapping[str, Mapping[str, Consequence[Work]]]


class FactDesk(Desk):
    """Workers over a desk."""

    def worker(self, table: Table, at_once: fact_queue.AtOnce | None = None) -> Doing[Work]:
        """A worker with these consequences."""
        return Doing(
            self.pool,
            table,
            lambda now, transaction: Work(HERE, now=now, transaction=transaction),
            self.wakeups,
            Durations(),
            self.now,
            at_once=at_once,
        )

    async def record(self, *what: Fact) -> None:
        """Record facts, each in a transaction of its own."""
        for fact in what:
            async with self.pool.transaction() as db:
                await facts.record(db, fact, now=self.now())


def says(word: str) -> Consequence[Work]:
    async def say(work: Work, fact: Any) -> None:
        async with work.transaction() as db:
            await db.execute("INSERT INTO word (word) VALUES ($1)", f"{word} {fact.post_id}")

    return say


async def test_each_consequence_of_a_fact_is_done_once(database_url: MakeDatabase) -> None:
    async with opened(FactDesk, await database_url()) as here:
        await here.record(PostPublished(7))
        table = {"PostPublished": {"send": says("send"), "tell": says("tell")}}

        await asyncio.gather(here.worker(table).settle(), here.worker(table).settle())

        assert sorted(await here.written()) == ["send 7", "tell 7"]


async def test_what_can_be_done_for_many_is_done_once_for_all_of_them(database_url: MakeDatabase) -> None:
    async with opened(FactDesk, await database_url()) as here:

        async def tell_all(db: Connection, subjects: Sequence[int], now: datetime) -> None:
            await db.execute("INSERT INTO word (word) VALUES ($1)", f"all {sorted(subjects)}")

        await here.record(PostPublished(7), PostPublished(8), PostEdited(8))
        table = {"PostPublished": {"send": says("send"), "tell": says("tell")}, "PostEdited": {"tell": says("edit")}}
        await here.worker(table, {("PostPublished", "tell"): tell_all}).settle()

        assert sorted(await here.written()) == ["all [7, 8]", "edit 8", "send 7", "send 8"]


async def test_what_cannot_be_done_for_many_is_tried_for_each(database_url: MakeDatabase) -> None:
    """R028: one that spoils it for all keeps neither the others nor their other consequences from being done."""
    async with opened(FactDesk, await database_url()) as here:

        async def spoilt(db: Connection, subjects: Sequence[int], now: datetime) -> None:
            await db.execute("INSERT INTO word (word) VALUES ('undone')")
            await db.execute("SELECT 1 / 0")

        await here.record(PostPublished(7), PostPublished(8))
        table = {"PostPublished": {"send": says("send"), "tell": says("tell")}}
        await here.worker(table, {("PostPublished", "tell"): spoilt}).settle()

        assert sorted(await here.written()) == ["send 7", "send 8", "tell 7", "tell 8"]


async def test_r001_a_fact_of_a_change_that_was_rolled_back_has_no_consequence(database_url: MakeDatabase) -> None:
    async with opened(FactDesk, await database_url()) as here:
        with pytest.raises(ZeroDivisionError):
            async with here.pool.transaction() as db:
                await facts.record(db, PostPublished(7), now=here.now())
                _ = 1 / 0
        assert not await here.worker({"PostPublished": {"send": says("send")}}).settle()
        assert await here.written() == []


async def test_what_is_about_one_post_is_done_in_order_though_the_first_fails(database_url: MakeDatabase) -> None:
    """R018: an Update must not be sent before its Create, even when the Create's consequence needs a second try."""
    async with opened(FactDesk, await database_url()) as here:
        tries = 0

        async def send(work: Work, fact: PostPublished) -> None:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise RuntimeError("not yet")
            await says("create")(work, fact)

        table: Table = {
            "PostPublished": {"send": send},
            "PostEdited": {"send": says("update")},
            "PostDeleted": {"send": says("delete")},
        }
        await here.record(PostPublished(7), PostEdited(7), PostDeleted(7), PostEdited(8))
        worker = here.worker(table)
        await worker.settle()
        assert await here.written() == ["update 8"]

        here.now.pass_by(timedelta(seconds=11))
        await worker.settle()

        assert await here.written() == ["update 8", "create 7", "update 7", "delete 7"]


async def test_r028_after_five_tries_a_consequence_is_kept_as_failed_and_the_others_go_on(
    database_url: MakeDatabase,
) -> None:
    """R028: what raises always is tried five times; its sibling and the next edit are not kept from being done."""
    async with opened(FactDesk, await database_url()) as here:
        tries = 0

        async def bad(work: Work, fact: PostPublished) -> None:
            nonlocal tries
            tries += 1
            raise RuntimeError("poison")

        table: Table = {
            "PostPublished": {"send": bad, "tell": says("tell")},
            "PostEdited": {"send": says("update")},
        }
        await here.record(PostPublished(7), PostEdited(7))
        worker = here.worker(table)
        for _ in range(8):
            await worker.settle()
            here.now.pass_by(timedelta(minutes=10))

        assert tries == 5
        assert await here.written() == ["tell 7", "update 7"]
        async with here.pool.connection() as db:
            (row,) = await db.fetch("SELECT name, attempts, last_error FROM consequence WHERE failed_at IS NOT NULL")
            assert tuple(row) == ("send", 5, "RuntimeError: poison")
            assert await failed_work.retry(db, "facts", now=here.now()) == 1


async def test_r001_r026_tries_that_were_cut_off_give_nothing_up(database_url: MakeDatabase) -> None:
    """R001, R026: a worker that is killed, a database that is gone, a machine that is too slow; then a real failure."""
    async with opened(FactDesk, await database_url()) as here:
        ends: list[Exception] = [RuntimeError("once"), *[TimeoutError()] * 6, *[Down("away")] * 6]

        async def send(work: Work, fact: PostPublished) -> None:
            if ends:
                raise ends.pop()
            await says("send")(work, fact)

        await here.record(PostPublished(7))
        worker = here.worker({"PostPublished": {"send": send}})
        async with here.pool.transaction() as db:
            await fact_queue.expand(db, {"PostPublished": ["send"]}, now=here.now())
        for _ in range(6):
            async with here.pool.transaction() as db:
                assert await fact_queue.claim(db, now=here.now(), lease=timedelta(seconds=36), most=1)
            here.now.pass_by(timedelta(seconds=37))
        while ends:
            await worker.settle()
            assert await here.written() == []
            here.now.pass_by(timedelta(minutes=5))
        await worker.settle()

        assert await here.written() == ["send 7"]


async def test_r006_what_never_ends_in_time_is_given_up_after_hours(database_url: MakeDatabase) -> None:
    async with opened(FactDesk, await database_url()) as here:
        tries = 0

        async def hangs(work: Work, fact: PostPublished) -> None:
            nonlocal tries
            tries += 1
            raise TimeoutError

        await here.record(PostPublished(7))
        worker = here.worker({"PostPublished": {"send": hangs}})
        began = here.now()
        async with here.pool.connection() as db:
            while not await db.fetchval("SELECT count(*) FROM consequence WHERE failed_at IS NOT NULL"):
                await worker.settle()
                here.now.pass_by(timedelta(minutes=5))

        assert tries == fact_queue.TRIES_IN_ALL
        assert here.now() - began > timedelta(hours=4)


async def test_r005_of_two_workers_with_one_consequence_only_one_writes(database_url: MakeDatabase) -> None:
    """R005: A is paused past its lease, B does it, A goes on: what A writes is refused as a whole."""
    async with opened(FactDesk, await database_url()) as here:
        entered, go = asyncio.Event(), asyncio.Event()

        async def slow(work: Work, fact: PostPublished) -> None:
            async with work.transaction() as db:
                await db.execute("INSERT INTO word (word) VALUES ('slow')")
                entered.set()
                await go.wait()

        await here.record(PostPublished(7))
        paused = asyncio.create_task(here.worker({"PostPublished": {"send": slow}}).settle())
        await entered.wait()
        here.now.pass_by(timedelta(minutes=1))
        await here.worker({"PostPublished": {"send": says("quick")}}).settle()
        go.set()
        await paused

        assert await here.written() == ["quick 7"]


async def test_r006_a_consequence_that_hangs_is_ended_and_tried_again(database_url: MakeDatabase) -> None:
    """R006: 30 s (here 1) for one try; the others do not wait for it."""
    async with opened(FactDesk, await database_url()) as here:
        tries = 0

        async def hangs(work: Work, fact: PostPublished) -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                await asyncio.Event().wait()
            await says("send")(work, fact)

        worker = Doing(
            here.pool,
            {"PostPublished": {"send": hangs}, "PostEdited": {"send": says("update")}},
            lambda now, transaction: Work(HERE, now=now, transaction=transaction),
            here.wakeups,
            Durations().scaled(0.001),
            here.now,
        )
        await here.record(PostPublished(7), PostEdited(8))
        settling = asyncio.create_task(worker.settle())
        async with here.pool.connection() as db:
            await until(db, "SELECT string_agg(word, ',') FROM word", "update 8")
        await settling
        here.now.pass_by(timedelta(minutes=1))
        await worker.settle()
        assert await here.written() == ["update 8", "send 7"]


async def test_r034_a_worker_that_stops_hands_back_what_it_has_not_done(database_url: MakeDatabase) -> None:
    async with opened(FactDesk, await database_url()) as here:
        entered = asyncio.Event()

        async def hangs(work: Work, fact: PostPublished) -> None:
            entered.set()
            await asyncio.Event().wait()

        await here.record(PostPublished(7))
        stop = asyncio.Event()
        worker = Doing(
            here.pool,
            {"PostPublished": {"send": hangs}},
            lambda now, transaction: Work(HERE, now=now, transaction=transaction),
            here.wakeups,
            Durations().scaled(0.05),
            here.now,
        )
        running = asyncio.create_task(worker.run(stop))
        await entered.wait()
        stop.set()
        await running

        await here.worker({"PostPublished": {"send": says("send")}}).settle()
        assert await here.written() == ["send 7"]


async def test_a_fact_without_consequences_is_forgotten_in_time(database_url: MakeDatabase) -> None:
    async with opened(FactDesk, await database_url()) as here:
        await here.record(PostPublished(7), PostEdited(8))
        await here.worker({"PostPublished": {"send": says("send")}}).settle()
        later = here.now.pass_by(timedelta(days=4))
        async with here.pool.transaction() as db:
            await fact_queue.forget(db, before=later - timedelta(days=3))
            assert await db.fetchval("SELECT count(*) FROM fact") == 0
