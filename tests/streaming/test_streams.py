"""What is heard where: updates as home shows them, deletions, edits, notifications; over both kinds of connection."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fedcomm.durations import Durations
from fedcomm.streaming.channels import STREAMS
from tests.api.callers import caller, new_group
from tests.api.listening import SOON, events, listening
from tests.conftest import MakeDatabase
from tests.running import Instance, instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_s103_who_may_not_listen_is_refused_before_the_upgrade(house: Instance) -> None:
    ada = await house.person("refused_ada")
    profile = await house.token(ada, "profile")
    told = await house.token(ada, "read:notifications")
    pending = await house.token(await house.person("refused_pending", approved=False))
    for token, query, status in (
        (None, {}, 401),
        (None, {"stream": "public"}, 401),
        ("x" * 43, {"stream": "user"}, 401),
        (await house.token(None), {"stream": "public"}, 401),
        (profile, {}, 403),
        (profile, {"stream": "public"}, 403),
        (told, {"stream": "user"}, 403),
        (told, {"stream": "public"}, 403),
        (pending, {"stream": "user"}, 403),
        (await house.token(ada, "read:statuses"), {"stream": "user:notification"}, 403),
        (await house.token(ada), {"stream": "everything"}, 400),
        (await house.token(ada), {"stream": "list", "list": "1"}, 404),
    ):
        with pytest.raises(InvalidStatus) as refused:
            async with listening(house, token, by="header", small=False, **query):
                pass
        assert refused.value.response.status_code == status, (query, status)
        assert json.loads(refused.value.response.body or b"")["error"]


async def test_s103_nor_over_server_sent_events(house: Instance) -> None:
    ada = await house.person("refused_eva")
    told = await house.token(ada, "read:notifications")
    for token, path, status in (
        (None, "public", 401),
        ("x" * 43, "user", 401),
        (told, "public", 403),
        (told, "user", 403),
        (await house.token(ada, "read:statuses"), "user/notification", 403),
        (await house.token(None), "public", 422),
        (await house.token(ada), "list?list=1", 404),
        (await house.token(ada), "hashtag", 422),
    ):
        async with house.client(token) as http:
            answer: httpx.Response = await http.get(f"/api/v1/streaming/{path}")
        assert answer.status_code == status, path


@pytest.mark.parametrize("by", ["header", "query", "protocol"])
async def test_a_token_comes_by_header_query_or_subprotocol_which_is_echoed(house: Instance, by: str) -> None:
    async with caller(house) as ada, listening(house, ada.token, by=by, stream="user") as ear:
        assert ear.socket.subprotocol == (ada.token if by == "protocol" else None)
        mine = await ada.write("Hello")
        await house.settle()
        assert await ear.event("update", "user") == await ada.get(f"/api/v1/statuses/{mine['id']}")


async def test_what_comes_is_what_home_shows_each_with_their_own_marks(house: Instance) -> None:
    """D38: a group's thread comes wrapped and once, comments only when they answer me, and mine bear my marks."""
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        group, second = await new_group(house, ben), await new_group(house, ben, "millers")
        for who in (ada, cleo):
            await who.post(f"/api/v1/accounts/{group.id}/follow")
        await ada.post(f"/api/v1/accounts/{second.id}/follow")
        await house.settle()
        async with (
            listening(house, ada.token, stream="user") as at_ada,
            listening(house, ben.token, stream="user") as at_ben,
            listening(house, cleo.token, stream="user") as at_cleo,
        ):
            thread, wrapper = await ben.write(f"@{group.handle} @{second.handle} Which oven?\nOurs broke."), ""
            await house.settle()
            for who, ear in ((ada, at_ada), (cleo, at_cleo), (ben, at_ben)):
                heard = await ear.event("update", "user")
                (entry, *_) = await who.get("/api/v1/timelines/home", limit=1)
                assert heard == entry
                assert heard["reblog"] is None or heard["reblog"]["id"] == thread["id"]
                wrapper = heard["id"] if who is cleo else wrapper
            await cleo.post(f"/api/v1/statuses/{thread['id']}/favourite")
            reply = await ada.write("The red one.", in_reply_to_id=thread["id"])
            await house.settle()
            kinds = {(await at_ben.next())["event"] for _ in range(3)}
            assert kinds == {"update", "notification"}  # the reply, and that two did something
            await ada.ask("PUT", f"/api/v1/statuses/{reply['id']}", json={"status": "The blue one."})
            await ben.ask("PUT", f"/api/v1/statuses/{thread['id']}", json={"status": "Which oven?\nOurs exploded."})
            await house.settle()
            edited = await at_cleo.event("status.update", "user")  # and nothing of the comment before it
            assert (edited["id"], edited["favourited"]) == (thread["id"], True)
            assert edited == await cleo.get(f"/api/v1/statuses/{thread['id']}")
            await ben.ask("DELETE", f"/api/v1/statuses/{thread['id']}")
            await house.settle()
            gone = {await at_cleo.event("delete"), await at_cleo.event("delete")}
            assert gone == {thread["id"], wrapper}


