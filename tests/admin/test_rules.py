"""The rules of the instance: their page, what apps are told, and reports that name them (C12)."""

import pytest

from fedcomm import instance_rules, settings
from fedcomm.errors import Invalid, NotFound
from fedcomm.settings import Rule, RuleText
from tests import running
from tests.factories import NOON
from tests.running import Instance, MakeDatabase
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio


async def with_rules(home: Instance, *texts: str) -> None:
    await home.person("ada", role="admin", password=running.PASSWORD)
    async with home.db() as db:
        await settings.save(db, None, {"rules": tuple(Rule(text) for text in texts)}, now=NOON)
    await home.site.reload_settings()


async def told(home: Instance) -> list[dict[str, object]]:
    async with home.client() as http:
        return (await http.get("/api/v1/instance/rules")).json()


async def move(at: Reader, rule_id: int, to: str) -> None:
    await at.press("/admin/rules/move", id=str(rule_id), to=to)


async def test_rules_are_written_translated_and_put_in_order(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await with_rules(home, "Be of use.", "No advertising.")
        async with reader(home, "ada") as at:
            await at.open("/admin/rules")
            await at.press(
                "/admin/rules",
                text="Numbers stay here.",
                hint="Prices, margins.",
                **{"language[]": "de", "translated_text[]": "Zahlen bleiben hier.", "translated_hint[]": "Preise."},
            )
            await move(at, 3, "up")
            await move(at, 1, "up")  # is the first already
            await at.open("/admin/rules/2")
            await at.press("/admin/rules/2", text="Nothing is sold here.")
        shown = await told(home)

    assert [(each["id"], each["text"]) for each in shown] == [
        ("1", "Be of use."),
        ("3", "Numbers stay here."),
        ("2", "Nothing is sold here."),
    ]
    assert shown[1]["hint"] == "Prices, margins."
    assert shown[1]["translations"] == {"de": {"text": "Zahlen bleiben hier.", "hint": "Preise."}}


async def test_who_signs_up_and_who_reports_reads_rules_in_their_language(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await with_rules(home)
        ben = await home.person("ben", password=running.PASSWORD)
        rule = Rule("No advertising.", translations={"de": RuleText("Keine Werbung.")})
        async with home.db() as db:
            await instance_rules.add(db, home.site.config, ben.id, rule, now=NOON)
        await home.site.reload_settings()
        async with home.client() as http:
            german = (await http.get("/about", headers={"Accept-Language": "de"})).text
            english = (await http.get("/about", headers={"Accept-Language": "en"})).text
        async with reader(home, "ada") as at:
            await at.open("/@ben/report")
            in_report = at.text

    assert "Keine Werbung." in german
    assert "No advertising." in english
    assert "No advertising." in in_report


async def test_a_rule_that_holds_no_more_stays_known_to_old_reports_and_its_id_is_not_used_again(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url()) as home:
        await with_rules(home, "Be of use.", "No advertising.")
        ben = await home.person("ben", password=running.PASSWORD)
        ada = await home.token(await home.person("cleo", role="admin"), "read write admin:read admin:write")
        async with home.client(ada) as http:
            form = {"account_id": str(ben.id), "category": "violation", "rule_ids[]": ["2"]}
            assert (await http.post("/api/v1/reports", data=form)).status_code == 200
            async with reader(home, "ada") as at:
                await at.open("/admin/rules")
                await move(at, 2, "away")
                noted = at.note
                await at.press("/admin/rules", text="A third.")
            (report,) = (await http.get("/api/v1/admin/reports")).json()
            again = await http.post("/api/v1/reports", data=form)
        after = [(each["id"], each["text"]) for each in await told(home)]
        async with reader(home, "ada") as at:
            await at.open("/admin/rules")
            await move(at, 2, "back")
        back = [each["id"] for each in await told(home)]

    assert "can be put back" in noted
    assert [(each["id"], each["text"]) for each in report["rules"]] == [("2", "No advertising.")]
    assert again.status_code == 422
    assert after == [("1", "Be of use."), ("3", "A third.")]
    assert back == ["1", "3", "2"]


async def test_an_empty_rule_a_rule_too_many_and_one_that_is_not_there(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await with_rules(home, *(f"Rule {number}." for number in range(instance_rules.MOST)))
        async with reader(home, "ada") as at:
            await at.open("/admin/rules")
            await at.press("/admin/rules", text=" \u200b ")
            empty = (at.status, at.all(".wrong"))
            await at.press("/admin/rules", text="One more.")
            too_many = (at.status, at.all(".wrong"))
            await move(at, 999, "up")
            gone = at.note
            missing = (await at.open("/admin/rules/999")).status
        async with home.db() as db:
            with pytest.raises(NotFound):
                await instance_rules.rewrite(db, home.site.config, 1, 999, Rule("x"), now=NOON)
        with pytest.raises(Invalid):
            instance_rules.checked("", "", {})
        kept = await told(home)

    assert empty == (422, ["Please write what the rule is."])
    assert too_many == (422, ["More rules than these nobody reads."])
    assert gone
    assert missing == 404
    assert len(kept) == instance_rules.MOST


async def test_what_changes_nothing_is_not_in_the_log(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await with_rules(home, "Be of use.")
        async with home.site.read() as db:
            before = await db.fetchval("SELECT count(*) FROM audit_entry")
        async with reader(home, "ada") as at:
            await at.open("/admin/rules")
            await move(at, 1, "down")
        async with home.site.read() as db:
            after = await db.fetchval("SELECT count(*) FROM audit_entry")

    assert before == after
