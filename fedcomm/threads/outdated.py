"""Threads from elsewhere that nobody here has a part in: found, and removed as a whole (D64).

What stays, with its whole thread: what was written here or answered here; what somebody here favoured, bookmarked,
boosted, voted on, quoted, pinned, filtered or muted, was named in, told of or talked about in private; what stands in a
group of ours; what was reported, decided about, or is under a legal hold (C07). Removed threads are not remembered as
gone: when somebody needs one, it is fetched again.
"""

from collections.abc import Sequence
from datetime import datetime

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.guardrails import holds
from fedcomm.polls import forgetting as polls

_OURS = "JOIN account ON account.id = of_ours.account_id AND account.is_local"
_STAYS = f"""(
       post.is_local
    OR post.created_at >= $2
    OR post.state IN ('held', 'removed')
    OR EXISTS (SELECT FROM account WHERE account.id = post.group_id AND account.is_local)
    OR EXISTS (SELECT FROM favourite of_ours {_OURS} WHERE of_ours.post_id = post.id)
    OR EXISTS (SELECT FROM bookmark WHERE bookmark.post_id = post.id)
    OR EXISTS (SELECT FROM boost of_ours {_OURS} WHERE of_ours.post_id = post.id)
    OR EXISTS (SELECT FROM post_mention of_ours {_OURS} WHERE of_ours.post_id = post.id)
    OR EXISTS (SELECT FROM notification WHERE notification.post_id = post.id)
    OR EXISTS (SELECT FROM same_here of_ours {_OURS} WHERE of_ours.post_id = post.id)
    OR EXISTS (SELECT FROM dislike of_ours {_OURS} WHERE of_ours.post_id = post.id)
    OR EXISTS (SELECT FROM poll_vote of_ours {_OURS} WHERE of_ours.post_id = post.id)
    OR EXISTS (SELECT FROM conversation_post WHERE conversation_post.post_id = post.id)
    OR EXISTS (SELECT
                 FROM quote
                 JOIN post quoting ON quoting.id = quote.post_id
                WHERE quote.quoted_id = post.id AND quoting.thread_id <> post.thread_id)
    OR EXISTS (SELECT
                 FROM statement
                WHERE statement.account_id = post.author_id AND post.id = ANY(statement.post_ids))
    OR EXISTS (SELECT
                 FROM carry
                 JOIN account ON account.id = carry.group_id AND account.is_local
                WHERE carry.thread_id = post.id)
    OR EXISTS (SELECT
                 FROM legal_hold hold
                WHERE hold.ended_at IS NULL
                  AND {holds.COVERS})
    OR post.id IN (SELECT post_id FROM pin)
    OR post.id IN (SELECT post_id FROM report_post)
    OR post.id IN (SELECT post_id FROM filter_post)
    OR post.id IN (SELECT thread_id FROM thread_mute)
    OR post.id::text IN (SELECT form ->> 'in_reply_to_id' FROM scheduled_post))"""


async def roots(db: Connection, *, after: int, before: datetime, limit: int, to_remove: bool) -> list[int]:
    """The next threads from elsewhere that began before a moment, the oldest first; locked when they shall go."""
    if to_remove:
        rows = await db.fetch(
            """
            SELECT id
              FROM post
             WHERE thread_id = id AND NOT is_local AND id > $1 AND id < $2
          ORDER BY id
             LIMIT $3
               FOR UPDATE
            """,
            after,
            ids.lowest(before),
            limit,
        )
    else:
        rows = await db.fetch(
            "SELECT id FROM post WHERE thread_id = id AND NOT is_local AND id > $1 AND id < $2 ORDER BY id LIMIT $3",
            after,
            ids.lowest(before),
            limit,
        )
    return [row["id"] for row in rows]


async def count_roots(db: Connection, *, before: datetime) -> int:
    """How many threads from elsewhere began before a moment."""
    return await db.fetchval(
        "SELECT count(*) FROM post WHERE thread_id = id AND NOT is_local AND id < $1", ids.lowest(before)
    )


async def count_posts(db: Connection) -> int:
    """How many posts from elsewhere are kept, as their authors' counters say."""
    return await db.fetchval(
        "SELECT coalesce(sum(posts_count), 0)::bigint FROM account WHERE NOT is_local AND kind <> 'group'"
    )


