"""Whom other servers are told of in collections of recommendations (FEP-7aa9): who may stand in the directory here.

So a group that is hidden, and whoever does not want to be discovered any more, is in none, whoever put them there.
"""

from collections.abc import Sequence

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.directory.listing import MAY_BE_SHOWN

MOST_GROUPS = 150
"""In one collection. Source: FEP-7aa9; Mastodon reads no more."""


async def among(db: Connection, account_ids: Sequence[int]) -> dict[int, Account]:
    """Those of ours among these who let themselves be featured, by id."""
    rows = await db.fetch(
        f"SELECT account.id FROM account WHERE account.id = ANY($1::bigint[]) AND account.is_local AND {MAY_BE_SHOWN}",
        list(account_ids),
    )
    return await lookup.by_ids(db, [row["id"] for row in rows])


async def groups(db: Connection) -> list[Account]:
    """The groups of ours that anybody may read, the oldest first; of too many those in which was written last."""
    rows = await db.fetch(
        f"""
        SELECT account.id
          FROM account
          JOIN group_profile profile ON profile.account_id = account.id
         WHERE account.is_local AND profile.visibility = 'public' AND {MAY_BE_SHOWN}
      ORDER BY account.last_post_at DESC NULLS LAST, account.id DESC
         LIMIT $1
        """,
        MOST_GROUPS,
    )
    found = await lookup.by_ids(db, [row["id"] for row in rows])
    return [found[account_id] for account_id in sorted(found)]
