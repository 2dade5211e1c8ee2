"""Posts that are published later: once, with their pictures, by whoever may still write there then."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from fedcomm import postgres
from fedcomm.api import publishing_later
from fedcomm.api.entities.times import stamp
from fedcomm.api.media import sweep
from fedcomm.threads import scheduled
from tests.api.callers import Caller, caller, new_group
from tests.clocks import Clock
from tests.conftest import new_database
from tests.running import Instance, instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATUSES, SCHEDULED = "/api/v1/statuses", "/api/v1/scheduled_statuses"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An instance, and its clock."""

    at: Instance
    time: Clock

    def later(self, **duration: float) -> str:
        """A time from now, as apps write it."""
        return stamp(self.time() + timedelta(**duration))

    async def after(self, **duration: float) -> int:
        """Let time pass, and do what is due: how many posts were tried."""
        self.time.ahead += timedelta(**duration)
        tried = await publishing_later.publish_due(self.at.site)
        await self.at.settle()
        return tried


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wait(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Waiting]:
    """A running instance."""
    time = Clock()
    async with instance(await new_database(cluster), tmp_path_factory.mktemp("data"), now=time) as at:
        yield Waiting(at, time)


async def _posts(who: Caller) -> list[Any]:
    return await who.get(f"/api/v1/accounts/{who.id}/statuses")


async def test_a_post_waits_is_changed_and_appears_once_when_its_time_has_come(wait: Waiting) -> None:
    async with caller(wait.at) as ada:
        wish = {"status": "Good *morning*", "spoiler_text": "Early", "visibility": "unlisted", "language": "de"}
        made = await ada.post(STATUSES, **wish, scheduled_at=wait.later(hours=1))
        assert (made["params"]["text"], made["params"]["visibility"]) == ("Good *morning*", "unlisted")
        assert await ada.get(SCHEDULED) == [made] == [await ada.get(f"{SCHEDULED}/{made['id']}")]
        assert await _posts(ada) == []

        moved = await ada.ask("PUT", f"{SCHEDULED}/{made['id']}", data={"scheduled_at": wait.later(hours=3)})
        assert moved["scheduled_at"] > made["scheduled_at"]
        assert await wait.after(hours=2) == 0
        assert await wait.after(hours=1, minutes=1) == 1
        assert await wait.after(hours=1) == 0

        (post,) = await _posts(ada)
        assert (post["spoiler_text"], post["visibility"], post["language"]) == ("Early", "unlisted", "de")
        assert post["content"] == "<p>Good <em>morning</em></p>"
        assert post["application"]["name"] == "Test client"
        assert post["created_at"] > moved["scheduled_at"]
        assert await ada.get(SCHEDULED) == []
        await ada.refused(404, "PUT", f"{SCHEDULED}/{made['id']}", json={"scheduled_at": wait.later(hours=1)})


async def test_the_same_key_makes_one_post_before_and_after_its_time(wait: Waiting) -> None:
    async with caller(wait.at) as ada:
        form, key = {"status": "Once", "scheduled_at": wait.later(minutes=10)}, {"Idempotency-Key": "k"}
        made = await ada.ask("POST", STATUSES, json=form, headers=key)
        assert await ada.ask("POST", STATUSES, json=form, headers=key) == made
        await wait.after(minutes=11)
        again = {"status": "Once", "scheduled_at": wait.later(minutes=10)}
        post = await ada.ask("POST", STATUSES, json=again, headers=key)
        assert [each["id"] for each in await _posts(ada)] == [post["id"]]

        cancelled = await ada.post(STATUSES, status="Never", scheduled_at=wait.later(minutes=10))
        await ada.ask("DELETE", f"{SCHEDULED}/{cancelled['id']}")
        assert await wait.after(minutes=11) == 0
        assert len(await _posts(ada)) == 1


