"""Feeds of groups and people: what is public, in XML that feed readers take, for nobody in particular (issue 5)."""

from xml.etree import ElementTree

import pytest

from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATOM = "{http://www.w3.org/2005/Atom}"


async def test_s085_s090_a_groups_feed_has_its_public_threads_and_its_page_leads_to_it(place: Place) -> None:
    ada = await place.person("ada")
    group = await place.group(ada)
    await place.write(ada, "Red & <b>blue</b>", group, title="Which colour < holds?")
    async with reader(place.at) as visitor:
        await visitor.open(f"/@{group.handle}")
        links = {link.attributes["type"]: link.attributes["href"] or "" for link in visitor.page.css("link[title]")}
        atom = await visitor.http.get(links["application/atom+xml"])
        rss = await visitor.http.get(links["application/rss+xml"])

    feed = ElementTree.fromstring(atom.content)  # our own answer
    channel = ElementTree.fromstring(rss.content).find("channel")  # our own answer
    (entry,) = feed.findall(f"{ATOM}entry")
    assert channel is not None
    assert atom.headers["content-type"].startswith("application/atom+xml")
    assert atom.headers["cache-control"] == "public, max-age=600"
    assert entry.findtext(f"{ATOM}title") == channel.findtext("item/title") == "Which colour < holds?"
    assert "<p>Red &amp;" in (entry.findtext(f"{ATOM}content") or "")
    assert (channel.findtext("item/link") or "").startswith(f"{place.at.url}/@{ada.handle}/")


async def test_s090_a_persons_feed_tells_nothing_that_is_not_public(place: Place) -> None:
    ben = await place.person("ben")
    await place.write(ben, "For all to read.")
    for visibility in ("unlisted", "private"):
        await place.write(ben, f"This is {visibility}.", visibility=visibility)
    async with reader(place.at, ben.handle) as at:
        atom = (await at.http.get(f"/@{ben.handle}.atom")).text
        missing = [
            (await at.http.get(path)).status_code for path in ("/@nobody.atom", f"/@{ben.handle}@no.example.rss")
        ]

    assert "For all to read." in atom
    assert "This is" not in atom
    assert missing == [404, 404]
