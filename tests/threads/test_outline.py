"""A thread that is too long to be looked at whole still opens at each of its posts."""

from fedcomm.database import Connection
from fedcomm.threads import outline
from tests.factories import later, make_account, make_reply, make_thread


async def test_a_post_behind_the_first_of_a_long_thread_opens_with_what_is_around_it(db: Connection) -> None:
    ada = await make_account(db)
    root = await make_thread(db, ada)
    early = [await make_reply(db, ada, root, now=later(minutes=n)) for n in range(1, 5)]
    late = await make_reply(db, ada, early[0], now=later(minutes=10))
    below = await make_reply(db, ada, late, now=later(minutes=11))
    beside = await make_reply(db, ada, root, now=later(minutes=12))

    assert await outline.context(db, late.id, ada.id, limit=3) == ([root.id, early[0].id], [])
    assert await outline.context(db, late.id, ada.id, limit=4) == ([root.id, early[0].id], [below.id])
    assert await outline.context(db, late.id, None) == ([root.id, early[0].id], [below.id])
    assert beside.id not in (await outline.context(db, late.id, ada.id, limit=5))[1]
