"""Pages for those who run an instance: other instances, waiting deliveries, settings (product 16; D53, D54, D58)."""

import pytest

from fedcomm.network import peers
from tests import running
from tests.running import MakeDatabase
from tests.web.reader import reader


@pytest.mark.asyncio
async def test_an_instance_that_is_suspended_is_unheard_until_it_is_restored(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (home, away):
        await home.person("ada", role="admin", password=running.PASSWORD)
        ben = await away.person("ben", password=running.PASSWORD)
        async with reader(home, "ada") as at, reader(home) as visitor:
            await at.open(f"/find?address={ben.full_handle}")
            page = f"/{ben.full_handle}"
            seen = [(await visitor.open(page)).status]
            await at.open("/admin/peers")
            await at.press("/admin/peers", authority=away.here.authority, policy="suspended", note="Spam from there")
            listed = (at.note, at.text)
            seen.append((await visitor.open(page)).status)
            await at.open(f"/admin/peers?q={away.here.authority[-4:]}")
            await at.press("/admin/peers", authority=away.here.authority, policy="default")
            seen.append((await visitor.open(page)).status)
            await at.open("/admin/peers?q=no-such-instance")
            nothing = at.text

    assert listed[0] == "Saved."
    assert "Suspended" in listed[1]
    assert "Spam from there" in listed[1]
    assert seen == [200, 404, 200]
    assert "No other instance is known" in nothing


@pytest.mark.asyncio
async def test_a_policy_needs_the_name_of_an_instance(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        async with reader(home, "ada") as at:
            await at.open("/admin/peers")
            await at.press("/admin/peers", authority="not a domain", policy="suspended")

            assert at.status == 422
            assert at.attribute("input[name=authority]", "value") == "not a domain"
            assert "'not a domain' is not a domain" in at.text


@pytest.mark.asyncio
async def test_many_instances_come_in_pages(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        async with home.db() as db:
            for number in range(70):
                await peers.limit(db, None, f"peer{number:02}.example", "", now=home.site.now())
        async with reader(home, "ada") as at:
            await at.open("/admin/peers")
            first, older = at.all(".authority"), at.attribute(".pager a[rel=next]", "href")
            await at.open(f"/admin/peers{older}")
            second = at.all(".authority")

    assert [*first, *second] == [f"peer{number:02}.example" for number in range(70)]
    assert len(first) == 50


@pytest.mark.asyncio
async def test_what_waits_for_an_instance_that_is_away_can_be_tried_again_or_thrown_away(
    database_url: MakeDatabase,
) -> None:
    async with running.instances(database_url, 1) as (home,):
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        bakers = await home.group(ada, "bakers")
        async with running.instance(await database_url()) as away:
            await away.person("ben", password=running.PASSWORD)
            async with reader(away, "ben") as there:
                await there.open(f"/find?address={bakers.full_handle}")
                await there.press(f"/{bakers.full_handle}/join")
            await running.settle(home, away)
        async with reader(home, "ada") as at:
            await at.open(f"/compose?group={bakers.id}")
            await at.press("/compose", title="Which oven?", text="Ours broke.")
            await home.settle()
            await at.open("/admin/deliveries")
            waiting, why = at.all(".badge.warm"), at.all(".error-text")
            await at.press("/admin/deliveries/retry", authority=away.here.authority)
            retried = at.note
            await home.settle()
            await at.open("/admin/deliveries")
            still = at.all(".badge.warm")
            await at.press("/admin/deliveries/drop", authority=away.here.authority)

            assert waiting
            assert waiting[0].endswith(" waiting")
            assert "connection" in why[0]
            assert retried == "What waits is tried again now."
            assert still == waiting
            assert at.note == "What waited was thrown away."
            assert "Nothing waits" in at.text


@pytest.mark.asyncio
async def test_settings_hold_from_the_next_request_on(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="owner", password=running.PASSWORD)
        async with reader(home, "ada") as at, reader(home) as visitor:
            await at.open("/admin/settings")
            await at.press("/admin/settings", name=" ", contact_email="nobody", time_zone="Nowhere")
            refused = (at.status, at.all(".wrong"))
            await at.press(
                "/admin/settings",
                name="Coatings Association",
                purpose="Shop owners help one another.",
                description="Since **2019**.",
                contact_email="office@coatings.example",
                registrations="open",
                default_language="de",
                time_zone="Europe/Berlin",
            )
            saved = at.note
            await visitor.open("/", **{"Accept-Language": "fr"})
            front = (visitor.attribute("html", "lang"), visitor.all("h1"), visitor.all(".hero .lead"))
            await visitor.open("/about")
            async with home.site.read() as db:
                noted = await db.fetchval("SELECT details FROM audit_entry WHERE action = 'change settings'")

    assert refused[0] == 422
    assert len(refused[1]) == 3
    assert saved == "Saved."
    assert front == ("de", ["Coatings Association"], ["Shop owners help one another."])
    assert visitor.all("main strong")[0] == "2019"
    assert "registrations" in noted["names"]
    assert "federation" not in noted["names"]
