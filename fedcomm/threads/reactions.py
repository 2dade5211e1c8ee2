"""Favourites, same here, boosts and bookmarks, by people here and elsewhere alike (product 6; D40).

A favourite of a question is a same here: one for each person, the asker counted. A favourite may say an emoji.
"""

from datetime import datetime

from fedcomm import facts, ids, tombstones
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.emojis import Given
from fedcomm.errors import Invalid
from fedcomm.here import Here
from fedcomm.threads import carrying, emoji_reactions, reading, votes
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import Post


async def favourite(
    db: Connection,
    here: Here,
    by: Account,
    post_id: int,
    *,
    uri: str | None = None,
    body: bytes = b"",
    now: datetime,
) -> int | None:
    """Favourite a post; twice is once. `uri`, `body`: of the Like, for those who live elsewhere.

    The id of the favourite, or None when its Undo was here before (R021). Raises NotFound.
    """
    await reading.by_id(db, post_id, by.id)
    if uri is not None and await tombstones.keeps_away(db, uri, by.uri, now=now):
        return None
    favourite_id = ids.new(now)
    like_uri = uri or here.activity_uri(favourite_id)
    made = await db.fetchval(
        """
        INSERT INTO favourite (id, account_id, post_id, uri, created_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id, post_id) DO NOTHING
        RETURNING id
        """,
        favourite_id,
        by.id,
        post_id,
        like_uri,
        now,
    )
    if made is None:
        return await db.fetchval("SELECT id FROM favourite WHERE account_id = $1 AND post_id = $2", by.id, post_id)
    await db.execute(
        """
        WITH same AS (INSERT INTO same_here (post_id, account_id, created_at)
                      SELECT id, $2, $3
                        FROM post
                       WHERE id = $1 AND kind = 'question'
                          ON CONFLICT DO NOTHING
                      RETURNING post_id)
        UPDATE post
           SET favourites_count = favourites_count + 1,
               same_here_count = same_here_count + (SELECT count(*) FROM same)
         WHERE id = $1
        """,
        post_id,
        by.id,
        now,
    )
    await facts.record(db, facts.PostFavourited(made), now=now)
    if not by.is_local:
        await votes.end_dislike(db, by, post_id=post_id, now=now)
    await votes.changed(db, by.id, post_id, like_uri, body=body, now=now)
    return made


async def react(db: Connection, here: Here, by: Account, post_id: int, *, text: str, now: datetime) -> None:
    """One of ours favours a post with an emoji, in place of what they favoured it with before.

    Raises NotFound, Invalid (no emoji, or no picture of ours).
    """
    await reading.by_id(db, post_id, by.id)
    chosen = await emoji_reactions.understood(db, by, text, now=now)
    if chosen is None:
        raise Invalid("This is not an emoji that can be chosen here.", field="emoji")
    if await emoji_reactions.has_chosen(db, by.id, post_id, chosen.name):
        return
    await _end_favourite(db, by, post_id, now=now)
    favourite_id = await favourite(db, here, by, post_id, now=now)
    assert favourite_id is not None
    await emoji_reactions.keep(db, by.id, post_id, chosen, here.activity_uri(favourite_id), now=now)


async def receive_reaction(
    db: Connection,
    here: Here,
    by: Account,
    post_id: int,
    text: str,
    picture: Given | None,
    *,
    uri: str,
    body: bytes = b"",
    now: datetime,
) -> None:
    """Somebody elsewhere favours a post with an emoji; what we do not know as one is a plain favourite.

    Raises NotFound.
    """
    if await favourite(db, here, by, post_id, uri=uri, body=body, now=now) is None:
        return
    chosen = await emoji_reactions.understood(db, by, text, picture, now=now)
    if chosen is not None:
        await emoji_reactions.keep(db, by.id, post_id, chosen, uri, now=now)


async def unfavourite(
    db: Connection, here: Here, by: Account, post_id: int, *, body: bytes = b"", now: datetime
) -> None:
    """Take a favourite back; where there is none, nothing changes. Raises NotFound (S095)."""
    await reading.by_id(db, post_id, by.id)
    await _end_favourite(db, by, post_id, body=body, now=now)


async def dislike(db: Connection, by: Account, post_id: int, uri: str, *, body: bytes = b"", now: datetime) -> bool:
    """Somebody elsewhere dislikes a post, and favours it no longer. False: nothing came of it. Raises NotFound."""
    await reading.by_id(db, post_id, by.id)
    is_passed_on = await votes.dislike(db, by, post_id, uri, body=body, now=now)
    return await _end_favourite(db, by, post_id, now=now) or is_passed_on


