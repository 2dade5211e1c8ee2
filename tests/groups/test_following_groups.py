"""Groups that follow groups (FEP-d36d): here and across servers, shown and never announced again."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from fedcomm.accounts import follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.resolving import Resolver
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.groups import following, membership, neighbours
from fedcomm.groups.model import CarryPolicy
from fedcomm.threads import carrying, changing, moderating, posting, reading, recounting, relocating
from fedcomm.timelines import group as group_timeline
from fedcomm.timelines import home
from fedcomm.timelines.cursor import Cursor
from tests import running
from tests.activitypub.inbound.world import join, rows, tell, world, wrote
from tests.factories import make_draft
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase

NEWEST = Cursor(limit=20)
AP = {"Accept": "application/activity+json"}


async def listed(at: Instance, group: Account, viewer: Account | None = None) -> list[int]:
    """The threads that a group shows."""
    async with at.site.read() as db:
        found = await group_timeline.threads(db, viewer.id if viewer else None, group.id, cursor=NEWEST)
    return [entry.post_id for entry in found]


async def at_home(at: Instance, viewer: Account) -> list[tuple[int, int | None]]:
    """What stands in somebody's home, and which group brought it."""
    async with at.site.read() as db:
        return [(each.post_id, each.by_id) for each in await home.page(db, viewer.id, cursor=NEWEST)]


async def follow(at: Instance, by: Account, group: Account, target: Account) -> str:
    """Somebody lets a group follow another. How far that is at once."""
    async with at.db() as db:
        made = await following.follow(db, at.here, by, group, target, now=at.site.now())
    return made.state


async def no_counter_is_wrong(at: Instance) -> None:
    """All counters are what is counted."""
    async with at.db() as db:
        assert await recounting.recount(db) == []


@asynccontextmanager
async def two_groups(
    database_url: MakeDatabase, *, carry_policy: CarryPolicy = "auto"
) -> AsyncGenerator[tuple[Instance, Account, Account, Account, Account]]:
    """Ada's millers and Ben's bakers on one instance; Cleo is in the bakers only."""
    async with running.instance(await database_url()) as alpha:
        ada, ben, cleo = [await alpha.person(name) for name in ("ada", "ben", "cleo")]
        millers, bakers = await alpha.group(ada, "millers"), await alpha.group(ben, carry_policy=carry_policy)
        async with alpha.db() as db:
            await membership.join(db, alpha.here, cleo, bakers, now=alpha.site.now())
        yield alpha, ada, cleo, millers, bakers


async def ben_of(at: Instance) -> Account:
    """Who founded the bakers."""
    async with at.site.read() as db:
        found = await lookup.by_handle(db, "ben", at.domain)
    assert found is not None
    return found


async def test_a_group_shows_its_people_what_the_group_it_follows_announces(database_url: MakeDatabase) -> None:
    async with two_groups(database_url) as (alpha, ada, cleo, millers, bakers):
        before = await wrote(alpha, ada, "Said before.", group=millers)
        assert await follow(alpha, await ben_of(alpha), bakers, millers) == "accepted"
        thread = await wrote(alpha, ada, "Who has rye?", group=millers)

        assert await listed(alpha, bakers, cleo) == [thread.id]
        assert await listed(alpha, millers) == [thread.id, before.id]
        assert (thread.id, bakers.id) in await at_home(alpha, cleo)
        async with alpha.site.read() as db:
            assert await membership.find(db, millers.id, bakers.id) is None
            assert (await reading.by_id(db, thread.id, None)).group_id == millers.id
        await no_counter_is_wrong(alpha)


async def test_groups_that_follow_each_other_do_not_go_round_in_circles(database_url: MakeDatabase) -> None:
    async with two_groups(database_url) as (alpha, ada, cleo, millers, bakers):
        await follow(alpha, await ben_of(alpha), bakers, millers)
        await follow(alpha, ada, millers, bakers)

        rye = await wrote(alpha, ada, "Who has rye?", group=millers)
        oven = await wrote(alpha, cleo, "Who has an oven?", group=bakers)

        assert await listed(alpha, bakers) == await listed(alpha, millers) == [oven.id, rye.id]
        found = await rows(alpha, "SELECT account_id, post_id FROM boost ORDER BY post_id, account_id")
        assert len(found) == 4


