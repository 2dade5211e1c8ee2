"""Notifications that members do not want, or not at once: held back, dropped, let through. Lists, streams, counts."""

from datetime import timedelta
from typing import Any

import pytest

from fedcomm.accounts import follows
from fedcomm.cursor import Cursor
from fedcomm.network import peers
from fedcomm.notifications import policy, push_queue, reading, requests
from fedcomm.notifications.model import Wanted
from fedcomm.notifications.policy import Wish
from fedcomm.streaming import reaching
from tests.api.callers import Caller, caller
from tests.factories import (
    HERE,
    NOON,
    again,
    later,
    make_account,
    make_follow,
    make_remote_account,
    make_reply,
    make_thread,
)
from tests.notifications.test_telling import tell, told
from tests.running import Instance, MakeDatabase, instance
from tests.web.reader import reader

Connection = Any
LONG_AGO = NOON - timedelta(days=400)


async def wish(db: Connection, who: Any, **wishes: Wish | None) -> None:
    await policy.change(db, who.id, wishes, now=NOON)


async def test_all_are_accepted_until_one_says_otherwise(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    thread = await make_thread(db, ada)
    await make_reply(db, ben, thread)
    await tell(db)
    assert len(await told(db, ada)) == 1
    assert await policy.of(db, ada.id) == policy.NotificationPolicy()


async def test_what_is_held_back_is_in_no_list_and_waits_as_one_request(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    await wish(db, ada, for_not_following="filter")
    thread = await make_thread(db, ada)
    _, last = [await make_reply(db, ben, thread) for _ in range(2)]
    await make_follow(db, cleo, ada)
    await tell(db)

    assert await told(db, ada) == []
    assert await reading.unread(db, ada.id, limit=10) == 0
    assert await reaching.told_since(db, 0, [], [ada.id]) == []
    by_cleo, by_ben = await requests.page(db, ada.id, cursor=Cursor())
    assert (by_ben.from_account_id, by_ben.count, by_ben.last_post_id) == (ben.id, 2, last.id)
    assert (by_cleo.from_account_id, by_cleo.count, by_cleo.last_post_id) == (cleo.id, 1, None)
    assert await requests.waiting(db, ada.id) == (2, 3)
    held = await reading.page(db, ada.id, Wanted(with_filtered=True), cursor=Cursor())
    assert [each.is_filtered for each in held] == [True, True, True]


async def test_who_is_let_through_is_told_of_now_and_later(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await wish(db, ada, for_not_following="filter")
    thread = await make_thread(db, ada)
    await make_reply(db, ben, thread)
    await tell(db)
    (waits,) = await requests.page(db, ada.id, cursor=Cursor())

    assert await requests.accept(db, ben.id, [waits.id], now=NOON) == 0, "only one's own"
    assert await requests.accept(db, ada.id, [waits.id], now=NOON) == 1
    await make_reply(db, ben, thread)
    await tell(db)

    assert len(await told(db, ada)) == 2
    assert await requests.page(db, ada.id, cursor=Cursor()) == []


async def test_what_is_dismissed_is_gone_and_what_comes_later_waits_anew(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await wish(db, ada, for_not_following="filter")
    thread = await make_thread(db, ada)
    await make_follow(db, ben, ada)
    await tell(db)
    (waits,) = await requests.page(db, ada.id, cursor=Cursor())

    assert await requests.dismiss(db, ben.id, [waits.id]) == 0, "only one's own"
    assert await requests.dismiss(db, ada.id, [waits.id]) == 1
    assert await reading.page(db, ada.id, Wanted(with_filtered=True), cursor=Cursor()) == []
    await db.execute("DELETE FROM fact")
    await make_reply(db, ben, thread)
    await tell(db)
    (anew,) = await requests.page(db, ada.id, cursor=Cursor())
    assert (anew.count, anew.id > waits.id) == (1, True)


async def test_what_is_dropped_leaves_nothing(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await wish(db, ada, for_not_following="drop", for_not_followers="filter")
    await make_reply(db, ben, await make_thread(db, ada))
    await tell(db)
    assert await db.fetchval("SELECT count(*) FROM notification WHERE account_id = $1", ada.id) == 0
    assert await requests.page(db, ada.id, cursor=Cursor()) == []


@pytest.mark.parametrize("days", [2, 4])
async def test_a_follower_of_three_days_is_one(db: Connection, days: int) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await make_follow(db, ben, ada, now=NOON - timedelta(days=days))
    await wish(db, ada, for_not_followers="filter")
    assert await policy.judge(db, [ada.id], "mention", ben.id, None, now=NOON) == {
        ada.id: "filter" if days == 2 else "accept"
    }


@pytest.mark.parametrize(
    ("name", "fits"),
    [("for_new_accounts", "new"), ("for_bots", "bot"), ("for_limited_accounts", "limited")],
)
async def test_strangers_of_a_kind_are_held_back_and_others_of_it_not(db: Connection, name: str, fits: str) -> None:
    ada = await make_account(db, now=LONG_AGO)
    old, friend = [await make_remote_account(db, now=LONG_AGO) for _ in range(2)]
    stranger = await make_remote_account(db, host="odd.example", now=NOON if fits == "new" else LONG_AGO)
    if fits == "limited":
        await peers.limit(db, None, "odd.example", "", now=NOON)
    await db.execute(
        "UPDATE account SET is_bot = $2, created_at = $3 WHERE id = ANY($1)",
        [stranger.id, friend.id],
        fits == "bot",
        NOON if fits == "new" else LONG_AGO,
    )
    await make_follow(db, ada, friend)
    wishes: dict[str, Wish | None] = {name: "filter"}
    await policy.change(db, ada.id, wishes, now=NOON)

    found = {
        who.id: (await policy.judge(db, [ada.id], "mention", who.id, None, now=NOON))[ada.id]
        for who in (old, friend, stranger)
    }
    assert found == {old.id: "accept", friend.id: "accept", stranger.id: "filter"}


async def test_private_messages_wait_unless_they_answer(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await wish(db, ada, for_private_mentions="filter")
    mine = await make_thread(db, ada)
    answer = await make_reply(db, ben, mine, audience="direct", mentioning=[ada])
    unasked = await make_reply(db, ben, await make_thread(db, ben), audience="direct", mentioning=[ada])
    await tell(db)
    assert [post_id for _, _, post_id in await told(db, ada)] == [answer.id]
    (waits,) = await requests.page(db, ada.id, cursor=Cursor())
    assert waits.last_post_id == unasked.id


async def test_s106_who_writes_deep_inside_a_thread_is_as_strange_as_elsewhere(db: Connection) -> None:
    ada, ben, eve = [await make_account(db, name) for name in ("ada", "ben", "eve")]
    await make_follow(db, ada, ben)
    await wish(db, ada, for_not_following="filter", for_private_mentions="filter")
    below = await make_reply(db, ben, await make_thread(db, ada))
    for number in range(4):
        below = await make_reply(db, (eve, ben)[number % 2], below, now=later(seconds=number + 1))
    await tell(db)
    before = await told(db, ada)
    assert {from_id for _, from_id, _ in before} == {ben.id}

    await make_reply(db, eve, below, mentioning=[ada], now=later(seconds=9))
    await make_reply(db, eve, below, audience="direct", mentioning=[ada], now=later(seconds=10))
    await tell(db)

    assert await told(db, ada) == before
    (waits,) = await requests.page(db, ada.id, cursor=Cursor())
    assert waits.from_account_id == eve.id


async def test_bells_and_edits_are_never_held_back(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await make_follow(db, ada, ben, notify=True)
    await wish(db, ada, for_not_followers="drop")
    post = await make_thread(db, ben)
    await tell(db)
    assert await told(db, ada) == [("status", ben.id, post.id)]


async def test_a_request_names_no_post_one_may_not_read(db: Connection) -> None:
    """S091: what became private meanwhile is not shown by the request either."""
    ada, ben = await make_account(db), await make_account(db, "ben")
    await wish(db, ada, for_not_following="filter")
    reply = await make_reply(db, ben, await make_thread(db, ben), mentioning=[ada])
    await tell(db)
    await db.execute("UPDATE post SET audience = 'followers' WHERE id = $1", reply.id)
    await db.execute("DELETE FROM post_mention WHERE post_id = $1", reply.id)
    assert await requests.page(db, ada.id, cursor=Cursor()) == []
    assert await requests.waiting(db, ada.id) == (0, 0)


async def test_no_app_is_told_of_what_is_held_back(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await wish(db, ada, for_not_following="filter")
    await db.execute(
        """
        INSERT INTO oauth_token (id, token_hash, app_id, account_id, scopes, created_at)
        VALUES (1, 'x', 1, $1, '{push}', $2)
        """,
        ada.id,
        NOON,
    )
    await db.execute(
        """
        INSERT INTO push_subscription (id, token_id, account_id, endpoint, authority, p256dh, auth, sealed_token,
                                       is_standard, alerts, policy, created_at, updated_at)
        VALUES (1, 1, $1, 'https://a', 'a', 'x', 'x', 'x', true, '{mention}', 'all', $2, $2)
        """,
        ada.id,
        NOON,
    )
    thread = await make_thread(db, ada)
    await make_reply(db, ben, thread)
    await tell(db)
    assert await db.fetchval("SELECT count(*) FROM push") == 0
    await follows.follow(db, HERE, ada, await again(db, ben), now=NOON)
    await make_reply(db, ben, thread)
    await tell(db)
    assert await db.fetchval("SELECT count(*) FROM push") == 1
    await push_queue.forget(db, before=later(days=3))


async def _held(at: Instance, ada: Caller, ben: Caller) -> Any:
    await ada.ask("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
    post = await ben.write(f"@{ada.account.handle} Hello")
    await at.settle()
    return post


async def test_apps_see_decide_and_are_told(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, caller(at) as ada, caller(at, "ben") as ben:
        post = await _held(at, ada, ben)
        (waits,) = await ada.get("/api/v1/notifications/requests")
        assert (waits["account"]["id"], waits["notifications_count"]) == (ben.id, "1")
        assert waits["last_status"]["id"] == post["id"]
        assert await ada.get(f"/api/v1/notifications/requests/{waits['id']}") == waits
        assert (await ada.get("/api/v2/notifications/policy"))["summary"] == {
            "pending_requests_count": 1,
            "pending_notifications_count": 1,
        }
        assert (await ada.get("/api/v1/notifications/policy"))["filter_not_following"] is True
        assert await ada.get("/api/v1/notifications") == []
        assert (await ada.get("/api/v2/notifications"))["notification_groups"] == []
        (seen,) = await ada.get("/api/v1/notifications", include_filtered=True, account_id=ben.id)
        assert seen["filtered"] is True
        path = f"/api/v1/notifications/requests/{waits['id']}"
        await ben.refused(404, "GET", path)
        await ben.refused(404, "POST", f"{path}/accept")
        await ben.refused(404, "POST", f"{path}/dismiss")
        await ben.post("/api/v1/notifications/requests/dismiss", id=[waits["id"]])
        await ada.post("/api/v1/notifications/requests/accept", id=[waits["id"], "1"])
        (now_seen,) = await ada.get("/api/v1/notifications")
        assert "filtered" not in now_seen
        assert (await ada.get("/api/v1/notifications/requests/merged")) == {"merged": True}
        changed = await ada.ask("PUT", "/api/v1/notifications/policy", json={"filter_bots": True})
        assert (changed["filter_bots"], changed["filter_not_following"]) == (True, True)
        await ada.refused(422, "PATCH", "/api/v2/notifications/policy", json={"for_bots": "burn"})


async def test_pages_let_one_choose_and_let_through(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at:
        await at.person("ada", password="correct horse battery")
        async with caller(at, "ben") as ben, reader(at, "ada") as page:
            await page.open("/settings/notices")
            await page.press("/settings/notices", for_not_following="filter")
            assert page.note == "Saved."
            await ben.write("@ada Hello")
            await at.settle()
            await page.open("/notifications")
            assert "Nothing new" in page.text
            await page.open("/settings/notices")
            assert page.attribute("#field-for_not_following option[selected]", "value") == "filter"
            assert "1 notice" in page.text
            waits = page.attribute("button[name=request]", "value") or ""
            await page.press("/settings/notices/accept", request=waits)
            assert "Nobody is waiting" in page.text
            await page.open("/notifications")
            assert "mentioned you" in page.text
            await page.open("/settings/notices")
