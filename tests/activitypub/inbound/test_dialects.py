"""What servers of other projects say in ways of their own (tests/federation/recorded), and what comes of it.

They were seen in meetings with the real ones (tests/peers); these tests keep what was learned.
"""

import json
from datetime import timedelta
from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.jobs import inbox_queue
from fedcomm.polls import asking, reading
from fedcomm.threads import drafting, posting
from fedcomm.threads.model import Post
from tests.activitypub.inbound.world import (
    Clock,
    count,
    drops,
    join,
    role_at,
    rows,
    tell,
    the_post,
    to_group,
    world,
    wrote,
)
from tests.federation.recorded_messages import body
from tests.kit.peers import FakeActor
from tests.running import Instance, MakeDatabase

SNAC, GOTOSOCIAL = "snac-2.94", "gotosocial-0.20.0-rc1"


def retold(name: str, by: FakeActor, **ours: str) -> dict[str, Any]:
    """A recorded message, said by somebody here; `ours` are what its `sales`, `ines` and `post` are called here."""
    text = body(name).decode()
    for there, here in (
        ("https://snac.example/kim", by.id),
        ("https://gts.example/users/tom", by.id),
        ("https://gts.example", by.peer.server.base),
        ("https://assoc.example/groups/sales", ours.get("sales", "")),
        ("https://assoc.example/u/ines", ours.get("ines", "")),
        ("https://assoc.example/p/40", ours.get("post", "")),
    ):
        text = text.replace(there, here)
    return json.loads(text)


async def poll_of(at: Instance, by: Account) -> Post:
    """One of ours asks which Saturday."""
    async with at.db() as db:
        now = at.site.now()
        poll = asking.checked(["The fifth", "The twelfth"], 3_600, is_multiple=False, hides_totals=False, now=now)
        draft = await drafting.from_text(db, at.here, by, "Which Saturday?", poll=poll, now=now)
        post = await posting.publish(db, at.here, by, draft, now=now)
    await at.settle()
    return post


