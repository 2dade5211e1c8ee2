"""Following, joining, and what is answered."""

from fedcomm.network import peers
from tests.activitypub.inbound.world import (
    Clock,
    asked,
    count,
    drops,
    followed,
    join,
    role_at,
    rows,
    tell,
    world,
    wrote,
)
from tests.kit import FakePeer, answers
from tests.running import MakeDatabase


async def test_a_follow_of_an_open_group_joins_it_and_is_accepted(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")

        follow = rui.does("Follow", group.uri)
        await tell(alpha, rui, follow, to=group)

        assert await role_at(alpha, group, rui.id) == "member"
        (accept,) = await beta.got(1, type="Accept")
        assert (accept["actor"], accept["object"]["id"]) == (group.uri, follow["id"])


async def test_who_joins_by_a_join_is_answered_in_these_words_and_leaves_by_a_leave(database_url: MakeDatabase) -> None:
    """As Smithereen and Mobilizon say it; a Join of a person or of a group elsewhere is none."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, mia = beta.add("rui"), beta.add("mia")

        join_, again = rui.does("Join", group.uri), mia.does("Join", group.uri)
        await tell(alpha, rui, join_, to=group)
        await tell(alpha, mia, again)
        assert [await role_at(alpha, group, each.id) for each in (rui, mia)] == ["member", "member"]
        accepts = await beta.got(2, type="Accept")
        answered = [(each["object"]["type"], each["object"]["id"], each["object"]["actor"]) for each in accepts]
        assert answered == [("Join", join_["id"], rui.id), ("Join", again["id"], mia.id)]

        await tell(alpha, rui, rui.does("Leave", group.uri))
        await tell(alpha, mia, mia.does("Undo", again))
        assert [await role_at(alpha, group, each.id) for each in (rui, mia)] == [None, None]
        assert await count(alpha, "follow") == 1  # the founder's

        await tell(alpha, rui, rui.does("Join", ada.uri))
        await tell(alpha, rui, rui.does("Join", mia.id))
        assert await drops(alpha) == ["a Join of no group here"] * 2


async def test_a_repeated_follow_is_accepted_again(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")

        await tell(alpha, rui, rui.does("Follow", group.uri))
        second = rui.does("Follow", group.uri)
        await tell(alpha, rui, second)

        accepts = await beta.got(2, type="Accept")
        assert accepts[1]["object"]["id"] == second["id"]
        assert await count(alpha, "follow WHERE state = 'accepted'") == 2  # with the founder's own


async def test_an_undo_leaves_the_group_whether_the_follow_is_embedded_or_named(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        for name, is_embedded in (("rui", True), ("zoe", False)):
            who = beta.add(name)
            follow = who.does("Follow", group.uri)
            await tell(alpha, who, follow)
            assert await role_at(alpha, group, who.id) == "member"

            await tell(alpha, who, who.does("Undo", follow if is_embedded else follow["id"]))

            assert await role_at(alpha, group, who.id) is None


async def test_who_we_ask_accepts_and_may_end_it_later(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market = beta.add("market", "Group")
        uri = await asked(alpha, ada, market)
        (follow,) = await beta.got(1, type="Follow")
        assert follow["id"] == uri

        await tell(alpha, market, market.does("Accept", follow))
        assert await role_at(alpha, await alpha.find(market.id), ada.uri) == "member"

        await tell(alpha, market, market.does("Reject", follow))
        assert await role_at(alpha, await alpha.find(market.id), ada.uri) is None
        assert await count(alpha, "follow") == 0


async def test_an_accept_that_renames_the_follow_is_understood_by_who_asked_whom(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await asked(alpha, ada, rui)

        renamed = {"id": alpha.here.activity_uri(1), "type": "Follow", "actor": ada.uri, "object": rui.id}
        await tell(alpha, rui, rui.does("Accept", renamed))

        assert [row["state"] for row in await rows(alpha, "SELECT state FROM follow")] == ["accepted"]


async def test_nobody_follows_the_instance_itself_or_who_is_not_here(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        await alpha.person()
        rui = beta.add("rui")
        await join(alpha, rui, await alpha.group(await alpha.person("ben")))

        await tell(alpha, rui, rui.does("Follow", alpha.here.instance_actor_uri))
        await tell(alpha, rui, rui.does("Follow", f"{alpha.url}/u/nobody"))
        await tell(alpha, rui, rui.does("Follow", beta.add("zoe").id))

        assert await drops(alpha) == [
            "the instance itself is not followed",
            "nobody here has this address",
            "a Follow of nobody here",
        ]


async def test_the_first_follow_teaches_us_what_a_server_is(database_url: MakeDatabase) -> None:
    """D56; and what a group there passes on shows more than the name of its software (D17)."""
    async with world(database_url) as (alpha, beta), FakePeer(software="brandnew", version="1.0") as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, mods = beta.add("rui"), gamma.add("mods", "Group")
        await join(alpha, rui, group)
        await join(alpha, mods, group)
        await followed(alpha, ada, mods)

        async with alpha.site.read() as db:
            learnt = await peers.profiles(db, [beta.server.authority, gamma.server.authority])
        masto, new = learnt[beta.server.authority], learnt[gamma.server.authority]
        assert (masto.software_name, masto.announce_form) == ("mastodon", "B")
        assert (new.software_name, new.announce_form) == ("brandnew", "C")

        note = mods.writes("From our group.")
        await tell(alpha, mods, mods.does("Announce", mods.does("Create", note)))

        async with alpha.site.read() as db:
            again = await peers.profile(db, gamma.server.authority)
        assert (again.software_name, again.announce_form) == ("brandnew", "A")


async def test_a_deleted_account_takes_its_posts_follows_and_memberships_along(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        await followed(alpha, ada, rui)
        for number in range(3):
            await tell(alpha, rui, rui.does("Create", rui.writes(f"Number {number}.")))

        await tell(alpha, rui, rui.does("Delete", rui.id))

        known = await alpha.find(rui.id)
        assert (known.state, known.name, known.posts_count) == ("deleted", "", 0)
        assert {row["state"] for row in await rows(alpha, "SELECT state FROM post")} == {"deleted"}
        assert await role_at(alpha, group, rui.id) is None
        assert await count(alpha, "follow WHERE follower_id <> followee_id AND followee_id <> " + str(group.id)) == 0
        assert (await alpha.again(group)).followers_count == 1
        assert (await alpha.again(ada)).following_count == 1

        late = await rui.send(alpha.here.shared_inbox_url, rui.does("Create", rui.writes("From beyond.", cc=[ada.uri])))
        await alpha.settle()
        assert late.status in (202, 401)
        assert await count(alpha, "post") == 3
        assert (await alpha.find(rui.id)).name == ""


async def test_somebody_seen_again_after_a_day_is_fetched_again(database_url: MakeDatabase) -> None:
    """D76."""
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        rui.more["name"] = "Rui of Porto"

        clock.pass_by(hours=23)
        await tell(alpha, rui, rui.does("Create", rui.writes("Hi")), clock=clock)
        assert (await alpha.find(rui.id)).name == "Rui"

        clock.pass_by(hours=2)
        await tell(alpha, rui, rui.does("Create", rui.writes("Hi again")), clock=clock)
        assert (await alpha.find(rui.id)).name == "Rui of Porto"


async def test_an_activity_waits_while_who_is_named_in_it_cannot_be_asked(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, market = beta.add("rui"), gamma.add("market", "Group")
        await join(alpha, rui, group)
        gamma.server.on(market.path, answers.status(503))
        thread = await wrote(alpha, ada, "Which oven? Ours broke.", group=group)

        await tell(alpha, rui, rui.does("Offer", thread.uri, target=market.id))

        (waiting,) = await rows(alpha, "SELECT waits, last_error FROM inbox_item WHERE state = 'waiting'")
        assert waiting["waits"] > 0
        assert market.id in waiting["last_error"]
