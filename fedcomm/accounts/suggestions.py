"""Whom somebody may want to follow, because those they follow do. Source: methods/suggestions, methods/accounts.

Only what is so is said: there are no recommendations by the operators, and nothing is guessed from what people read.
"""

from collections.abc import Collection
from datetime import datetime

from fedcomm.accounts.blocks import is_welcome
from fedcomm.database import Connection

MOST_FAMILIAR = 80


async def friends_of_friends(db: Connection, account_id: int, *, limit: int) -> list[int]:
    """People followed by those whom somebody follows, the most often followed first.

    Without those they follow, asked, hide, or do not want to see here; and without who does not want to be discovered.
    """
    rows = await db.fetch(
        f"""
        SELECT found.id
          FROM (SELECT theirs.followee_id AS id, count(*) AS times
                  FROM follow mine
                  JOIN follow theirs ON theirs.follower_id = mine.followee_id AND theirs.state = 'accepted'
                 WHERE mine.follower_id = $1 AND mine.state = 'accepted'
              GROUP BY theirs.followee_id) near
          JOIN account found ON found.id = near.id
         WHERE found.id <> $1
           AND found.kind = 'person'
           AND found.state = 'active'
           AND found.is_discoverable
           AND NOT EXISTS (SELECT FROM follow f WHERE f.follower_id = $1 AND f.followee_id = found.id)
           AND NOT EXISTS (SELECT FROM unwanted_suggestion u WHERE u.account_id = $1 AND u.target_id = found.id)
           AND {is_welcome("$1", "found.id")}
      ORDER BY near.times DESC, found.id DESC
         LIMIT $2
        """,
        account_id,
        limit,
    )
    return [row["id"] for row in rows]


async def still_wanted(db: Connection, account_id: int, others: Collection[int]) -> set[int]:
    """Those of these accounts that somebody neither follows, asked, hides, nor does not want to see here."""
    rows = await db.fetch(
        f"""
        SELECT found.id
          FROM account found
         WHERE found.id = ANY($2::bigint[])
           AND found.id <> $1
           AND NOT EXISTS (SELECT FROM follow f WHERE f.follower_id = $1 AND f.followee_id = found.id)
           AND NOT EXISTS (SELECT FROM unwanted_suggestion u WHERE u.account_id = $1 AND u.target_id = found.id)
           AND {is_welcome("$1", "found.id")}
        """,
        account_id,
        list(others),
    )
    return {row["id"] for row in rows}


async def remove(db: Connection, account_id: int, target_id: int, *, now: datetime) -> None:
    """Suggest an account to somebody never again."""
    await db.execute(
        """
        INSERT INTO unwanted_suggestion (account_id, target_id, created_at)
        VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
        """,
        account_id,
        target_id,
        now,
    )


async def familiar_followers(db: Connection, account_id: int, others: Collection[int]) -> dict[int, list[int]]:
    """Whom somebody follows among the followers of each of these accounts.

    Left out are those whom they hide, and what an account on either end keeps to itself.
    """
    rows = await db.fetch(
        f"""
        SELECT wanted.id, near.follower_id
          FROM unnest($2::bigint[]) AS wanted (id)
          JOIN account target ON target.id = wanted.id AND NOT target.hides_follows
    CROSS JOIN LATERAL (SELECT theirs.follower_id, theirs.id
                          FROM follow mine
                          JOIN follow theirs ON theirs.follower_id = mine.followee_id
                                            AND theirs.followee_id = wanted.id
                                            AND theirs.state = 'accepted'
                          JOIN account near ON near.id = theirs.follower_id AND NOT near.hides_follows
                         WHERE mine.follower_id = $1
                           AND mine.state = 'accepted'
                           AND {is_welcome("$1", "theirs.follower_id")}
                      ORDER BY theirs.id DESC
                         LIMIT $3) near
      ORDER BY near.id DESC
        """,
        account_id,
        list(others),
        MOST_FAMILIAR,
    )
    found: dict[int, list[int]] = {each: [] for each in others}
    for row in rows:
        found[row["id"]].append(row["follower_id"])
    return found
