"""Votes and counts. Everybody votes once; a poll's row is locked while a vote is counted (S110, R025)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from fedcomm import facts, ids
from fedcomm.database import Connection, Row
from fedcomm.errors import Invalid, NotFound
from fedcomm.polls.model import Choices

SHOWN_EVERY = timedelta(seconds=5)
"""Who looks on hears of new counts at most so often."""
TOLD_EVERY = timedelta(minutes=3)
"""The same for other servers, as Mastodon does (federation.md 2.4)."""
COMMITS_WITHIN = timedelta(seconds=1)
"""What is told in less than this may be told before a vote that is counted now is there to be read."""
OTHERS_END_LATER = timedelta(minutes=5)
"""The last counts of a poll elsewhere come in so long; only then voters are told that it has ended."""
MOST_ENDED = 500


async def cast(
    db: Connection, voter_id: int, post_id: int, positions: Collection[int], *, adds: bool = False, now: datetime
) -> list[int]:
    """Count what somebody chose; the ids of the votes.

    `adds`: more may come, since elsewhere each choice is a vote of its own. Raises NotFound (no such poll), Invalid.
    """
    poll = await _locked(db, post_id)
    if poll["ended_at"] is not None or (poll["ends_at"] is not None and poll["ends_at"] <= now):
        raise Invalid("This poll has ended.", field="choices")
    chosen = sorted(set(positions))
    if not chosen:
        raise Invalid("Choose an answer first.", field="choices")
    if len(chosen) > 1 and not poll["is_multiple"]:
        raise Invalid("Only one answer can be chosen here.", field="choices")
    if chosen[0] < 0 or chosen[-1] >= poll["options_count"]:
        raise Invalid("This answer cannot be chosen.", field="choices")
    before = await db.fetch("SELECT position FROM poll_vote WHERE post_id = $1 AND account_id = $2", post_id, voter_id)
    if before and not (adds and poll["is_multiple"] and {row["position"] for row in before}.isdisjoint(chosen)):
        raise Invalid("You have voted in this poll already.", field="choices")
    vote_ids = [ids.new(now) for _ in chosen]
    await db.execute(
        """
        WITH given AS (INSERT INTO poll_vote (id, post_id, account_id, position, created_at)
                       SELECT vote.id, $1, $2, vote.position, $5
                         FROM unnest($3::bigint[], $4::integer[]) AS vote (id, position)
                    RETURNING position),
             summed AS (UPDATE poll_option
                           SET votes_count = votes_count + 1
                          FROM given
                         WHERE poll_option.post_id = $1 AND poll_option.position = given.position)
        UPDATE poll
           SET voters_count = voters_count + $6
         WHERE post_id = $1
        """,
        post_id,
        voter_id,
        vote_ids,
        chosen,
        now,
        0 if before else 1,
    )
    # Of a poll elsewhere its own server tells: what we passed on now would say that somebody here has voted.
    await _tell(db, poll, to_others=poll["is_ours"], now=now)
    return vote_ids


async def take_back(db: Connection, voter_id: int, post_id: int, *, now: datetime) -> None:
    """Take what somebody chose out of a poll. One elsewhere is counted by its own server."""
    poll = await _locked(db, post_id)
    rows = await db.fetch(
        "DELETE FROM poll_vote WHERE post_id = $1 AND account_id = $2 RETURNING position", post_id, voter_id
    )
    if not rows or not poll["is_ours"]:
        return
    await db.execute(
        """
        WITH summed AS (UPDATE poll_option
                           SET votes_count = votes_count - 1
                         WHERE post_id = $1 AND position = ANY($2::integer[]))
        UPDATE poll
           SET voters_count = voters_count - 1
         WHERE post_id = $1
        """,
        post_id,
        [row["position"] for row in rows],
    )
    await _tell(db, poll, to_others=True, now=now)


async def receive(db: Connection, post_id: int, choices: Choices, *, at: datetime, now: datetime) -> bool:
    """How a poll stands by word of its own server, `at` a time; what was said before that changes nothing.

    False: there is no such poll here, or it asks something else.
    """
    counted = choices.counted
    row = await db.fetchrow(
        """
        SELECT is_multiple, counted_at,
               ARRAY(SELECT title FROM poll_option WHERE post_id = $1 ORDER BY position) AS titles
          FROM poll
         WHERE post_id = $1
           FOR UPDATE
        """,
        post_id,
    )
    if row is None or counted is None:
        return False
    if (row["titles"], row["is_multiple"]) != (list(choices.options), choices.is_multiple):
        return False
    if row["counted_at"] is not None and row["counted_at"] > at:
        return True
    changed = await db.fetchval(
        """
        WITH counted AS (UPDATE poll_option
                            SET votes_count = said.votes
                           FROM unnest($2::integer[]) WITH ORDINALITY AS said (votes, position)
                          WHERE poll_option.post_id = $1
                            AND poll_option.position = said.position - 1
                            AND poll_option.votes_count <> said.votes
                      RETURNING 1),
             before AS (SELECT voters_count, ends_at FROM poll WHERE post_id = $1)
        UPDATE poll
           SET voters_count = $3, ends_at = $4, counted_at = $5,
               ended_at = CASE WHEN $4::timestamptz <= $6 THEN poll.ended_at END
          FROM before
         WHERE post_id = $1
        RETURNING EXISTS (SELECT FROM counted)
                  OR (before.voters_count, before.ends_at) IS DISTINCT FROM ($3::integer, $4::timestamptz)
        """,
        post_id,
        list(counted.votes),
        counted.voters,
        choices.ends_at,
        at,
        now,
    )
    if changed:
        poll = await _locked(db, post_id)
        await _tell(db, poll, to_others=poll["is_in_group"], now=now)
    return True


async def end_due(db: Connection, *, now: datetime) -> int:
    """Note the end of polls whose time is over, so that voters and other servers are told; how many."""
    rows = await db.fetch(
        """
        UPDATE poll
           SET ended_at = $1
         WHERE post_id IN (SELECT poll.post_id
                             FROM poll
                             JOIN post ON post.id = poll.post_id
                            WHERE poll.ended_at IS NULL
                              AND poll.ends_at <= $1
                              AND (post.is_local OR poll.ends_at <= $2)
                         ORDER BY poll.ends_at
                            LIMIT $3
                              FOR UPDATE OF poll SKIP LOCKED)
        RETURNING post_id
        """,
        now,
        now - OTHERS_END_LATER,
        MOST_ENDED,
    )
    for row in rows:
        await facts.record(db, facts.PollEnded(row["post_id"]), now=now)
    return len(rows)


async def chosen_names(db: Connection, post_id: int, vote_ids: Sequence[int]) -> list[tuple[int, str]]:
    """These votes, each with what was chosen as the poll's own server spells it."""
    rows = await db.fetch(
        """
        SELECT vote.id, COALESCE(option.wire_name, option.title) AS name
          FROM poll_vote vote
          JOIN poll_option option ON option.post_id = vote.post_id AND option.position = vote.position
         WHERE vote.post_id = $1 AND vote.id = ANY($2::bigint[])
      ORDER BY vote.position
        """,
        post_id,
        list(vote_ids),
    )
    return [(row["id"], row["name"]) for row in rows]


