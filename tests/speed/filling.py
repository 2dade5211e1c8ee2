"""A large instance, made by the database itself: so many posts of others beside a cast that is always the same.

What is measured belongs to the cast: a member of busy groups, one of quiet groups only, one who follows thousands, a
thread of 10,000 replies, a group with 100,000 followers on 5,000 hosts, 50 dead peers. The rest must not matter.
"""

from collections.abc import Sequence

from fedcomm import database
from fedcomm.database import Connection
from tests.speed.cast import (
    ASKER,
    BASE,
    BUSY,
    CHATS,
    DEAD_PEERS,
    DOMAIN,
    FEW_REPLIES,
    GROUPS,
    HOSTS,
    HUGE,
    KEEN_READER,
    LOCAL,
    OWNER,
    QUIET,
    QUIET_READER,
    READER,
    REMOTE,
    REPLIES,
    TAG_READER,
    TOLD,
    WAITING_EACH,
)
from tests.speed.filling_desk import DESK

STEP_MS = 60_000
"""Between two posts, so that days hold as many wherever there are more."""

WORDS = "'w' || (({}) % 4999) || ' v' || (({}) % 997) || ' u' || (({}) % 89)"


async def fill(url: str, posts: int, also: Sequence[str] = ()) -> None:
    """Make so many posts of others, and the cast, in an empty database; statements may follow.

    Raises asyncpg.PostgresError.
    """
    db = await database.connect(url)
    try:
        await db.execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET work_mem = '128MB'")
        await db.fetchval("SELECT set_config('fill.posts', $1, false)", str(posts))
        await db.fetchval(f"SELECT set_config('fill.newest', {NOW_NEWEST}::text, false)")
        indexes = await _without_indexes(db)
        for statement in (*CAST, *DESK, *OTHERS, *also):
            await db.execute(statement)
        for each in indexes:
            await db.execute(each)
        await db.execute("VACUUM ANALYZE")
    finally:
        await db.close()


async def _without_indexes(db: Connection) -> Sequence[str]:
    """Take away what is filled faster without; returns how it is made again."""
    rows = await db.fetch(
        """
        SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
          FROM pg_index
         WHERE NOT indisprimary
           AND indrelid::regclass::text = ANY($1)
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """,
        list(FILLED),
    )
    for row in rows:
        await db.execute(f"DROP INDEX {row['name']}")
    return [row["made"] for row in rows]


FILLED = (
    "account", "follow", "post", "boost", "favourite", "post_mention", "post_tag", "post_attachment", "notification",
    "thread_context", "poll_vote", "quote", "conversation", "conversation_post", "inbox_item", "seen_activity",
    "activity", "pending_delivery", "done_delivery", "failed_delivery", "bookmark", "carry", "membership",
)  # fmt: skip

NOW_NEWEST = "((extract(epoch FROM now()) * 1000)::bigint - 600000)"
NEWEST = "current_setting('fill.newest')::bigint"
"""Milliseconds: when the newest post was written, the same for all statements of a filling."""


def _id(number: str) -> str:
    """The id of a post of others, by its number, 1 the oldest."""
    return f"(({NEWEST} - (current_setting('fill.posts')::bigint - ({number})) * {STEP_MS}) << 16)"


_PLACE = f"((CASE WHEN id >> 16 < 1600000000000 THEN id >> 16 ELSE {NEWEST} - (id >> 16) END) / {STEP_MS})"
"""What decides which posts have tags, boosts, polls: never the hour of the filling."""

_OLD = "((1577836800000 + ({}) * 1000) << 16)"
"""An id of the year 2020, before all others."""


def _at(identifier: str) -> str:
    return f"to_timestamp((({identifier}) >> 16) / 1000.0)"


def _text(number: str) -> str:
    words = WORDS.format(f"{number} * 7919", f"{number} * 104729", f"{number} * 31")
    return f"""'<p>' || {words} || CASE WHEN {number} % 3 = 0 THEN ' oven' ELSE ' mixer' END
               || ' and a few more words, so that a post is as long as posts are, with a reason and a question.</p>'"""


