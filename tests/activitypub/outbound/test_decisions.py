"""What is decided in a group, as servers of two kinds hear of it, and what they read of it (federation.md 2.2)."""

import json
from typing import Any

import pytest

from fedcomm.groups import banning
from tests.activitypub.inbound.world import followed, join, rows, tell, the_post, to_group, world, wrote
from tests.conftest import MakeDatabase
from tests.kit import FakePeer, answers
from tests.kit.peers import PUBLIC


def _heard(peer: FakePeer) -> list[tuple[str, Any]]:
    """Type and object of what came, in order."""
    said = [seen.json() for seen in peer.arrived()]
    return [(each["type"], each["object"]) for each in said]


async def test_locks_and_pins_are_announced_where_they_are_understood_and_a_removal_is_everywhere(
    database_url: MakeDatabase,
) -> None:
    """Mastodon hears of no lock or pin (T1); a removal ends the boost by its own id (T6)."""
    async with world(database_url) as (alpha, mastodon), FakePeer(software="lemmy") as lemmy:
        ada = await alpha.person()
        group = await alpha.group(ada)
        for peer in (mastodon, lemmy):
            await join(alpha, peer.add("rui"), group)
            peer.server.seen.clear()
        root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        async with alpha.client(await alpha.token(ada)) as http:
            for what in ("lock", "pin"):
                assert (await http.post(f"/api/fedcomm/v1/threads/{root.id}/{what}")).status_code == 200
                await alpha.settle()
            removed = await http.post(f"/api/fedcomm/v1/statuses/{root.id}/remove", json={"reason": "Off topic"})
            assert removed.status_code == 200, removed.text
            await alpha.settle()

        wrapped = [inner for kind, inner in _heard(lemmy) if kind == "Announce"]
        assert [each["type"] for each in wrapped] == ["Create", "Lock", "Add", "Delete"]
        assert (wrapped[3]["object"], wrapped[3]["summary"]) == (root.uri, "Off topic")
        (boost, ended) = _heard(mastodon)
        (announce,) = await mastodon.got(1, type="Announce")
        assert boost == ("Announce", root.uri)
        assert (ended[0], ended[1]["type"], ended[1]["id"]) == ("Undo", "Announce", announce["id"])


async def test_who_is_put_out_of_a_group_is_told_so_by_a_reject_of_their_follow(database_url: MakeDatabase) -> None:
    """Mastodon drops the follow by that; a bare Block it would take for something else."""
    async with world(database_url) as (alpha, mastodon):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = mastodon.add("rui")
        follow = rui.does("Follow", group.uri)
        await tell(alpha, rui, follow)
        account = await alpha.find(rui.id)

        async with alpha.db() as db:
            await banning.ban(db, alpha.here, ada, group, account, reason="Spam", now=alpha.site.now())
        await alpha.settle()

        (reject,) = await mastodon.got(1, type="Reject")
        named = reject["object"]
        assert (named if isinstance(named, str) else named["id"]) == follow["id"]
        assert "Block" not in [kind for kind, _ in _heard(mastodon)]


async def test_the_server_of_an_author_hears_that_the_group_took_the_post_though_nobody_there_follows_it(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, _), FakePeer(software="lemmy") as lemmy:
        ada = await alpha.person()
        group = await alpha.group(ada, posting_rule="anyone")
        rui = lemmy.add("rui")
        note = rui.writes("Who rents stands?", **to_group(group))

        create = rui.does("Create", note)
        await tell(alpha, rui, create)
        async with alpha.db() as db:
            await db.execute("UPDATE post SET state = 'visible' WHERE uri = $1 AND state = 'held'", note["id"])

        held = [each["state"] for each in await rows(alpha, "SELECT state FROM post WHERE uri = $1", note["id"])]
        assert held == ["visible"]
        (announce,) = await lemmy.got(1, type="Announce")
        inner = announce["object"]
        assert (inner if isinstance(inner, str) else inner["id"]) in (note["id"], create["id"])


async def test_t2_what_changed_or_ended_something_is_nobodys_to_read_by_its_id(database_url: MakeDatabase) -> None:
    """Else Mastodon would show what a group passes on as boosts."""
    async with world(database_url) as (alpha, _), FakePeer(software="lemmy") as lemmy:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = lemmy.add("rui")
        await join(alpha, rui, group)
        root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        async with alpha.client(await alpha.token(ada)) as http:
            await http.put(f"/api/v1/statuses/{root.id}", json={"status": "Which oven?\nIt broke."})
            await alpha.settle()
            await http.post(f"/api/fedcomm/v1/threads/{root.id}/lock")
            await alpha.settle()

        said = [each["object"] for each in await lemmy.got(3, type="Announce")]
        read = {each["type"]: (await rui.get(each["id"])).status for each in said}
        assert read == {"Create": 200, "Update": 404, "Lock": 404}


