"""Direct posts as conversations: who has which, what of it is unread (methods/conversations).

A conversation is what the same people say to each other in one thread; each of ours among them has a row of their own.
Rows are written for everybody whom a post is for; who may still read what, and whom somebody hides, is asked when it is
read.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from fedcomm import ids
from fedcomm.accounts.blocks import is_welcome
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.permissions import roles_that_may
from fedcomm.threads.audience import visible_to
from fedcomm.threads.model import Post

MOST_COUNTED = 99
_CARERS = roles_that_may("remove post")


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One of somebody's conversations. `participant_ids`: the others; `place` pages, `post_id` is what came last of
    what they may read.
    """

    id: int
    account_id: int
    thread_id: int
    participant_ids: list[int]
    place: int
    post_id: int
    unread_count: int


async def add(db: Connection, post: Post, *, quiet: bool = False, now: datetime) -> None:
    """Put a direct post into the conversations of those of ours who wrote it or for whom it is.

    It is unread for all but its author, who has read what came before. `quiet`: an old one, fetched to make a thread
    whole. Again changes nothing but that.
    """
    readers = await db.fetch(_READERS, post.id, list(_CARERS))
    if not readers:
        return
    kept = await db.fetch(
        """
        INSERT INTO conversation (id, account_id, thread_id, participant_ids, last_post_id)
        SELECT given.id, given.account_id, $3,
               ARRAY(SELECT other.id
                       FROM unnest($4::bigint[]) AS other (id)
                      WHERE other.id <> given.account_id
                   ORDER BY other.id),
               $5
          FROM unnest($1::bigint[], $2::bigint[]) AS given (id, account_id)
            ON CONFLICT (account_id, thread_id, participant_ids) DO UPDATE
           SET last_post_id = CASE
                              WHEN conversation.account_id = ANY($6::bigint[]) THEN conversation.last_post_id
                              ELSE GREATEST(conversation.last_post_id, excluded.last_post_id)
                              END
        RETURNING id, account_id
        """,
        [ids.new(now) for _ in readers],
        [row["id"] for row in readers],
        post.thread_id,
        readers[0]["named"],
        post.id,
        [row["id"] for row in readers if row["is_hidden"]],
    )
    unread_by = {row["id"] for row in readers if not (quiet or row["is_hidden"] or row["is_muted"])} - {post.author_id}
    await db.execute(
        """
        INSERT INTO conversation_post (conversation_id, post_id, is_unread)
        SELECT given.id, $2, given.is_unread
          FROM unnest($1::bigint[], $3::boolean[]) AS given (id, is_unread)
            ON CONFLICT (conversation_id, post_id) DO UPDATE
           SET is_unread = excluded.is_unread
        """,
        [row["id"] for row in kept],
        post.id,
        [row["account_id"] in unread_by for row in kept],
    )
    if not quiet:
        await _mark_read(db, [row["id"] for row in kept if row["account_id"] == post.author_id])


_READERS = f"""
    WITH this AS (
        SELECT post.author_id, post.thread_id,
               ARRAY(SELECT account_id
                       FROM post_mention
                      WHERE post_id = post.id
                  UNION
                     SELECT post.author_id) AS named
          FROM post
         WHERE post.id = $1
    ), reader AS (
        SELECT unnest(this.named) AS id
          FROM this
     UNION
        SELECT carer.member_id
          FROM this
          JOIN membership carer ON carer.group_id = ANY(this.named)
                               AND carer.state = 'active'
                               AND carer.role = ANY($2::text[])
    )
    SELECT person.id, this.named,
           NOT {is_welcome("person.id", "this.author_id")} AS is_hidden,
           EXISTS (SELECT
                     FROM thread_mute quiet
                    WHERE quiet.account_id = person.id AND quiet.thread_id = this.thread_id) AS is_muted
      FROM this
CROSS JOIN reader
      JOIN account person ON person.id = reader.id AND person.is_local AND person.kind = 'person'
  ORDER BY person.id
"""


