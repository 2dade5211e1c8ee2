"""Whom a piece of news may reach, among those who are connected: the rules of the timelines, for many at once (D38)."""

from collections.abc import Collection, Sequence

import msgspec

from fedcomm import ids
from fedcomm.accounts.blocks import is_welcome
from fedcomm.accounts.measures import is_limited
from fedcomm.database import Connection
from fedcomm.threads.audience import visible_to
from fedcomm.timelines.cursor import Entry


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a post stands, also of one that is gone. `group_ids`: home and carriers that do not hide it."""

    id: int
    author_id: int
    is_local: bool
    is_root: bool
    is_public: bool
    is_direct: bool
    is_visible: bool
    is_quiet: bool
    thread_id: int
    group_id: int | None
    has_media: bool
    tags: list[str]
    group_ids: list[int]
    parent_author_id: int | None

    @property
    def sources(self) -> list[int]:
        """Those through whom it stands in homes: of themselves, and of who follows them."""
        return [self.author_id, *self.group_ids, *([self.parent_author_id] if self.parent_author_id else [])]


async def place(db: Connection, post_id: int) -> Place | None:
    """Where a post stands; None if it never was here."""
    row = await db.fetchrow(
        f"""
        SELECT post.id, post.author_id, post.is_local, post.thread_id, post.group_id, post.parent_author_id,
               post.thread_id = post.id AND post.parent_uri IS NULL AS is_root,
               post.audience = 'public' AS is_public,
               post.audience = 'direct' AS is_direct,
               post.state = 'visible' AS is_visible,
               EXISTS (SELECT FROM account WHERE account.id = post.author_id AND {is_limited("account")}) AS is_quiet,
               EXISTS (SELECT FROM post_attachment media WHERE media.post_id = post.id) AS has_media,
               ARRAY(SELECT tag FROM post_tag WHERE post_tag.post_id = post.id) AS tags,
               ARRAY(SELECT home.id
                       FROM (SELECT post.group_id
                          UNION
                             SELECT carry.group_id
                               FROM carry
                              WHERE carry.thread_id = post.thread_id AND carry.state = 'carried') home (id)
                      WHERE home.id IS NOT NULL
                        AND NOT EXISTS (SELECT
                                          FROM group_hidden_post hidden
                                         WHERE hidden.group_id = home.id
                                           AND hidden.post_id IN (post.id, post.thread_id))) AS group_ids
          FROM post
         WHERE post.id = $1
        """,
        post_id,
    )
    return Place(**row) if row is not None else None


async def readers(db: Connection, post_id: int, viewers: Collection[int]) -> set[int]:
    """Who of these may read a post now and does not hide its author."""
    rows = await db.fetch(
        f"""
        SELECT viewer.id
          FROM unnest($2::bigint[]) AS viewer (id)
          JOIN post ON post.id = $1
         WHERE post.state = 'visible'
           AND {visible_to("viewer.id")}
           AND {is_welcome("viewer.id", "post.author_id")}
        """,
        post_id,
        list(viewers),
    )
    return {row["id"] for row in rows}


async def could_read(db: Connection, post_id: int, viewers: Collection[int]) -> set[int]:
    """Who of these may know that a post is gone: those it was for, as far as what is left of it says (D61)."""
    rows = await db.fetch(
        """
        SELECT viewer.id
          FROM unnest($2::bigint[]) AS viewer (id)
          JOIN post ON post.id = $1
         WHERE post.author_id = viewer.id
            OR post.parent_author_id = viewer.id
            OR CASE post.audience
               WHEN 'group'
               THEN EXISTS (SELECT
                              FROM membership reader
                             WHERE reader.group_id = post.group_id
                               AND reader.member_id = viewer.id
                               AND reader.state = 'active')
               WHEN 'followers'
               THEN EXISTS (SELECT
                              FROM follow reader
                             WHERE reader.follower_id = viewer.id
                               AND reader.followee_id = post.author_id
                               AND reader.state = 'accepted')
               WHEN 'direct' THEN false
               ELSE true
               END
        """,
        post_id,
        list(viewers),
    )
    return {row["id"] for row in rows}


async def followers(db: Connection, account_ids: Sequence[int], viewers: Collection[int]) -> set[int]:
    """Who of these follows one of the accounts, or is one."""
    rows = await db.fetch(
        """
        SELECT viewer.id
          FROM unnest($2::bigint[]) AS viewer (id)
         WHERE viewer.id = ANY($1::bigint[])
            OR EXISTS (SELECT
                         FROM follow f
                        WHERE f.follower_id = viewer.id AND f.followee_id = ANY($1::bigint[]) AND f.state = 'accepted')
        """,
        list(account_ids),
        list(viewers),
    )
    return {row["id"] for row in rows}


async def members(db: Connection, group_id: int, viewers: Collection[int]) -> set[int]:
    """Who of these is in a group: the group is a list of theirs (D39)."""
    rows = await db.fetch(
        """
        SELECT member_id
          FROM membership
         WHERE group_id = $1 AND member_id = ANY($2::bigint[]) AND state = 'active'
        """,
        group_id,
        list(viewers),
    )
    return {row["member_id"] for row in rows}


async def with_marks(db: Connection, post_id: int, viewers: Collection[int]) -> set[int]:
    """Who of these did something with a post, wrote it or has filters: they may see it otherwise than the rest."""
    rows = await db.fetch(
        """
        SELECT account_id FROM favourite WHERE post_id = $1 AND account_id = ANY($2::bigint[])
     UNION
        SELECT account_id FROM boost WHERE post_id = $1 AND account_id = ANY($2::bigint[])
     UNION
        SELECT account_id FROM bookmark WHERE post_id = $1 AND account_id = ANY($2::bigint[])
     UNION
        SELECT account_id FROM poll_vote WHERE post_id = $1 AND account_id = ANY($2::bigint[])
     UNION
        SELECT author_id FROM post WHERE id = $1 AND author_id = ANY($2::bigint[])
     UNION
        SELECT account_id FROM filter WHERE account_id = ANY($2::bigint[])
     UNION
        SELECT thread_mute.account_id
          FROM thread_mute
          JOIN post ON post.thread_id = thread_mute.thread_id
         WHERE post.id = $1 AND thread_mute.account_id = ANY($2::bigint[])
        """,
        post_id,
        list(viewers),
    )
    return {row["account_id"] for row in rows}


async def wrappers(db: Connection, post_id: int) -> list[int]:
    """Under which ids a post may stand in somebody's home: its own, and those of its boosts."""
    rows = await db.fetch("SELECT id FROM boost WHERE post_id = $1 ORDER BY id LIMIT 200", post_id)
    return [post_id, *(row["id"] for row in rows)]


async def entry(db: Connection, boost_id: int) -> Entry | None:
    """A wrapper as an entry of timelines; None if it was taken back."""
    row = await db.fetchrow(
        "SELECT id, post_id, id AS boost_id, account_id AS by_id FROM boost WHERE id = $1", boost_id
    )
    return Entry(**row) if row is not None else None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A notification, and whose it is."""

    id: int
    account_id: int


async def told_since(
    db: Connection, above: int, but_not: Collection[int], viewers: Collection[int], *, most: int = 1_000
) -> list[Told]:
    """Notifications of these people that came after the moment of an id."""
    rows = await db.fetch(
        """
        SELECT id, account_id
          FROM notification
         WHERE account_id = ANY($3::bigint[]) AND id > $1 AND NOT id = ANY($2::bigint[]) AND NOT is_filtered
      ORDER BY id
         LIMIT $4
        """,
        above,
        list(but_not),
        list(viewers),
        most,
    )
    return [Told(**row) for row in rows]


async def told_ids(db: Connection, above: int) -> set[int]:
    """The notifications that were written since the moment of an id."""
    rows = await db.fetch("SELECT id FROM notification WHERE created_at >= $1 AND id > $2", ids.moment(above), above)
    return {row["id"] for row in rows}
