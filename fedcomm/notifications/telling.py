"""Whom to tell of what: consequences of facts. Only people who live here are told, each once of one thing (R022)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fedcomm import facts, ids
from fedcomm.database import Connection, Row
from fedcomm.jobs.work import Work
from fedcomm.notifications import policy, push_queue, requests
from fedcomm.notifications.model import NotificationType
from fedcomm.threads.audience import visible_to


async def concerning(db: Connection, post_ids: Sequence[int]) -> list[int]:
    """Those of these posts of which anybody might have to be told: only who lives here is."""
    rows = await db.fetch(
        """
        SELECT post.id
          FROM post
         WHERE post.id = ANY($1::bigint[])
           AND (EXISTS (SELECT FROM account WHERE id = post.parent_author_id AND is_local)
                OR EXISTS (SELECT
                             FROM post_mention
                             JOIN account named ON named.id = post_mention.account_id AND named.is_local
                            WHERE post_mention.post_id = post.id
                              AND (named.kind = 'person' OR post.audience = 'direct'))
                OR EXISTS (SELECT
                             FROM follow
                            WHERE follow.followee_id = post.author_id AND follow.notify AND follow.state = 'accepted'))
        """,
        list(post_ids),
    )
    return [row["id"] for row in rows]


async def of_post(work: Work, fact: facts.PostPublished | facts.PostPlaced) -> None:
    """Who is named or answered by a post; moderators of a group it was sent to in private; who watches its author."""
    async with work.transaction() as db:
        named = await db.fetch(
            f"""
            WITH told AS (
                SELECT named.account_id AS id
                  FROM post_mention named
                 WHERE named.post_id = $1 AND NOT named.is_silent
             UNION
                SELECT answer.parent_author_id
                  FROM post answer
                 WHERE answer.id = $1
             UNION
                SELECT carer.member_id
                  FROM post_mention named
                  JOIN post ON post.id = named.post_id AND post.audience = 'direct'
                  JOIN membership carer ON carer.group_id = named.account_id
                                       AND carer.state = 'active'
                                       AND carer.role IN ('facilitator', 'moderator')
                 WHERE named.post_id = $1
            )
            SELECT person.id, 'mention' AS type, post.author_id AS from_id, post.id AS post_id,
                   'post:' || post.id AS key
              FROM told
              JOIN account person ON person.id = told.id AND person.is_local AND person.kind = 'person'
              JOIN post ON post.id = $1 AND post.state = 'visible' AND post.author_id <> person.id
             WHERE {visible_to("person.id")}
            """,
            fact.post_id,
        )
        await _tell_found(db, named, work.now)
        watching = await db.fetch(
            f"""
            SELECT person.id, 'status' AS type, post.author_id AS from_id, post.id AS post_id,
                   'post:' || post.id AS key
              FROM post
              JOIN follow ON follow.followee_id = post.author_id AND follow.notify AND follow.state = 'accepted'
              JOIN account person ON person.id = follow.follower_id AND person.is_local AND person.kind = 'person'
             WHERE post.id = $1
               AND post.state = 'visible'
               AND post.thread_id = post.id
               AND post.parent_uri IS NULL
               AND post.audience <> 'direct'
               AND {visible_to("person.id")}
            """,
            fact.post_id,
        )
        await _tell_found(db, watching, work.now)


async def of_announcement(
    work: Work, fact: facts.ThreadAnnounced | facts.ThreadAnnouncedElsewhere | facts.ThreadShownAlong
) -> None:
    """Who has the bell of a group switched on hears of its new threads; of a thread in two groups once."""
    await _ask_and_tell(
        work,
        f"""
        SELECT person.id, 'status' AS type, boost.account_id AS from_id, post.id AS post_id,
               'post:' || post.id AS key
          FROM boost
          JOIN post ON post.id = boost.post_id AND post.state = 'visible'
          JOIN follow ON follow.followee_id = boost.account_id AND follow.notify AND follow.state = 'accepted'
          JOIN account person ON person.id = follow.follower_id AND person.is_local AND person.kind = 'person'
         WHERE boost.id = $1
           AND post.author_id <> person.id
           AND {visible_to("person.id")}
        """,
        fact.boost_id,
    )


async def of_favourite(work: Work, fact: facts.PostFavourited) -> None:
    """The author of a post that was favourited."""
    await _ask_and_tell(
        work,
        """
        SELECT person.id, 'favourite' AS type, favourite.account_id AS from_id, post.id AS post_id,
               'favourite:' || post.id || ':' || favourite.account_id AS key
          FROM favourite
          JOIN post ON post.id = favourite.post_id AND post.author_id <> favourite.account_id
          JOIN account person ON person.id = post.author_id AND person.is_local AND person.kind = 'person'
         WHERE favourite.id = $1
        """,
        fact.favourite_id,
    )


async def of_favourite_undone(work: Work, fact: facts.FavouriteUndone) -> None:
    """A favourite that was taken back is no news any more."""
    async with work.transaction() as db:
        await _forget(db, fact.post_id, f"favourite:{fact.post_id}:{fact.account_id}")


async def of_boost(work: Work, fact: facts.PostBoosted) -> None:
    """The author of a post that somebody boosted."""
    await _ask_and_tell(
        work,
        """
        SELECT person.id, 'reblog' AS type, boost.account_id AS from_id, post.id AS post_id,
               'reblog:' || post.id || ':' || boost.account_id AS key
          FROM boost
          JOIN post ON post.id = boost.post_id AND post.author_id <> boost.account_id
          JOIN account person ON person.id = post.author_id AND person.is_local AND person.kind = 'person'
         WHERE boost.id = $1 AND NOT boost.is_group
        """,
        fact.boost_id,
    )


async def of_boost_undone(work: Work, fact: facts.BoostUndone) -> None:
    """A boost that was taken back is no news any more."""
    async with work.transaction() as db:
        await _forget(db, fact.post_id, f"reblog:{fact.post_id}:{fact.account_id}")


async def of_follow(work: Work, fact: facts.FollowReceived) -> None:
    """Whom somebody follows, or asks to."""
    await _ask_and_tell(
        work,
        """
        SELECT person.id, told.type, follow.follower_id AS from_id, NULL::bigint AS post_id,
               told.type || ':' || follow.follower_id AS key
          FROM follow
    CROSS JOIN LATERAL (SELECT CASE follow.state WHEN 'accepted' THEN 'follow' ELSE 'follow_request' END)
                    AS told (type)
          JOIN account person ON person.id = follow.followee_id AND person.is_local AND person.kind = 'person'
         WHERE follow.id = $1
        """,
        fact.follow_id,
    )


async def of_edit(work: Work, fact: facts.PostEdited) -> None:
    """Who boosted a post stands for what it said, and so does who quotes it: it says something else now.

    What who quotes it is told of is their own post.
    """
    async with work.transaction() as db:
        boosted = await db.fetch(
            """
            SELECT person.id, 'update' AS type, post.author_id AS from_id, post.id AS post_id,
                   'update:' || post.id || ':' || post.version AS key
              FROM post
              JOIN boost ON boost.post_id = post.id AND NOT boost.is_group
              JOIN account person ON person.id = boost.account_id AND person.is_local AND person.kind = 'person'
             WHERE post.id = $1 AND post.state = 'visible' AND person.id <> post.author_id
            """,
            fact.post_id,
        )
        await _tell_found(db, boosted, work.now)
        quoted = await db.fetch(
            """
            SELECT person.id, 'quoted_update' AS type, quoted.author_id AS from_id, quote.post_id,
                   'quoted_update:' || quote.post_id || ':' || quoted.version AS key
              FROM quote
              JOIN post quoted ON quoted.id = quote.quoted_id AND quoted.state = 'visible'
              JOIN account person ON person.id = quote.author_id AND person.is_local AND person.kind = 'person'
             WHERE quote.quoted_id = $1 AND quote.state = 'accepted' AND person.id <> quoted.author_id
            """,
            fact.post_id,
        )
        await _tell_found(db, quoted, work.now)


async def of_quote(work: Work, fact: facts.QuoteAccepted) -> None:
    """Whose post somebody quotes, with consent."""
    await _ask_and_tell(
        work,
        """
        SELECT person.id, 'quote' AS type, post.author_id AS from_id, post.id AS post_id,
               'quote:' || post.id AS key
          FROM quote
          JOIN post ON post.id = quote.post_id AND post.state = 'visible'
          JOIN post quoted ON quoted.id = quote.quoted_id AND quoted.author_id <> post.author_id
          JOIN account person ON person.id = quoted.author_id AND person.is_local AND person.kind = 'person'
         WHERE quote.post_id = $1 AND quote.state = 'accepted'
        """,
        fact.post_id,
    )


async def of_quote_withdrawn(work: Work, fact: facts.QuoteWithdrawn) -> None:
    """A quote that is not shown any more is no news."""
    async with work.transaction() as db:
        await _forget(db, fact.post_id, f"quote:{fact.post_id}")


async def of_poll_end(work: Work, fact: facts.PollEnded) -> None:
    """Who asked, and who voted; nobody learns who else did. Of a poll elsewhere once, however often it ends."""
    await _ask_and_tell(
        work,
        f"""
        SELECT person.id, 'poll' AS type, post.author_id AS from_id, post.id AS post_id,
               'poll:' || post.id
               || CASE WHEN post.is_local AND poll.ends_at IS NOT NULL
                       THEN ':' || round(extract(epoch FROM poll.ends_at)) ELSE '' END AS key
          FROM poll
          JOIN post ON post.id = poll.post_id AND post.state = 'visible'
    CROSS JOIN LATERAL (SELECT post.author_id AS id
                     UNION
                        SELECT account_id
                          FROM poll_vote
                         WHERE poll_vote.post_id = post.id) concerned
          JOIN account person ON person.id = concerned.id AND person.is_local AND person.kind = 'person'
         WHERE poll.post_id = $1 AND {visible_to("person.id")}
        """,
        fact.poll_id,
    )


async def tell_of_report(
    db: Connection, people: Sequence[int], reporter_id: int, report_id: int, *, now: datetime
) -> None:
    """Those who decide about a report."""
    await tell(db, people, "admin.report", reporter_id, None, f"report:{report_id}", now)
    await db.execute(
        "UPDATE notification SET report_id = $2 WHERE account_id = ANY($1::bigint[]) AND dedupe_key = $3",
        list(people),
        report_id,
        f"report:{report_id}",
    )


async def tell_of_statement(
    db: Connection, person_id: int, statement_id: int, type_: NotificationType, what: str, *, now: datetime
) -> None:
    """Tell somebody of a decision or an appeal against it. It comes from nobody but themselves (S111)."""
    key = f"{what}:{statement_id}"
    await tell(db, [person_id], type_, person_id, None, key, now)
    await db.execute(
        "UPDATE notification SET statement_id = $2 WHERE account_id = $1 AND dedupe_key = $3",
        person_id,
        statement_id,
        key,
    )


async def of_deletion(work: Work, fact: facts.PostDeleted) -> None:
    """What is deleted is no news any more."""
    async with work.transaction() as db:
        await db.execute("DELETE FROM notification WHERE post_id = $1", fact.post_id)


async def tell(
    db: Connection,
    people: Iterable[int],
    type_: NotificationType,
    from_id: int,
    post_id: int | None,
    key: str,
    now: datetime,
    *,
    collection_id: int | None = None,
) -> None:
    """Write notifications down, one for each person and key. Being named weighs more than a bell."""
    judged = await policy.judge(db, told := list(people), type_, from_id, post_id, now=now)
    told = [person for person in told if judged.get(person) != "drop"]
    held = [person for person in told if judged.get(person) == "filter"]
    written = await db.fetch(
        """
        INSERT INTO notification (id, account_id, type, from_account_id, post_id, created_at, dedupe_key, is_filtered,
                                  collection_id)
        SELECT told.id, told.account_id, $3, $4, $5, $6, $7, told.account_id = ANY($8::bigint[]), $9
          FROM unnest($1::bigint[], $2::bigint[]) AS told (id, account_id)
            ON CONFLICT (account_id, dedupe_key) DO UPDATE
           SET type = excluded.type, from_account_id = excluded.from_account_id, is_filtered = excluded.is_filtered
         WHERE notification.type = 'status' AND excluded.type = 'mention'
        RETURNING id
        """,
        [ids.new(now) for _ in told],
        told,
        type_,
        from_id,
        post_id,
        now,
        key,
        held,
        collection_id,
    )
    if held:
        await requests.note(db, held, from_id, now=now)
    if written:
        await push_queue.put(db, [row["id"] for row in written], now=now)


async def _ask_and_tell(work: Work, question: str, about_id: int) -> None:
    async with work.transaction() as db:
        await _tell_found(db, await db.fetch(question, about_id), work.now)


async def _tell_found(db: Connection, found: Iterable[Row], now: datetime) -> None:
    """Tell whom a query has found, of what: its columns are `id`, `type`, `from_id`, `post_id` and `key`."""
    alike: dict[tuple[NotificationType, int, int | None, str], list[int]] = {}
    for row in found:
        alike.setdefault((row["type"], row["from_id"], row["post_id"], row["key"]), []).append(row["id"])
    for (type_, from_id, post_id, key), people in alike.items():
        await tell(db, people, type_, from_id, post_id, key, now)


async def _forget(db: Connection, post_id: int, key: str) -> None:
    await db.execute("DELETE FROM notification WHERE post_id = $1 AND dedupe_key = $2", post_id, key)