async def test_a_post_of_ours_says_how_many_liked_and_shared_it_who_owns_its_thread_and_who_may_answer(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        for what in ("Like", "Announce"):
            await tell(alpha, rui, rui.does(what, root.uri, to=[PUBLIC]))

        said = json.loads((await rui.get(root.uri)).body)
        thread = json.loads((await rui.get(said["context"])).body)
        followers = json.loads((await rui.get(group.uri + "/followers")).body)

        assert (said["likes"]["totalItems"], said["shares"]["totalItems"]) == (1, 1)
        assert said["interactionPolicy"]["canReply"]["automaticApproval"] == [PUBLIC]
        assert (said["context"], said["audience"]) == (said["conversation"], group.uri)
        assert (thread["attributedTo"], thread["orderedItems"]) == (group.uri, [root.uri])
        assert (followers["totalItems"], "items" in followers, "orderedItems" in followers) == (2, False, False)


@pytest.mark.parametrize(
    "kind", ["Resolve", "Warn", "PollVote", "ChooseAnswer", "View", "Arrive", "CacheFile", "EncryptedMessage", "Ignore"]
)
async def test_what_nobody_here_knows_is_accepted_and_keeps_nothing_waiting(
    database_url: MakeDatabase, kind: str
) -> None:
    """A server that fails would be taken for dead."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        root = await wrote(alpha, ada, "Hello.")

        sent = await tell(alpha, rui, rui.does(kind, root.uri))
        await tell(alpha, rui, rui.does("Like", root.uri))

        assert sent.status == 202
        waiting = await rows(alpha, "SELECT 1 FROM inbox_item WHERE state = 'waiting'")
        assert waiting == []
        likes = json.loads((await beta.get(root.uri + "/likes", {"Accept": answers.ACTIVITY_JSON})).body)
        assert likes["totalItems"] == 1


async def test_t32_a_report_of_what_stands_in_a_group_elsewhere_goes_to_its_server_and_to_the_authors_if_wished(
    database_url: MakeDatabase,
) -> None:
    """In the name of the instance, never of who reports."""
    async with world(database_url) as (alpha, home), FakePeer() as far:
        ada, ben = await alpha.person(), await alpha.person("ben")
        market, zoe = home.add("market", "Group"), far.add("zoe")
        await followed(alpha, ada, market)
        to = [market.id, PUBLIC]
        page = zoe.writes("Cheap paint!", type="Page", name="Paint", audience=market.id, to=to)
        await tell(alpha, market, market.does("Announce", page["id"], to=[PUBLIC]))
        post = await the_post(alpha, page["id"])

        for who, forward in ((ada, False), (ben, True)):
            async with alpha.client(await alpha.token(who)) as http:
                said = {
                    "account_id": str(post.author_id),
                    "status_ids": [str(post.id)],
                    "comment": "An advertisement",
                    "forward": forward,
                }
                assert (await http.post("/api/v1/reports", json=said)).status_code == 200
            await alpha.settle()
            flags = await home.got(2 if forward else 1, type="Flag")
            assert len([kind for kind, _ in _heard(far) if kind == "Flag"]) == int(forward)

        for flag in flags:
            assert flag["actor"] == alpha.here.instance_actor_uri
            assert (flag["object"], flag["content"]) == ([zoe.id, page["id"]], "An advertisement")
            assert ada.uri not in json.dumps(flag)


async def test_a_reply_from_elsewhere_is_forwarded_with_the_ld_signature_that_it_came_with(
    database_url: MakeDatabase,
) -> None:
    """Mastodon 4.2 to 4.6 believes it by that alone (T4, T46); without one there is nothing to forward."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada, posting_rule="anyone")
        rui = beta.add("rui")
        for who in (rui, gamma.add("kim")):
            await join(alpha, who, group)
        root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        gamma.server.seen.clear()
        signature = {"type": "RsaSignature2017", "creator": rui.key_id, "signatureValue": "c2lnbmVk"}

        for more in ({"signature": signature}, {}):
            note = rui.writes("The red one.", inReplyTo=root.uri, **to_group(group))
            await tell(alpha, rui, rui.does("Create", note, **more))

        (came,) = await gamma.got(1, type="Create")
        assert came["signature"] == signature
        assert len(gamma.arrived()) == 1