async def test_its_pictures_are_kept_for_it_and_for_no_other(wait: Waiting) -> None:
    async with caller(wait.at) as ada:
        out = io.BytesIO()
        Image.new("RGB", (8, 8), (23, 97, 79)).save(out, "PNG")
        picture = await ada.ask("POST", "/api/v1/media", files={"file": ("a.png", out.getvalue(), "image/png")})
        form = {"status": "Look", "media_ids": [picture["id"]], "scheduled_at": wait.later(days=3)}
        made = await ada.post(STATUSES, **form)
        assert [each["id"] for each in made["media_attachments"]] == [picture["id"]] == made["params"]["media_ids"]
        await ada.refused(422, "POST", STATUSES, json={"status": "Mine", "media_ids": [picture["id"]]})
        await ada.refused(422, "POST", STATUSES, json=form)
        await ada.refused(404, "DELETE", f"/api/v1/media/{picture['id']}")

        wait.time.ahead += timedelta(days=2)
        await sweep(wait.at.site)
        assert await wait.after(days=1, minutes=1) == 1
        (post,) = await _posts(ada)
        assert [each["id"] for each in post["media_attachments"]] == [picture["id"]]
        assert (await ada.http.get(post["media_attachments"][0]["url"])).status_code == 200


async def test_who_may_not_write_there_any_more_is_told_and_nothing_is_lost(wait: Waiting) -> None:
    async with caller(wait.at) as ada, caller(wait.at, "ben") as ben:
        group = await new_group(wait.at, ada)
        await ben.post(f"/api/v1/accounts/{group.id}/follow")
        made = await ben.write(f"@{group.handle} Which oven?\nOurs broke.", scheduled_at=wait.later(hours=1))
        await ben.post(f"/api/v1/accounts/{group.id}/unfollow")
        await wait.after(hours=2)

        assert await _posts(ben) == []
        (kept,) = await ben.get(SCHEDULED)
        assert kept["id"] == made["id"]
        assert kept["fedcomm"]["failure"]
        (told,) = await ben.get("/api/v1/notifications")
        assert told["type"] == "mention"
        assert told["status"]["visibility"] == "direct"
        assert kept["fedcomm"]["failure"] in told["status"]["content"]
        assert await wait.after(hours=2) == 0, "it is not tried again by itself"

        await ben.post(f"/api/v1/accounts/{group.id}/follow")
        await ben.ask("PUT", f"{SCHEDULED}/{made['id']}", json={"scheduled_at": wait.later(hours=1)})
        await wait.after(hours=2)
        assert len(await _posts(ben)) == 1
        assert await ben.get(SCHEDULED) == []
        assert len(await ben.get("/api/v1/notifications")) == 1


async def test_a_reply_whose_parent_is_gone_is_told_of(wait: Waiting) -> None:
    async with caller(wait.at) as ada, caller(wait.at, "ben") as ben:
        question = await ada.write("Which oven?")
        made = await ben.write("The red one", in_reply_to_id=question["id"], scheduled_at=wait.later(hours=1))
        assert made["params"]["in_reply_to_id"] == int(question["id"])
        await ada.ask("DELETE", f"{STATUSES}/{question['id']}")
        await wait.after(hours=2)

        (kept,) = await ben.get(SCHEDULED)
        assert kept["fedcomm"]["failure"] == "What it answers is gone."


async def test_a_crash_after_the_claim_repeats_it_and_one_after_the_commit_does_not(wait: Waiting) -> None:
    async with caller(wait.at) as ada:
        await ada.post(STATUSES, status="Survivor", scheduled_at=wait.later(minutes=6))
        wait.time.ahead += timedelta(minutes=7)
        async with wait.at.db() as db:
            lost = await scheduled.claim(db, now=wait.time())
        assert lost is not None
        assert await wait.after() == 0, "whoever claimed it may still be at it"
        assert await wait.after(minutes=3) == 1
        async with wait.at.db() as db:
            assert not await scheduled.take(db, lost), "the one who was thought dead publishes nothing"
        assert len(await _posts(ada)) == 1


async def test_two_workers_at_once_publish_each_post_once(wait: Waiting) -> None:
    async with caller(wait.at) as ada:
        for number in range(6):
            await ada.post(STATUSES, status=f"Number {number}", scheduled_at=wait.later(minutes=6))
        wait.time.ahead += timedelta(minutes=7)
        tried = await asyncio.gather(*(publishing_later.publish_due(wait.at.site) for _ in range(3)))
        assert sum(tried) == 6
        assert len(await _posts(ada)) == 6


