"""Notifications that a policy holds back, as one request for each who causes them. Source: NotificationRequest."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm import ids
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.notifications.reading import SEEN_BY_OWNER

MOST_AT_ONCE = 200


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did that waits to be let through. `last_post_id` is None where it was about no post."""

    id: int
    from_account_id: int
    created_at: datetime
    updated_at: datetime
    count: int
    last_post_id: int | None


_READ = f"""
    SELECT request.id, request.from_account_id, request.created_at,
           max(notification.created_at) AS updated_at,
           count(notification.id) AS count,
           (array_agg(notification.post_id ORDER BY notification.id DESC)
            FILTER (WHERE notification.post_id IS NOT NULL))[1] AS last_post_id
      FROM notification_request request
      JOIN notification ON notification.account_id = request.account_id
                       AND notification.from_account_id = request.from_account_id
                       AND notification.is_filtered
     WHERE request.account_id = $1 AND {SEEN_BY_OWNER}
"""


async def note(db: Connection, account_ids: Sequence[int], from_id: int, *, now: datetime) -> None:
    """Something of somebody is held back for these people: it waits in the request of theirs."""
    await db.execute(
        """
        INSERT INTO notification_request (id, account_id, from_account_id, created_at)
        SELECT made.id, made.account_id, $3, $4
          FROM unnest($1::bigint[], $2::bigint[]) AS made (id, account_id)
            ON CONFLICT (account_id, from_account_id) DO NOTHING
        """,
        [ids.new(now) for _ in account_ids],
        list(account_ids),
        from_id,
        now,
    )


async def page(db: Connection, account_id: int, *, cursor: Cursor) -> list[Request]:
    """A page of somebody's requests, newest first."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        {_READ} AND request.id < $2 AND request.id > $3
      GROUP BY request.id
      ORDER BY request.id {order}
         LIMIT $4
        """,
        account_id,
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Request(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def by_id(db: Connection, account_id: int, request_id: int) -> Request:
    """One of somebody's requests. Raises NotFound, also for those of others (S097)."""
    row = await db.fetchrow(f"{_READ} AND request.id = $2 GROUP BY request.id", account_id, request_id)
    if row is None:
        raise NotFound("There is no such request.")
    return Request(**row)


async def waiting(db: Connection, account_id: int) -> tuple[int, int]:
    """How many requests wait for somebody, with how many notifications in them."""
    row = await db.fetchrow(
        f"""
        SELECT count(*) AS requests, COALESCE(sum(waiting.count), 0)::bigint AS notifications
          FROM ({_READ} GROUP BY request.id) waiting
        """,
        account_id,
    )
    assert row is not None
    return row["requests"], row["notifications"]


async def accept(db: Connection, account_id: int, request_ids: Sequence[int], *, now: datetime) -> int:
    """Let what waits through, and all that comes from these people from now on. Returns how many requests it was."""
    rows = await db.fetch(
        "DELETE FROM notification_request WHERE account_id = $1 AND id = ANY($2::bigint[]) RETURNING from_account_id",
        account_id,
        list(request_ids)[:MOST_AT_ONCE],
    )
    people = [row["from_account_id"] for row in rows]
    await db.execute(
        """
        INSERT INTO notification_permission (account_id, from_account_id, created_at)
        SELECT $1, unnest($2::bigint[]), $3
            ON CONFLICT (account_id, from_account_id) DO NOTHING
        """,
        account_id,
        people,
        now,
    )
    await db.execute(
        """
        UPDATE notification
           SET is_filtered = false
         WHERE account_id = $1 AND from_account_id = ANY($2::bigint[]) AND is_filtered
        """,
        account_id,
        people,
    )
    return len(people)


async def dismiss(db: Connection, account_id: int, request_ids: Sequence[int]) -> int:
    """Take what waits away; what comes later waits anew. Returns how many requests it was."""
    rows = await db.fetch(
        "DELETE FROM notification_request WHERE account_id = $1 AND id = ANY($2::bigint[]) RETURNING from_account_id",
        account_id,
        list(request_ids)[:MOST_AT_ONCE],
    )
    await db.execute(
        "DELETE FROM notification WHERE account_id = $1 AND from_account_id = ANY($2::bigint[]) AND is_filtered",
        account_id,
        [row["from_account_id"] for row in rows],
    )
    return len(rows)
