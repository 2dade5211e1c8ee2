"""What waits in groups for those who look after them, as home says it: requests, posts to be looked at."""

from typing import NamedTuple

from fedcomm.database import Connection
from fedcomm.groups.model import ROLES
from fedcomm.permissions import Action, may

MOST_COUNTED = 100
"""More of one kind in one group are not counted."""


class Waiting(NamedTuple):
    """What waits in one group."""

    group_id: int
    requests: int
    """Of people who would like to join, and for threads to be carried."""
    held: int


async def in_groups(db: Connection, account_id: int) -> list[Waiting]:
    """The groups of ours that somebody looks after and in which anything waits for them."""
    rows = await db.fetch(
        f"""
        SELECT mine.group_id, asked.people + carries.asked AS requests, held.posts AS held
          FROM (SELECT group_id, role
                  FROM membership
                 WHERE member_id = $1 AND state = 'active' AND role = ANY($2::text[] || $3::text[] || $4::text[])) mine
          JOIN account ON account.id = mine.group_id AND account.is_local AND account.state = 'active'
    CROSS JOIN LATERAL (SELECT count(*) AS people
                          FROM (SELECT
                                  FROM membership
                                 WHERE group_id = mine.group_id
                                   AND state = 'requested'
                                   AND mine.role = ANY($2::text[])
                                 LIMIT {MOST_COUNTED}) each) asked
    CROSS JOIN LATERAL (SELECT count(*) AS asked
                          FROM (SELECT
                                  FROM carry
                                 WHERE group_id = mine.group_id
                                   AND state = 'requested'
                                   AND mine.role = ANY($3::text[])
                                 LIMIT {MOST_COUNTED}) each) carries
    CROSS JOIN LATERAL (SELECT count(*) AS posts
                          FROM (SELECT
                                  FROM post
                                 WHERE state = 'held'
                                   AND group_id = mine.group_id
                                   AND mine.role = ANY($4::text[])
                                   AND NOT EXISTS (SELECT FROM first_look WHERE post_id = post.id)
                                 LIMIT {MOST_COUNTED}) each) held
         WHERE asked.people + carries.asked + held.posts > 0
      ORDER BY mine.group_id
        """,
        account_id,
        _who("admit members"),
        _who("decide carrying"),
        _who("hold post"),
    )
    return [Waiting(**row) for row in rows]


def _who(action: Action) -> list[str]:
    return [role for role in ROLES if may(role, action)]
