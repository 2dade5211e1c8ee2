"""Authors hear what groups made of their posts: not taken, not carried, taken out (product 7, 13; D42).

It is always the group that tells them; which moderator decided, nobody learns (S111).
"""

from fedcomm import facts
from fedcomm.database import Connection
from fedcomm.jobs.work import Work
from fedcomm.notifications.model import NotificationType
from fedcomm.notifications.telling import tell


async def of_turning_down(work: Work, fact: facts.PostTurnedDown) -> None:
    """A group elsewhere does not show what was sent to it, or no longer."""
    async with work.transaction() as db:
        await _of_reception(db, work, fact.post_id, by_id=None)


async def of_removal(work: Work, fact: facts.PostRemoved) -> None:
    """A moderator took a post out of its group."""
    async with work.transaction() as db:
        if not fact.is_one_of_many:
            await _of_reception(db, work, fact.post_id, by_id=fact.by_id)


async def of_carry(work: Work, fact: facts.CarryDecided) -> None:
    """A group does not carry a thread, or no longer: who asked it to."""
    async with work.transaction() as db:
        row = await db.fetchrow(
            """
            SELECT person.id, carry.group_id, carry.thread_id, carry.decided_at
              FROM carry
              JOIN account person ON person.id = carry.requested_by AND person.is_local AND person.kind = 'person'
             WHERE carry.id = $1 AND carry.state IN ('declined', 'withdrawn')
            """,
            fact.carry_id,
        )
        if row is not None:
            key = f"carry:{fact.carry_id}:{row['decided_at'].timestamp():.6f}"
            await tell(db, [row["id"]], "fedcomm.refused", row["group_id"], row["thread_id"], key, work.now)


async def of_refused_move(work: Work, fact: facts.ThreadMoveDecided) -> None:
    """A group elsewhere does not take a thread: who asked it to."""
    async with work.transaction() as db:
        row = await db.fetchrow(
            """
            SELECT person.id, thread_move.target_id, thread_move.thread_id, thread_move.decided_at
              FROM thread_move
              JOIN account person ON person.id = requested_by AND person.is_local AND person.kind = 'person'
             WHERE thread_move.id = $1 AND thread_move.state = 'declined'
            """,
            fact.move_id,
        )
        if row is not None:
            key = f"thread_move:{fact.move_id}:{row['decided_at'].timestamp():.6f}"
            await tell(db, [row["id"]], "fedcomm.refused", row["target_id"], row["thread_id"], key, work.now)


async def _of_reception(db: Connection, work: Work, post_id: int, *, by_id: int | None) -> None:
    row = await db.fetchrow(
        """
        SELECT person.id, reception.group_id, reception.state, reception.decided_at
          FROM reception
          JOIN post ON post.id = reception.post_id
          JOIN account person ON person.id = post.author_id AND person.is_local AND person.kind = 'person'
         WHERE reception.post_id = $1
           AND reception.state IN ('refused', 'removed')
           AND person.id IS DISTINCT FROM $2
        """,
        post_id,
        by_id,
    )
    if row is not None:
        kind: NotificationType = "fedcomm.refused" if row["state"] == "refused" else "fedcomm.removed"
        key = f"reception:{post_id}:{row['decided_at'].timestamp():.6f}"
        await tell(db, [row["id"]], kind, row["group_id"], post_id, key, work.now)
