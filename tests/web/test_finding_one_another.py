"""Pages of people and groups, here and elsewhere, and how one joins and follows (D18, D76; product 4)."""

import json
from urllib.parse import quote

import pytest

from fedcomm.accounts import profiles
from fedcomm.accounts.profiles import Changes
from fedcomm.threads import reactions
from tests import running
from tests.kit import FakePeer, answers
from tests.running import MakeDatabase
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACTIVITY = {"Accept": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'}


async def test_home_shows_what_is_new_by_group_for_who_likes_it_so_and_keeps_the_choice(place: Place) -> None:
    ada = await place.person("ada")
    quiet, busy, empty = [await place.group(ada, name=name) for name in ("quiet", "busy", "empty")]
    await place.write(ada, "One.", quiet, title="The only one")
    for number in range(6):
        await place.write(ada, "More.", busy, title=f"Thread {number}")
    async with reader(place.at, ada.handle) as at:
        await at.open("/home?by=group")
        asked = (at.all(".by-group h3:not(.title)"), at.all(".by-group .title"))
        await at.open("/home")
        kept = at.all(".by-group h3:not(.title)")
        await at.open("/home?by=time")

    assert asked[0] == kept == [busy.shown_name, quiet.shown_name]
    assert asked[1] == [*(f"Thread {number}" for number in (5, 4, 3, 2)), "The only one"]
    assert (at.all(".by-group"), empty.shown_name in at.text) == ([], True)


async def test_joining_and_leaving_a_group(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada)
    async with reader(place.at, ben.handle) as at:
        await at.open(f"/@{bakers.handle}")
        await at.press(f"/@{bakers.handle}/join")
        joined = at.note
        listed = (await at.open("/groups")).all("[aria-labelledby=mine] h3")
        await at.open(f"/@{bakers.handle}")
        await at.press(f"/@{bakers.handle}/leave")

        assert joined == "You are in. Say hello, or ask what you have always wanted to ask."
        assert listed == [bakers.name]
        assert at.note == "You are no longer a member."


async def test_the_directory_of_groups_has_pages_and_every_group_stands_on_one(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    made = {(await place.group(ada, name=f"guild{number}")).shown_name for number in range(45)}
    mine = await place.group(ben)
    await place.write(ben, "More.", mine, title="Which oven?")
    pages: list[list[str]] = []
    async with reader(place.at, ben.handle) as at:
        await at.open("/groups")
        while True:
            pages.append(at.all("[aria-labelledby=here] h3"))
            older = at.attribute('a[rel="next"]', "href")
            if older is None:
                break
            await at.open(f"/groups{older}")
            assert at.all("[aria-labelledby=mine] h3") == [], "one's own stand on the first page"
        for page in reversed(pages[:-1]):
            await at.open(f"/groups{at.attribute('a[rel=prev]', 'href')}")
            assert at.all("[aria-labelledby=here] h3") == page
        first = (at.attribute('a[rel="prev"]', "href"), at.all("[aria-labelledby=mine] h3"))
        beyond = (await at.open("/groups?max_id=1")).status

    listed = [name for page in pages for name in page]
    assert all(len(page) == 20 for page in pages[:-1])
    assert len(listed) == len(set(listed))
    assert made <= set(listed)
    assert mine.shown_name not in listed
    assert first == (None, [mine.shown_name])
    assert beyond == 200


async def test_the_last_facilitator_hears_what_to_do_before_leaving(place: Place) -> None:
    ada = await place.person("ada")
    bakers = await place.group(ada)
    async with reader(place.at, ada.handle) as at:
        await at.open(f"/@{bakers.handle}")
        await at.press(f"/@{bakers.handle}/leave")

        assert at.status == 409
        assert "Appoint another one before you leave." in at.text


async def test_where_members_are_let_in_one_asks_and_waits(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    bakers = await place.group(ada, join_rule="request")
    page = f"/@{bakers.handle}"
    async with reader(place.at, ada.handle) as facilitator, reader(place.at, ben.handle) as at:
        async with reader(place.at, cleo.handle) as third:
            await (await third.open(page)).press(f"{page}/join")
        await at.open(page)
        await at.press(f"{page}/join")
        asked = (at.note, "Your request is waiting" in at.text)
        await facilitator.open(f"{page}/waiting")
        await facilitator.press(f"{page}/admit", account=str(ben.id))
        await facilitator.press(f"{page}/refuse", account=str(cleo.id))
        outsider = (await at.open(f"{page}/waiting")).status

        assert asked == ("Your request is on its way. You will be a member as soon as the group says yes.", True)
        assert "Nobody is waiting" in facilitator.text
        assert outsider == 403
        await at.open(page)
        assert at.page.css_first(f"form[action='{page}/leave']") is not None


async def test_a_new_group_is_founded_on_a_page(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/new_group")
        await at.press("/new_group", name="Paint shops", handle="Admin", purpose="", for_whom="")
        refused = (at.status, at.all("#wrong-handle"))
        await at.press("/new_group", name="Paint shops", handle="Paint_Shops", purpose="Paint.", for_whom="All.")

        assert refused == (422, ["This handle is reserved. Please choose another."])
        assert at.path == "/@paint_shops"
        assert (at.all("h1"), at.all(".lead")) == (["Paint shops"], ["Paint."])
        assert "All." in at.text


async def test_who_decides_about_followers_is_asked_in_their_notices(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with place.at.db() as db:
        await profiles.edit(db, place.at.here, ada, Changes(is_locked=True), now=place.at.site.now())
    async with reader(place.at, ben.handle) as at, reader(place.at, ada.handle) as asked:
        await at.open(f"/@{ada.handle}")
        await at.press(f"/@{ada.handle}/follow")
        note = at.note
        await place.at.settle()
        await asked.open("/notifications")
        said = asked.all(".notices .what")
        await asked.press(f"/@{ben.handle}/let_follow")
        await at.open(f"/@{ada.handle}")
        await at.press(f"/@{ada.handle}/unfollow")

        assert note == "You have asked to follow them."
        assert said == [f"{ben.name} would like to follow you"]
        assert asked.note == "They follow you now."
        assert at.note == "You do not follow them any more."


async def test_notices_say_what_happened_and_are_new_once(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    root = await place.write(ada, "Ours broke.", await place.group(ada, ben), title="Which oven?")
    async with reader(place.at, ben.handle) as at, reader(place.at, ada.handle) as told:
        await at.open(f"/@{ada.handle}/{root.id}")
        await at.press(f"/p/{root.id}/favourite")
        await place.at.settle()  # who is told of two things at once is told in any order
        await at.press(f"/p/{root.id}/reply", text="The red one.")
        await place.at.settle()
        await told.open("/home")
        counted = told.all("header .count")
        await told.open("/notifications")
        lines, marked = told.all(".notices .what"), len(told.page.css(".notices .is-new"))
        await told.open("/notifications")

        assert counted == ["2 new"]
        assert lines == [
            f"{ben.name} replied to you: Which oven?",
            f"{ben.name} is in the same situation: Which oven?",
        ]
        assert marked == 2
        assert told.page.css(".notices .is-new") == []


async def test_many_who_like_one_post_are_told_in_one_line(place: Place) -> None:
    ada, *others = [await place.person(handle) for handle in ("ada", "ben", "cleo", "dora")]
    root = await place.write(ada, "Ours broke.", await place.group(ada, *others), title="Which oven?")
    for each in others:
        async with place.at.db() as db:
            await reactions.favourite(db, place.at.here, each, root.id, now=place.at.site.now())
        await place.at.settle()
    async with reader(place.at, ada.handle) as told:
        await told.open("/notifications")

        _, cleo, dora = others
        assert told.all(".notices .what") == [
            f"{dora.name}, {cleo.name} and 1 other are in the same situation: Which oven?"
        ]


async def test_a_page_asked_for_by_another_server_is_its_document(place: Place) -> None:
    ada = await place.person("ada")
    bakers = await place.group(ada)
    root = await place.write(ada, "Ours broke.", bakers, title="Which oven?")
    pages = {f"/@{ada.handle}": ada.uri, f"/@{bakers.handle}": bakers.uri, f"/@{ada.handle}/{root.id}": root.uri}
    async with place.at.client() as client:
        for path, uri in pages.items():
            answer = await client.get(path, headers=ACTIVITY)
            page = await client.get(path, headers={"Accept": "text/html"})

            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("application/activity+json")
            assert json.loads(answer.content)["id"] == uri
            assert "Accept" in answer.headers["vary"]
            assert "Accept" in page.headers["vary"]
            assert f'type="application/activity+json" href="{uri}"'.replace("/", "&#x2f;") in page.text.replace(
                "application/activity+json", "application&#x2f;activity+json"
            )
        back = await client.get(f"/p/{root.id}", headers={"Accept": "text/html"})
        hidden = await client.get("/@nobody", headers=ACTIVITY)
    assert (back.status_code, back.headers["location"]) == (303, root.url)
    assert hidden.status_code == 404


async def test_hidden_and_missing_look_alike(place: Place) -> None:
    ada = await place.person("ada")
    root = await place.write(ada, "Ours broke.", await place.group(ada), title="Which oven?")
    async with reader(place.at) as visitor:
        async with place.at.db() as db:
            await db.execute("UPDATE post SET state = 'held' WHERE id = $1", root.id)
        hidden = await visitor.open(f"/@{ada.handle}/{root.id}")
        first = (hidden.status, hidden.text)
        missing = await visitor.open(f"/@{ada.handle}/{root.id + 1}")

    assert first == (missing.status, missing.text)
    assert missing.status == 404


@pytest.mark.asyncio(loop_scope="function")
async def test_a_group_elsewhere_is_found_joined_and_written_to_from_here(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (home, away):
        ada = await home.person("ada", password=running.PASSWORD)
        ben = await away.person("ben", password=running.PASSWORD)
        bakers = await away.group(ben, "bakers")
        async with reader(home, ada.handle) as at, reader(home) as visitor, reader(away, ben.handle) as there:
            await at.open("/find")
            await at.press("/find", address=bakers.full_handle)
            found = at.all("h2 .name")
            await at.press(f"/{bakers.full_handle}/join")
            asked = at.note
            await running.settle(home, away)
            await at.open(f"/{bakers.full_handle}")
            member = at.page.css_first(f"form[action='/{bakers.full_handle}/leave']") is not None
            group_id = (at.attribute("a[href^='/compose?group=']", "href") or "").partition("=")[2]
            await at.open(f"/compose?group={group_id}")
            await at.press("/compose", title="Which oven?", text="Ours broke.")
            unconfirmed = at.text
            await running.settle(home, away)
            await there.open("/home")
            await there.open(there.attribute(".threads h3 a", "href") or "")
            thread = there.path
            robots = there.attribute("meta[name=robots]", "content")
            canonical = there.attribute("link[rel=canonical]", "href")
            await there.press(f"/p/{thread.rsplit('/', 1)[1]}/reply", text="The red one.")
            await running.settle(home, away)
            await at.open("/home")
            await at.open(at.attribute(".threads li:last-child h3 a", "href") or "")
            reply = at.text
            await visitor.open(f"/{bakers.full_handle}")

            assert found == [bakers.name]
            assert asked.startswith("Your request is on its way.")
            assert member
            assert "Not yet confirmed by the group's server" in unconfirmed
            assert thread.startswith(f"/@ada@{home.domain}/")
            assert (robots, canonical) == (
                "noindex",
                f"{home.url}/@ada/{canonical.rsplit('/', 1)[1] if canonical else ''}",
            )
            assert "The red one." in reply
            assert "Not yet confirmed" not in reply
            assert visitor.attribute("link[rel=canonical]", "href") == bakers.url
            assert visitor.attribute("meta[name=robots]", "content") == "noindex"


@pytest.mark.asyncio(loop_scope="function")
async def test_people_who_are_sent_here_by_another_server_come_to_what_they_wanted(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (home, away):
        ada = await home.person("ada", password=running.PASSWORD)
        ben = await away.person("ben", password=running.PASSWORD)
        async with reader(away, ben.handle) as there:
            await there.open("/compose")
            await there.press("/compose", group="own", text="Back from the fair.")
            thread = there.path
        async with reader(home, ada.handle) as at, reader(away) as visitor:
            await visitor.open(thread)
            await visitor.open(visitor.attribute(".reply-form a.quiet", "href") or "")
            await visitor.press("/interact", server=f"@ada@{home.domain}")
            target = visitor.attribute("main a.primary", "href") or ""
            await at.open(target.removeprefix(home.url))
            post = at.text
            await at.open(f"/authorize_interaction?uri={ben.uri}")

            assert target.startswith(f"{home.url}/authorize_interaction?uri=")
            assert "Back from the fair." in post
            assert at.all("h2 .name") == [ben.name]


@pytest.mark.parametrize(
    ("template", "leads"),
    [
        ("https://web.elsewhere.example/intent?to={uri}&x=1", "https://web.elsewhere.example/intent?to="),
        ("javascript:alert('{uri}')", None),
        ("https://ada@elsewhere.example/?to={uri}", None),
        ("https://elsewhere.example/without", None),
    ],
)
async def test_a_visitor_is_shown_the_way_that_their_own_server_names(
    place: Place, template: str, leads: str | None
) -> None:
    """Its WebFinger says where its people follow others; what is no page is not taken (S130)."""
    ada = await place.person("ada")
    async with FakePeer() as peer, reader(place.at) as visitor:
        ines = peer.add("ines")
        said = peer.describe(ines)
        said["links"].append({"rel": "http://ostatus.org/schema/1.0/subscribe", "template": template})
        peer.server.on("/.well-known/webfinger", answers.document(said, content_type=answers.JRD_JSON))
        await visitor.open(f"/interact?uri={quote(ada.uri, safe='')}")
        await visitor.press("/interact", server=f"@ines@{peer.server.authority}")
        target = visitor.attribute("main a.primary", "href") or ""
        host = "web.elsewhere.example" if leads else peer.server.authority

    assert target.startswith(leads or f"http://{peer.server.authority}/authorize_interaction?uri=")
    assert quote(ada.uri, safe="") in target
    assert host in visitor.text


async def test_a_page_elsewhere_finds_out_where_a_member_writes_and_what_it_hands_over_stands_there(
    place: Place,
) -> None:
    """FEP-3b86, `Create`: sites share something through whoever reads them, by their handle."""
    ada = await place.person("ada")
    group = await place.group(ada)
    links: dict[str, list[str]] = {}
    async with place.at.client() as http:
        for who in (ada, group):
            asked = {"resource": f"acct:{who.handle}@{who.handle_domain}"}
            said = (await http.get("/.well-known/webfinger", params=asked)).json()["links"]
            links[who.handle] = [each["template"] for each in said if each["rel"] == "https://w3id.org/fep/3b86/Create"]
    assert links[group.handle] == []
    (template,) = links[ada.handle]
    url = template.replace("{name}", quote("An oven")).replace("{content}", quote("Who needs it? https://x.example/1"))

    async with reader(place.at, ada.handle) as at:
        await at.open(url.removeprefix(place.at.url))

        assert at.attribute("input[name=title]", "value") == "An oven"
        assert "Who needs it? https://x.example/1" in at.text


async def test_somebody_one_follows_is_recommended_on_ones_page_until_one_takes_it_back(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    page, own = f"/@{ben.handle}", f"/@{ada.handle}"
    async with reader(place.at, ada.handle) as at, reader(place.at) as visitor:
        await at.open(page)
        before = at.page.css(f"form[action='{page}/endorse']")
        await at.press(f"{page}/follow")
        await at.press(f"{page}/endorse")
        note = at.note
        shown = (await at.open(own)).all("aside .search-people .name")
        to_all = (await visitor.open(own)).all("aside .search-people .name")
        await at.open(page)
        await at.press(f"{page}/unendorse")
        left = (await at.open(own)).all("aside .search-people .name")

    assert before == []
    assert note == "They stand on your page now."
    assert shown == [ben.shown_name]
    assert to_all == []
    assert left == []
