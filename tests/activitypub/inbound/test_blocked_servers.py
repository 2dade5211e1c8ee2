"""What a suspended server says does not come in by the hands of others (D58, security-cases.md section 11)."""

from fedcomm.network import peers
from tests.activitypub.inbound.world import count, followed, post_at, rows, tell, the_post, world, wrote
from tests.conftest import MakeDatabase
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC
from tests.running import Instance


async def shut_out(at: Instance, peer: FakePeer) -> None:
    """Suspend the server of a peer."""
    async with at.db() as db:
        assert await peers.suspend(db, None, peer.server.authority, "spam", now=at.site.now())
    await at.settle()
    peer.server.seen.clear()


async def test_s161_what_a_friend_boosts_of_theirs_is_neither_fetched_nor_kept(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        friend, spammer = beta.add("friend"), gamma.add("spammer")
        await followed(alpha, ada, friend)
        await shut_out(alpha, gamma)
        note = spammer.writes("Buy now.")
        whole = spammer.does("Create", note)

        for announced in (note["id"], note, whole):
            await tell(alpha, friend, friend.does("Announce", announced, to=[PUBLIC]))

        assert await post_at(alpha, note["id"]) is None
        assert (await count(alpha, "boost"), gamma.server.seen) == (0, [])
        assert await rows(alpha, "SELECT FROM account WHERE authority = $1", gamma.server.authority) == []


async def test_s162_nothing_is_fetched_from_them_whatever_field_of_a_friend_names_them(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        friend, spammer = beta.add("friend"), gamma.add("spammer")
        await followed(alpha, ada, friend)
        await shut_out(alpha, gamma)
        note = spammer.writes("Buy now.")
        there = gamma.server.url
        emoji = {
            "type": "Emoji", "id": there("/e"), "name": ":x:",
            "icon": {"type": "Image", "mediaType": "image/png", "url": there("/e.png")},
        }  # fmt: skip
        told = [
            friend.writes("An answer.", inReplyTo=note["id"]),
            friend.writes("A quote.", quote=note["id"], quoteUrl=note["id"]),
            friend.writes("A mention.", tag=[{"type": "Mention", "href": spammer.id, "name": "@spammer"}]),
            friend.writes("Smile :x:", tag=[emoji]),
            friend.writes("A context.", context=there("/contexts/1"), conversation=there("/contexts/1")),
        ]
        for each in told:
            await tell(alpha, friend, friend.does("Create", each))

        assert gamma.server.seen == []
        assert await rows(alpha, "SELECT FROM account WHERE authority = $1", gamma.server.authority) == []
        assert [(await the_post(alpha, each["id"])).parent_id for each in told] == [None] * 5


async def test_s164_neither_an_update_nor_an_old_boost_brings_them_back(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        friend, spammer = beta.add("friend"), gamma.add("spammer")
        await followed(alpha, ada, friend)
        await followed(alpha, ada, spammer)
        old = spammer.writes("An old one.")
        await tell(alpha, spammer, spammer.does("Create", old))
        await shut_out(alpha, gamma)
        unknown = spammer.writes("Never seen.")

        await tell(alpha, friend, friend.does("Announce", old["id"], to=[PUBLIC]))
        await tell(alpha, friend, friend.does("Announce", spammer.does("Update", unknown), to=[PUBLIC]))
        sent = await spammer.send(alpha.here.shared_inbox_url, spammer.does("Update", unknown))
        await alpha.settle()

        async with alpha.client() as visitor:
            page = await visitor.get(f"/p/{(await the_post(alpha, old['id'])).id}", headers={"Accept": "text/html"})
        assert (sent.status, page.status_code) == (403, 404)
        assert await post_at(alpha, unknown["id"]) is None
        assert gamma.server.seen == []


async def test_s165_hundreds_of_their_accounts_leave_no_row(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, _), FakePeer() as gamma:
        ada = await alpha.person()
        post = await wrote(alpha, ada, "Read me.")
        await shut_out(alpha, gamma)
        before = [await count(alpha, table) for table in ("account", "inbox_item", "dropped_activity", "favourite")]

        for n in range(300):
            one = gamma.add(f"bot{n}")
            assert (await one.send(alpha.here.shared_inbox_url, one.does("Like", post.uri))).status == 403
        await alpha.settle()

        after = [await count(alpha, table) for table in ("account", "inbox_item", "dropped_activity", "favourite")]
        assert (after, gamma.server.seen) == (before, [])
