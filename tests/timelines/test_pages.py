"""What groups, people and the whole instance show."""

from fedcomm.database import Connection
from fedcomm.threads import carrying, moderating, posting, reactions
from fedcomm.timelines import account, group, public
from fedcomm.timelines.cursor import Cursor, Entry
from tests.factories import (
    HERE,
    NOON,
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

PAGE = Cursor()


def posts(entries: list[Entry]) -> list[int]:
    """What the entries show, in their order."""
    return [entry.post_id for entry in entries]


async def test_a_groups_page_has_its_threads_wrapped_and_its_replies_bare(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    bakers = await make_group(db, members=[ada, ben])
    thread = await make_thread(db, ada, bakers)
    reply = await make_reply(db, ben, thread)

    shown = await account.page(db, None, bakers, cursor=PAGE)
    starters = await account.page(db, None, bakers, cursor=PAGE, exclude_replies=True)

    assert [(entry.post_id, entry.by_id, entry.boost_id is not None) for entry in shown] == [
        (reply.id, ben.id, False),
        (thread.id, bakers.id, True),
    ]
    assert posts(starters) == [thread.id]
    assert await account.page(db, None, bakers, cursor=PAGE, exclude_replies=True, exclude_boosts=True) == []


async def test_a_carrying_groups_page_has_the_thread_and_what_is_said_in_it(db: Connection) -> None:
    frida, ada = await make_account(db, "frida"), await make_account(db)
    home = await make_group(db, members=[ada])
    other = await make_group(db, "millers", facilitator=frida, members=[ada])
    thread = await make_thread(db, ada, home, carried_by=[other])
    reply, hidden = await make_reply(db, ada, thread), await make_reply(db, ada, thread)
    await moderating.hide(db, HERE, frida, other.id, hidden.id, reason="Off topic", now=NOON)

    assert posts(await account.page(db, None, other, cursor=PAGE)) == [reply.id, thread.id]
    assert posts(await group.threads(db, None, other.id, cursor=PAGE)) == [thread.id]
    assert posts(await account.page(db, None, home, cursor=PAGE)) == [hidden.id, reply.id, thread.id]
    await carrying.stop(db, HERE, frida, thread.id, other.id, now=NOON)

    assert await account.page(db, None, other, cursor=PAGE) == []
    assert await group.threads(db, None, other.id, cursor=PAGE) == []


async def test_the_page_of_a_group_elsewhere_has_what_it_announced(db: Connection) -> None:
    rui = await make_remote_account(db)
    market = await make_remote_group(db)
    thread = await make_thread(db, rui, market)
    await carrying.receive_announce(db, HERE, market, thread, "https://beta.example/a/1", published_at=NOON, now=NOON)

    assert posts(await account.page(db, None, market, cursor=PAGE)) == [thread.id]


async def test_somebodys_page_has_posts_replies_and_boosts(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    strange = await make_thread(db, ben)
    own = await make_thread(db, ada)
    more = await make_reply(db, ada, own)
    reply = await make_reply(db, ada, strange)
    await reactions.boost(db, HERE, ada, strange.id, now=NOON)
    secret = await make_thread(db, ada, audience="followers")
    word = await posting.publish(db, HERE, ada, make_draft(audience="direct", mentioning=[ben]), now=NOON)

    assert posts(await account.page(db, None, ada, cursor=PAGE)) == [strange.id, reply.id, more.id, own.id]
    assert posts(await account.page(db, None, ada, cursor=PAGE, exclude_replies=True)) == [strange.id, more.id, own.id]
    assert posts(await account.page(db, None, ada, cursor=PAGE, exclude_boosts=True)) == [reply.id, more.id, own.id]
    await make_follow(db, ben, ada)
    of_ben = posts(await account.page(db, ben.id, ada, cursor=PAGE))
    assert secret.id in of_ben
    assert word.id not in of_ben


async def test_a_detached_reply_is_on_its_authors_page(db: Connection) -> None:
    rui = await make_remote_account(db)
    lost = make_draft(remote=make_remote(rui, parent_uri="https://gamma.example/p/1"))
    post = await posting.publish(db, HERE, rui, lost, now=NOON)

    assert posts(await account.page(db, None, rui, cursor=PAGE)) == [post.id]
    assert await account.page(db, None, rui, cursor=PAGE, exclude_replies=True) == []
    assert await public.page(db, None, cursor=PAGE) == []


async def test_tags_and_media_narrow_a_page(db: Connection) -> None:
    ada = await make_account(db)
    plain, tagged = await make_thread(db, ada), await make_thread(db, ada)
    await db.execute("INSERT INTO post_tag VALUES ($1, 'ovens', 'Ovens')", tagged.id)
    await db.execute("INSERT INTO post_attachment VALUES ($1, 0, 'image/png', 'https://x.example/1.png')", plain.id)

    assert posts(await account.page(db, None, ada, cursor=PAGE, tagged="ovens")) == [tagged.id]
    assert posts(await account.page(db, None, ada, cursor=PAGE, only_media=True)) == [plain.id]


async def test_everybodys_page_has_public_posts_without_replies(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    ours, theirs = await make_thread(db, ada), await make_thread(db, rui)
    await make_reply(db, ada, ours)
    await make_thread(db, ada, audience="unlisted")
    await make_thread(db, ada, audience="followers")

    assert set(posts(await public.page(db, None, cursor=PAGE))) == {ours.id, theirs.id}
    assert posts(await public.page(db, None, cursor=PAGE, local=True)) == [ours.id]
    assert posts(await public.page(db, None, cursor=PAGE, remote=True)) == [theirs.id]


async def test_the_front_page_has_the_newest_threads_of_our_groups(db: Connection) -> None:
    ada = await make_account(db)
    one, two = await make_group(db, "one", members=[ada]), await make_group(db, "two", members=[ada])
    market = await make_remote_group(db, members=[ada])
    threads = [await make_thread(db, ada, where) for where in (one, two, one)]
    await make_thread(db, ada, market)
    await make_thread(db, ada)

    assert posts(await public.threads_here(db, None, cursor=PAGE)) == [post.id for post in reversed(threads)]
    assert posts(await public.threads_here(db, None, cursor=Cursor(limit=2))) == [threads[2].id, threads[1].id]


async def test_pages_go_up_from_min_id(db: Connection) -> None:
    ada = await make_account(db)
    bakers = await make_group(db, members=[ada])
    threads = [(await make_thread(db, ada, bakers, title=f"Thread {n}")).id for n in range(5)]

    for cursor in (Cursor(min_id=threads[0], limit=2),):
        expected = [threads[2], threads[1]]
        assert posts(await group.threads(db, None, bakers.id, cursor=cursor)) == expected
        assert posts(await public.page(db, None, cursor=cursor)) == expected
        assert posts(await public.threads_here(db, None, cursor=cursor)) == expected
        assert posts(await account.page(db, None, ada, cursor=cursor)) == expected
