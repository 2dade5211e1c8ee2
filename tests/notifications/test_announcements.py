"""What those who run an instance say to all: read, put away, reacted to, taken back; in lists and streams at once."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from fedcomm.notifications import announcements
from fedcomm.notifications.announcements import Times
from fedcomm.streaming.channels import Channel
from fedcomm.streaming.hub import Hub
from fedcomm.streaming.readers import Reader
from fedcomm.text.emojis import is_emoji
from tests.api.callers import Caller, caller
from tests.running import Instance, MakeDatabase, instance
from tests.web.reader import reader

PATH = "/api/v1/announcements"


async def announced(at: Instance, by: Caller, text: str = "We **move** on Sunday.") -> str:
    """The id of a new announcement."""
    async with at.db() as db:
        return str(await announcements.publish(db, at.here, by.account, text, now=at.site.now()))


async def test_all_members_read_it_until_they_put_it_away(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, caller(at) as ada, caller(at, "ben") as ben:
        one = await announced(at, ada)
        (seen,) = await ben.get(PATH)
        assert (seen["id"], seen["read"], seen["reactions"]) == (one, False, [])
        assert seen["content"] == "<p>We <strong>move</strong> on Sunday.</p>"
        for _ in range(2):
            await ben.post(f"{PATH}/{one}/dismiss")
        assert await ben.get(PATH) == []
        (kept,) = await ben.get(PATH, with_dismissed=True)
        assert kept["read"] is True
        assert len(await ada.get(PATH)) == 1
        await ben.refused(404, "POST", f"{PATH}/1/dismiss")


async def test_members_react_once_each_and_take_it_back(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, caller(at) as ada, caller(at, "ben") as ben:
        one = await announced(at, ada)
        for who in (ada, ben, ben):
            await who.ask("PUT", f"{PATH}/{one}/reactions/🎉")
        await ben.ask("PUT", f"{PATH}/{one}/reactions/👍🏽")
        (seen,) = await ada.get(PATH)
        assert seen["reactions"] == [
            {"name": "🎉", "count": 2, "me": True},
            {"name": "👍🏽", "count": 1, "me": False},
        ]
        await ada.ask("DELETE", f"{PATH}/{one}/reactions/🎉")
        (seen,) = await ada.get(PATH)
        assert seen["reactions"][0] == {"name": "🎉", "count": 1, "me": False}
        for wrong in ("x", "smile", "🎉🎉", "1"):
            await ada.refused(422, "PUT", f"{PATH}/{one}/reactions/{wrong}")
        await ada.refused(404, "PUT", f"{PATH}/1/reactions/🎉")
        for emoji in "🍞🥐🥖🥨🥯🧀":
            await ada.ask("PUT", f"{PATH}/{one}/reactions/{emoji}")
        await ada.refused(422, "PUT", f"{PATH}/{one}/reactions/🍕")
        await ada.ask("PUT", f"{PATH}/{one}/reactions/🎉")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("🎉", True),
        ("❤️", True),
        ("🇩🇪", True),
        ("👩‍🍳", True),
        ("👍🏽", True),
        ("1️⃣", True),
        ("", False),
        ("a", False),
        ("1", False),
        ("🇩", False),
        ("🎉🎉", False),
        ("🎉x", False),
        ("\u200d", False),
        ("🎉" * 30, False),
        ("<b>", False),
    ],
)
def test_one_emoji_is_a_reaction_and_nothing_else(text: str, is_one: bool) -> None:
    assert is_emoji(text) is is_one


async def test_streams_tell_of_it_of_reactions_and_of_its_end(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, caller(at) as ada, caller(at, "ben") as ben:
        hub = at.site.service(Hub)
        listening = Reader(ben.account.id, 0, hears_notifications=True)
        hub.join(listening)
        await hub.subscribe(listening, Channel("user"))
        one = await announced(at, ada)
        await at.settle()
        first = await listening.next(at_most_s=5)
        await ada.ask("PUT", f"{PATH}/{one}/reactions/🎉")
        await at.settle()
        second = await listening.next(at_most_s=5)
        async with at.db() as db:
            await announcements.withdraw(db, ada.account, int(one), now=at.site.now())
        await at.settle()
        third = await listening.next(at_most_s=5)
        hub.leave(listening)
        assert first is not None
        assert second is not None
        assert third is not None
        assert (first.event, orjson.loads(first.payload)["id"]) == ("announcement", one)
        assert second.event == "announcement.reaction"
        assert orjson.loads(second.payload) == {"name": "🎉", "count": 1, "announcement_id": one}
        assert (third.event, third.payload.decode()) == ("announcement.delete", one)


async def test_admins_announce_and_take_back_on_a_page(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at:
        await at.person("olga", role="owner", password="correct horse battery")
        await at.person("mia", role="moderator", password="correct horse battery")
        async with caller(at) as ada, reader(at, "olga") as page, reader(at, "mia") as other:
            assert (await other.open("/admin/announcements")).status == 403
            await page.open("/admin/announcements")
            await page.press("/admin/announcements", text=" ")
            assert page.status == 422
            await page.press("/admin/announcements", text="We move <script>x</script>")
            assert len(await ada.get(PATH)) == 1
            assert "<script" not in (await ada.get(PATH))[0]["content"]
            number = page.attribute("button[name=id]", "value") or ""
            await page.press("/admin/announcements/withdraw", id=number)
            assert "Nothing announced" in page.text
            assert await ada.get(PATH) == []


async def test_what_takes_place_says_when_and_is_shown_until_it_is_over(database_url: MakeDatabase) -> None:
    start = datetime(2027, 1, 5, 9, tzinfo=UTC)
    clock = [start]
    async with instance(await database_url(), now=lambda: clock[0]) as at, caller(at) as ada, caller(at, "ben") as ben:
        times = Times(starts_at=start + timedelta(days=3), ends_at=start + timedelta(days=3, hours=8))
        later = Times(shown_from=start + timedelta(days=1))
        async with at.db() as db:
            one = await announcements.publish(db, at.here, ada.account, "We meet.", times=times, now=start)
            two = await announcements.publish(db, at.here, ada.account, "Not yet.", times=later, now=start)
            facts = await db.fetch("SELECT type FROM fact WHERE type LIKE 'Announcement%'")
        (seen,) = await ben.get(PATH)
        await ben.refused(404, "PUT", f"{PATH}/{two}/reactions/🎉")
        await ben.refused(404, "POST", f"{PATH}/{two}/dismiss")
        clock[0] += timedelta(days=1)
        async with at.db() as db:
            await announcements.tell_due(db, now=clock[0])
            await announcements.tell_due(db, now=clock[0])
        both = [each["id"] for each in await ben.get(PATH)]
        clock[0] += timedelta(days=3)
        async with at.db() as db:
            await announcements.tell_due(db, now=clock[0])
            told = await db.fetch("SELECT type FROM fact WHERE type LIKE 'Announcement%' ORDER BY id")
        after = [each["id"] for each in await ben.get(PATH)]

    assert len(facts) == 1
    assert (seen["id"], seen["starts_at"], seen["ends_at"], seen["all_day"]) == (
        str(one),
        "2027-01-08T09:00:00.000Z",
        "2027-01-08T17:00:00.000Z",
        False,
    )
    assert both == [str(two), str(one)]
    assert after == [str(two)]
    assert [row["type"] for row in told] == ["AnnouncementSaid", "AnnouncementSaid", "AnnouncementUnsaid"]


async def test_times_that_cannot_be_are_refused_on_the_page_and_days_are_days(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at:
        await at.person("olga", role="owner", password="correct horse battery")
        async with caller(at) as ada, reader(at, "olga") as page:
            await page.open("/admin/announcements")
            wrong: list[list[str]] = []
            for fields in (
                {"starts_on": "2999-02-02", "ends_on": "2999-02-01"},
                {"ends_on": "2001-01-01"},
                {"starts_time": "10:00"},
                {"starts_on": "soon"},
                {"ends_on": "2999-02-01", "shown_from": "2999-02-02T10:00"},
            ):
                await page.open("/admin/announcements")
                await page.press("/admin/announcements", text="We meet.", **fields)
                wrong.append(page.all(".wrong"))
                kept = page.all("textarea")
            refused = page.status
            nothing = await ada.get(PATH)
            await page.open("/admin/announcements")
            await page.press("/admin/announcements", text="We meet.", starts_on="2999-02-01", ends_on="2999-02-02")
            (seen,) = await ada.get(PATH)
            await page.press("/admin/announcements", text="Later.", shown_from="2999-02-02T10:00")
            waiting = page.all(".badge.warm")

    assert wrong == [
        ["It cannot end before it begins."],
        ["This time is over already."],
        ["Choose a day as well."],
        ["This is not a time."],
        ["It would be over before anybody sees it."],
    ]
    assert (refused, kept, nothing) == (422, ["We meet."], [])
    assert (seen["starts_at"], seen["ends_at"], seen["all_day"]) == (
        "2999-02-01T00:00:00.000Z",
        "2999-02-02T23:59:59.000Z",
        True,
    )
    assert len(waiting) == 1
    assert waiting[0].startswith("shown from")


async def test_members_read_react_and_put_away_on_their_home_page(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, caller(at) as ada:
        await at.person("ben", password="correct horse battery")
        one = await announced(at, ada)
        async with reader(at, "ben") as page:
            await page.open("/home")
            shown = page.all(".announced .prose")
            await page.press(f"/announcements/{one}/react", name="🎉")
            mine = page.attribute(".announced button[aria-pressed=true]", "value")
            await page.press(f"/announcements/{one}/take_back", name="🎉")
            none = page.attribute(".announced button[aria-pressed=true]", "value")
            await page.press(f"/announcements/{one}/dismiss")
            left = page.all(".announced")

    assert shown == ["We move on Sunday."]
    assert mine == "🎉"
    assert none is None
    assert left == []
