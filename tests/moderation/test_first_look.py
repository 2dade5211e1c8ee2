"""What those who run the instance see before anybody else: a wave of sign-ups sends nothing out (S168; D82)."""

import pytest

from fedcomm import settings
from fedcomm.accounts.statements import Grounds
from fedcomm.errors import NotAllowed
from fedcomm.groups import describing
from fedcomm.groups.describing import Changes
from fedcomm.http.auth import forget_tokens
from fedcomm.moderation import appeals
from fedcomm.settings import Settings
from fedcomm.threads import first_look, holding, moderating, reading
from tests.api.callers import Caller, caller, new_group
from tests.kit import FakePeer
from tests.running import PASSWORD, Instance, MakeDatabase, instance
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINK = "Cheap paint at https://shop.example/paint"
SPAM = Grounds(code="spam")


async def newcomer(at: Instance, who: Caller) -> None:
    """Somebody who came in by open sign-up, just now."""
    async with at.db() as db:
        await db.execute(
            "UPDATE login SET created_by = $2 WHERE account_id = $1", who.account.id, first_look.OPEN_SIGN_UP
        )


async def test_s168_approval_is_the_default() -> None:
    now = Settings(name="x")
    assert (now.registrations, now.newcomer_hours) == ("approval", 24)


async def test_s168_who_signs_up_at_an_open_door_is_new_who_was_approved_is_not(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at:
        found: list[str] = []
        for handle, door in (("bot", "open"), ("ada", "approval")):
            async with at.db() as db:
                await settings.save(db, None, {"registrations": door}, now=at.site.now())
            await at.site.reload_settings()
            async with reader(at) as page:
                await page.open("/sign_up")
                email = f"{handle}@mail.example"
                typed = {"name": handle, "handle": handle, "email": email, "password": PASSWORD, "reason": "I paint."}
                await page.press("/sign_up", agreement="yes", **typed)
            async with at.site.read() as db:
                found.append(await db.fetchval("SELECT created_by FROM login WHERE email_key = $1", email))
        assert found == ["open sign-up", "sign-up"]


async def test_s168_a_newcomer_s_link_to_a_strange_server_waits_and_nothing_leaves(house: Instance) -> None:
    async with caller(house, "bot") as bot, caller(house) as ada, FakePeer() as peer:
        await newcomer(house, bot)
        fan = peer.add("fan")
        await fan.send(house.url + "/inbox", fan.does("Follow", bot.account.uri))
        await house.settle()
        await ada.post(f"/api/v1/accounts/{bot.id}/follow")
        held = await bot.write(LINK)
        await house.settle()
        own = await bot.write(f"Look at {ada.account.url}")
        await house.settle()

        (create,) = await peer.got(1, type="Create")
        assert create["object"]["id"] == own["uri"]
        await ada.refused(404, "GET", f"/api/v1/statuses/{held['id']}")
        assert [each["id"] for each in await ada.get("/api/v1/timelines/home")] == [own["id"]]
        assert (await bot.get(f"/api/v1/statuses/{held['id']}"))["id"] == held["id"], "its author sees it"
        async with house.site.read() as db:
            assert (await first_look.those_of(db, [int(held["id"])])) == {int(held["id"]): "link"}


async def test_s168_newcomers_name_at_most_five_and_send_no_links_in_private(house: Instance) -> None:
    async with caller(house, "bot") as bot, caller(house) as ada:
        await newcomer(house, bot)
        people = [await house.person(f"named{number}") for number in range(6)]
        names = " ".join(f"@{each.handle}" for each in people)
        await bot.refused(422, "POST", "/api/v1/statuses", json={"status": f"Hello {names}"})
        private = {"status": f"@{ada.account.handle} {LINK}", "visibility": "direct"}
        await bot.refused(422, "POST", "/api/v1/statuses", json=private)
        fine = await bot.write("Hello " + " ".join(f"@{each.handle}" for each in people[:5]))
        await bot.refused(422, "PUT", f"/api/v1/statuses/{fine['id']}", json={"status": LINK})
        await ada.write(f"Hello {names}")
        async with house.db() as db:
            a_day_ago = "UPDATE account SET created_at = created_at - interval '25 hours' WHERE id = $1"
            await db.execute(a_day_ago, bot.account.id)
        forget_tokens(house.site)  # who writes is remembered for a moment
        await ada.get(f"/api/v1/statuses/{(await bot.write(LINK))['id']}")


async def test_s168_what_waits_is_let_through_or_declined_with_a_reason(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, caller(at, "bot") as bot, caller(at) as ada:
        await at.person("mia", role="moderator", password=PASSWORD)
        await newcomer(at, bot)
        held = [await bot.write(f"{LINK}/{number}") for number in range(3)]
        await at.settle()
        async with reader(at, "mia") as page:
            await page.open("/notifications")
            assert page.all(".notices .what") == ["A post waits until you have looked at it: Look at it"], "once a day"
            await page.open("/admin/held")
            assert page.all("article .badge") == ["A newcomer's link"] * 3
            assert page.attribute("form[action='/admin/held/rules']", "action") is None, "no moderator's business"
            await page.press("/admin/held/through", **{"post[]": held[0]["id"]})
            assert page.note == "It is there for everybody now."
            await page.press("/admin/held/decline", grounds="spam", **{"post[]": [held[1]["id"], held[2]["id"]]})
            assert (page.status, page.all("#errors li")) == (422, ["Please give a reason: they are told it."])
            wrong = {"post[]": [held[1]["id"], held[2]["id"]], "reason": "Advertising"}
            await page.press("/admin/held/decline", grounds="spam", **wrong)
            assert "Nothing waits" in page.text
        await at.settle()
        told = [each for each in await bot.get("/api/v1/notifications") if each["type"] == "moderation_warning"]
        assert [each["moderation_warning"]["text"] for each in told] == ["Advertising"] * 2
        await ada.get(f"/api/v1/statuses/{held[0]['id']}")
        await ada.refused(404, "GET", f"/api/v1/statuses/{held[1]['id']}")


async def test_s168_a_declined_post_appears_when_the_appeal_is_granted(house: Instance) -> None:
    async with (
        caller(house, "bot") as bot,
        caller(house, "mia") as mia,
        caller(house, "olga") as olga,
        caller(house) as ada,
    ):
        await newcomer(house, bot)
        async with house.db() as db:
            await db.execute(
                "UPDATE login SET role = 'admin' WHERE account_id = ANY($1)", [mia.account.id, olga.account.id]
            )
        held, now = await bot.write(LINK), house.site.now()
        async with house.db() as db:
            with pytest.raises(NotAllowed):
                await moderating.release(db, house.here, ada.account, int(held["id"]), now=now)
            await moderating.remove(db, house.here, mia.account, int(held["id"]), "Ads", grounds=SPAM, now=now)
            statement_id = await db.fetchval("SELECT max(id) FROM statement WHERE account_id = $1", bot.account.id)
            await appeals.file(db, bot.account, statement_id, "It is my own shop", now=now)
            assert mia.account.id not in await appeals.deciders(db, statement_id)
            await appeals.decide(db, house.here, olga.account, statement_id, grants=True, answer="Yes", now=now)
        await ada.get(f"/api/v1/statuses/{held['id']}")


async def test_s168_what_the_group_wants_to_see_as_well_waits_for_it_afterwards(house: Instance) -> None:
    async with caller(house, "bot") as bot, caller(house, "mia") as mia, caller(house, "fay") as fay:
        await newcomer(house, bot)
        group, now = await new_group(house, fay), house.site.now()
        await bot.post(f"/api/v1/accounts/{group.id}/follow")
        async with house.db() as db:
            await db.execute("UPDATE login SET role = 'moderator' WHERE account_id = $1", mia.account.id)
            await describing.change(db, fay.account, group, Changes(holds_links=True), now=now)
        held = int((await bot.write(f"@{group.handle} Ovens\n{LINK}"))["id"])
        async with house.db() as db:
            assert await holding.waiting_count(db, group.id) == 0
            with pytest.raises(NotAllowed):
                await moderating.release(db, house.here, fay.account, held, now=now)
            await moderating.release(db, house.here, mia.account, held, now=now)
            assert await holding.waiting_count(db, group.id) == 1
            await moderating.release(db, house.here, fay.account, held, now=now)
            shown = await reading.find(db, held)
        assert shown is not None
        assert shown.state == "visible"


async def test_s168_first_posts_and_watched_words_wait_where_that_is_set(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, caller(at, "bot") as bot, caller(at) as ada:
        await at.person("olga", role="owner", password=PASSWORD)
        await newcomer(at, bot)
        async with reader(at, "olga") as page:
            await page.open("/admin/held")
            await page.press("/admin/held/rules", hours="soon")
            assert page.status == 422
            await page.press("/admin/held/rules", hours="48", first_posts="yes", words="Margin\nprice list")
            assert page.note == "Saved."
        first, word, private, fine = (
            await bot.write("Hello all"),
            await ada.write("Our MARGIN is low"),
            await ada.write("Our margin is low", visibility="private"),
            await ada.write("We marginalise nobody"),
        )
        ids = [int(each["id"]) for each in (first, word, private, fine)]
        async with at.site.read() as db:
            assert await first_look.those_of(db, ids) == {ids[0]: "first post", ids[1]: "word"}


async def test_a_held_post_that_its_author_deletes_waits_no_longer(house: Instance) -> None:
    async with caller(house, "bot") as bot:
        await newcomer(house, bot)
        held = await bot.write(LINK)
        await bot.ask("DELETE", f"/api/v1/statuses/{held['id']}")
        async with house.site.read() as db:
            assert not await first_look.waits(db, int(held["id"]))


async def test_s168_accounts_of_a_wave_are_looked_at_and_dealt_with_as_one_set(database_url: MakeDatabase) -> None:
    """Who came in by open sign-up stands together: ticked at once, all or nobody changed, and taken back at once."""
    async with (
        instance(await database_url()) as at,
        caller(at, "bot") as one,
        caller(at, "bot") as two,
        caller(at) as ada,
    ):
        await at.person("olga", role="owner", password=PASSWORD)
        wave = [one.account, two.account]
        for each in (one, two):
            await newcomer(at, each)
        people = {"person[]": [str(each.id) for each in wave], "origin": "newcomers", "account": ""}

        async def states() -> list[str]:
            async with at.site.read() as db:
                ids = [each.id for each in (*wave, ada.account)]
                return [each["state"] for each in await db.fetch("SELECT state FROM account WHERE id = ANY($1)", ids)]

        async with reader(at, "olga") as page:
            await page.open("/admin/accounts?origin=newcomers&ticked=yes")
            assert len(page.all("input[form=many][checked]")) == len(wave)
            assert f"@{ada.account.handle}" not in page.text
            await page.press("/admin/accounts", **people, measure="suspend", grounds="spam")
            assert (page.status, page.all("#errors li")) == (422, ["Please give a reason: they are told it."])
            assert await states() == ["active"] * 3
            await page.press("/admin/accounts", **people, measure="suspend", grounds="spam", reason="A wave")
            assert sorted(await states()) == ["active", "suspended", "suspended"]
            assert (page.path, page.note) == ("/admin/accounts?origin=newcomers", "Saved.")
            await page.press("/admin/accounts", **people, measure="restore")
            assert await states() == ["active"] * 3
            await page.press("/admin/accounts", **{**people, "person[]": []}, measure="suspend")
            assert page.all("#errors li") == ["Please tick those that you mean."]
