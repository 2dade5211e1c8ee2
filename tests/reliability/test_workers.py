"""Workers that stand still, come back too late or are not told: others take over, and operators see it (P6 to P8)."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from fedcomm import database
from fedcomm.database import Pool
from tests.conftest import MakeDatabase
from tests.factories import make_thread
from tests.reliability import processes
from tests.reliability.hosts import Arrival, extra, hosts, readers
from tests.reliability.processes import Part
from tests.reliability.queues_at import all_done
from tests.running import instance, until

HOSTS = 60
DONE = "SELECT array_agg((activity_id, destination_id, status, done_at)::text ORDER BY 1) FROM done_delivery"
LIMIT = "idle_in_transaction_session_timeout"
CLAIMING = """
    SELECT max(pid)
      FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%UPDATE consequence%lease_token%'
"""
CONNECTED = "SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = current_database()"
LISTENERS = """
    SELECT coalesce(array_agg(pid), '{}')
      FROM pg_stat_activity
     WHERE datname = current_database() AND query LIKE 'LISTEN %'
"""


async def test_r005_a_worker_that_was_frozen_changes_nothing_when_it_goes_on(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R005: worker A stands still in the middle, B takes over, A goes on: its results are refused; one effect each."""
    async with (
        hosts(HOSTS, seed=5, slowest_s=0.3) as there,
        processes.instance(await database_url(), tmp_path, parts=("web", "worker")) as alpha,
    ):
        ada, signed_in = await alpha.person("ada")
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=ada.created_at)
        first = await alpha.publish(signed_in, "Fire")
        await there.until_reached(first, HOSTS // 2, within=20)
        alpha.freeze("worker")
        await alpha.start("second worker")
        await all_done(alpha.pool, within=60)  # the database ends what the frozen one may have begun after 15 s
        assert there.reached(first) == set(there.inboxes)
        done = await _asked(alpha.pool, DONE)

        alpha.thaw("worker")
        await until(lambda: _says(alpha, "another worker has taken over"), bool, what=alpha.said)
        assert await _asked(alpha.pool, DONE) == done
        alpha.kill("second worker")
        second = await alpha.publish(signed_in, "Water")
        await there.until_reached(second, HOSTS, within=20)
        await all_done(alpha.pool)
        assert max(extra(there.copies(first)).values(), default=0) <= 1


async def test_r005_a_worker_frozen_with_the_lock_of_a_queue_keeps_the_others_waiting_for_a_moment(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R005: worker A is stopped while it claims; B gets what A would have; A goes on without its transaction."""
    url = await database_url()
    async with (
        hosts(1) as there,
        processes.instance(f"{url}&{LIMIT}=2s", tmp_path, parts=("web", "worker")) as alpha,
    ):
        ada, signed_in = await alpha.person("ada")
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=ada.created_at)
        claiming = await _freeze_while_it_claims(alpha, url)
        assert claiming in await _asked(alpha.pool, CONNECTED)
        await alpha.start("second worker")

        first = await alpha.publish(signed_in, "Fire")
        await there.until_reached(first, 1, within=20)
        assert claiming not in await _asked(alpha.pool, CONNECTED)
        await all_done(alpha.pool)
        alpha.kill("second worker")

        alpha.thaw("worker")
        second = await alpha.publish(signed_in, "Water")
        await there.until_reached(second, 1, within=20)
        await all_done(alpha.pool)
        assert extra(there.copies(first)) == extra(there.copies(second)) == {}


async def _freeze_while_it_claims(alpha: processes.Instance, url: str) -> int:
    """Keep the rows that a claim changes, so that it stops behind the lock of its queue; freeze it there.

    Returns the process of the database that has the lock now.
    """
    db = await database.connect(url)
    try:
        async with db.transaction():
            await db.execute("LOCK TABLE consequence IN EXCLUSIVE MODE")
            claiming: int = await until(lambda: _asked(alpha.pool, CLAIMING), bool, what="nobody claims")
            alpha.freeze("worker")
            return claiming
    finally:
        await db.close()


async def test_r008_work_is_found_though_nobody_hears_of_it_and_the_listener_comes_back(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R008: whoever listens is cut off; what is posted at that moment is sent, and they listen again."""
    async with (
        hosts(1) as there,
        processes.instance(await database_url(), tmp_path, parts=("web", "worker")) as alpha,
    ):
        ada, signed_in = await alpha.person("ada")
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=ada.created_at)
        cut = await until(lambda: _asked(alpha.pool, LISTENERS), bool, what="nobody listens")
        async with alpha.pool.connection() as db:
            await db.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::integer[]) AS pid", cut)
        activity_id = await alpha.publish(signed_in, "Is anybody there?")
        await there.until_reached(activity_id, 1, within=5)

        await until(
            lambda: _asked(alpha.pool, LISTENERS),
            lambda found: len(found) >= len(cut) and not set(found) & set(cut),
            what="nobody listens again",
        )


