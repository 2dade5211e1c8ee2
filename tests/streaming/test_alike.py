"""A post with a quote is made once for all who may read what it quotes, not once for each who listens."""

import msgspec

from fedcomm.accounts import blocks
from fedcomm.database import Connection
from fedcomm.streaming import alike
from fedcomm.threads import posting, reactions
from tests.factories import HERE, NOON, make_account, make_draft, make_follow, make_thread


async def test_those_who_see_the_same_of_a_quote_are_told_together(db: Connection) -> None:
    ada, emil = await make_account(db), await make_account(db, "emil")
    alone = {name: await make_account(db, name) for name in ("blocked", "hides", "likes")}
    rest = [await make_account(db, "ben") for _ in range(4)]
    said = await make_thread(db, emil)
    draft = msgspec.structs.replace(make_draft("Look"), quoted_id=said.id)
    post = await posting.publish(db, HERE, ada, draft, now=NOON)
    await blocks.put_block(db, emil.id, alone["blocked"].id, now=NOON)
    await blocks.mute(db, alone["hides"].id, emil.id, now=NOON)
    await reactions.favourite(db, HERE, alone["likes"], said.id, now=NOON)

    everybody = [emil, *alone.values(), *rest]
    found = await alike.viewers(db, post.id, [each.id for each in everybody])

    assert sorted(map(sorted, found)) == sorted(
        [*([each.id] for each in (emil, *alone.values())), sorted(each.id for each in rest)]
    )


async def test_whom_a_post_lets_quote_it_parts_those_who_follow_from_the_others(db: Connection) -> None:
    ada = await make_account(db)
    near, far = [await make_account(db, "ben") for _ in range(2)], [await make_account(db, "cleo") for _ in range(2)]
    for each in near:
        await make_follow(db, each, ada)
    post = await posting.publish(
        db, HERE, ada, msgspec.structs.replace(make_draft("Hello"), quote_policy="followers"), now=NOON
    )

    found = await alike.viewers(db, post.id, [each.id for each in (*near, *far)])

    assert sorted(map(sorted, found)) == sorted(sorted(each.id for each in group) for group in (near, far))
