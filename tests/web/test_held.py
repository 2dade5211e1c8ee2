"""Posts that a group looks at first, slow groups, and the page where its facilitators say so (product 13)."""

import pytest

from fedcomm.groups import describing, watching
from fedcomm.groups.describing import Changes
from fedcomm.threads import moderating
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "canary-hold-4711"


async def test_a_post_with_a_watched_word_waits_unseen_until_it_is_let_through(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    group = await place.group(ada, ben, cleo)
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, cleo.handle) as at_cleo:
        assert (await at_cleo.open(f"/@{group.handle}/settings")).status == 403
        await at_ada.open(f"/@{group.handle}/settings")
        await at_ada.press(f"/@{group.handle}/settings", held_words="Margin\nprice list")
        assert at_ada.note == "Saved."
        post = await place.write(ben, f"Our MARGIN is low {CANARY}", group, title="How low?")
        shown = await place.write(ben, "We marginalise nobody", group, title="Fine")
        await place.at.settle()
        async with reader(place.at) as anybody:
            for who in (at_cleo, anybody):
                assert (await who.open(f"/@{ben.handle}/{post.id}")).status == 404
                for path in (f"/@{group.handle}", f"/@{ben.handle}", "/search?q=margin"):
                    assert CANARY not in (await who.open(path)).answer.text
                assert (await who.open(f"/@{ben.handle}/{shown.id}")).status == 200
        held = f"/@{group.handle}/held"
        assert (await at_cleo.open(held)).status == 403
        await at_ada.open(f"/@{group.handle}")
        assert "1 post to look at" in at_ada.text
        await at_ada.open(held)
        assert CANARY in at_ada.text
        await at_ada.press(f"{held}/let_through", **{"post[]": str(post.id)})
        assert at_ada.note == "It is there for everybody now."
        assert "Nothing waits" in at_ada.text
        assert CANARY in (await at_cleo.open(f"/@{ben.handle}/{post.id}")).text


async def test_posts_with_links_wait_where_the_group_wants_that(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    async with place.at.db() as db:
        await describing.change(db, ada, group, Changes(holds_links=True), now=place.at.site.now())

    linked = await place.write(ben, "See https://shop.example/ovens", group, title="Ovens")
    named = await place.write(ben, f"@{ada.handle} #ovens", group, title="No link")

    assert (linked.state, named.state) == ("held", "visible")


async def test_several_posts_are_let_through_at_once(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    async with place.at.db() as db:
        await describing.change(db, ada, group, Changes(posting_rule="all held"), now=place.at.site.now())
    posts = [await place.write(ben, f"Number {number}", group, title=f"Number {number}") for number in range(3)]
    held = f"/@{group.handle}/held"
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        await at_ada.open(held)
        await at_ada.press(f"{held}/let_through", **{"post[]": [str(each.id) for each in posts[:2]]})
        assert at_ada.all("article h2") == ["Number 2"]
        await at_ada.open(f"/p/{posts[2].id}/remove")
        await at_ada.press(f"/p/{posts[2].id}/remove", reason="Not here", grounds="other")
        await at_ada.open(held)
        assert "Nothing waits" in at_ada.text
        assert [(await at_ben.open(f"/@{ben.handle}/{each.id}")).status for each in posts] == [200, 200, 200]


async def test_in_a_slow_group_a_member_waits_between_two_replies(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    root = await place.write(ada, "Hot", group, title="Hot")
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        await at_ada.open(f"/@{group.handle}/settings")
        for wrong in ("soon", "1441"):
            await at_ada.press(f"/@{group.handle}/settings", slow_minutes=wrong)
            assert at_ada.status == 422
        await at_ada.press(f"/@{group.handle}/settings", slow_minutes="30")
        path = f"/@{ada.handle}/{root.id}"
        await at_ben.open(path)
        form = at_ben.attribute("form[action*='reply']", "action") or ""
        await at_ben.press(form, text="First")
        await at_ben.open(path)
        await at_ben.press(form, text="Second")
        assert "one reply in 30 minutes" in at_ben.text
        for text in ("One", "Two"):
            await at_ada.open(path)
            await at_ada.press(at_ada.attribute("form[action*='reply']", "action") or "", text=text)
        await at_ben.open(path)
        assert ("First" in at_ben.text, "Two" in at_ben.text) == (True, True)


async def test_what_a_watched_member_writes_is_looked_at_first_and_they_are_told_why(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    held = f"/@{group.handle}/held"
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        await at_ada.open(held)
        await at_ada.press(f"{held}/people", handle=f"@{ada.handle}", reason="x", grounds="other")
        assert "Only other members can be looked at first" in at_ada.text
        await at_ada.press(
            f"{held}/people", handle=f"@{ben.handle}", reason="Often off topic", grounds=at_ada.first_rule
        )
        assert f"@{ben.handle}" in at_ada.text
        assert (await place.write(ben, "Again", group, title="Again")).state == "held"
        await at_ben.open("/decisions")
        assert "What you write in the group is first looked at" in at_ben.text
        assert "Often off topic" in at_ben.text
        await at_ada.open(held)
        await at_ada.press(f"{held}/people/end", account=str(ben.id))
        assert (await place.write(ben, "Fine", group, title="Fine")).state == "visible"
        await at_ben.open("/decisions")
        assert "Taken back, or over" in at_ben.text


async def test_s170_the_log_of_a_group_is_for_its_members_and_in_full_for_its_facilitators(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    group = await place.group(ada, ben)
    post = await place.write(ben, "Cheap", group, title="Cheap")
    async with place.at.db() as db:
        await moderating.remove(db, place.at.here, ada, post.id, "Off topic", now=place.at.site.now())
        await watching.watch(db, ada, group, ben, reason="Often", now=place.at.site.now())
    path = f"/@{group.handle}/log"
    async with (
        reader(place.at, ada.handle) as at_ada,
        reader(place.at, ben.handle) as at_ben,
        reader(place.at, cleo.handle) as outsider,
    ):
        assert (await outsider.open(path)).status == 404
        await at_ada.open(path)
        full, short = at_ada.text, (await at_ben.open(path)).text
    for text in (full, short):
        assert "A post was taken out" in text
        assert "Off topic" in text
    assert (ada.shown_name in full, ada.shown_name in short) == (True, False)
    assert (f": {ben.acct}" in full, f": {ben.acct}" in short) == (True, False)
