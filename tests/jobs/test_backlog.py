"""A queue that stands still is seen within a minute, by its name (R045)."""

from datetime import timedelta

import pytest

from fedcomm import facts
from fedcomm.database import Connection
from fedcomm.jobs import backlog, inbox_queue, queues
from tests.jobs.offices import NOON

AFTER = timedelta(seconds=45)


async def all_well(db: Connection) -> None:
    for name in queues.NAMES:
        await queues.note(db, name, looked_at=NOON, succeeded_at=None)


async def accept(db: Connection) -> None:
    await inbox_queue.add(
        db,
        inbox_queue.Accepted(
            activity_uri="https://a.test/1",
            activity_type="Like",
            signer_uri="https://a.test/u/ada",
            authority="a.test",
            recipient_id=None,
            body=b"{}",
            now=NOON,
        ),
    )


@pytest.mark.parametrize("stopped", queues.NAMES)
async def test_r045_a_loop_that_stopped_is_named_within_a_minute(db: Connection, stopped: str) -> None:
    """R045: each loop in turn."""
    await all_well(db)
    later = NOON + timedelta(seconds=50)
    for name in queues.NAMES:
        if name != stopped:
            await queues.note(db, name, looked_at=later, succeeded_at=None)
    assert await backlog.stalled(db, after=AFTER, now=later) == [f"{stopped}: no worker since 12:00:00"]


async def test_loops_that_look_and_have_nothing_to_do_are_well(db: Connection) -> None:
    await all_well(db)
    assert await backlog.stalled(db, after=AFTER, now=NOON + timedelta(seconds=40)) == []


async def test_r045_work_that_nobody_finishes_is_a_stall_though_somebody_looks(db: Connection) -> None:
    await all_well(db)
    await accept(db)
    await facts.record(db, facts.PostPublished(7), now=NOON)
    later = NOON + timedelta(seconds=50)
    for name in queues.NAMES:
        await queues.note(db, name, looked_at=later, succeeded_at=later if name == "facts" else None)
    assert await backlog.stalled(db, after=AFTER, now=later) == [
        "inbox: stands still, the oldest is due since 12:00:00"
    ]


async def test_a_long_backlog_that_is_worked_off_is_no_stall(db: Connection) -> None:
    await all_well(db)
    await accept(db)
    later = NOON + timedelta(minutes=10)
    for name in queues.NAMES:
        await queues.note(db, name, looked_at=later, succeeded_at=later)
    assert await backlog.stalled(db, after=AFTER, now=later) == []


async def test_what_waits_is_counted(db: Connection) -> None:
    await accept(db)
    await facts.record(db, facts.PostPublished(7), now=NOON)
    found = {each.queue: (each.waiting, each.oldest_due_at) for each in await backlog.look(db, now=NOON)}
    assert found == {
        "facts": (1, NOON),
        "inbox": (1, NOON),
        "deliveries": (0, None),
        "mail": (0, None),
        "clock": (0, None),
    }


async def test_looking_for_work_reads_nothing_of_what_was_done(db: Connection) -> None:
    await db.execute(
        """
        INSERT INTO inbox_item (id, activity_type, signer_uri, authority, received_at, state, attempts, due_at, done_at)
        SELECT number, 'Like', 'https://a.test/u/ada', 'a.test', $1, 'done', 1, $1, $1
          FROM generate_series(1, 20000) AS number
        """,
        NOON,
    )
    await db.execute("ANALYZE inbox_item")
    await accept(db)
    assert await rows_read_through(db) == 0

    assert await inbox_queue.next_due(db) == NOON
    assert [name for name, is_there in (await backlog.present(db)).items() if is_there] == ["inbox"]
    assert await backlog.stalled(db, after=AFTER, now=NOON) != []
    assert {each.queue: each.waiting for each in await backlog.look(db, now=NOON)}["inbox"] == 1
    assert len(await inbox_queue.claim(db, now=NOON, lease=AFTER)) == 1
    assert await inbox_queue.claim_again(db, now=NOON, lease=AFTER) is None

    assert await rows_read_through(db) == 0


async def rows_read_through(db: Connection) -> int:
    """Rows of activities that came which were read one after the other in this transaction, without an index."""
    count = await db.fetchval("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'inbox_item'")
    return int(count)