async def test_what_is_taken_back_moved_or_removed_is_shown_along_no_more(database_url: MakeDatabase) -> None:
    async with two_groups(database_url) as (alpha, ada, cleo, millers, bakers):
        ben = await ben_of(alpha)
        weavers = await alpha.group(ada, "weavers")
        await follow(alpha, ben, bakers, millers)
        gone, removed, moved = [await wrote(alpha, ada, f"Thread {n}.", group=millers) for n in range(3)]
        assert await listed(alpha, bakers) == [moved.id, removed.id, gone.id]

        async with alpha.db() as db:
            now = alpha.site.now()
            await changing.delete(db, alpha.here, ada, gone.id, now=now)
            await moderating.remove(db, alpha.here, ada, removed.id, reason="Not here.", now=now)
            await relocating.move(db, alpha.here, ada, moved.id, weavers, now=now)
        await alpha.settle()

        assert await listed(alpha, bakers) == []
        assert await at_home(alpha, cleo) == []
        await no_counter_is_wrong(alpha)


async def test_a_group_that_unfollows_shows_only_what_another_it_follows_announces(database_url: MakeDatabase) -> None:
    async with two_groups(database_url) as (alpha, ada, _cleo, millers, bakers):
        ben = await ben_of(alpha)
        weavers = await alpha.group(ada, "weavers")
        for each in (millers, weavers):
            await follow(alpha, ben, bakers, each)
        both = await wrote(alpha, ada, "In both.", group=millers)
        await wrote(alpha, ada, "In one.", group=millers)
        async with alpha.db() as db:
            await carrying.ask(db, alpha.here, ada, both.id, weavers.id, now=alpha.site.now())
        await alpha.settle()

        async with alpha.db() as db:
            assert await following.unfollow(db, alpha.here, ben, bakers, millers, now=alpha.site.now())
        await alpha.settle()

        assert await listed(alpha, bakers) == [both.id]
        await no_counter_is_wrong(alpha)
        async with alpha.db() as db:
            assert not await following.unfollow(db, alpha.here, ben, bakers, millers, now=alpha.site.now())
            await carrying.stop(db, alpha.here, ada, both.id, weavers.id, now=alpha.site.now())
        await alpha.settle()
        assert await listed(alpha, bakers) == []
        await no_counter_is_wrong(alpha)


async def test_what_is_shown_along_can_be_hidden_and_be_carried_later(database_url: MakeDatabase) -> None:
    async with two_groups(database_url) as (alpha, ada, cleo, millers, bakers):
        ben = await ben_of(alpha)
        await follow(alpha, ben, bakers, millers)
        thread = await wrote(alpha, ada, "Who has rye?", group=millers)
        async with alpha.db() as db:
            await membership.join(db, alpha.here, ada, bakers, now=alpha.site.now())
            await carrying.ask(db, alpha.here, ada, thread.id, bakers.id, now=alpha.site.now())
        await alpha.settle()
        (row,) = await rows(
            alpha, "SELECT via_id, uri FROM boost WHERE account_id = $1 AND post_id = $2", bakers.id, thread.id
        )
        assert row["via_id"] is None
        assert row["uri"]
        assert await listed(alpha, bakers) == [thread.id]

        other = await wrote(alpha, ada, "Who has oats?", group=millers)
        async with alpha.db() as db:
            with pytest.raises(NotAllowed):
                await moderating.hide(
                    db, alpha.here, cleo, bakers.id, other.id, reason="Off topic", now=alpha.site.now()
                )
            await moderating.hide(db, alpha.here, ben, bakers.id, other.id, reason="Off topic", now=alpha.site.now())
        assert await listed(alpha, bakers, cleo) == [thread.id]
        assert other.id in await listed(alpha, millers, cleo)
        await no_counter_is_wrong(alpha)


async def test_who_was_put_out_is_not_brought_back_by_another_group(database_url: MakeDatabase) -> None:
    async with two_groups(database_url) as (alpha, ada, _cleo, millers, bakers):
        await follow(alpha, await ben_of(alpha), bakers, millers)
        async with alpha.db() as db:
            await membership.put_out(db, bakers.id, ada.id, now=alpha.site.now())

        await wrote(alpha, ada, "Who has rye?", group=millers)

        assert await listed(alpha, bakers) == []


async def test_what_is_for_members_only_is_never_shown_along(database_url: MakeDatabase) -> None:
    async with two_groups(database_url) as (alpha, ada, cleo, millers, bakers):
        await follow(alpha, await ben_of(alpha), bakers, millers)
        async with alpha.db() as db:
            draft = make_draft("Prices.", title="Prices", group=millers)
            post = await posting.publish(db, alpha.here, ada, draft, now=alpha.site.now())
            await db.execute("UPDATE post SET audience = 'group' WHERE id = $1", post.id)
            await db.execute("UPDATE boost SET audience = 'group' WHERE post_id = $1", post.id)
        await alpha.settle()

        assert await listed(alpha, bakers, cleo) == []
        assert not await rows(alpha, "SELECT FROM boost WHERE account_id = $1", bakers.id)


