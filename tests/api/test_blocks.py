"""Muting, blocking and noting: what it does to everything that comes by itself, and what it leaves alone."""

from datetime import timedelta

import pytest

from fedcomm.accounts import blocks, follows
from tests import factories
from tests.api.callers import Caller, caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _ids(who: Caller, path: str, **params: object) -> list[str]:
    return [each["id"] for each in await who.get(path, **params)]


async def test_who_is_muted_comes_up_nowhere_by_themselves_and_is_still_on_their_page(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ada.post(f"/api/v1/accounts/{ben.id}/follow")
        mine = await ada.write("Who has flour?")
        theirs = await ben.write("Flour for all #muted_flour")
        reply = await ben.write("I have.", in_reply_to_id=mine["id"])
        await house.settle()
        assert await _ids(ada, "/api/v1/timelines/home") == [reply["id"], theirs["id"], mine["id"]]

        told = await ada.post(f"/api/v1/accounts/{ben.id}/mute")

        assert (told["muting"], told["muting_notifications"], told["following"]) == (True, True, True)
        assert await _ids(ada, "/api/v1/timelines/home") == [mine["id"]]
        assert theirs["id"] not in await _ids(ada, "/api/v1/timelines/public")
        assert await _ids(ada, "/api/v1/timelines/tag/muted_flour") == []
        assert (await ada.get(f"/api/v1/statuses/{mine['id']}/context"))["descendants"] == []
        assert await _ids(ada, "/api/v1/notifications") == []
        assert await _ids(ada, f"/api/v1/accounts/{ben.id}/statuses") == [reply["id"], theirs["id"]]
        assert (await ada.get(f"/api/v1/statuses/{theirs['id']}"))["id"] == theirs["id"]
        assert theirs["id"] in await _ids(ben, "/api/v1/timelines/public")

        assert (await ada.post(f"/api/v1/accounts/{ben.id}/unmute"))["muting"] is False
        assert await _ids(ada, "/api/v1/timelines/home") == [reply["id"], theirs["id"], mine["id"]]
        assert len(await ada.get("/api/v1/notifications")) == 1


async def test_a_mute_may_leave_notifications_alone_and_end_by_itself(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        mine = await ada.write("Who has flour?")
        told = await ada.post(f"/api/v1/accounts/{ben.id}/mute", notifications=False, duration=3_600)
        await ben.post(f"/api/v1/statuses/{mine['id']}/favourite")
        await house.settle()

        assert told["muting_notifications"] is False
        assert [each["type"] for each in await ada.get("/api/v1/notifications")] == ["favourite"]
        (muted,) = await ada.get("/api/v1/mutes")
        assert (muted["id"], muted["mute_expires_at"]) == (ben.id, told["muting_expires_at"])
        async with house.site.transaction() as db:
            assert await blocks.end_mutes(db, now=house.site.now()) == 0
            assert await blocks.end_mutes(db, now=house.site.now() + timedelta(hours=2)) == 1
        assert await ada.get("/api/v1/mutes") == []
        await ada.refused(422, "POST", f"/api/v1/accounts/{ben.id}/mute", json={"duration": -1})
        assert (await ada.post(f"/api/v1/accounts/{ben.id}/mute", duration=10**12))["muting"] is True


async def test_a_block_ends_follows_on_both_sides_and_neither_sees_the_other(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        for one, other in ((ada, ben), (ben, ada), (cleo, ada)):
            await one.post(f"/api/v1/accounts/{other.id}/follow")
        mine, theirs = await ada.write("From Ada"), await ben.write("From Ben")
        await cleo.post(f"/api/v1/statuses/{mine['id']}/reblog")
        await ben.post(f"/api/v1/accounts/{cleo.id}/follow")

        told = await ada.post(f"/api/v1/accounts/{ben.id}/block")

        assert (told["blocking"], told["following"], told["followed_by"]) == (True, False, False)
        assert (await ben.get("/api/v1/accounts/relationships", id=ada.id))[0]["blocked_by"] is True
        assert await _ids(ada, "/api/v1/blocks") == [ben.id]
        assert theirs["id"] not in await _ids(ada, "/api/v1/timelines/public")
        await ben.refused(404, "GET", f"/api/v1/statuses/{mine['id']}")
        await ben.refused(404, "POST", f"/api/v1/statuses/{mine['id']}/favourite")
        assert await _ids(ben, f"/api/v1/accounts/{ada.id}/statuses") == []
        assert await _ids(ben, "/api/v1/timelines/home") == [theirs["id"]]
        for one, other in ((ada, ben), (ben, ada)):
            await one.refused(403, "POST", f"/api/v1/accounts/{other.id}/follow")
            assert other.id not in await _ids(one, "/api/v1/accounts/search", q=other.account.handle[:-1])
            assert other.id in await _ids(one, "/api/v1/accounts/search", q=other.account.handle)
        assert mine["id"] in await _ids(cleo, "/api/v1/timelines/public")

        assert (await ada.post(f"/api/v1/accounts/{ben.id}/unblock"))["blocking"] is False
        assert (await ben.get(f"/api/v1/statuses/{mine['id']}"))["id"] == mine["id"]
        assert (await ben.post(f"/api/v1/accounts/{ada.id}/follow"))["following"] is True
        await ada.refused(422, "POST", f"/api/v1/accounts/{ada.id}/block")


async def test_in_a_group_who_is_blocked_still_reads_and_who_blocks_does_not(house: Instance) -> None:
    """The group decides who is in it; whom one member blocks may be its moderator."""
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        await ada.post(f"/api/v1/accounts/{group.id}/follow")
        of_ada = await ada.write(f"@{group.handle} From Ada\nfor all")
        of_ben = await ben.write(f"@{group.handle} From Ben\nfor all")
        await ada.post(f"/api/v1/accounts/{ben.id}/block")

        assert await _ids(ada, f"/api/v1/timelines/list/{group.id}") == [of_ada["id"]]
        assert (await ben.get(f"/api/v1/statuses/{of_ada['id']}"))["id"] == of_ada["id"]
        pages = await ada.get(f"/api/v1/accounts/{group.id}/statuses", exclude_replies="true")
        assert [each["reblog"]["id"] for each in pages] == [of_ada["id"]]
        assert of_ben["id"] not in [each["id"] for each in await ada.get("/api/v1/timelines/public")]


async def test_blocking_a_group_leaves_it(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        await ada.post(f"/api/v1/accounts/{group.id}/follow")
        told = await ada.post(f"/api/v1/accounts/{group.id}/block")

        assert (told["blocking"], told["following"]) == (True, False)
        assert await ada.get("/api/v1/lists") == []
        await ben.refused(422, "POST", f"/api/v1/accounts/{group.id}/block")
        assert await ben.get("/api/v1/blocks") == []


async def test_a_hidden_server_is_seen_nowhere_and_its_follows_end(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        async with house.db() as db:
            rui = await factories.make_remote_account(db, "rui", host="delta.example")
            fan = await factories.make_remote_account(db, "fan", host="delta.example")
            await factories.make_follow(db, ada.account, rui, here=house.here)
            await factories.make_follow(db, fan, ada.account, here=house.here)
            post = await factories.make_thread(db, rui, here=house.here)
        assert str(post.id) in await _ids(ada, "/api/v1/timelines/public")
        preview = await ada.get("/api/v1/domain_blocks/preview", domain="Delta.example")
        assert (preview["following_count"], preview["followers_count"]) == (1, 1)

        await ada.post("/api/v1/domain_blocks", domain="Delta.example")

        assert await ada.get("/api/v1/domain_blocks") == ["delta.example"]
        (stand,) = await ada.get("/api/v1/accounts/relationships", id=str(rui.id))
        assert (stand["domain_blocking"], stand["following"]) == (True, False)
        assert str(post.id) not in await _ids(ada, "/api/v1/timelines/public")
        assert str(post.id) in await _ids(ben, "/api/v1/timelines/public")
        async with house.db() as db:
            assert await follows.concerning(db, ada.account.id) == []
        await ada.ask("DELETE", "/api/v1/domain_blocks", json={"domain": "delta.example"})
        assert str(post.id) in await _ids(ada, "/api/v1/timelines/public")
        for domain in (house.domain, "", "no domain", "a..b", "x" * 300):
            await ada.refused(422, "POST", "/api/v1/domain_blocks", json={"domain": domain})


async def test_a_note_is_for_oneself_alone(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        path = f"/api/v1/accounts/{ben.id}"
        assert (await ada.post(f"{path}/note", comment=" Met in Ulm "))["note"] == "Met in Ulm"
        assert (await ben.get("/api/v1/accounts/relationships", id=ada.id))[0]["note"] == ""
        assert (await ada.post(f"{path}/note"))["note"] == ""


async def test_whom_one_has_blocked_is_refused_from_elsewhere_too(house: Instance) -> None:
    async with caller(house) as ada:
        async with house.db() as db:
            rui = await factories.make_remote_account(db, "rui", host="epsilon.example")
        await ada.post(f"/api/v1/accounts/{rui.id}/block")
        async with house.db() as db:
            made = await follows.receive_follow(
                db, house.here, rui, ada.account, "https://epsilon.example/f/1", now=house.site.now()
            )
        assert made is None
        assert await ada.get(f"/api/v1/accounts/{ada.id}/followers") == []
