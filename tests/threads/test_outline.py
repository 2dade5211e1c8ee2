"""The shape of a thread, against the thread as it is read whole."""

import random

import pytest

from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.threads import outline, posting, reading
from fedcomm.threads.model import Post
from tests.factories import HERE, later, make_account, make_group, make_reply, make_thread


async def test_it_is_the_thread_that_reading_shows_wherever_one_looks_from(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db) for _ in range(3)]
    group = await make_group(db, members=(ada, ben, cleo))
    dice = random.Random(7)
    posts: list[Post] = [await make_thread(db, ada, group)]
    for n in range(40):
        author = dice.choice((ada, ben, cleo))
        audience = dice.choice(("public", "public", "public", "direct"))
        parent = dice.choice([post for post in posts if post.audience == "public"])
        posts.append(
            await make_reply(db, author, parent, audience=audience, mentioning=[ben], now=later(seconds=n + 1))
        )
    for post in dice.sample(posts[1:], 8):
        author = next(each for each in (ada, ben, cleo) if each.id == post.author_id)
        await posting.delete(db, HERE, author, post.id, now=later(minutes=2))

    seen = 0
    for viewer_id in (None, ada.id, ben.id):
        for post in posts:
            try:
                above, below = await reading.context(db, post.id, viewer_id)
            except NotFound:
                with pytest.raises(NotFound):
                    await outline.context(db, post.id, viewer_id)
                continue
            wanted = [each.id for each in above], [each.id for each in below]
            assert await outline.context(db, post.id, viewer_id) == wanted
            seen += 1
    assert seen > 50


async def test_a_post_that_is_not_there_has_no_context(db: Connection) -> None:
    with pytest.raises(NotFound):
        await outline.context(db, 12345, None)


async def test_s144_a_ring_of_replies_ends(db: Connection) -> None:
    """No verb makes one; a row that says so all the same holds nobody up."""
    ada = await make_account(db)
    root = await make_thread(db, ada)
    first = await make_reply(db, ada, root, now=later(seconds=1))
    second = await make_reply(db, ada, first, now=later(seconds=2))
    await db.execute("UPDATE post SET parent_id = $2 WHERE id = $1", first.id, second.id)

    above, below = await outline.context(db, first.id, None)
    assert above == [second.id]
    assert below == [second.id, first.id]
    assert await outline.context(db, root.id, None) == ([], [])
