"""Somebody's notifications in groups: favourites and boosts of one post, and follows, of half a day each.

Source: Mastodon API documentation, methods/grouped_notifications.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from fedcomm.database import Connection, one
from fedcomm.errors import NotFound
from fedcomm.notifications.model import ALL, NotificationType, Wanted
from fedcomm.notifications.reading import CHOSEN, SEEN_BY_OWNER, UNREAD
from fedcomm.timelines.cursor import GREATEST_ID, Cursor

GROUPED = ("favourite", "reblog", "follow")
"""What can be grouped."""
SPAN = int(timedelta(hours=12).total_seconds()) * 1_000
_SPAN_OF_IDS = SPAN << 16
_MOST_LOOKED_AT = 5_000
"""Notifications for one page of groups."""
MOST_SAMPLES = 8

_KEY_FORM = re.compile(r"(?:(?:(?:favourite|reblog)-[0-9]{1,19}|follow)-[0-9]{1,9}|ungrouped-[0-9]{1,19})\Z", re.ASCII)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Notifications that are shown as one."""

    key: str
    type: NotificationType
    count: int
    newest_id: int
    oldest_id: int
    newest_at: datetime
    from_ids: list[int]
    """Who did it, the last one first; only some of many."""
    post_id: int | None
    report_id: int | None = None
    collection_id: int | None = None
    statement_id: int | None = None


_KEYED = f"""
    SELECT notification.id, notification.type, notification.from_account_id, notification.post_id,
           notification.created_at, notification.report_id, notification.collection_id, notification.statement_id,
           CASE WHEN notification.type = ANY($6::text[]) AND notification.type = 'follow'
                THEN 'follow-' || (notification.id >> 16) / {SPAN}
                WHEN notification.type = ANY($6::text[]) AND notification.type IN ('favourite', 'reblog')
                THEN notification.type || '-' || notification.post_id || '-' || (notification.id >> 16) / {SPAN}
                ELSE 'ungrouped-' || notification.id
           END AS key
      FROM notification
     WHERE notification.account_id = $1 AND {CHOSEN} AND {SEEN_BY_OWNER}
"""

_OF_KEY = f"""
    WITH keyed AS (
        {_KEYED} AND notification.id >= $7 AND notification.id < $8
    )
"""
"""The notifications of one group: the values are those of `_values_of`."""

_SUMMED = f"""
    SELECT key, min(type) AS type, count(*) AS count, max(id) AS newest_id, min(id) AS oldest_id,
           max(created_at) AS newest_at, min(post_id) AS post_id,
           max(report_id) AS report_id, max(collection_id) AS collection_id, max(statement_id) AS statement_id,
           (array_agg(from_account_id ORDER BY id DESC))[1:{MOST_SAMPLES}] AS from_ids
      FROM keyed
  GROUP BY key
"""


async def page(
    db: Connection,
    account_id: int,
    wanted: Wanted = ALL,
    *,
    cursor: Cursor,
    grouped_types: Sequence[str] = GROUPED,
) -> list[Group]:
    """A page of groups by their newest notification, newest first. A group stands on one page, whole."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        WITH keyed AS (
            {_KEYED}
               AND notification.id < $7 AND notification.id > $8
          ORDER BY notification.id {order}
             LIMIT {_MOST_LOOKED_AT}
        )
        {_SUMMED}
          HAVING max(id) < $9 AND max(id) > $10
        ORDER BY max(id) {order}
           LIMIT $11
        """,
        account_id,
        *wanted.values,
        list(grouped_types),
        min(cursor.below + _SPAN_OF_IDS, GREATEST_ID) if cursor.below < GREATEST_ID else GREATEST_ID,
        max(cursor.above - _SPAN_OF_IDS, 0),
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Group(**row) for row in rows), key=lambda group: group.newest_id, reverse=True)


async def by_key(db: Connection, account_id: int, key: str) -> Group:
    """One of somebody's groups. Raises NotFound."""
    row = await db.fetchrow(
        f"{_OF_KEY} {_SUMMED} HAVING key = $9",
        account_id,
        *_values_of(key),
    )
    if row is None:
        raise NotFound("There is no such notification.")
    return Group(**row)


async def people_of(db: Connection, account_id: int, key: str) -> list[int]:
    """Everybody who is behind a group, the last one first. Raises NotFound."""
    rows = await db.fetch(
        f"""
        {_OF_KEY}
        SELECT from_account_id
          FROM keyed
         WHERE key = $9
      ORDER BY id DESC
         LIMIT {_MOST_LOOKED_AT}
        """,
        account_id,
        *_values_of(key),
    )
    if not rows:
        raise NotFound("There is no such notification.")
    return list(dict.fromkeys(row["from_account_id"] for row in rows))


async def dismiss(db: Connection, account_id: int, key: str) -> None:
    """Take the notifications of a group away. Raises NotFound."""
    group = await by_key(db, account_id, key)
    await db.execute(
        """
        DELETE FROM notification
         WHERE account_id = $1 AND id BETWEEN $2 AND $3 AND type = $4 AND post_id IS NOT DISTINCT FROM $5
        """,
        account_id,
        group.oldest_id,
        group.newest_id,
        group.type,
        group.post_id,
    )


async def unread(
    db: Connection, account_id: int, wanted: Wanted = ALL, *, grouped_types: Sequence[str] = GROUPED, limit: int
) -> int:
    """How many groups have something somebody has not read, by their marker; counted up to `limit`."""
    for looked_at in (2 * limit, _MOST_LOOKED_AT):
        row = await one(
            db,
            f"""
            WITH keyed AS (
                {_KEYED} AND {UNREAD} AND NOT notification.is_filtered
              ORDER BY notification.id DESC
                 LIMIT $7
            )
            SELECT count(DISTINCT key) AS groups, count(*) AS looked_at
              FROM keyed
            """,
            account_id,
            *wanted.values,
            list(grouped_types),
            looked_at,
        )
        if row["groups"] >= limit or row["looked_at"] < looked_at:
            break
    return min(row["groups"], limit)


def _values_of(key: str) -> tuple[object, ...]:
    """What a query of one group is told. Raises NotFound (no key)."""
    grouped = [] if key.startswith("ungrouped-") else list(GROUPED)
    return *Wanted(with_filtered=True).values, grouped, *_range_of(key), key


def _range_of(key: str) -> tuple[int, int]:
    """Between which ids the notifications of a group are. Raises NotFound (no key)."""
    if _KEY_FORM.match(key) is None:
        raise NotFound("There is no such notification.")
    number = int(key.rpartition("-")[2])
    if key.startswith("ungrouped-"):
        return min(number, GREATEST_ID - 1), min(number + 1, GREATEST_ID)
    return min(number * _SPAN_OF_IDS, GREATEST_ID), min((number + 1) * _SPAN_OF_IDS, GREATEST_ID)
