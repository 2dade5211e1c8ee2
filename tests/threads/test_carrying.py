"""One thread in several groups: asked, accepted, announced, ended (product 7; D49, D50)."""

import pytest

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.threads import audience, carrying, posting, reactions, reading
from fedcomm.threads.model import Carry, Post
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
    make_thread,
    recorded,
)


async def carry_of(db: Connection, thread: Post, group: Account) -> Carry:
    """What the group has to do with the thread."""
    found = await carrying.of(db, thread.id, group.id)
    assert found is not None
    return found


async def test_a_second_group_of_ours_carries_at_once(db: Connection) -> None:
    ada = await make_account(db)
    home, other = await make_group(db, members=[ada]), await make_group(db, "millers", members=[ada])

    thread = await make_thread(db, ada, home, carried_by=[other])

    carry = await carry_of(db, thread, other)
    assert (carry.state, carry.requested_by, carry.decided_at) == ("carried", ada.id, NOON)
    wrapper = await db.fetchrow("SELECT * FROM boost WHERE id = $1", carry.boost_id)
    assert wrapper is not None
    assert (wrapper["account_id"], wrapper["uri"]) == (other.id, carry.announce_uri)
    assert await db.fetchval("SELECT count(*) FROM post") == 1
    assert await recorded(db, "ThreadAnnounced", "CarryDecided", "CarryAsked") == [
        "ThreadAnnounced",
        "ThreadAnnounced",
        "CarryDecided",
    ]


async def test_the_author_must_be_able_to_post_in_each_group(db: Connection) -> None:
    ada = await make_account(db)
    home, other = await make_group(db, members=[ada]), await make_group(db, "millers")

    with pytest.raises(NotAllowed, match="Millers"):
        await make_thread(db, ada, home, carried_by=[other])


async def test_a_group_elsewhere_is_asked(db: Connection) -> None:
    ada = await make_account(db)
    home = await make_group(db, members=[ada])
    market = await make_remote_group(db, members=[ada])

    thread = await make_thread(db, ada, home, carried_by=[market])

    assert (await carry_of(db, thread, market)).state == "requested"
    assert await recorded(db, "CarryAsked", "CarryDecided") == ["CarryAsked"]


async def test_a_group_elsewhere_that_accepts_is_remembered(db: Connection) -> None:
    ada = await make_account(db)
    home = await make_group(db, members=[ada])
    market, other = await make_remote_group(db, members=[ada]), await make_remote_group(db, "other")
    thread = await make_thread(db, ada, home, carried_by=[market])
    offer = f"{HERE.base_url}/a/5"
    await carrying.set_offer_uri(db, (await carry_of(db, thread, market)).id, offer)

    assert not await carrying.receive_accept(db, other, offer, "https://beta.example/a/1", now=NOON)
    assert (await carry_of(db, thread, market)).state == "requested"
    assert await carrying.receive_accept(db, market, offer, "https://beta.example/a/1", now=later(minutes=1))

    carry = await carry_of(db, thread, market)
    assert (carry.state, carry.announce_uri) == ("carried", "https://beta.example/a/1")


async def test_a_group_elsewhere_that_declines_is_remembered(db: Connection) -> None:
    ada = await make_account(db)
    home, market = await make_group(db, members=[ada]), await make_remote_group(db)
    thread = await make_thread(db, ada, home, carried_by=[market])
    offer = f"{HERE.base_url}/a/5"
    await carrying.set_offer_uri(db, (await carry_of(db, thread, market)).id, offer)

    assert await carrying.receive_reject(db, market, offer, now=NOON)

    assert (await carry_of(db, thread, market)).state == "declined"


async def test_s043_a_thread_from_elsewhere_is_carried_when_its_author_may_write_here(db: Connection) -> None:
    rui, eve = await make_remote_account(db), await make_remote_account(db, "eve")
    market = await make_remote_group(db)
    ours = await make_group(db, members=[rui])

    theirs = await make_thread(db, rui, market, carried_by=[ours])
    spam = await make_thread(db, eve, market, carried_by=[ours])

    assert (await carry_of(db, theirs, ours)).state == "carried"
    assert theirs.group_id == market.id
    refused = await carry_of(db, spam, ours)
    assert (refused.state, refused.boost_id) == ("declined", None)
    assert "Join the group first" in refused.reason


