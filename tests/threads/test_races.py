"""What happens at the same moment, on two connections in a fixed order (R019, R022-R025)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from fedcomm import database
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, Pool
from fedcomm.errors import Conflict, Gone, NotFound
from fedcomm.groups import membership
from fedcomm.threads import carrying, once, posting, reactions, reading
from fedcomm.threads.model import Draft, Post
from tests.conftest import MakeDatabase
from tests.factories import (
    HERE,
    NOON,
    again,
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

Step = Callable[[Connection], Awaitable[object]]


@pytest_asyncio.fixture
async def pool(database_url: MakeDatabase) -> AsyncIterator[Pool]:
    """A database of its own, and connections that commit."""
    opened = await database.open_pool(await database_url(), size=12)
    yield opened
    await opened.close()


async def at_once(pool: Pool, *steps: Step) -> list[object]:
    """Do several things, each in its own transaction with retries as the server has them, at the same time.

    Gives back what each returned or raised.
    """
    return await asyncio.gather(*(pool.retry(step) for step in steps), return_exceptions=True)


def crashes(outcome: list[object], *expected: type[Exception]) -> list[object]:
    """What went wrong that should not have."""
    return [each for each in outcome if isinstance(each, BaseException) and not isinstance(each, expected)]


def publishing(author: Account, draft: Draft) -> Step:
    return lambda db: posting.publish(db, HERE, author, draft, now=NOON)


def deleting(author: Account, uri: str) -> Step:
    return lambda db: posting.delete_by_uri(db, HERE, author.uri, uri, now=NOON)


def replying(author: Account, parent: Post) -> Step:
    return lambda db: make_reply(db, author, parent)


async def test_r022_twenty_copies_of_one_post_are_one_post(pool: Pool) -> None:
    async with pool.transaction() as db:
        rui = await make_remote_account(db)
        group = await make_group(db, members=[rui])
    draft = make_draft(group=group, remote=make_remote(rui))

    made = await at_once(pool, *[publishing(rui, draft)] * 20)

    assert crashes(made) == []
    assert len({post.id for post in made if isinstance(post, Post)}) == 1
    async with pool.transaction() as db:
        assert await db.fetchval("SELECT count(*) FROM post") == 1
        assert await db.fetchval("SELECT count(*) FROM boost") == 1
        assert await db.fetchval("SELECT count(*) FROM fact WHERE type IN ('PostPublished', 'ThreadAnnounced')") == 2
        assert (await again(db, rui)).posts_count == 1


async def test_r019_a_deletion_at_the_same_moment_wins_whoever_is_first(pool: Pool) -> None:
    async with pool.transaction() as db:
        rui = await make_remote_account(db)
    for _ in range(5):
        draft = make_draft(remote=make_remote(rui))
        assert draft.remote is not None
        uri = draft.remote.uri
        outcome = await at_once(pool, publishing(rui, draft), deleting(rui, uri))
        assert crashes(outcome, Gone) == []
        async with pool.transaction() as db:
            post = await reading.by_uri(db, uri)
            assert post is None or post.state == "deleted"


@pytest.mark.parametrize("deletion_first", [True, False])
async def test_r019_whoever_comes_second_waits_and_sees_what_the_first_did(pool: Pool, deletion_first: bool) -> None:
    async with pool.transaction() as db:
        rui = await make_remote_account(db)
    draft = make_draft(remote=make_remote(rui))
    assert draft.remote is not None
    uri = draft.remote.uri

    async with AsyncExitStack() as first, AsyncExitStack() as second:
        one = await first.enter_async_context(pool.transaction())
        two = await second.enter_async_context(pool.transaction())
        if deletion_first:
            await posting.delete_by_uri(one, HERE, rui.uri, uri, now=NOON)
            waiting = asyncio.create_task(gone(two, lambda: posting.publish(two, HERE, rui, draft, now=NOON)))
        else:
            await posting.publish(one, HERE, rui, draft, now=NOON)
            waiting = asyncio.create_task(gone(two, lambda: posting.delete_by_uri(two, HERE, rui.uri, uri, now=NOON)))
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        await first.aclose()
        await waiting

    async with pool.transaction() as db:
        post = await reading.by_uri(db, uri)
        assert post is None if deletion_first else post is not None and post.state == "deleted"


@pytest.mark.parametrize("answer_first", [True, False])
async def test_an_answer_goes_along_when_what_it_answers_gets_its_place_at_that_moment(
    pool: Pool, answer_first: bool
) -> None:
    """D51: whoever comes second waits, and puts its own where the thread is by then."""
    async with pool.transaction() as db:
        ada, rui = await make_account(db), await make_remote_account(db)
        group = await make_group(db, members=[ada, rui])
        root = make_draft(group=group, remote=make_remote(rui))
        assert root.remote is not None
        early = make_draft(remote=make_remote(rui, parent_uri=root.remote.uri))
        waits = await posting.publish(db, HERE, rui, early, now=NOON)

    steps = [replying(ada, waits), publishing(rui, root)]
    made: list[object] = []
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        one = await first.enter_async_context(pool.transaction())
        two = await second.enter_async_context(pool.transaction())
        begin, follow = steps if answer_first else reversed(steps)
        made.append(await begin(one))
        waiting = asyncio.ensure_future(follow(two))
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        await first.aclose()
        made.append(await waiting)

    async with pool.transaction() as db:
        places = {
            (found.thread_id, found.group_id)
            for post in made
            if isinstance(post, Post) and (found := await reading.find(db, post.id)) is not None
        }
        thread = await reading.by_uri(db, root.remote.uri)
        assert thread is not None
        assert places == {(thread.id, group.id)}


async def gone(db: Connection, work: Callable[[], Awaitable[object]]) -> None:
    """Do something that may find the post gone."""
    try:
        async with db.transaction():
            await work()
    except Gone:
        pass


async def test_r023_r025_many_at_once_are_counted_exactly(pool: Pool) -> None:
    async with pool.transaction() as db:
        ada = await make_account(db)
        group = await make_group(db, members=[ada])
        people = [await make_remote_account(db, f"p{n}") for n in range(8)]
        thread = await make_thread(db, ada, group)

    def liking(who: Account) -> Step:
        return lambda db: reactions.favourite(db, HERE, who, thread.id, uri=f"{who.uri}#l", now=NOON)

    def joining(who: Account) -> Step:
        return lambda db: membership.receive_follow(db, HERE, who, group, f"{who.uri}#f", now=NOON)

    def taking_back(who: Account) -> Step:
        return lambda db: reactions.unfavourite(db, HERE, who, thread.id, now=later(hours=1))

    def leaving(who: Account) -> Step:
        return lambda db: membership.receive_undo(db, HERE, who, group, now=NOON)

    await at_once(pool, *map(liking, people * 2), *map(joining, people))
    await at_once(
        pool,
        *[replying(who, thread) for who in people],
        *map(taking_back, people[:3] * 2),
        *map(leaving, people[:2]),
    )

    async with pool.transaction() as db:
        root = await reading.by_id(db, thread.id, None)
        assert root.favourites_count == await db.fetchval("SELECT count(*) FROM favourite") == 5
        assert root.same_here_count == await db.fetchval("SELECT count(*) FROM same_here") == 6
        assert root.replies_count == await db.fetchval("SELECT count(*) FROM post WHERE parent_id = $1", thread.id)
        shown = await again(db, group)
        assert shown.followers_count == await db.fetchval(
            "SELECT count(*) FROM follow WHERE followee_id = $1 AND state = 'accepted'", group.id
        )


async def test_replying_and_deleting_in_one_thread_do_not_block_each_other_for_ever(pool: Pool) -> None:
    """R024: everybody locks the root first."""
    async with pool.transaction() as db:
        ada = await make_account(db)
        group = await make_group(db, members=[ada])
        thread = await make_thread(db, ada, group)
        replies = [await make_reply(db, ada, thread) for _ in range(5)]

    def removing(post: Post) -> Step:
        return lambda db: posting.delete(db, HERE, ada, post.id, now=NOON)

    outcome = await at_once(pool, *[replying(ada, post) for post in replies], *map(removing, replies))

    assert crashes(outcome, NotFound) == []
    async with pool.transaction() as db:
        counted = await db.fetchval(
            "SELECT count(*) FROM post WHERE thread_id = $1 AND id <> $1 AND state = 'visible'", thread.id
        )
        assert (await reading.by_id(db, thread.id, None)).replies_count == counted


async def test_r003_one_key_makes_one_post(pool: Pool) -> None:
    async with pool.transaction() as db:
        ada = await make_account(db)

    async def post(db: Connection) -> int:
        if made := await once.claim(db, 7, "key", now=NOON):
            return made
        published = await posting.publish(db, HERE, ada, make_draft(), now=NOON)
        await once.settle(db, 7, "key", published.id)
        return published.id

    made = await at_once(pool, *[post] * 8)

    assert len(set(made)) == 1
    async with pool.transaction() as db:
        assert await db.fetchval("SELECT count(*) FROM post") == 1
        assert await once.claim(db, 7, "key", now=later(hours=2)) is None


async def test_an_offer_and_an_announcement_at_once_make_one_carry(pool: Pool) -> None:
    async with pool.transaction() as db:
        rui = await make_remote_account(db)
        home = await make_group(db, members=[rui])
        market = await make_remote_group(db, host="gamma.example")
        draft = make_draft(group=home, mentioning=[market], remote=make_remote(rui))
        thread = await posting.publish(db, HERE, rui, draft, now=NOON)

    def announcing(db: Connection) -> Awaitable[object]:
        return carrying.receive_announce(
            db, HERE, market, thread, "https://gamma.example/a/x", published_at=NOON, now=NOON
        )

    def offering(db: Connection) -> Awaitable[object]:
        return carrying.receive_offer(db, HERE, rui, thread, market, "https://beta.example/o", now=NOON)

    outcome = await at_once(pool, *[announcing] * 4, *[offering] * 4)

    assert crashes(outcome) == []
    async with pool.transaction() as db:
        rows = await db.fetch("SELECT state, offer_uri, announce_uri FROM carry")
        assert [tuple(row) for row in rows] == [("carried", "https://beta.example/o", "https://gamma.example/a/x")]
        assert await db.fetchval("SELECT count(*) FROM boost WHERE account_id = $1", market.id) == 1


async def test_the_last_two_facilitators_cannot_both_leave(pool: Pool) -> None:
    async with pool.transaction() as db:
        ada, ben = await make_account(db), await make_account(db, "ben")
        group = await make_group(db, facilitator=ada, members=[ben])
        await membership.appoint(db, ada, group, ben.id, "facilitator", now=NOON)

    def leaving(who: Account) -> Step:
        return lambda db: membership.leave(db, HERE, who, group, now=NOON)

    outcome = await at_once(pool, leaving(ada), leaving(ben))

    assert len([each for each in outcome if isinstance(each, Conflict)]) == 1

    async with pool.transaction() as db:
        assert len(await membership.members(db, group.id, roles=["facilitator"])) == 1