async def test_each_stream_gets_its_posts_and_nothing_else(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, listening(house, ada.token) as ear:
        group = await new_group(house, ben)
        await ada.post(f"/api/v1/accounts/{group.id}/follow")
        await house.settle()
        for stream in ("public", "public:local", "public:remote", "public:local:media"):
            await ear.subscribe(stream)
        await ear.subscribe("hashtag", tag="#Ovens")
        await ear.subscribe("list", list=str(group.id))
        await ear.subscribe("group", group=str(group.id))
        await ben.write("For followers only", visibility="private")
        plain = await ben.write("About #ovens")
        await house.settle()
        heard = [await ear.next() for _ in range(3)]
        assert {json.loads(each["payload"])["id"] for each in heard} == {plain["id"]}
        assert sorted(each["stream"] for each in heard) == [["hashtag", "ovens"], ["public"], ["public:local"]]

        thread = await ben.write(f"@{group.handle} Which oven?\nOurs broke.")
        await house.settle()
        heard = [await ear.next() for _ in range(4)]
        assert {json.loads(each["payload"])["id"] for each in heard} == {thread["id"]}  # bare (D38)
        names = sorted(each["stream"] for each in heard)
        assert names == [["group", str(group.id)], ["list", str(group.id)], ["public"], ["public:local"]]

        await ear.subscribe("thread", thread=thread["id"])
        await ear.say(type="unsubscribe", stream="group", group=str(group.id))
        await ear.subscribe("thread", thread=thread["id"])  # again: changes nothing
        reply = await ben.write("Nobody?", in_reply_to_id=thread["id"])
        await house.settle()
        assert (await ear.event("update", "thread"))["id"] == reply["id"]


async def test_private_texts_reach_their_readers_only(house: Instance) -> None:
    """S103: what is for followers, for those named, or of a group that keeps to itself."""
    async with caller(house) as ada, caller(house, "ben") as ben, listening(house, ada.token) as ear:
        for stream in ("user", "public", "public:local"):
            await ear.subscribe(stream)
        await ear.subscribe("hashtag", tag="ovens")
        for visibility in ("private", "direct"):
            secret = await ben.write("CANARY #ovens", visibility=visibility)
            await ear.subscribe("thread", thread=secret["id"])
            await ben.ask("PUT", f"/api/v1/statuses/{secret['id']}", json={"status": "CANARY 2 #ovens"})
        await house.settle()
        public = await ben.write("For all")
        await house.settle()
        assert (await ear.event("update", "public"))["id"] == public["id"]


async def test_notifications_come_with_the_scope_for_them(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        without = await house.token(ada.account, "read:statuses")
        async with (
            listening(house, ada.token, stream="user:notification") as ear,
            listening(house, without, stream="user") as deaf,
        ):
            await ben.post(f"/api/v1/accounts/{ada.id}/follow")
            await house.settle()
            (newest, *_) = await ada.get("/api/v1/notifications")
            assert await ear.event("notification", "user:notification") == newest
            mine = await ada.write("Hello")
            await house.settle()
            assert (await deaf.event("update"))["id"] == mine["id"]


async def test_server_sent_events_say_the_same_and_come_back_without_a_gap(house: Instance) -> None:
    async with caller(house) as ada:
        async with events(house, ada.token, "user") as lines:
            first = await ada.write("One")
            await house.settle()
            heard, number = await lines.event("update")
            assert heard == await ada.get(f"/api/v1/statuses/{first['id']}")
        second = await ada.write("Two")
        await house.settle()
        third = await ada.write("Three")
        await house.settle()
        await ada.ask("DELETE", f"/api/v1/statuses/{first['id']}")
        await house.settle()
        async with events(house, ada.token, "user", {"Last-Event-ID": number}) as lines:
            assert (await lines.event("update"))[0]["id"] == second["id"]
            assert (await lines.event("update"))[0]["id"] == third["id"]
            assert (await lines.event("delete"))[0] == first["id"]
            fourth = await ada.write("Four")
            await house.settle()
            assert (await lines.event("update"))[0]["id"] == fourth["id"]


async def test_who_comes_back_gets_everything_once_while_it_goes_on(house: Instance) -> None:
    """No gap and nothing twice between what is caught up and what comes, also from the last post read elsewhere."""
    async with caller(house) as ada, caller(house, "ben") as ben, listening(house, ben.token, stream="public"):
        before = await ada.write("Before")
        await house.settle()
        wanted: list[str] = []

        async def write() -> None:
            for number in range(12):
                wanted.append((await ada.write(f"Number {number}"))["id"])
                await house.settle()

        writing = asyncio.create_task(write())
        heard: list[str] = []
        since = before["id"]
        while len(heard) < 12:
            async with listening(house, ada.token, stream="public:local", since=since) as ear:
                for _ in range(min(3, 12 - len(heard))):
                    frame = await ear.next()
                    shown = json.loads(frame["payload"])["id"]
                    if shown != before["id"]:  # the id of a post is older than the news of it
                        heard.append(shown)
                    since = frame["id"]
        await writing
        assert heard == wanted


async def test_who_was_away_too_long_is_told(house: Instance) -> None:
    async with caller(house) as ada, listening(house, ada.token, stream="user", since="1") as ear:
        assert await ear.event("gap", "user") == ""


async def test_what_cannot_be_asked_is_answered_and_the_connection_stays(house: Instance) -> None:
    async with caller(house) as ada, listening(house, ada.token) as ear:
        for sent, status in (
            ("nonsense", 400),
            ("[]", 400),
            ('{"type":"subscribe"}', 400),
            ('{"type":"subscribe","stream":"everything"}', 400),
            ('{"type":"dance","stream":"user"}', 400),
            ('{"type":"subscribe","stream":"hashtag"}', 400),
            ('{"type":"subscribe","stream":"thread","thread":"99999999999999999999"}', 400),
            ('{"type":"subscribe","stream":"list","list":"1"}', 404),
        ):
            await ear.socket.send(sent)
            answer = await ear.next()
            assert answer["error"], sent
            assert answer["status"] == status, sent
        await ear.subscribe("user")
        mine = await ada.write("Still here")
        await house.settle()
        assert (await ear.event("update"))["id"] == mine["id"]


@pytest.mark.parametrize("how", ["token", "account", "password"])
async def test_s104_a_connection_ends_with_the_right_to_it(house: Instance, how: str) -> None:
    async with caller(house) as ada, listening(house, ada.token, stream="user") as ear:
        async with events(house, ada.token, "user") as lines:
            async with house.db() as db:
                await db.execute(_ENDINGS[how], ada.account.id)
            with pytest.raises(ConnectionClosed) as closed:
                async with asyncio.timeout(5):
                    await ear.socket.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "revoked")
            assert (await lines.next(), await lines.next()) == ("event: closed", "data: revoked")


_ENDINGS = {
    "token": "UPDATE oauth_token SET revoked_at = now() WHERE account_id = $1",
    "account": "UPDATE account SET state = 'suspended' WHERE id = $1",
    "password": "DELETE FROM oauth_token WHERE account_id = $1",
}


async def test_s159_who_does_not_read_is_dropped_and_told(house: Instance) -> None:
    """The others hear everything meanwhile."""
    async with caller(house) as ada, caller(house, "ben") as ben:
        text = "#ta #tb #tc #td #te" + " &&&&" * 900  # each becomes five bytes
        async with (
            listening(house, ada.token, small=True, stream="public") as slow,
            listening(house, ben.token, stream="public") as quick,
        ):
            post = await ada.write(text)
            await house.settle()
            assert (await slow.event("update"))["id"] == post["id"]
            assert (await quick.event("update"))["id"] == post["id"]
            for tag in ("ta", "tb", "tc", "td", "te"):
                await slow.subscribe("hashtag", tag=tag)
                await slow.subscribe("hashtag:local", tag=tag)
            await slow.subscribe("public:local")
            await slow.subscribe("thread", thread=post["id"])
            slow.socket.transport.pause_reading()
            for number in range(50):
                await ada.ask("PUT", f"/api/v1/statuses/{post['id']}", json={"status": f"{number} {text}"})
                await house.settle()
                assert (await quick.event("status.update"))["content"].startswith(f"<p>{number} ")
            slow.socket.transport.resume_reading()
            heard = 0
            with pytest.raises(ConnectionClosed) as closed:
                async with asyncio.timeout(SOON * 4):
                    while True:
                        await slow.socket.recv()
                        heard += 1
            assert 0 < heard < 50 * 13
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1013, "slow")


