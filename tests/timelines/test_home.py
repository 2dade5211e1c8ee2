"""Home: each thread once, on whichever page, and no comments but answers to oneself (D38)."""

from datetime import timedelta
from typing import cast

import pytest

from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups import membership
from fedcomm.threads import carrying, posting, reactions
from fedcomm.threads.model import Post
from fedcomm.timelines import home
from fedcomm.timelines.cursor import Cursor, Entry
from tests.factories import (
    HERE,
    NOON,
    later,
    make_account,
    make_draft,
    make_follow,
    make_group,
    make_remote,
    make_remote_account,
    make_remote_group,
    make_reply,
    make_thread,
)


async def seen(db: Connection, viewer: Account, **cursor: int) -> list[Entry]:
    """A page of the viewer's home."""
    return await home.page(db, viewer.id, cursor=Cursor(**cursor))


def posts(entries: list[Entry]) -> list[int]:
    """What the entries show, in their order."""
    return [entry.post_id for entry in entries]


async def test_a_thread_of_a_joined_group_comes_as_its_announcement(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])

    thread = await make_thread(db, ada, group)

    (entry,) = await seen(db, ben)
    assert (entry.post_id, entry.by_id, entry.id) == (thread.id, group.id, entry.boost_id)


async def test_ones_own_thread_is_there_once_as_itself(db: Connection) -> None:
    ada = await make_account(db)
    home_group, other = await make_group(db, members=[ada]), await make_group(db, "millers", members=[ada])

    thread = await make_thread(db, ada, home_group, carried_by=[other])

    assert await seen(db, ada) == [Entry(thread.id, thread.id, None, ada.id)]


