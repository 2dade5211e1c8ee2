"""Lists and followed tags on pages: made, renamed, filled, read, kept out of home, deleted (product 6; D39)."""

import pytest

from fedcomm.accounts.model import Account
from fedcomm.groups import membership
from tests.web.conftest import Place
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def follows(place: Place, by: Account, *others: Account) -> None:
    async with place.at.db() as db:
        for other in others:
            await membership.follow_or_join(db, place.at.here, by, other, now=place.at.site.now())


def titles(at: Reader) -> list[str]:
    return at.all(".threads .title a")


async def test_a_list_is_made_filled_read_renamed_kept_out_of_home_and_deleted(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    await follows(place, ada, ben, cleo)
    for who in (ben, cleo):
        await place.write(who, f"From {who.handle}")
    async with reader(place.at, ada.handle) as at:
        await at.open("/lists")
        await at.press("/lists", title="Suppliers")
        path = at.path.removesuffix("/edit")
        made = at.note
        await at.open(path)
        empty = at.text
        await at.open(f"{path}/edit")
        await at.press(f"{path}/add", who=f"@{ben.handle}")
        inside = at.all(".entries .name")
        await at.open(path)
        read = titles(at)
        await at.open(f"{path}/edit")
        await at.press(f"{path}/edit", title="Those who deliver", is_exclusive="yes", replies="none")
        await at.open("/lists")
        listed = at.all(".group-lines li")
        await at.open("/home")
        home = titles(at)
        await at.open(f"{path}/edit")
        await at.press(f"{path}/take_out", account=str(ben.id))
        left = at.all(".entries .name")
        await at.press(f"{path}/delete")
        gone = (at.note, at.text, (await at.open(path)).status)

    assert made == "Your list is there. Put somebody in."
    assert "Nobody is in this list" in empty
    assert inside == [ben.shown_name]
    assert read == [f"From {ben.handle}"]
    assert listed == ["Those who deliver not in home"]
    assert home == [f"From {cleo.handle}"]
    assert left == []
    assert gone[0] == "Deleted."
    assert "You have made no list yet." in gone[1]
    assert gone[2] == 404


async def test_what_cannot_be_is_said_and_what_was_typed_stays(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    await follows(place, ada, ben)
    async with reader(place.at, ada.handle) as at:
        await at.open("/lists")
        await at.press("/lists", title=" ")
        nameless = (at.status, at.all(".wrong"))
        await at.press("/lists", title="Near")
        path = at.path.removesuffix("/edit")
        said: list[tuple[int, list[str], str | None]] = []
        for who in ("nobody_here", cleo.handle):
            await at.press(f"{path}/add", who=who)
            said.append((at.status, at.all(".wrong"), at.attribute("#field-who", "value")))
        await at.press(f"{path}/add", who=ben.handle)
        await at.press(f"{path}/add", who=ben.handle)
        twice = (at.status, at.all(".wrong"))
        await at.press(f"{path}/edit", title=" ")
        unnamed = (at.status, at.all(".wrong"))

    assert nameless == (422, ["Please give the list a name."])
    assert said == [
        (422, ["Nobody is known by this address. Write it like name or name@other.example."], "nobody_here"),
        (422, [f"You do not follow {cleo.shown_name}. Follow first."], cleo.handle),
    ]
    assert twice == (422, ["They are in this list already."])
    assert unnamed == (422, ["Please give the list a name."])


async def test_s097_lists_of_others_are_not_there(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at, reader(place.at, ben.handle) as other:
        await at.open("/lists")
        await at.press("/lists", title="Mine")
        path = at.path.removesuffix("/edit")
        await other.open("/lists")
        token = other.attribute("input[name=csrf_token]", "value") or ""
        answers = [(await other.open(each)).status for each in (path, f"{path}/edit")]
        for verb in ("edit", "add", "take_out", "delete"):
            sent = {"csrf_token": token, "title": "x", "who": ben.handle, "account": str(ben.id)}
            answers.append((await other.http.post(f"{path}/{verb}", data=sent)).status_code)
        still = (await at.open(path)).status

    assert answers == [404] * 6
    assert still == 200


async def test_a_group_is_kept_out_of_home_and_let_in_again(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ben, ada)
    await place.write(ben, "Ours broke.", group, title="Which oven?")
    async with reader(place.at, ada.handle) as at:
        await at.open("/lists")
        await at.press("/lists/groups", group=str(group.id))
        kept = at.text
        hidden = titles(await at.open("/home"))
        await at.open("/lists")
        await at.press("/lists/groups", group=str(group.id))
        shown = titles(await at.open("/home"))

    assert "not in home" in kept
    assert hidden == []
    assert shown == ["Which oven?"]


async def test_a_tag_is_followed_from_its_page_and_from_the_list_of_tags(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    await place.write(ben, "New booth #Pulverlack")
    async with reader(place.at, ada.handle) as at, reader(place.at) as visitor:
        await visitor.open("/tags/pulverlack")
        await at.open("/tags/pulverlack")
        await at.press("/lists/tags/follow", tag="pulverlack")
        followed = (at.path, at.note)
        home = titles(await at.open("/home"))
        await at.open("/tags/pulverlack")
        await at.press("/lists/tags/unfollow", tag="pulverlack")
        unfollowed = (at.path, at.note)
        empty = titles(await at.open("/home"))
        await at.open("/lists")
        await at.press("/lists/tags/follow", tag="two words")
        wrong = (at.status, at.all(".wrong"), at.attribute("#field-tag", "value"))
        await at.press("/lists/tags/follow", tag="#Zink")
        tags = at.all(".entries p a")

    assert visitor.attribute("form[action='/lists/tags/follow']", "action") is None
    assert followed == ("/tags/pulverlack", "You follow this tag now.")
    assert home == ["New booth #Pulverlack"]
    assert unfollowed == ("/tags/pulverlack", "You do not follow this tag any more.")
    assert empty == []
    assert wrong == (422, ["A tag is one word of letters, digits and underscores."], "two words")
    assert tags == ["#Zink"]