async def test_every_standard_stream_can_be_listened_to(house: Instance) -> None:
    async with caller(house) as ada, listening(house, ada.token) as ear:
        group = await new_group(house, ada)
        for stream in STREAMS:
            await ear.subscribe(stream, tag="ovens", list=str(group.id), group=str(group.id), thread="1")


async def test_who_connects_while_rights_are_looked_up_stays(database_url: MakeDatabase) -> None:
    durations = replace(Durations(), stream_rights=timedelta(milliseconds=1))
    async with instance(await database_url(), durations=durations) as at, AsyncExitStack() as stack:
        ada = await at.person("ada")
        tokens = [await at.token(ada) for _ in range(40)]
        opened = [stack.enter_async_context(listening(at, token, stream="user")) for token in tokens]
        ears = [await each for each in opened]
        async with at.client(tokens[0]) as http:
            answer = await http.post("/api/v1/statuses", json={"status": "Hello"})
        await at.settle()
        for ear in ears:
            assert (await ear.event("update"))["id"] == answer.json()["id"]


async def test_what_a_post_quotes_is_decided_for_each_who_listens(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        for who in (ben, cleo):
            await who.post(f"/api/v1/accounts/{ada.id}/follow")
        async with caller(house, "emil") as emil:
            said = await emil.write("Anybody but Cleo may read this.")
            await emil.post(f"/api/v1/accounts/{cleo.id}/block")
            await house.settle()
            async with (
                listening(house, ben.token, stream="user") as at_ben,
                listening(house, cleo.token, stream="user") as at_cleo,
            ):
                await ada.write("Look", quoted_status_id=said["id"])
                await house.settle()
                shown = await at_ben.event("update", "user")
                hidden = await at_cleo.event("update", "user")

    assert shown["quote"]["quoted_status"]["id"] == said["id"]
    assert hidden["quote"] == {"state": "blocked_account", "quoted_status": None}