async def test_only_who_may_change_a_group_decides_whom_it_follows(database_url: MakeDatabase) -> None:
    async with two_groups(database_url) as (alpha, ada, cleo, millers, bakers):
        ben = await ben_of(alpha)
        for by, target, refused in (
            (cleo, millers, NotAllowed),
            (ada, millers, NotAllowed),
            (ben, ada, Invalid),
            (ben, bakers, Invalid),
        ):
            async with alpha.db() as db:
                with pytest.raises(refused):
                    await following.follow(db, alpha.here, by, bakers, target, now=alpha.site.now())
        async with alpha.db() as db:
            await db.execute("UPDATE group_profile SET visibility = 'hidden' WHERE account_id = $1", millers.id)
        for by, group, target, refused in (
            (ben, bakers, millers, NotFound),
            (ada, millers, bakers, NotAllowed),
        ):
            async with alpha.db() as db:
                with pytest.raises(refused):
                    await following.follow(db, alpha.here, by, group, target, now=alpha.site.now())
        assert not await rows(alpha, "SELECT FROM follow WHERE follower_id = ANY($1)", [bakers.id, millers.id])


async def test_a_group_that_admits_people_one_by_one_admits_groups_so(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as alpha:
        ada, ben = await alpha.person("ada"), await alpha.person("ben")
        millers, bakers = await alpha.group(ada, "millers", join_rule="invite"), await alpha.group(ben)
        assert await follow(alpha, ben, bakers, millers) == "requested"
        await wrote(alpha, ada, "Not yet.", group=millers)
        async with alpha.db() as db:
            assert [each.group.id for each in await neighbours.asking(db, millers.id)] == [bakers.id]
            with pytest.raises(NotAllowed):
                await membership.admit(db, alpha.here, ben, millers, bakers.id, now=alpha.site.now())
            await membership.admit(db, alpha.here, ada, millers, bakers.id, now=alpha.site.now())
            assert await membership.find(db, millers.id, bakers.id) is None
        thread = await wrote(alpha, ada, "Now.", group=millers)
        assert await listed(alpha, bakers) == [thread.id]

        async with alpha.db() as db:
            assert await membership.turn_away(db, alpha.here, ada, millers, bakers.id, now=alpha.site.now())
        await alpha.settle()
        assert await listed(alpha, bakers) == []


async def asked(at: Instance, by: Account, group: Account, target: FakeActor) -> str:
    """A group of ours asks a group elsewhere. The id of the Follow."""
    known = await at.site.service(Resolver).account(target.id)
    assert await follow(at, by, group, known) == "requested"
    await at.settle()
    async with at.site.read() as db:
        made = await follows.find(db, group.id, known.id)
    assert made is not None
    assert made.uri is not None
    return made.uri


def passed_on(market: FakeActor, by: FakeActor, page: dict[str, object]) -> dict[str, object]:
    """A group elsewhere wraps a new thread (FEP-1b12)."""
    return market.does("Announce", by.does("Create", page), to=[PUBLIC], cc=[f"{market.id}/followers"])


async def test_a_group_follows_a_group_elsewhere_and_announces_nothing_of_it(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, cleo = await alpha.person(), await alpha.person("cleo")
        bakers = await alpha.group(ada)
        async with alpha.db() as db:
            await membership.join(db, alpha.here, cleo, bakers, now=alpha.site.now())
        market, zoe = beta.add("market", "Group"), beta.add("zoe")
        rui = beta.add("rui")
        await join(alpha, rui, bakers)

        asking = await asked(alpha, ada, bakers, market)
        (said,) = await beta.got(1, type="Follow")
        assert (said["id"], said["actor"], said["object"]) == (asking, bakers.uri, market.id)
        await tell(alpha, market, market.does("Accept", said))
        market_here = await alpha.find(market.id)
        async with alpha.site.read() as db:
            assert await membership.find(db, market_here.id, bakers.id) is None
        before = len(beta.arrived())

        page = zoe.writes("Who rents stands?", type="Page", name="Stands", audience=market.id, to=[market.id, PUBLIC])
        await tell(alpha, market, passed_on(market, zoe, page))
        note = zoe.writes("Shown by its id.", type="Page", name="Plain", audience=market.id, to=[market.id, PUBLIC])
        await tell(alpha, market, market.does("Announce", note["id"], to=[PUBLIC]))

        shown = await listed(alpha, bakers, cleo)
        async with alpha.site.read() as db:
            uris = [each.uri for each in (await reading.by_ids(db, shown, None)).values()]
        assert set(uris) == {page["id"], note["id"]}
        assert {bakers.id} == {by for _, by in await at_home(alpha, cleo)}
        assert len(beta.arrived()) == before
        async with alpha.client() as visitor:
            outbox = (await visitor.get(f"{bakers.uri}/outbox", headers=AP)).json()
            followed = (await visitor.get(f"{bakers.uri}/following", headers=AP)).json()
        assert outbox["totalItems"] == 0
        assert followed["items"] == [market.id]

        reply = rui.writes("I do.", inReplyTo=page["id"], audience=market.id, to=[market.id, PUBLIC])
        await tell(alpha, market, market.does("Announce", rui.does("Create", reply), to=[PUBLIC]))
        async with alpha.site.read() as db:
            known = await reading.by_uri(db, reply["id"])
        assert known is not None

        await tell(alpha, market, market.does("Announce", rui.does("Delete", page["id"]), to=[PUBLIC]))
        left = await listed(alpha, bakers, cleo)
        assert (len(shown), len(left)) == (2, 1)
        await tell(alpha, market, market.does("Undo", market.does("Announce", note["id"])))
        assert await listed(alpha, bakers, cleo) == []
        async with alpha.db() as db:
            await following.unfollow(db, alpha.here, ada, bakers, market_here, now=alpha.site.now())
        await alpha.settle()
        (undone,) = await beta.got(1, type="Undo")
        assert (undone["actor"], undone["object"]["id"]) == (bakers.uri, asking)
        assert await listed(alpha, bakers, cleo) == []
        await no_counter_is_wrong(alpha)


async def test_a_group_elsewhere_that_refuses_or_ends_it_is_followed_no_more(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        bakers, market, zoe = await alpha.group(ada), beta.add("market", "Group"), beta.add("zoe")
        await tell(alpha, market, market.does("Reject", await asked(alpha, ada, bakers, market)))
        assert not await rows(alpha, "SELECT FROM follow WHERE follower_id = $1", bakers.id)

        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, bakers, market)))
        page = zoe.writes("Stands?", type="Page", name="Stands", audience=market.id, to=[market.id, PUBLIC])
        await tell(alpha, market, passed_on(market, zoe, page))
        assert len(await listed(alpha, bakers)) == 1
        (row,) = await rows(alpha, "SELECT uri FROM follow WHERE follower_id = $1", bakers.id)
        await tell(alpha, market, market.does("Reject", row["uri"]))
        assert await listed(alpha, bakers) == []


