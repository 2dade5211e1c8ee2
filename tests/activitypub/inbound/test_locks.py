"""Threads that moderators close to answers, from both sides."""

from fedcomm.groups import membership
from fedcomm.threads import locking
from tests.activitypub.inbound.world import (
    asked,
    count,
    drops,
    followed,
    join,
    post_at,
    proven,
    rows,
    tell,
    the_post,
    to_group,
    with_proofs,
    world,
    wrote,
)
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC
from tests.running import Instance, MakeDatabase


async def _locks(at: Instance) -> list[tuple[int, str]]:
    return [tuple(row) for row in await rows(at, "SELECT thread_id, reason FROM thread_lock")]


async def test_a_lock_by_a_group_elsewhere_closes_its_thread_here(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market, mod, rui = beta.add("market", "Group"), beta.add("mod"), beta.add("rui")
        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
        page = rui.writes("Ours broke.", type="Page", name="Which oven?", audience=market.id, to=[market.id, PUBLIC])
        await tell(alpha, market, market.does("Announce", rui.does("Create", page)))
        lock = mod.does("Lock", page["id"], summary="answered")

        await tell(alpha, market, market.does("Announce", lock))

        thread = await the_post(alpha, page["id"])
        assert await _locks(alpha) == [(thread.id, "answered")]
        async with alpha.client(await alpha.token(ada)) as http:
            answer = await http.post("/api/v1/statuses", json={"status": "Red.", "in_reply_to_id": str(thread.id)})
            assert answer.status_code == 422
            said = "This thread is closed: nobody answers in it any more. Reason: answered"
            assert answer.json()["error"] == said
            shown = (await http.get(f"/api/v1/statuses/{thread.id}")).json()
            assert shown["fedcomm"]["locked"] is True
        # What its members elsewhere say is the group's to judge.
        reply = rui.writes("Thank you all.", inReplyTo=page["id"], audience=market.id)
        await tell(alpha, market, market.does("Announce", rui.does("Create", reply)))
        assert (await the_post(alpha, reply["id"])).thread_id == thread.id

        await tell(alpha, market, market.does("Announce", mod.does("Undo", lock)))
        assert await _locks(alpha) == []
        await wrote(alpha, ada, "The red one.", parent=thread)


async def test_r021_a_lock_whose_undo_came_first_does_nothing(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market = beta.add("market", "Group")
        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
        thread = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=await alpha.find(market.id))
        lock = market.does("Lock", thread.uri)

        await tell(alpha, market, market.does("Undo", lock))
        await tell(alpha, market, lock)

        assert await _locks(alpha) == []


async def test_s044_only_who_looks_after_the_group_closes_its_threads(database_url: MakeDatabase) -> None:
    """A member, the thread's own author, another group, somebody on the group's server who is nothing there."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        market, eve, other = beta.add("market", "Group"), beta.add("eve"), gamma.add("other", "Group")
        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
        await tell(alpha, other, other.does("Accept", await asked(alpha, ada, other)))
        await join(alpha, eve, group)
        there = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=await alpha.find(market.id))
        note = eve.writes("Which oven?", **to_group(group))
        await tell(alpha, eve, eve.does("Create", note))

        await tell(alpha, eve, eve.does("Lock", note["id"]))
        await tell(alpha, eve, eve.does("Lock", there.uri))
        await tell(alpha, other, other.does("Announce", eve.does("Lock", there.uri)))
        await tell(alpha, other, other.does("Announce", eve.does("Lock", note["id"])))

        assert await _locks(alpha) == []
        assert len(await drops(alpha)) == 4


async def test_a_lock_that_a_carrying_group_passes_on_counts_if_its_home_groups_moderator_is_proven_to_say_it(
    database_url: MakeDatabase,
) -> None:
    """S044: not without a proof, not by a member, not from a group that does not show the thread, or from a person."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        mod, eve = with_proofs(beta, "mod"), with_proofs(beta, "eve", key_number=2)
        market, carrier, other = beta.add("market", "Group"), gamma.add("stalls", "Group"), gamma.add("other", "Group")
        market.more["moderators"] = f"{market.id}/moderators"
        beta.publish({"id": f"{market.id}/moderators", "type": "OrderedCollection", "orderedItems": [mod.id]})
        page = eve.writes("Ours broke.", type="Page", name="Oven?", audience=market.id, to=[market.id, PUBLIC])
        for each in (carrier, other):
            await followed(alpha, ada, each)
        await tell(alpha, carrier, carrier.does("Announce", page["id"], to=[PUBLIC]))

        lock = {**mod.does("Lock", page["id"]), "to": [PUBLIC]}
        by_member = {**eve.does("Lock", page["id"]), "to": [PUBLIC]}
        for sender, said in (
            (carrier, lock),
            (carrier, proven(alpha, eve, by_member, key_number=2)),
            (carrier, proven(alpha, mod, {**lock, "object": alpha.url}) | {"object": page["id"]}),
            (other, proven(alpha, mod, lock)),
            (gamma.add("zoe"), proven(alpha, mod, {**lock, "id": beta.new_id("activities")})),
        ):
            await tell(alpha, sender, said)
            assert await _locks(alpha) == [], said

        await tell(alpha, carrier, proven(alpha, mod, {**lock, "id": beta.new_id("activities")}))
        thread = await the_post(alpha, page["id"])
        assert await _locks(alpha) == [(thread.id, "")]


async def test_a_late_answer_to_a_closed_thread_of_ours_is_refused_with_the_reason(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="lemmy") as gamma:
        ada, ben = await alpha.person(), await alpha.person("ben")
        group = await alpha.group(ada)
        rui, mod, lem = beta.add("rui"), beta.add("mod"), gamma.add("lem")
        accounts = [await join(alpha, each, group) for each in (rui, mod, lem)]
        async with alpha.db() as db:
            await membership.join(db, alpha.here, ben, group, now=alpha.site.now())
            await membership.appoint(db, ada, group, accounts[1].id, "moderator", now=alpha.site.now())
        thread = await wrote(alpha, ben, "Which oven?\nOurs broke.", group=group)
        gamma.server.seen.clear()

        await tell(alpha, mod, mod.does("Lock", thread.uri, summary="answered"))
        late = rui.writes("Buy ours.", inReplyTo=thread.uri, cc=[group.uri])
        await tell(alpha, rui, rui.does("Create", late))

        assert await post_at(alpha, late["id"]) is None
        (reject,) = await beta.got(1, type="Reject")
        assert (reject["actor"], reject["summary"]) == (
            group.uri,
            "This thread is closed: nobody answers in it any more. Reason: answered",
        )
        (announce,) = await gamma.got(1, type="Announce")
        said = announce["object"]
        assert (said["type"], said["actor"], said["object"], said["summary"]) == (
            "Lock",
            group.uri,
            thread.uri,
            "answered",
        )
        async with alpha.client() as http:
            answer = await http.get(thread.uri, headers={"Accept": "application/activity+json"})
            assert answer.json()["interactionPolicy"]["canReply"]["automaticApproval"] == [group.uri]
        closing = mod.writes("See the pinned thread.", inReplyTo=thread.uri, cc=[group.uri])
        await tell(alpha, mod, mod.does("Create", closing))
        assert (await the_post(alpha, closing["id"])).thread_id == thread.id

        async with alpha.db() as db:
            await locking.unlock(db, alpha.here, ada, thread.id, now=alpha.site.now())
        await alpha.settle()
        undo = (await gamma.got(3, type="Announce"))[-1]["object"]
        assert (undo["type"], undo["actor"], undo["object"]["type"]) == ("Undo", ada.uri, "Lock")
        assert await count(alpha, "thread_lock") == 0
