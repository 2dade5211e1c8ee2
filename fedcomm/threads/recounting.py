"""Counters counted anew from the rows they stand for (D62, R025). They should never be found wrong."""

import msgspec

from fedcomm.database import Connection


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """A counter that is not what its rows say."""

    table: str
    id: int
    counter: str
    stored: int
    counted: int


_POSTS = """
    SELECT 'post' AS table, post.id, counter.name AS counter, counter.stored, counter.counted
      FROM post
 LEFT JOIN (SELECT thread_id, count(*) AS n
              FROM post
             WHERE parent_id IS NOT NULL
               AND state = 'visible'
               AND audience NOT IN ('followers', 'direct')
          GROUP BY thread_id) below ON below.thread_id = post.id
 LEFT JOIN (SELECT parent_id, count(*) AS n
              FROM post
             WHERE parent_id IS NOT NULL
               AND state = 'visible'
               AND audience NOT IN ('followers', 'direct')
          GROUP BY parent_id) answers ON answers.parent_id = post.id
 LEFT JOIN (SELECT post_id, count(*) AS n FROM favourite GROUP BY post_id) liked ON liked.post_id = post.id
 LEFT JOIN (SELECT post_id, count(*) AS n
              FROM boost
             WHERE NOT is_group
          GROUP BY post_id) boosted ON boosted.post_id = post.id
 LEFT JOIN (SELECT post_id, count(*) AS n FROM same_here GROUP BY post_id) same ON same.post_id = post.id
 LEFT JOIN (SELECT quoted_id, count(*) AS n
              FROM quote
             WHERE state = 'accepted'
          GROUP BY quoted_id) quoted ON quoted.quoted_id = post.id
CROSS JOIN LATERAL (VALUES
               ('replies_count', post.replies_count,
                CASE WHEN post.thread_id = post.id THEN below.n ELSE answers.n END),
               ('favourites_count', post.favourites_count, liked.n),
               ('boosts_count', post.boosts_count, boosted.n),
               ('same_here_count', post.same_here_count, same.n),
               ('quotes_count', post.quotes_count, quoted.n)) AS counter (name, stored, counted)
"""

_ACCOUNTS = """
    SELECT 'account', account.id, counter.name, counter.stored, counter.counted
      FROM account
 LEFT JOIN (SELECT author_id, count(*) AS n,
                   count(*) FILTER (WHERE parent_id IS NOT NULL OR parent_uri IS NOT NULL) AS answers
              FROM post
             WHERE state = 'visible' AND audience <> 'direct'
          GROUP BY author_id) wrote ON wrote.author_id = account.id
 LEFT JOIN (SELECT account_id, count(*) AS n
              FROM boost
             WHERE is_group
          GROUP BY account_id) announced ON announced.account_id = account.id
 LEFT JOIN (SELECT followee_id, count(*) AS n
              FROM follow
             WHERE state = 'accepted'
          GROUP BY followee_id) readers ON readers.followee_id = account.id
 LEFT JOIN (SELECT follower_id, count(*) AS n
              FROM follow
             WHERE state = 'accepted'
          GROUP BY follower_id) reads ON reads.follower_id = account.id
CROSS JOIN LATERAL (VALUES
               ('posts_count', account.posts_count, COALESCE(wrote.n, 0) + COALESCE(announced.n, 0)),
               ('replies_count', account.replies_count, wrote.answers),
               ('followers_count', account.followers_count, readers.n),
               ('following_count', account.following_count, reads.n)) AS counter (name, stored, counted)
"""

_POLLS = """
    SELECT 'poll', poll.post_id, counter.name, counter.stored, counter.counted
      FROM poll
      JOIN post ON post.id = poll.post_id AND post.is_local
CROSS JOIN LATERAL (VALUES
               ('voters_count', poll.voters_count,
                (SELECT count(DISTINCT account_id) FROM poll_vote WHERE poll_vote.post_id = poll.post_id)),
               ('votes_count',
                (SELECT sum(votes_count)::integer
                   FROM poll_option
                  WHERE poll_option.post_id = poll.post_id),
                (SELECT count(*) FROM poll_vote WHERE poll_vote.post_id = poll.post_id)))
           AS counter (name, stored, counted)
"""


async def recount(db: Connection) -> list[Drift]:
    """Which counters are wrong. Reads whole tables."""
    rows = await db.fetch(
        f"""
        WITH counted AS (
            {_POSTS}
         UNION ALL {_ACCOUNTS}
         UNION ALL {_POLLS}
        )
        SELECT "table", id, counter, stored, COALESCE(counted, 0) AS counted
          FROM counted
         WHERE stored <> COALESCE(counted, 0)
      ORDER BY 1, 2, 3
        """
    )
    return [Drift(**row) for row in rows]
