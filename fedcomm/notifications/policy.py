"""Whose notifications somebody accepts, holds back as a request, or drops.

Who was let through once (`requests.accept`), and what one asked to be told of (bells, reports), is never held back.
Source: Mastodon API documentation, methods/notifications, entities/NotificationPolicy.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm.accounts.measures import is_limited
from fedcomm.database import Connection
from fedcomm.notifications.model import OWN_TYPES, PAGES_ONLY, NotificationType

Wish = Literal["accept", "filter", "drop"]

NEW_FOR = timedelta(days=30)
"""So long an account counts as new."""
FOLLOWER_AFTER = timedelta(days=3)
"""Who has followed for less does not count as a follower yet: else following would be the way in."""
NEVER_HELD = (
    "status",
    "update",
    "poll",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
    "collection_update",
    "moderation_warning",
    *OWN_TYPES,
    *PAGES_ONLY,
)

_NAMES = (
    "for_not_following", "for_not_followers", "for_new_accounts", "for_private_mentions", "for_limited_accounts",
    "for_bots",
)  # fmt: skip


class NotificationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wishes for those who ... ; all are accepted until they say otherwise."""

    for_not_following: Wish = "accept"
    for_not_followers: Wish = "accept"
    for_new_accounts: Wish = "accept"
    for_private_mentions: Wish = "accept"
    for_limited_accounts: Wish = "accept"
    for_bots: Wish = "accept"


async def of(db: Connection, account_id: int) -> NotificationPolicy:
    """What somebody wishes."""
    row = await db.fetchrow(
        """
        SELECT for_not_following, for_not_followers, for_new_accounts, for_private_mentions, for_limited_accounts,
               for_bots
          FROM notification_policy
         WHERE account_id = $1
        """,
        account_id,
    )
    return NotificationPolicy(**row) if row is not None else NotificationPolicy()


async def change(
    db: Connection, account_id: int, wishes: Mapping[str, Wish | None], *, now: datetime
) -> NotificationPolicy:
    """Change what somebody wishes; what is not named, or None, stays. Holds for what comes from now on."""
    changed = {name: wish for name in _NAMES if (wish := wishes.get(name)) is not None}
    policy = msgspec.structs.replace(await of(db, account_id), **changed)
    if not changed:
        return policy
    await db.execute(
        """
        INSERT INTO notification_policy (account_id, for_not_following, for_not_followers, for_new_accounts,
                                         for_private_mentions, for_limited_accounts, for_bots, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (account_id) DO UPDATE
           SET for_not_following = excluded.for_not_following, for_not_followers = excluded.for_not_followers,
               for_new_accounts = excluded.for_new_accounts, for_private_mentions = excluded.for_private_mentions,
               for_limited_accounts = excluded.for_limited_accounts, for_bots = excluded.for_bots,
               updated_at = excluded.updated_at
        """,
        account_id,
        *(getattr(policy, name) for name in _NAMES),
        now,
    )
    return policy


async def judge(
    db: Connection, people: Sequence[int], type_: NotificationType, from_id: int, post_id: int | None, *, now: datetime
) -> dict[int, Wish]:
    """What is done with a notification of somebody for each of these people; who is not in it accepts it."""
    if type_ in NEVER_HELD:
        return {}
    rows = await db.fetch(
        f"""
        SELECT policy.account_id, policy.for_not_following, policy.for_not_followers, policy.for_new_accounts,
               policy.for_private_mentions, policy.for_limited_accounts, policy.for_bots,
               sender.is_bot, sender.created_at > $4 AS is_new,
               EXISTS (SELECT
                         FROM follow
                        WHERE follow.follower_id = policy.account_id
                          AND follow.followee_id = sender.id
                          AND follow.state = 'accepted') AS is_followed,
               EXISTS (SELECT
                         FROM follow
                        WHERE follow.follower_id = sender.id
                          AND follow.followee_id = policy.account_id
                          AND follow.state = 'accepted'
                          AND COALESCE(follow.accepted_at, follow.created_at) <= $5) AS is_follower,
               EXISTS (SELECT
                         FROM post
                        WHERE post.id = $3
                          AND post.audience = 'direct'
                          AND post.parent_author_id IS DISTINCT FROM policy.account_id) AS is_private,
               {is_limited("sender")} AS is_limited
          FROM notification_policy policy
          JOIN account sender ON sender.id = $2
         WHERE policy.account_id = ANY($1::bigint[])
           AND policy.account_id <> sender.id
           AND NOT EXISTS (SELECT
                             FROM notification_permission permission
                            WHERE permission.account_id = policy.account_id
                              AND permission.from_account_id = sender.id)
        """,
        list(people),
        from_id,
        post_id,
        now - NEW_FOR,
        now - FOLLOWER_AFTER,
    )
    return {row["account_id"]: _decided(dict(row), type_) for row in rows}


def _decided(row: Mapping[str, object], type_: NotificationType) -> Wish:
    is_stranger = not row["is_followed"]
    fits = {
        "for_not_following": is_stranger,
        "for_not_followers": not row["is_follower"],
        "for_new_accounts": is_stranger and row["is_new"],
        "for_private_mentions": is_stranger and type_ == "mention" and row["is_private"],
        "for_limited_accounts": is_stranger and row["is_limited"],
        "for_bots": is_stranger and row["is_bot"],
    }
    wishes = {row[name] for name, does_fit in fits.items() if does_fit}
    return "drop" if "drop" in wishes else "filter" if "filter" in wishes else "accept"
