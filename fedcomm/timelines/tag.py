"""Posts with a tag, as far as everybody may read them; what groups keep to themselves is not found by tag (S092)."""

from collections.abc import Sequence

from fedcomm.accounts.blocks import is_welcome
from fedcomm.accounts.measures import is_shown_to_strangers
from fedcomm.database import Connection
from fedcomm.text.mentions import normalised_tag
from fedcomm.threads.audience import author_is_heard, visible_to
from fedcomm.timelines.cursor import Cursor, Entry, newest_first


async def page(
    db: Connection,
    viewer_id: int | None,
    tag: str,
    *,
    cursor: Cursor,
    or_any: Sequence[str] = (),
    and_all: Sequence[str] = (),
    but_none: Sequence[str] = (),
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[Entry]:
    """Public posts with this tag or one of `or_any`, with each of `and_all` and none of `but_none`; newest first.

    Source: Mastodon API documentation, methods/timelines#tag.
    """
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id, post.author_id AS by_id
          FROM post
         WHERE post.id IN (SELECT post_id FROM post_tag WHERE tag = ANY($8::text[]) AND post_id < $1 AND post_id > $2)
           AND post.audience = 'public'
           AND post.state = 'visible'
           AND (NOT $4 OR post.is_local)
           AND (NOT $5 OR NOT post.is_local)
           AND (NOT $6 OR EXISTS (SELECT FROM post_attachment media WHERE media.post_id = post.id))
           AND NOT EXISTS (SELECT
                             FROM unnest($9::text[]) AS wanted (tag)
                            WHERE NOT EXISTS (SELECT
                                                FROM post_tag has
                                               WHERE has.post_id = post.id AND has.tag = wanted.tag))
           AND NOT EXISTS (SELECT FROM post_tag has WHERE has.post_id = post.id AND has.tag = ANY($10::text[]))
           AND {visible_to("$7")}
           AND {is_welcome("$7", "post.author_id")}
           AND {is_shown_to_strangers("$7", "post.author_id")}
      ORDER BY post.id {order}
         LIMIT $3
        """,
        cursor.below,
        cursor.above,
        cursor.limit,
        local,
        remote,
        only_media,
        viewer_id,
        [normalised_tag(each) for each in (tag, *or_any)],
        [normalised_tag(each) for each in and_all],
        [normalised_tag(each) for each in but_none],
    )
    return newest_first([Entry(**row) for row in rows])


async def beginning_with(db: Connection, text: str, *, limit: int, offset: int = 0) -> list[str]:
    """Tags of public posts that begin with a text, the most used first, as they were last written."""
    rows = await db.fetch(
        f"""
        SELECT (array_agg(post_tag.shown_as ORDER BY post_tag.post_id DESC))[1] AS shown_as
          FROM post_tag
          JOIN post ON post.id = post_tag.post_id AND post.audience = 'public' AND post.state = 'visible'
         WHERE post_tag.tag ^@ $1
           AND {author_is_heard("post.author_id")}
      GROUP BY post_tag.tag
      ORDER BY post_tag.tag = $1 DESC, count(*) DESC, post_tag.tag
         LIMIT $2
        OFFSET $3
        """,
        normalised_tag(text),
        limit,
        offset,
    )
    return [row["shown_as"] for row in rows]
