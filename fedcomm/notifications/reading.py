"""Somebody's notifications, as far as they may still see what these are about."""

from collections.abc import Sequence

from fedcomm.accounts.blocks import may_tell
from fedcomm.accounts.collections import of_nobody_blocked
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.notifications.model import ALL, COLUMNS, Notification, Wanted
from fedcomm.notifications.report_rights import may_see_report
from fedcomm.threads.audience import author_is_heard, visible_to
from fedcomm.timelines.cursor import Cursor

_COLUMNS = ", ".join(f"notification.{name.strip()}" for name in COLUMNS.split(","))

SEEN_BY_OWNER = f"""
    {author_is_heard("notification.from_account_id")}
    AND {may_tell("notification.account_id", "notification.from_account_id")}
    AND NOT EXISTS (SELECT
                      FROM post quiet
                      JOIN thread_mute ON thread_mute.thread_id = quiet.thread_id
                     WHERE quiet.id = notification.post_id
                       AND thread_mute.account_id = notification.account_id
                       AND thread_mute.created_at <= notification.created_at)
    AND (notification.post_id IS NULL
         OR EXISTS (SELECT
                      FROM post
                     WHERE post.id = notification.post_id
                       AND (post.state = 'visible'
                            OR (notification.type = 'fedcomm.removed' AND post.state = 'removed'))
                       AND {visible_to("notification.account_id")}))
    AND (notification.report_id IS NULL
         OR EXISTS (SELECT
                      FROM report
                     WHERE report.id = notification.report_id
                       AND {may_see_report("notification.account_id")}))
    AND (notification.collection_id IS NULL
         OR EXISTS (SELECT
                      FROM collection
                      JOIN collection_item item ON item.collection_id = collection.id
                                               AND item.account_id = notification.account_id
                                               AND item.revoked_at IS NULL
                     WHERE collection.id = notification.collection_id
                       AND {of_nobody_blocked("notification.account_id")}))
"""
"""What its owner may know of, also what their policy holds back."""

STILL_SHOWN = f"NOT notification.is_filtered AND {SEEN_BY_OWNER}"
"""What stands in lists and is told."""

CHOSEN = """
    ($2::text[] IS NULL OR notification.type = ANY($2))
    AND NOT notification.type = ANY($3::text[])
    AND ($4::bigint IS NULL OR notification.from_account_id = $4)
    AND ($5 OR NOT notification.is_filtered)
"""
"""What somebody asks for: the values are those of `Wanted.values`."""

UNREAD = """
    notification.id > COALESCE((SELECT last_read_id
                                  FROM marker
                                 WHERE marker.account_id = $1 AND timeline = 'notifications'), 0)
"""


async def page(db: Connection, account_id: int, wanted: Wanted = ALL, *, cursor: Cursor) -> list[Notification]:
    """A page of somebody's notifications, newest first. Source: Mastodon API documentation, methods/notifications."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM notification
         WHERE notification.account_id = $1
           AND {CHOSEN}
           AND notification.id < $6
           AND notification.id > $7
           AND {SEEN_BY_OWNER}
      ORDER BY notification.id {order}
         LIMIT $8
        """,
        account_id,
        *wanted.values,
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Notification(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def by_id(db: Connection, account_id: int, notification_id: int) -> Notification:
    """One of somebody's notifications. Raises NotFound, also for those of others (S097)."""
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM notification
         WHERE notification.id = $2 AND notification.account_id = $1 AND {SEEN_BY_OWNER}
        """,
        account_id,
        notification_id,
    )
    if row is None:
        raise NotFound("There is no such notification.")
    return Notification(**row)


async def dismiss(db: Connection, account_id: int, notification_id: int) -> None:
    """Take one of one's notifications away. Raises NotFound."""
    gone = await db.fetchval(
        "DELETE FROM notification WHERE id = $2 AND account_id = $1 RETURNING true", account_id, notification_id
    )
    if not gone:
        raise NotFound("There is no such notification.")


async def dismiss_several(db: Connection, account_id: int, notification_ids: Sequence[int]) -> None:
    """Take those of one's notifications away; others' stay."""
    await db.execute(
        "DELETE FROM notification WHERE id = ANY($2::bigint[]) AND account_id = $1", account_id, list(notification_ids)
    )


async def clear(db: Connection, account_id: int) -> None:
    """Take all of one's notifications away."""
    await db.execute("DELETE FROM notification WHERE account_id = $1", account_id)


async def forget(db: Connection, account_id: int) -> None:
    """Somebody is gone: nobody is told of them any more, and what they were told goes with them."""
    await db.execute("DELETE FROM notification WHERE account_id = $1", account_id)
    await db.execute("DELETE FROM notification WHERE from_account_id = $1", account_id)
    for statement in (
        "DELETE FROM notification_request WHERE account_id = $1 OR from_account_id = $1",
        "DELETE FROM notification_permission WHERE account_id = $1 OR from_account_id = $1",
        "DELETE FROM notification_policy WHERE account_id = $1",
        "DELETE FROM marker WHERE account_id = $1",
        "DELETE FROM thread_mute WHERE account_id = $1",
        "DELETE FROM announcement_reaction WHERE account_id = $1",
        "DELETE FROM announcement_dismissal WHERE account_id = $1",
    ):
        await db.execute(statement, account_id)


async def unread(db: Connection, account_id: int, wanted: Wanted = ALL, *, limit: int) -> int:
    """How many notifications somebody has not read yet, by their marker; counted up to `limit`."""
    return await db.fetchval(
        f"""
        SELECT count(*)
          FROM (SELECT
                  FROM notification
                 WHERE notification.account_id = $1
                   AND {UNREAD}
                   AND {CHOSEN}
                   AND {STILL_SHOWN}
                 LIMIT $6) unread
        """,
        account_id,
        *wanted.values,
        limit,
    )


async def forget_cases(db: Connection, *, statement_ids: Sequence[int] = (), report_ids: Sequence[int] = ()) -> None:
    """Nobody is told any more of decisions and reports that are gone."""
    await db.execute(
        "DELETE FROM notification WHERE statement_id = ANY($1::bigint[]) OR report_id = ANY($2::bigint[])",
        list(statement_ids),
        list(report_ids),
    )
