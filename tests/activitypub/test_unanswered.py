"""A request to follow or join whose answer was lost is asked about, and settled (FEP-4ccd)."""

import json

import pytest

from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.activitypub import unanswered
from fedcomm.activitypub.resolving import Resolver
from fedcomm.groups import membership
from tests import running
from tests.activitypub.inbound.world import rows, tell, world
from tests.clocks import Clock
from tests.kit import FakePeer, signing
from tests.running import Instance, MakeDatabase


async def asks(at: Instance, who: Account, target: Account, home: Instance) -> Account:
    """Somebody asks to follow or join at another instance. The target as it is known at theirs."""
    known = await at.site.service(Resolver).account(target.uri)
    async with at.db() as db:
        await membership.follow_or_join(db, at.here, who, known, now=at.site.now())
    await running.settle(at, home)
    return known


async def state(at: Instance, who: Account, known: Account) -> tuple[str | None, str | None]:
    """The follow, and the membership."""
    async with at.site.read() as db:
        follow = await follows.find(db, who.id, known.id)
        member = await membership.find(db, known.id, who.id)
    return follow.state if follow else None, member.state if member else None


async def decides(at: Instance, by: Account, group: Account, person: Account, *, admits: bool) -> None:
    """A facilitator decides, and what should tell the other side is lost."""
    here = await at.find(person.uri)
    async with at.db() as db:
        await (membership.admit if admits else membership.turn_away)(db, at.here, by, group, here.id, now=at.site.now())
        await db.execute("DELETE FROM fact")
    await at.settle()


@pytest.mark.parametrize(("admits", "after"), [(True, ("accepted", "active")), (False, (None, "left"))])
async def test_a_lost_answer_to_a_request_to_join_is_asked_for_between_two_instances(
    database_url: MakeDatabase, admits: bool, after: tuple[str | None, str | None]
) -> None:
    clock = Clock()
    async with running.instances(database_url, 2, now=clock) as (alpha, beta):
        ada, ben = await alpha.person("ada"), await beta.person("ben")
        group = await alpha.group(ada, join_rule="request")
        known = await asks(beta, ben, group, alpha)
        assert (await state(beta, ben, known))[0] == "requested"

        await unanswered.go_on(beta.site)
        assert await rows(beta, "SELECT FROM follower_check") == []  # it has not waited long
        clock.pass_by(hours=7)
        await unanswered.go_on(beta.site)
        assert (await state(beta, ben, known))[0] == "requested"
        assert len(await rows(beta, "SELECT FROM follower_check")) == 1

        await decides(alpha, ada, group, ben, admits=admits)
        clock.pass_by(hours=7)
        await unanswered.go_on(beta.site)
        assert (await state(beta, ben, known))[0] == "requested"  # it was asked today
        clock.pass_by(hours=30)
        await unanswered.go_on(beta.site)

        assert await state(beta, ben, known) == after


async def test_who_waits_is_told_to_their_own_server_and_to_nobody_else(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        group = await alpha.group(await alpha.person("ada"), join_rule="request")
        rui, eva = beta.add("rui"), gamma.add("eva")
        asked = rui.does("Follow", group.uri)
        await tell(alpha, rui, asked)
        actor = json.loads((await eva.get(group.uri)).body)
        url = actor["pendingFollowers"]

        told = json.loads((await rui.get(url)).body)
        assert [(each["id"], each["type"], each["actor"], each["object"]) for each in told["orderedItems"]] == [
            (asked["id"], "Follow", rui.id, group.uri)
        ]
        assert json.loads((await eva.get(url)).body)["orderedItems"] == []
        assert json.loads((await rui.get(actor["pendingFollowing"])).body)["orderedItems"] == []
        assert (await rui.get(url, tamper=signing.Tamper(unsigned=True))).status == 401
        assert (await rui.get(url, tamper=signing.Tamper(flipped=True))).status == 401
        assert (await rui.get(url.replace(group.handle, "nobody"))).status == 404


async def test_other_software_is_not_asked(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        known = await alpha.site.service(Resolver).account(rui.id)
        async with alpha.db() as db:
            await membership.follow_or_join(db, alpha.here, ada, known, now=alpha.site.now())
        await alpha.settle()
        beta.server.seen.clear()
        clock.pass_by(hours=7)

        await unanswered.go_on(alpha.site)

        assert [seen.path for seen in beta.server.seen if "pending" in seen.path or "followers" in seen.path] == []
        assert await state(alpha, ada, known) == ("requested", None)
