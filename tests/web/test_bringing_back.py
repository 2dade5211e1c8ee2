"""What was taken out of a group comes back from its page, and nobody decides that for themselves (product 13)."""

import pytest

from fedcomm.accounts.model import Account
from fedcomm.errors import NotAllowed
from fedcomm.groups import describing, membership
from fedcomm.threads import locking, moderating, posting
from tests.running import ALL_SCOPES
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


async def test_s133_nobody_opens_their_own_closed_thread_while_somebody_else_could(place: Place) -> None:
    """What one closed oneself one opens again; what somebody else closed, they do, on the page and in the app."""
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    await appointed(place, ada, group, ben)
    root = await place.write(ben, "Which oven?", group, title="Ovens")
    page, lock, unlock = f"/@{ben.handle}/{root.id}", f"/p/{root.id}/lock", f"/p/{root.id}/unlock"
    async with reader(place.at, ben.handle) as at:
        await at.open(page)
        await at.press(lock)
        await at.press(unlock)
        own = at.note
        async with place.at.db() as db:
            await locking.lock(db, place.at.here, ada, root.id, reason="Heated", now=place.at.site.now())
        await at.open(page)
        offered = at.all(f'form[action="{unlock}"]')
        token = (await at.open("/home")).attribute("input[name=csrf_token]", "value") or ""
        refused = await at.http.post(unlock, data={"csrf_token": token}, headers={"Origin": place.at.url})
    token = await place.at.token(ben, ALL_SCOPES)
    async with place.at.client() as http:
        app = {"Authorization": f"Bearer {token}"}
        told = await http.post(f"{place.at.url}/api/fedcomm/v1/threads/{root.id}/unlock", headers=app)
    async with place.at.db() as db:
        await locking.unlock(db, place.at.here, ada, root.id, now=place.at.site.now())
        left = await locking.of(db, [root.id])

    assert own == "The thread is open again."
    assert offered == []
    assert refused.status_code == 403
    assert (told.status_code, told.json()["error"]) == (403, "This is your own post: somebody else decides about it.")
    assert left == {}


async def test_s133_nobody_shows_or_lets_through_their_own_post_while_somebody_else_could(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    async with place.at.db() as db:
        rules = describing.Changes(posting_rule="all held")
        await describing.change(db, ada, group, rules, now=place.at.site.now())
    held = await place.write(ben, "Buy my ovens!", group, title="Ovens!")
    await appointed(place, ada, group, ben)
    here, now = place.at.here, place.at.site.now()
    async with place.at.db() as db:
        with pytest.raises(NotAllowed, match="somebody else decides"):
            await moderating.release(db, here, ben, held.id, now=now)
        shown = await moderating.release(db, here, ada, held.id, now=now)
        await moderating.hide(db, here, ada, group.id, held.id, reason="Later", now=now)
        with pytest.raises(NotAllowed, match="somebody else decides"):
            await moderating.show_again(db, here, ben, group.id, held.id, now=now)
        await moderating.show_again(db, here, ada, group.id, held.id, now=now)

    assert (held.state, shown.state) == ("held", "visible")
