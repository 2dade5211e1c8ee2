"""Blocks between people of different servers, and bans from groups, from both sides."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fedcomm.accounts import relationships
from fedcomm.accounts.model import Account
from fedcomm.accounts.relationships import Relationship
from fedcomm.groups import banning, membership, parting
from fedcomm.threads import drafting, posting
from tests.activitypub.inbound.world import (
    asked,
    count,
    drops,
    followed,
    join,
    post_at,
    role_at,
    rows,
    tell,
    the_post,
    to_group,
    world,
    wrote,
)
from tests.kit import FakePeer
from tests.kit.peers import FakeActor
from tests.running import Instance, MakeDatabase


async def _relationship(at: Instance, viewer: Account, uri: str) -> Relationship:
    other = await at.find(uri)
    async with at.site.read() as db:
        return (await relationships.between(db, viewer.id, [other.id]))[other.id]


async def _may_write(at: Instance, who: Account, group: Account) -> str:
    """Why somebody may not start a thread; empty when they may."""
    async with at.db() as db:
        draft = await drafting.from_text(
            db, at.here, who, "Which oven?\nOurs broke.", group_ids=[group.id], now=at.site.now()
        )
        try:
            await posting.publish(db, at.here, who, draft, now=at.site.now())
        except Exception as refused:
            return str(refused)
    return ""


def _ban(group: FakeActor | Account, by: FakeActor, who: str, **more: Any) -> dict[str, Any]:
    uri = group.id if isinstance(group, FakeActor) else group.uri
    return by.does("Block", who, target=uri, **more)


async def test_a_block_from_elsewhere_ends_follows_both_ways_until_it_is_taken_back(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        block = rui.does("Block", ada.uri)
        beta.server.seen.clear()

        await tell(alpha, rui, block)

        stand = await _relationship(alpha, ada, rui.id)
        assert (stand.is_blocked_by, stand.is_following, stand.is_followed_by) == (True, False, False)
        assert await count(alpha, "follow") == 0
        assert (await alpha.again(ada)).followers_count == 0
        assert beta.server.seen == []  # it was theirs to say: nothing is answered

        for undone in (block, block["id"]):
            await tell(alpha, rui, rui.does("Block", ada.uri, id=block["id"]) if undone is not block else block)
            await tell(alpha, rui, rui.does("Undo", undone))
            assert not (await _relationship(alpha, ada, rui.id)).is_blocked_by


async def test_s038_nobody_takes_back_the_block_of_somebody_else(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), beta.add("zoe")
        await followed(alpha, ada, zoe)
        block = rui.does("Block", ada.uri)
        await tell(alpha, rui, block)

        await tell(alpha, zoe, zoe.does("Undo", block))
        await tell(alpha, zoe, zoe.does("Undo", block["id"]))

        assert (await _relationship(alpha, ada, rui.id)).is_blocked_by


async def test_r021_a_block_whose_undo_came_first_does_nothing(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        block = rui.does("Block", ada.uri)

        await tell(alpha, rui, rui.does("Undo", block))
        await tell(alpha, rui, block)

        stand = await _relationship(alpha, ada, rui.id)
        assert (stand.is_blocked_by, stand.is_followed_by) == (False, True)


async def test_ours_who_block_somebody_elsewhere_tell_that_server_alone(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        known = await followed(alpha, ada, rui)
        await tell(alpha, zoe, zoe.does("Follow", ada.uri))
        gamma.server.seen.clear()

        async with alpha.db() as db:
            await parting.block(db, alpha.here, ada, known, now=alpha.site.now())
        await alpha.settle()

        (block,) = await beta.got(1, type="Block")
        assert (block["actor"], block["object"], block["to"]) == (ada.uri, rui.id, [rui.id])
        async with alpha.db() as db:
            await parting.unblock(db, alpha.here, ada, known, now=alpha.site.now())
        await alpha.settle()
        undo = [each for each in await beta.got(2, type="Undo") if each["object"]["type"] == "Block"]
        assert undo[0]["object"]["id"] == block["id"]
        assert gamma.server.seen == []


async def test_a_group_elsewhere_that_puts_one_of_ours_out_is_believed(database_url: MakeDatabase) -> None:
    """Lemmy's form, in the group's Announce, and Mbin's, by the group itself."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        mod = beta.add("mod")
        for name, is_relayed in (("market", True), ("fair", False)):
            market = beta.add(name, "Group")
            await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
            known = await alpha.find(market.id)
            ban = _ban(market, mod if is_relayed else market, ada.uri, summary="<p>spam</p>", removeData=False)

            await tell(alpha, market, market.does("Announce", ban) if is_relayed else ban)

            assert await role_at(alpha, known, ada.uri) is None
            assert await _may_write(alpha, ada, known) == f"You were removed from {known.shown_name}. Reason: spam"
            assert not (await _relationship(alpha, ada, market.id)).is_following

            undo = (mod if is_relayed else market).does("Undo", ban)
            await tell(alpha, market, market.does("Announce", undo) if is_relayed else undo)
            await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
            assert await _may_write(alpha, ada, known) == ""


