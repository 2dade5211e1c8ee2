"""The groups of an instance, for those who run it (product 4, 26)."""

import pytest

from fedcomm import audit
from fedcomm.accounts import measures
from fedcomm.groups import membership
from tests import running
from tests.running import MakeDatabase
from tests.web.reader import reader


@pytest.mark.asyncio
async def test_s133_a_group_that_nobody_looks_after_gets_one_of_its_members_and_no_other_group_does(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url()) as home:
        olga = await home.person("olga", role="owner", password=running.PASSWORD)
        ada, ben = await home.person("ada"), await home.person("ben", password=running.PASSWORD)
        bakers, millers = await home.group(ada, "bakers"), await home.group(ben, "millers")
        async with home.db() as db:
            await membership.join(db, home.here, ben, bakers, now=home.site.now())
        async with reader(home, "olga") as at, reader(home, "ben") as member:
            await at.open("/admin/groups")
            before = (at.all(".entries .badge"), at.all('form[action="/admin/groups/appoint"]'))
            token = at.attribute('[name="csrf_token"]', "value") or ""
            sent = {"csrf_token": token, "group": str(millers.id), "handle": "ben"}
            cared_for = await at.http.post("/admin/groups/appoint", data=sent, headers={"Origin": home.url})
            async with home.db() as db:
                await measures.suspend(db, olga, ada, "Selling", now=home.site.now())
            await at.open("/admin")
            said = at.text
            await at.open("/admin/groups?which=orphaned")
            orphaned = at.all(".entries .name")
            await at.press("/admin/groups/appoint", handle="@olga")
            stranger = (at.status, at.all("#errors li"))
            await at.press("/admin/groups/appoint", handle="ada")
            shut_out = at.all("#errors li")
            await at.press("/admin/groups/appoint", handle="@ben")
            after = (at.note, at.all(".entries .badge"))
            refused = (await member.open("/admin/groups")).status
            await member.open("/@bakers")
            looks_after = member.all('a[href="/@bakers/settings"]')
        async with home.db() as db:
            (entry,) = await audit.page(db, limit=1)

    assert before == (["Only one looks after it"] * 2, [])
    assert cared_for.status_code == 422
    assert "Somebody looks after this group: its facilitators appoint others." in cared_for.text
    assert "1 group has nobody who looks after it" in said
    assert orphaned == ["Bakers"]
    assert stranger == (422, ["There is no such member."])
    assert shut_out == ["This account is shut out, and can look after nothing."]
    assert after == ("Their role is changed.", ["Only one looks after it"] * 2)
    assert (refused, looks_after) == (403, ["Settings of the group"])
    assert (entry.action, entry.target, entry.actor_id) == ("appoint", str(ben.id), olga.id)


@pytest.mark.asyncio
async def test_many_groups_come_in_pages_and_are_found(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        for number in range(52):
            await home.group(ada, f"group{number:02}")
        async with reader(home, "ada") as at:
            await at.open("/admin/groups")
            first = at.all(".entries .name")
            await at.open("/admin/groups" + (at.attribute('a[rel="next"]', "href") or ""))
            second = at.all(".entries .name")
            await at.open("/admin/groups?q=@GROUP07")
            found = at.all(".entries .name")
            await at.open("/admin/groups?q=group__")
            nothing = at.text
            odd = [(await at.open(f"/admin/groups?{query}")).status for query in ("before=x", "which=x", "q=%00")]

    assert [*first, *second] == [f"Group{number:02}" for number in reversed(range(52))]
    assert len(first) == 50
    assert found == ["Group07"]
    assert "No group is like this" in nothing
    assert odd == [422, 422, 422]
