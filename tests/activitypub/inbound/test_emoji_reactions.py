"""Emoji that people favour posts with: from elsewhere in every form, from here, shown, counted once, taken back."""

import itertools
from typing import Any

import pytest

from fedcomm import emojis
from fedcomm.accounts.model import Account
from fedcomm.errors import Invalid, NotFound
from fedcomm.threads import changing, emoji_reactions, reactions, recounting
from tests.activitypub.inbound.world import count, followed, rows, tell, the_post, world, wrote
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase


def drawn(peer_icon: str, name: str = ":oven:") -> dict[str, Any]:
    """The tag beside a reaction that is a picture."""
    return {"type": "Emoji", "name": name, "icon": {"type": "Image", "mediaType": "image/png", "url": peer_icon}}


async def shown(at: Instance, uri: str) -> list[tuple[str, int, bool]]:
    """What a post shows: each emoji, how often, and whether it is a picture. No counter is wrong."""
    async with at.db() as db:
        assert await recounting.recount(db) == []
    return [(each["name"], each["count"], bool(each["id"])) for each in (await the_post(at, uri)).reactions]


async def react(at: Instance, by: Account, uri: str, text: str) -> None:
    """One of ours chooses an emoji; what follows is done."""
    post = await the_post(at, uri)
    async with at.db() as db:
        await reactions.react(db, at.here, by, post.id, text=text, now=at.site.now())
    await at.settle()


