"""Joining, leaving, and who may do what in a group."""

import pytest

from fedcomm.accounts import follows
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.groups import founding, membership, reading
from tests.factories import (
    HERE,
    NOON,
    again,
    later,
    make_account,
    make_group,
    make_remote_account,
    make_remote_group,
    recorded,
)


async def test_whoever_founds_a_group_is_its_first_facilitator_and_reads_it(db: Connection) -> None:
    ada = await make_account(db)

    group = await founding.create(db, HERE, ada, "Paint_Shops", "Paint shops", "Talk about paint.", now=NOON)

    assert group.handle == "paint_shops"
    assert group.uri == "https://alpha.example/groups/paint_shops"
    assert await membership.role(db, group.id, ada.id) == "facilitator"
    assert (await again(db, group)).followers_count == 1
    profile = await reading.profile(db, group.id)
    assert profile is not None
    assert (profile.purpose, profile.join_rule, profile.posting_rule, len(profile.rules)) == (
        "Talk about paint.",
        "open",
        "members",
        1,
    )


@pytest.mark.parametrize(
    ("handle", "name", "purpose"),
    [
        ("no", "Too short", "A purpose."),
        ("with-hyphen", "Lemmy takes no hyphen", "A purpose."),
        ("admin", "Reserved", "A purpose."),
        ("paint", "", "A purpose."),
        ("paint", "x" * 61, "A purpose."),
        ("paint", "Paint", ""),
        ("paint", "Paint", "x" * 201),
    ],
)
async def test_a_group_needs_a_handle_a_name_and_a_purpose(
    db: Connection, handle: str, name: str, purpose: str
) -> None:
    ada = await make_account(db)

    with pytest.raises(Invalid):
        await founding.create(db, HERE, ada, handle, name, purpose, now=NOON)


async def test_people_and_groups_share_one_name_space(db: Connection) -> None:
    ada = await make_account(db)

    with pytest.raises(Invalid, match="taken"):
        await founding.create(db, HERE, ada, ada.handle, "Ada's", "A purpose.", now=NOON)


async def test_only_people_of_this_instance_found_groups_here(db: Connection) -> None:
    rui = await make_remote_account(db)
    waiting = await make_account(db, "ben", state="pending")

    with pytest.raises(NotFound):
        await founding.create(db, HERE, rui, "paint", "Paint", "A purpose.", now=NOON)
    with pytest.raises(NotAllowed):
        await founding.create(db, HERE, waiting, "paint", "Paint", "A purpose.", now=NOON)


async def test_following_an_open_group_joins_it_at_once(db: Connection) -> None:
    group = await make_group(db)
    ben = await make_account(db, "ben")

    follow = await membership.follow_or_join(db, HERE, ben, group, now=NOON)

    assert follow.state == "accepted"
    assert await membership.role(db, group.id, ben.id) == "member"
    assert (await again(db, group)).followers_count == 2
    assert (await again(db, ben)).following_count == 1


async def test_following_twice_counts_once_and_changes_only_the_options_named(db: Connection) -> None:
    group = await make_group(db)
    ben = await make_account(db, "ben")

    await membership.follow_or_join(db, HERE, ben, group, show_boosts=False, now=NOON)
    follow = await membership.follow_or_join(db, HERE, ben, group, notify=True, now=later(hours=1))

    assert (follow.show_boosts, follow.notify) == (False, True)
    assert (await again(db, group)).followers_count == 2


async def test_leaving_ends_membership_and_follow(db: Connection) -> None:
    ben = await make_account(db, "ben")
    group = await make_group(db, members=[ben])

    assert await membership.leave_or_unfollow(db, HERE, ben, group, now=NOON)
    assert not await membership.leave_or_unfollow(db, HERE, ben, group, now=NOON)

    assert await membership.role(db, group.id, ben.id) is None
    assert await follows.find(db, ben.id, group.id) is None
    assert (await again(db, group)).followers_count == 1


async def test_the_last_facilitator_names_another_before_leaving(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, facilitator=ada, members=[ben])

    with pytest.raises(Conflict):
        await membership.leave(db, HERE, ada, group, now=NOON)
    with pytest.raises(Conflict):
        await membership.appoint(db, ada, group, ada.id, "member", now=NOON)
    await membership.appoint(db, ada, group, ben.id, "facilitator", now=NOON)
    await membership.leave(db, HERE, ada, group, now=NOON)

    assert await membership.role(db, group.id, ada.id) is None


