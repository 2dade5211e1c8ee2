"""Collections of accounts on their pages: to read, and to leave."""

import pytest

from fedcomm.accounts import collections
from fedcomm.accounts.collections import Wording
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Complaint
from fedcomm.notifications import reading
from fedcomm.timelines.cursor import Cursor
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_reported_collection_is_shown_to_those_who_decide(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    olga = await place.person("olga", role="admin")
    now = place.at.site.now()
    async with place.at.db() as db:
        made = await collections.make(db, ada, Wording(name="Rude words", description="Ruder ones"), [], now=now)
        await reports.file(db, ben, ada, Complaint(collection_ids=[made.id]), now=now)

    async with reader(place.at, olga.handle) as at:
        page = (await at.open("/admin/reports")).page
    (link,) = page.css(f"a[href='/@{ada.handle}/collections/{made.id}']")
    assert link.text() == "Rude words: Ruder ones"


async def test_who_is_in_a_collection_reads_its_page_and_leaves_it(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    wording = Wording(name="Bakers <b>here</b>", description="Good & fresh", tag="bread")
    async with place.at.db() as db:
        made = await collections.make(db, ada, wording, [ben, cleo], now=place.at.site.now())
    await place.at.settle()

    async with reader(place.at, ben.handle) as at:
        page = f"/@{ada.handle}/collections/{made.id}"
        leads_there = (await at.open("/notifications")).page.css(f"a[href='{page}']")
        shown = (await at.open(page)).text
        await at.press(f"{page}/leave")
        note, left = at.note, (await at.open(page)).text
        wrong = (await at.open(f"/@{ben.handle}/collections/{made.id}")).status
    async with reader(place.at) as at:
        visited = await at.open(page)

    assert [each.text() for each in leads_there] == ["Bakers <b>here</b>"]
    for text in ("Bakers <b>here</b>", "Good & fresh", "#bread", ada.shown_name, cleo.shown_name):
        assert text in shown
    assert note == "Saved."
    assert (f"@{ben.handle}" in shown, f"@{ben.handle}" in left.partition("Recommended by")[2]) == (True, False)
    assert wrong == 404
    assert (visited.status, cleo.shown_name in visited.text) == (200, True)
    async with place.at.site.read() as db:
        assert await reading.page(db, ben.id, cursor=Cursor(limit=5)) == []