async def test_what_could_not_be_published_now_is_refused_at_once(wait: Waiting) -> None:
    async with caller(wait.at) as ada, caller(wait.at, "ben") as ben:
        secret = await ada.write("Not for you", visibility="direct")
        wrongs: tuple[dict[str, Any], ...] = (
            {"status": "x", "scheduled_at": wait.later(minutes=4)},
            {"status": "x", "scheduled_at": wait.later(days=5_000)},
            {"status": "x", "scheduled_at": "tomorrow"},
            {"status": "", "scheduled_at": wait.later(hours=1)},
            {"status": "x", "visibility": "secret", "scheduled_at": wait.later(hours=1)},
        )
        for wrong in wrongs:
            await ben.refused(422, "POST", STATUSES, json=wrong)
        answer = {"status": "x", "in_reply_to_id": secret["id"], "scheduled_at": wait.later(hours=1)}
        await ben.refused(404, "POST", STATUSES, json=answer)
        assert await ben.get(SCHEDULED) == []


async def test_waiting_posts_are_their_authors_alone_and_counted(wait: Waiting) -> None:
    async with caller(wait.at) as ada, caller(wait.at, "ben") as ben:
        day = (wait.time() + timedelta(days=2)).replace(hour=12)
        made = await ada.post(STATUSES, status="Tick", scheduled_at=stamp(day))
        for _ in range(scheduled.MOST_A_DAY - 1):
            await ada.post(STATUSES, status="Tick", scheduled_at=stamp(day))
        said = await ada.refused(422, "POST", STATUSES, json={"status": "Tick", "scheduled_at": stamp(day)})
        assert said == "You can have at most 25 scheduled posts on one day."
        await ada.post(STATUSES, status="Tock", scheduled_at=stamp(day + timedelta(days=1)))
        for method in ("GET", "PUT", "DELETE"):
            await ben.refused(404, method, f"{SCHEDULED}/{made['id']}")
        assert await ben.get(SCHEDULED) == []
        page = await ada.get(SCHEDULED, limit=5)
        assert len(page) == 5
        assert len(await ada.get(SCHEDULED, max_id=page[-1]["id"], limit=40)) == scheduled.MOST_A_DAY - 4


async def test_a_time_without_a_zone_is_utc() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert scheduled.time_of("2026-01-01T01:00:00", now=now) == now + timedelta(hours=1)
    assert scheduled.time_of("2026-01-01T02:00:00+01:00", now=now) == now + timedelta(hours=1)
    assert scheduled.time_of("2026-01-01T01:00:00.000Z", now=now) == now + timedelta(hours=1)


async def test_a_poll_that_waits_is_open_from_when_it_appears(wait: Waiting) -> None:
    async with caller(wait.at) as ada:
        fields = {
            "status": "Which oven?",
            "scheduled_at": wait.later(hours=2),
            "poll[options][]": ["Red", "Blue"],
            "poll[expires_in]": "3600",
        }
        made = await ada.ask("POST", STATUSES, data=fields)
        assert made["params"]["poll"] == {
            "options": ["Red", "Blue"], "expires_in": 3600, "multiple": False, "hide_totals": False
        }  # fmt: skip
        await ada.refused(422, "POST", STATUSES, json=fields | {"poll": {"options": ["Red"], "expires_in": 300}})

        assert await wait.after(hours=2, minutes=1) == 1

        (post,) = await _posts(ada)
        assert (post["poll"]["expired"], post["poll"]["expires_at"] > post["created_at"]) == (False, True)


async def test_s109_what_is_not_published_yet_is_at_no_address(house: Instance) -> None:
    async with caller(house) as ada, house.client() as nobody:
        made = await ada.post(STATUSES, status="draftcanary", scheduled_at=stamp(house.site.now() + timedelta(days=1)))
        number, name = made["id"], ada.account.handle
        for path in (f"p/{number}", f"a/{number}", f"t/{number}", f"p/{number}/replies", f"@{name}/{number}"):
            for accept in ("application/activity+json", "text/html"):
                answer = await nobody.get(f"/{path}", headers={"Accept": accept}, follow_redirects=True)
                assert (answer.status_code, "draftcanary" in answer.text) == (404, False), path
        outbox = await nobody.get(f"/u/{name}/outbox", params={"page": "true"})
        assert "draftcanary" not in outbox.text
        await ada.refused(404, "GET", f"{STATUSES}/{number}")