async def forget(db: Connection, post_id: int) -> None:
    """A direct post is gone: so is a conversation of which nothing is left."""
    rows = await db.fetch("DELETE FROM conversation_post WHERE post_id = $1 RETURNING conversation_id", post_id)
    touched = [row["conversation_id"] for row in rows]
    # Locked first, so that a post that is just being added is seen; in the order of `add`, against rings of waiters.
    await db.fetch("SELECT FROM conversation WHERE id = ANY($1::bigint[]) ORDER BY account_id, id FOR UPDATE", touched)
    await db.execute(
        """
        DELETE FROM conversation
         WHERE id = ANY($1::bigint[])
           AND NOT EXISTS (SELECT FROM conversation_post WHERE conversation_id = conversation.id)
        """,
        touched,
    )
    await db.execute(
        """
        UPDATE conversation
           SET last_post_id = (SELECT max(post_id) FROM conversation_post WHERE conversation_id = conversation.id)
         WHERE id = ANY($1::bigint[])
        """,
        touched,
    )


async def regroup(db: Connection, post: Post, between: Collection[int], *, now: datetime) -> None:
    """An edit may name more people than were named (`between`): then it is another conversation, unread for them."""
    if set(between) != set(await people(db, post)):
        await forget(db, post.id)
        await add(db, post, now=now)


async def move(db: Connection, from_id: int, to_id: int) -> None:
    """What stood alone has found its thread (D51): its conversations become part of those that are there."""
    await db.execute(
        """
        WITH pair AS (
            SELECT old.id AS old_id, there.id AS new_id
              FROM conversation old
              JOIN conversation there ON there.account_id = old.account_id
                                     AND there.participant_ids = old.participant_ids
                                     AND there.thread_id = $2
             WHERE old.thread_id = $1
        ), raised AS (
            UPDATE conversation
               SET last_post_id = GREATEST(conversation.last_post_id, old.last_post_id)
              FROM pair
              JOIN conversation old ON old.id = pair.old_id
             WHERE conversation.id = pair.new_id
        )
        UPDATE conversation_post
           SET conversation_id = pair.new_id
          FROM pair
         WHERE conversation_post.conversation_id = pair.old_id
        """,
        from_id,
        to_id,
    )
    await db.execute(
        """
        DELETE FROM conversation
         WHERE thread_id = $1
           AND NOT EXISTS (SELECT FROM conversation_post WHERE conversation_id = conversation.id)
        """,
        from_id,
    )
    await db.execute("UPDATE conversation SET thread_id = $2 WHERE thread_id = $1", from_id, to_id)


def _shown(me: str) -> str:
    """A condition on rows of `post`: a direct post that somebody may read, by whom they do not hide."""
    return f"""(post.state = 'visible'
                AND post.audience = 'direct'
                AND {visible_to(me)}
                AND {is_welcome(me, "post.author_id")})"""


_COLUMNS = f"""
    c.id, c.account_id, c.thread_id, c.participant_ids, c.last_post_id AS place, newest.id AS post_id,
    (SELECT count(*)
       FROM conversation_post held
       JOIN post ON post.id = held.post_id
      WHERE held.conversation_id = c.id AND held.is_unread AND {_shown("c.account_id")}) AS unread_count
"""

_SHOWN = f"""
    conversation c
CROSS JOIN LATERAL (SELECT post.id
                      FROM conversation_post held
                      JOIN post ON post.id = held.post_id
                     WHERE held.conversation_id = c.id AND {_shown("c.account_id")}
                  ORDER BY held.post_id DESC
                     LIMIT 1) newest
"""
"""Conversations of which there is something to be read."""

_WITH_SOMEBODY = f"""
    (cardinality(c.participant_ids) = 0
     OR EXISTS (SELECT
                  FROM unnest(c.participant_ids) AS other (id)
                 WHERE {is_welcome("c.account_id", "other.id")}))
"""
"""Of the others, somebody is there whom one does not hide."""


async def page(
    db: Connection, account_id: int, *, below: int, above: int = 0, upwards: bool = False, limit: int
) -> list[Conversation]:
    """A page of somebody's conversations, the one with the newest post first."""
    order = "ASC" if upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM {_SHOWN}
         WHERE c.account_id = $1 AND c.last_post_id < $2 AND c.last_post_id > $3 AND {_WITH_SOMEBODY}
      ORDER BY c.last_post_id {order}
         LIMIT $4
        """,
        account_id,
        below,
        above,
        limit,
    )
    return sorted((Conversation(**row) for row in rows), key=lambda each: each.place, reverse=True)


async def by_id(db: Connection, account_id: int, conversation_id: int) -> Conversation:
    """One of somebody's conversations. Raises NotFound, also for those of others (S097)."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM {_SHOWN} WHERE c.id = $2 AND c.account_id = $1 AND {_WITH_SOMEBODY}",
        account_id,
        conversation_id,
    )
    if row is None:
        raise NotFound
    return Conversation(**row)


