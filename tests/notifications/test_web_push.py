"""Notifications reach apps through push services that are real servers here: in both forms, once, and only rightly."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from fedcomm import postgres
from fedcomm.accounts import oauth
from fedcomm.http.auth import forget_tokens
from fedcomm.notifications import push_subscriptions
from tests.api.callers import Caller, caller
from tests.conftest import new_database
from tests.kit import answers
from tests.kit.push_services import PATH, PushService
from tests.running import Instance, instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = "/api/v1/push/subscription"
ALL = dict.fromkeys(("mention", "status", "reblog", "follow", "follow_request", "favourite", "update"), True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """A running instance that can keep a secret."""
    async with instance(await new_database(cluster), tmp_path_factory.mktemp("office")) as at:
        yield at


async def subscribe(who: Caller, service: PushService, *, standard: bool | None = True, **data: Any) -> Any:
    """Let an app be told of everything, unless `data` says otherwise."""
    subscription = service.subscription(standard=standard)
    return await who.post(HERE, subscription=subscription, data={"alerts": ALL, **data})


async def waiting(at: Instance) -> int:
    """How many messages wait."""
    async with at.site.read() as db:
        return await db.fetchval("SELECT count(*) FROM push")


async def make_due(at: Instance) -> None:
    """Let time pass for what is tried again."""
    async with at.db() as db:
        await db.execute("UPDATE push SET due_at = $1", at.site.now() - timedelta(seconds=1))


@pytest.mark.parametrize("standard", [True, False])
async def test_a_mention_arrives_as_apps_read_it(office: Instance, standard: bool) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        asked = await subscribe(ada, service, standard=standard)
        assert asked["standard"] is standard
        post = await ben.write(f"@{ada.account.handle} Which oven is the best?")
        await office.settle()

        (seen,) = service.server.seen
        message = service.opened(seen, asked["server_key"])
        (told,) = await ada.get("/api/v1/notifications")
        assert message == {
            "access_token": ada.token,
            "preferred_locale": "en",
            "notification_id": int(told["id"]),
            "notification_type": "mention",
            "icon": told["account"]["avatar"],
            "title": f"{told['account']['display_name']} mentioned you",
            "body": f"@{ada.account.handle} Which oven is the best?",
        }
        assert told["status"]["id"] == post["id"]
        assert await waiting(office) == 0


async def test_our_key_is_the_same_everywhere_and_always(office: Instance) -> None:
    async with caller(office) as ada, PushService() as service:
        asked = await subscribe(ada, service)
        whole = await ada.get("/api/v2/instance")
        assert whole["configuration"]["vapid"]["public_key"] == asked["server_key"]
        assert (await ada.get("/api/v1/apps/verify_credentials"))["vapid_key"] == asked["server_key"]
        made = await ada.post("/api/v1/apps", client_name="x", redirect_uris="urn:ietf:wg:oauth:2.0:oob")
        assert made["vapid_key"] == asked["server_key"]
        async with office.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM vapid_key") == 1


async def test_a_subscription_is_asked_for_changed_and_ended(office: Instance) -> None:
    async with caller(office) as ada, PushService() as service:
        await ada.refused(404, "GET", HERE)
        await ada.refused(404, "PUT", HERE, json={"policy": "none"})
        form = {
            "subscription[endpoint]": service.endpoint,
            "subscription[keys][p256dh]": service.subscription()["keys"]["p256dh"] + "=",
            "subscription[keys][auth]": service.subscription()["keys"]["auth"] + "==",
            "data[alerts][mention]": "true",
            "data[alerts][admin.report]": "1",
            "data[alerts][poll]": "false",
            "data[policy]": "followed",
        }
        made = await ada.ask("POST", HERE, data=form)
        assert {name for name, is_on in made["alerts"].items() if is_on} == {"mention", "admin.report"}
        assert (made["policy"], made["standard"], made["endpoint"]) == ("followed", False, service.endpoint)
        assert await ada.get(HERE) == made

        changed = await ada.ask("PUT", HERE, json={"data": {"alerts": {"follow": True}}, "policy": "all"})
        assert {name for name, is_on in changed["alerts"].items() if is_on} == {"follow"}
        assert (changed["policy"], changed["id"]) == ("all", made["id"])
        await ada.ask("DELETE", HERE)
        await ada.refused(404, "GET", HERE)


@pytest.mark.parametrize(
    ("wrong", "value"),
    [
        ("endpoint", "ftp://push.example/x"),
        ("endpoint", "https://user@push.example/x"),
        ("endpoint", "https://push.example:22/x"),
        ("endpoint", "https://push.example/" + "x" * 3_000),
        ("p256dh", "AAAA"),
        ("auth", "AAAA"),
    ],
)
async def test_what_cannot_be_served_is_refused(office: Instance, wrong: str, value: str) -> None:
    async with caller(office) as ada, PushService() as service:
        subscription = service.subscription()
        where = subscription if wrong == "endpoint" else subscription["keys"]
        where[wrong] = value
        await ada.refused(422, "POST", HERE, json={"subscription": subscription})
        await ada.refused(404, "GET", HERE)


async def test_only_what_was_asked_for_is_sent(office: Instance) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        await subscribe(ada, service, alerts={"mention": True}, policy="followed")
        await ben.post(f"/api/v1/accounts/{ada.id}/follow")
        await ben.write(f"@{ada.account.handle} From a stranger")
        await office.settle()
        assert service.server.seen == []

        await ada.post(f"/api/v1/accounts/{ben.id}/follow")
        await ben.write(f"@{ada.account.handle} From a friend")
        await office.settle()
        assert len(service.server.seen) == 1

        await ada.ask("PUT", HERE, json={"policy": "none"})
        await ben.write(f"@{ada.account.handle} Again")
        await office.settle()
        assert len(service.server.seen) == 1


async def test_nothing_is_sent_of_those_one_hides(office: Instance) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        await subscribe(ada, service)
        thread = await ada.write("A thread")
        await ada.post(f"/api/v1/statuses/{thread['id']}/mute")
        await ben.write(f"@{ada.account.handle} In a muted thread", in_reply_to_id=thread["id"])
        words = [{"keyword": "secret"}]
        await ada.post(
            "/api/v2/filters", title="x", context=["notifications"], filter_action="hide", keywords_attributes=words
        )
        await ben.write(f"@{ada.account.handle} A secret word")
        gone = await ben.write(f"@{ada.account.handle} Taken back")
        await ben.ask("DELETE", f"/api/v1/statuses/{gone['id']}")
        await office.settle()
        await ben.write(f"@{ada.account.handle} Just before the block")
        await ada.post(f"/api/v1/accounts/{ben.id}/block")
        await office.settle()
        assert service.server.seen == []
        assert await waiting(office) == 0

        await ada.post(f"/api/v1/accounts/{ben.id}/unblock")
        await ben.write(f"@{ada.account.handle} An open word")
        await office.settle()
        assert len(service.server.seen) == 1


async def test_a_warning_is_shown_and_not_what_it_covers(office: Instance) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        asked = await subscribe(ada, service)
        await ben.write(f"@{ada.account.handle} The end of the film", spoiler_text="A film")
        await office.settle()
        (seen,) = service.server.seen
        assert service.opened(seen, asked["server_key"])["body"] == "A film"


async def test_a_revoked_token_ends_its_subscription_at_once(office: Instance) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        await subscribe(ada, service)
        async with office.db() as db:
            grant = await oauth.grant_of(db, ada.token)
            assert grant is not None
            app = await oauth.app_by_id(db, grant.app_id)
            assert app is not None
            await oauth.revoke(db, app, ada.token, now=office.site.now())
        forget_tokens(office.site)
        await ben.write(f"@{ada.account.handle} Are you there?")
        await office.settle()

        assert service.server.seen == []
        async with office.db() as db:
            await push_subscriptions.sweep(db)
            assert await db.fetchval("SELECT count(*) FROM push_subscription WHERE token_id = $1", grant.id) == 0
        assert await waiting(office) == 0


@pytest.mark.parametrize("code", [404, 410])
async def test_an_app_that_is_gone_is_told_no_more(office: Instance, code: int) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        await subscribe(ada, service)
        service.server.on(PATH, answers.status(code))
        await ben.write(f"@{ada.account.handle} One")
        await office.settle()
        await ben.write(f"@{ada.account.handle} Two")
        await office.settle()

        assert len(service.server.seen) == 1
        await ada.refused(404, "GET", HERE)
        assert await waiting(office) == 0


async def test_a_service_that_fails_is_tried_again_and_then_given_up(office: Instance) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        asked = await subscribe(ada, service)
        service.server.on(PATH, answers.status(503))
        await ben.write(f"@{ada.account.handle} One")
        tries = len(office.site.durations.push_retries) + 1
        for _ in range(tries):
            await office.settle()
            await make_due(office)
        assert len(service.server.seen) == tries
        assert await waiting(office) == 0

        service.server.on(PATH, answers.status(503))
        await ben.write(f"@{ada.account.handle} Two")
        await office.settle()
        assert await waiting(office) == 1
        service.server.on(PATH, answers.status(201))
        await make_due(office)
        await office.settle()
        assert "Two" in service.opened(service.server.seen[-1], asked["server_key"])["body"]
        assert await waiting(office) == 0


async def test_a_message_that_is_refused_is_dropped(office: Instance) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        await subscribe(ada, service)
        service.server.on(PATH, answers.status(413))
        await ben.write(f"@{ada.account.handle} One")
        await office.settle()
        assert (len(service.server.seen), await waiting(office)) == (1, 0)
        await ada.get(HERE)


async def test_services_that_hang_hold_up_only_themselves(office: Instance) -> None:
    """P6: a few messages to one service at once, and those to others go out meanwhile."""
    async with caller(office) as ada, caller(office, "ben") as ben, caller(office, "cleo") as cleo:
        async with PushService() as slow, PushService() as quick:
            await subscribe(ada, slow)
            await subscribe(cleo, quick)
            slow.server.on(PATH, answers.hang())
            for number in range(6):
                await ben.write(f"@{ada.account.handle} Number {number}")
            await ben.write(f"@{cleo.account.handle} Hello")
            async with office.working():
                await quick.server.received(1)
                await slow.server.received(4)
                assert slow.server.busiest == 4
                await slow.server.stop()
            async with office.db() as db:
                await db.execute("DELETE FROM push")


async def test_s054_a_service_inside_is_never_dialled(office: Instance) -> None:
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        await subscribe(ada, service)
        async with office.db() as db:
            await db.execute("UPDATE push_subscription SET endpoint = 'http://10.0.0.1:8000/x'")
        await ben.write(f"@{ada.account.handle} One")
        async with asyncio.timeout(5):
            await office.settle()
        await ada.refused(404, "GET", HERE)


async def test_a_lost_secret_ends_subscriptions(office: Instance) -> None:
    """What was sealed with a secret that is gone is not sent, and the app asks anew."""
    async with caller(office) as ada, caller(office, "ben") as ben, PushService() as service:
        await subscribe(ada, service)
        async with office.db() as db:
            await db.execute("UPDATE push_subscription SET sealed_token = $1", bytes(60))
        await ben.write(f"@{ada.account.handle} One")
        await office.settle()
        assert service.server.seen == []
        await ada.refused(404, "GET", HERE)


async def test_tokens_are_not_readable_in_the_database(office: Instance) -> None:
    async with caller(office) as ada, PushService() as service:
        await subscribe(ada, service)
        async with office.site.read() as db:
            kept = await db.fetch("SELECT sealed_token FROM push_subscription")
        assert all(ada.token.encode() not in row["sealed_token"] for row in kept)
        secret = office.site.config.secret_file
        assert (await asyncio.to_thread(secret.stat)).st_mode & 0o777 == 0o600
