"""A browser is told through its push service, a real server here, as long as its session lasts and it wants to be."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fedcomm import postgres
from fedcomm.accounts import sessions
from fedcomm.accounts.model import Account
from fedcomm.notifications.vapid import Vapid
from fedcomm.threads import drafting, posting
from fedcomm.threads.model import Post
from tests.conftest import new_database
from tests.kit.push_services import PushService
from tests.running import PASSWORD, Instance, instance
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = "/settings/notices"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """A running instance that can keep a secret."""
    async with instance(await new_database(cluster), tmp_path_factory.mktemp("office")) as at:
        yield at


async def person(office: Instance, name: str) -> Account:
    """Somebody who can sign in."""
    return await office.person(name, password=PASSWORD)


async def ask(at: Reader, service: PushService, alerts: list[str]) -> None:
    """What the script of the page sends once the browser has said yes."""
    keys = service.subscription()["keys"]
    await at.open(PAGE)
    form = {"endpoint": service.endpoint, **keys, "alerts[]": alerts}
    await at.press(f"{PAGE}/push", **form)


async def mention(office: Instance, by: Account, who: Account, text: str) -> Post:
    """Address somebody."""
    async with office.db() as db:
        now = office.site.now()
        draft = await drafting.from_text(db, office.here, by, f"@{who.handle} {text}", now=now)
        return await posting.publish(db, office.here, by, draft, now=now)


async def test_a_browser_is_told_what_it_chose_and_where_it_leads_and_no_more_afterwards(office: Instance) -> None:
    ada, ben = await person(office, "told_ada"), await person(office, "told_ben")
    async with reader(office, ada.handle) as at, PushService() as service:
        await ask(at, service, ["mention"])
        said = at.note
        post = await mention(office, ben, ada, "Which oven?")
        await office.settle()
        (seen,) = service.server.seen
        key = await office.site.service(Vapid).public_key(now=office.site.now())
        told = service.opened(seen, key)
        await at.press(f"{PAGE}/push/end")
        await mention(office, ben, ada, "Are you there?")
        await office.settle()

        assert said == "You are told on this device from now on."
        assert told["title"] == f"{ben.shown_name} mentioned you"
        assert told["body"].endswith("Which oven?")
        assert told["url"] == f"/@{ben.handle}/{post.id}"
        assert "access_token" not in told
        assert len(service.server.seen) == 1
        assert at.all(f'form[action="{PAGE}/push/end"]') == []


async def test_what_was_not_chosen_is_not_told(office: Instance) -> None:
    ada, ben = await person(office, "choosy_ada"), await person(office, "choosy_ben")
    async with reader(office, ada.handle) as at, PushService() as service:
        await ask(at, service, ["follow", "no such thing"])
        await mention(office, ben, ada, "Which oven?")
        await office.settle()

        assert service.server.seen == []


async def test_s118_a_browser_is_told_nothing_after_its_session_has_ended(office: Instance) -> None:
    """S118: what a session subscribed goes with it."""
    ada, ben = await person(office, "gone_ada"), await person(office, "gone_ben")
    async with reader(office, ada.handle) as at, PushService() as service:
        await ask(at, service, ["mention"])
        async with office.db() as db:
            await sessions.end_all(db, ada.id)
        await mention(office, ben, ada, "Which oven?")
        await office.settle()

        assert service.server.seen == []


async def test_an_address_that_may_not_be_asked_is_not_kept(office: Instance) -> None:
    ada = await person(office, "odd_ada")
    async with reader(office, ada.handle) as at, PushService() as service:
        keys = service.subscription()["keys"]
        for endpoint in ("", "ftp://push.example/x", "https://user@push.example/x", "x" * 5000):
            await at.open(PAGE)
            await at.press(f"{PAGE}/push", endpoint=endpoint, **keys, **{"alerts[]": ["mention"]})
            assert at.note == "This browser cannot be told. Please try again."
        await at.open(PAGE)
        await at.press(f"{PAGE}/push", endpoint=service.endpoint, p256dh="AAAA", auth=keys["auth"])
        async with office.site.read() as db:
            kept = await db.fetchval("SELECT count(*) FROM push_subscription WHERE account_id = $1", ada.id)

        assert kept == 0
