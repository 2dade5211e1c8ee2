"""What somebody's page shows: their posts, replies and boosts."""

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.threads.audience import visible_to
from fedcomm.timelines import group
from fedcomm.timelines.cursor import Cursor, Entry, newest_first


async def page(
    db: Connection,
    viewer_id: int | None,
    account: Account,
    *,
    cursor: Cursor,
    exclude_replies: bool = False,
    exclude_boosts: bool = False,
    only_media: bool = False,
    tagged: str | None = None,
) -> list[Entry]:
    """A page of what an account wrote and boosted, newest first; a group's page shows its threads.

    Replies to oneself count as posts, as client apps expect. Source: methods/accounts#statuses.
    """
    if account.is_group:
        return await group.page(
            db,
            viewer_id,
            account.id,
            cursor=cursor,
            exclude_replies=exclude_replies,
            exclude_boosts=exclude_boosts,
            only_media=only_media,
            tagged=tagged,
        )
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT way.*
          FROM ((SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id, post.author_id AS by_id
                   FROM post
                  WHERE post.author_id = $1
                    AND post.id < $3
                    AND post.id > $4
                    AND post.state = 'visible'
                    AND post.audience <> 'direct'
                    AND (NOT $6 OR (post.parent_uri IS NULL
                                    AND (post.parent_id IS NULL OR post.parent_author_id = $1)))
                    AND {visible_to("$2")}
                    AND {_FITTING}
               ORDER BY post.id {order}
                  LIMIT $5)
              UNION ALL
                (SELECT boost.id, boost.post_id, boost.id, boost.account_id
                   FROM boost
                   JOIN post ON post.id = boost.post_id
                  WHERE boost.account_id = $1
                    AND NOT $7
                    AND boost.id < $3
                    AND boost.id > $4
                    AND post.state = 'visible'
                    AND {visible_to("$2")}
                    AND {_FITTING}
               ORDER BY boost.id {order}
                  LIMIT $5)) way
      ORDER BY way.id {order}
         LIMIT $5
        """,
        account.id,
        viewer_id,
        cursor.below,
        cursor.above,
        cursor.limit,
        exclude_replies,
        exclude_boosts,
        only_media,
        tagged,
    )
    return newest_first([Entry(**row) for row in rows])


_FITTING = """(NOT $8 OR EXISTS (SELECT FROM post_attachment media WHERE media.post_id = post.id))
           AND ($9::text IS NULL OR EXISTS (SELECT
                                              FROM post_tag tagged
                                             WHERE tagged.post_id = post.id AND tagged.tag = $9))"""