async def test_a_group_elsewhere_follows_a_group_here_and_is_no_member(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        bakers, market = await alpha.group(ada), beta.add("market", "Group")

        await join(alpha, market, bakers)

        (accepted,) = await beta.got(1, type="Accept")
        assert accepted["object"]["actor"] == market.id
        thread = await wrote(alpha, ada, "Who has rye?", group=bakers)
        assert thread.uri in str(await beta.got(1, type="Announce"))
        async with alpha.site.read() as db:
            assert [each.state for each in await neighbours.followers_of(db, bakers.id)] == ["accepted"]
            assert await membership.members(db, bakers.id, state="active", roles=["member"]) == []


async def test_groups_of_two_instances_follow_each_other(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (alpha, beta):
        ada, ben = await alpha.person(), await beta.person("ben")
        here, there = await alpha.group(ada, "bakers"), await beta.group(ben, "millers")
        for at, by, group, target in ((alpha, ada, here, there), (beta, ben, there, here)):
            known = await at.site.service(Resolver).account(target.uri)
            await follow(at, by, group, known)
            await running.settle(alpha, beta)

        rye = await wrote(alpha, ada, "Who has rye?", group=here)
        oven = await wrote(beta, ben, "Who has an oven?", group=there)
        await running.settle(alpha, beta)

        assert await uris(alpha, await listed(alpha, here)) == await uris(beta, await listed(beta, there))
        assert await uris(alpha, await listed(alpha, here)) == {rye.uri, oven.uri}
        for at in (alpha, beta):
            await no_counter_is_wrong(at)


async def uris(at: Instance, post_ids: Sequence[int]) -> set[str]:
    """What these posts are called everywhere."""
    async with at.site.read() as db:
        return {each.uri for each in (await reading.by_ids(db, post_ids, None)).values()}
