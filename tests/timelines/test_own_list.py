"""The lists that somebody makes: what stands in them, and what an exclusive one keeps out of home."""

from collections.abc import Sequence

from fedcomm.accounts import blocks, follows, lists
from fedcomm.accounts.lists import OwnList
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.threads import posting, reactions
from fedcomm.threads.model import Post
from fedcomm.timelines import home, own_list
from tests.factories import (
    HERE,
    NOON,
    again,
    later,
    make_account,
    make_draft,
    make_follow,
    make_group,
    make_reply,
    make_thread,
)


async def make_list(
    db: Connection, owner: Account, *members: Account, replies: str = "list", exclusive: bool = False
) -> OwnList:
    """A list of somebody who follows its members."""
    made = await lists.make(db, owner, "Ovens", replies_policy=replies, is_exclusive=exclusive, now=NOON)
    for each in members:
        if await follows.find(db, owner.id, each.id) is None:
            await make_follow(db, owner, each)
    await lists.put(db, made, [each.id for each in members], now=NOON)
    return made


async def shown(db: Connection, of: OwnList, **cursor: int) -> list[tuple[int, bool]]:
    """The posts of a page, and whether each comes in its wrapper."""
    page = await own_list.page(db, of, cursor=Cursor(**cursor))
    return [(entry.post_id, entry.boost_id is not None) for entry in page]


async def at_home(db: Connection, who: Account) -> list[int]:
    return [entry.post_id for entry in await home.page(db, who.id, cursor=Cursor())]


def bare(*posts: Post) -> Sequence[tuple[int, bool]]:
    return [(post.id, False) for post in posts]


async def test_a_list_shows_what_its_members_write_and_boost_and_nobody_else(db: Connection) -> None:
    ada, ben, cleo, eva = [await make_account(db, name) for name in ("ada", "ben", "cleo", "eva")]
    await make_follow(db, ada, cleo)
    mine = await make_list(db, ada, ben)
    by_ben = await make_thread(db, ben)
    by_eva = await make_thread(db, eva, now=later(minutes=1))
    await make_thread(db, cleo, now=later(minutes=2))
    await reactions.boost(db, HERE, ben, by_eva.id, now=later(minutes=3))

    assert await shown(db, mine) == [(by_eva.id, True), (by_ben.id, False)]


async def test_the_replies_of_members_are_shown_as_the_list_says(db: Connection) -> None:
    ada, ben, cleo, dora, eva = [await make_account(db, name) for name in ("ada", "ben", "cleo", "dora", "eva")]
    await make_follow(db, ada, dora)
    roots = {each.id: await make_thread(db, each) for each in (ada, ben, cleo, dora, eva)}
    to = {
        answered: await make_reply(db, ben, root, now=later(minutes=number))
        for number, (answered, root) in enumerate(roots.items(), 1)
    }

    wanted = {"none": (ada, ben), "list": (ada, ben, cleo), "followed": (ada, ben, cleo, dora)}
    for policy, answered in wanted.items():
        found = await shown(db, await make_list(db, ada, ben, cleo, replies=policy))
        assert {post for post, _ in found} - {post.id for post in roots.values()} == {
            to[each.id].id for each in answered
        }, policy


async def test_the_threads_of_a_group_stand_bare_and_once(db: Connection) -> None:
    """D38: also when the author is in the list."""
    ada, ben = await make_account(db), await make_account(db, "ben")
    group, second = await make_group(db, members=[ada, ben]), await make_group(db, "millers", members=[ada, ben])
    post = await make_thread(db, ben, group, carried_by=[second])

    assert await shown(db, await make_list(db, ada, group)) == bare(post)
    assert await shown(db, await make_list(db, ada, group, second)) == bare(post)
    assert await shown(db, await make_list(db, ada, group, second, ben)) == bare(post)


async def test_what_the_owner_may_not_read_or_hides_is_left_out(db: Connection) -> None:
    ada, ben, cleo, eva = [await make_account(db, name) for name in ("ada", "ben", "cleo", "eva")]
    mine = await make_list(db, ada, ben, cleo)
    open_to_her = await posting.publish(db, HERE, ben, make_draft(audience="followers"), now=NOON)
    await posting.publish(db, HERE, ben, make_draft(audience="direct", mentioning=[ada]), now=NOON)
    by_eva = await make_thread(db, eva)
    await reactions.boost(db, HERE, ben, by_eva.id, now=later(minutes=1))
    await make_thread(db, cleo)
    await blocks.mute(db, ada.id, cleo.id, now=NOON)
    await blocks.mute(db, ada.id, eva.id, now=NOON)

    assert await shown(db, mine) == bare(open_to_her)


async def test_who_is_not_followed_any_more_is_in_no_list(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    mine = await make_list(db, ada, ben)
    await make_thread(db, ben)

    await follows.unfollow(db, HERE, ada, ben, now=NOON)
    await make_follow(db, ada, ben)

    assert await shown(db, mine) == []
    assert await lists.members(db, mine, below=2**63 - 1, limit=None) == []


async def test_who_was_only_asked_is_in_the_list_when_they_say_yes(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await db.execute("UPDATE account SET is_locked = true WHERE id = $1", ben.id)
    await follows.follow(db, HERE, ada, await again(db, ben), now=NOON)
    mine = await lists.make(db, ada, "Ovens", now=NOON)
    await lists.put(db, mine, [ben.id, ada.id], now=NOON)
    post, own = await make_thread(db, ben), await make_thread(db, ada, now=later(minutes=1))

    assert await shown(db, mine) == bare(own)
    await follows.accept(db, HERE, ben, ada.id, now=NOON)
    assert await shown(db, mine) == bare(own, post)


async def test_an_exclusive_list_keeps_its_members_out_of_the_owners_home_alone(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    await make_follow(db, cleo, ben)
    group = await make_group(db, members=[ada, cleo])
    mine = await make_list(db, ada, ben, group, exclusive=True)
    post = await make_thread(db, ben)
    in_group = await make_thread(db, cleo, group, now=later(minutes=1))

    assert await at_home(db, ada) == []
    assert await at_home(db, cleo) == [in_group.id, post.id]
    assert await home.whose_home(db, [ada.id, cleo.id], post.id) == {cleo.id}
    await lists.change(db, ada, mine.id, is_exclusive=False)
    assert await at_home(db, ada) == [in_group.id, post.id]


async def test_pages_of_a_list_go_both_ways(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    mine = await make_list(db, ada, ben)
    posts = [await make_thread(db, ben, now=later(minutes=number)) for number in range(5)]

    assert await shown(db, mine, limit=2) == bare(posts[4], posts[3])
    assert await shown(db, mine, limit=2, max_id=posts[3].id) == bare(posts[2], posts[1])
    assert await shown(db, mine, limit=2, min_id=posts[1].id) == bare(posts[3], posts[2])
