"""What is asked: checked when somebody here types it, and written beside its post."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.polls.model import Choices
from fedcomm.text import cleaning, limits

SHORTEST = timedelta(seconds=limits.POLL_SECONDS_MIN)
LONGEST = timedelta(seconds=limits.POLL_SECONDS)


def checked(
    options: Sequence[str], expires_in: int | None, *, is_multiple: bool, hides_totals: bool, now: datetime
) -> Choices:
    """A poll as somebody here typed it; empty lines are no options. Raises Invalid. Source: D37; methods/statuses."""
    titles = [title for each in options if (title := cleaning.one_line(each, len(each)))]
    if len(titles) < limits.POLL_OPTIONS_MIN:
        raise Invalid("A poll needs at least %(n)s answers to choose from.", n=limits.POLL_OPTIONS_MIN, field="poll")
    if len(titles) > limits.POLL_OPTIONS:
        raise Invalid("A poll may have at most %(n)s answers.", n=limits.POLL_OPTIONS, field="poll")
    if any(len(title) > limits.POLL_OPTION for title in titles):
        raise Invalid("An answer of a poll may have at most %(n)s characters.", n=limits.POLL_OPTION, field="poll")
    if len({title.casefold() for title in titles}) < len(titles):
        raise Invalid("Each answer of a poll must be different.", field="poll")
    if expires_in is None:
        raise Invalid("Say how long the poll is open.", field="poll")
    if expires_in < limits.POLL_SECONDS_MIN:
        raise Invalid("A poll is open for at least %(n)s minutes.", n=limits.POLL_SECONDS_MIN // 60, field="poll")
    if expires_in > limits.POLL_SECONDS:
        raise Invalid("A poll is open for at most %(n)s days.", n=limits.POLL_SECONDS // 86_400, field="poll")
    return Choices(
        options=tuple(titles),
        is_multiple=is_multiple,
        hides_totals=hides_totals,
        ends_at=(now + timedelta(seconds=expires_in)).replace(microsecond=0),
    )


async def put(db: Connection, post_id: int, choices: Choices | None, *, now: datetime) -> bool:
    """Give a post this poll, in place of what it asked before; whether that changed anything.

    Other answers, or another way to choose, are another question: votes given before are gone. Source: Mastodon API
    documentation, methods/statuses#edit.
    """
    if choices is None:
        return await db.fetchval("DELETE FROM poll WHERE post_id = $1 RETURNING true", post_id) is not None
    row = await db.fetchrow(
        """
        SELECT is_multiple, hides_totals, ends_at,
               ARRAY(SELECT title FROM poll_option WHERE post_id = $1 ORDER BY position) AS titles
          FROM poll
         WHERE post_id = $1
           FOR UPDATE
        """,
        post_id,
    )
    if row is None or (row["titles"], row["is_multiple"]) != (list(choices.options), choices.is_multiple):
        await _write(db, post_id, choices, now=now)
        return True
    if (row["ends_at"], row["hides_totals"]) == (choices.ends_at, choices.hides_totals):
        return False
    await db.execute(
        """
        UPDATE poll
           SET ends_at = $2::timestamptz, hides_totals = $3,
               ended_at = CASE WHEN $2::timestamptz <= $4 THEN ended_at END
         WHERE post_id = $1
        """,
        post_id,
        choices.ends_at,
        choices.hides_totals,
        now,
    )
    return True


async def _write(db: Connection, post_id: int, choices: Choices, *, now: datetime) -> None:
    counted = choices.counted
    await db.execute("DELETE FROM poll WHERE post_id = $1", post_id)
    await db.execute(
        """
        INSERT INTO poll (post_id, is_multiple, hides_totals, ends_at, voters_count, counted_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        post_id,
        choices.is_multiple,
        choices.hides_totals,
        choices.ends_at,
        0 if counted is None else counted.voters,
        None if counted is None else now,
    )
    await db.execute(
        """
        INSERT INTO poll_option (post_id, position, title, wire_name, votes_count)
        SELECT $1, option.position - 1, option.title, option.wire_name, option.votes
          FROM unnest($2::text[], $3::text[], $4::integer[])
               WITH ORDINALITY AS option (title, wire_name, votes, position)
        """,
        post_id,
        list(choices.options),
        list(counted.wire_names) if counted is not None else [None] * len(choices.options),
        list(counted.votes) if counted is not None else [0] * len(choices.options),
    )