async def position_of(db: Connection, post_id: int, name: str) -> int | None:
    """Which answer has this name; None: none has."""
    return await db.fetchval("SELECT position FROM poll_option WHERE post_id = $1 AND title = $2", post_id, name)


async def _locked(db: Connection, post_id: int) -> Row:
    """A poll in which nobody else votes until the transaction ends. Raises NotFound."""
    row = await db.fetchrow(
        """
        SELECT poll.post_id, poll.is_multiple, poll.ends_at, poll.ended_at, poll.shown_at, poll.told_at,
               post.is_local AS is_ours, post.group_id IS NOT NULL AS is_in_group,
               (SELECT count(*) FROM poll_option WHERE poll_option.post_id = poll.post_id) AS options_count
          FROM poll
          JOIN post ON post.id = poll.post_id
         WHERE poll.post_id = $1
           FOR UPDATE OF poll
        """,
        post_id,
    )
    if row is None:
        raise NotFound("There is no such poll.")
    return row


async def _tell(db: Connection, poll: Row, *, to_others: bool, now: datetime) -> None:
    """Have the new counts told, once for all votes of a while: to who looks on, and to other servers."""
    shown_at = _next(poll["shown_at"], SHOWN_EVERY, now)
    if shown_at is not None:
        await facts.record(db, facts.PollCounted(poll["post_id"]), now=now, after=shown_at - now)
    told_at = _next(poll["told_at"], TOLD_EVERY, now) if to_others else None
    if told_at is not None:
        await facts.record(db, facts.PollTallied(poll["post_id"]), now=now, after=told_at - now)
    await db.execute(
        "UPDATE poll SET shown_at = COALESCE($2, shown_at), told_at = COALESCE($3, told_at) WHERE post_id = $1",
        poll["post_id"],
        shown_at,
        told_at,
    )


def _next(last: datetime | None, every: timedelta, now: datetime) -> datetime | None:
    """When it is to be told next; None when that is on its way already."""
    if last is None:
        return now
    return None if last > now + COMMITS_WITHIN else max(now, last + every)