async def test_snac_ends_a_follow_that_was_not_accepted_yet_by_naming_whom_it_follows(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        kim = beta.add("kim")
        await join(alpha, kim, group)
        undo = retold(f"{SNAC}/undo-follow-of-actor-id", kim, sales=group.uri)
        assert undo["object"] == group.uri

        await tell(alpha, kim, undo)

        assert await role_at(alpha, group, kim.id) is None
        assert await count(alpha, "follow") == 1  # that of Ada
        assert await drops(alpha) == []


async def test_s038_an_undo_that_names_somebody_ends_only_what_its_sender_follows(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        kim, eve = beta.add("kim"), beta.add("eve")
        await join(alpha, kim, group)

        await tell(alpha, eve, retold(f"{SNAC}/undo-follow-of-actor-id", eve, sales=group.uri))

        assert await role_at(alpha, group, kim.id) == "member"


async def test_snac_and_gotosocial_vote_and_neither_vote_is_a_reply(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        kim, tom = beta.add("kim"), beta.add("tom")
        post = await poll_of(alpha, ada)

        await tell(alpha, kim, retold(f"{SNAC}/vote", kim, ines=ada.uri, post=post.uri))
        await tell(alpha, tom, retold(f"{GOTOSOCIAL}/vote", tom, ines=ada.uri, post=post.uri))

        async with alpha.site.read() as db:
            poll = await reading.of_post(db, post.id, None)
        assert poll is not None
        assert [option.votes_count for option in poll.options] == [0, 2]
        assert await count(alpha, "post") == 1


async def test_gotosocial_gives_all_updates_of_a_post_one_id_and_each_counts(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        tom = beta.add("tom")
        await join(alpha, tom, group)
        first = retold(f"{GOTOSOCIAL}/create-note-mentioning-group", tom, sales=group.uri)
        await tell(alpha, tom, first)
        uri = first["object"]["id"]

        for second in range(1, 4):
            update = retold(f"{GOTOSOCIAL}/update-note", tom, sales=group.uri)
            later = f"2026-11-22T13:00:0{second}Z"
            update["object"] |= {"id": uri, "content": f"<p>Now {second}.</p>", "updated": later}
            update["id"] = f"{uri}/activity#Update"
            await tell(alpha, tom, update)
            await tell(alpha, tom, update)

        post = await the_post(alpha, uri)
        assert (post.content_html, post.version) == ("<p>Now 3.</p>", 4)


async def test_gotosocial_may_change_a_post_in_the_second_in_which_it_was_written(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        tom = beta.add("tom")
        await join(alpha, tom, group)
        create = retold(f"{GOTOSOCIAL}/create-note-mentioning-group", tom, sales=group.uri)
        update = retold(f"{GOTOSOCIAL}/update-note", tom, sales=group.uri)
        now = alpha.site.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        for each in (create, update):
            each["published"] = now
            each["object"] |= {"id": create["object"]["id"], "published": now}
        update["object"]["updated"] = now

        await tell(alpha, tom, create)
        for text in ("Which primer, on steel?", "Which primer, outdoors?", "Which primer, outdoors?"):
            update["object"]["content"] = f"<p>{text}</p>"
            await tell(alpha, tom, update)

        post = await the_post(alpha, create["object"]["id"])
        assert (post.title, post.content_html) == ("Which primer, outdoors?", "<p>Which primer, outdoors?</p>")
        assert post.version == 3


async def test_snac_favourites_and_boosts_again_under_the_same_id(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        kim = beta.add("kim")
        post = await wrote(alpha, ada, "Our booth is done.")
        for kind, table in (("like", "favourite"), ("announce", "boost")):
            said = retold(f"{SNAC}/{kind}", kim, ines=ada.uri, post=post.uri)
            await tell(alpha, kim, said)
            assert await count(alpha, table) == 1
            undo = kim.does("Undo", {name: value for name, value in said.items() if name != "published"})
            await tell(alpha, kim, undo)
            assert await count(alpha, table) == 0

            await tell(alpha, kim, said | {"published": "2026-11-22T14:00:00Z"})

            assert await count(alpha, table) == 1


async def test_r021_an_undo_that_comes_before_what_it_undoes_still_keeps_it_away(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        kim = beta.add("kim")
        post = await wrote(alpha, ada, "Our booth is done.")
        said = retold(f"{SNAC}/like", kim, ines=ada.uri, post=post.uri)

        await tell(alpha, kim, kim.does("Undo", said))
        await tell(alpha, kim, said)

        assert await count(alpha, "favourite") == 0


async def test_misskey_follows_again_with_the_very_same_follow_and_is_heard_after_an_hour(
    database_url: MakeDatabase,
) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        mei = beta.add("mei")
        follow = mei.does("Follow", group.uri)
        await tell(alpha, mei, follow)
        await tell(alpha, mei, mei.does("Undo", follow))

        await tell(alpha, mei, follow)
        assert await role_at(alpha, group, mei.id) is None  # S009: somebody may have kept it

        clock.pass_by(hours=1, minutes=1)
        await tell(alpha, mei, follow, clock=clock)
        assert await role_at(alpha, group, mei.id) == "member"


async def test_an_hour_makes_nothing_but_a_follow_new(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, _):
        now = alpha.site.now()

        async def accepted(kind: str, later: timedelta) -> bool:
            async with alpha.db() as db:
                return await inbox_queue.add(
                    db,
                    inbox_queue.Accepted(
                        activity_uri="https://masto.example/a/1",
                        activity_type=kind,
                        signer_uri=f"https://masto.example/{kind}",
                        authority="masto.example",
                        recipient_id=None,
                        body=b"{}",
                        now=now + later,
                    ),
                )

        for kind in ("Follow", "Create", "Delete", "Undo", "Update", "Like", "Announce"):
            heard = [await accepted(kind, later) for later in (timedelta(0), timedelta(minutes=59), timedelta(hours=2))]
            assert heard == [True, False, kind == "Follow"]
        assert len(await rows(alpha, "SELECT FROM inbox_item")) == 8


async def test_gotosocial_finds_replies_from_the_page_that_stands_in_the_post(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        tom = beta.add("tom")
        root = await wrote(alpha, ada, "Our booth is done.")
        reply = await wrote(alpha, ada, "And dry.", parent=root)

        replies = json.loads((await tom.get(root.uri)).body)["replies"]
        page = json.loads((await tom.get(replies["first"]["next"])).body)

        assert (replies["type"], replies["first"]["type"]) == ("Collection", "CollectionPage")
        assert page["partOf"] == replies["first"]["partOf"] == replies["id"]
        assert replies["first"]["items"] + page.get("orderedItems", []) == [reply.uri]


async def test_t35_the_group_writes_why_to_whose_server_shows_no_reject_and_once_a_day(
    database_url: MakeDatabase,
) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        tom, kim = beta.add("tom"), beta.add("kim")

        for who in (tom, tom, kim):
            note = who.writes("May I ask you something?", **to_group(group))
            await tell(alpha, who, who.does("Create", note))
        clock.pass_by(hours=25)
        await tell(alpha, tom, tom.does("Create", tom.writes("Still there?", **to_group(group))), clock=clock)

        assert len(await beta.got(4, type="Reject")) == 4
        written = await beta.got(3, type="Create")
        assert [each["to"] for each in written] == [[tom.id], [kim.id], [tom.id]]
        assert {each["actor"] for each in written} == {group.uri}
        assert [each["cc"] for each in written] == [[], [], []]
        for each in written:
            assert "Only members write in Bakers." in each["object"]["content"]
            assert [tag["type"] for tag in each["object"]["tag"]] == ["Mention"]
        assert await rows(alpha, "SELECT FROM notification") == []
        assert json.loads((await kim.get(group.outbox_url or "")).body)["totalItems"] == 0


async def test_who_understands_a_reject_is_written_nothing(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        beta.software = "lemmy"
        tom = beta.add("tom")

        await tell(alpha, tom, tom.does("Create", tom.writes("May I ask you something?", **to_group(group))))

        await beta.got(1, type="Reject")
        assert [seen.json()["type"] for seen in beta.arrived()] == ["Reject"]
