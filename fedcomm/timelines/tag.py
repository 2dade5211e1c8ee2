"""Posts with a tag, as far as everybody may read them; what groups keep to themselves is not found by tag (S092)."""

from collections.abc import Sequence

from fedcomm.accounts.blocks import is_welcome
from fedcomm.accounts.measures import is_shown_to_strangers
from fedcomm.database import Connection
from fedcomm.text.mentions import normalised_tag
from fedcomm.threads.audience import author_is_heard, visible_to
from fedcomm.timelines.cursor import Cursor, Entry, newest_first

MOST_TAGS = 100
"""So many tags are compared when somebody types how one begins, the first in the alphabet,"""
COUNTED = 100
"""by so many uses at most."""
FEW = 1_000
"""So many uses of a tag are counted, to begin with the one that has the fewest."""


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
    whose = "named.is_local" if local else "NOT named.is_local" if remote else "true"
    one_of = list({normalised_tag(each) for each in (tag, *or_any)})
    each_of = list({normalised_tag(each) for each in and_all})
    if each_of and len(one_of) == 1:
        first, *each_of = await _rarest_first(db, [*one_of, *each_of])
        one_of = [first]
    rows = await db.fetch(
        f"""
        SELECT DISTINCT way.id, way.id AS post_id, NULL::bigint AS boost_id, way.author_id AS by_id
          FROM unnest($6::text[]) AS wanted (tag)
    CROSS JOIN LATERAL (SELECT post.id, post.author_id
                          FROM post_tag named
                    {_EACH_POST}
                         WHERE named.tag = wanted.tag
                           AND named.post_id < $1
                           AND named.post_id > $2
                           AND {whose}
                           AND (NOT $4 OR EXISTS (SELECT FROM post_attachment media WHERE media.post_id = post.id))
                           AND (SELECT count(*)
                                  FROM post_tag has
                                 WHERE has.post_id = post.id AND has.tag = ANY($7::text[])) = cardinality($7::text[])
                           AND (SELECT count(*)
                                  FROM post_tag has
                                 WHERE has.post_id = post.id AND has.tag = ANY($8::text[])) = 0
                           AND {visible_to("$5")}
                           AND {is_welcome("$5", "post.author_id")}
                           AND {is_shown_to_strangers("$5", "post.author_id")}
                      ORDER BY named.post_id {order}
                         LIMIT $3) way
      ORDER BY way.id {order}
         LIMIT $3
        """,
        cursor.below,
        cursor.above,
        cursor.limit,
        only_media,
        viewer_id,
        one_of,
        each_of,
        [normalised_tag(each) for each in but_none],
    )
    return newest_first([Entry(**row) for row in rows])


_EACH_POST = """CROSS JOIN LATERAL (SELECT *
                                          FROM post one
                                         WHERE one.id = named.post_id
                                           AND one.audience = 'public'
                                           AND one.state = 'visible'
                                        OFFSET 0) post"""
"""The post of each use of a tag. OFFSET keeps the database from joining all uses with all posts to sort them then."""


async def _rarest_first(db: Connection, tags: Sequence[str]) -> list[str]:
    """Some tags, the one that is used least first, as far as that is counted."""
    rows = await db.fetch(
        f"""
        SELECT wanted.tag
          FROM unnest($1::text[]) AS wanted (tag)
    CROSS JOIN LATERAL (SELECT count(*) AS times
                          FROM (SELECT FROM post_tag WHERE post_tag.tag = wanted.tag LIMIT {FEW}) used) counted
      ORDER BY counted.times
        """,
        list(dict.fromkeys(tags)),
    )
    return [row["tag"] for row in rows]


async def beginning_with(db: Connection, text: str, *, limit: int, offset: int = 0) -> list[str]:
    """Tags of public posts that begin with a text, the most used first, as they were last written."""
    beginning = normalised_tag(text)
    rows = await db.fetch(
        f"""
        WITH RECURSIVE known (tag) AS (
            (SELECT tag FROM post_tag WHERE tag ~>=~ $1 AND tag ~<~ $2 ORDER BY tag USING ~<~ LIMIT 1)
         UNION ALL
            (SELECT (SELECT post_tag.tag
                       FROM post_tag
                      WHERE post_tag.tag ~>~ known.tag AND post_tag.tag ~<~ $2
                   ORDER BY post_tag.tag USING ~<~
                      LIMIT 1)
               FROM known
              WHERE known.tag IS NOT NULL)
        )
        SELECT COALESCE(rule.shown_as, newest.shown_as) AS shown_as
          FROM (SELECT tag FROM known WHERE tag IS NOT NULL LIMIT {MOST_TAGS}) AS known
     LEFT JOIN tag_rule rule ON rule.tag = known.tag
    CROSS JOIN LATERAL (SELECT count(*) AS times
                          FROM (SELECT FROM post_tag WHERE post_tag.tag = known.tag LIMIT {COUNTED}) used) counted
    CROSS JOIN LATERAL (SELECT used.shown_as
                          FROM (SELECT post_id, shown_as
                                  FROM post_tag
                                 WHERE post_tag.tag = known.tag
                              ORDER BY post_id DESC
                                 LIMIT {COUNTED}) used
                    CROSS JOIN LATERAL (SELECT * FROM post WHERE post.id = used.post_id OFFSET 0) post
                         WHERE post.audience = 'public'
                           AND post.state = 'visible'
                           AND {author_is_heard("post.author_id")}
                      ORDER BY used.post_id DESC
                         LIMIT 1) newest
         WHERE rule.is_listable IS NOT FALSE
      ORDER BY known.tag = $1 DESC, counted.times DESC, known.tag
         LIMIT $3
        OFFSET $4
        """,
        beginning,
        beginning + "\U0010ffff",
        limit,
        offset,
    )
    return [row["shown_as"] for row in rows]
