"""What a member hides and which tags they follow, listed and ended in the settings (product 5, 13)."""

import pytest

from fedcomm.accounts import blocks, featured_elsewhere, logins
from fedcomm.accounts.model import Account
from fedcomm.timelines import filters, followed_tags
from fedcomm.timelines.filters import KeywordWish, Wish
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def set_everything(place: Place, me: Account, muted: Account, blocked: Account) -> None:
    """One of each kind."""
    now = place.at.site.now()
    async with place.at.db() as db:
        await blocks.mute(db, me.id, muted.id, now=now)
        await blocks.put_block(db, me.id, blocked.id, now=now)
        await blocks.put_domain_block(db, me.id, "loud.example", now=now)
        wish = Wish(title="Spoilers", contexts=["home"], action="hide")
        await filters.create(db, me.id, wish, [KeywordWish(keyword="the end")], now=now)
        await followed_tags.follow(db, me.id, "Zinc", now=now)
        there = "https://there.example/collections/1"
        await featured_elsewhere.ask(db, me, muted, there, "https://there.example/a/1", now=now)


async def test_everything_is_listed_and_each_can_be_ended(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    await set_everything(place, ada, ben, cleo)
    async with reader(place.at, ada.handle) as at:
        await at.open("/settings/hidden")
        listed = at.text
        forms = "form[action='/settings/hidden/end']"
        kinds = [each.attributes.get("value") or "" for each in at.page.css(f"{forms} input[name=what]")]
        ids = [each.attributes.get("value") or "" for each in at.page.css(f"{forms} button")]
        ends = list(zip(kinds, ids, strict=True))
        notes: list[str] = []
        for what, which in ends:
            await at.press("/settings/hidden/end", what=what, which=which)
            notes.append(at.note)
        left = at.page.css("form[action='/settings/hidden/end']")

    for shown in (ben.shown_name, cleo.shown_name, "loud.example", "Spoilers", "the end", "#Zinc"):
        assert shown in listed
    assert [what for what, _ in ends] == ["mute", "block", "server", "filter", "tag", "featured"]
    assert notes == ["Saved."] * 6
    assert left == []


async def test_s097_the_lists_of_others_are_neither_seen_nor_changed(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    await set_everything(place, ada, ben, cleo)
    async with place.at.site.read() as db:
        (found,) = await filters.of(db, ada.id)
        (featured,) = await featured_elsewhere.of(db, ada.id, limit=5)
    async with reader(place.at, ben.handle) as at:
        mine = await at.open("/settings/hidden")
        text = mine.text
        token = at.attribute("input[name=csrf_token]", "value") or ""
        tries = [
            ("filter", str(found.id)),
            ("featured", str(featured.id)),
            ("mute", str(ben.id)),
            ("block", str(cleo.id)),
            ("tag", "zinc"),
            ("what", "x"),
        ]
        answers = [
            await at.http.post("/settings/hidden/end", data={"csrf_token": token, "what": what, "which": which})
            for what, which in tries
        ]
    async with reader(place.at, ada.handle) as at:
        still = (await at.open("/settings/hidden")).page.css("form[action='/settings/hidden/end']")

    assert "Spoilers" not in text
    assert [each.status_code for each in answers] == [303, 303, 303, 303, 303, 422]
    assert len(still) == 6


async def test_the_page_is_in_german_too(place: Place) -> None:
    ada = await place.person("ada")
    async with place.at.db() as db:
        await logins.prefer(db, ada.id, locale="de")
    async with reader(place.at, ada.handle) as at:
        text = (await at.open("/settings/hidden")).text

    assert "Niemand ist stummgeschaltet." in text
    assert "Sie folgen keinem Schlagwort." in text
