"""The directory: people and groups who want to be discovered, groups first (groups-in-clients.md section 3)."""

from typing import Literal

from fedcomm.accounts import finding
from fedcomm.accounts.blocks import is_welcome
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.threads.audience import author_is_heard

Order = Literal["active", "new"]

LATEST = 1_000
"""Who wrote one of so many newest posts stands in the directory, beside who lives here and all groups."""

MAY_BE_SHOWN = f"""account.state = 'active'
           AND account.is_discoverable
           AND account.kind IN ('person', 'group')
           AND {author_is_heard("account.id")}
           AND NOT EXISTS (SELECT
                             FROM group_profile inside
                            WHERE inside.account_id = account.id
                              AND (inside.visibility = 'hidden'
                                   OR inside.state NOT IN ('active', 'resting', 'archived')))"""
"""A condition on rows of `account`: anybody here may be told of it."""


async def page(
    db: Connection, viewer_id: int | None, *, order: Order = "active", local: bool = False, limit: int, offset: int = 0
) -> list[Account]:
    """Who wrote last, or who came last. Source: Mastodon API documentation, methods/directory."""
    rows = await db.fetch(
        f"""
        WITH met AS (
            SELECT id FROM account WHERE is_local AND kind IN ('person', 'group')
         UNION
            SELECT id FROM account WHERE NOT is_local AND kind = 'group'
         UNION
            SELECT author_id
              FROM (SELECT author_id
                      FROM post
                     WHERE audience = 'public' AND state = 'visible' AND thread_id = id AND parent_uri IS NULL
                  ORDER BY id DESC
                     LIMIT {LATEST}) lately
        )
        SELECT account.id
          FROM met
          JOIN account ON account.id = met.id
         WHERE {MAY_BE_SHOWN}
           AND (NOT $2 OR account.is_local)
           AND {is_welcome("$1", "account.id")}
           AND (account.is_local OR account.last_post_at IS NOT NULL)
      ORDER BY account.kind = 'group' DESC,
               CASE WHEN $3 THEN account.id END DESC,
               account.last_post_at DESC NULLS LAST, account.id DESC
         LIMIT $4
        OFFSET $5
        """,
        viewer_id,
        local,
        order == "new",
        limit,
        offset,
    )
    return await finding.by_ids(db, [row["id"] for row in rows])
