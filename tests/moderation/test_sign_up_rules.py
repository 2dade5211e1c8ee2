"""From where and with which mail addresses one may sign up, as those decide who look after accounts."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from fedcomm import postgres
from fedcomm.accounts import sign_up_rules
from fedcomm.errors import Invalid
from tests.api import clients
from tests.api.callers import Caller, caller
from tests.conftest import new_database
from tests.running import ALL_SCOPES, PASSWORD, Instance, instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = f"{ALL_SCOPES} admin:read admin:write"
RULES = "/api/v1/admin/ip_blocks"
DOMAINS = "/api/v1/admin/email_domain_blocks"
MAILS = "/api/v1/admin/canonical_email_blocks"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(cluster: postgres.Cluster) -> AsyncIterator[Instance]:
    """An instance that anybody may join."""
    async with instance(await new_database(cluster), FEDCOMM_REGISTRATIONS="open") as at:
        yield at


async def lead(at: Instance, who: Caller) -> Caller:
    async with at.db() as db:
        await db.execute("UPDATE login SET role = 'admin' WHERE account_id = $1", who.account.id)
    return who


async def sign_up(at: Instance, name: str, email: str) -> tuple[int, str]:
    """The status of an app's sign-up, and what state the login is in or what it was told."""
    fields = {"username": name, "email": email, "password": PASSWORD, "agreement": True, "reason": "I bake"}
    async with clients.client(at, await at.token(None)) as http:
        answer = await http.post("/api/v1/accounts", json=fields)
    if answer.status_code != 200:
        return answer.status_code, answer.json()["error"]
    async with at.site.read() as db:
        return 200, await db.fetchval("SELECT state FROM login WHERE email = $1", email)


async def test_from_a_network_nobody_or_nobody_unseen_can_sign_up(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga:
        await lead(office, olga)
        assert await sign_up(office, "free_one", "free@one.example") == (200, "active")
        made: list[Any] = []
        for network in ("127.0.0.0/8", "::1"):
            fields = {"ip": network, "severity": "sign_up_requires_approval", "comment": "Many of them"}
            made.append(await olga.post(RULES, **fields))
        assert [each["ip"] for each in made] == ["127.0.0.0/8", "::1/128"]
        await olga.refused(422, "POST", RULES, json={"ip": "127.1.2.3/8", "severity": "sign_up_block"})
        assert await sign_up(office, "second", "second@one.example") == (200, "pending")

        for each in made:
            changed = await olga.ask(
                "PUT", f"{RULES}/{each['id']}", json={"severity": "sign_up_block", "expires_in": 3600}
            )
            assert (changed["comment"], changed["expires_at"] is None) == ("Many of them", False)
        status, said = await sign_up(office, "third", "third@one.example")
        assert (status, "sign up from where you are" in said) == (422, True)
        async with office.site.read() as db:
            later = office.site.now() + timedelta(hours=2)
            assert await sign_up_rules.check(db, address="127.0.0.1", email="a@b.example", now=later)
            assert await sign_up_rules.check(db, address="unknown", email="a@b.example", now=office.site.now())
            with pytest.raises(Invalid):
                await sign_up_rules.check(db, address="::ffff:127.0.0.1", email="a@b.example", now=office.site.now())

        for each in made:
            await olga.ask("DELETE", f"{RULES}/{each['id']}")
        assert await olga.get(RULES) == []
        assert await sign_up(office, "fourth", "fourth@one.example") == (200, "active")


async def test_addresses_of_a_provider_are_not_taken_nor_those_below_it(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga:
        await lead(office, olga)
        made = await olga.post(DOMAINS, domain="Throw-Away.example")
        assert (made["domain"], await olga.get(f"{DOMAINS}/{made['id']}")) == ("throw-away.example", made)
        for address in ("a@throw-away.example", "b@mail.THROW-away.example"):
            assert (await sign_up(office, "fifth", address))[0] == 422
        assert await sign_up(office, "fifth", "c@not-throw-away.example") == (200, "active")
        assert await olga.ask("DELETE", f"{DOMAINS}/{made['id']}") == made
        assert await sign_up(office, "sixth", "a@throw-away.example") == (200, "active")


async def test_a_barred_address_is_known_in_whatever_spelling_and_kept_as_a_digest(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga:
        await lead(office, olga)
        made = await olga.post(MAILS, email="Eve.Adams@mail.example")
        assert made["canonical_email_hash"] == sign_up_rules.digest("eveadams+again@MAIL.example")
        assert await olga.post(f"{MAILS}/test", email="eve.adams@mail.example") == [made]
        assert await olga.post(f"{MAILS}/test", email="adam@mail.example") == []
        assert (await sign_up(office, "eve", "eve.adams+2@mail.example"))[0] == 422
        assert await olga.post(MAILS, canonical_email_hash=made["canonical_email_hash"]) == made
        assert await olga.get(MAILS) == [made]
        await olga.ask("DELETE", f"{MAILS}/{made['id']}")
        assert await sign_up(office, "eve", "eve.adams+2@mail.example") == (200, "active")
        async with office.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM audit_entry WHERE target LIKE '%@%'") == 0


async def test_only_who_looks_after_accounts_decides_and_nonsense_is_refused(office: Instance) -> None:
    async with caller(office, "olga", allowed=ADMIN) as olga, caller(office, "ben", allowed=ADMIN) as ben:
        await lead(office, olga)
        for path in (RULES, DOMAINS, MAILS):
            await ben.refused(403, "GET", path)
            await olga.refused(404, "GET", f"{path}/1")
        await ben.refused(403, "POST", DOMAINS, json={"domain": "mail.example"})
        await olga.refused(422, "POST", RULES, json={"ip": "everywhere", "severity": "sign_up_block"})
        await olga.refused(422, "POST", RULES, json={"ip": "192.0.2.1", "severity": "no_access"})
        await olga.refused(422, "POST", DOMAINS, json={"domain": "no domain"})
        await olga.refused(422, "POST", MAILS, json={"canonical_email_hash": "abc"})
