"""What was taken out of a group comes back from its page, and nobody decides that for themselves (product 13)."""

import pytest

from fedcomm.accounts.model import Account
from fedcomm.errors import NotAllowed
from fedcomm.groups import membership
from fedcomm.threads import moderating, posting
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def appointed(place: Place, by: Account, group: Account, person: Account) -> None:
    async with place.at.db() as db:
        await membership.appoint(db, by, group, person.id, "moderator", now=place.at.site.now())


async def test_a_moderator_reads_what_was_taken_out_and_brings_it_back(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    group = await place.group(ada, ben, cleo)
    root = await place.write(ben, "Buy my ovens!", group, title="Ovens!")
    page, back = f"/@{ben.handle}/{root.id}", f"/p/{root.id}/restore"
    async with reader(place.at, ada.handle) as at, reader(place.at, cleo.handle) as member:
        await at.open(f"/p/{root.id}/remove")
        await at.press(f"/p/{root.id}/remove", reason="Advertising", grounds="spam")
        gone = (await member.open(page)).status
        token = (await member.open("/home")).attribute("input[name=csrf_token]", "value") or ""
        strangers = await member.http.post(back, data={"csrf_token": token}, headers={"Origin": place.at.url})
        await at.open(page)
        read = at.text
        await at.press(back)
        after = (at.note, at.path, at.all(f'form[action="{back}"]'))
        seen = await member.open(page)
        shown = (seen.status, "Buy my ovens!" in seen.text)
        await at.open(f"/@{group.handle}/log")

    assert gone == 404
    assert strangers.status_code == 404
    assert "This post was removed from the group." in read
    assert "Buy my ovens!" in read
    assert after == ("It is in the group again.", page, [])
    assert shown == (200, True)
    assert "A post was brought back" in at.text


async def test_s133_nobody_brings_their_own_post_back_while_somebody_else_could(place: Place) -> None:
    """The conflict rule, on the page and whatever the way."""
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    await appointed(place, ada, group, ben)
    root = await place.write(ben, "Buy my ovens!", group, title="Ovens!")
    now = place.at.site.now()
    async with place.at.db() as db:
        await posting.remove(db, place.at.here, ada, root.id, "Advertising", now=now)
    async with reader(place.at, ben.handle) as at:
        await at.open(f"/@{ben.handle}/{root.id}")
        offered = at.all(f'form[action="/p/{root.id}/restore"]')
        token = (await at.open("/home")).attribute("input[name=csrf_token]", "value") or ""
        refused = await at.http.post(
            f"/p/{root.id}/restore", data={"csrf_token": token}, headers={"Origin": place.at.url}
        )
    async with place.at.db() as db:
        with pytest.raises(NotAllowed, match="somebody else decides"):
            await moderating.restore(db, place.at.here, ben, root.id, now=now)
        brought = await moderating.restore(db, place.at.here, ada, root.id, now=now)

    assert offered == []
    assert refused.status_code == 403
    assert brought.state == "visible"


async def test_who_looks_after_a_group_alone_takes_back_what_they_did(place: Place) -> None:
    ada = await place.person("ada")
    group = await place.group(ada)
    root = await place.write(ada, "Mine", group, title="Mine")
    now = place.at.site.now()
    async with place.at.db() as db:
        await posting.remove(db, place.at.here, ada, root.id, "By mistake", now=now)
        brought = await moderating.restore(db, place.at.here, ada, root.id, now=now)

    assert brought.state == "visible"
