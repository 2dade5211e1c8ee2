"""Threads from elsewhere are kept for a time and up to a number; what somebody here has a part in stays (D64)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict
from fedcomm.settings import Settings
from fedcomm.threads import outdated, posting, reactions, retention
from fedcomm.threads.model import Post
from fedcomm.threads.recounting import recount
from fedcomm.threads.retention import Run
from fedcomm.timelines import filters
from fedcomm.timelines.filters import Wish
from tests.factories import (
    HERE,
    NOON,
    later,
    make_account,
    make_draft,
    make_group,
    make_remote,
    make_remote_account,
    make_remote_group,
    make_reply,
    make_thread,
)

A_YEAR_LATER = later(days=400)
BOUNDS = Settings(name="", remote_posts_days=365, most_remote_posts=0)


async def whole_run(db: Connection, bounds: Settings = BOUNDS, *, removes: bool = True) -> Run:
    await retention.begin(db, None, bounds, removes=removes, now=A_YEAR_LATER)
    while await retention.go_on(db, now=A_YEAR_LATER):
        pass
    return (await retention.newest(db))[0]


async def there(db: Connection, *posts: Post) -> list[bool]:
    rows = await db.fetch("SELECT id FROM post")
    return [post.id in {row["id"] for row in rows} for post in posts]


async def test_c11_old_threads_from_elsewhere_go_whole_and_counters_stay_right(db: Connection) -> None:
    rui, sol = await make_remote_account(db, "rui"), await make_remote_account(db, "sol", host="gamma.example")
    market = await make_remote_group(db)
    ada = await make_account(db)
    root = await make_thread(db, rui, text="#ovens @sol")
    answer = await make_reply(db, sol, root, mentioning=[rui])
    in_market = await make_thread(db, rui, market)
    await reactions.favourite(db, HERE, sol, root.id, now=NOON)
    await reactions.boost(db, HERE, sol, answer.id, now=NOON)
    ours = await make_thread(db, ada)
    young = await make_thread(db, rui, now=A_YEAR_LATER - timedelta(days=3))
    grown = await make_thread(db, rui)
    await make_reply(db, sol, grown, now=A_YEAR_LATER - timedelta(days=3))

    run = await whole_run(db)

    assert await there(db, root, answer, in_market) == [False] * 3
    assert await there(db, ours, young, grown) == [True] * 3
    assert (run.state, run.threads_count, run.posts_count) == ("done", 2, 3)
    assert (run.posts_before, run.posts_after) == (6, 3)
    assert await recount(db) == []
    assert await leftovers(db, {root.id, answer.id, in_market.id}) == []


ELSEWHERE_KEPT = {
    "activity": "what we sent, about posts in which somebody here has a part",
    "first_look": "of posts that were written here",
    "imported_post": "of posts that were written here",
    "held_file": "of posts that were written here",
    "legal_hold": "keeps its thread",
    "legal_notice": "keeps its thread, by the report that is made with it",
    "idempotency_key": "of posts that were written here",
    "live_update": "forgotten after minutes",
    "media": "of posts that were written here",
    "bookmark": "keeps its thread",
    "conversation": "keeps its thread",
    "conversation_post": "keeps its thread",
    "filter_post": "keeps its thread",
    "notification": "keeps its thread",
    "pin": "keeps its thread",
    "report_post": "keeps its thread",
    "thread_mute": "keeps its thread",
}


async def test_every_table_that_names_posts_is_thought_of(db: Connection) -> None:
    """Who adds one says whether its rows keep a thread, or go with it (`outdated.py`)."""
    rows = await db.fetch(
        """
        SELECT DISTINCT table_name
          FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name IN ('post_id', 'thread_id', 'quoted_id')
        """
    )
    source = Path(outdated.__file__).read_text(encoding="utf-8")
    unknown = {
        row["table_name"]
        for row in rows
        if row["table_name"] not in ELSEWHERE_KEPT and f"DELETE FROM {row['table_name']} " not in source
    }

    assert unknown == {"post", "poll", "poll_option", "poll_vote", "quote_stamp"} & unknown


async def leftovers(db: Connection, gone: set[int]) -> list[str]:
    """Tables that still speak of posts that are gone."""
    columns = await db.fetch(
        """
        SELECT table_name, column_name
          FROM information_schema.columns
         WHERE table_schema = 'public'
           AND column_name IN ('post_id', 'thread_id', 'quoted_id', 'parent_id', 'last_post_id')
        """
    )
    return [
        f"{row['table_name']}.{row['column_name']}"
        for row in columns
        if row["table_name"] not in ("live_update",)  # forgotten after minutes
        and await db.fetchval(
            f"SELECT EXISTS (SELECT FROM {row['table_name']} WHERE {row['column_name']} = ANY($1))", list(gone)
        )
    ]


Act = Callable[[Connection, Account, Post, Post], Awaitable[object]]


async def quote(db: Connection, ada: Account, _: Post, answer: Post) -> None:
    mine = await make_thread(db, ada)
    await db.execute(
        """
        INSERT INTO quote (post_id, author_id, quoted_uri, quoted_id, state, created_at)
        VALUES ($1, $2, $3, $4, 'accepted', $5)
        """,
        mine.id,
        ada.id,
        answer.uri,
        answer.id,
        NOON,
    )


async def report(db: Connection, ada: Account, _: Post, answer: Post) -> None:
    await db.execute(
        """
        INSERT INTO report (id, reporter_id, target_id, category, comment, created_at, updated_at)
        VALUES (1, $1, $2, 'spam', '', now(), now())
        """,
        ada.id,
        answer.author_id,
    )
    await db.execute("INSERT INTO report_post (report_id, post_id) VALUES (1, $1)", answer.id)


async def vote(db: Connection, ada: Account, root: Post, _: Post) -> None:
    await db.execute("INSERT INTO poll (post_id, is_multiple, voters_count) VALUES ($1, false, 1)", root.id)
    await db.execute(
        "INSERT INTO poll_vote (id, post_id, account_id, position, created_at) VALUES (1, $1, $2, 0, $3)",
        root.id,
        ada.id,
        NOON,
    )


async def carry(db: Connection, ada: Account, root: Post, _: Post) -> None:
    group = await make_group(db, members=[ada])
    await db.execute(
        """
        INSERT INTO carry (id, thread_id, group_id, requested_by, state, created_at)
        VALUES (1, $1, $2, $3, 'requested', $4)
        """,
        root.id,
        group.id,
        ada.id,
        NOON,
    )


async def hold(db: Connection, _: Account, __: Post, answer: Post) -> None:
    await db.execute("UPDATE post SET state = 'removed' WHERE id = $1", answer.id)


async def schedule(db: Connection, ada: Account, _: Post, answer: Post) -> None:
    await db.execute(
        """
        INSERT INTO scheduled_post (id, account_id, form, due_at, try_at, created_at)
        VALUES (1, $1, $2, $3, $3, $3)
        """,
        ada.id,
        {"in_reply_to_id": str(answer.id)},
        NOON,
    )


async def evidence(db: Connection, _: Account, __: Post, answer: Post) -> None:
    await db.execute(
        """
        INSERT INTO legal_hold (id, kind, about, person_id, reason, created_at)
        VALUES (1, 'person', 'somebody', $1, 'A court asked.', now())
        """,
        answer.author_id,
    )


ACTS: dict[str, Act] = {
    "favourite": lambda db, ada, _, answer: reactions.favourite(db, HERE, ada, answer.id, now=NOON),
    "bookmark": lambda db, ada, _, answer: reactions.bookmark(db, HERE, ada, answer.id, now=NOON),
    "boost": lambda db, ada, _, answer: reactions.boost(db, HERE, ada, answer.id, now=NOON),
    "reply": lambda db, ada, _, answer: make_reply(db, ada, answer),
    "mention": lambda db, ada, root, _: mentioned(db, ada, root),
    "mute": lambda db, ada, root, _: db.execute("INSERT INTO thread_mute VALUES ($1, $2, now())", ada.id, root.id),
    "filter": lambda db, ada, _, answer: hide(db, ada, answer),
    "quote": quote,
    "report": report,
    "vote": vote,
    "carry": carry,
    "removed here": hold,
    "scheduled reply": schedule,
}


async def mentioned(db: Connection, ada: Account, root: Post) -> None:
    await make_reply(db, await make_remote_account(db, "tess"), root, mentioning=[ada])


async def hide(db: Connection, ada: Account, answer: Post) -> None:
    made = await filters.create(db, ada.id, Wish(title="Not again", contexts=("home",)), now=NOON)
    await filters.add_post(db, made, answer.id, now=NOON)


async def test_what_is_held_as_evidence_stays_until_the_hold_ends(db: Connection) -> None:
    """C07."""
    ada, rui = await make_account(db), await make_remote_account(db)
    post = await make_thread(db, rui)
    await evidence(db, ada, post, post)

    await whole_run(db)
    held = await there(db, post)
    await db.execute("UPDATE legal_hold SET ended_at = now()")
    await whole_run(db)

    assert held == [True]
    assert await there(db, post) == [False]


@pytest.mark.parametrize("what", sorted(ACTS))
async def test_a_thread_in_which_somebody_here_has_a_part_stays_whole(db: Connection, what: str) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    root, other = await make_thread(db, rui), await make_thread(db, rui)
    answer = await make_reply(db, rui, root)

    await ACTS[what](db, ada, root, answer)
    await whole_run(db)

    assert await there(db, root, answer, other) == [True, True, False]


async def test_what_stands_in_a_group_of_ours_stays(db: Connection) -> None:
    rui = await make_remote_account(db)
    group = await make_group(db, members=[rui])
    post = await make_thread(db, rui, group)

    run = await whole_run(db)

    assert await there(db, post) == [True]
    assert (run.looked_count, run.threads_count) == (1, 0)


async def test_a_look_says_what_would_go_and_removes_nothing(db: Connection) -> None:
    rui = await make_remote_account(db)
    posts = [await make_thread(db, rui, now=later(seconds=n)) for n in range(5)]

    looked = await whole_run(db, removes=False)
    after_look = await there(db, *posts)
    removed = await whole_run(db)

    assert after_look == [True] * 5
    assert (looked.posts_count, removed.posts_count) == (5, 5)
    assert await there(db, *posts) == [False] * 5


async def test_the_oldest_go_when_there_are_too_many_but_none_of_the_last_week(db: Connection) -> None:
    rui = await make_remote_account(db)
    old = [await make_thread(db, rui, now=later(days=300 + n)) for n in range(4)]
    young = [await make_thread(db, rui, now=A_YEAR_LATER - timedelta(days=1, hours=n)) for n in range(4)]

    some = await whole_run(db, Settings(name="", remote_posts_days=0, most_remote_posts=6))
    after_some = await there(db, *old)
    await whole_run(db, Settings(name="", remote_posts_days=0, most_remote_posts=1))

    assert some.posts_count == 2
    assert after_some == [False, False, True, True]
    assert await there(db, *old) == [False] * 4
    assert await there(db, *young) == [True] * 4


async def test_without_bounds_nothing_goes(db: Connection) -> None:
    rui = await make_remote_account(db)
    post = await make_thread(db, rui)
    forever = Settings(name="", remote_posts_days=0, most_remote_posts=0)

    begun = await retention.begin_due(db, forever, every=timedelta(days=1), now=A_YEAR_LATER)
    await whole_run(db, forever)

    assert begun is None
    assert await there(db, post) == [True]


async def test_a_run_goes_on_where_it_was_when_a_step_fails(db: Connection) -> None:
    """R007: what a step did and how far it came are one transaction."""
    rui = await make_remote_account(db)
    posts = [await make_thread(db, rui, now=later(seconds=n)) for n in range(6)]
    await retention.begin(db, None, BOUNDS, removes=True, now=A_YEAR_LATER)
    await retention.go_on(db, now=A_YEAR_LATER, at_once=2)

    with pytest.raises(RuntimeError):
        async with db.transaction():
            await retention.go_on(db, now=A_YEAR_LATER, at_once=2)
            raise RuntimeError("the machine stops")
    after = await there(db, *posts)
    while await retention.go_on(db, now=A_YEAR_LATER, at_once=2):
        pass

    assert after == [False, False, True, True, True, True]
    assert await there(db, *posts) == [False] * 6
    assert (await retention.newest(db))[0].posts_count == 6
    assert await recount(db) == []


async def test_only_one_run_is_under_way_and_it_can_be_stopped(db: Connection) -> None:
    await retention.begin(db, None, BOUNDS, removes=False, now=A_YEAR_LATER)
    with pytest.raises(Conflict):
        await retention.begin(db, None, BOUNDS, removes=True, now=A_YEAR_LATER)
    waits = await retention.begin_due(db, BOUNDS, every=timedelta(days=1), now=A_YEAR_LATER)

    await retention.stop(db, None, now=A_YEAR_LATER)
    begun = await retention.begin_due(db, BOUNDS, every=timedelta(days=1), now=A_YEAR_LATER)
    too_soon = await retention.begin_due(db, BOUNDS, every=timedelta(days=1), now=A_YEAR_LATER + timedelta(hours=23))

    assert waits is None
    assert begun is not None
    assert begun.removes
    assert too_soon is None


async def test_what_went_comes_back_when_it_is_sent_again(db: Connection) -> None:
    """It is not remembered as gone: only its author can end it."""
    rui = await make_remote_account(db)
    post = await make_thread(db, rui)
    await whole_run(db)

    again = await posting.publish(
        db, HERE, rui, make_draft("Back.", remote=make_remote(rui, uri=post.uri)), now=A_YEAR_LATER
    )

    assert again.uri == post.uri
    assert await outdated.count_posts(db) == 1
