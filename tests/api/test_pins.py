"""Posts on top of one's page, here and on the wire; threads one wants to hear no more of."""

import pytest

from tests.api.callers import caller
from tests.kit import answers
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_pinned_post_stands_on_top_until_it_is_unpinned_or_deleted(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        first, second, narrow = (
            await ada.write("First"),
            await ada.write("Second"),
            await ada.write("For followers", visibility="private"),
        )
        path = f"/api/v1/accounts/{ada.id}/statuses"
        for each in (first, second, narrow):
            assert (await ada.post(f"/api/v1/statuses/{each['id']}/pin"))["pinned"] is True
        await ada.post(f"/api/v1/statuses/{first['id']}/pin")

        assert [each["id"] for each in await ada.get(path, pinned="true")] == [narrow["id"], second["id"], first["id"]]
        shown = await ben.get(path, pinned="true")
        assert [(each["id"], each["pinned"]) for each in shown] == [(second["id"], False), (first["id"], False)]
        assert (await ada.post(f"/api/v1/statuses/{second['id']}/unpin"))["pinned"] is False
        await ada.ask("DELETE", f"/api/v1/statuses/{narrow['id']}")
        assert [each["id"] for each in await ada.get(path, pinned="true")] == [first["id"]]


async def test_only_five_posts_of_ones_own_are_pinned_and_nothing_direct(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        direct = await ada.write("For nobody", visibility="direct")
        await ada.refused(422, "POST", f"/api/v1/statuses/{direct['id']}/pin")
        theirs = await ben.write("From Ben")
        await ada.refused(422, "POST", f"/api/v1/statuses/{theirs['id']}/pin")
        secret = await ben.write("Hidden", visibility="direct")
        for verb in ("pin", "unpin", "mute", "unmute"):  # S095
            await ada.refused(404, "POST", f"/api/v1/statuses/{secret['id']}/{verb}")
        for number in range(5):
            await ada.post(f"/api/v1/statuses/{(await ada.write(str(number)))['id']}/pin")
        sixth = await ada.write("Sixth")
        await ada.refused(422, "POST", f"/api/v1/statuses/{sixth['id']}/pin")


async def test_other_servers_read_what_everybody_may_read_of_it(house: Instance) -> None:
    async with caller(house) as ada:
        post, narrow = await ada.write("For all"), await ada.write("For followers", visibility="private")
        for each in (post, narrow):
            await ada.post(f"/api/v1/statuses/{each['id']}/pin")
        answer = await ada.http.get(
            f"/u/{ada.account.handle}/featured", headers={"Accept": answers.ACTIVITY_JSON, "Authorization": ""}
        )
        assert answer.status_code == 200
        assert (answer.json()["orderedItems"], answer.json()["totalItems"]) == ([post["uri"]], 1)


async def test_a_muted_thread_tells_nothing_new_and_is_marked(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        thread = await ada.write("Which oven?")
        before = await ben.write("The red one.", in_reply_to_id=thread["id"])
        await house.settle()
        assert (await ada.post(f"/api/v1/statuses/{before['id']}/mute"))["muted"] is True
        await ben.write("Or the blue one.", in_reply_to_id=thread["id"])
        other = await ben.write("Bread?", in_reply_to_id=(await ada.write("Another"))["id"])
        await house.settle()

        told = await ada.get("/api/v1/notifications")
        assert [each["status"]["id"] for each in told] == [other["id"], before["id"]]
        assert (await ada.get(f"/api/v1/statuses/{thread['id']}"))["muted"] is True
        assert (await ben.get(f"/api/v1/statuses/{thread['id']}"))["muted"] is False
        assert (await ada.post(f"/api/v1/statuses/{thread['id']}/unmute"))["muted"] is False
        assert len(await ada.get("/api/v1/notifications")) == 3
