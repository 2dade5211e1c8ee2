"""Notifications that wait to be sent to apps: one row for each and subscription, until it arrived or was given up.

A lease is `due_at` moved into the future and a token, as with consequences (R005). What a notification says is read
when it is sent, so nobody gets what was deleted or closed to them meanwhile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.notifications.model import SHOWN_AS

MOST_WAITING = 200
"""For one subscription: an app that was out of reach for long reads the list."""


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One notification on its way to one app, held by whoever holds `lease_token`."""

    subscription_id: int
    notification_id: int
    account_id: int
    authority: str
    attempts: int
    lease_token: int
    endpoint: str
    p256dh: bytes
    auth: bytes
    sealed_token: bytes | None
    """None for browsers, which need no token to be shown a notice."""
    is_standard: bool


async def put(db: Connection, notification_ids: Sequence[int], *, now: datetime) -> None:
    """Let the apps be told of these notifications whose members asked for it: by type, and by who it comes from."""
    await db.execute(
        f"""
        INSERT INTO push (subscription_id, notification_id, account_id, authority, due_at, created_at)
        SELECT wanting.id, notification.id, notification.account_id, wanting.authority, $2, $2
          FROM notification
          JOIN push_subscription wanting ON wanting.account_id = notification.account_id
                                        AND {SHOWN_AS} = ANY(wanting.alerts)
         WHERE notification.id = ANY($1::bigint[])
           AND NOT notification.is_filtered
           AND CASE wanting.policy
               WHEN 'all' THEN true
               WHEN 'followed'
               THEN EXISTS (SELECT
                              FROM follow
                             WHERE follow.follower_id = notification.account_id
                               AND follow.followee_id = notification.from_account_id
                               AND follow.state = 'accepted')
               WHEN 'follower'
               THEN EXISTS (SELECT
                              FROM follow
                             WHERE follow.follower_id = notification.from_account_id
                               AND follow.followee_id = notification.account_id
                               AND follow.state = 'accepted')
               ELSE false
               END
           AND (SELECT count(*) FROM push waiting WHERE waiting.subscription_id = wanting.id) < $3
            ON CONFLICT (subscription_id, notification_id) DO NOTHING
        """,
        list(notification_ids),
        now,
        MOST_WAITING,
    )


async def claim(
    db: Connection,
    *,
    now: datetime,
    lease: timedelta,
    most: int,
    at_once: int,
    busy: Mapping[str, int],
    busy_for: Mapping[int, int],
) -> list[Push]:
    """Take what is due, at most `at_once` for one push service and for one member, with what is under way already.

    The try is counted before it is made. What belongs to a revoked token, or to somebody who may not act, stays.
    """
    rows = await db.fetch(
        """
        WITH ready AS (
            SELECT push.subscription_id, push.notification_id, push.due_at,
                   row_number() OVER (PARTITION BY push.authority ORDER BY push.due_at)
                   + COALESCE(taken.under_way, 0) AS at_service,
                   row_number() OVER (PARTITION BY push.account_id ORDER BY push.due_at)
                   + COALESCE(held.under_way, 0) AS at_member
              FROM push
              JOIN push_subscription wanting ON wanting.id = push.subscription_id
         LEFT JOIN oauth_token ON oauth_token.id = wanting.token_id AND oauth_token.revoked_at IS NULL
              JOIN login ON login.account_id = push.account_id AND login.state = 'active'
              JOIN account ON account.id = push.account_id AND account.state = 'active'
         LEFT JOIN unnest($4::text[], $5::bigint[]) taken (authority, under_way) ON taken.authority = push.authority
         LEFT JOIN unnest($6::bigint[], $7::bigint[]) held (account_id, under_way) ON held.account_id = push.account_id
             WHERE push.due_at <= $1 AND (wanting.session_id IS NOT NULL OR oauth_token.id IS NOT NULL)
        ), chosen AS (
            SELECT push.subscription_id, push.notification_id
              FROM push
              JOIN ready USING (subscription_id, notification_id)
             WHERE push.due_at <= $1 AND ready.at_service <= $3 AND ready.at_member <= $3
          ORDER BY push.due_at
             LIMIT $2
               FOR UPDATE OF push SKIP LOCKED
        )
        UPDATE push
           SET attempts = push.attempts + 1, lease_token = $8, due_at = $1 + $9::interval
          FROM chosen, push_subscription wanting
         WHERE push.subscription_id = chosen.subscription_id
           AND push.notification_id = chosen.notification_id
           AND wanting.id = chosen.subscription_id
        RETURNING push.subscription_id, push.notification_id, push.account_id, push.authority, push.attempts,
                  push.lease_token, wanting.endpoint, wanting.p256dh, wanting.auth, wanting.sealed_token,
                  wanting.is_standard
        """,
        now,
        most,
        at_once,
        list(busy),
        list(busy.values()),
        list(busy_for),
        list(busy_for.values()),
        ids.new(now),
        lease,
    )
    return [Push(**row) for row in rows]


async def finish(db: Connection, push: Push) -> None:
    """It arrived, or is given up."""
    await db.execute(
        "DELETE FROM push WHERE subscription_id = $1 AND notification_id = $2 AND lease_token = $3",
        push.subscription_id,
        push.notification_id,
        push.lease_token,
    )


async def again(db: Connection, push: Push, error: str, *, due_at: datetime) -> None:
    """It did not arrive: try again then."""
    await db.execute(
        """
        UPDATE push
           SET lease_token = NULL, due_at = $4, last_error = $5
         WHERE subscription_id = $1 AND notification_id = $2 AND lease_token = $3
        """,
        push.subscription_id,
        push.notification_id,
        push.lease_token,
        due_at,
        error[:300],
    )


async def hand_back(db: Connection, push: Push, *, now: datetime) -> None:
    """We stop before it was sent: somebody else may at once, and the try does not count (R034)."""
    await db.execute(
        """
        UPDATE push
           SET lease_token = NULL, due_at = $4, attempts = attempts - 1
         WHERE subscription_id = $1 AND notification_id = $2 AND lease_token = $3
        """,
        push.subscription_id,
        push.notification_id,
        push.lease_token,
        now,
    )


async def forget(db: Connection, *, before: datetime) -> None:
    """Remove what nobody is to be told of any more, it is so old."""
    await db.execute("DELETE FROM push WHERE created_at < $1", before)
