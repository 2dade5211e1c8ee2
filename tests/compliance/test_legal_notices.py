"""Notices of unlawful content: by anybody, acknowledged, dealt with as a report, answered with reasons (C13)."""

from pathlib import Path

import pytest

from fedcomm.errors import NotAllowed
from fedcomm.moderation import legal_notices
from fedcomm.recurring import forget_old_mail
from tests import running
from tests.api.callers import caller
from tests.clocks import Clock
from tests.running import PASSWORD, Instance, MakeDatabase
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio

WHY = "It is my picture.\n\nI never agreed."


async def sent(who: Reader, url: str, /, **further: str) -> Reader:
    """Fill the form in."""
    filled = {"url": url, "ground": "privacy", "explanation": WHY, "name": "Nora", "email": "nora@x.example"}
    filled |= {"good_faith": "yes", **further}
    await who.open("/notice")
    return await who.press("/notice", **{name: value for name, value in filled.items() if value})


async def letters(at: Instance) -> list[tuple[str, str]]:
    async with at.db() as db:
        rows = await db.fetch("SELECT kind, address FROM mail ORDER BY id")
    return [(row["kind"], row["address"]) for row in rows]


async def test_c13_a_notice_is_acknowledged_seen_as_a_report_and_answered_with_reasons(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    clock = Clock()
    async with running.instance(await database_url(), tmp_path, now=clock) as at, caller(at, "ben") as ben:
        await at.person("ada", role="moderator", password=PASSWORD)
        await at.person("mia", password=PASSWORD)
        post = await ben.write("A picture of Nora.", visibility="public")
        async with reader(at) as nora, reader(at, "ada") as ada, reader(at, "mia") as member:
            await nora.open("/about")
            assert nora.attribute('footer a[href="/notice"]', "href") is not None
            await sent(nora, post["url"])
            receipt, path = nora.text, nora.path
            await sent(nora, post["url"])
            repeated = nora.text
            refused = (await member.open("/admin/notices")).status
            await ada.open("/admin/notices")
            desk = ada.text
            await ada.open("/admin/reports")
            queue = ada.text
            await ada.open("/admin/notices")
            await ada.press("/admin/notices/decide", decision="removed", reasons="")
            without = (ada.status, ada.text)
            await ada.open("/admin/notices")
            await ada.press("/admin/notices/decide", decision="removed", reasons="You had not agreed.")
            await nora.open(path)
            answer = nora.text
            await ada.open("/admin/notices?decided=yes")
            decided = ada.text
            said = await letters(at)
            clock.pass_by(days=366)
            await forget_old_mail(at.site)
            async with at.db() as db:
                kept = await db.fetchrow("SELECT name, email, reasons, explanation FROM legal_notice")
                log = [row["action"] for row in await db.fetch("SELECT action FROM audit_entry")]

    assert "It has arrived" in receipt
    assert number_of(receipt) == number_of(answer)
    assert path.startswith("/notice/")
    assert number_of(repeated) == number_of(receipt)
    assert refused == 403
    assert "Nora nora@x.example" in desk
    assert "I never agreed." in desk
    assert "A notice of unlawful content" in queue
    assert "nora@x.example" not in queue
    assert without[0] == 422
    assert "Please give reasons" in without[1]
    assert "It was taken down" in answer
    assert "You had not agreed." in answer
    assert "You had not agreed." in decided
    assert said == [("notice received", "nora@x.example"), ("notice decided", "nora@x.example")]
    assert kept is not None
    assert (kept["name"], kept["email"], kept["reasons"]) == ("", "", "You had not agreed.")
    assert "decide legal notice" in log


def number_of(text: str) -> str:
    """The number of the notice that a page shows."""
    return text.partition("Number")[2].split()[0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"url": "https://elsewhere.example/p/1"}, "exact address"),
        ({"ground": ""}, "what is unlawful"),
        ({"explanation": " "}, "why it is unlawful"),
        ({"name": ""}, "your name"),
        ({"email": "nobody"}, "complete mail address"),
        ({"good_faith": ""}, "right and complete"),
    ],
)
async def test_c13_what_a_notice_lacks_is_said_and_nothing_is_kept_or_sent(
    database_url: MakeDatabase, tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    async with running.instance(await database_url(), tmp_path) as at, reader(at) as nora:
        await sent(nora, f"{at.url}/@ben", **wrong)
        async with at.db() as db:
            kept = await db.fetchval("SELECT count(*) FROM legal_notice")
        said = await letters(at)
    assert nora.status == 422
    assert told in nora.text
    assert (kept, said) == (0, [])


async def test_c13_who_tells_of_abused_children_may_stay_unnamed_and_a_link_of_ones_own_making_opens_nothing(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at, reader(at) as nora:
        await sent(nora, f"{at.url}/@ben", ground="children", name="", email="")
        receipt = nora.text
        made_up = [(await nora.open(f"/notice/{token}")).status for token in ("1", "x" * 300, "MTIz")]
        said = await letters(at)
    assert "It has arrived" in receipt
    assert "by mail" not in receipt
    assert made_up == [404, 404, 404]
    assert said == []


async def test_c13_who_knows_of_a_notice_is_not_led_to_what_it_says(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with running.instance(await database_url(), tmp_path) as at, reader(at) as nora, reader(at) as eve:
        await sent(nora, f"{at.url}/@ben")
        receipt = nora.text
        await sent(eve, f"{at.url}/@ben", explanation="What did she say?")
    assert "I never agreed." in receipt
    assert "What did she say?" in eve.text
    assert "I never agreed." not in eve.text
    assert number_of(eve.text) != number_of(receipt)


async def test_s123_nobody_is_flooded_with_receipts(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with running.instance(await database_url(), tmp_path) as at, reader(at) as eve:
        statuses: list[int] = []
        for number in range(7):
            await sent(eve, f"{at.url}/p/{number}")
            statuses.append(eve.status)
        said = await letters(at)
    assert statuses == [200] * 5 + [429] * 2
    assert len(said) == 5


async def test_c13_nobody_answers_a_notice_about_themselves_and_its_post_may_be_for_some_only(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at, caller(at, "ben") as ben:
        async with at.db() as db:
            await db.execute("UPDATE login SET role = 'moderator' WHERE account_id = $1", ben.account.id)
        post = await ben.write("canary-for-followers", visibility="private")
        async with reader(at) as nora:
            await sent(nora, post["url"])
            receipt = nora.text
        async with at.db() as db:
            notice_id = await db.fetchval("SELECT id FROM legal_notice WHERE post_id = $1", int(post["id"]))
            with pytest.raises(NotAllowed):
                await legal_notices.decide(db, ben.account, notice_id, "kept", "No.", now=at.site.now())
    assert "canary" not in receipt
