"""What those do on pages who look after a group or the instance: pins, bans, accounts."""

import pytest

from fedcomm.accounts import logins
from tests.running import PASSWORD
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_thread_is_put_on_top_of_its_group_and_taken_off(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    thread = await place.write(ben, "Which oven?\nOurs broke.", group)
    path = f"/@{ben.handle}/{thread.id}"
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        await at_ben.open(path)
        assert at_ben.all(f'form[action="/p/{thread.id}/pin"]') == []
        await at_ada.open(path)
        await at_ada.press(f"/p/{thread.id}/pin")
        assert at_ada.note == "The thread stands on top of its group."
        await at_ben.open(f"/@{group.handle}")
        assert "Pinned" in at_ben.text
        await at_ada.press(f"/p/{thread.id}/unpin")
        await at_ben.open(f"/@{group.handle}")
        assert "Pinned" not in at_ben.text


async def test_somebody_is_put_out_of_a_group_and_let_back(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    bans = f"/@{group.handle}/bans"
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        assert (await at_ben.open(bans)).status == 403
        await at_ada.open(f"/@{group.handle}")
        assert at_ada.all(f'a[href="{bans}"]') == ["Out of the group"]
        await at_ada.open(bans)
        await at_ada.press(bans, handle="@nobody_at_all")
        assert "Nobody here knows whom you mean." in at_ada.text
        await at_ada.press(bans, handle=f"@{ben.handle}", reason="Spam", grounds="spam", days="7")
        assert at_ada.note == "They are out of the group."
        assert f"@{ben.handle} Spam" in at_ada.text

        await at_ben.open(f"/@{group.handle}")
        assert at_ben.all(f'a[href="/compose?group={group.id}"]') == []
        await at_ada.press(f"{bans}/end", account=str(ben.id))
        assert at_ada.note == "They may come back."
        await at_ben.open(f"/@{group.handle}")
        await at_ben.press(f"/@{group.handle}/join")
        assert "You are in." in at_ben.note


async def test_a_group_follows_another_on_its_page_and_is_let_in_there(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers, millers = await place.group(ada), await place.group(ben, name="millers", join_rule="request")
    mine, theirs = f"/@{bakers.handle}/other_groups", f"/@{millers.handle}/other_groups"
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        assert (await at_ben.open(mine)).status == 403
        await at_ada.open(f"/@{bakers.handle}")
        assert at_ada.all(f'a[href="{mine}"]') == ["Other groups"]
        await at_ada.open(mine)
        for handle, problem in (
            ("@nobody_at_all", "There is no such group."),
            (ben.handle, "A group can follow groups only."),
            (bakers.handle, "You cannot follow yourself."),
        ):
            await at_ada.press(f"{mine}/follow", handle=handle)
            assert (at_ada.status, problem in at_ada.text) == (422, True), at_ada.text
        await at_ada.press(f"{mine}/follow", handle=millers.full_handle)
        assert at_ada.note.startswith("The other group is asked.")

        await at_ben.open(f"/@{millers.handle}/waiting")
        assert "Groups that would like to follow this one" in at_ben.text
        assert f"@{bakers.handle}" in at_ben.text
        await at_ben.open(theirs)
        await at_ben.press(f"{theirs}/let_in", account=str(bakers.id))
        thread = await place.write(ben, "Which mill?\nOurs broke.", millers)
        await place.at.settle()
        await at_ada.open(f"/@{bakers.handle}")
        assert at_ada.all(f'a[href$="/{thread.id}"]')

        await at_ben.press(f"{theirs}/end", account=str(bakers.id))
        await place.at.settle()
        await at_ada.open(f"/@{bakers.handle}")
        assert not at_ada.all(f'a[href$="/{thread.id}"]')
        await at_ada.open(mine)
        assert "No other group yet" in at_ada.text


async def test_accounts_are_found_dealt_with_and_ended(place: Place) -> None:
    olga, ben = await place.person("olga", role="owner"), await place.person("ben")
    post = await place.write(ben, "Cheap paint!")
    async with reader(place.at, olga.handle) as at_olga, reader(place.at) as anybody:
        await at_olga.open(f"/admin/accounts?q={ben.handle}")
        assert f"@{ben.handle}" in at_olga.text
        assert f"@{olga.handle}" not in at_olga.text
        await at_olga.press("/admin/accounts", account=str(ben.id), measure="cover")
        assert "Please choose on what it rests" in at_olga.text
        await at_olga.press("/admin/accounts", account=str(ben.id), measure="cover", grounds="other")
        assert "Please give a reason: they are told it." in at_olga.text
        await at_olga.open(f"/admin/accounts?q={ben.handle}")
        await at_olga.press("/admin/accounts", account=str(ben.id), measure="cover", grounds="other", reason="Odd")
        await at_olga.open("/admin/accounts?status=sensitized")
        assert f"@{ben.handle}" in at_olga.text
        await at_olga.press("/admin/accounts", account=str(ben.id), measure="end", grounds="other", reason="Odd")
        assert "Suspend this account first: ending it cannot be taken back." in at_olga.text
        for measure in ("suspend", "end"):
            await at_olga.open(f"/admin/accounts?q={ben.handle}")
            await at_olga.press("/admin/accounts", account=str(ben.id), measure=measure, reason="Spam", grounds="spam")
        assert at_olga.note == "The account is ended. What they wrote goes."
        await place.at.settle()
        assert (await anybody.open(f"/@{ben.handle}/{post.id}")).status == 404
        await at_olga.press("/admin/accounts", account=str(olga.id), measure="suspend", grounds="spam", reason="x")
        assert "You cannot do this to yourself." in at_olga.text


async def test_who_leaves_for_good_says_so_with_their_password(place: Place) -> None:
    ada = await place.person("ada")
    post = await place.write(ada, "So long")
    async with reader(place.at, ada.handle) as at_ada, reader(place.at) as anybody:
        await at_ada.open("/settings/leaving")
        await at_ada.press("/settings/leaving", current_password="wrong", understood="yes")
        assert "This is not your present password." in at_ada.text
        await at_ada.press("/settings/leaving", current_password=PASSWORD)
        assert "Please choose what is to go." in at_ada.text
        await at_ada.press("/settings/leaving", current_password=PASSWORD, scope="text")
        assert "Please confirm that you know what goes." in at_ada.text
        await at_ada.press("/settings/leaving", current_password=PASSWORD, scope="text", understood="yes")
        assert at_ada.note == "Your account is ended. Farewell."
        await place.at.settle()
        assert (await anybody.open(f"/@{ada.handle}/{post.id}")).status in (404, 410)
        async with place.at.site.read() as db:
            assert await logins.of_many(db, [ada.id]) == {}
