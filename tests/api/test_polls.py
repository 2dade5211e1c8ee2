"""Polls as client apps ask them, vote in them and hear of them."""

import json
from datetime import datetime, timedelta

import pytest

from fedcomm.polls import counting
from tests.api.callers import caller, new_group
from tests.api.listening import listening
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def end_polls(house: Instance) -> None:
    """Let all polls end now, and the clock do what it does then."""
    now = house.site.now()
    async with house.db() as db:
        await db.execute("UPDATE poll SET ends_at = $1 WHERE ended_at IS NULL", now)
        await counting.end_due(db, now=now)
    await house.settle()


async def test_a_poll_is_asked_in_json_and_in_form_fields_alike(house: Instance) -> None:
    async with caller(house) as ada:
        asked = await ada.write("Which oven?", poll={"options": ["Red", "Blue"], "expires_in": 3600, "multiple": True})
        fields = {
            "status": "Which oven?",
            "poll[options][]": ["Red", "Blue"],
            "poll[expires_in]": "3600",
            "poll[multiple]": "true",
            "poll[hide_totals]": "false",
        }
        typed = await ada.ask("POST", "/api/v1/statuses", data=fields)

        for post in (asked, typed):
            poll = post["poll"]
            left = datetime.fromisoformat(poll["expires_at"]) - house.site.now()
            assert timedelta(minutes=59) < left <= timedelta(hours=1)
            assert poll == {
                "id": post["id"],
                "expires_at": poll["expires_at"],
                "expired": False,
                "multiple": True,
                "votes_count": 0,
                "voters_count": 0,
                "options": [{"title": "Red", "votes_count": 0}, {"title": "Blue", "votes_count": 0}],
                "emojis": [],
                "voted": True,
                "own_votes": [],
            }
        assert typed["content"] == "<p>Which oven?</p>"


async def test_a_poll_needs_no_text(house: Instance) -> None:
    async with caller(house) as ada:
        assert (await ada.write("", poll={"options": ["Red", "Blue"], "expires_in": 300}))["content"] == ""


