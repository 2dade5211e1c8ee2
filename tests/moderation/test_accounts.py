"""Accounts and servers in the hands of those who run the instance: who may, what follows, what is noted (S133)."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from fedcomm import audit, postgres
from fedcomm.accounts.model import Account
from fedcomm.groups import membership
from fedcomm.network import peers
from fedcomm.permissions import InstanceRole
from fedcomm.threads import posting
from fedcomm.threads.model import Attachment, Draft
from tests.api.callers import Caller, caller, new_group
from tests.conftest import new_database
from tests.factories import make_remote, make_remote_account
from tests.running import ALL_SCOPES, Instance, instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = f"{ALL_SCOPES} admin:read admin:write"
ACCOUNTS = "/api/v1/admin/accounts"
BLOCKS = "/api/v1/admin/domain_blocks"
ALLOWS = "/api/v1/admin/domain_allows"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(cluster: postgres.Cluster) -> AsyncIterator[Instance]:
    """An instance of its own: the lists here show everybody."""
    async with instance(await new_database(cluster)) as at:
        yield at


async def promote(at: Instance, who: Caller, role: InstanceRole) -> None:
    async with at.db() as db:
        await db.execute("UPDATE login SET role = $2 WHERE account_id = $1", who.account.id, role)


async def acts(at: Instance, by: Caller) -> list[str]:
    """What somebody did, by the audit log, the last first."""
    async with at.site.read() as db:
        return [entry.action for entry in await audit.page(db) if entry.actor_id == by.account.id]


@pytest.mark.parametrize("role", ["member", "moderator"])
async def test_s133_only_who_manages_accounts_and_servers_does_it(office: Instance, role: InstanceRole) -> None:
    async with caller(office, "mia", allowed=ADMIN) as mia, caller(office, "ben") as ben:
        await promote(office, mia, role)
        for path in (ACCOUNTS, "/api/v2/admin/accounts", f"{ACCOUNTS}/{ben.id}", BLOCKS, ALLOWS):
            said = await mia.refused(403, "GET", path)
            assert "company.example" not in said
        await mia.refused(403, "POST", f"{ACCOUNTS}/{ben.id}/action", json={"type": "suspend"})
        await mia.refused(403, "POST", BLOCKS, json={"domain": "odd.example", "severity": "suspend"})
        await mia.refused(403, "POST", ALLOWS, json={"domain": "odd.example"})
        await ben.get("/api/v1/accounts/verify_credentials")
        async with office.site.read() as db:
            assert await peers.policy(db, "odd.example") == "default"


async def test_nobody_deals_with_oneself_or_with_who_stands_as_high(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga, caller(office, "ada", allowed=ADMIN) as ada:
        await promote(office, olga, "owner")
        await promote(office, ada, "admin")
        for who, target in ((ada, ada), (ada, olga), (olga, olga)):
            await who.refused(403, "POST", f"{ACCOUNTS}/{target.id}/action", json={"type": "disable"})
        await olga.post(f"{ACCOUNTS}/{ada.id}/action", type="disable", text="Left")
        await ada.refused(401, "GET", ACCOUNTS)
        assert (await acts(office, olga))[0] == "disable account"


async def test_who_is_shut_out_and_let_in_again(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga, caller(office, "ben") as ben:
        await promote(office, olga, "owner")
        await olga.post(f"{ACCOUNTS}/{ben.id}/action", type="disable", text="Spam")
        await ben.refused(401, "GET", "/api/v1/accounts/verify_credentials")
        assert (await olga.get(f"{ACCOUNTS}/{ben.id}"))["disabled"] is True
        assert (await olga.post(f"{ACCOUNTS}/{ben.id}/enable"))["disabled"] is False
        assert (await acts(office, olga))[:2] == ["enable account", "disable account"]


async def test_who_is_suspended_is_unseen_until_restored(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga, caller(office, "ben") as ben, caller(office) as ada:
        await promote(office, olga, "owner")
        post = await ben.write("Cheap paint!")
        filed = await ada.post("/api/v1/reports", account_id=ben.id, status_ids=[post["id"]])
        await olga.post(f"{ACCOUNTS}/{ben.id}/action", type="suspend", text="Spam", report_id=filed["id"])
        await ben.refused(401, "GET", "/api/v1/accounts/verify_credentials")
        await ada.refused(404, "GET", f"/api/v1/statuses/{post['id']}")
        assert (await olga.get(f"/api/v1/admin/reports/{filed['id']}"))["action_taken"] is True
        seen = await olga.get("/api/v2/admin/accounts", status="suspended")
        assert [each["id"] for each in seen] == [ben.id]
        assert (await olga.post(f"{ACCOUNTS}/{ben.id}/unsuspend"))["suspended"] is False
        assert (await olga.post(f"{ACCOUNTS}/{ben.id}/unsensitive"))["sensitized"] is False
        await ada.get(f"/api/v1/statuses/{post['id']}")
        assert (await acts(office, olga))[:3] == ["restore account", "resolve report", "suspend account"]


async def test_the_pictures_of_somebody_are_covered_and_shown_again_as_they_were(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga, caller(office) as ada:
        await promote(office, olga, "owner")

        async def published(author: Account, text: str, *, files: int = 1, is_sensitive: bool = False) -> str:
            shown = Attachment(media_type="image/png", remote_url="https://far.example/a.png")
            said = msgspec.structs.replace(make_remote(author), attachments=(shown,) * files)
            draft = Draft(content_html=f"<p>{text}</p>", is_sensitive=is_sensitive, remote=said)
            async with office.db() as db:
                return str((await posting.publish(db, office.here, author, draft, now=office.site.now())).id)

        async with office.db() as db:
            zoe = await make_remote_account(db, "zoe", host="far.example")
        bare, own = await published(zoe, "No picture", files=0), await published(zoe, "Mine", is_sensitive=True)
        before = await published(zoe, "Before")
        await olga.post(f"{ACCOUNTS}/{zoe.id}/action", type="sensitive", text="Odd pictures")
        await office.settle()
        after = await published(zoe, "After")

        async def covered(post_id: str) -> bool:
            return (await ada.get(f"/api/v1/statuses/{post_id}"))["sensitive"]

        assert [await covered(each) for each in (bare, own, before, after)] == [False, True, True, True]
        assert (await olga.get(f"{ACCOUNTS}/{zoe.id}"))["sensitized"] is True
        assert [each["id"] for each in await olga.get(ACCOUNTS, sensitized=True)] == [str(zoe.id)]
        assert (await olga.post(f"{ACCOUNTS}/{zoe.id}/unsensitive"))["sensitized"] is False
        await office.settle()
        assert [await covered(each) for each in (bare, own, before, after)] == [False, True, False, False]
        assert (await acts(office, olga))[:2] == ["uncover media", "cover media"]


async def test_s108_who_is_suspended_can_be_ended_for_good(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga, caller(office, "ben") as ben, caller(office) as ada:
        await promote(office, olga, "owner")
        await ada.post(f"/api/v1/accounts/{ben.id}/follow")
        post = await ben.write("Cheap paint!")
        said = await olga.refused(403, "DELETE", f"{ACCOUNTS}/{ben.id}")
        assert "Suspend this account first" in said
        await olga.post(f"{ACCOUNTS}/{ben.id}/action", type="suspend", text="Spam")
        await ada.refused(403, "DELETE", f"{ACCOUNTS}/{ben.id}")

        ended = await olga.ask("DELETE", f"{ACCOUNTS}/{ben.id}")
        await office.settle()

        assert (ended["id"], ended["email"]) == (ben.id, "")
        await ada.refused(404, "GET", f"/api/v1/statuses/{post['id']}")
        await olga.refused(404, "POST", f"{ACCOUNTS}/{ben.id}/unsuspend")
        assert (await ada.get("/api/v1/accounts/verify_credentials"))["following_count"] == 0
        async with office.site.read() as db:
            assert await db.fetchval("SELECT content_html FROM post WHERE id = $1", int(post["id"])) == ""
            assert not await db.fetchval("SELECT EXISTS (SELECT FROM login WHERE account_id = $1)", ben.account.id)
        assert (await acts(office, olga))[0] == "end account"


async def test_a_group_keeps_its_last_facilitator_until_there_is_another(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga, caller(office, "ben") as ben, caller(office) as ada:
        await promote(office, olga, "owner")
        group = await new_group(office, ben)
        await ada.post(f"/api/v1/accounts/{group.id}/follow")
        await olga.post(f"{ACCOUNTS}/{ben.id}/action", type="suspend", text="Spam")
        said = await olga.refused(422, "DELETE", f"{ACCOUNTS}/{ben.id}")
        assert "last facilitator" in said
        async with office.db() as db:
            await membership.appoint_by_command(
                db, group, ada.account.id, "facilitator", by_id=olga.account.id, now=office.site.now()
            )
        await olga.ask("DELETE", f"{ACCOUNTS}/{ben.id}")


async def test_who_is_limited_is_shown_to_followers_only(office: Instance) -> None:
    async with (
        caller(office, "olga", allowed=ADMIN) as olga,
        caller(office, "ben") as ben,
        caller(office) as ada,
        caller(office, "cleo") as cleo,
    ):
        await promote(office, olga, "owner")
        await ada.post(f"/api/v1/accounts/{ben.id}/follow")
        post = await ben.write("A loud post #loud")

        async def seen(who: Caller) -> tuple[bool, ...]:
            pages: list[Any] = [
                await who.get(path) for path in ("/api/v1/timelines/public", "/api/v1/timelines/tag/loud")
            ]
            return tuple(post["id"] in [each["id"] for each in page] for page in pages)

        assert await seen(cleo) == (True, True)
        await olga.post(f"{ACCOUNTS}/{ben.id}/action", type="silence", text="Spam")
        assert (await seen(cleo), await seen(ada)) == ((False, False), (True, True))
        await cleo.get(f"/api/v1/statuses/{post['id']}")
        await cleo.ask("PATCH", "/api/v2/notifications/policy", json={"for_limited_accounts": "filter"})
        await ben.write(f"@{cleo.account.handle} Hello")
        await office.settle()
        assert await cleo.get("/api/v1/notifications") == []
        assert [each["id"] for each in await olga.get(ACCOUNTS, silenced=True)] == [ben.id]
        assert (await olga.post(f"{ACCOUNTS}/{ben.id}/unsilence"))["silenced"] is False
        assert await seen(cleo) == (True, True)


async def test_the_posts_of_a_limited_server_are_shown_to_followers_only(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga:
        await promote(office, olga, "owner")
        made = await olga.post(BLOCKS, domain="Loud.example", severity="silence", private_comment="Noise")
        assert (made["domain"], made["severity"], made["private_comment"]) == ("loud.example", "silence", "Noise")
        await olga.refused(422, "POST", BLOCKS, json={"domain": "loud.example", "severity": "suspend"})
        changed = await olga.ask("PUT", f"{BLOCKS}/{made['id']}", json={"private_comment": "Too much"})
        assert (changed["severity"], changed["private_comment"]) == ("silence", "Too much")
        changed = await olga.ask("PUT", f"{BLOCKS}/{made['id']}", json={"severity": "suspend"})
        assert (changed["id"], changed["severity"]) == (made["id"], "suspend")
        async with office.site.read() as db:
            assert await peers.policy(db, "a.loud.example") == "suspended"
        assert await olga.get(f"{BLOCKS}/{made['id']}") == changed
        assert [each["id"] for each in await olga.get(BLOCKS)] == [made["id"]]
        await olga.ask("DELETE", f"{BLOCKS}/{made['id']}")
        assert await olga.get(BLOCKS) == []
        await olga.refused(404, "GET", f"{BLOCKS}/{made['id']}")


@pytest.mark.parametrize(
    "wrong",
    [{"severity": "noop"}, {"severity": "silence", "reject_media": True}, {"public_comment": "x"}, {"domain": "a b"}],
)
async def test_what_a_block_cannot_do_is_not_promised(office: Instance, wrong: dict[str, Any]) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga:
        await promote(office, olga, "owner")
        await olga.refused(422, "POST", BLOCKS, json={"domain": "some.example"} | wrong)
        assert await olga.get(BLOCKS) == []


async def test_servers_are_allowed_and_taken_off_the_list(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga:
        await promote(office, olga, "owner")
        made = await olga.post(ALLOWS, domain="good.example")
        assert await olga.post(ALLOWS, domain="good.example") == made
        assert await olga.get(ALLOWS) == [made]
        assert await olga.get(f"{ALLOWS}/{made['id']}") == made
        await olga.refused(422, "POST", ALLOWS, json={"domain": office.domain})
        await olga.ask("DELETE", f"{ALLOWS}/{made['id']}")
        assert await olga.get(ALLOWS) == []


async def test_sign_ups_are_approved_and_turned_down(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga:
        await promote(office, olga, "owner")
        one, two = [await office.person(name, approved=False) for name in ("waits_one", "waits_two")]
        found = await olga.get("/api/v2/admin/accounts", status="pending", origin="local")
        assert [each["username"] for each in found] == ["waits_two", "waits_one"]
        assert found[0]["email"] == "waits_two@company.example"
        assert (await olga.post(f"{ACCOUNTS}/{one.id}/approve"))["approved"] is True
        await olga.post(f"{ACCOUNTS}/{two.id}/reject")
        assert await olga.get(ACCOUNTS, pending=True) == []
        staff = await olga.get(
            "/api/v2/admin/accounts", permissions="staff", email=f"{olga.account.handle}@company.example"
        )
        assert [each["id"] for each in staff] == [olga.id]
        assert await olga.get("/api/v2/admin/accounts", by_domain="nowhere.example") == []
