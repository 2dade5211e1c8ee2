"""Accounts and servers that are no more, and groups that change."""

import pytest

from fedcomm import recurring
from fedcomm.accounts import profiles
from fedcomm.accounts.model import Account
from fedcomm.errors import Conflict, Invalid
from fedcomm.polls import counting
from fedcomm.portability import leaving
from fedcomm.threads import recounting
from tests.activitypub.inbound.world import (
    Clock,
    asked,
    count,
    drops,
    followed,
    join,
    post_at,
    rows,
    tell,
    the_post,
    world,
    wrote,
)
from tests.kit import FakePeer, answers
from tests.running import MakeDatabase


async def test_who_leaves_for_good_is_gone_everywhere(database_url: MakeDatabase) -> None:
    """S108; D61."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        token = await alpha.token(ada)
        group = await alpha.group(ben, posting_rule="anyone")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        await followed(alpha, ada, zoe)
        async with alpha.client(await alpha.token(ben)) as http:
            await http.post(f"/api/v1/accounts/{ada.id}/follow")
        posts = [await wrote(alpha, ada, "Hello."), await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)]
        for peer in (beta, gamma):
            peer.server.seen.clear()

        async with alpha.db() as db:
            await leaving.leave_for_good(db, alpha.here, ada, now=alpha.site.now())
        await alpha.settle()

        for peer in (beta, gamma):
            deletes = [each["object"] for each in await peer.got(1, type="Delete")]
            assert deletes[0] == ada.uri
        assert await count(alpha, "follow WHERE follower_id <> followee_id") == 1  # Ben's, of his own group
        assert (await alpha.again(ben)).following_count == 1
        for post in posts:
            found = await post_at(alpha, post.uri)
            assert found is not None
            assert (found.state, found.content_html) == ("deleted", "")
        async with alpha.client(token) as http:
            assert (await http.get("/api/v1/accounts/verify_credentials")).status_code == 401
        async with alpha.client() as http:
            for path in (ada.uri, posts[0].uri):
                answer = await http.get(path, headers={"Accept": "application/activity+json"})
                assert answer.status_code == 410
            found = await http.get("/.well-known/webfinger", params={"resource": f"acct:ada@{alpha.domain}"})
            assert found.status_code == 410
        late = await rui.send(f"{ada.uri}/inbox", rui.does("Follow", ada.uri))
        assert late.status == 410
        with pytest.raises(Invalid, match="This handle is taken"):
            await alpha.person("ada")


async def test_what_somebody_favoured_and_was_told_goes_with_them(database_url: MakeDatabase) -> None:
    """D61: counters are right again, authors elsewhere hear of it though nobody there followed, notices are gone."""
    async with world(database_url) as (alpha, beta):
        ada, ben, rui = await alpha.person(), await alpha.person("ben"), beta.add("rui")
        mine, hers = await wrote(alpha, ben, "Which oven?"), await wrote(alpha, ada, "Ours broke.")
        note = rui.writes("Bread.", cc=[ada.uri], tag=[_mention(ada)])
        await tell(alpha, rui, rui.does("Create", note))
        far = await the_post(alpha, note["id"])
        async with alpha.client(await alpha.token(ada)) as http:
            for act in ("favourite", "reblog", "bookmark"):
                for post in (mine, far):
                    assert (await http.post(f"/api/v1/statuses/{post.id}/{act}")).status_code == 200
            later = {"status": "Later", "scheduled_at": "2027-06-01T00:00:00Z"}
            assert (await http.post("/api/v1/statuses", json=later)).status_code == 200
        async with alpha.client(await alpha.token(ben)) as http:
            await http.post(f"/api/v1/statuses/{hers.id}/favourite")
        await alpha.settle()
        assert await count(alpha, "notification") == 4
        beta.server.seen.clear()

        async with alpha.db() as db:
            await leaving.leave_for_good(db, alpha.here, ada, now=alpha.site.now())
        await alpha.settle()

        undone = sorted((each["object"]["type"], each["object"]["object"]) for each in await beta.got(2, type="Undo"))
        assert undone == [("Announce", far.uri), ("Like", far.uri)]
        for table in ("notification", "scheduled_post", "bookmark"):
            assert await count(alpha, table) == 0, table
        assert await count(alpha, f"favourite WHERE account_id = {ada.id}") == 0
        assert await count(alpha, f"boost WHERE account_id = {ada.id}") == 0
        for post in (mine, far):
            left = await the_post(alpha, post.uri)
            assert (left.favourites_count, left.boosts_count) == (0, 0)


async def test_who_leaves_elsewhere_leaves_no_favourites_here(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        post = await wrote(alpha, ada, "Which oven?")
        await tell(alpha, rui, rui.does("Like", post.uri))
        assert (await the_post(alpha, post.uri)).favourites_count == 1
        assert await count(alpha, "notification") == 1
        beta.actors.clear()

        await tell(alpha, rui, rui.does("Delete", rui.id))

        assert (await the_post(alpha, post.uri)).favourites_count == 0
        assert await count(alpha, "notification") == 0


OWN = (
    *("filter", "filter_keyword", "own_list", "own_list_member", "mute", "block", "account_note", "tag_follow"),
    *("featured_tag", "thread_mute", "domain_block", "notification_policy", "group_list_setting", "endorsement"),
)


async def test_d61_what_somebody_set_for_themselves_goes_in_the_moment_they_leave(database_url: MakeDatabase) -> None:
    """Their own mutes, lists, filters, notes and tags, and what others kept about them."""
    async with world(database_url) as (alpha, beta):
        ada, ben, eve = await alpha.person(), await alpha.person("ben"), await alpha.person("eve")
        group = await alpha.group(ben, posting_rule="anyone")
        rui = await followed(alpha, ada, beta.add("rui"))
        post = await wrote(alpha, ada, "Which #oven?")
        async with alpha.client(await alpha.token(ada)) as http:
            await http.post(f"/api/v1/accounts/{group.id}/follow")
            (of_group,) = (await http.get("/api/v1/lists")).json()
            made = (await http.post("/api/v1/lists", json={"title": "Bakers"})).json()["id"]
            for path, said in (
                (f"/api/v1/lists/{made}/accounts", {"account_ids": [str(rui.id)]}),
                (
                    "/api/v2/filters",
                    {"title": "Cake", "context": ["home"], "keywords_attributes": [{"keyword": "cake"}]},
                ),
                (f"/api/v1/accounts/{ben.id}/mute", {}),
                (f"/api/v1/accounts/{eve.id}/block", {}),
                (f"/api/v1/accounts/{ben.id}/note", {"comment": "Knows ovens."}),
                (f"/api/v1/accounts/{rui.id}/pin", {}),
                ("/api/v1/tags/bread/follow", {}),
                ("/api/v1/featured_tags", {"name": "oven"}),
                (f"/api/v1/statuses/{post.id}/mute", {}),
                ("/api/v1/domain_blocks", {"domain": "spam.example"}),
            ):
                assert (await http.post(path, json=said)).status_code == 200, path
            assert (await http.put(f"/api/v1/lists/{of_group['id']}", json={"exclusive": True})).status_code == 200
            await http.patch("/api/v2/notifications/policy", json={"for_new_accounts": "filter"})
        async with alpha.client(await alpha.token(ben)) as http:
            for path, said in (("mute", {}), ("note", {"comment": "Asks a lot."}), ("block", {})):
                assert (await http.post(f"/api/v1/accounts/{ada.id}/{path}", json=said)).status_code == 200, path
        await alpha.settle()
        for table in OWN:
            assert await count(alpha, table) > 0, table

        async with alpha.db() as db:
            await leaving.leave_for_good(db, alpha.here, ada, now=alpha.site.now())
        left = {
            table: await count(alpha, table) for table in OWN if table not in ("notification_policy", "thread_mute")
        }
        assert {table for table, number in left.items() if number} == set()
        await alpha.settle()
        assert {table for table in OWN if await count(alpha, table)} == set()


async def test_votes_of_who_is_gone_leave_polls_that_go_on_and_results_as_they_were(database_url: MakeDatabase) -> None:
    time = Clock()
    async with world(database_url, now=time) as (alpha, beta):
        ada, ben, rui = await alpha.person(), await alpha.person("ben"), beta.add("rui")

        async def poll(hours: int) -> str:
            asked_for = {"options": ["Red", "Blue"], "expires_in": hours * 3600, "multiple": True}
            async with alpha.client(await alpha.token(ben)) as http:
                post = (await http.post("/api/v1/statuses", json={"status": "Which oven?", "poll": asked_for})).json()
            async with alpha.client(await alpha.token(ada)) as http:
                await http.post(f"/api/v1/polls/{post['poll']['id']}/votes", json={"choices": [0, 1]})
            vote = rui.writes("", inReplyTo=post["uri"], name="Red", to=[ben.uri])
            await tell(alpha, rui, rui.does("Create", {**vote, "content": None}), clock=time)
            return post["poll"]["id"]

        ended, running = await poll(1), await poll(200)
        time.pass_by(hours=2)
        async with alpha.db() as db:
            await counting.end_due(db, now=alpha.site.now())

        beta.actors.clear()
        await tell(alpha, rui, rui.does("Delete", rui.id), clock=time)
        async with alpha.db() as db:
            await leaving.leave_for_good(db, alpha.here, ada, now=alpha.site.now())

        async with alpha.client(await alpha.token(ben)) as http:
            stands = {each: (await http.get(f"/api/v1/polls/{each}")).json() for each in (ended, running)}
        assert [option["votes_count"] for option in stands[ended]["options"]] == [2, 1]
        assert [option["votes_count"] for option in stands[running]["options"]] == [0, 0]
        assert (stands[ended]["voters_count"], stands[running]["voters_count"]) == (2, 0)
        assert await rows(alpha, "SELECT FROM poll_vote JOIN account ON account.id = poll_vote.account_id") == []
        async with alpha.db() as db:
            assert await recounting.recount(db) == []


def _mention(account: Account) -> dict[str, str]:
    return {"type": "Mention", "href": account.uri, "name": f"@{account.full_handle}"}


async def test_the_last_facilitator_of_a_group_does_not_leave(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        await join(alpha, beta.add("rui"), await alpha.group(ada))

        with pytest.raises(Conflict):
            async with alpha.db() as db:
                await leaving.leave_for_good(db, alpha.here, ada, now=alpha.site.now())

        assert (await alpha.again(ada)).state == "active"


async def test_r014_followers_whose_server_is_gone_on_three_days_are_gone(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        for who in (beta.add("rui"), gamma.add("zoe")):
            await tell(alpha, who, who.does("Follow", ada.uri))
        beta.inbox_answer = answers.status(410)
        for day in range(3):
            assert (await alpha.again(ada)).followers_count == 2, day
            await wrote(alpha, ada, f"Day {day}.")
            await recurring.part_from_gone(alpha.site)
            if day < 2:
                clock.pass_by(days=1)

        assert (await alpha.again(ada)).followers_count == 1
        await recurring.part_from_gone(alpha.site)
        assert await count(alpha, "failed_delivery") == 0


async def test_r014_a_server_that_takes_something_in_between_is_not_gone(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        for day in range(4):
            beta.inbox_answer = answers.status(202 if day == 1 else 404)
            await wrote(alpha, ada, f"Day {day}.")
            clock.pass_by(hours=20)
        await recurring.part_from_gone(alpha.site)

        assert (await alpha.again(ada)).followers_count == 1


async def test_a_group_changes_by_word_of_its_moderators_as_lemmy_says_it(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, mod, eve = beta.add("market", "Group"), beta.add("mod"), gamma.add("eve")
        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
        await followed(alpha, ada, eve)
        market.more["name"] = "Market square"

        await tell(alpha, eve, eve.does("Update", market.document()))
        assert (await alpha.find(market.id)).name == "Market"
        assert await drops(alpha) == ["an Update of somebody else"]

        await tell(alpha, market, market.does("Announce", mod.does("Update", {**market.document(), "name": "Lies"})))
        assert (await alpha.find(market.id)).name == "Market square"


async def test_a_change_of_our_group_goes_to_its_followers(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="lemmy") as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        for who in (beta.add("rui"), gamma.add("lem")):
            await join(alpha, who, group)
        async with alpha.db() as db:
            changes = profiles.Changes(name="Bakers of Braga")
            await profiles.edit(db, alpha.here, group, changes, now=alpha.site.now())
        await alpha.settle()

        for peer in (beta, gamma):
            (update,) = await peer.got(1, type="Update")
            assert (update["actor"], update["object"]["name"]) == (group.uri, "Bakers of Braga")
        assert await rows(alpha, "SELECT id FROM dropped_activity") == []
