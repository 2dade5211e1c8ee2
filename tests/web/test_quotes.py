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