_POST_COLUMNS = """id, uri, url, is_local, author_id, group_id, thread_id, parent_id, parent_author_id, object_type,
                   kind, title, content_html, source, language, audience, context_uri, replies_count, favourites_count,
                   boosts_count, is_quote, published_at, created_at"""

CAST = (
    f"""
    INSERT INTO account (id, kind, is_local, handle, handle_key, handle_domain, authority, uri, url, inbox_url,
                         shared_inbox_url, followers_url, name, bio_html, posts_count, followers_count, created_at,
                         updated_at, fetched_at, last_post_at, replies_count)
    SELECT n, kind, is_local, handle, handle, domain, domain, uri, base || '/@' || handle,
           uri || '/inbox', base || '/inbox', uri || '/followers',
           initcap(kind) || ' ' || n, '<p>About ' || n || '</p>', 10, 10, now() - interval '3 years', now(), now(),
           now() - n % 1000 * interval '1 hour', 5
      FROM (SELECT *, base || CASE kind WHEN 'group' THEN '/groups/' ELSE '/u/' END || handle AS uri
              FROM (SELECT n, CASE WHEN n <= {GROUPS} THEN 'group' ELSE 'person' END AS kind, n <= {LOCAL} AS is_local,
                   CASE WHEN n <= {GROUPS} THEN 'group_' ELSE 'person_' END || n AS handle,
                   CASE WHEN n <= {LOCAL} THEN '{DOMAIN}' ELSE 'h' || n % {HOSTS} || '.example' END AS domain,
                   CASE WHEN n <= {LOCAL} THEN '{BASE}' ELSE 'https://h' || n % {HOSTS} || '.example' END AS base
              FROM (SELECT generate_series(1, {LOCAL}) AS n
                 UNION ALL
                    SELECT generate_series({REMOTE.start}, {REMOTE.stop - 1})) ids) parts) made
    """,
    f"""
    INSERT INTO group_profile (account_id, purpose, created_at)
    SELECT n, 'Talk among ' || n, now() FROM generate_series(1, {GROUPS}) n
    """,
    f"""
    INSERT INTO login (account_id, email, email_key, role, created_at, confirmed_at)
    SELECT n, n || '@company.example', n || '@company.example', CASE n WHEN {OWNER} THEN 'owner' ELSE 'member' END,
           now(), now()
      FROM generate_series({GROUPS + 1}, {LOCAL}) n
    """,
    f"""
    INSERT INTO peer (authority, first_seen_at, announce_form, profile_checked_at)
    SELECT 'h' || n || '.example', now(), 'A', now() FROM generate_series(0, {HOSTS - 1}) n
    """,
    f"""
    INSERT INTO follow (id, follower_id, followee_id, state, uri, created_at)
    SELECT row_number() OVER (), follower, followee, 'accepted', 'https://x.example/follows/' || row_number() OVER (),
           now()
      FROM (SELECT n AS follower, {HUGE} AS followee FROM generate_series({REMOTE.start}, {REMOTE.stop - 1}) n
         UNION
            SELECT {READER}, n FROM generate_series({BUSY}, 21) n
         UNION
            SELECT {READER}, {REMOTE.start} + n * 7 FROM generate_series(1, 30) n
         UNION
            SELECT {READER}, {GROUPS} + 20 + n FROM generate_series(1, 20) n
         UNION
            SELECT {QUIET_READER}, n FROM generate_series({QUIET.start}, {QUIET.stop - 1}) n
         UNION
            SELECT {KEEN_READER}, {REMOTE.start} + n * 11 FROM generate_series(1, 2000) n
         UNION
            SELECT n, {BUSY} + n % 59 FROM generate_series({GROUPS + 20}, {LOCAL}) n
         UNION
            SELECT n, {REMOTE.start} + n * 13 % 100000 FROM generate_series({GROUPS + 20}, {LOCAL}) n
         UNION
            SELECT {REMOTE.start} + n % 100000, {GROUPS + 20} + n % 1900 FROM generate_series(1, 40000) n) pairs
    """,
    f"""
    INSERT INTO membership (group_id, member_id, state, how, created_at, updated_at)
    SELECT followee_id, follower_id, 'active', 'follow', now(), now() FROM follow WHERE followee_id <= {GROUPS}
    """,
    f"""
    INSERT INTO membership (group_id, member_id, state, role, how, created_at, updated_at)
    SELECT n, {OWNER}, 'active', 'facilitator', 'creator', now(), now() FROM generate_series(1, {GROUPS}) n
    """,
    f"""
    INSERT INTO tag_follow (id, account_id, tag, shown_as, created_at)
    VALUES (1, {TAG_READER}, 'ovens', 'ovens', now()), (2, {TAG_READER}, 'rare', 'rare', now())
    """,
    # Three old threads in each quiet group, and one of 10,000 replies.
    f"""
    INSERT INTO post ({_POST_COLUMNS})
    SELECT id, '{BASE}/p/' || id, '{BASE}/@person/' || id, true, {GROUPS} + 50 + n % 40, {QUIET.start} + n % 40, id,
           NULL, NULL, 'Article', 'discussion', 'Quiet ' || n, {_text("n")}, 'x', 'en', 'public', '{BASE}/t/' || id, 0,
           0, 1, false, {_at("id")}, {_at("id")}
      FROM (SELECT n, {_OLD.format("n")} AS id FROM generate_series(1, 120) n) made
    """,
    f"""
    INSERT INTO post ({_POST_COLUMNS})
    SELECT id, '{BASE}/p/' || id, '{BASE}/@person/' || id, n % 2 = 0,
           CASE n % 2 WHEN 0 THEN {GROUPS} + 50 + n % 900 ELSE {REMOTE.start} + n END, {BUSY}, {_OLD.format("1000")},
           CASE WHEN n > 0 THEN {_OLD.format("1000 + CASE n % 4 WHEN 0 THEN 0 ELSE n - n % 4 END")} END,
           CASE WHEN n > 0 THEN {GROUPS} + 50 + CASE n % 4 WHEN 0 THEN 0 ELSE (n - n % 4) % 900 END END, 'Note',
           CASE n WHEN 0 THEN 'question' END,
           CASE n WHEN 0 THEN 'Ten thousand answers' END, {_text("n")}, 'x', 'en', 'public',
           '{BASE}/t/' || {_OLD.format("1000")}, CASE n WHEN 0 THEN {REPLIES} ELSE 0 END, 0, 0, false, {_at("id")},
           {_at("id")}
      FROM (SELECT n, {_OLD.format("1000 + n")} AS id FROM generate_series(0, {REPLIES}) n) made
    """,
    # One of a hundred replies.
    f"""
    INSERT INTO post ({_POST_COLUMNS})
    SELECT id, '{BASE}/p/' || id, '{BASE}/@person/' || id, true, {ASKER} + n * 7 % 60, {BUSY},
           {_OLD.format("200000")},
           CASE WHEN n > 0 THEN {_OLD.format("200000 + n / 3 * (n % 3)")} END,
           CASE WHEN n > 0 THEN {ASKER} END, 'Note', CASE n WHEN 0 THEN 'question' END,
           CASE n WHEN 0 THEN 'A hundred answers' END, {_text("n")}, 'x', 'en', 'public',
           '{BASE}/t/' || {_OLD.format("200000")}, CASE n WHEN 0 THEN {FEW_REPLIES} ELSE 0 END, 0, 0, false,
           {_at("id")}, {_at("id")}
      FROM (SELECT n, {_OLD.format("200000 + n")} AS id FROM generate_series(0, {FEW_REPLIES}) n) made
    """,
    # The reader's conversations: direct posts, one each.
    f"""
    INSERT INTO post ({_POST_COLUMNS})
    SELECT id, '{BASE}/p/' || id, '{BASE}/@person/' || id, true, {GROUPS} + 20 + n, NULL, id, NULL, NULL, 'Note',
           NULL, NULL, {_text("n")}, 'x', 'en', 'direct', '{BASE}/t/' || id, 0, 0, 0, false, {_at("id")}, {_at("id")}
      FROM (SELECT n, {_OLD.format("100000 + n")} AS id FROM generate_series(1, {CHATS}) n) made
    """,
    f"""
    INSERT INTO post_mention (post_id, account_id)
    SELECT id, {READER} FROM post WHERE audience = 'direct'
    """,
    f"""
    INSERT INTO conversation (id, account_id, thread_id, participant_ids, last_post_id)
    SELECT id + 1, {READER}, id, ARRAY[author_id], id FROM post WHERE audience = 'direct'
    """,
    """
    INSERT INTO conversation_post (conversation_id, post_id, is_unread) SELECT id, last_post_id, true FROM conversation
    """,
    # 50 dead peers, each with 1,000 deliveries that wait; other hosts have had theirs.
    f"""
    INSERT INTO destination (id, inbox_url, authority)
    SELECT n + 1, 'https://h' || n || '.example/inbox', 'h' || n || '.example' FROM generate_series(0, {HOSTS - 1}) n
    """,
    f"""
    INSERT INTO activity (id, uri, actor_id, type, body, is_public, created_at)
    SELECT n, '{BASE}/a/' || n, {GROUPS} + 20, 'Create', '\\x7b7d', true, now() FROM generate_series(1, 20000) n
    """,
    f"""
    INSERT INTO delivery_peer (authority, ready_at, failure_count, failing_since, open_count, wait_until)
    SELECT 'h' || n || '.example', CASE WHEN n < {DEAD_PEERS} THEN now() + interval '2 hours' END,
           CASE WHEN n < {DEAD_PEERS} THEN 9 ELSE 0 END, CASE WHEN n < {DEAD_PEERS} THEN now() END,
           CASE WHEN n < {DEAD_PEERS} THEN 5 ELSE 0 END, CASE WHEN n < {DEAD_PEERS} THEN now() + interval '2 hours' END
      FROM generate_series(0, {HOSTS - 1}) n
    """,
    f"""
    INSERT INTO pending_delivery (activity_id, destination_id, authority, order_key, due_at, attempts)
    SELECT a, host + 1, 'h' || host || '.example', a, now(), 3
      FROM generate_series(1, {WAITING_EACH}) a, generate_series(0, {DEAD_PEERS - 1}) host
    """,
    f"""
    INSERT INTO done_delivery (activity_id, destination_id, status, done_at)
    SELECT a, host, 202, now() - interval '1 hour'
      FROM generate_series(10000, 10039) a, generate_series({DEAD_PEERS + 1}, {HOSTS}) host
    """,
)

