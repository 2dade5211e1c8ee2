"""Inviting people by a link, and coming in by one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from fedcomm import postgres
from fedcomm.accounts import lookup, measures
from fedcomm.accounts.model import Account
from fedcomm.errors import Gone, Invalid, NotAllowed, NotFound
from fedcomm.groups import banning, invitations, membership
from fedcomm.groups.invitations import Invitation
from tests.api import clients
from tests.conftest import new_database
from tests.running import PASSWORD, Instance, instance
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEO = {"name": "Leo", "password": PASSWORD, "agreement": "yes"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """An instance where one comes in by invitation only."""
    data = tmp_path_factory.mktemp("data")
    async with instance(await new_database(cluster), data, FEDCOMM_REGISTRATIONS="invite") as at:
        yield Place(at)


async def made(
    at: Instance,
    by: Account,
    *groups: Account,
    most_uses: int | None = None,
    lasts: timedelta = invitations.LIFETIME,
) -> tuple[Invitation, str]:
    async with at.db() as db:
        return await invitations.make(
            db,
            by,
            group_ids=[group.id for group in groups],
            most_uses=most_uses,
            lasts=lasts,
            now=at.site.now(),
        )


async def role(at: Instance, group: Account, handle: str) -> str | None:
    async with at.site.read() as db:
        found = await lookup.local(db, handle)
        return await membership.role(db, group.id, found.id) if found else None


async def test_a_facilitator_invites_and_who_comes_needs_no_later_step(closed: Place) -> None:
    ada = await closed.person("ada")
    group = await closed.group(ada, join_rule="request")
    async with reader(closed.at, ada.handle) as at_ada, reader(closed.at) as leo:
        await at_ada.open("/invitations")
        await at_ada.press("/invitations", **{"groups[]": str(group.id), "uses": "1", "note": "For Leo"})
        link = at_ada.all("code.copyable")[0]
        assert link.startswith(f"{closed.at.url}/invite/")
        path = link.removeprefix(closed.at.url)

        for _ in range(2):  # mail programs look first
            await leo.open(path)
        assert f"{ada.name} invites you." in leo.text
        assert group.name in leo.text
        await leo.open(f"/sign_up?invite={path.rpartition('/')[2]}")
        await leo.press("/sign_up", **LEO, handle="leo_invited", email="leo@shop.example")

        assert leo.path == f"/@{group.handle}"
        assert await role(closed.at, group, "leo_invited") == "member"
        await leo.open(path)
        assert leo.status == 410
        assert "This invitation does not work any more" in leo.text
        await at_ada.open("/invitations")
        assert "used 1 of 1 times" in at_ada.text
        assert link not in at_ada.text


async def test_without_an_invitation_nobody_signs_up_where_it_needs_one(closed: Place) -> None:
    async with reader(closed.at) as leo:
        assert (await leo.open("/sign_up")).status == 403
        assert "New accounts are not given out at present" in leo.text
        for path in ("/sign_up?invite=no-such-code", "/invite/no-such-code"):
            assert (await leo.open(path)).status == 404


async def test_a_member_joins_by_the_link_and_a_second_one_merges(closed: Place) -> None:
    ada, ben = await closed.person("ada"), await closed.person("ben")
    first, second = await closed.group(ada, join_rule="invite"), await closed.group(ada, join_rule="invite")
    _, one = await made(closed.at, ada, first, most_uses=1)
    _, both = await made(closed.at, ada, first, second)
    async with reader(closed.at, ben.handle) as at_ben:
        await at_ben.open(f"/invite/{one}")
        await at_ben.press(f"/invite/{one}")
        assert at_ben.path == f"/@{first.handle}"
        await at_ben.open(f"/invite/{both}")
        await at_ben.press(f"/invite/{both}")
    assert await role(closed.at, first, ben.handle) == "member"
    assert await role(closed.at, second, ben.handle) == "member"


async def test_apps_learn_where_an_invitation_leads_and_sign_up_by_it(closed: Place) -> None:
    admin = await closed.person("olga", role="admin")
    group = await closed.group(admin)
    _, code = await made(closed.at, admin, group, most_uses=1)
    async with closed.at.client() as http:
        answer = await http.get(f"/invite/{code}", headers={"Accept": "application/json"})
    assert answer.json() == {"invite_code": code, "instance_api_url": f"{closed.at.url}/api/v2/instance"}

    async def sign_up(name: str, **more: str) -> Any:
        fields = {"username": name, "email": f"{name}@shop.example", "password": PASSWORD, "agreement": True, **more}
        async with clients.client(closed.at, await closed.at.token(None)) as app:
            return await app.post("/api/v1/accounts", json=fields)

    assert (await sign_up("by_nobody")).status_code == 403
    assert (await sign_up("by_a_wrong_one", invite_code="wrong")).status_code == 422
    taken = await sign_up("by_invitation", invite_code=code)
    assert taken.status_code == 200
    assert await role(closed.at, group, "by_invitation") == "member"
    late = await sign_up("too_late", invite_code=code)
    assert (late.status_code, list(late.json()["details"])) == (422, ["invite_code"])
    async with clients.client(closed.at, await closed.at.token(admin, "admin:read")) as app:
        (known,) = (await app.get("/api/v2/admin/accounts", params={"username": "by_invitation"})).json()
    assert (known["approved"], known["invited_by_account_id"]) == (True, str(admin.id))


@pytest.mark.parametrize("end", ["expired", "withdrawn", "suspended", "resigned"])
async def test_s167_a_link_is_worth_what_its_maker_may_do(closed: Place, end: str) -> None:
    ada, other = await closed.person("ada"), await closed.person("olga", role="owner")
    group = await closed.group(ada, other)
    invitation, code = await made(closed.at, ada, group)
    now = closed.at.site.now()
    async with closed.at.db() as db:
        assert (await invitations.open_by(db, code, now=now)).group_ids == [group.id]
        match end:
            case "expired":
                now += timedelta(days=31)
            case "withdrawn":
                with pytest.raises(NotFound):
                    await invitations.withdraw(db, other, invitation.id, now=now)
                await invitations.withdraw(db, ada, invitation.id, now=now)
            case "suspended":
                await measures.suspend(db, other, ada, "Spam", now=now)
            case _:
                await membership.appoint_by_command(db, group, other.id, "facilitator", now=now)
                await membership.appoint_by_command(db, group, ada.id, "member", now=now)
        with pytest.raises(Gone):
            await invitations.open_by(db, code, now=now)


async def test_s167_nobody_gives_more_than_they_have(closed: Place) -> None:
    ada, ben = await closed.person("ada"), await closed.person("ben")
    group, other = await closed.group(ada, ben), await closed.group(ben)
    for by, groups in ((ben, [group]), (ada, [group, other]), (ben, [])):
        with pytest.raises(NotAllowed):
            await made(closed.at, by, *groups)
    with pytest.raises(Invalid):
        await made(closed.at, ada, group, lasts=timedelta(days=400))
    with pytest.raises(Invalid):
        await made(closed.at, ada, group, most_uses=0)
    async with closed.at.db() as db:
        await banning.ban(db, closed.at.here, ada, group, ben, now=closed.at.site.now())
    _, code = await made(closed.at, ada, group)
    async with closed.at.db() as db:
        found = await invitations.open_by(db, code, now=closed.at.site.now())
        assert await invitations.accept(db, closed.at.here, found, ben, now=closed.at.site.now()) == []


async def test_s160_only_so_many_links_are_open_at_once(closed: Place) -> None:
    ada = await closed.person("ada")
    group = await closed.group(ada)
    last, _ = await made(closed.at, ada, group)
    for _ in range(invitations.MOST_OPEN - 1):
        await made(closed.at, ada, group)
    with pytest.raises(Invalid, match="open invitations"):
        await made(closed.at, ada, group)
    async with closed.at.db() as db:
        await invitations.withdraw(db, ada, last.id, now=closed.at.site.now())
    await made(closed.at, ada, group)