async def test_an_offer_before_or_after_the_post_is_answered_once_each(db: Connection) -> None:
    rui = await make_remote_account(db)
    market = await make_remote_group(db)
    ours = await make_group(db, members=[rui])
    thread = await make_thread(db, rui, market, carried_by=[ours])
    offer = "https://beta.example/a/o5"

    for _ in range(2):
        await carrying.receive_offer(db, HERE, rui, thread, ours, offer, now=NOON)

    carry = await carry_of(db, thread, ours)
    assert (carry.state, carry.offer_uri) == ("carried", offer)
    assert await recorded(db, "CarryDecided") == ["CarryDecided"] * 3
    assert await recorded(db, "ThreadAnnounced") == ["ThreadAnnounced"]


async def test_only_the_author_or_a_member_of_both_offers_a_thread(db: Connection) -> None:
    rui, ben, eve = (
        await make_remote_account(db),
        await make_remote_account(db, "ben"),
        await make_remote_account(db, "eve"),
    )
    market = await make_remote_group(db)
    ours = await make_group(db, members=[rui, ben])
    thread = await make_thread(db, rui, market)

    assert await carrying.receive_offer(db, HERE, eve, thread, ours, "https://beta.example/a/1", now=NOON) is None
    carry = await carrying.receive_offer(db, HERE, ben, thread, ours, "https://beta.example/a/2", now=NOON)

    assert carry is not None
    assert (carry.state, carry.requested_by) == ("carried", ben.id)


async def test_the_home_learns_who_was_asked_and_who_announces(db: Connection) -> None:
    rui = await make_remote_account(db)
    home = await make_group(db, members=[rui])
    market = await make_remote_group(db, host="gamma.example")
    thread = await make_thread(db, rui, home)

    await carrying.receive_offer(db, HERE, rui, thread, market, "https://beta.example/a/o", now=NOON)
    assert (await carry_of(db, thread, market)).state == "requested"
    boost_id = await carrying.receive_announce(
        db, HERE, market, thread, "https://gamma.example/a/x", published_at=NOON, now=later(minutes=1)
    )

    carry = await carry_of(db, thread, market)
    assert (carry.state, carry.boost_id, carry.announce_uri) == ("carried", boost_id, "https://gamma.example/a/x")


async def test_a_group_that_nobody_asked_does_not_become_a_carrier(db: Connection) -> None:
    ada = await make_account(db)
    home = await make_group(db, members=[ada])
    stranger = await make_remote_group(db)
    thread = await make_thread(db, ada, home)

    boost_id = await carrying.receive_announce(
        db, HERE, stranger, thread, "https://beta.example/a/x", published_at=NOON, now=NOON
    )

    assert boost_id is not None
    assert await carrying.of(db, thread.id, stranger.id) is None


async def test_comments_are_not_announced(db: Connection) -> None:
    rui = await make_remote_account(db)
    market = await make_remote_group(db)
    thread = await make_thread(db, rui, market)
    reply = await posting.publish(
        db, HERE, rui, make_draft("Red.", remote=make_remote(rui, parent_uri=thread.uri)), now=NOON
    )

    made = await carrying.receive_announce(
        db, HERE, market, reply, "https://beta.example/a/x", published_at=NOON, now=NOON
    )

    assert made is None
    assert await db.fetchval("SELECT count(*) FROM boost") == 0


async def test_the_same_announcement_twice_is_one_wrapper(db: Connection) -> None:
    rui = await make_remote_account(db)
    market = await make_remote_group(db)
    thread = await make_thread(db, rui, market)

    made = {
        await carrying.receive_announce(db, HERE, market, thread, uri, published_at=NOON, now=NOON)
        for uri in ("https://beta.example/a/x", "https://beta.example/a/x", "https://beta.example/a/y")
    }

    assert len(made) == 1
    assert await recorded(db, "ThreadAnnouncedElsewhere") == ["ThreadAnnouncedElsewhere"]