async def with_post(db: Connection, post_id: int, account_ids: Collection[int]) -> dict[int, Conversation]:
    """The conversation a post belongs to, for those of these people who have it and do not mute its thread."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM {_SHOWN}
         WHERE c.account_id = ANY($2::bigint[])
           AND c.id IN (SELECT conversation_id FROM conversation_post WHERE post_id = $1)
           AND EXISTS (SELECT FROM post WHERE post.id = $1 AND {_shown("c.account_id")})
           AND NOT EXISTS (SELECT
                             FROM thread_mute quiet
                            WHERE quiet.account_id = c.account_id AND quiet.thread_id = c.thread_id)
           AND {_WITH_SOMEBODY}
        """,
        post_id,
        list(account_ids),
    )
    return {row["account_id"]: Conversation(**row) for row in rows}


async def of_post(db: Connection, post_id: int, account_id: int) -> int | None:
    """The conversation of somebody to which a direct post belongs; None when they took it off their list."""
    return await db.fetchval(
        """
        SELECT c.id
          FROM conversation c
          JOIN conversation_post held ON held.conversation_id = c.id
         WHERE c.account_id = $1 AND held.post_id = $2
        """,
        account_id,
        post_id,
    )


async def people(db: Connection, post: Post) -> list[int]:
    """Between whom a direct post is said: those it names, and its author."""
    rows = await db.fetch("SELECT account_id FROM post_mention WHERE post_id = $1 ORDER BY position", post.id)
    return list(dict.fromkeys([post.author_id, *(row["account_id"] for row in rows)]))


async def posts(db: Connection, found: Conversation, *, below: int, limit: int) -> list[int]:
    """The ids of what is said in a conversation, the newest first."""
    rows = await db.fetch(
        f"""
        SELECT post.id
          FROM conversation_post held
          JOIN post ON post.id = held.post_id
         WHERE held.conversation_id = $1 AND held.post_id < $3 AND {_shown("$2")}
      ORDER BY held.post_id DESC
         LIMIT $4
        """,
        found.id,
        found.account_id,
        below,
        limit,
    )
    return [row["id"] for row in rows]


async def unread(db: Connection, account_id: int, *, limit: int = MOST_COUNTED) -> int:
    """In how many of somebody's conversations something is unread; counted up to `limit`."""
    return await db.fetchval(
        f"""
        SELECT count(*)
          FROM (SELECT
                  FROM conversation c
            CROSS JOIN LATERAL (SELECT
                                  FROM conversation_post held
                                  JOIN post ON post.id = held.post_id
                                 WHERE held.conversation_id = c.id AND held.is_unread AND {_shown("$1")}
                                 LIMIT 1) unread
                 WHERE c.account_id = $1
              ORDER BY c.last_post_id DESC
                 LIMIT $2) waiting
        """,
        account_id,
        limit,
    )


async def read(db: Connection, account_id: int, conversation_id: int) -> None:
    """Somebody has read a conversation. Raises NotFound."""
    await _mark_read(db, [(await by_id(db, account_id, conversation_id)).id])


async def unread_again(db: Connection, account_id: int, conversation_id: int) -> None:
    """Somebody wants to come back to a conversation: what came last counts as unread. Raises NotFound."""
    found = await by_id(db, account_id, conversation_id)
    await db.execute(
        "UPDATE conversation_post SET is_unread = true WHERE conversation_id = $1 AND post_id = $2",
        found.id,
        found.post_id,
    )


async def remove(db: Connection, account_id: int, conversation_id: int) -> None:
    """Take a conversation off one's list; its posts stay, and one that comes begins it anew. Raises NotFound."""
    gone = await db.fetchval(
        "DELETE FROM conversation WHERE id = $2 AND account_id = $1 RETURNING true", account_id, conversation_id
    )
    if not gone:
        raise NotFound


async def _mark_read(db: Connection, conversation_ids: Sequence[int]) -> None:
    await db.execute(
        "UPDATE conversation_post SET is_unread = false WHERE conversation_id = ANY($1::bigint[]) AND is_unread",
        list(conversation_ids),
    )