async def test_reactions_of_all_forms_are_shown_and_count_as_one_favourite_each(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        mine = await wrote(alpha, await alpha.person(), "Mine.")
        icon = beta.server.url("/oven.png")
        sent: list[tuple[str, str, dict[str, Any]]] = [
            ("a", "EmojiReact", {"content": "🔥"}),
            ("b", "Like", {"content": "🔥"}),
            ("c", "Like", {"_misskey_reaction": "👍"}),
            ("d", "EmojiReact", {"content": ":oven:", "tag": [drawn(icon)]}),
            ("e", "Like", {"content": ":oven:", "tag": drawn(icon)}),
            ("f", "Like", {"content": ":nowhere:"}),
            ("g", "EmojiReact", {"content": "<b>x</b>"}),
            ("h", "Like", {"content": ["🔥"]}),
            ("i", "Like", {}),
        ]
        for name, kind, more in sent:
            await tell(alpha, who := beta.add(name), who.does(kind, mine.uri, **more))

        assert (await the_post(alpha, mine.uri)).favourites_count == len(sent)
        assert sorted(await shown(alpha, mine.uri)) == [("oven", 2, True), ("👍", 1, False), ("🔥", 2, False)]

        ada = await alpha.find(f"{alpha.url}/u/ada")
        async with alpha.client(await alpha.token(ada)) as app:
            status: dict[str, Any] = (await app.get(f"/api/v1/statuses/{mine.id}")).json()
        (picture,) = [each for each in status["fedcomm"]["reactions"] if each["name"] == "oven"]
        assert (picture["count"], picture["url"].startswith(f"{alpha.url}/media/emojis/")) == (2, True)
        assert status["favourites_count"] == len(sent)


async def test_of_several_emoji_of_one_person_each_is_taken_back_by_itself(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        mine, rui = await wrote(alpha, await alpha.person(), "Mine."), beta.add("rui")
        plain = rui.does("Like", mine.uri)
        fire = rui.does("EmojiReact", mine.uri, content="🔥")
        thumb = rui.does("EmojiReact", mine.uri, content="👍")
        for activity in (fire, plain, thumb, fire):
            await tell(alpha, rui, activity)
        assert await shown(alpha, mine.uri) == [("👍", 1, False), ("🔥", 1, False)]

        for activity, left, favourites in ((fire, ["👍"], 1), (plain, ["👍"], 1), (thumb, [], 0)):
            await tell(alpha, rui, rui.does("Undo", activity if activity is not plain else plain["id"]))
            assert [name for name, _, _ in await shown(alpha, mine.uri)] == left
            assert (await the_post(alpha, mine.uri)).favourites_count == favourites
        assert await count(alpha, "emoji_reaction") == await count(alpha, "favourite") == 0


@pytest.mark.parametrize("order", list(itertools.permutations(("like", "undo", "other"))), ids="-".join)
@pytest.mark.parametrize("has_id", [True, False])
async def test_an_emoji_that_is_changed_for_another_is_that_one_in_whatever_order_it_is_said(
    database_url: MakeDatabase, order: tuple[str, ...], has_id: bool
) -> None:
    """R021. Who makes up a new id for what is taken back names the emoji."""
    async with world(database_url) as (alpha, beta):
        mine, rui = await wrote(alpha, await alpha.person(), "Mine."), beta.add("rui")
        fire, thumb = [rui.does("EmojiReact", mine.uri, content=emoji) for emoji in "🔥👍"]
        undone = fire if has_id else {**fire, "id": beta.new_id("activities")}
        said = {"like": fire, "undo": rui.does("Undo", undone), "other": thumb}
        for name in order:
            await tell(alpha, rui, said[name])

        left = [name for name, _, _ in await shown(alpha, mine.uri)]
        is_undone_in_time = has_id or order.index("like") < order.index("undo")
        assert left == (["👍"] if is_undone_in_time else ["👍", "🔥"])
        assert (await the_post(alpha, mine.uri)).favourites_count == 1


async def test_nobody_takes_back_the_reaction_of_another_and_none_comes_after_its_undo(
    database_url: MakeDatabase,
) -> None:
    """S038, R021."""
    async with world(database_url) as (alpha, beta):
        mine, rui, zoe = await wrote(alpha, await alpha.person(), "Mine."), beta.add("rui"), beta.add("zoe")
        fire, late = [who.does("EmojiReact", mine.uri, content="🔥") for who in (rui, zoe)]
        await tell(alpha, rui, fire)
        await tell(alpha, zoe, zoe.does("Undo", fire))
        await tell(alpha, zoe, zoe.does("Undo", fire["id"]))
        await tell(alpha, zoe, zoe.does("Undo", late))
        await tell(alpha, zoe, late)

        assert await shown(alpha, mine.uri) == [("🔥", 1, False)]


async def test_one_person_chooses_a_few_at_most_and_a_post_shows_the_most_frequent(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        mine = await wrote(alpha, await alpha.person(), "Mine.")
        signs = [chr(0x1F400 + n) for n in range(emoji_reactions.MOST_SHOWN + emoji_reactions.MOST_OF_ONE)]
        people = [beta.add(f"p{n}") for n in range(len(signs) // emoji_reactions.MOST_OF_ONE)]
        for number, who in enumerate(people):
            for sign in signs[number * emoji_reactions.MOST_OF_ONE :]:
                await tell(alpha, who, who.does("EmojiReact", mine.uri, content=sign))
                if len(await of(alpha, who)) == emoji_reactions.MOST_OF_ONE:
                    break
            await tell(alpha, who, who.does("EmojiReact", mine.uri, content="🔥"))
            assert len(await of(alpha, who)) == emoji_reactions.MOST_OF_ONE

        assert len(await shown(alpha, mine.uri)) == emoji_reactions.MOST_SHOWN
        assert (await the_post(alpha, mine.uri)).favourites_count == len(people)


async def of(at: Instance, who: FakeActor) -> list[str]:
    """The emoji of somebody."""
    known = await at.find(who.id)
    return [row["name"] for row in await rows(at, "SELECT name FROM emoji_reaction WHERE account_id = $1", known.id)]


async def test_who_may_not_read_a_post_does_not_react_to_it_and_deleting_it_deletes_them(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        mine, rui = await wrote(alpha, ada, "Mine."), beta.add("rui")
        async with alpha.db() as db:
            await db.execute("UPDATE post SET audience = 'direct' WHERE id = $1", mine.id)
        await tell(alpha, rui, rui.does("EmojiReact", mine.uri, content="🔥"))
        with pytest.raises(NotFound):
            await react(alpha, ben, mine.uri, "🔥")
        assert await count(alpha, "emoji_reaction") == await count(alpha, "favourite") == 0

        async with alpha.db() as db:
            await db.execute("UPDATE post SET audience = 'public' WHERE id = $1", mine.id)
        await react(alpha, ben, mine.uri, "🔥")
        async with alpha.db() as db:
            await changing.delete(db, alpha.here, ada, mine.id, now=alpha.site.now())
        assert await shown(alpha, mine.uri) == []
        assert await count(alpha, "emoji_reaction") == 0


async def test_what_one_of_ours_chooses_goes_out_as_a_like_with_content(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        await followed(alpha, ada, rui)
        note = rui.writes("Worth reading.", to=[PUBLIC])
        await tell(alpha, rui, rui.does("Create", note))
        async with alpha.db() as db:
            oven = await emojis.add(db, "oven", "oven.png", now=alpha.site.now())

        await react(alpha, ada, note["id"], "🔥")
        await react(alpha, ada, note["id"], "🔥")
        (fire,) = await beta.got(1, type="Like")
        assert (fire["content"], fire["_misskey_reaction"], fire["object"]) == ("🔥", "🔥", note["id"])

        await react(alpha, ada, note["id"], ":oven:")
        (undone,) = await beta.got(1, type="Undo")
        assert undone["object"]["id"] == fire["id"]
        _, pictured = await beta.got(2, type="Like")
        (tag,) = pictured["tag"]
        assert (pictured["content"], tag["name"]) == (":oven:", ":oven:")
        assert tag["icon"]["url"] == alpha.here.emoji_url(oven.id, oven.version)
        assert await shown(alpha, note["id"]) == [("oven", 1, True)]

        async with alpha.db() as db:
            await changing.drop_emoji(db, oven.id)
            for wrong in ("x", "", ":nowhere:", "🔥🔥", "<script>"):
                with pytest.raises(Invalid):
                    await reactions.react(
                        db, alpha.here, ada, (await the_post(alpha, note["id"])).id, text=wrong, now=alpha.site.now()
                    )
        assert await shown(alpha, note["id"]) == []
        assert (await the_post(alpha, note["id"])).favourites_count == 1
        async with alpha.db() as db:
            await reactions.unfavourite(
                db, alpha.here, ada, (await the_post(alpha, note["id"])).id, now=alpha.site.now()
            )
        assert (await the_post(alpha, note["id"])).favourites_count == 0
