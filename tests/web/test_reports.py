"""Reporting from pages, and deciding there about what was reported in one's groups (product 3, 13)."""

import pytest

from fedcomm import settings
from fedcomm.accounts.model import Account
from fedcomm.groups import banning, membership
from fedcomm.settings import Rule
from fedcomm.threads.model import Post
from tests import running
from tests.running import MakeDatabase
from tests.web.conftest import Place
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def reported(place: Place, by: Account, post: Post, **said: str) -> Reader:
    """Somebody reports a post on its page."""
    async with reader(place.at, by.handle) as at:
        await at.open(f"/p/{post.id}/report")
        await at.press(f"/p/{post.id}/report", **{"category": "spam", "comment": "Again", **said})
        await place.at.settle()
        return at


async def test_a_report_from_a_page_comes_to_the_groups_moderators_first(place: Place) -> None:
    fay, ben, cleo = await place.person("fay"), await place.person("ben"), await place.person("cleo")
    group = await place.group(fay, ben, cleo)
    post = await place.write(ben, "Buy it here.", group, title="Cheap paint")
    said = await reported(place, cleo, post)
    async with reader(place.at, fay.handle) as at, reader(place.at, ben.handle) as other:
        await at.open("/notifications")
        link = at.attribute(".notices a[href^='/reports/']", "href") or ""
        await at.open(link)
        one = at.text
        await at.open(f"/@{group.handle}")
        on_group = at.attribute("a[href^='/reports?group=']", "href") or ""
        await at.open("/you")
        waiting = [each for each in at.all(".group-lines li") if each.startswith("Reports")]
        await at.open(on_group)
        listed = at.text
        refused = [(await other.open(path)).status for path in ("/reports", link)]

    assert said.note == "Thank you. Those who look after it are told."
    assert "Cheap paint" not in said.note
    assert "Buy it here." in one
    assert "Again" in one
    assert cleo.shown_name in one
    assert "Buy it here." in listed
    assert waiting == ["Reports 1 waiting"]
    assert refused == [403, 404]


async def test_moderators_take_put_back_pass_on_resolve_and_open_again(place: Place) -> None:
    fay, ben, cleo = await place.person("fay"), await place.person("ben"), await place.person("cleo")
    mia = await place.person("mia", role="moderator")
    group = await place.group(fay, ben, cleo)
    post = await place.write(ben, "Buy it here.", group, title="Cheap paint")
    await reported(place, cleo, post)
    async with reader(place.at, fay.handle) as at, reader(place.at, mia.handle) as staff:
        await staff.open("/notifications")
        before = staff.all(".notices .what")
        await at.open(f"/reports?group={group.id}")
        path = (at.attribute(".reported form", "action") or "").removesuffix("/resolve")
        await at.press(f"{path}/take")
        taken = at.all(".reported .badge")
        await at.press(f"{path}/put_back")
        back = at.all(".reported .badge")
        await at.press(f"{path}/pass_on")
        passed, note = at.all(".reported .badge"), at.note
        await place.at.settle()
        await staff.open("/notifications")
        after = staff.all(".notices .what")
        await at.press(f"{path}/resolve")
        empty = at.text
        await at.open(f"/reports?group={group.id}&resolved=yes")
        await at.press(f"{path}/reopen")
        await at.open(f"/reports?group={group.id}")

    assert taken == ["Spam", "You take care of it"]
    assert back == ["Spam"]
    assert passed == ["Spam", "Left to those who run this instance"]
    assert note == "Those who run this instance are told."
    assert before == []
    assert len(after) == 1
    assert "No reports" in empty
    assert len(at.all(".reported > li")) == 1


async def test_a_moderator_takes_the_reported_post_out_of_the_group(place: Place) -> None:
    fay, ben, cleo = await place.person("fay"), await place.person("ben"), await place.person("cleo")
    group = await place.group(fay, ben, cleo)
    post = await place.write(ben, "Buy it here.", group, title="Cheap paint")
    await reported(place, cleo, post)
    mia = await place.person("mia", role="moderator")
    async with reader(place.at, fay.handle) as at, reader(place.at, mia.handle) as staff:
        await staff.open("/admin/reports")
        await staff.open(staff.attribute(f".reported a[href^='/p/{post.id}/measures']", "href") or "")
        await staff.press(f"/p/{post.id}/measures", what="note", grounds="other", reason="Please no advertising")
        assert staff.status == 200
        await at.open(f"/reports?group={group.id}")
        assert at.attribute(f".reported a[href='/p/{post.id}/measures?group={post.group_id}']", "href")
        await at.open(at.attribute(".reported a[href$='/remove']", "href") or "")
        await at.press(f"/p/{post.id}/remove", reason="Advertising", grounds="spam")
        await at.open(f"/reports?group={group.id}")

        assert "This post was removed from the group." in at.text
        assert at.attribute(".reported a[href$='/remove']", "href") is None