async def boost(
    db: Connection,
    here: Here,
    by: Account,
    post_id: int,
    *,
    uri: str | None = None,
    published_at: datetime | None = None,
    now: datetime,
) -> int | None:
    """Boost a post to one's followers; twice is once. `uri`, `published_at`: of the Announce of those elsewhere.

    The id of the boost, or None when its Undo was here before. Raises NotFound, Invalid (not public, S099).
    """
    post = await reading.by_id(db, post_id, by.id)
    if post.audience not in PUBLIC or post.state != "visible":
        raise Invalid("Only public posts can be boosted.")
    if uri is not None and await tombstones.keeps_away(db, uri, by.uri, now=now):
        return None
    boost_id = ids.new(now) if published_at is None else ids.at(max(published_at, post.published_at), now=now)
    made = await db.fetchval(
        """
        INSERT INTO boost (id, account_id, post_id, author_id, uri, is_group, created_at)
        VALUES ($1, $2, $3, $4, $5, false, $6)
            ON CONFLICT DO NOTHING
        RETURNING id
        """,
        boost_id,
        by.id,
        post_id,
        post.author_id,
        uri or here.activity_uri(boost_id),
        min(published_at or now, now),
    )
    if made is None:
        return await db.fetchval("SELECT id FROM boost WHERE account_id = $1 AND post_id = $2", by.id, post_id)
    await db.execute("UPDATE post SET boosts_count = boosts_count + 1 WHERE id = $1", post_id)
    await facts.record(db, facts.PostBoosted(made), now=now)
    return made


