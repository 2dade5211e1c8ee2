"""Where the apps and browsers of our members want to be told of notifications.

Source: Mastodon API documentation, methods/push.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.notifications import push_encryption

Policy = Literal["all", "followed", "follower", "none"]

ALERTS = (
    "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote", "quoted_update",
    "admin.sign_up", "admin.report",
)  # fmt: skip
"""Types of notifications that can be switched on."""
MOST = 50
"""For one member; beyond it the oldest goes."""

_COLUMNS = "id, account_id, endpoint, is_standard, alerts, policy"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One app that wants to be told."""

    id: int
    account_id: int
    endpoint: str
    is_standard: bool
    alerts: list[str]
    policy: Policy


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Where an app is reached, and the keys for which messages to it are encrypted."""

    endpoint: str
    authority: str
    p256dh: bytes
    auth: bytes
    is_standard: bool


def checked_keys(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """The keys of an app from what it sends. Raises Invalid."""
    point, secret = push_encryption.read(p256dh), push_encryption.read(auth)
    if point is None or not push_encryption.is_point(point):
        raise Invalid("Validation failed: Key p256dh is not valid", field="subscription")
    if secret is None or len(secret) != push_encryption.AUTH:
        raise Invalid("Validation failed: Key auth is not valid", field="subscription")
    return point, secret


async def newest_sealed(db: Connection) -> bytes | None:
    """What was sealed last with the secret of this instance; None when nothing was."""
    return await db.fetchval(
        "SELECT sealed_token FROM push_subscription WHERE sealed_token IS NOT NULL ORDER BY id DESC LIMIT 1"
    )


async def authorities(db: Connection) -> list[str]:
    """The push services that devices of our members are told through."""
    rows = await db.fetch("SELECT DISTINCT authority FROM push_subscription ORDER BY authority LIMIT 1000")
    return [row["authority"] for row in rows]


async def forget_all(db: Connection) -> int:
    """Nobody is told on devices any more until their app asks anew; how many were."""
    return len(await db.fetch("DELETE FROM push_subscription RETURNING id"))


async def subscribe(
    db: Connection,
    account_id: int,
    token_id: int,
    receiver: Receiver,
    *,
    sealed_token: bytes,
    alerts: Sequence[str],
    policy: Policy,
    now: datetime,
) -> Subscription:
    """Tell an app from now on, in place of what its token asked for before."""
    row = await db.fetchrow(
        f"""
        INSERT INTO push_subscription (id, token_id, account_id, endpoint, authority, p256dh, auth, sealed_token,
                                       is_standard, alerts, policy, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
            ON CONFLICT (token_id) DO UPDATE
           SET endpoint = excluded.endpoint, authority = excluded.authority, p256dh = excluded.p256dh,
               auth = excluded.auth, sealed_token = excluded.sealed_token, is_standard = excluded.is_standard,
               alerts = excluded.alerts, policy = excluded.policy, updated_at = excluded.updated_at
        RETURNING {_COLUMNS}
        """,
        ids.new(now),
        token_id,
        account_id,
        receiver.endpoint,
        receiver.authority,
        receiver.p256dh,
        receiver.auth,
        sealed_token,
        receiver.is_standard,
        [name for name in ALERTS if name in alerts],
        policy,
        now,
    )
    assert row is not None
    await _keep_few(db, account_id)
    return Subscription(**row)


async def tell_browser(
    db: Connection, account_id: int, session_id: int, receiver: Receiver, *, alerts: Sequence[str], now: datetime
) -> None:
    """Tell a browser from now on, as long as its session lasts, in place of what it asked for before."""
    await db.execute(
        """
        INSERT INTO push_subscription (id, session_id, account_id, endpoint, authority, p256dh, auth, is_standard,
                                       alerts, policy, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8, 'all', $9, $9)
            ON CONFLICT (session_id) DO UPDATE
           SET endpoint = excluded.endpoint, authority = excluded.authority, p256dh = excluded.p256dh,
               auth = excluded.auth, alerts = excluded.alerts, updated_at = excluded.updated_at
        """,
        ids.new(now),
        session_id,
        account_id,
        receiver.endpoint,
        receiver.authority,
        receiver.p256dh,
        receiver.auth,
        [name for name in ALERTS if name in alerts],
        now,
    )
    await _keep_few(db, account_id)


async def alerts_of_browser(db: Connection, session_id: int) -> list[str] | None:
    """What the browser of a session is told; None when nothing."""
    return await db.fetchval("SELECT alerts FROM push_subscription WHERE session_id = $1", session_id)


async def leave_browser(db: Connection, session_id: int) -> None:
    """Tell the browser of a session no more; nothing happens if it was not told."""
    await db.execute("DELETE FROM push_subscription WHERE session_id = $1", session_id)


async def _keep_few(db: Connection, account_id: int) -> None:
    await db.execute(
        """
        DELETE FROM push_subscription
         WHERE id IN (SELECT id
                        FROM push_subscription
                       WHERE account_id = $1
                    ORDER BY updated_at DESC, id DESC
                      OFFSET $2)
        """,
        account_id,
        MOST,
    )


async def change(
    db: Connection, token_id: int, *, alerts: Sequence[str] | None, policy: Policy | None, now: datetime
) -> Subscription:
    """Change of what an app is told; None leaves it. Raises NotFound."""
    row = await db.fetchrow(
        f"""
        UPDATE push_subscription
           SET alerts = COALESCE($2::text[], alerts), policy = COALESCE($3::text, policy), updated_at = $4
         WHERE token_id = $1
        RETURNING {_COLUMNS}
        """,
        token_id,
        None if alerts is None else [name for name in ALERTS if name in alerts],
        policy,
        now,
    )
    if row is None:
        raise NotFound("There is no push subscription.")
    return Subscription(**row)


async def of_token(db: Connection, token_id: int) -> Subscription:
    """What the app of a token is told. Raises NotFound."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM push_subscription WHERE token_id = $1", token_id)
    if row is None:
        raise NotFound("There is no push subscription.")
    return Subscription(**row)


async def end(db: Connection, token_id: int) -> None:
    """Tell the app of a token no more; nothing happens if it was not told."""
    await db.execute("DELETE FROM push_subscription WHERE token_id = $1", token_id)


async def drop(db: Connection, subscription_id: int, endpoint: str) -> None:
    """End a subscription that can be served no longer, unless the app has meanwhile asked for it elsewhere."""
    await db.execute("DELETE FROM push_subscription WHERE id = $1 AND endpoint = $2", subscription_id, endpoint)


async def sweep(db: Connection) -> None:
    """Remove the subscriptions of revoked tokens; nothing was sent to them since."""
    await db.execute(
        """
        DELETE FROM push_subscription
         USING oauth_token
         WHERE oauth_token.id = push_subscription.token_id AND oauth_token.revoked_at IS NOT NULL
        """
    )
