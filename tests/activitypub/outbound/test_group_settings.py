"""What groups say of themselves: a change here reaches other servers, one there changes what stands here."""

from fedcomm.accounts.model import Account
from fedcomm.threads import drafting, posting
from tests.activitypub.inbound.world import asked, join, tell, world
from tests.kit import FakePeer
from tests.kit.peers import FakeActor
from tests.running import Instance, MakeDatabase


async def _carries(at: Instance, by: Account, group: Account, north: FakeActor) -> None:
    """A group elsewhere carries a thread of ours."""
    second = await at.find(north.id)
    async with at.db() as db:
        draft = await drafting.from_text(
            db, at.here, by, "Which oven?\nOurs broke.", group_ids=[group.id, second.id], now=at.site.now()
        )
        await posting.publish(db, at.here, by, draft, now=at.site.now())
    await at.settle()
    (offer,) = await north.peer.got(1, type="Offer")
    await tell(at, north, north.does("Accept", offer["id"], result=north.peer.new_id("activities")))


async def test_a_changed_group_tells_its_followers_and_the_groups_that_carry_its_threads(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="fedcomm") as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        await join(alpha, beta.add("rui"), group)
        north = gamma.add("north", "Group")
        await asked(alpha, ada, north)
        await _carries(alpha, ada, group, north)

        async with alpha.client(await alpha.token(ada)) as http:
            changes = {
                "name": "Sales floor",
                "purpose": "Selling <well>.",
                "posting_rule": "facilitators",
                "join_rule": "request",
                "rules": [{"title": "Be brief"}],
            }
            answer = await http.patch(f"/api/fedcomm/v1/groups/{group.id}", json=changes)
            shown = answer.json()
        await alpha.settle()

        assert (answer.status_code, shown["posting_rule"], shown["rules"][0]["title"]) == (
            200,
            "facilitators",
            "Be brief",
        )
        for peer in (beta, gamma):
            (update,) = await peer.got(1, type="Update")
            said = update["object"]
            assert (update["actor"], said["id"], said["type"]) == (group.uri, group.uri, "Group")
            assert (said["name"], said["summary"]) == ("Sales floor", "<p>Selling &lt;well&gt;.</p>")
            assert (said["postingRestrictedToMods"], said["manuallyApprovesFollowers"]) == (True, True)
            assert "proof" in update


async def test_nobody_but_a_facilitator_changes_a_group(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person("ada"), await alpha.person("ben")
        group = await alpha.group(ada)
        await join(alpha, beta.add("rui"), group)

        async with alpha.client(await alpha.token(ben)) as http:
            answer = await http.patch(f"/api/fedcomm/v1/groups/{group.id}", json={"name": "Mine"})
            assert (answer.status_code, answer.json()["error"]) == (
                403,
                "Only a facilitator of the group may do this.",
            )
        async with alpha.client(await alpha.token(ada)) as http:
            assert (
                await http.patch(f"/api/fedcomm/v1/groups/{group.id}", json={"name": "Mine", "rules": []})
            ).status_code == 422
            assert (await http.get(f"/api/fedcomm/v1/groups/{group.id}")).json()["account"]["display_name"] != "Mine"
        await alpha.settle()
        assert not [seen for seen in beta.arrived() if seen.json()["type"] == "Update"]


async def test_what_a_group_elsewhere_changes_holds_here(database_url: MakeDatabase) -> None:
    """Who may start threads there too (`postingRestrictedToMods`); those whom it lists as its moderators may."""
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person("ada"), await alpha.person("ben")
        market = beta.add("market", "Group")
        for member in (ada, ben):
            await tell(alpha, market, market.does("Accept", await asked(alpha, member, market)))
        known = await alpha.find(market.id)
        carers = f"{market.id}/moderators"
        listed = {"@context": "", "id": carers, "type": "OrderedCollection", "orderedItems": [ben.uri]}
        beta.publish(listed)

        market.more.update({"name": "Market hall", "postingRestrictedToMods": True, "attributedTo": carers})
        await tell(alpha, market, market.does("Update", market.document()))
        await tell(alpha, market, market.does("Add", ben.uri, target=carers))

        for member, status in ((ada, 403), (ben, 200)):
            async with alpha.client(await alpha.token(member)) as http:
                group = (await http.get(f"/api/fedcomm/v1/groups/{known.id}")).json()
                assert (group["account"]["display_name"], group["posting_rule"]) == ("Market hall", "facilitators")
                post = {"status": f"@{market.handle} Which oven?"}
                assert (await http.post("/api/v1/statuses", json=post)).status_code == status
