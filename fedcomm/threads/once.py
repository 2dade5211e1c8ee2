"""Sending the same form twice makes one post (D78, R003): `Idempotency-Key` of client apps."""

from datetime import datetime, timedelta

from fedcomm.database import Connection

KEPT_FOR = timedelta(hours=1)


async def claim(db: Connection, token_id: int, key: str, *, now: datetime) -> int | None:
    """To be asked, in the same transaction, before publishing: the post that this key made before, if it did.

    Whoever asks while another transaction is publishing with the same key waits for it. None: publish, then `settle`.
    """
    claimed = await db.fetchval(
        """
        INSERT INTO idempotency_key (token_id, key, post_id, created_at)
        VALUES ($1, $2, 0, $3)
            ON CONFLICT (token_id, key) DO UPDATE
           SET post_id = 0, created_at = excluded.created_at
         WHERE idempotency_key.created_at < $4
        RETURNING true
        """,
        token_id,
        key,
        now,
        now - KEPT_FOR,
    )
    if claimed:
        return None
    return await db.fetchval("SELECT post_id FROM idempotency_key WHERE token_id = $1 AND key = $2", token_id, key)


async def settle(db: Connection, token_id: int, key: str, post_id: int) -> None:
    """Write down which post a claimed key made."""
    await db.execute("UPDATE idempotency_key SET post_id = $3 WHERE token_id = $1 AND key = $2", token_id, key, post_id)


async def settle_later(db: Connection, first_id: int, post_id: int) -> None:
    """What a key made first (a scheduled post) has become this post."""
    await db.execute("UPDATE idempotency_key SET post_id = $2 WHERE post_id = $1", first_id, post_id)


async def forget_result(db: Connection, result_id: int) -> None:
    """What a key made is gone: sent again, it makes something new."""
    await db.execute("DELETE FROM idempotency_key WHERE post_id = $1", result_id)


async def forget_old(db: Connection, *, now: datetime) -> None:
    """Drop keys that have had their hour."""
    await db.execute("DELETE FROM idempotency_key WHERE created_at < $1", now - KEPT_FOR)
