"""What claims cost: on a large table, with many dead peers, and after two weeks (ARCH 4.2; R016, R017, R042)."""

from datetime import timedelta
from typing import cast

from fedcomm import ids
from fedcomm.database import Connection, Row
from fedcomm.jobs import delivery_leases, steering, waiting_deliveries
from tests.jobs.offices import NOON

DEAD, EACH = 50, 1000


async def fill(db: Connection) -> None:
    """Fifty peers that wait with a thousand rows each in twenty threads, and one living peer with one; 5,000 others."""
    at = ids.at(NOON, now=NOON + timedelta(days=1))  # not from the generator, which other tests have moved on
    await db.execute(
        """
        INSERT INTO activity (id, uri, actor_id, type, body, is_public, created_at)
        SELECT $1::bigint + n, 'https://here.test/a/' || n, 1, 'Create', '{}', true, $2
          FROM generate_series(1, $3) AS n
        """,
        at,
        NOON,
        EACH,
    )
    await db.execute(
        """
        INSERT INTO destination (id, inbox_url, authority)
        SELECT n, 'https://dead' || n || '.test/inbox', 'dead' || n || '.test'
          FROM generate_series(1, $1) AS n
        """,
        DEAD,
    )
    await db.execute("INSERT INTO destination VALUES (1000, 'https://alive.test/inbox', 'alive.test')")
    await db.execute(
        """
        INSERT INTO pending_delivery (activity_id, destination_id, authority, order_key, due_at)
        SELECT $1::bigint + n, d.id, d.authority, n % 20, $2
          FROM generate_series(1, $3) AS n, destination d
         WHERE d.id <> 1000 OR n = 1
        """,
        at,
        NOON,
        EACH,
    )
    await db.execute(
        """
        INSERT INTO delivery_peer (authority, ready_at, failure_count, wait_until)
        SELECT authority, CASE WHEN id = 1000 THEN $1::timestamptz ELSE $1::timestamptz + interval '1 hour' END, 3,
               $1::timestamptz + interval '1 hour'
          FROM destination
        """,
        NOON,
    )
    await db.execute(
        "INSERT INTO delivery_peer (authority) SELECT 'quiet' || n || '.test' FROM generate_series(1, 5000) AS n"
    )
    for table in ("pending_delivery", "delivery_peer", "destination", "activity"):
        await db.execute(f"ANALYZE {table}")


class Listening:
    """A connection that remembers the statements that were asked through it."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    async def fetch(self, query: str, *args: object) -> list[Row]:
        """Remember, and ask."""
        self.asked.append((query, args))
        return await self._db.fetch(query, *args)

    async def plan(self) -> str:
        """How PostgreSQL does the last one."""
        query, args = self.asked[-1]
        rows = await self._db.fetch(f"EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) {query}", *args)
        return "\n".join(row[0] for row in rows)


async def test_r009_fifty_dead_peers_with_a_thousand_rows_each_are_not_looked_at(db: Connection) -> None:
    """R009: what is due is found through the peers that are ready, and only their rows are read."""
    await fill(db)
    listening = Listening(db)
    until = NOON + timedelta(seconds=15)

    (held,) = await delivery_leases.lease(cast("Connection", listening), now=NOON, until=until, most=200)
    assert held.authority == "alive.test"
    found = await listening.plan()
    assert "delivery_peer_ready" in found, found
    assert "Seq Scan on pending_delivery" not in found, found

    (row,) = await delivery_leases.rows_of(cast("Connection", listening), ["alive.test"], now=NOON, each=50)
    assert row.inbox_url == "https://alive.test/inbox"
    found = await listening.plan()
    assert "Seq Scan on pending_delivery" not in found, found


async def test_reading_a_peers_rows_does_not_grow_with_what_waits(db: Connection) -> None:
    """Fifty rows are read through the index, of one peer with a thousand, and of all fifty."""
    await fill(db)
    listening = Listening(db)
    for peers in (1, DEAD):
        asked = [f"dead{n}.test" for n in range(1, peers + 1)]
        rows = await delivery_leases.rows_of(cast("Connection", listening), asked, now=NOON, each=50)
        assert len(rows) == 50 * peers
        found = await listening.plan()
        assert "pending_delivery_authority" in found, found
        assert "Seq Scan on pending_delivery" not in found, found


async def test_a_peer_whose_oldest_message_is_put_off_shows_what_may_pass(db: Connection) -> None:
    """P6: a thousand rows behind a message that failed twice, and those of other threads in front."""
    await fill(db)
    first = await db.fetchrow(
        "SELECT activity_id, order_key FROM pending_delivery WHERE authority = 'dead1.test' ORDER BY 1 LIMIT 1"
    )
    assert first is not None
    await db.execute(
        """
        UPDATE pending_delivery SET is_held = true, failures = 2, due_at = $2
         WHERE activity_id = $1 AND authority = 'dead1.test'
        """,
        first["activity_id"],
        NOON + timedelta(minutes=1),
    )
    rows = await delivery_leases.rows_of(db, ["dead1.test"], now=NOON, each=50)
    assert len(rows) == 50
    assert first["order_key"] not in {row.order_key for row in rows}


async def test_r017_what_could_not_be_delivered_in_two_weeks_is_kept_as_failed(db: Connection) -> None:
    await fill(db)
    day_15 = NOON + timedelta(days=15)
    given_up = 0
    while count := await waiting_deliveries.expire(db, before=day_15 - timedelta(days=14), now=day_15, most=20_000):
        given_up += count
    assert given_up == DEAD * EACH + 1
    (worst, *_) = await steering.status(db, limit=1)
    assert (worst.waiting, worst.failed) == (0, EACH)

    await waiting_deliveries.forget(db, done_before=day_15, failed_before=day_15 + timedelta(days=1))
    assert await db.fetchval("SELECT count(*) FROM failed_delivery") == 0


async def test_what_is_old_by_its_id_but_newly_made_is_not_given_up(db: Connection) -> None:
    await fill(db)
    later = NOON + timedelta(days=20)
    await db.execute("UPDATE activity SET created_at = $1", later)
    assert await waiting_deliveries.expire(db, before=later - timedelta(days=14), now=later) == 0