async def removable(db: Connection, threads: Sequence[int], *, before: datetime) -> list[tuple[int, int]]:
    """Those of some threads that have grown no more since and that nobody here has a part in, with how many posts."""
    rows = await db.fetch(
        f"""
        SELECT post.thread_id, count(*) AS posts_count
          FROM post
         WHERE post.thread_id = ANY($1::bigint[])
      GROUP BY post.thread_id
        HAVING NOT bool_or({_STAYS})
      ORDER BY post.thread_id
        """,
        list(threads),
        before,
    )
    return [(row["thread_id"], row["posts_count"]) for row in rows]


async def remove(db: Connection, threads: Sequence[int]) -> None:
    """Remove whole threads and all that hangs on them. Their roots are locked by `roots`."""
    rows = await db.fetch("SELECT id FROM post WHERE thread_id = ANY($1::bigint[])", list(threads))
    posts = [row["id"] for row in rows]
    await _count(db, posts)
    await polls.forget_polls(db, posts)
    await db.execute(
        """
        WITH gone AS (SELECT unnest($1::bigint[]) AS id),
             said AS (DELETE FROM post_version USING gone WHERE post_id = gone.id),
             shown AS (DELETE FROM post_attachment USING gone WHERE post_id = gone.id),
             tagged AS (DELETE FROM post_tag USING gone WHERE post_id = gone.id),
             named AS (DELETE FROM post_mention USING gone WHERE post_id = gone.id),
             received AS (DELETE FROM post_activity USING gone WHERE post_id = gone.id),
             boosted AS (DELETE FROM boost USING gone WHERE post_id = gone.id),
             favoured AS (DELETE FROM favourite USING gone WHERE post_id = gone.id),
             chosen AS (DELETE FROM emoji_reaction USING gone WHERE post_id = gone.id),
             disliked AS (DELETE FROM dislike USING gone WHERE post_id = gone.id),
             voted AS (DELETE FROM told_vote USING gone WHERE post_id = gone.id),
             shared AS (DELETE FROM same_here USING gone WHERE post_id = gone.id),
             answered AS (DELETE FROM reception USING gone WHERE post_id = gone.id),
             quoted AS (DELETE FROM quote USING gone WHERE post_id = gone.id),
             hidden AS (DELETE FROM group_hidden_post WHERE post_id = ANY($1::bigint[])),
             closed AS (DELETE FROM thread_lock USING gone WHERE thread_id = gone.id),
             carried AS (DELETE FROM carry USING gone WHERE thread_id = gone.id),
             handed AS (DELETE FROM thread_move USING gone WHERE thread_id = gone.id),
             called AS (DELETE FROM thread_context USING gone WHERE thread_id = gone.id),
             listed AS (DELETE FROM known_list USING gone WHERE thread_id = gone.id)
        DELETE FROM post
         USING gone
         WHERE post.id = gone.id
        """,
        posts,
    )


async def _count(db: Connection, posts: Sequence[int]) -> None:
    """Take posts that are about to go out of the counters of what they quote, their authors, and who announced them."""
    await db.execute(
        """
        UPDATE post
           SET quotes_count = quotes_count - quoting.count
          FROM (SELECT quoted_id, count(*) AS count
                  FROM quote
                 WHERE post_id = ANY($1::bigint[]) AND state = 'accepted' AND quoted_id <> ALL($1::bigint[])
              GROUP BY quoted_id) quoting
         WHERE post.id = quoting.quoted_id
        """,
        list(posts),
    )
    await db.execute(
        """
        UPDATE account
           SET posts_count = posts_count - gone.posts, replies_count = replies_count - gone.replies
          FROM (SELECT account_id, sum(posts) AS posts, sum(replies) AS replies
                  FROM (SELECT author_id AS account_id, 1 AS posts,
                               (parent_id IS NOT NULL OR parent_uri IS NOT NULL)::integer AS replies
                          FROM post
                         WHERE id = ANY($1::bigint[]) AND state = 'visible' AND audience <> 'direct'
                     UNION ALL
                        SELECT account_id, 1, 0 FROM boost WHERE post_id = ANY($1::bigint[]) AND is_group) each
              GROUP BY account_id) gone
         WHERE account.id = gone.account_id
        """,
        list(posts),
    )
