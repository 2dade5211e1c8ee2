"""How the home group of a post received it: what a group elsewhere made of what one of ours sent it, and what the
moderators of any group took out again, with their reason (federation.md 4.7; product 7, 13).

States: sent -> taken | refused; any -> removed; a group that shows a post after all has taken it. Silence proves
nothing: some servers do not tell an author's server that a post is there.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import facts
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.text import cleaning
from fedcomm.threads.model import Post

ReceptionState = Literal["sent", "taken", "refused", "removed"]
LONGEST_REASON = 500
FIRST_DAY = timedelta(days=1)
TAKEN_ON_THE_FIRST_DAY = 4

IS_NOT_REFUSED = """NOT EXISTS (SELECT
                             FROM reception
                            WHERE reception.post_id = post.id AND reception.state IN ('refused', 'removed'))"""
"""A condition on rows of `post`: the home group has not turned it down."""

COLUMNS = "post_id, group_id, state, reason, sent_at, decided_at"


class Reception(msgspec.Struct, frozen=True, kw_only=True):
    """What a group made of a post. `decided_at` is None while it has said nothing."""

    post_id: int
    group_id: int
    state: ReceptionState
    reason: str
    sent_at: datetime
    decided_at: datetime | None

    @property
    def is_shown(self) -> bool:
        """Whether the group shows the post, for all we know."""
        return self.state in ("sent", "taken")


async def begin(db: Connection, post: Post, group: Account, *, now: datetime) -> None:
    """A post of ours goes to its home group elsewhere."""
    await db.execute(
        """
        INSERT INTO reception (post_id, group_id, state, sent_at)
        VALUES ($1, $2, 'sent', $3)
            ON CONFLICT (post_id) DO NOTHING
        """,
        post.id,
        group.id,
        now,
    )


async def receive_taken(db: Connection, group: Account, post: Post, *, now: datetime) -> bool:
    """The home group shows a post of ours, which it may have refused before. False: that was known, or is not its."""
    if group.id != post.group_id or not post.is_local:
        return False
    changed = await db.fetchval(
        """
        UPDATE reception
           SET state = 'taken', reason = '', decided_at = $2
         WHERE post_id = $1 AND state IN ('sent', 'refused')
        RETURNING true
        """,
        post.id,
        now,
    )
    if changed:
        await _show_anew(db, post.id)
    return bool(changed)


async def receive_refusal(db: Connection, group: Account, post: Post, reason: str, *, now: datetime) -> bool:
    """The home group does not take a post of ours: its author is told. False: that was known, or is not its to say."""
    if group.id != post.group_id or not post.is_local or group.is_local or post.state != "visible":
        return False
    return await _turn_down(db, group, post, "refused", reason, now=now)


async def receive_withdrawal(db: Connection, group: Account, post: Post, *, now: datetime) -> bool:
    """The home group shows a post of ours no longer, which stays with its author. False: that was known."""
    if group.id != post.group_id or not post.is_local or group.is_local or post.state != "visible":
        return False
    return await _turn_down(db, group, post, "removed", "", now=now)


async def note_removal(db: Connection, post: Post, reason: str, *, now: datetime) -> None:
    """Keep why moderators took a post out of its group, for its author and them to read."""
    assert post.group_id is not None
    await _put(db, post.group_id, post, "removed", reason, now=now)


async def note_return(db: Connection, post: Post, *, now: datetime) -> None:
    """A post is back in its group."""
    await db.execute(
        "UPDATE reception SET state = 'taken', reason = '', decided_at = $2 WHERE post_id = $1", post.id, now
    )


async def of(db: Connection, post_ids: Iterable[int]) -> dict[int, Reception]:
    """How these posts were received; those of which there is nothing to say are left out."""
    wanted = list(set(post_ids))
    if not wanted:
        return {}
    rows = await db.fetch(f"SELECT {COLUMNS} FROM reception WHERE post_id = ANY($1::bigint[])", wanted)
    return {row["post_id"]: Reception(**row) for row in rows}


async def _turn_down(
    db: Connection, group: Account, post: Post, state: ReceptionState, reason: str, *, now: datetime
) -> bool:
    if not await _put(db, group.id, post, state, reason, now=now):
        return False
    await _show_anew(db, post.id)
    await facts.record(db, facts.PostTurnedDown(post.id, group.id), now=now)
    return True


async def _put(db: Connection, group_id: int, post: Post, state: ReceptionState, reason: str, *, now: datetime) -> bool:
    """False: it stood so already."""
    changed = await db.fetchval(
        """
        INSERT INTO reception (post_id, group_id, state, reason, sent_at, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (post_id) DO UPDATE
           SET state = excluded.state, reason = excluded.reason, decided_at = excluded.decided_at
         WHERE (reception.state, reception.reason) <> (excluded.state, excluded.reason)
        RETURNING true
        """,
        post.id,
        group_id,
        state,
        cleaning.one_line(reason, LONGEST_REASON),
        post.published_at,
        now,
    )
    return bool(changed)


async def _show_anew(db: Connection, post_id: int) -> None:
    """Apps are told how a post was received (D63)."""
    await db.execute("UPDATE post SET version = version + 1 WHERE id = $1", post_id)


async def is_much_for_a_first_day(db: Connection, author_id: int, group_id: int, *, now: datetime) -> bool:
    """Whether a group's server shows no more of what somebody writes there on their first day, without a word (T47).

    PieFed takes about four posts of an author whom it has known for less than a day.
    """
    found = await db.fetchval(
        """
        SELECT count(*) > $4 AND min(post.published_at) > $3
          FROM account home
          JOIN peer ON peer.authority = home.authority AND peer.software_name IN ('piefed', 'pyfedi')
          JOIN account team ON team.authority = home.authority AND team.kind = 'group'
          JOIN post ON post.group_id = team.id AND post.author_id = $1
         WHERE home.id = $2 AND NOT home.is_local
        """,
        author_id,
        group_id,
        now - FIRST_DAY,
        TAKEN_ON_THE_FIRST_DAY,
    )
    return bool(found)
