"""Polls from elsewhere, how they stand, and votes in ours (FEP-9967; S041, S110)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from fedcomm.accounts import blocks
from fedcomm.accounts.model import Account
from fedcomm.polls import asking
from fedcomm.polls import reading as polls
from fedcomm.polls.model import Poll
from fedcomm.threads import drafting, posting, relayed, voting
from fedcomm.threads.model import Post
from tests.activitypub.inbound.world import (
    Clock,
    count,
    drops,
    followed,
    join,
    rows,
    tell,
    the_post,
    to_group,
    world,
)
from tests.kit import FakePeer
from tests.kit.peers import FakeActor
from tests.running import Instance, MakeDatabase


async def asked(at: Instance, by: Account, *, group: Account | None = None, is_multiple: bool = False) -> Post:
    """One of ours asks which oven."""
    choices = asking.checked(["Red", "Blue"], 3_600, is_multiple=is_multiple, hides_totals=False, now=at.site.now())
    async with at.db() as db:
        draft = await drafting.from_text(
            db,
            at.here,
            by,
            "Which oven?",
            group_ids=[group.id] if group else [],
            poll=choices,
            now=at.site.now(),
        )
        post = await posting.publish(db, at.here, by, draft, now=at.site.now())
    await at.settle()
    return post


def vote(by: FakeActor, post: Post, name: str, *, to: Account, **more: Any) -> dict[str, Any]:
    """A vote as Mastodon sends it."""
    number = by.peer.new_id("votes").rpartition("/")[2]
    note = {
        "id": f"{by.id}#votes/{number}",
        "type": "Note",
        "name": name,
        "attributedTo": by.id,
        "inReplyTo": post.uri,
        "to": [to.uri],
        **more,
    }
    return by.does("Create", note, id=f"{by.id}#votes/{number}/activity")


def question(by: FakeActor, votes: tuple[int, int] = (0, 0), **more: Any) -> dict[str, Any]:
    """A poll as Mastodon sends it."""
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": number}}
        for name, number in zip(("Red", "Blue"), votes, strict=True)
    ]
    fields = {"oneOf": options, "endTime": "2027-01-01T10:00:00Z", "votersCount": sum(votes)}
    return by.writes("Which oven?", type="Question") | fields | more


async def standing(at: Instance, post: Post) -> Poll:
    async with at.site.read() as db:
        found = await polls.of_post(db, post.id, None)
    assert found is not None
    return found


def figures(poll: Poll) -> list[int]:
    return [option.votes_count for option in poll.options]


async def test_s110_a_vote_counts_once_whatever_else_is_sent(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        post = await asked(alpha, ada)

        await tell(alpha, rui, vote(rui, post, "Blue", to=ada), to=ada)
        await tell(alpha, rui, vote(rui, post, "Blue", to=ada), to=ada)
        await tell(alpha, rui, vote(rui, post, "Red", to=ada), to=ada)
        await tell(alpha, rui, vote(rui, post, "Green", to=ada), to=ada)

        assert figures(await standing(alpha, post)) == [0, 1]
        assert await drops(alpha) == [
            "a vote that does not count: You have voted in this poll already.",
            "a vote that does not count: You have voted in this poll already.",
            "a vote that does not count: This answer cannot be chosen.",
        ]
        assert await count(alpha, "post") == 1
        assert await rows(alpha, "SELECT FROM notification") == []


async def test_votes_for_several_answers_come_one_by_one(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        post = await asked(alpha, ada, is_multiple=True)

        for name in ("Red", "Blue"):
            await tell(alpha, rui, vote(rui, post, name, to=ada), to=ada)

        poll = await standing(alpha, post)
        assert (figures(poll), poll.voters_count) == ([1, 1], 1)


async def test_s110_nobody_votes_for_others_when_blocked_or_after_the_end(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, eve, zoe = beta.add("rui"), beta.add("eve"), beta.add("zoe")
        for who in (rui, eve):
            await join(alpha, who, group)
        post = await asked(alpha, ada, group=group)

        forged = vote(rui, post, "Red", to=ada)
        await tell(alpha, eve, forged | {"actor": eve.id}, to=ada)
        sent = await eve.send(ada.inbox_url, forged)
        await tell(alpha, zoe, vote(zoe, post, "Red", to=ada), to=ada)
        async with alpha.db() as db:
            await blocks.put_block(db, ada.id, (await alpha.find(eve.id)).id, now=alpha.site.now())
        await tell(alpha, eve, vote(eve, post, "Red", to=ada), to=ada)
        clock.pass_by(hours=1, minutes=1)
        await tell(alpha, rui, vote(rui, post, "Red", to=ada), to=ada, clock=clock)

        assert sent.status in (202, 401, 403)
        poll = await standing(alpha, post)
        assert (figures(poll), poll.voters_count) == ([0, 0], 0)
        assert await count(alpha, "poll_vote") == 0
        assert await count(alpha, "post") == 1


async def test_t31_a_vote_that_a_group_passes_on_is_nobodys_vote(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market, rui = beta.add("market", "Group"), beta.add("rui")
        await followed(alpha, ada, market)
        post = await asked(alpha, ada)

        await tell(alpha, market, market.does("Announce", vote(rui, post, "Red", to=ada)))

        assert figures(await standing(alpha, post)) == [0, 0]
        assert await count(alpha, "post") == 1


async def test_a_vote_in_a_groups_thread_is_passed_on_to_nobody(database_url: MakeDatabase) -> None:
    """The poll of a member elsewhere in a group of ours: votes are its author's server's; ours keep quiet."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, zoe, eve = beta.add("rui"), gamma.add("zoe"), gamma.add("eve")
        for who in (rui, zoe, eve):
            await join(alpha, who, group)
        poll = question(rui, **to_group(group))
        await tell(alpha, rui, rui.does("Create", poll))
        post = await the_post(alpha, poll["id"])
        before = len(gamma.server.seen) + len(beta.server.seen)

        await tell(alpha, zoe, vote(zoe, post, "Red", to=await alpha.find(rui.id)), to=group)

        assert len(gamma.server.seen) + len(beta.server.seen) == before
        assert figures(await standing(alpha, post)) == [0, 0]
        assert await drops(alpha) == ["a vote in a poll that is not ours"]


