"""Who follows whom, among people here and elsewhere."""

import pytest

from fedcomm.accounts import follows, relationships
from fedcomm.accounts.model import Account
from fedcomm.accounts.relationships import Relationship
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from tests.factories import HERE, NOON, again, later, make_account, make_follow, make_remote_account, recorded

TOP = 2**63 - 1


async def locked(db: Connection, account: Account) -> Account:
    """The account, with followers only by its leave."""
    await db.execute("UPDATE account SET is_locked = true WHERE id = $1", account.id)
    return await again(db, account)


async def test_following_somebody_here_counts_at_once(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")

    made = await follows.follow(db, HERE, ada, ben, now=NOON)

    assert (made.state, made.accepted_at) == ("accepted", NOON)
    assert ((await again(db, ada)).following_count, (await again(db, ben)).followers_count) == (1, 1)
    assert await recorded(db) == ["FollowReceived"]
    assert await follows.unfollow(db, HERE, ada, ben, now=NOON)
    assert not await follows.unfollow(db, HERE, ada, ben, now=NOON)
    assert ((await again(db, ada)).following_count, (await again(db, ben)).followers_count) == (0, 0)
    assert await recorded(db) == ["FollowReceived"]


async def test_nobody_follows_themselves_or_who_is_gone(db: Connection) -> None:
    ada, gone = await make_account(db), await make_account(db, "ben", state="deleted")

    with pytest.raises(Invalid):
        await follows.follow(db, HERE, ada, ada, now=NOON)
    with pytest.raises(NotFound):
        await follows.follow(db, HERE, ada, gone, now=NOON)


async def test_a_locked_account_is_asked_and_may_refuse(db: Connection) -> None:
    ada, rui = await locked(db, await make_account(db)), await make_remote_account(db)
    uri = "https://beta.example/f/1"

    asked = await follows.receive_follow(db, HERE, rui, ada, uri, now=NOON)
    assert asked is not None
    assert asked.state == "requested"
    assert [who for _, who in await follows.followers(db, ada.id, below=TOP, limit=9, state="requested")] == [rui.id]
    assert (await again(db, ada)).followers_count == 0

    assert await follows.refuse(db, HERE, ada, rui.id, now=NOON)
    assert await follows.find(db, rui.id, ada.id) is None
    with pytest.raises(NotFound):
        await follows.accept(db, HERE, ada, rui.id, now=NOON)
    assert await recorded(db) == ["FollowReceived", "FollowRefused"]


async def test_accepting_twice_counts_and_tells_once(db: Connection) -> None:
    ada, rui = await locked(db, await make_account(db)), await make_remote_account(db)
    await follows.receive_follow(db, HERE, rui, ada, "https://beta.example/f/1", now=NOON)

    for _ in range(2):
        accepted = await follows.accept(db, HERE, ada, rui.id, now=later(hours=1))
        assert accepted.state == "accepted"

    assert (await again(db, ada)).followers_count == 1
    assert await recorded(db, "FollowAccepted") == ["FollowAccepted"]


async def test_somebody_elsewhere_is_asked_and_told_when_it_ends(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)

    asked = await follows.follow(db, HERE, ada, rui, now=NOON)
    assert (asked.state, asked.uri) == ("requested", f"{HERE.base_url}/a/{asked.id}")
    await follows.receive_accept(db, HERE, ada, rui, now=later(minutes=1))
    assert ((await again(db, ada)).following_count, (await again(db, rui)).followers_count) == (1, 1)
    await follows.unfollow(db, HERE, ada, rui, now=later(hours=1))

    assert (await again(db, ada)).following_count == 0
    assert await recorded(db) == ["FollowAsked", "FollowEnded"]


async def test_s038_s039_neither_accept_nor_reject_speaks_for_others(db: Connection) -> None:
    ada, ben, rui, eve = (
        await make_account(db),
        await make_account(db, "ben"),
        await make_remote_account(db),
        await make_remote_account(db, "eve"),
    )
    await follows.follow(db, HERE, ada, rui, now=NOON)

    assert await follows.receive_accept(db, HERE, ada, eve, now=NOON) is None
    assert await follows.receive_accept(db, HERE, ben, rui, now=NOON) is None
    assert not await follows.receive_reject(db, HERE, ada, eve, now=NOON)

    found = await follows.find(db, ada.id, rui.id)
    assert found is not None
    assert found.state == "requested"


async def test_nobody_elsewhere_makes_people_follow_each_other(db: Connection) -> None:
    rui, eve = await make_remote_account(db), await make_remote_account(db, "eve")

    assert await follows.receive_follow(db, HERE, rui, eve, "https://beta.example/f/1", now=NOON) is None
    assert await follows.receive_follow(db, HERE, rui, rui, "https://beta.example/f/2", now=NOON) is None


async def test_relationships_say_both_directions(db: Connection) -> None:
    ada, ben, cleo, dora = [await make_account(db, name) for name in ("ada", "ben", "cleo", "dora")]
    cleo = await locked(db, cleo)
    await follows.follow(db, HERE, ada, ben, show_boosts=False, notify=True, languages=["de"], now=NOON)
    await follows.follow(db, HERE, ada, cleo, now=NOON)
    await make_follow(db, dora, ada)

    found = await relationships.between(db, ada.id, [ben.id, cleo.id, dora.id, ada.id])

    assert found == {
        ben.id: Relationship(account_id=ben.id, is_following=True, notifies=True, languages=["de"]),
        cleo.id: Relationship(account_id=cleo.id, is_requested=True, shows_boosts=True),
        dora.id: Relationship(account_id=dora.id, is_followed_by=True),
        ada.id: Relationship(account_id=ada.id),
    }


async def test_lists_of_followers_go_by_pages(db: Connection) -> None:
    ada = await make_account(db)
    fans = [await make_account(db, f"fan{n}") for n in range(5)]
    for fan in fans:
        await make_follow(db, fan, ada)

    first = await follows.followers(db, ada.id, below=TOP, limit=3)
    second = await follows.followers(db, ada.id, below=first[-1][0], limit=3)

    assert [who for _, who in [*first, *second]] == [fan.id for fan in reversed(fans)]
    assert [who for _, who in await follows.following(db, fans[0].id, below=TOP, limit=3)] == [ada.id]
