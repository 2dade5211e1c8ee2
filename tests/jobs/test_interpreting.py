"""Accepted activities: interpreted once, in each signer's order, fairly, whatever one of them does."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fedcomm.database import Connection
from fedcomm.durations import Durations
from fedcomm.jobs import inbox_queue
from fedcomm.jobs.inbox_queue import Dropped, Item, Later, Missing
from fedcomm.jobs.interpreting import Interpreting
from tests.conftest import MakeDatabase
from tests.jobs.desks import Desk, opened
from tests.jobs.offices import until


@dataclass
class Clerk:
    """Writes down what it interprets; does with some items what it is told to. `together`: with those first."""

    does: dict[str, Callable[[Item], None]] = field(default_factory=lambda: {})
    tried: list[str] = field(default_factory=lambda: [])
    transactions: list[str] = field(default_factory=lambda: [])
    together: frozenset[str] = frozenset()
    spoils: bool = False

    async def interpret(self, db: Connection, item: Item, *, now: datetime) -> None:
        word = item.body.decode()
        self.tried.append(word)
        self.transactions.append(await db.fetchval("SELECT pg_current_xact_id()::text"))
        await db.execute("INSERT INTO word (word) VALUES ($1)", word)
        if word in self.does:
            self.does[word](item)

    def may_be_together(self, items: Sequence[Item]) -> bool:
        return True

    async def interpret_together(self, db: Connection, items: Sequence[Item], *, now: datetime) -> set[int]:
        done = [item for item in items if item.body.decode() in self.together]
        for item in done:
            await db.execute("INSERT INTO word (word) VALUES ($1)", f"{item.body.decode()} together")
        if self.spoils:
            await db.execute("SELECT 1 / 0")
        return {item.id for item in done}


class InboxDesk(Desk):
    """Workers over a desk."""

    def worker(self, clerk: Clerk, durations: Durations | None = None) -> Interpreting:
        """A worker with this clerk."""
        return Interpreting(self.pool, clerk, self.wakeups, durations or Durations(), self.now)

    async def accept(self, *words: str, signer: str = "https://a.test/u/ada", uri: str | None = None) -> None:
        """Accept activities of one signer, each in a transaction of its own."""
        for word in words:
            async with self.pool.transaction() as db:
                await inbox_queue.add(
                    db,
                    inbox_queue.Accepted(
                        activity_uri=uri or f"{signer}/{word}",
                        activity_type="Create",
                        signer_uri=signer,
                        authority=signer.split("/")[2],
                        recipient_id=None,
                        body=word.encode(),
                        now=self.now(),
                    ),
                )
            self.now.pass_by(timedelta(milliseconds=1))

    async def states(self) -> dict[str, str]:
        """The state of each item by its word."""
        async with self.pool.connection() as db:
            rows = await db.fetch("SELECT activity_uri, state FROM inbox_item ORDER BY id")
        return {row["activity_uri"].rpartition("/")[2]: row["state"] for row in rows}


def raises(problem: Exception) -> Callable[[Item], None]:
    def act(item: Item) -> None:
        raise problem

    return act


async def test_r022_an_activity_seen_before_is_not_interpreted_again(database_url: MakeDatabase) -> None:
    """R022: twenty concurrent copies, to shared and personal inboxes; one effect."""
    async with opened(InboxDesk, await database_url()) as here:
        await asyncio.gather(*(here.accept("hello", uri="https://a.test/1") for _ in range(20)))
        await here.accept("hello of another", uri="https://a.test/1", signer="https://a.test/u/ben")
        await here.worker(Clerk()).settle()
        assert await here.written() == ["hello", "hello of another"]


async def test_activities_without_an_id_are_each_interpreted(database_url: MakeDatabase) -> None:
    async with opened(InboxDesk, await database_url()) as here:
        for _ in range(2):
            async with here.pool.transaction() as db:
                assert await inbox_queue.add(
                    db,
                    inbox_queue.Accepted(
                        activity_uri=None,
                        activity_type="Like",
                        signer_uri="https://a.test/u/ada",
                        authority="a.test",
                        recipient_id=None,
                        body=b"like",
                        now=here.now(),
                    ),
                )
        await here.worker(Clerk()).settle()
        assert await here.written() == ["like", "like"]


async def test_each_signers_activities_are_interpreted_in_order_by_several_workers(database_url: MakeDatabase) -> None:
    async with opened(InboxDesk, await database_url()) as here:
        signers = [f"https://{host}.test/u/ada" for host in "abcd"]
        for number in range(60):
            for signer in signers:
                await here.accept(f"{signer[8]}{number:02}", signer=signer)
        clerk = Clerk()

        await asyncio.gather(*(here.worker(clerk).settle() for _ in range(3)))

        words = await here.written()
        assert len(words) == 240
        for host in "abcd":
            assert [word for word in words if word[0] == host] == [f"{host}{number:02}" for number in range(60)]


async def test_one_peer_that_floods_does_not_keep_the_others_waiting(database_url: MakeDatabase) -> None:
    async with opened(InboxDesk, await database_url()) as here:
        await here.accept(*(f"flood{number}" for number in range(300)), signer="https://flood.test/u/x")
        await here.accept("quiet", signer="https://quiet.test/u/y")
        await here.worker(Clerk()).settle()
        assert (await here.written()).index("quiet") < 110


async def test_a_bad_activity_spoils_nothing_of_its_batch(database_url: MakeDatabase) -> None:
    """Dropped ones are in the drop log with their reason; the effect of a failed one is undone."""
    async with opened(InboxDesk, await database_url()) as here:
        await here.accept("good1", "nonsense", "good2")
        await here.accept("breaks", "waits for it", signer="https://b.test/u/ben")
        await here.accept("good3", signer="https://c.test/u/cleo")
        clerk = Clerk({"nonsense": raises(Dropped("not entitled")), "breaks": raises(RuntimeError("ours"))})

        await here.worker(clerk).settle()

        assert sorted(await here.written()) == ["good1", "good2", "good3", "waits for it"]
        assert await here.states() == {
            "good1": "done",
            "nonsense": "done",
            "good2": "done",
            "breaks": "waiting",
            "waits for it": "done",
            "good3": "done",
        }
        async with here.pool.connection() as db:
            (row,) = await db.fetch("SELECT reason, authority FROM dropped_activity")
            assert tuple(row) == ("not entitled", "a.test")


async def test_what_can_be_interpreted_together_is_and_the_rest_after_it(database_url: MakeDatabase) -> None:
    async with opened(InboxDesk, await database_url()) as here:
        await here.accept("one", "two", "three")
        await here.worker(Clerk(together=frozenset({"one", "two"}))).settle()

        assert await here.written() == ["one together", "two together", "three"]
        assert await here.states() == {"one": "done", "two": "done", "three": "done"}


async def test_what_cannot_be_interpreted_together_is_one_by_one(database_url: MakeDatabase) -> None:
    """R028: whatever spoils it for all, nothing is left of it, and all are interpreted in their order."""
    async with opened(InboxDesk, await database_url()) as here:
        await here.accept("one", "two", "three")
        await here.worker(Clerk(together=frozenset({"one", "three"}), spoils=True)).settle()

        assert await here.written() == ["one", "two", "three"]


async def test_r028_poison_is_tried_five_times_and_kept_as_failed(database_url: MakeDatabase) -> None:
    async with opened(InboxDesk, await database_url()) as here:
        await here.accept("poison", "after")
        clerk = Clerk({"poison": raises(RuntimeError("poison"))})
        worker = here.worker(clerk)
        for _ in range(8):
            await worker.settle()
            here.now.pass_by(timedelta(minutes=10))

        assert await here.states() == {"poison": "failed", "after": "done"}
        assert clerk.tried.count("poison") == 6  # once in its batch, five times on its own
        assert await here.written() == ["after"]


async def test_r004_tries_that_were_cut_off_give_nothing_up(database_url: MakeDatabase) -> None:
    """R004: workers are killed over it, and the machine is too slow for it for hours; then one real failure."""
    async with opened(InboxDesk, await database_url()) as here:
        ends: list[Exception] = [RuntimeError("once"), *[TimeoutError()] * 6]

        def ends_badly(item: Item) -> None:
            if ends:
                raise ends[-1]

        await here.accept("word")
        worker = here.worker(Clerk({"word": ends_badly}))
        async with here.pool.transaction() as db:
            assert await inbox_queue.claim(db, now=here.now(), lease=timedelta(seconds=36))
        for _ in range(6):
            here.now.pass_by(timedelta(seconds=37))
            async with here.pool.transaction() as db:
                assert await inbox_queue.claim_again(db, now=here.now(), lease=timedelta(seconds=36)) is not None
        here.now.pass_by(timedelta(seconds=37))
        while ends:
            await worker.settle()
            assert await here.states() == {"word": "waiting"}
            ends.pop()
            here.now.pass_by(timedelta(minutes=5))
        await worker.settle()

        assert await here.written() == ["word"]


async def test_what_is_missing_is_fetched_outside_the_transaction_and_order_is_kept(database_url: MakeDatabase) -> None:
    async with opened(InboxDesk, await database_url()) as here:
        have: set[str] = set()
        ended: list[list[str]] = []

        async def fetch() -> None:
            # Only those in which it was interpreted: the worker meanwhile claims what else there is.
            async with here.pool.connection() as db:
                ended.append(
                    await db.fetchval(
                        "SELECT array_agg(pg_xact_status(id::xid8) ORDER BY n) FROM unnest($1::text[]) "
                        "WITH ORDINALITY AS t (id, n)",
                        clerk.transactions,
                    )
                )
            have.add("parent")

        def needs(item: Item) -> None:
            if "parent" not in have:
                raise Missing("parent", fetch)

        await here.accept("reply", "edit of reply")
        clerk = Clerk({"reply": needs})
        await here.worker(clerk).settle()

        assert await here.written() == ["reply", "edit of reply"]
        assert ended == [["committed", "aborted"]], "its batch went on without it; on its own it was given up"


async def test_what_cannot_be_fetched_waits_and_others_of_the_signer_go_on(database_url: MakeDatabase) -> None:
    """D47, R016: an activity whose origin is away for ten days is put off, at growing distances, and is no failure."""
    async with opened(InboxDesk, await database_url()) as here:
        is_away = True

        async def fetch() -> None:
            if is_away:
                raise Later("gamma.test does not answer")

        def needs(item: Item) -> None:
            if is_away:
                raise Missing("parent", fetch)

        await here.accept("reply", "next")
        worker = here.worker(Clerk({"reply": needs}))
        for _ in range(30):
            await worker.settle()
            here.now.pass_by(timedelta(hours=8))
        assert await here.written() == ["next"]
        is_away = False
        await worker.settle()
        assert await here.written() == ["next", "reply"]
        assert await here.states() == {"reply": "done", "next": "done"}


async def test_what_cannot_be_fetched_for_two_weeks_is_dropped_as_deliveries_are_given_up(
    database_url: MakeDatabase,
) -> None:
    async with opened(InboxDesk, await database_url()) as here:

        async def fetch() -> None:
            raise Later("gamma.test does not answer")

        def needs(item: Item) -> None:
            raise Missing("parent", fetch)

        await here.accept("reply")
        worker = here.worker(Clerk({"reply": needs}))
        for _ in range(3 * 14):
            await worker.settle()
            here.now.pass_by(timedelta(hours=8))
        assert await here.states() == {"reply": "waiting"}
        await worker.settle()
        assert await here.states() == {"reply": "done"}
        assert await here.written() == []


async def test_r004_what_a_killed_worker_had_claimed_is_interpreted_by_the_next(database_url: MakeDatabase) -> None:
    """R004: the lease runs out; nothing is lost, and nothing that was committed is done twice."""
    async with opened(InboxDesk, await database_url()) as here:
        await here.accept("one", "two", "three")
        async with here.pool.transaction() as db:
            claimed = await inbox_queue.claim(db, now=here.now(), lease=timedelta(seconds=30))
        assert len(claimed) == 3
        worker = here.worker(Clerk())
        await worker.settle()
        assert await here.written() == []

        here.now.pass_by(timedelta(seconds=31))
        await worker.settle()

        assert await here.written() == ["one", "two", "three"]


async def test_r005_a_batch_that_was_taken_over_is_not_committed(database_url: MakeDatabase) -> None:
    async with opened(InboxDesk, await database_url()) as here:
        await here.accept("one")
        other = here.worker(Clerk())
        entered, go = asyncio.Event(), asyncio.Event()

        class Slow(Clerk):
            async def interpret(self, db: Connection, item: Item, *, now: datetime) -> None:
                entered.set()
                await go.wait()
                await db.execute("INSERT INTO word (word) VALUES ('slow')")

        stop = asyncio.Event()
        slow = asyncio.create_task(here.worker(Slow()).run(stop))
        await entered.wait()
        here.now.pass_by(timedelta(minutes=1))
        await other.settle()
        go.set()
        stop.set()
        await slow

        assert await here.written() == ["one"]


async def test_r034_what_a_stopping_worker_has_not_begun_is_handed_back(database_url: MakeDatabase) -> None:
    async with opened(InboxDesk, await database_url()) as here:
        await here.accept(*(f"{number:03}" for number in range(50)))
        stop = asyncio.Event()

        class Stops(Clerk):
            async def interpret(self, db: Connection, item: Item, *, now: datetime) -> None:
                await super().interpret(db, item, now=now)
                stop.set()
                await asyncio.sleep(0.25)  # so that the batch is committed after this one

        await here.worker(Stops()).run(stop)
        assert await here.written() == ["000"]
        await here.worker(Clerk()).settle()
        assert await here.written() == [f"{number:03}" for number in range(50)]


async def test_r006_signers_whose_servers_are_silent_keep_nobody_waiting(database_url: MakeDatabase) -> None:
    """R006, P6: forty signers need something from servers that do not answer; the next activity is done at once."""
    async with opened(InboxDesk, await database_url()) as here:
        go = asyncio.Event()

        async def fetch() -> None:
            await go.wait()
            raise Later("no answer")

        def needs(item: Item) -> None:
            raise Missing("parent", fetch)

        for number in range(40):
            await here.accept(f"reply {number}", signer=f"https://silent{number}.test/u/ada")
        clerk = Clerk({f"reply {number}": needs for number in range(40)})
        stop = asyncio.Event()
        running = asyncio.create_task(here.worker(clerk).run(stop))
        async with here.pool.connection() as db:
            await until(db, "SELECT count(*) FROM inbox_item WHERE lease_token IS NOT NULL", 40)
            await here.accept("hello", signer="https://living.test/u/ben")
            here.wakeups.ring("inbox")
            await until(db, "SELECT string_agg(word, ',') FROM word", "hello")
        go.set()
        stop.set()
        await running