async def unboost(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Take a boost back; where there is none, nothing changes. Raises NotFound."""
    await reading.by_id(db, post_id, by.id)
    await _end_boost(db, by, post_id, now=now)


async def receive_announce(
    db: Connection, here: Here, by: Account, post: Post, uri: str, *, published_at: datetime, now: datetime
) -> int | None:
    """Somebody elsewhere announces a post: a group to its members, others as a boost. None: nothing came of it."""
    if by.is_group:
        return await carrying.receive_announce(db, here, by, post, uri, published_at=published_at, now=now)
    return await boost(db, here, by, post.id, uri=uri, published_at=published_at, now=now)


async def receive_undo(db: Connection, here: Here, by: Account, uri: str, *, body: bytes = b"", now: datetime) -> bool:
    """Somebody elsewhere takes a Like, a Dislike or an Announce of theirs back, maybe before it was here (R021; S038).

    False: nothing was here to be undone.
    """
    await tombstones.remember(db, uri, by.uri, now=now)
    boosted = await db.fetchrow("SELECT post_id, is_group FROM boost WHERE uri = $1 AND account_id = $2", uri, by.id)
    if boosted is not None and boosted["is_group"]:
        await carrying.receive_withdrawal(db, by, boosted["post_id"], now=now)
        return True
    if boosted is not None:
        ended = await _end_boost(db, by, boosted["post_id"], now=now)
    else:
        ended = await _end_opinion(db, by, uri, body=body, now=now)
    if ended:
        await tombstones.forget(db, uri, by.uri)
    return ended


async def _end_opinion(db: Connection, by: Account, uri: str, *, body: bytes, now: datetime) -> bool:
    """A Like or a Dislike, whichever has this id. False: it is neither.

    Who favoured the post by another activity as well still does.
    """
    chosen_for = await emoji_reactions.end_one(db, by.id, uri)
    post_id = await db.fetchval("SELECT post_id FROM favourite WHERE uri = $1 AND account_id = $2", uri, by.id)
    if post_id is None:
        return chosen_for is not None or await votes.end_dislike(db, by, uri=uri, body=body, now=now)
    other = await emoji_reactions.another(db, by.id, post_id)
    if other is None:
        return await _end_favourite(db, by, post_id, body=body, now=now)
    await db.execute("UPDATE favourite SET uri = $3 WHERE account_id = $1 AND post_id = $2", by.id, post_id, other)
    return True


async def end_reaction(
    db: Connection, by: Account, post_id: int, text: str, *, body: bytes = b"", now: datetime
) -> None:
    """Somebody elsewhere takes one emoji back, which is named and not its activity: what they chose instead stays."""
    uri = await emoji_reactions.uri_of(db, by.id, post_id, text)
    if uri is not None:
        await _end_opinion(db, by, uri, body=body, now=now)


async def bookmark(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Keep a post for oneself; nobody learns of it. Raises NotFound."""
    await reading.by_id(db, post_id, by.id)
    await db.execute(
        """
        INSERT INTO bookmark (id, account_id, post_id, created_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, post_id) DO NOTHING
        """,
        ids.new(now),
        by.id,
        post_id,
        now,
    )


async def unbookmark(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Keep a post no longer. Raises NotFound."""
    await reading.by_id(db, post_id, by.id)
    await db.execute("DELETE FROM bookmark WHERE account_id = $1 AND post_id = $2", by.id, post_id)


async def forget(db: Connection, by: Account, *, limit: int, now: datetime) -> int:
    """Somebody is gone: what they favoured, boosted and kept is so no longer; others are told (D61). Returns how many.

    So many at a time: while some are left, it is to be asked again.
    """
    rows = await db.fetch(
        """
        (SELECT post_id, 'favourite' AS kind FROM favourite WHERE account_id = $1 LIMIT $2)
         UNION ALL
        (SELECT post_id, 'boost' FROM boost WHERE account_id = $1 AND NOT is_group LIMIT $2)
         UNION ALL
        (SELECT post_id, 'dislike' FROM dislike WHERE account_id = $1 LIMIT $2)
         ORDER BY post_id
         LIMIT $2
        """,
        by.id,
        limit,
    )
    for row in rows:
        if row["kind"] == "favourite":
            await _end_favourite(db, by, row["post_id"], now=now)
        elif row["kind"] == "boost":
            await _end_boost(db, by, row["post_id"], now=now)
        else:
            await votes.end_dislike(db, by, post_id=row["post_id"], now=now)
    if not rows:
        await db.execute("DELETE FROM bookmark WHERE account_id = $1", by.id)
    return len(rows)


async def favourited_by(db: Connection, post_id: int, *, below: int, limit: int) -> list[tuple[int, int]]:
    """A page of who favourited a post, newest first: (id of the favourite, id of the account)."""
    rows = await db.fetch(
        "SELECT id, account_id FROM favourite WHERE post_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        post_id,
        below,
        limit,
    )
    return [(row["id"], row["account_id"]) for row in rows]


async def boosted_by(db: Connection, post_id: int, *, below: int, limit: int) -> list[tuple[int, int]]:
    """A page of the people who boosted a post, newest first: (id of the boost, id of the account)."""
    rows = await db.fetch(
        """
        SELECT id, account_id
          FROM boost
         WHERE post_id = $1 AND id < $2 AND NOT is_group
      ORDER BY id DESC
         LIMIT $3
        """,
        post_id,
        below,
        limit,
    )
    return [(row["id"], row["account_id"]) for row in rows]


async def _end_favourite(db: Connection, by: Account, post_id: int, *, body: bytes = b"", now: datetime) -> bool:
    uri = await db.fetchval(
        "DELETE FROM favourite WHERE account_id = $1 AND post_id = $2 RETURNING uri", by.id, post_id
    )
    if uri is None:
        return False
    await emoji_reactions.end_all(db, by.id, post_id)
    await db.execute(
        """
        WITH same AS (DELETE FROM same_here
                       USING post
                       WHERE same_here.post_id = $1
                         AND same_here.account_id = $2
                         AND post.id = $1
                         AND post.author_id <> $2
                   RETURNING same_here.post_id)
        UPDATE post
           SET favourites_count = favourites_count - 1,
               same_here_count = same_here_count - (SELECT count(*) FROM same)
         WHERE id = $1
        """,
        post_id,
        by.id,
    )
    await facts.record(db, facts.FavouriteUndone(by.id, post_id, uri), now=now)
    await votes.changed(db, by.id, post_id, uri, body=body, now=now)
    return True


async def _end_boost(db: Connection, by: Account, post_id: int, *, now: datetime) -> bool:
    uri = await db.fetchval(
        "DELETE FROM boost WHERE account_id = $1 AND post_id = $2 AND NOT is_group RETURNING uri", by.id, post_id
    )
    if uri is None:
        return False
    await db.execute("UPDATE post SET boosts_count = boosts_count - 1 WHERE id = $1", post_id)
    await facts.record(db, facts.BoostUndone(by.id, post_id, uri), now=now)
    return True
