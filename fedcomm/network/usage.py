"""How many use this instance, for NodeInfo and the client API's instance page. Counts only."""

from datetime import datetime, timedelta

import msgspec

from fedcomm.database import Connection


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """People with an approved account, those who signed in or posted lately, and what was written here."""

    people: int
    active_month: int
    active_half_year: int
    threads: int
    replies: int
    peers: int


async def count(db: Connection, *, now: datetime) -> Usage:
    """The figures as they are now."""
    row = await db.fetchrow(
        """
        WITH people AS (
            SELECT l.account_id, GREATEST(l.last_sign_in_at, a.last_post_at) AS seen_at
              FROM login l
              JOIN account a ON a.id = l.account_id
             WHERE l.state = 'active' AND a.state = 'active'
        )
        SELECT (SELECT count(*) FROM people) AS people,
               (SELECT count(*) FROM people WHERE seen_at > $1) AS active_month,
               (SELECT count(*) FROM people WHERE seen_at > $2) AS active_half_year,
               wrote.posts - wrote.replies AS threads,
               wrote.replies,
               (SELECT count(*) FROM peer WHERE policy <> 'suspended') AS peers
          FROM (SELECT COALESCE(sum(posts_count), 0)::bigint AS posts,
                       COALESCE(sum(replies_count), 0)::bigint AS replies
                  FROM account
                 WHERE is_local AND kind <> 'group') wrote
        """,
        now - timedelta(days=30),
        now - timedelta(days=180),
    )
    assert row is not None
    return Usage(**row)