async def test_r045_a_worker_that_stands_still_is_seen_by_who_asks_whether_we_are_ready(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R045: a frozen worker makes every queue stand still; all is well when it goes on."""
    parts: tuple[Part, ...] = ("web", "worker")
    async with processes.instance(await database_url(), tmp_path, parts=parts, durations=0.02) as alpha:
        await until(lambda: _troubles(alpha.http), lambda queues: queues == set(), what="not ready")
        alpha.freeze("worker")
        all_queues = {"facts", "inbox", "deliveries", "clock", "mail"}
        await until(lambda: _troubles(alpha.http), lambda queues: queues == all_queues, what="nobody sees it")
        alpha.thaw("worker")
        await until(lambda: _troubles(alpha.http), lambda queues: queues == set(), what="it stays unready")


async def test_r045_each_loop_that_stops_is_named(database_url: MakeDatabase) -> None:
    """R045: each loop stopped in turn, the others go on."""
    async with instance(await database_url(), FEDCOMM_DEV_DURATIONS="0.02") as here, here.client() as client:
        worker = here.worker
        loops = {
            "facts": worker.facts.run,
            "inbox": worker.inbox.run,
            "deliveries": worker.deliveries.run,
            "clock": worker.clock.run,
            "mail": worker.mail.run,
        }
        for stopped in loops:
            stop = asyncio.Event()
            running = [asyncio.create_task(run(stop)) for name, run in loops.items() if name != stopped]
            try:
                await until(
                    lambda: _troubles(client), lambda queues, only=stopped: queues == {only}, what=f"without {stopped}"
                )
            finally:
                stop.set()
                await asyncio.gather(*running)


async def test_r007_the_loops_go_on_when_their_statements_fail(
    database_url: MakeDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    """R007: the table of each loop is away for a moment; then what is posted is sent within ten seconds."""
    tables = {
        "facts": "consequence", "inbox": "inbox_item", "deliveries": "delivery_peer", "clock": "recurring",
        "mail": "mail",
    }  # fmt: skip
    async with (
        hosts(1) as there,
        instance(await database_url(), FEDCOMM_DEV_DURATIONS="0.05") as here,
        here.working(),
    ):
        ada = await here.person("ada")
        async with here.db() as db:
            await readers(db, ada, there.servers, now=ada.created_at)
        for n, (loop, table) in enumerate(tables.items(), start=1):
            async with here.db() as db:
                await db.execute(f"ALTER TABLE {table} RENAME TO away")
            here.site.wakeups.ring("facts", "inbox", "deliveries", "clock", "mail")
            complaint = f"{loop}: a round failed"
            await until(lambda text=complaint: _logged(caplog, text), bool, what=f"{loop} was not disturbed")
            async with here.db() as db:
                await db.execute(f"ALTER TABLE away RENAME TO {table}")
            async with here.db() as db:
                await make_thread(db, ada, text=f"Loaf {n}", here=here.here, now=here.site.now())
            await until(lambda: _count(there.arrivals), lambda count, wanted=n: count == wanted, what=loop)
            # What has arrived and is not noted yet would be sent again.
            await until(lambda: _asked(here.site.pool, WAITING), lambda count: count == 0, what="noting it")


WAITING = "SELECT count(*) FROM pending_delivery"


async def _logged(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return text in caplog.text


async def _count(of: list[Arrival]) -> int:
    return len(of)


async def _says(alpha: processes.Instance, text: str) -> bool:
    return text in alpha.said


async def _asked(pool: Pool, query: str) -> Any:
    async with pool.connection() as db:
        return await db.fetchval(query)


async def _troubles(client: httpx.AsyncClient) -> set[str]:
    """The queues that /readyz complains about."""
    answer = await client.get("/readyz")
    troubles: list[str] = answer.json()["troubles"]
    assert (answer.status_code == 200) == (not troubles)
    return {trouble.partition(":")[0] for trouble in troubles}