async def test_s044_a_ban_by_who_does_not_speak_for_the_group_has_no_effect(database_url: MakeDatabase) -> None:
    """A stranger on the group's own server, another group, and whoever passes on what a member here would have said."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        ours = await alpha.group(ada)
        market = beta.add("market", "Group")
        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
        eve, other, rui = beta.add("eve"), gamma.add("other", "Group"), gamma.add("rui")
        await join(alpha, rui, ours)
        await join(alpha, eve, ours)
        await followed(alpha, ada, other)

        await tell(alpha, eve, _ban(market, eve, ada.uri))
        await tell(alpha, other, other.does("Announce", _ban(market, eve, ada.uri)))
        await tell(alpha, eve, _ban(ours, eve, rui.id))
        await tell(alpha, other, other.does("Announce", {**_ban(ours, eve, rui.id), "actor": ada.uri}))
        await tell(alpha, other, other.does("Announce", eve.does("Block", ada.uri)))

        assert await count(alpha, "ban") == 0
        assert await count(alpha, "block") == 0
        assert await role_at(alpha, await alpha.find(market.id), ada.uri) == "member"
        assert await role_at(alpha, ours, rui.id) == "member"
        assert len(await drops(alpha)) == 4  # what is said to be Ada's own act is an echo, and does nothing anyway


async def test_s044_a_moderator_elsewhere_puts_out_members_but_nobody_as_high(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        mod, rui, zoe = beta.add("mod"), beta.add("rui"), beta.add("zoe")
        accounts = [await join(alpha, who, group) for who in (mod, rui, zoe)]
        async with alpha.db() as db:
            for account in (accounts[0], accounts[2]):
                await membership.appoint(db, ada, group, account.id, "moderator", now=alpha.site.now())

        await tell(alpha, mod, _ban(group, mod, rui.id, summary="spam"))
        await tell(alpha, mod, _ban(group, mod, zoe.id))
        await tell(alpha, mod, _ban(group, mod, ada.uri))

        assert await role_at(alpha, group, rui.id) is None
        assert await role_at(alpha, group, zoe.id) == "moderator"
        assert await role_at(alpha, group, ada.uri) == "facilitator"
        assert "Only somebody who stands higher in the group may put them out." in await drops(alpha)


async def test_s166_what_a_banned_member_writes_is_refused_whichever_way_it_comes(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="fedcomm") as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, carrier = beta.add("rui"), gamma.add("carrier", "Group")
        account = await join(alpha, rui, group)
        thread = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        await tell(alpha, carrier, carrier.does("Follow", group.uri))
        async with alpha.db() as db:
            await banning.ban(db, alpha.here, ada, group, account, reason="spam", now=alpha.site.now())
        await alpha.settle()
        assert [each["type"] for each in await beta.got(1, type="Reject")] == ["Reject"]

        start = rui.writes("Buy our ovens.", **to_group(group))
        answer = rui.writes("Buy ours.", inReplyTo=thread.uri, cc=[group.uri, ada.uri])
        await tell(alpha, rui, rui.does("Create", start))
        await tell(alpha, rui, rui.does("Create", answer))
        await tell(alpha, carrier, carrier.does("Announce", rui.does("Create", answer)))

        assert await post_at(alpha, start["id"]) is None
        assert (await the_post(alpha, thread.uri)).replies_count == 0
        rejects = await beta.got(3, type="Reject")
        assert {each["summary"] for each in rejects[1:]} == {"You were removed from Bakers. Reason: spam"}
        assert await role_at(alpha, group, rui.id) is None
        await tell(alpha, rui, rui.does("Follow", group.uri))
        assert await role_at(alpha, group, rui.id) is None


async def test_a_ban_is_announced_whole_and_what_was_written_goes_with_it(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="lemmy") as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, lem = beta.add("rui"), gamma.add("lem")
        account = await join(alpha, rui, group)
        await join(alpha, lem, group)
        note = rui.writes("Buy our ovens.", **to_group(group))
        await tell(alpha, rui, rui.does("Create", note))
        ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)

        async with alpha.db() as db:
            await banning.ban(
                db,
                alpha.here,
                ada,
                group,
                account,
                reason="spam",
                ends_at=ends_at,
                removes_posts=True,
                now=alpha.site.now(),
            )
        await alpha.settle()

        assert (await the_post(alpha, note["id"])).state == "removed"
        said = [each["object"] for each in await gamma.got(3, type="Announce")]
        (block,) = [each for each in said if each["type"] == "Block"]
        stamp = ends_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert (block["actor"], block["object"], block["target"]) == (ada.uri, rui.id, group.uri)
        assert (block["summary"], block["removeData"], block["endTime"], block["expires"]) == (
            "spam",
            True,
            stamp,
            stamp,
        )
        assert [each["object"] for each in said if each["type"] == "Delete"] == [note["id"]]
        at_home = [each for each in await beta.got(2) if each["type"] not in ("Accept", "Announce")]
        assert {each["type"] for each in at_home} <= {"Reject", "Undo", "Create"}
        letters = [each["object"] for each in at_home if each["type"] == "Create"]
        assert all((each["attributedTo"], each["to"], each["cc"]) == (group.uri, [rui.id], []) for each in letters)
        assert all("spam" in each["content"] for each in letters)

        async with alpha.db() as db:
            await banning.lift(db, alpha.here, ada, group, account.id, now=alpha.site.now())
        await alpha.settle()
        undo = (await gamma.got(4, type="Announce"))[-1]["object"]
        assert (undo["type"], undo["object"]["type"], undo["object"]["id"]) == ("Undo", "Block", block["id"])


async def test_a_ban_for_a_time_ends_with_it(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        account = await join(alpha, rui, group)
        later = alpha.site.now() + timedelta(hours=1)
        async with alpha.db() as db:
            await banning.ban(db, alpha.here, ada, group, account, ends_at=later, now=alpha.site.now())
            assert await banning.end_due(db, now=later - timedelta(seconds=1)) == 0
            assert await banning.end_due(db, now=later) == 1

        await tell(alpha, rui, rui.does("Follow", group.uri))

        assert await role_at(alpha, group, rui.id) == "member"
        assert [row["n"] for row in await rows(alpha, "SELECT count(*) AS n FROM ban")] == [0]


async def test_a_server_that_shuts_one_of_ours_out_has_them_out_of_all_its_groups(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        admin, market, fair = beta.add("admin"), beta.add("market", "Group"), beta.add("fair", "Group")
        other = gamma.add("other", "Group")
        for each in (market, fair, other):
            await tell(alpha, each, each.does("Accept", await asked(alpha, ada, each)))
        site = "/".join(admin.id.split("/")[:3])
        ban = admin.does("Block", ada.uri, target=f"{site}/", summary="spam", removeData=False)
        eve = gamma.add("eve")
        await tell(alpha, eve, eve.does("Block", ada.uri, target=f"{site}/"))  # not hers to say
        assert await count(alpha, "ban") == 0

        await tell(alpha, admin, ban)

        for each, said in ((market, "Reason: spam"), (fair, "Reason: spam"), (other, "")):
            refusal = await _may_write(alpha, ada, await alpha.find(each.id))
            assert refusal.endswith(said) if said else refusal == ""
        await tell(alpha, admin, admin.does("Undo", ban))
        assert await count(alpha, "ban") == 0


async def test_whom_their_own_server_shuts_out_is_unseen_until_it_lets_them_back(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        admin, rui = beta.add("admin"), beta.add("rui")
        known = await followed(alpha, ada, rui)
        site = "/".join(admin.id.split("/")[:3])
        ban = admin.does("Block", rui.id, target=f"{site}/", removeData=True)

        await tell(alpha, admin, ban)
        assert (await alpha.again(known)).state == "suspended"

        await tell(alpha, admin, admin.does("Undo", ban))
        assert (await alpha.again(known)).state == "active"