async def test_a_report_shows_what_came_before_and_leads_to_measures(place: Place) -> None:
    fay, ben, cleo = await place.person("fay"), await place.person("ben"), await place.person("cleo")
    group, another = await place.group(fay, ben, cleo), await place.group(cleo, ben)
    post = await place.write(ben, "Buy it here.", group, title="Cheap paint")
    now = place.at.site.now()
    async with place.at.db() as db:
        for where, by, why in ((group, fay, "Twice rude"), (another, cleo, "Secret of the others")):
            await banning.ban(db, place.at.here, by, where, ben, reason=why, now=now)
            await banning.lift(db, place.at.here, by, where, ben.id, now=now)
    await reported(place, cleo, post)
    async with reader(place.at, fay.handle) as at:
        await at.open(f"/reports?group={group.id}")
        path = (at.attribute(".reported form", "action") or "").removesuffix("/resolve")
        await at.open(path)
        shown = at.text
        await at.open(at.attribute("a[href*='/bans?handle=']", "href") or "")
        typed = at.attribute("input[name=handle]", "value")

    assert "Put out of the group" in shown
    assert "Twice rude" in shown
    assert "Taken back, or over" in shown
    assert "No other report is about them." in shown
    assert "Secret of the others" not in shown
    assert typed == f"@{ben.acct}"


async def test_the_conflict_rule_holds_on_pages(place: Place) -> None:
    """Product 13: a moderator neither sees nor decides a report about themselves."""
    fay, ben, cleo = await place.person("fay"), await place.person("ben"), await place.person("cleo")
    group = await place.group(fay, ben, cleo)
    async with place.at.db() as db:
        await membership.appoint(db, fay, group, ben.id, "moderator", now=place.at.site.now())
    post = await place.write(ben, "Buy it here.", group, title="Cheap paint")
    await reported(place, cleo, post)
    async with place.at.site.read() as db:
        number = await db.fetchval("SELECT id FROM report WHERE target_id = $1", ben.id)
    async with reader(place.at, ben.handle) as at:
        await at.open("/reports")
        seen = at.text
        token = at.attribute("input[name=csrf_token]", "value") or ""
        answer = await at.http.post(f"/reports/{number}/resolve", data={"csrf_token": token})

    assert "No reports" in seen
    assert answer.status_code == 404


async def test_what_is_wrong_must_be_said_and_a_rule_can_be_named(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        place = Place(home)
        ada, ben = await place.person("ada"), await place.person("ben")
        async with home.db() as db:
            await settings.save(db, None, {"rules": (Rule("Be of use."), Rule("No advertising."))}, now=home.site.now())
        await home.site.reload_settings()
        async with reader(home, ada.handle) as at:
            await at.open(f"/@{ben.handle}")
            await at.open(at.attribute("a[href$='/report']", "href") or "")
            await at.press(f"/@{ben.handle}/report", comment="Hm")
            refused = (at.status, at.all(".wrong"), at.all("textarea"))
            await at.press(f"/@{ben.handle}/report", category="violation", **{"rule[]": "2"})
            async with home.site.read() as db:
                kept = await db.fetchrow("SELECT category, rule_ids, target_id FROM report")
            own = (await at.open(f"/@{ada.handle}/report")).status

    assert refused == (422, ["Please choose what is wrong."], ["Hm"])
    assert kept is not None
    assert (kept["category"], kept["rule_ids"], kept["target_id"]) == ("violation", [2], ben.id)
    assert own == 404


async def test_somebody_is_muted_and_blocked_from_their_page_and_let_back(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    page = f"/@{ben.handle}"
    async with reader(place.at, ada.handle) as at:
        await at.open(page)
        await at.press(f"{page}/mute", lasts="3600")
        muted, note = at.text, at.note
        async with place.at.site.read() as db:
            ends_at = await db.fetchval("SELECT expires_at FROM mute WHERE target_id = $1", ben.id)
        await at.press(f"{page}/unmute")
        heard = at.text
        await at.press(f"{page}/block")
        blocked = at.text
        await at.press(f"{page}/unblock")

    assert "You have muted them." in muted
    assert note == "You do not see what they write any more. They do not learn of it."
    assert ends_at is not None
    assert "You have muted them." not in heard
    assert "You have blocked them." in blocked
    assert "You have blocked them." not in at.text