async def test_everybody_sees_the_counts_and_their_own_choice_only(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        post = await ada.write("Which?", poll={"options": ["Red", "Blue"], "expires_in": 3600})
        path = f"/api/v1/polls/{post['id']}"

        answer = await ben.ask("POST", f"{path}/votes", params={"choices[]": "1"})
        assert (answer["own_votes"], answer["voted"], answer["votes_count"]) == ([1], True, 1)
        assert [option["votes_count"] for option in answer["options"]] == [0, 1]

        assert await ben.get(path) == answer == (await ben.get(f"/api/v1/statuses/{post['id']}"))["poll"]
        for other, has_voted in ((ada, True), (cleo, False)):
            seen = await other.get(path)
            assert seen == answer | {"own_votes": [], "voted": has_voted}
        async with house.client() as nobody:
            seen = json.loads((await nobody.get(path)).content)
        assert seen == answer | {"own_votes": [], "voted": False}


async def test_s110_what_may_not_be_voted_is_refused_and_counts_stay(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        group = await new_group(house, ada)
        post = await ada.write(f"@{group.handle} Which?\nSay.", poll={"options": ["Red", "Blue"], "expires_in": 3600})
        votes = f"/api/v1/polls/{post['id']}/votes"
        await ben.post(f"/api/v1/accounts/{group.id}/follow")
        assert post["fedcomm"]["kind"] == "poll"

        for who, status, choices in (
            (ben, 422, []),
            (ben, 422, [0, 1]),
            (ben, 422, [2]),
            (ben, 422, ["x"]),
            (ada, 422, [0]),
            (cleo, 403, [0]),
        ):
            await who.refused(status, "POST", votes, json={"choices": choices})
        await ben.post(votes, choices=["0"])
        assert await ben.refused(422, "POST", votes, json={"choices": [1]}) == "You have voted in this poll already."
        await ben.refused(404, "POST", "/api/v1/polls/1/votes", json={"choices": [0]})

        assert (await ada.get(f"/api/v1/polls/{post['id']}"))["votes_count"] == 1


async def test_hidden_figures_are_shown_when_the_poll_has_ended(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        poll = {"options": ["Red", "Blue"], "expires_in": 300, "hide_totals": True}
        post = await ada.write("Which?", poll=poll)
        path = f"/api/v1/polls/{post['id']}"
        answer = await ben.post(f"{path}/votes", choices=[0])
        assert [option["votes_count"] for option in answer["options"]] == [None, None]

        await end_polls(house)

        shown = await ben.get(path)
        assert (shown["expired"], [option["votes_count"] for option in shown["options"]]) == (True, [1, 0])
        assert await ada.refused(422, "POST", f"{path}/votes", json={"choices": [0]})


async def test_the_end_is_told_to_who_asked_and_who_voted(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        post = await ada.write("Which?", poll={"options": ["Red", "Blue"], "expires_in": 300})
        await ben.post(f"/api/v1/polls/{post['id']}/votes", choices=[0])

        await end_polls(house)
        await end_polls(house)

        for who in (ada, ben):
            (told,) = await who.get("/api/v1/notifications")
            assert (told["type"], told["account"]["id"], told["status"]["poll"]["expired"]) == ("poll", ada.id, True)
        assert await cleo.get("/api/v1/notifications") == []
        assert await ada.get("/api/v1/notifications", **{"exclude_types[]": "poll"}) == []
        (group,) = (await ben.get("/api/v2/notifications"))["notification_groups"]
        assert (group["type"], group["status_id"]) == ("poll", post["id"])


async def test_who_muted_the_thread_does_not_hear_of_its_end(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post = await ada.write("Which?", poll={"options": ["Red", "Blue"], "expires_in": 300})
        await ben.post(f"/api/v1/polls/{post['id']}/votes", choices=[0])
        await ben.post(f"/api/v1/statuses/{post['id']}/mute")

        await end_polls(house)

        assert await ben.get("/api/v1/notifications") == []


async def test_an_edit_keeps_the_poll_unless_it_says_otherwise(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        poll = {"options": ["Red", "Blue"], "expires_in": 3600}
        post = await ada.write("Which?", poll=poll)
        path = f"/api/v1/statuses/{post['id']}"
        await ben.post(f"/api/v1/polls/{post['id']}/votes", choices=[0])

        edited = await ada.ask("PUT", path, json={"status": "Which one?"})
        assert edited["poll"]["votes_count"] == 1
        longer = poll | {"expires_in": 7200}
        same = await ada.ask("PUT", path, json={"status": "Which one?", "poll": longer})
        assert same["poll"]["votes_count"] == 1
        other = await ada.ask("PUT", path, json={"status": "Which one?", "poll": poll | {"options": ["Red", "Green"]}})
        assert (other["poll"]["votes_count"], other["poll"]["voters_count"]) == (0, 0)
        assert (await ben.get(path))["poll"]["voted"] is False
        without = await ada.ask("PUT", path, json={"status": "Never mind.", "poll": None})
        assert without["poll"] is None

        asked = [
            [option["title"] for option in version["poll"]["options"]] if "poll" in version else None
            for version in await ada.get(f"{path}/history")
        ]
        assert asked == [["Red", "Blue"], ["Red", "Blue"], ["Red", "Blue"], ["Red", "Green"], None]


async def test_who_looks_on_hears_of_new_counts_with_their_own_choice(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post = await ada.write("Which?", poll={"options": ["Red", "Blue"], "expires_in": 3600})
        await house.settle()
        async with listening(house, ada.token, stream="user") as ear, listening(house, ben.token) as other:
            await other.subscribe("public")
            await ben.post(f"/api/v1/polls/{post['id']}/votes", choices=[1])
            await house.settle()

            heard = (await ear.event("status.update", "user"))["poll"]
            assert (heard["votes_count"], heard["own_votes"], heard["voted"]) == (1, [], True)
            heard = (await other.event("status.update", "public"))["poll"]
            assert (heard["votes_count"], heard["own_votes"], heard["voted"]) == (1, [1], True)


async def test_the_limits_are_announced(house: Instance) -> None:
    async with house.client() as nobody:
        said = json.loads((await nobody.get("/api/v2/instance")).content)["configuration"]["polls"]

    assert said == {
        "max_options": 8, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746
    }  # fmt: skip
