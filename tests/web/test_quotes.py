"""A post that quotes shows what it quotes as a card, to those who may read it."""

import msgspec
import pytest

from fedcomm.accounts.model import Account
from fedcomm.threads import drafting, posting
from fedcomm.threads.model import Post
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _quote(place: Place, by: Account, text: str, quoted: Post, visibility: str = "public") -> Post:
    now = place.at.site.now()
    async with place.at.db() as db:
        draft = await drafting.from_text(db, place.at.here, by, text, visibility=visibility, now=now)
        draft = msgspec.structs.replace(draft, quoted_id=quoted.id)
        made = await posting.publish(db, place.at.here, by, draft, now=now)
    await place.at.settle()
    return made


async def test_a_quote_is_a_card_and_its_author_hears_of_it(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    said = await place.write(ada, "The red oven is **best**.")
    quote = await _quote(place, ben, "So it is.", said)
    async with reader(place.at) as visitor:
        await visitor.open(f"/@{ben.handle}/{quote.id}")
        assert "The red oven is best." in visitor.all("blockquote.quoted p")
        assert visitor.attribute("blockquote.quoted > p:last-child a", "href") == f"/@{ada.handle}/{said.id}"
    async with reader(place.at, ada.handle) as at:
        assert "quoted your post" in (await at.open("/notifications")).text


async def test_what_the_reader_may_not_read_is_not_on_the_card(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    said = await place.write(ada, "Gone tomorrow.")
    quote = await _quote(place, ben, "Remember this.", said)
    async with place.at.db() as db:
        await posting.delete(db, place.at.here, ada, said.id, now=place.at.site.now())
    async with reader(place.at) as visitor:
        await visitor.open(f"/@{ben.handle}/{quote.id}")
        assert "The quoted post is gone." in visitor.text
        assert "Gone tomorrow." not in visitor.text


async def test_a_post_is_quoted_from_its_page_with_consent_that_can_be_taken_back(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    said = await place.write(ada, "The red oven is **best**.", group, title="Which oven?")
    async with reader(place.at, ben.handle) as at, reader(place.at, ada.handle) as author:
        await at.open(f"/@{ada.handle}/{said.id}")
        await at.open(at.attribute("a[href^='/compose?quote=']", "href") or "")
        shown, chosen = at.all("blockquote.quoted p"), at.attribute("input[name=quote]", "value")
        await at.press("/compose", group="own", text="", preview="yes")
        previewed = at.all("main .card.preview blockquote.quoted p")
        await at.press("/compose", group="own", text="So it is.")
        quote = at.path
        published = at.all("blockquote.quoted p")
        await place.at.settle()
        await author.open(f"/@{ada.handle}/{said.id}")
        await author.open(author.attribute("a[href$='/quotes']", "href") or "")
        listed = author.text
        await author.press(f"/p/{said.id}/quotes/revoke", quote=quote.rsplit("/", 1)[1])
        note, left = author.note, author.text
        await at.open(quote)

    assert "The red oven is best." in shown
    assert chosen == str(said.id)
    assert "The red oven is best." in previewed
    assert "The red oven is best." in published
    assert "So it is." in listed
    assert note == "Your post is no longer shown there."
    assert "Nobody quotes this" in left
    assert "The author of the quoted post does not want it to be quoted here." in at.text
    assert "The red oven" not in at.text


async def test_nobody_quotes_from_a_page_what_its_author_keeps(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    async with reader(place.at, ada.handle) as author, reader(place.at, ben.handle) as at:
        await author.open("/compose")
        await author.press("/compose", group="own", text="Not for quoting.", quotable="nobody")
        path = author.path
        number = path.rsplit("/", 1)[1]
        await at.open(path)
        offered = at.attribute("a[href^='/compose?quote=']", "href")
        refused = (await at.open(f"/compose?quote={number}")).status
        await at.open("/compose")
        token = at.attribute("input[name=csrf_token]", "value") or ""
        crafted = {"csrf_token": token, "group": "own", "text": "Ha", "quote": number}
        sent = await at.http.post("/compose", data=crafted)
        await author.open(f"/p/{number}/edit")
        await author.press(f"/p/{number}/edit", quotable="followers")
        still = (await at.open(f"/compose?quote={number}")).status
        await at.open(f"/@{ada.handle}")
        await at.press(f"/@{ada.handle}/follow")
        now = (await at.open(f"/compose?quote={number}")).status
        own = await author.open(f"/compose?quote={number}")
        mine = own.status
    async with reader(place.at, cleo.handle) as other:
        unlisted = (await other.open(f"/compose?quote={number}")).status
        missing = (await other.open("/compose?quote=12345")).status

    assert offered is None
    assert refused == sent.status_code == still == unlisted == 403
    assert (now, mine, missing) == (200, 200, 404)
