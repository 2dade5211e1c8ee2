"""Whom people recommend, whom one may want to follow, and whom one knows among the followers of others."""

import re

import pytest

from tests.api import clients
from tests.api.callers import Caller, caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def following(who: Caller, *others: Caller) -> None:
    for each in others:
        await who.post(f"/api/v1/accounts/{each.id}/follow")


async def ids(who: Caller, path: str, **params: object) -> list[str]:
    return [each["id"] for each in await who.get(path, **params)]


async def suggested(who: Caller) -> dict[str, str]:
    """Who is suggested, and why."""
    found = await who.get("/api/v2/suggestions")
    assert [each["account"]["id"] for each in found] == await ids(who, "/api/v1/suggestions")
    return {each["account"]["id"]: each["sources"][0] for each in found}


async def test_one_recommends_whom_one_follows_and_everybody_sees_it(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        path = f"/api/v1/accounts/{ben.id}"
        said = await ada.refused(422, "POST", f"{path}/endorse")
        assert said == "Validation failed: You must be already following the person you want to endorse"
        await following(ada, ben, cleo)

        assert (await ada.post(f"{path}/endorse"))["endorsed"]
        assert (await ada.post(f"{path}/pin"))["endorsed"]
        assert (await ada.post(f"/api/v1/accounts/{cleo.id}/pin"))["endorsed"]
        assert await ids(ada, "/api/v1/endorsements") == [cleo.id, ben.id]
        async with clients.client(house) as visitor:
            first = await visitor.get(f"/api/v1/accounts/{ada.id}/endorsements", params={"limit": 1})
            (older,) = re.findall(r'<([^>]+)>; rel="next"', first.headers["link"])
            assert [each["id"] for each in first.json()] == [cleo.id]
            assert [each["id"] for each in (await visitor.get(older)).json()] == [ben.id]

        assert (await ada.post(f"{path}/unpin"))["endorsed"] is False
        assert (await ada.post(f"{path}/unendorse"))["endorsed"] is False
        assert await ids(ada, "/api/v1/endorsements") == [cleo.id]


async def test_a_recommendation_ends_with_the_follow(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await following(ada, ben)
        await ada.post(f"/api/v1/accounts/{ben.id}/endorse")

        await ada.post(f"/api/v1/accounts/{ben.id}/unfollow")
        await following(ada, ben)

        assert await ids(ada, "/api/v1/endorsements") == []
        (stand,) = await ada.get("/api/v1/accounts/relationships", **{"id[]": ben.id})
        assert stand["endorsed"] is False


async def test_groups_and_friends_of_friends_are_suggested_until_one_follows_or_declines(house: Instance) -> None:
    async with (
        caller(house) as ada,
        caller(house, "ben") as ben,
        caller(house, "cleo") as cleo,
        caller(house, "dora") as dora,
        caller(house, "eva") as eva,
        caller(house, "shy") as shy,
    ):
        await following(ada, ben)
        await following(ben, ada, cleo, dora, eva, shy)
        await shy.ask("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
        await ada.post(f"/api/v1/accounts/{eva.id}/mute")
        group, other = await new_group(house, ben), await new_group(house, ben, "millers")

        people = {cleo.id: "friends_of_friends", dora.id: "friends_of_friends"}
        groups = {str(group.id): "most_followed", str(other.id): "most_followed"}
        assert await suggested(ada) == people | groups
        assert set(list(await suggested(ada))[:2]) == set(groups)

        await ada.post(f"/api/v1/accounts/{group.id}/follow")
        await following(ada, cleo)
        assert await ada.ask("DELETE", f"/api/v1/suggestions/{dora.id}") == {}
        assert await ada.ask("DELETE", f"/api/v1/suggestions/{other.id}") == {}
        assert await suggested(ada) == {}


async def test_one_is_told_whom_one_follows_among_the_followers_of_others(house: Instance) -> None:
    async with (
        caller(house) as ada,
        caller(house, "ben") as ben,
        caller(house, "cleo") as cleo,
        caller(house, "dora") as dora,
        caller(house, "eva") as eva,
    ):
        await following(ada, ben, cleo)
        await following(ben, dora)
        await following(cleo, dora)
        await following(eva, dora, ada)
        await ada.post(f"/api/v1/accounts/{cleo.id}/mute")

        found = await ada.get("/api/v1/accounts/familiar_followers", **{"id[]": [dora.id, eva.id, "1"]})

        assert [(each["id"], [who["id"] for who in each["accounts"]]) for each in found] == [
            (dora.id, [ben.id]),
            (eva.id, []),
        ]