async def test_a_thread_of_two_joined_groups_and_a_followed_author_is_one_entry(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    one, two = (
        await make_group(db, "one", members=[ada, ben, cleo]),
        await make_group(db, "two", members=[ada, ben, cleo]),
    )
    await make_follow(db, cleo, ada)

    thread = await make_thread(db, ada, one, carried_by=[two])

    (in_groups,) = await seen(db, ben)
    assert (in_groups.post_id, in_groups.by_id) == (thread.id, one.id)
    assert await seen(db, cleo) == [Entry(thread.id, thread.id, None, ada.id)]


async def test_a_later_announcement_is_on_no_page(db: Connection) -> None:
    """A second group carries an old thread today: it is not new to those who had it long ago."""
    frida, ada, ben, cleo = [await make_account(db, name) for name in ("frida", "ada", "ben", "cleo")]
    one = await make_group(db, "one", members=[ada, ben])
    two = await make_group(db, "two", facilitator=frida, members=[ada, ben, cleo], carry_policy="ask facilitator")
    old = await make_thread(db, ada, one, carried_by=[two])
    newer = [await make_thread(db, ada, one, title=f"Thread {n}") for n in range(5)]
    carry = await carrying.of(db, old.id, two.id)
    assert carry is not None
    await carrying.accept(db, HERE, frida, carry.id, now=later(days=1))

    pages: list[int] = []
    below = None
    while page := await home.page(db, ben.id, cursor=Cursor(max_id=below, limit=2)):
        pages += posts(page)
        below = page[-1].id

    assert pages == [*(post.id for post in reversed(newer)), old.id]
    assert posts(await seen(db, cleo)) == [old.id]


async def test_when_the_first_announcement_ends_the_next_one_shows(db: Connection) -> None:
    frida, ada, ben = [await make_account(db, name) for name in ("frida", "ada", "ben")]
    market = await make_remote_group(db, members=[ben])
    two = await make_group(db, "two", facilitator=frida, members=[ada, ben])
    rui = await make_remote_account(db)
    thread = await make_thread(db, rui, market)
    await carrying.receive_announce(db, HERE, market, thread, "https://beta.example/a/1", published_at=NOON, now=NOON)
    await membership.receive_follow(db, HERE, rui, two, None, now=NOON)
    await carrying.receive_offer(db, HERE, rui, thread, two, "https://beta.example/o/1", now=later(hours=1))
    assert [entry.by_id for entry in await seen(db, ben)] == [market.id]

    await reactions.receive_undo(db, HERE, market, "https://beta.example/a/1", now=later(hours=2))

    assert [entry.by_id for entry in await seen(db, ben)] == [two.id]


async def test_comments_are_absent_but_answers_to_oneself_are_there(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    group = await make_group(db, members=[ada, ben, cleo])
    await make_follow(db, cleo, ben)
    thread = await make_thread(db, ada, group)

    answer = await make_reply(db, ben, thread)
    deeper = await make_reply(db, ada, answer)

    assert posts(await seen(db, ada)) == [answer.id, thread.id]
    assert posts(await seen(db, ben)) == [deeper.id, thread.id]
    assert posts(await seen(db, cleo)) == [thread.id]


async def test_answers_of_strangers_to_personal_posts_are_not_in_home(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    await make_follow(db, ada, cleo)
    post = await make_thread(db, ada)

    await make_reply(db, ben, post)
    wanted = await make_reply(db, cleo, post)

    assert posts(await seen(db, ada)) == [wanted.id, post.id]


async def test_a_boost_brings_a_post_once_and_not_what_one_has(db: Connection) -> None:
    ada, ben, cleo, dora = [await make_account(db, name) for name in ("ada", "ben", "cleo", "dora")]
    await make_follow(db, ada, ben)
    await make_follow(db, ada, cleo)
    own, strange = await make_thread(db, ben), await make_thread(db, dora)

    for booster in (ben, cleo):
        await reactions.boost(db, HERE, booster, strange.id, now=later(hours=1))
    await reactions.boost(db, HERE, cleo, own.id, now=later(hours=1))

    assert [(entry.post_id, entry.by_id) for entry in await seen(db, ada)] == [
        (strange.id, ben.id),
        (own.id, ben.id),
    ]


async def test_hidden_boosts_hide_a_groups_threads(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    one, two = await make_group(db, "one", members=[ada, ben]), await make_group(db, "two", members=[ada, ben])
    await follows.follow(db, HERE, ben, one, show_boosts=False, now=NOON)

    hidden, both = await make_thread(db, ada, one), await make_thread(db, ada, one, carried_by=[two])

    assert [(entry.post_id, entry.by_id) for entry in await seen(db, ben)] == [(both.id, two.id)]
    assert hidden.id != both.id


async def test_an_exclusive_list_keeps_its_group_out_of_home(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    await make_thread(db, ada, group)

    await db.execute("INSERT INTO group_list_setting VALUES ($1, $2, true)", ben.id, group.id)

    assert await seen(db, ben) == []


async def test_chosen_languages_filter_one_way_and_not_the_other(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    one, two = await make_group(db, "one", members=[ada, ben]), await make_group(db, "two", members=[ada, ben])
    await follows.follow(db, HERE, ben, one, languages=["de"], now=NOON)

    await make_thread(db, ada, one)
    both = await make_thread(db, ada, one, carried_by=[two])

    assert [(entry.post_id, entry.by_id) for entry in await seen(db, ben)] == [(both.id, two.id)]


async def test_home_shows_nothing_the_viewer_may_not_read(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    await make_follow(db, ben, ada)
    members_only, direct, removed = [await make_thread(db, ada, group) for _ in range(3)]
    readable = await make_thread(db, ada, audience="followers")
    await db.execute("UPDATE post SET audience = 'group' WHERE id = $1", members_only.id)
    await db.execute("UPDATE post SET audience = 'direct' WHERE id = $1", direct.id)
    await db.execute("UPDATE post SET state = 'removed' WHERE id = $1", removed.id)
    assert posts(await seen(db, ben)) == [readable.id, members_only.id]

    await membership.leave(db, HERE, ben, group, now=NOON)
    assert posts(await seen(db, ben)) == [readable.id]
    await follows.unfollow(db, HERE, ben, ada, now=NOON)
    assert await seen(db, ben) == []


async def test_a_suspended_server_leaves_home_at_once(db: Connection) -> None:
    ada, ben, rui = await make_account(db), await make_account(db, "ben"), await make_remote_account(db)
    market = await make_remote_group(db, host="gamma.example", members=[ben])
    await make_follow(db, ben, rui)
    theirs, kept = await make_thread(db, rui), await make_thread(db, ada, market)
    await carrying.receive_announce(db, HERE, market, kept, "https://gamma.example/a/1", published_at=NOON, now=NOON)
    assert posts(await seen(db, ben)) == [kept.id, theirs.id]

    await db.execute(
        "INSERT INTO peer (authority, policy, first_seen_at) VALUES ('beta.example', 'suspended', $1)", NOON
    )
    assert posts(await seen(db, ben)) == [kept.id]
    await db.execute(
        "INSERT INTO peer (authority, policy, first_seen_at) VALUES ('gamma.example', 'suspended', $1)", NOON
    )
    assert await seen(db, ben) == []


async def a_busy_home(db: Connection, *, between: int = 0) -> tuple[Account, list[Post]]:
    """A reader of three groups and an author, with threads that are in all groups, in one, and in none.

    `between`: so many posts and boosts of people who are not followed come after each.
    """
    ada, ben, eve = await make_account(db), await make_account(db, "ben"), await make_account(db, "eve")
    groups = [await make_group(db, f"group{n}", members=[ada, ben]) for n in range(3)]
    await make_follow(db, ben, ada)
    threads: list[Post] = []
    for n in range(8):
        threads.append(await make_thread(db, ada, groups[0], carried_by=groups[1:], title=f"All {n}"))
        threads.append(await make_thread(db, ada, groups[n % 3], title=f"One {n}"))
        threads.append(await make_thread(db, ada, text=f"None {n}"))
        for _ in range(between):
            of_strangers = await make_thread(db, eve, text="Not for Ben.")
            await reactions.boost(db, HERE, eve, of_strangers.id, now=NOON)
    return ben, threads


@pytest.mark.parametrize("between", [0, 9])
async def test_pages_downwards_and_upwards_show_everything_once(db: Connection, between: int) -> None:
    ben, threads = await a_busy_home(db, between=between)
    newest_first = [thread.id for thread in reversed(threads)]

    for limit in (1, 2, 3, 5, 24, 40):
        down: list[int] = []
        below = None
        while page := await home.page(db, ben.id, cursor=Cursor(max_id=below, limit=limit)):
            assert len(page) <= limit
            down += posts(page)
            below = page[-1].id
        up: list[int] = []
        above = 0
        while page := await home.page(db, ben.id, cursor=Cursor(min_id=above, limit=limit)):
            assert posts(page) == sorted(posts(page), reverse=True)
            up = posts(page) + up
            above = page[0].id
        assert down == newest_first
        assert up == newest_first


async def test_since_id_gives_the_newest_and_min_id_the_oldest_of_what_is_newer(db: Connection) -> None:
    ben, threads = await a_busy_home(db)
    newest_first = [thread.id for thread in reversed(threads)]
    since = threads[3].id

    assert posts(await seen(db, ben, since_id=since, limit=5)) == newest_first[:5]
    assert posts(await seen(db, ben, min_id=since, limit=5)) == newest_first[-9:-4]


async def test_doubles_at_the_top_do_not_hide_what_lies_below(db: Connection) -> None:
    """A source all of whose newest entries are left out must not end the page early."""
    frida, ada, ben = [await make_account(db, name) for name in ("frida", "ada", "ben")]
    one = await make_group(db, "one", members=[ada, ben])
    two = await make_group(db, "two", facilitator=frida, members=[ada, ben], carry_policy="ask facilitator")
    in_two = await make_thread(db, ada, two)
    in_one = [await make_thread(db, ada, one, carried_by=[two], title=f"Thread {n}") for n in range(9)]
    for carry in await carrying.asked_of(db, two.id):
        await carrying.accept(db, HERE, frida, carry.id, now=later(days=1))

    assert posts(await seen(db, ben, limit=3)) == [post.id for post in reversed(in_one)][:3]
    last = (await seen(db, ben, limit=9))[-1].id
    assert posts(await seen(db, ben, max_id=last, limit=3)) == [in_two.id]


async def test_a_remote_announcement_dated_before_its_post_shows_it_once(db: Connection) -> None:
    ben, rui = await make_account(db, "ben"), await make_remote_account(db)
    market = await make_remote_group(db, members=[ben])
    await make_follow(db, ben, rui)
    remote = make_remote(rui, published_at=NOON - timedelta(minutes=5))
    post = await posting.publish(db, HERE, rui, make_draft(group=market, remote=remote), now=NOON)
    await carrying.receive_announce(
        db, HERE, market, post, "https://beta.example/a/1", published_at=NOON - timedelta(hours=1), now=NOON
    )

    assert posts(await seen(db, ben)) == [post.id]


async def test_home_is_one_statement_when_nothing_is_left_out(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    for n in range(5):
        await make_thread(db, ada, group, title=f"Thread {n}")

    asked = Counting(db)
    page = await home.page(cast(Connection, asked), ben.id, cursor=Cursor(limit=20))

    assert (len(page), asked.statements) == (5, 1)


@pytest.mark.parametrize(("between", "way"), [(9, 1), (40, 2)])
async def test_the_way_that_filled_a_home_is_taken_at_once_the_next_time(
    db: Connection, between: int, way: int
) -> None:
    """1: more of what is newest; 2: each source. After some pages the next quicker way is tried again."""
    ben, threads = await a_busy_home(db)
    stranger = await make_account(db, "stranger")
    for _ in range(between):
        last = await make_thread(db, stranger, text="Not for Ben.")
        await reactions.boost(db, HERE, stranger, last.id, now=NOON)
    habits, asked = home.Habits(), Counting(db)

    async def look() -> list[int]:
        cursor = Cursor(limit=1)
        page, _, _ = await home.whole_page(home.Alone(cast(Connection, asked)), ben.id, cursor=cursor, habits=habits)
        return posts(page)

    assert await look() == [threads[-1].id]
    assert asked.statements == way + 1
    for _ in range(home.SKIPPED):
        assert await look() == [threads[-1].id]
    assert asked.statements == way + 1 + home.SKIPPED
    await look()
    assert asked.statements == way + 1 + home.SKIPPED + 2


class Counting:
    """A connection that counts what it is asked."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.statements = 0

    def __getattr__(self, name: str) -> object:
        self.statements += 1
        return getattr(self._db, name)
