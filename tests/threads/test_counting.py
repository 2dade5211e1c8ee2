"""Counters are what their rows say, whatever happened in whatever order (D62, R025)."""

import random

import pytest

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Refusal
from fedcomm.groups import membership
from fedcomm.threads import moderating, posting, reactions, reading
from fedcomm.threads.model import Audience
from fedcomm.threads.recounting import Drift, recount
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

AUDIENCES: list[Audience] = ["public", "unlisted", "followers", "direct"]


@pytest.mark.parametrize("seed", range(4))
async def test_r025_three_hundred_random_acts_leave_every_counter_right(db: Connection, seed: int) -> None:
    chance = random.Random(seed)
    frida = await make_account(db, "frida")
    people: list[Account] = [await make_account(db, f"p{n}") for n in range(4)]
    people += [await make_remote_account(db, f"r{n}") for n in range(3)]
    groups = [await make_group(db, f"g{n}", facilitator=frida, members=people) for n in range(2)]
    market = await make_remote_group(db, members=people[:4])
    posts = [await make_thread(db, people[0], groups[0])]
    unseen = [f"https://beta.example/p/unseen{n}" for n in range(5)]

    async def act() -> None:
        who, post = chance.choice(people), chance.choice(posts)
        match chance.randrange(12):
            case 0 | 1:
                home, *more = chance.sample([*groups, market], chance.randint(1, 3))
                posts.append(await make_thread(db, who, home, carried_by=more, title=chance.choice(["A?", "B"])))
            case 2 | 3 | 4:
                posts.append(await make_reply(db, who, post, audience=chance.choice(AUDIENCES)))
            case 5:
                await posting.delete(db, HERE, who, post.id, now=NOON)
            case 6:
                verb = chance.choice([moderating.restore, moderating.release])
                await verb(db, HERE, frida, post.id, now=NOON)
            case 7:
                await moderating.remove(db, HERE, frida, post.id, "", now=NOON)
            case 8:
                verb = chance.choice([reactions.favourite, reactions.unfavourite, reactions.boost, reactions.unboost])
                await verb(db, HERE, who, post.id, now=NOON)
            case 9:
                others = [each for each in people if each is not who and (who.is_local or each.is_local)]
                await make_follow(db, who, chance.choice(others))
            case 10:
                if who.is_local:
                    verb = chance.choice([membership.follow_or_join, membership.leave_or_unfollow])
                    await verb(db, HERE, who, chance.choice([*groups, *people]), now=NOON)
                else:
                    await membership.receive_undo(db, HERE, who, chance.choice([*groups, *people[:4]]), now=NOON)
            case _:
                remote = chance.choice(people[4:])
                uri, parent = chance.choice(unseen), chance.choice([*unseen, post.uri, None])
                draft = make_draft(remote=make_remote(remote, uri=uri, parent_uri=parent))
                posts.append(await posting.publish(db, HERE, remote, draft, now=NOON))

    refused = 0
    for _ in range(300):
        try:
            async with db.transaction():
                await act()
        except Refusal:
            refused += 1

    assert await recount(db) == []
    assert refused < 250
    assert len(posts) > 20


async def test_a_wrong_counter_is_found(db: Connection) -> None:
    ada = await make_account(db)
    post = await make_thread(db, ada)
    await db.execute("UPDATE post SET replies_count = 7 WHERE id = $1", post.id)

    assert await recount(db) == [Drift(table="post", id=post.id, counter="replies_count", stored=7, counted=0)]
    assert (await reading.by_id(db, post.id, None)).replies_count == 7
