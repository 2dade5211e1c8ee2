"""One's scheduled posts on a page: seen, moved, deleted, in the reader's own time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fedcomm.accounts import logins
from fedcomm.accounts.model import Account
from fedcomm.api import publishing_later
from fedcomm.threads import scheduled
from fedcomm.threads.scheduled import Scheduled
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _waiting(place: Place, by: Account, text: str) -> Scheduled:
    now = place.at.site.now()
    form: dict[str, Any] = {"status": text, "media_ids": [], "visibility": "public"}
    async with place.at.db() as db:
        return await scheduled.add(db, by.id, form, due_at=now + timedelta(days=1), app_id=None, now=now)


async def test_a_post_is_moved_in_the_readers_own_time_and_deleted(place: Place) -> None:
    ada = await place.person("ada")
    made = await _waiting(place, ada, "Bread <tomorrow>")
    async with place.at.db() as db:
        await logins.prefer(db, ada.id, time_zone="Asia/Tokyo")
    async with reader(place.at, ada.handle) as at:
        await at.open("/scheduled")
        assert "Bread <tomorrow>" in at.text
        shown = at.attribute("input[name=time]", "value")
        assert shown == made.due_at.astimezone(ZoneInfo("Asia/Tokyo")).strftime("%Y-%m-%dT%H:%M")

        await at.press("/scheduled/move", time="2031-05-01T09:30")
        assert at.note == "Saved."
        async with place.at.site.read() as db:
            moved = await scheduled.by_id(db, ada.id, made.id)
        assert moved.due_at == datetime(2031, 5, 1, 0, 30, tzinfo=UTC)
        await at.press("/scheduled/move", time="2001-05-01T09:30")
        assert at.status == 422
        assert "Choose a time at least 5 minutes from now." in at.text
        await at.open("/scheduled")
        await at.press("/scheduled/cancel", post=str(made.id))
        assert at.note == "Deleted."
        assert "Nothing is scheduled" in at.text


async def test_nobody_sees_or_touches_what_others_scheduled(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    made = await _waiting(place, ada, "Mine alone")
    await _waiting(place, ben, "Mine too")
    async with reader(place.at, ben.handle) as at:
        await at.open("/scheduled")
        assert "Mine alone" not in at.text
        await at.press("/scheduled/cancel", post=str(made.id))
        assert at.note == "That is gone already."
        await at.open("/scheduled")
        await at.press("/scheduled/move", post=str(made.id), time="2031-05-01T09:30")
        assert at.note == "That is gone already."
    async with place.at.site.read() as db:
        assert await scheduled.by_id(db, ada.id, made.id) == made


async def test_the_letter_of_the_instance_can_be_read_by_whom_it_is_for(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    root = await place.write(ben, "Which oven?")
    now = place.at.site.now()
    async with place.at.db() as db:
        form: dict[str, Any] = {
            "status": "The red one",
            "media_ids": [],
            "visibility": "public",
            "in_reply_to_id": str(root.id + 1),
        }
        await scheduled.add(db, ada.id, form, due_at=now, app_id=None, now=now)
    await publishing_later.publish_due(place.at.site)
    await place.at.settle()
    async with reader(place.at, ada.handle) as at:
        await at.open("/notifications")
        assert "could not be published: What it answers is gone." in at.text
        letter = at.attribute(".notices .what a:not(.name)", "href")
        assert letter is not None
        assert "could not be published" in (await at.open(letter)).text
    async with reader(place.at, ben.handle) as at:
        assert (await at.open(letter)).status == 404