# Of ten posts three are threads of groups, two are personal, five answer: the first of their ten.
_SORT = f"""(SELECT n, {_id("n")} AS id, n - n % 10 AS root, {_id("n - n % 10")} AS root_id, n % 10 AS place,
                    {BUSY} + n / 10 * 31 % 59 AS home, {BUSY} + (n - n % 10) / 10 * 31 % 59 AS root_home,
                    CASE n % 3 WHEN 0 THEN {GROUPS} + 20 + n * 7919 % 1900
                    ELSE {REMOTE.start} + n * 7919 % 100000 END AS author,
                    CASE (n - n % 10) % 3 WHEN 0 THEN {GROUPS} + 20 + (n - n % 10) * 7919 % 1900
                    ELSE {REMOTE.start} + (n - n % 10) * 7919 % 100000 END AS root_author
               FROM generate_series(10, current_setting('fill.posts')::bigint) n) made"""

OTHERS = (
    f"""
    INSERT INTO post ({_POST_COLUMNS})
    SELECT id, CASE n % 3 WHEN 0 THEN '{BASE}/p/' ELSE 'https://x.example/p/' END || id, '{BASE}/@person/' || id,
           n % 3 = 0, author, CASE WHEN place < 3 THEN home WHEN place > 4 THEN root_home END,
           CASE WHEN place > 4 THEN root_id ELSE id END, CASE WHEN place > 4 THEN root_id END,
           CASE WHEN place > 4 THEN root_author END, CASE WHEN place < 3 THEN 'Article' ELSE 'Note' END,
           CASE WHEN place < 3 THEN 'question' END, CASE WHEN place < 3 THEN 'About w' || n * 7919 % 4999 END,
           {_text("n")}, 'x', 'en', CASE WHEN place = 4 THEN 'unlisted' ELSE 'public' END, '{BASE}/t/' || id,
           CASE place WHEN 0 THEN 5 ELSE 0 END, place % 3, CASE WHEN place < 3 THEN 1 ELSE 0 END,
           place = 3 AND n % 200 = 3,
           {_at("id")}, {_at("id")}
      FROM {_SORT}
    """,
    # Groups announce their threads; others carry some, people boost some.
    """
    INSERT INTO boost (id, account_id, post_id, author_id, is_group, uri, created_at)
    SELECT id + 1, group_id, id, author_id, true, 'https://x.example/announces/' || id, created_at
      FROM post
     WHERE thread_id = id AND group_id IS NOT NULL
    """,
    f"""
    INSERT INTO boost (id, account_id, post_id, author_id, is_group, created_at)
    SELECT id + 2,
           CASE WHEN group_id IS NULL THEN {REMOTE.start} + {_PLACE} * 7919 % 100000 ELSE group_id % 59 + 2 END, id,
           author_id, group_id IS NOT NULL, created_at
      FROM post
     WHERE thread_id = id AND audience = 'public' AND {_PLACE} % 7 = 0
    ON CONFLICT DO NOTHING
    """,
    f"""
    INSERT INTO favourite (id, account_id, post_id, created_at)
    SELECT id + k, {GROUPS + 20} + ({_PLACE} + k * 37) % 1900, id, created_at
      FROM post, generate_series(1, 2) k
     WHERE k <= favourites_count
    """,
    """
    INSERT INTO post_mention (post_id, account_id)
    SELECT id, parent_author_id FROM post WHERE parent_author_id IS NOT NULL
    """,
    # Two tags that are used a lot, one of them hardly here; one that is rare.
    f"""
    INSERT INTO post_tag (post_id, tag, shown_as, is_local)
    SELECT id, named.tag, named.tag, is_local
      FROM post
CROSS JOIN LATERAL (VALUES ('tag' || {_PLACE} % 997, 2), ('ovens', 9)) named (tag, each)
     WHERE thread_id = id AND audience = 'public' AND {_PLACE} % named.each = 0
    """,
    """
    INSERT INTO post_tag (post_id, tag, shown_as, is_local)
    SELECT id, 'rare', 'rare', is_local FROM post WHERE thread_id = id AND audience = 'public' ORDER BY id LIMIT 10
    """,
    "INSERT INTO thread_context (uri, thread_id) SELECT context_uri, id FROM post WHERE thread_id = id",
    f"""
    INSERT INTO post_attachment (post_id, position, media_type, remote_url, kind)
    SELECT id, 0, 'image/jpeg', 'https://x.example/' || id || '.jpg', 'image'
      FROM post
     WHERE thread_id = id AND {_PLACE} % 19 = 0 AND audience = 'public'
    """,
    f"""
    INSERT INTO poll (post_id, is_multiple, ends_at, voters_count)
    SELECT id, false, now() + interval '1 day', 5 FROM post
     WHERE thread_id = id AND is_local AND audience = 'public' AND {_PLACE} % 101 = 0
    """,
    """
    INSERT INTO poll_option (post_id, position, title, votes_count)
    SELECT post_id, k, 'Choice ' || k, 2 FROM poll, generate_series(0, 3) k
    """,
    f"""
    INSERT INTO poll_vote (id, post_id, account_id, position, created_at)
    SELECT post_id + k, post_id, {REMOTE.start} + k * 17, k % 4, now() FROM poll, generate_series(1, 5) k
    """,
    f"""
    INSERT INTO quote (post_id, author_id, quoted_uri, quoted_id, state, created_at)
    SELECT id, author_id, '{BASE}/p/' || {_OLD.format("1000")}, {_OLD.format("1000")}, 'accepted', created_at
      FROM post
     WHERE is_quote
    """,
    f"""
    INSERT INTO notification (id, account_id, type, from_account_id, post_id, created_at, dedupe_key)
    SELECT id + 5, parent_author_id, 'mention', author_id, id, created_at, 'mention ' || id
      FROM post
     WHERE parent_author_id <= {LOCAL}
    """,
    f"""
    INSERT INTO notification (id, account_id, type, from_account_id, post_id, created_at, dedupe_key)
    SELECT id + 7, {READER}, CASE number % 3 WHEN 0 THEN 'favourite' WHEN 1 THEN 'mention' ELSE 'reblog' END,
           author_id, id, created_at, 'reader ' || id
      FROM (SELECT id, author_id, created_at, row_number() OVER (ORDER BY id DESC) AS number
              FROM post
             WHERE audience = 'public'
          ORDER BY id DESC
             LIMIT {TOLD}) newest
    """,
    f"""
    INSERT INTO bookmark (id, account_id, post_id, created_at)
    SELECT id + 9, {READER}, id, created_at FROM post WHERE audience = 'public' ORDER BY id DESC LIMIT 200
    """,
    f"""
    INSERT INTO favourite (id, account_id, post_id, created_at)
    SELECT id + 9, {READER}, id, created_at FROM post WHERE audience = 'public' ORDER BY id DESC LIMIT 200
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO carry (id, thread_id, group_id, requested_by, state, boost_id, created_at)
    SELECT boost.id + 1, boost.post_id, boost.account_id, boost.author_id, 'carried', boost.id, boost.created_at
      FROM boost
      JOIN post ON post.id = boost.post_id
     WHERE boost.is_group AND post.group_id <> boost.account_id
    """,
    f"""
    INSERT INTO conversation (id, account_id, thread_id, participant_ids, last_post_id)
    SELECT id + 3, {GROUPS + 200} + {_PLACE} % 1500, id, ARRAY[author_id], id FROM post
     WHERE thread_id = id AND audience = 'unlisted' AND {_PLACE} % 3 = 0
    """,
    f"""
    INSERT INTO seen_activity (activity_uri, signer_uri, seen_at)
    SELECT uri || '/activity', 'https://x.example/' || author_id, now() - interval '1 day'
      FROM post
     WHERE NOT is_local AND {_PLACE} % 5 = 0
    """,
    f"""
    INSERT INTO inbox_item (id, activity_uri, activity_type, signer_uri, authority, received_at, state, attempts,
                            due_at, done_at)
    SELECT id + 4, uri || '/activity', 'Create', 'https://x.example/' || author_id,
           'h' || author_id % 5000 || '.example', now() - interval '1 day', 'done', 1, now() - interval '1 day',
           now() - interval '1 day'
      FROM post
     WHERE NOT is_local AND {_PLACE} % 5 = 0
    """,
    f"""
    INSERT INTO live_update (id, event, post_id, by_id)
    SELECT {NEWEST} + n << 16, 'update', id, author_id
      FROM (SELECT id, author_id, row_number() OVER () AS n FROM post ORDER BY id DESC LIMIT 200) newest
    """,
)
