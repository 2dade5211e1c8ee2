"""Wrong order, many copies, many at once: rows R018-R023 of the reliability cases."""

import asyncio

from fedcomm import recurring
from tests.activitypub.inbound.world import (
    Clock,
    asked,
    count,
    drops,
    followed,
    post_at,
    rows,
    tell,
    the_post,
    world,
    wrote,
)
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase


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


async def _market(at: Instance, beta: FakePeer) -> FakeActor:
    """A group elsewhere with a member here."""
    market = beta.add("market", "Group")
    await tell(at, market, market.does("Accept", await asked(at, await at.person(), market)))
    return market


async def _hear_early(at: Instance) -> None:
    await recurring.hear_early(at.site)
    await at.settle()


async def test_what_is_said_about_a_post_before_it_is_here_counts_when_it_comes(database_url: MakeDatabase) -> None:
    """Likes, one of them of two in one Announce, a Dislike taken back, a lock and a pin overtake the thread."""
    async with world(database_url) as (alpha, beta):
        market = await _market(alpha, beta)
        rui, mia, mod = beta.add("rui"), beta.add("mia"), beta.add("mod")
        page = rui.writes("Ours broke.", type="Page", name="Which oven?", audience=market.id, to=[market.id, PUBLIC])
        other = rui.writes("Another.", type="Page", name="Another", audience=market.id, to=[market.id, PUBLIC])
        likes = [mia.does("Like", page["id"]), mia.does("Like", other["id"])]
        pin = mod.does("Add", page["id"], target=f"{market.id}/featured")
        market.more["featured"] = f"{market.id}/featured"
        await tell(alpha, market, market.does("Update", market.document()))

        await tell(alpha, market, market.does("Announce", {"type": "OrderedCollection", "orderedItems": likes}))
        await tell(alpha, market, market.does("Announce", rui.does("EmojiReact", page["id"], content="🔥")))
        await tell(alpha, market, market.does("Announce", mod.does("Lock", page["id"])))
        await tell(alpha, market, market.does("Announce", pin))
        await _hear_early(alpha)
        assert await count(alpha, "early_activity") == 5
        assert await post_at(alpha, page["id"]) is None

        await tell(alpha, market, market.does("Announce", rui.does("Create", page)))
        await _hear_early(alpha)

        post = await the_post(alpha, page["id"])
        assert post.favourites_count == 2
        assert (await count(alpha, "thread_lock"), await count(alpha, "pin")) == (1, 1)
        assert await count(alpha, "early_activity") == 1  # the other thread has not come
        assert await drops(alpha) == []


async def test_a_removal_that_overtakes_its_post_takes_it_out_of_the_group(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        market = await _market(alpha, beta)
        zoe, mod = gamma.add("zoe"), beta.add("mod")
        page = zoe.writes("Buy.", type="Page", name="Cheap", audience=market.id, to=[market.id, PUBLIC])

        await tell(alpha, market, market.does("Announce", mod.does("Delete", page["id"], summary="advertising")))
        await tell(alpha, market, market.does("Announce", zoe.does("Create", page)))
        assert (await the_post(alpha, page["id"])).state == "visible"
        await _hear_early(alpha)

        assert (await the_post(alpha, page["id"])).state == "removed"


async def test_what_waits_for_a_post_is_bounded_and_forgotten_in_time(database_url: MakeDatabase) -> None:
    """What is ours and not here never comes; nor does what was deleted; after hours nothing is awaited any more."""
    time = Clock()
    async with world(database_url, now=time) as (alpha, beta):
        market = await _market(alpha, beta)
        mia, rui = beta.add("mia"), beta.add("rui")
        gone = rui.writes("Gone.", audience=market.id)
        await tell(alpha, rui, rui.does("Delete", gone["id"]))

        async def liked(uri: str, **more: str) -> None:
            await tell(alpha, market, market.does("Announce", mia.does("Like", uri, **more)), clock=time)

        await liked(f"{alpha.url}/p/1")
        await liked(gone["id"])
        await liked(beta.new_id("notes"), content="x" * 70_000)
        assert len(await drops(alpha)) == 3
        await liked(beta.new_id("notes"))
        await liked(beta.new_id("notes"))
        assert await count(alpha, "early_activity") == 2

        time.pass_by(hours=7)
        await recurring.hear_early(alpha.site)
        assert await count(alpha, "early_activity") == 0
