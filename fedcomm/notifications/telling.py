"""Whom to tell of what: consequences of facts. Only people who live here are told, each once of one thing (R022)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fedcomm import facts, ids
from fedcomm.database import Connection
from fedcomm.jobs.work import Work
from fedcomm.notifications import policy, push_queue, requests
from fedcomm.notifications.model import NotificationType
from fedcomm.threads.audience import visible_to


async def concerning(db: Connection, post_ids: Sequence[int]) -> list[int]:
    """Those of these posts of which anybody might have to be told."""
    rows = await db.fetch(
        """
        SELECT post.id
          FROM post
         WHERE post.id = ANY($1::bigint[])
           AND (post.parent_author_id IS NOT NULL
                OR EXISTS (SELECT FROM post_mention WHERE post_mention.post_id = post.id)
                OR EXISTS (SELECT
                             FROM follow
                            WHERE follow.followee_id = post.author_id AND follow.notify AND follow.state = 'accepted'))
        """,
        list(post_ids),
    )
    return [row["id"] for row in rows]


async def of_post(work: Work, fact: facts.PostPublished) -> None:
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
            SELECT person.id, post.author_id
              FROM told
              JOIN account person ON person.id = told.id AND person.is_local AND person.kind = 'person'
              JOIN post ON post.id = $1 AND post.state = 'visible' AND post.author_id <> person.id
             WHERE {visible_to("person.id")}
            """,
            fact.post_id,
        )
        for row in named:
            await tell(db, [row["id"]], "mention", row["author_id"], fact.post_id, f"post:{fact.post_id}", work.now)
        watching = await db.fetch(
            f"""
            SELECT person.id, post.author_id
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
        for row in watching:
            await tell(db, [row["id"]], "status", row["author_id"], fact.post_id, f"post:{fact.post_id}", work.now)


async def of_announcement(work: Work, fact: facts.ThreadAnnounced | facts.ThreadAnnouncedElsewhere) -> None:
    """Who has the bell of a group switched on hears of its new threads; of a thread in two groups once."""
    async with work.transaction() as db:
        watching = await db.fetch(
            f"""
            SELECT person.id, boost.account_id AS group_id, post.id AS post_id
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
        if watching:
            post_id = watching[0]["post_id"]
            people = [row["id"] for row in watching]
            await tell(db, people, "status", watching[0]["group_id"], post_id, f"post:{post_id}", work.now)


async def of_favourite(work: Work, fact: facts.PostFavourited) -> None:
    """The author of a post that was favourited."""
    async with work.transaction() as db:
        row = await db.fetchrow(
            """
            SELECT post.author_id, favourite.account_id, post.id
              FROM favourite
              JOIN post ON post.id = favourite.post_id AND post.author_id <> favourite.account_id
              JOIN account person ON person.id = post.author_id AND person.is_local AND person.kind = 'person'
             WHERE favourite.id = $1
            """,
            fact.favourite_id,
        )
        if row is not None:
            key = f"favourite:{row['id']}:{row['account_id']}"
            await tell(db, [row["author_id"]], "favourite", row["account_id"], row["id"], key, work.now)


async def of_favourite_undone(work: Work, fact: facts.FavouriteUndone) -> None:
    """A favourite that was taken back is no news any more."""
    async with work.transaction() as db:
        await _forget(db, fact.post_id, f"favourite:{fact.post_id}:{fact.account_id}")


async def of_boost(work: Work, fact: facts.PostBoosted) -> None:
    """The author of a post that somebody boosted."""
    async with work.transaction() as db:
        row = await db.fetchrow(
            """
            SELECT post.author_id, boost.account_id, post.id
              FROM boost
              JOIN post ON post.id = boost.post_id AND post.author_id <> boost.account_id
              JOIN account person ON person.id = post.author_id AND person.is_local AND person.kind = 'person'
             WHERE boost.id = $1 AND NOT boost.is_group
            """,
            fact.boost_id,
        )
        if row is not None:
            key = f"reblog:{row['id']}:{row['account_id']}"
            await tell(db, [row["author_id"]], "reblog", row["account_id"], row["id"], key, work.now)


async def of_boost_undone(work: Work, fact: facts.BoostUndone) -> None:
    """A boost that was taken back is no news any more."""
    async with work.transaction() as db:
        await _forget(db, fact.post_id, f"reblog:{fact.post_id}:{fact.account_id}")


async def of_follow(work: Work, fact: facts.FollowReceived) -> None:
    """Whom somebody follows, or asks to."""
    async with work.transaction() as db:
        row = await db.fetchrow(
            """
            SELECT follow.followee_id, follow.follower_id, follow.state
              FROM follow
              JOIN account person ON person.id = follow.followee_id AND person.is_local AND person.kind = 'person'
             WHERE follow.id = $1
            """,
            fact.follow_id,
        )
        if row is not None:
            type_: NotificationType = "follow" if row["state"] == "accepted" else "follow_request"
            key = f"{type_}:{row['follower_id']}"
            await tell(db, [row["followee_id"]], type_, row["follower_id"], None, key, work.now)


async def of_edit(work: Work, fact: facts.PostEdited) -> None:
    """Who boosted a post stands for what it said; they hear that it says something else now."""
    async with work.transaction() as db:
        rows = await db.fetch(
            """
            SELECT person.id, post.author_id, post.version
              FROM post
              JOIN boost ON boost.post_id = post.id AND NOT boost.is_group
              JOIN account person ON person.id = boost.account_id AND person.is_local AND person.kind = 'person'
             WHERE post.id = $1 AND post.state = 'visible' AND person.id <> post.author_id
            """,
            fact.post_id,
        )
        for row in rows:
            key = f"update:{fact.post_id}:{row['version']}"
            await tell(db, [row["id"]], "update", row["author_id"], fact.post_id, key, work.now)
        await _tell_who_quote(db, fact.post_id, work.now)


async def _tell_who_quote(db: Connection, post_id: int, now: datetime) -> None:
    """Who quotes a post hears that it says something else now; the notification is about their own post."""
    rows = await db.fetch(
        """
        SELECT person.id, quoted.author_id, quoted.version, quote.post_id
          FROM quote
          JOIN post quoted ON quoted.id = quote.quoted_id AND quoted.state = 'visible'
          JOIN account person ON person.id = quote.author_id AND person.is_local AND person.kind = 'person'
         WHERE quote.quoted_id = $1 AND quote.state = 'accepted' AND person.id <> quoted.author_id
        """,
        post_id,
    )
    for row in rows:
        key = f"quoted_update:{row['post_id']}:{row['version']}"
        await tell(db, [row["id"]], "quoted_update", row["author_id"], row["post_id"], key, now)


async def of_quote(work: Work, fact: facts.QuoteAccepted) -> None:
    """Whose post somebody quotes, with consent."""
    async with work.transaction() as db:
        row = await db.fetchrow(
            """
            SELECT quoted.author_id AS quoted_author_id, post.author_id, post.id
              FROM quote
              JOIN post ON post.id = quote.post_id AND post.state = 'visible'
              JOIN post quoted ON quoted.id = quote.quoted_id AND quoted.author_id <> post.author_id
              JOIN account person ON person.id = quoted.author_id AND person.is_local AND person.kind = 'person'
             WHERE quote.post_id = $1 AND quote.state = 'accepted'
            """,
            fact.post_id,
        )
        if row is not None:
            key = f"quote:{row['id']}"
            await tell(db, [row["quoted_author_id"]], "quote", row["author_id"], row["id"], key, work.now)


async def of_quote_withdrawn(work: Work, fact: facts.QuoteWithdrawn) -> None:
    """A quote that is not shown any more is no news."""
    async with work.transaction() as db:
        await _forget(db, fact.post_id, f"quote:{fact.post_id}")


async def of_poll_end(work: Work, fact: facts.PollEnded) -> None:
    """Who asked, and who voted; nobody learns who else did. Of a poll elsewhere once, however often it ends."""
    async with work.transaction() as db:
        rows = await db.fetch(
            f"""
            SELECT person.id, post.author_id, CASE WHEN post.is_local THEN poll.ends_at END AS ends_at
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
        if rows:
            at = rows[0]["ends_at"]
            key = f"poll:{fact.poll_id}" if at is None else f"poll:{fact.poll_id}:{at.timestamp():.0f}"
            people = [row["id"] for row in rows]
            await tell(db, people, "poll", rows[0]["author_id"], fact.poll_id, key, work.now)


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
) -> None:
    """Write notifications down, one for each person and key. Being named weighs more than a bell."""
    judged = await policy.judge(db, told := list(people), type_, from_id, post_id, now=now)
    told = [person for person in told if judged.get(person) != "drop"]
    held = [person for person in told if judged.get(person) == "filter"]
    written = await db.fetch(
        """
        INSERT INTO notification (id, account_id, type, from_account_id, post_id, created_at, dedupe_key, is_filtered)
        SELECT told.id, told.account_id, $3, $4, $5, $6, $7, told.account_id = ANY($8::bigint[])
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
    )
    if held:
        await requests.note(db, held, from_id, now=now)
    if written:
        await push_queue.put(db, [row["id"] for row in written], now=now)


async def _forget(db: Connection, post_id: int, key: str) -> None:
    await db.execute("DELETE FROM notification WHERE post_id = $1 AND dedupe_key = $2", post_id, key)
