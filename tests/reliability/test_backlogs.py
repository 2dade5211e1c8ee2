"""One kind of work does not wait behind much of another, and what waits costs no memory (R010, R042)."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fedcomm import ids
from fedcomm.accounts.model import Account
from fedcomm.cli.bench_soak import memory
from fedcomm.database import Connection, Pool
from tests.conftest import MakeDatabase
from tests.kit import FakeActor, FakePeer
from tests.reliability import processes
from tests.reliability.hosts import Hosts, hosts, readers
from tests.running import until

HOSTS = 100
HEARD = 100
WITHIN_S = 120.0
WORKER_MOST_MIB = 200.0
WAITING_MORE_MIB = 40.0


@pytest.mark.parametrize("waiting", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
async def test_r010_r042_a_hundred_thousand_waiting_deliveries_keep_nothing_that_comes_waiting_and_fill_no_memory(
    database_url: MakeDatabase, tmp_path: Path, waiting: int
) -> None:
    """R010, R042: while the worker has all hands full of sending, what comes is understood before half is sent."""
    async with (
        FakePeer() as peer,
        hosts(HOSTS) as there,
        processes.instance(await database_url(), tmp_path, parts=("web", "worker"), durations=1) as alpha,
    ):
        ada, signed_in = await alpha.person("ada")
        rui = peer.add("rui")
        await _tell(alpha.url, rui, ada, 1)
        await _heard(alpha.pool, 1)
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=datetime.now(UTC))
        await there.until_reached(await alpha.publish(signed_in, "Warm bread."), HOSTS, within=WITHIN_S)
        before = memory(alpha.process_id("worker"), 0)

        async with alpha.pool.transaction() as db:
            await db.execute("SET LOCAL statement_timeout = 0")
            await _wait_to_be_sent(db, ada, there, waiting // HOSTS)
        async with alpha.pool.connection() as db:
            await until(lambda: _sent(db), lambda sent: sent > HOSTS * 2, within=WITHIN_S, what="nothing is sent")
        await _tell(alpha.url, rui, ada, HEARD)
        await _heard(alpha.pool, HEARD + 1)

        async with alpha.pool.connection() as db:
            left = await _count(db, "pending_delivery")
        now = memory(alpha.process_id("worker"), 0)
        print(f"{left:,} of {waiting:,} wait; worker {before.own:.0f} MiB before, {now.own:.0f} with them")
        assert left > waiting / 2
        assert now.pss < WORKER_MOST_MIB
        assert now.own - before.own < WAITING_MORE_MIB
        alpha.kill()  # a hundred thousand are enough


async def test_r010_thousands_of_activities_to_be_understood_keep_nothing_waiting_that_leaves(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R010, the other way round: a post leaves before half of what came is understood."""
    waiting = 10_000
    async with (
        FakePeer() as peer,
        hosts(10) as there,
        processes.instance(await database_url(), tmp_path, parts=("web", "worker"), durations=1) as alpha,
    ):
        ada, signed_in = await alpha.person("ada")
        rui = peer.add("rui")
        await _tell(alpha.url, rui, ada, 1)
        await _heard(alpha.pool, 1)
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=datetime.now(UTC))
        await there.until_reached(await alpha.publish(signed_in, "Warm bread."), 10, within=WITHIN_S)

        async with alpha.pool.transaction() as db:
            await _wait_to_be_heard(db, rui, ada, waiting)
        await _heard(alpha.pool, 20)
        await there.until_reached(await alpha.publish(signed_in, "Fresh bread."), 10, within=WITHIN_S)

        async with alpha.pool.connection() as db:
            left = await db.fetchval("SELECT count(*) FROM inbox_item WHERE state = 'waiting'")
        print(f"{left:,} of {waiting:,} wait")
        assert left > waiting / 2
        alpha.kill()


def _note(rui: FakeActor, ada: Account) -> dict[str, object]:
    mention = {"type": "Mention", "href": ada.uri, "name": f"@{ada.handle}"}
    return rui.does("Create", rui.writes("How long does it rise?", cc=[ada.uri], tag=[mention]))


async def _tell(url: str, rui: FakeActor, ada: Account, times: int) -> None:
    for _ in range(times):
        sent = await rui.send(f"{url}/inbox", _note(rui, ada))
        assert sent.status == 202, sent.body


async def _heard(pool: Pool, count: int) -> None:
    """Wait until so many posts of others are here."""
    async with pool.connection() as db:
        await until(
            lambda: db.fetchval("SELECT count(*) FROM post WHERE NOT is_local"),
            lambda heard: heard >= count,
            within=WITHIN_S,
            what="not understood",
        )


async def _wait_to_be_sent(db: Connection, ada: Account, there: Hosts, activities: int) -> None:
    """So many activities of ada for each of these servers, as if they had been put off until now."""
    now = datetime.now(UTC)
    made = [ids.new(now) for _ in range(activities)]
    await db.execute(
        """
        INSERT INTO activity (id, uri, actor_id, type, body, is_public, created_at)
        SELECT id, $2 || '/a/' || id, $3, 'Like', convert_to('{"id": "' || $2 || '/a/' || id || '"}', 'UTF8'), true, $4
          FROM unnest($1::bigint[]) AS t (id)
        """,
        made,
        ada.uri,
        ada.id,
        now,
        timeout=WITHIN_S,
    )
    await db.execute(
        """
        INSERT INTO pending_delivery (activity_id, destination_id, authority, order_key, attempts, due_at)
        SELECT made.id, destination.id, authority, made.id, 1, $2
          FROM unnest($1::bigint[]) AS made (id), destination
        """,
        made,
        now,
        timeout=WITHIN_S,
    )
    await db.execute("UPDATE delivery_peer SET ready_at = $1 WHERE ready_at IS NULL", now)
    assert await _count(db, "pending_delivery") == activities * len(there.servers)


async def _wait_to_be_heard(db: Connection, rui: FakeActor, ada: Account, count: int) -> None:
    """So many notes of somebody who is known, as the inbox commits them."""
    now = datetime.now(UTC)
    for _ in range(count // 100):
        told = [_note(rui, ada) for _ in range(100)]
        await db.execute(
            """
            INSERT INTO inbox_item (id, activity_uri, activity_type, signer_uri, authority, body, received_at, due_at)
            SELECT id, activity::jsonb ->> 'id', 'Create', $3, $4, convert_to(activity, 'UTF8'), $5, $5
              FROM unnest($1::bigint[], $2::text[]) AS t (id, activity)
            """,
            [ids.new(now) for _ in told],
            [json.dumps(each) for each in told],
            rui.id,
            rui.peer.server.authority,
            now,
        )


async def _sent(db: Connection) -> int:
    return await _count(db, "done_delivery")


async def _count(db: Connection, table: str) -> int:
    found: int = await db.fetchval(f"SELECT count(*) FROM {table}")
    return found
