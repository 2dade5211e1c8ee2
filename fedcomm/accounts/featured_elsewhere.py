"""Accounts of ours in collections of other servers: their consent, given by being discoverable, and taking it back.

Consent counts as long as the account wants to be found and neither side blocks the other; taken back for one collection
it is not given to that again. Source: FEP-7aa9.
"""

from datetime import datetime

import msgspec

from fedcomm import facts, ids
from fedcomm.accounts import blocks, collections
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotFound

_COLUMNS = "id, account_id, owner_id, collection_uri, created_at, revoked_at"


class FeatureStamp(msgspec.Struct, frozen=True, kw_only=True):
    """The word of an account of ours to one collection."""

    id: int
    account_id: int
    owner_id: int
    collection_uri: str
    created_at: datetime
    revoked_at: datetime | None


def stamp_uri(account: Account, stamp_id: int | str) -> str:
    """Where an account of ours says that it may be featured."""
    return f"{account.uri}/feature_authorizations/{stamp_id}"


async def ask(
    db: Connection, account: Account, owner: Account, collection_uri: str, request_uri: str, *, now: datetime
) -> None:
    """Somebody elsewhere asks to feature an account of ours, and is answered."""
    stamp_id: int | None = None
    if await _is_wanted(db, account, owner.id):
        stamp_id = await db.fetchval(
            """
            INSERT INTO feature_stamp (id, account_id, owner_id, collection_uri, created_at)
            VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (account_id, collection_uri) DO UPDATE
               SET owner_id = excluded.owner_id
             WHERE feature_stamp.revoked_at IS NULL
            RETURNING id
            """,
            ids.new(now),
            account.id,
            owner.id,
            collection_uri,
            now,
        )
    await facts.record(db, facts.FeatureRequested(account.id, owner.id, request_uri, collection_uri, stamp_id), now=now)


async def given(db: Connection, account: Account, stamp_id: int) -> FeatureStamp | None:
    """What an account said to a collection elsewhere, also what it took back. None: no such word. Raises NotFound."""
    found = await by_id(db, stamp_id)
    if found is None:
        return None
    if found.account_id != account.id or (
        found.revoked_at is None and not await _is_wanted(db, account, found.owner_id)
    ):
        raise NotFound
    return found


async def by_id(db: Connection, stamp_id: int) -> FeatureStamp | None:
    """The consent with this id."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM feature_stamp WHERE id = $1", stamp_id)
    return FeatureStamp(**row) if row else None


async def of(db: Connection, account_id: int, *, limit: int) -> list[FeatureStamp]:
    """The collections elsewhere that an account lets feature it, the last one first."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM feature_stamp
         WHERE account_id = $1 AND revoked_at IS NULL
      ORDER BY id DESC
         LIMIT $2
        """,
        account_id,
        limit,
    )
    return [FeatureStamp(**row) for row in rows]


async def revoke(db: Connection, by: Account, stamp_id: int, *, now: datetime) -> None:
    """Be in a collection elsewhere no longer; its server is told. Raises NotFound (not theirs, or done before)."""
    gone = await db.fetchval(
        """
        UPDATE feature_stamp
           SET revoked_at = $3
         WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL
        RETURNING true
        """,
        stamp_id,
        by.id,
        now,
    )
    if not gone:
        raise NotFound
    await facts.record(db, facts.FeatureRevoked(stamp_id), now=now)


async def forget(db: Connection, account_id: int) -> None:
    """An account is no more: nor is what it said, or was said to it."""
    await db.execute("DELETE FROM feature_stamp WHERE account_id = $1 OR owner_id = $1", account_id)


async def _is_wanted(db: Connection, account: Account, owner_id: int) -> bool:
    return collections.consent(account) == "automatic" and not await blocks.stand_between(db, account.id, owner_id)