async def test_a_group_on_request_waits_for_a_facilitator(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    group = await make_group(db, facilitator=ada, members=[cleo], join_rule="request")

    follow = await membership.follow_or_join(db, HERE, ben, group, now=NOON)

    assert follow.state == "requested"
    assert await membership.role(db, group.id, ben.id) is None
    with pytest.raises(NotAllowed):
        await membership.admit(db, HERE, cleo, group, ben.id, now=NOON)
    await membership.admit(db, HERE, ada, group, ben.id, now=NOON)
    assert await membership.role(db, group.id, ben.id) == "member"
    found = await follows.find(db, ben.id, group.id)
    assert found is not None
    assert found.state == "accepted"


async def test_a_group_by_invitation_takes_no_followers(db: Connection) -> None:
    group = await make_group(db, join_rule="invite")
    ben, rui = await make_account(db, "ben"), await make_remote_account(db)

    with pytest.raises(NotAllowed):
        await membership.follow_or_join(db, HERE, ben, group, now=NOON)
    assert await membership.receive_follow(db, HERE, rui, group, "https://beta.example/f/1", now=NOON) is None

    assert await recorded(db, "FollowRefused") == ["FollowRefused"]
    assert await membership.find(db, group.id, rui.id) is None


async def test_who_was_removed_cannot_come_back_alone(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, facilitator=ada, members=[ben])

    with pytest.raises(NotAllowed):
        await membership.remove(db, HERE, ben, group, ada.id, now=NOON)
    await membership.remove(db, HERE, ada, group, ben.id, now=NOON)

    assert await follows.find(db, ben.id, group.id) is None
    with pytest.raises(NotAllowed, match="removed"):
        await membership.follow_or_join(db, HERE, ben, group, now=later(days=1))


async def test_somebody_elsewhere_joins_by_following_and_is_answered(db: Connection) -> None:
    group = await make_group(db)
    rui = await make_remote_account(db)

    await membership.receive_follow(db, HERE, rui, group, "https://beta.example/f/1", now=NOON)
    await membership.receive_follow(db, HERE, rui, group, "https://beta.example/f/2", now=later(minutes=1))

    assert await membership.role(db, group.id, rui.id) == "member"
    assert await recorded(db, "FollowAccepted") == ["FollowAccepted", "FollowAccepted"]
    found = await follows.find(db, rui.id, group.id)
    assert found is not None
    assert found.uri == "https://beta.example/f/2"
    assert (await again(db, group)).followers_count == 2


async def test_r021_an_undo_that_overtakes_its_follow_keeps_it_away(db: Connection) -> None:
    group = await make_group(db)
    rui = await make_remote_account(db)

    await membership.receive_undo(db, HERE, rui, group, "https://beta.example/f/1", now=NOON)
    made = await membership.receive_follow(db, HERE, rui, group, "https://beta.example/f/1", now=later(minutes=1))

    assert made is None
    assert await follows.find(db, rui.id, group.id) is None
    assert await membership.role(db, group.id, rui.id) is None


async def test_joining_a_group_elsewhere_waits_for_its_answer(db: Connection) -> None:
    ada = await make_account(db)
    market = await make_remote_group(db)

    follow = await membership.follow_or_join(db, HERE, ada, market, now=NOON)

    assert (follow.state, await membership.role(db, market.id, ada.id)) == ("requested", None)
    assert await recorded(db, "FollowAsked") == ["FollowAsked"]
    assert await membership.receive_accept(db, HERE, ada, market, now=NOON) is not None
    assert await membership.role(db, market.id, ada.id) == "member"
    assert await membership.receive_accept(db, HERE, ada, market, now=NOON) is None


async def test_s039_an_acceptance_that_nobody_asked_for_makes_no_relation(db: Connection) -> None:
    ada = await make_account(db)
    market = await make_remote_group(db)

    assert await membership.receive_accept(db, HERE, ada, market, now=NOON) is None

    assert await follows.find(db, ada.id, market.id) is None
    assert await membership.find(db, market.id, ada.id) is None


async def test_s038_only_the_follower_takes_a_follow_back(db: Connection) -> None:
    group = await make_group(db)
    rui, eve = await make_remote_account(db), await make_remote_account(db, "eve")
    await membership.receive_follow(db, HERE, rui, group, "https://beta.example/f/1", now=NOON)

    assert not await membership.receive_undo(db, HERE, eve, group, "https://beta.example/f/1", now=NOON)

    assert await membership.role(db, group.id, rui.id) == "member"


async def test_a_group_elsewhere_that_rejects_later_ends_the_membership(db: Connection) -> None:
    ada = await make_account(db)
    market = await make_remote_group(db, members=[ada])

    await membership.receive_reject(db, HERE, ada, market, now=NOON)

    assert await membership.role(db, market.id, ada.id) is None
    assert (await again(db, ada)).following_count == 0
    assert (await again(db, market)).followers_count == 0


async def test_a_group_that_follows_a_group_reads_it_and_is_no_member(db: Connection) -> None:
    group = await make_group(db)
    market = await make_remote_group(db)

    await membership.receive_follow(db, HERE, market, group, "https://beta.example/f/1", now=NOON)

    assert await follows.find(db, market.id, group.id) is not None
    assert await membership.find(db, group.id, market.id) is None


async def test_lists_of_groups_show_what_the_viewer_may_know_of(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    open_group = await make_group(db, "open", members=[ada])
    hidden = await make_group(db, "hidden", members=[ben])
    await db.execute("UPDATE group_profile SET visibility = 'hidden' WHERE account_id = $1", hidden.id)

    assert [group.id for group in await reading.here(db, viewer_id=None)] == [open_group.id]
    assert [group.id for group in await reading.here(db, viewer_id=ada.id)] == [open_group.id]
    assert {group.id for group in await reading.here(db, viewer_id=ben.id)} == {open_group.id, hidden.id}
    assert [group.id for group in await reading.joined(db, ben.id)] == [hidden.id]