async def test_a_vote_by_one_of_ours_goes_to_the_author_and_nowhere_else(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        for who in (rui, zoe):
            await join(alpha, who, group)
        poll = question(rui, (2, 3), **to_group(group))
        await tell(alpha, rui, rui.does("Create", poll))
        post = await the_post(alpha, poll["id"])
        beta.server.seen.clear()
        gamma.server.seen.clear()

        async with alpha.db() as db:
            await voting.vote(db, alpha.here, ada, post.id, [0], now=alpha.site.now())
        await alpha.settle()

        (create,) = await beta.got(1, type="Create")
        note = create["object"]
        assert (note["type"], note["name"], note["inReplyTo"]) == ("Note", "Red", poll["id"])
        assert (note["to"], note["cc"], create["to"]) == ([rui.id], [], [rui.id])
        assert "content" not in note
        assert "proof" not in create
        assert [seen.path for seen in beta.arrived()] == [urlsplit(rui.inbox).path]
        assert gamma.arrived() == []
        assert await rows(alpha, "SELECT FROM fact WHERE type = 'PollTallied'") == []
        assert figures(await standing(alpha, post)) == [3, 3]
        for uri in (note["id"], create["id"]):
            assert b"Red" not in (await zoe.get(uri)).body


async def test_how_a_poll_stands_is_no_edit_and_is_passed_on_to_members(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        for who in (rui, zoe):
            await join(alpha, who, group)
        poll = question(rui, **to_group(group))
        await tell(alpha, rui, rui.does("Create", poll))
        gamma.server.seen.clear()

        counted = question(rui, (4, 1), **to_group(group)) | {"id": poll["id"]}
        update = rui.does("Update", counted)
        await tell(alpha, rui, update)

        post = await the_post(alpha, poll["id"])
        assert (post.edited_at, await count(alpha, "post_version")) == (None, 0)
        stands = await standing(alpha, post)
        assert (figures(stands), stands.voters_count) == ([4, 1], 5)
        async with alpha.site.read() as db:
            kept = await relayed.of(db, post.id, "Update")
        assert kept is not None
        assert kept.activity_uri == update["id"]
        assert await count(alpha, "post_activity") == 2
        passed = await rows(alpha, "SELECT type FROM activity WHERE uri LIKE $1", f"{alpha.here.base_url}/a/%")
        assert "Announce" in [row["type"] for row in passed]


async def test_s041_only_who_asked_says_how_a_poll_stands(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, eve, mallory = beta.add("rui"), beta.add("eve"), gamma.add("mallory")
        await followed(alpha, ada, rui)
        poll = question(rui, (1, 1))
        await tell(alpha, rui, rui.does("Create", poll))
        forged = question(rui, (900, 0)) | {"id": poll["id"]}

        for who in (eve, mallory):
            await tell(alpha, who, who.does("Update", forged))
            await tell(alpha, who, who.does("Update", forged | {"attributedTo": who.id}))
            await tell(alpha, who, who.does("Announce", rui.does("Update", forged)))
        mine = await asked(alpha, ada)
        await tell(alpha, rui, rui.does("Update", forged | {"id": mine.uri, "attributedTo": ada.uri}))
        await tell(alpha, rui, rui.does("Update", forged | {"id": mine.uri}))

        assert figures(await standing(alpha, await the_post(alpha, poll["id"]))) == [1, 1]
        assert figures(await standing(alpha, mine)) == [0, 0]


async def test_other_answers_make_it_another_poll(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        poll = question(rui, (1, 1))
        await tell(alpha, rui, rui.does("Create", poll))
        post = await the_post(alpha, poll["id"])
        async with alpha.db() as db:
            await voting.vote(db, alpha.here, ada, post.id, [0], now=alpha.site.now())

        other = [{"type": "Note", "name": name, "replies": {"totalItems": 0}} for name in ("Red", "Green")]
        at = (alpha.site.now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        await tell(alpha, rui, rui.does("Update", poll | {"oneOf": other, "updated": at}))

        poll_now = await standing(alpha, post)
        assert [option.title for option in poll_now.options] == ["Red", "Green"]
        assert (figures(poll_now), await count(alpha, "poll_vote"), await count(alpha, "post_version")) == (
            [0, 0],
            0,
            1,
        )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"oneOf": []}, None),
        ({"oneOf": [{"type": "Note", "name": " \u200b"}]}, None),
        ({"oneOf": [{"name": f"{n}"} for n in range(600)]}, 500),
        ({"oneOf": [{"name": "x" * 5_000}]}, 1),
        ({"votersCount": -1, "endTime": "never", "closed": True}, 2),
        ({"oneOf": [{"name": "Red", "replies": {"totalItems": 2**60}}, {"name": "Red"}, {"name": "<b>Blue</b>"}]}, 2),
    ],
)
async def test_s141_hostile_polls_are_kept_within_bounds(
    database_url: MakeDatabase, more: dict[str, Any], expected: int | None
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)

        poll = question(rui, **more)
        await tell(alpha, rui, rui.does("Create", poll))

        post = await the_post(alpha, poll["id"])
        async with alpha.site.read() as db:
            found = await polls.of_post(db, post.id, None)
        assert (len(found.options) if found else None) == expected
        if found is not None:
            assert all(len(option.title) <= 500 and option.votes_count < 2**31 for option in found.options)


async def test_the_end_comes_from_elsewhere_and_voters_here_hear_of_it_once(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui = beta.add("rui")
        for who in (ada, ben):
            await followed(alpha, who, rui)
        ends = alpha.site.now() + timedelta(hours=1)
        poll = question(rui, endTime=ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
        await tell(alpha, rui, rui.does("Create", poll))
        post = await the_post(alpha, poll["id"])
        async with alpha.db() as db:
            await voting.vote(db, alpha.here, ada, post.id, [0], now=alpha.site.now())

        for minutes in (61, 5, 60):
            clock.pass_by(minutes=minutes)
            await alpha.worker.clock.tick()
            await alpha.settle()

        told = await rows(alpha, "SELECT account_id, type, from_account_id FROM notification")
        assert [tuple(row) for row in told] == [(ada.id, "poll", (await alpha.find(rui.id)).id)]


async def test_a_deleted_poll_leaves_no_answers_and_no_votes(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        poll = question(rui, (1, 1))
        await tell(alpha, rui, rui.does("Create", poll))
        post = await the_post(alpha, poll["id"])
        async with alpha.db() as db:
            await voting.vote(db, alpha.here, ada, post.id, [0], now=alpha.site.now())

        await tell(alpha, rui, rui.does("Delete", {"id": poll["id"], "type": "Tombstone"}))

        assert (await the_post(alpha, poll["id"])).state == "deleted"
        for table in ("poll", "poll_option", "poll_vote"):
            assert await count(alpha, table) == 0


async def test_a_member_who_asks_has_a_poll_elsewhere_counted_anew_and_not_every_time(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        poll = question(rui, (1, 1))
        await tell(alpha, rui, rui.does("Create", poll))
        post = await the_post(alpha, poll["id"])
        async with alpha.db() as db:
            await db.execute("UPDATE poll SET counted_at = counted_at - interval '2 minutes'")
        path = f"/api/v1/polls/{post.id}"
        beta.publish(poll | question(rui, (5, 2)) | {"id": poll["id"]})
        async with alpha.client() as visitor, alpha.client(await alpha.token(ada)) as app:
            assert (await visitor.get(path)).json()["votes_count"] == 2
            beta.server.seen.clear()

            assert [(await app.get(path)).json()["votes_count"] for _ in range(3)] == [7, 7, 7]

        assert len([seen for seen in beta.server.seen if poll["id"].endswith(seen.path)]) == 1
        assert (await the_post(alpha, poll["id"])).edited_at is None


async def test_what_leaves_us_is_a_question_whose_hidden_figures_stay_here(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui = beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        choices = asking.checked(["Red", "Blue"], 3_600, is_multiple=True, hides_totals=True, now=alpha.site.now())
        async with alpha.db() as db:
            draft = await drafting.from_text(db, alpha.here, ada, "Which?", poll=choices, now=alpha.site.now())
            post = await posting.publish(db, alpha.here, ada, draft, now=alpha.site.now())
        await alpha.settle()
        async with alpha.db() as db:
            await voting.vote(db, alpha.here, ben, post.id, [0, 1], now=alpha.site.now())
        await alpha.settle()

        (create,) = await beta.got(1, type="Create")
        (update,) = await beta.got(1, type="Update")
        for activity in (create, update):
            sent = activity["object"]
            assert (sent["type"], sent["id"], "oneOf" in sent) == ("Question", post.uri, False)
            assert [(each["name"], each["replies"]["totalItems"]) for each in sent["anyOf"]] == [
                ("Red", 0),
                ("Blue", 0),
            ]
            assert "closed" not in sent
            assert ben.uri not in str(activity)
        assert (create["object"]["votersCount"], update["object"]["votersCount"]) == (0, 1)

        beta.server.seen.clear()
        async with alpha.db() as db:
            await db.execute("UPDATE poll SET ends_at = $1", alpha.site.now())
        await alpha.worker.clock.tick()
        await alpha.settle()
        (update,) = await beta.got(1, type="Update")
        assert [each["replies"]["totalItems"] for each in update["object"]["anyOf"]] == [1, 1]
        assert update["object"]["closed"] == update["object"]["endTime"]


async def test_the_activity_of_a_vote_is_nobodys_to_read(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        poll = question(rui)
        await tell(alpha, rui, rui.does("Create", poll))
        async with alpha.db() as db:
            await voting.vote(db, alpha.here, ada, (await the_post(alpha, poll["id"])).id, [0], now=alpha.site.now())
        await alpha.settle()

        (sent,) = await rows(alpha, "SELECT id FROM activity WHERE convert_from(body, 'UTF8') LIKE '%#votes/%'")
        assert (await rui.get(alpha.here.activity_uri(sent["id"]))).status == 404