async def test_r021_an_announcement_whose_end_came_first_stays_away(db: Connection) -> None:
    rui = await make_remote_account(db)
    market = await make_remote_group(db)
    thread = await make_thread(db, rui, market)

    await reactions.receive_undo(db, HERE, market, "https://beta.example/a/x", now=NOON)
    made = await carrying.receive_announce(
        db, HERE, market, thread, "https://beta.example/a/x", published_at=NOON, now=NOON
    )

    assert made is None
    assert await db.fetchval("SELECT count(*) FROM boost") == 0


async def test_asking_a_facilitator_waits_for_the_answer(db: Connection) -> None:
    frida, ada = await make_account(db, "frida"), await make_account(db)
    home = await make_group(db, members=[ada])
    careful = await make_group(db, "millers", facilitator=frida, members=[ada], carry_policy="ask facilitator")
    thread = await make_thread(db, ada, home, carried_by=[careful])
    carry = await carry_of(db, thread, careful)
    assert carry.state == "requested"
    assert [each.id for each in await carrying.asked_of(db, careful.id)] == [carry.id]

    with pytest.raises(NotAllowed):
        await carrying.accept(db, HERE, ada, carry.id, now=NOON)
    accepted = await carrying.accept(db, HERE, frida, carry.id, now=later(hours=1))

    assert accepted.state == "carried"
    assert await db.fetchval("SELECT count(*) FROM boost WHERE account_id = $1", careful.id) == 1


@pytest.mark.parametrize(("policy", "kind"), [("never", "topic"), ("auto", "peer circle")])
async def test_groups_that_never_carry_decline(db: Connection, policy: str, kind: str) -> None:
    ada = await make_account(db)
    home = await make_group(db, members=[ada])
    closed = await make_group(db, "millers", members=[ada], group_kind=kind)
    await db.execute("UPDATE group_profile SET carry_policy = $2 WHERE account_id = $1", closed.id, policy)

    thread = await make_thread(db, ada, home, carried_by=[closed])

    assert (await carry_of(db, thread, closed)).state == "declined"
    assert await db.fetchval("SELECT count(*) FROM boost WHERE account_id = $1", closed.id) == 0


async def test_what_is_for_one_groups_members_is_carried_by_no_call(db: Connection) -> None:
    frida, ada, rui = await make_account(db, "frida"), await make_account(db), await make_remote_account(db)
    home = await make_group(db, members=[ada, rui])
    other = await make_group(db, "millers", facilitator=frida, members=[ada, rui], carry_policy="ask facilitator")
    market = await make_remote_group(db)
    thread = await make_thread(db, ada, home, carried_by=[other])
    theirs = await make_thread(db, rui, home)
    carry = await carry_of(db, thread, other)
    await db.execute("UPDATE post SET audience = 'group'")
    thread, theirs = await reading.by_id(db, thread.id, ada.id), await reading.by_id(db, theirs.id, rui.id)

    with pytest.raises(Invalid):
        await carrying.ask(db, HERE, ada, theirs.id, other.id, now=NOON)
    with pytest.raises(NotFound):
        await carrying.accept(db, HERE, frida, carry.id, now=NOON)
    assert await carrying.receive_offer(db, HERE, rui, theirs, other, "https://beta.example/a/1", now=NOON) is None
    made = await carrying.receive_announce(
        db, HERE, market, theirs, "https://beta.example/a/2", published_at=NOON, now=NOON
    )

    assert made is None
    assert await db.fetchval("SELECT count(*) FROM carry WHERE state = 'carried'") == 0


