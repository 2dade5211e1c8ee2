"""Wrong order, many copies, many at once: rows R018-R023 of the reliability cases."""

import asyncio

from tests.activitypub.inbound.world import count, followed, post_at, rows, tell, the_post, world, wrote
from tests.kit.peers import PUBLIC
from tests.running import MakeDatabase


async def test_r018_what_one_sender_says_is_heard_in_its_order(database_url: MakeDatabase) -> None:
    """Create, five Updates, Delete, all waiting when the worker begins."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        kept, gone = rui.writes("0", published="2026-11-01T10:00:00Z"), rui.writes("Short.")

        said = [rui.does("Create", kept), rui.does("Create", gone)]
        for minute in range(1, 6):
            changed = {**kept, "content": f"<p>{minute}</p>", "updated": f"2026-11-01T10:0{minute}:00Z"}
            said.append(rui.does("Update", changed))
        said.append(rui.does("Delete", gone["id"]))
        for activity in said:
            assert (await rui.send(alpha.here.shared_inbox_url, activity)).status == 202
        await alpha.settle()

        post = await the_post(alpha, kept["id"])
        assert (post.content_html, post.version) == ("<p>5</p>", 6)
        assert (await the_post(alpha, gone["id"])).state == "deleted"


async def test_r019_a_delete_that_comes_first_wins(database_url: MakeDatabase) -> None:
    """Delete, then Create, five times, at once."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        notes = [rui.writes(f"Number {number}.") for number in range(5)]

        for note in notes:
            await tell(alpha, rui, rui.does("Delete", note["id"]))
        async with alpha.working():
            creates = [rui.send(alpha.here.shared_inbox_url, rui.does("Create", note)) for note in notes]
            assert {sent.status for sent in await asyncio.gather(*creates)} == {202}
        await alpha.settle()

        for note in notes:
            assert await post_at(alpha, note["id"]) is None


async def test_r020_an_update_that_comes_first_stays(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        note = rui.writes("Old words.", published="2026-11-01T10:00:00Z")
        newer = {**note, "content": "<p>New words.</p>", "updated": "2026-11-01T11:00:00Z"}

        await tell(alpha, rui, rui.does("Update", newer))
        await tell(alpha, rui, rui.does("Create", note))
        await tell(alpha, rui, rui.does("Update", {**note, "content": "<p>x</p>", "updated": "2026-11-01T10:30:00Z"}))

        post = await the_post(alpha, note["id"])
        assert post.content_html == "<p>New words.</p>"
        assert await count(alpha, "post") == 1


async def test_r021_an_undo_that_comes_first_wins(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        mine = await wrote(alpha, ada, "Mine.")

        for activity in (
            rui.does("Like", mine.uri),
            rui.does("Announce", mine.uri, to=[PUBLIC]),
            rui.does("Follow", group.uri),
        ):
            await tell(alpha, rui, rui.does("Undo", activity))
            await tell(alpha, rui, activity)

        post = await the_post(alpha, mine.uri)
        assert (post.favourites_count, post.boosts_count) == (0, 0)
        assert await count(alpha, "follow") == 1  # the founder's own


async def test_r022_twenty_copies_to_two_inboxes_have_one_effect(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        note = rui.writes("Hi", cc=[ada.uri], tag=[{"type": "Mention", "href": ada.uri}])
        create = rui.does("Create", note)

        async with alpha.working():
            inboxes = (alpha.here.shared_inbox_url, ada.inbox_url)
            sent = await asyncio.gather(*(rui.send(inboxes[n % 2], create) for n in range(20)))
        await alpha.settle()

        assert {each.status for each in sent} == {202}
        assert await count(alpha, "post") == 1
        told = await rows(alpha, "SELECT type FROM notification ORDER BY id")
        assert [row["type"] for row in told] == ["follow", "mention"]


async def test_r023_fifty_activities_by_somebody_new_make_one_account(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        notes = [rui.writes(f"Number {n}.", cc=[ada.uri]) for n in range(50)]

        async with alpha.working():
            creates = [rui.send(alpha.here.shared_inbox_url, rui.does("Create", note)) for note in notes]
            assert {sent.status for sent in await asyncio.gather(*creates)} == {202}
        await alpha.settle()

        assert await count(alpha, "account WHERE NOT is_local") == 1
        assert await count(alpha, "post") == 50
        assert len([seen for seen in beta.server.seen if seen.path == rui.path]) == 1
