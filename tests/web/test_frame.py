"""What stands around every page: language, zone, notes, errors, and what is about the instance itself."""

import io
import tarfile

import pytest

from fedcomm import __version__
from tests import running
from tests.running import MakeDatabase
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_visitors_read_the_language_of_their_browser_or_the_one_they_choose(place: Place) -> None:
    async with reader(place.at, locale="de-AT,de;q=0.9,en;q=0.5") as visitor:
        seen = [(await visitor.open("/sign_in")).attribute("html", "lang")]
        await visitor.press("/language", language="en")
        seen.append(visitor.attribute("html", "lang"))

    assert seen == ["de", "en"]
    assert visitor.path == "/sign_in"


async def test_members_read_the_language_they_chose_on_every_browser(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at, reader(place.at) as other:
        await at.open("/groups")
        await at.press("/language", language="de")
        await other.sign_in(ada.handle)

        assert at.path == "/groups"
        assert other.attribute("html", "lang") == "de"
        assert at.all("h1") == ["Gruppen"]


async def test_times_are_shown_in_the_members_zone_then_the_browsers_then_ours(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at, reader(place.at) as visitor:
        await visitor.open("/about")
        ours = visitor.all("footer .last")
        visitor.http.cookies.set("fedcomm_zone", "America/New_York")
        await visitor.open("/about")
        browsers = visitor.all("footer .last")
        visitor.http.cookies.set("fedcomm_zone", "../../etc/passwd")
        await visitor.open("/about")
        await at.open("/settings")
        await at.press("/settings", name="Ada", zone="Europe/Berlin")

        assert ours == ["Time zone: UTC"]
        assert browsers == ["Time zone: New York"]
        assert visitor.all("footer .last") == ["Time zone: UTC"]
        assert (at.note, at.all("footer .last")) == ("Saved.", ["Time zone: Berlin"])


async def test_a_profile_is_changed_and_what_is_wrong_is_said(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/settings")
        await at.press("/settings", name="", bio="I bake.", zone="Nowhere/Land")
        refused = (at.status, at.all("#wrong-name"), at.all("#wrong-zone"), at.all('textarea[name="bio"]'))
        await at.press("/settings", name="Ada B.", bio="I *bake*.", zone="UTC")
        await at.open(f"/@{ada.handle}")

        assert refused == (422, ["Please say your name."], ["This time zone is not known."], ["I bake."])
        assert (at.all("h1"), at.all(".banner em")) == (["Ada B."], ["bake"])


async def test_a_note_is_shown_once_and_only_ours(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        name = f"fedcomm_{place.at.url.rsplit(':', 1)[1]}_note"
        at.http.cookies.set(name, "saved", domain="localhost.local", path="/")
        shown = (await at.open("/home")).note
        again = (await at.open("/home")).note
        at.http.cookies.set(name, "<b>Send us your password</b>", domain="localhost.local", path="/")
        forged = (await at.open("/home")).note

    assert (shown, again, forged) == ("Saved.", "", "")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [("/no/such/page", 404, "Hier ist nichts"), ("/admin/peers", 403, "Diese Seite ist für die Menschen")],
)
async def test_errors_are_pages_in_the_readers_language(place: Place, path: str, status: int, said: str) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle, locale="de") as at:
        await at.open("/home")
        await at.press("/language", language="de")
        await at.open(path)

        assert at.status == status
        assert said in at.text
        assert at.page.css_first("header nav") is not None


async def test_client_apps_get_errors_as_json_at_the_same_address(place: Place) -> None:
    async with place.at.client() as client:
        answer = await client.get("/no/such/page", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})


async def test_the_source_of_what_runs_is_offered_whole_and_alone(place: Place) -> None:
    async with reader(place.at) as visitor:
        await visitor.open("/source")
        link = visitor.attribute("main a[download]", "href") or ""
        answer = await visitor.http.get(link)

    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        names = archive.getnames()
    top = f"fedcomm-{__version__}/"
    assert answer.headers["content-type"] == "application/gzip"
    assert {top + name for name in ("LICENSE", "run", "fedcomm/app.py", "migrations/0001_ground.sql")} <= set(names)
    assert all(name.startswith(top) for name in names)
    assert not [name for name in names if "__pycache__" in name or "/.git/" in name or "/.venv" in name]


@pytest.mark.asyncio(loop_scope="function")
async def test_an_operator_who_publishes_the_source_elsewhere_is_believed(database_url: MakeDatabase) -> None:
    where = "https://code.example/our-fedcomm"
    async with running.instance(await database_url(), FEDCOMM_SOURCE_URL=where) as at, at.client() as client:
        answer = await client.get("/source", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.headers["location"]) == (303, where)


async def test_home_comes_in_pages_without_a_gap(place: Place) -> None:
    ada = await place.person("ada")
    bakers = await place.group(ada)
    wanted = [f"Question {number}?" for number in range(45, 0, -1)]
    for title in reversed(wanted):
        await place.write(ada, "Well?", bakers, title=title)
    async with reader(place.at, ada.handle) as at:
        await at.open("/home")
        found = at.all(".threads h3")
        back: list[str | None] = [at.attribute(".pager a[rel=prev]", "href")]
        while older := at.attribute(".pager a[rel=next]", "href"):
            await at.open(f"/home{older}")
            found += at.all(".threads h3")
            back.append(at.attribute(".pager a[rel=prev]", "href"))
        await at.open(f"/home{back[-1]}")

    assert found == wanted
    assert back[0] is None
    assert at.all(".threads h3") == wanted[20:40]


async def test_what_is_new_is_marked_until_it_was_looked_at(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    await place.write(ada, "Ours broke.", bakers, title="Which oven?")
    async with reader(place.at, ben.handle) as at:
        first = (len(at.page.css(".threads .is-new")), at.all("aside .count"))
        await at.open("/home")

    assert first == (1, ["1 new"])
    assert at.page.css(".threads .is-new") == []


async def test_the_front_page_is_for_visitors_and_shows_what_everybody_may_read(place: Place) -> None:
    ada = await place.person("ada")
    await place.write(ada, "Ours broke.", await place.group(ada), title="A thread for the front page")
    async with reader(place.at) as visitor, reader(place.at, ada.handle) as member:
        assert "A thread for the front page" in (await visitor.open("/")).all(".threads h3")
        assert (await member.open("/")).path == "/home"


async def test_tags_lead_to_the_posts_that_carry_them(place: Place) -> None:
    ada = await place.person("ada")
    await place.write(ada, "Rye today. #sourdough")
    async with reader(place.at) as visitor:
        await visitor.open(f"/@{ada.handle}")
        await visitor.open("/tags/Sourdough")

        assert visitor.all("h1") == ["#Sourdough"]
        assert visitor.all(".threads h3") == ["Rye today. #sourdough"]


async def test_members_choose_how_pages_look_to_them(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at, reader(place.at, ada.handle) as elsewhere:
        before = (await at.open("/settings")).page.css_first("html[data-look], html[data-contrast]")
        await at.press("/settings", name="Ada", zone="UTC", look="dark", contrast="yes")
        await elsewhere.open("/home")

        assert before is None
        assert elsewhere.attribute("html", "data-look") == "dark"
        assert elsewhere.attribute("html", "data-contrast") == "more"
        await at.press("/settings", name="Ada", zone="UTC", look="purple")
        assert at.status == 422


async def test_the_page_about_this_place_says_with_which_servers_it_exchanges_posts(
    place: Place, database_url: MakeDatabase
) -> None:
    """Product 16: the mode of federation is shown there."""
    async with running.instance(await database_url(), FEDCOMM_FEDERATION="allowlist") as closed:
        said: list[str] = []
        for at in (place.at, closed):
            async with reader(at) as visitor:
                said += (await visitor.open("/about")).all("#federation p")
    assert [each.partition(":")[0] for each in said] == ["Open", "Closed"]