async def test_a_carrier_can_be_added_later_by_a_member_of_both(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    home = await make_group(db, members=[ada, ben])
    other = await make_group(db, "millers", members=[ben, cleo])
    thread = await make_thread(db, ada, home)

    with pytest.raises(NotAllowed):
        await carrying.ask(db, HERE, cleo, thread.id, other.id, now=NOON)
    carry = await carrying.ask(db, HERE, ben, thread.id, other.id, now=NOON)
    same = await carrying.ask(db, HERE, ben, thread.id, other.id, now=NOON)

    assert (carry.state, same.id) == ("carried", carry.id)
    with pytest.raises(Invalid):
        await carrying.ask(db, HERE, ada, thread.id, home.id, now=NOON)


async def test_stopping_takes_the_announcement_back_and_leaves_the_thread_at_home(db: Connection) -> None:
    frida, ada = await make_account(db, "frida"), await make_account(db)
    home = await make_group(db, members=[ada])
    other = await make_group(db, "millers", facilitator=frida, members=[ada])
    thread = await make_thread(db, ada, home, carried_by=[other])
    before = thread.version

    with pytest.raises(NotFound):
        await carrying.stop(db, HERE, frida, thread.id, home.id, now=NOON)
    await carrying.stop(db, HERE, frida, thread.id, other.id, reason="off topic", now=later(hours=1))
    await carrying.stop(db, HERE, frida, thread.id, other.id, now=later(hours=2))

    carry = await carry_of(db, thread, other)
    assert (carry.state, carry.reason, carry.decided_at) == ("withdrawn", "off topic", later(hours=1))
    wrappers = await db.fetch("SELECT account_id FROM boost WHERE post_id = $1", thread.id)
    assert [row["account_id"] for row in wrappers] == [home.id]
    assert await recorded(db, "CarryEnded", "AnnouncementWithdrawn") == ["AnnouncementWithdrawn", "CarryEnded"]
    assert (await reading.by_id(db, thread.id, None)).version > before


async def test_a_group_elsewhere_that_takes_its_announcement_back_carries_no_longer(db: Connection) -> None:
    ada = await make_account(db)
    home, market = await make_group(db, members=[ada]), await make_remote_group(db)
    thread = await make_thread(db, ada, home, carried_by=[market])
    uri = "https://beta.example/a/x"
    await carrying.receive_announce(db, HERE, market, thread, uri, published_at=NOON, now=NOON)
    assert (await carry_of(db, thread, market)).state == "carried"

    assert await reactions.receive_undo(db, HERE, market, uri, now=later(hours=1))

    assert (await carry_of(db, thread, market)).state == "withdrawn"
    assert await db.fetchval("SELECT count(*) FROM boost WHERE account_id = $1", market.id) == 0


async def test_a_thread_is_in_at_most_six_groups(db: Connection) -> None:
    ada = await make_account(db)
    groups = [await make_group(db, f"group{n}", members=[ada]) for n in range(7)]

    with pytest.raises(Invalid):
        await make_thread(db, ada, groups[0], carried_by=groups[1:])
    thread = await make_thread(db, ada, groups[0], carried_by=groups[1:6])
    with pytest.raises(Invalid):
        await carrying.ask(db, HERE, ada, thread.id, groups[6].id, now=NOON)


async def test_deleting_the_thread_ends_every_announcement_and_reaches_every_carrier(db: Connection) -> None:
    ada, fan = await make_account(db), await make_remote_account(db, "fan", host="delta.example")
    home, other = await make_group(db, members=[ada]), await make_group(db, "millers", members=[ada, fan])
    market = await make_remote_group(db, host="gamma.example")
    thread = await make_thread(db, ada, home, carried_by=[other, market])
    uri = "https://gamma.example/a/x"
    await carrying.receive_announce(db, HERE, market, thread, uri, published_at=NOON, now=NOON)
    before = await audience.recipients(db, thread.id)

    await posting.delete(db, HERE, ada, thread.id, now=NOON)

    assert await recorded(db, "AnnouncementWithdrawn") == ["AnnouncementWithdrawn", "AnnouncementWithdrawn"]
    assert await db.fetchval("SELECT count(*) FROM boost") == 0
    assert [each.authority for each in before] == ["delta.example", "gamma.example"]
    assert await audience.recipients(db, thread.id) == before


async def test_a_thread_that_is_restored_is_carried_again(db: Connection) -> None:
    frida, ada = await make_account(db, "frida"), await make_account(db)
    home, other = (
        await make_group(db, facilitator=frida, members=[ada]),
        await make_group(db, "millers", members=[ada]),
    )
    thread = await make_thread(db, ada, home, carried_by=[other])

    await posting.remove(db, HERE, frida, thread.id, "", now=NOON)
    assert await db.fetchval("SELECT count(*) FROM boost") == 0
    await posting.restore(db, HERE, frida, thread.id, now=NOON)

    wrapper = await db.fetchval("SELECT id FROM boost WHERE account_id = $1", other.id)
    assert (await carry_of(db, thread, other)).boost_id == wrapper
    assert await db.fetchval("SELECT count(*) FROM boost") == 2
