"""Name, logo, colour and picture of an instance: on every page, where it is installed and linked (branding)."""

import io

import msgspec
import pytest
from PIL import Image

from fedcomm.accounts import profiles
from fedcomm.accounts.profiles import Changes
from fedcomm.media.storage import Store
from tests import running
from tests.running import MakeDatabase
from tests.web.reader import Reader, reader


def picture(size: tuple[int, int] = (300, 200), colour: tuple[int, int, int] = (0, 61, 124)) -> bytes:
    """A blue logo."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def colour_of(body: bytes) -> str:
    """Which of the three is strongest where the picture begins."""
    with Image.open(io.BytesIO(body)) as found:
        few = found.convert("RGB").crop((0, 0, 8, 8)).tobytes()
    return max(("red", few[0]), ("green", few[1]), ("blue", few[2]), key=lambda each: each[1])[0]


def size_of(body: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(body)) as found:
        return found.size


@pytest.mark.asyncio
async def test_a_place_gets_its_own_colour_name_and_logo_everywhere_and_can_give_them_back(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        async with reader(home, "ada") as at, reader(home) as visitor:
            ours = (await visitor.open("/about")).attribute("link[rel=stylesheet]", "href")
            await at.open("/admin/branding")
            await at.upload("/admin/branding", {"logo": picture()}, {"name": "Bakers", "accent": "#003D7C"})
            saved = at.note
            await visitor.open("/about")
            sheet = (await visitor.http.get(visitor.attribute("link[rel=stylesheet]", "href") or "")).text
            logo = await visitor.http.get(visitor.attribute("header img.logo", "src") or "")
            manifest = msgspec.json.decode((await visitor.http.get("/manifest.webmanifest")).content)
            icons = [await visitor.http.get(each["src"]) for each in manifest["icons"]]
            gone = await visitor.http.get("/icons/333.png")
            theme = visitor.attribute("meta[name=theme-color]", "content")
            for what in ("no logo", "own colour"):
                await at.press("/admin/branding", what=what)
            await visitor.open("/about")

    assert saved == "Saved."
    assert "--brand:#003d7c" in sheet
    assert (logo.status_code, logo.headers["x-content-type-options"]) == (200, "nosniff")
    assert (manifest["name"], manifest["theme_color"], theme) == ("Bakers", "#003d7c", "#003d7c")
    assert [size_of(each.content) for each in icons] == [(192, 192)] * 2 + [(512, 512)] * 2
    assert gone.status_code == 404
    assert visitor.attribute("link[rel=stylesheet]", "href") == ours
    assert visitor.page.css_first("header img.logo") is None


@pytest.mark.asyncio
async def test_a_linked_page_shows_a_picture_of_the_place_which_it_may_choose_itself(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url()) as home:
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        async with home.db() as db:
            changes = Changes(bio="Rye & wheat, and <b>nothing</b> else.")
            await profiles.edit(db, home.here, ada, changes, now=home.site.now())
        async with reader(home, "ada") as at, reader(home) as visitor:
            drawn = await visitor.http.get((await linked(visitor, "/about"))["og:image"])
            await at.open("/admin/branding")
            photo = picture((3000, 1000), (200, 30, 30))
            await at.upload("/admin/branding", {"picture": photo + bytes(1_500_000)}, {"name": "Bakers"})
            own = await visitor.http.get((await linked(visitor, "/about"))["og:image"])
            shown = (await visitor.http.get("/api/v2/instance")).json()["thumbnail"]["url"]
            person = await linked(visitor, "/@ada")
            kept = home.site.settings.picture
            await at.press("/admin/branding", what="no picture")
            again = await visitor.http.get((await linked(visitor, "/about"))["og:image"])
            lost = await home.site.service(Store).get(kept)

    assert [size_of(each.content) for each in (drawn, own, again)] == [(1200, 630)] * 3
    assert [colour_of(each.content) for each in (drawn, own)] == ["green", "red"]
    assert again.content == drawn.content
    assert shown == f"{home.url}/icons/wide.jpg?{shown.partition('?')[2]}"
    assert (person["og:title"], person["og:site_name"]) == ("Ada", "Bakers")
    assert person["og:description"] == person["description"] == "Rye & wheat, and <b>nothing</b> else."
    assert person["og:image"].startswith(f"{home.url}/media/headers/")
    assert (bool(kept), lost) == (True, None)


async def linked(visitor: Reader, path: str) -> dict[str, str]:
    """What those who show a link read of a page."""
    await visitor.open(path)
    found = {
        str(each.attributes.get("property") or each.attributes.get("name")): str(each.attributes.get("content"))
        for each in visitor.page.css("meta[content]")
    }
    return {name: said for name, said in found.items() if name.startswith("og:") or name == "description"}


@pytest.mark.asyncio
async def test_a_colour_nobody_could_read_is_darkened_and_it_is_said_why(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        async with reader(home, "ada") as at:
            await at.open("/admin/branding")
            await at.press("/admin/branding", accent="#ffcc00", what="try")
            tried = (at.status, at.text, home.site.settings.accent)
            await at.press("/admin/branding", accent="red", what="save")
            refused = (at.status, at.all("#wrong-accent"))
            await at.press("/admin/branding", name=" ", accent="#ffcc00")
            nameless = (at.status, at.all("#wrong-name"))
            await at.upload("/admin/branding", {"logo": b"<svg onload=alert(1)>"}, {"accent": "#ffcc00", "name": "B"})
            no_picture = (at.status, len(at.all("#wrong-logo")))

    assert tried[0] == 200
    assert "Your colour itself would have only 1.2 to 1 here" in tried[1]
    assert "Nothing is saved yet." in tried[1]
    assert tried[2] == ""
    assert refused[0] == nameless[0] == 422
    assert refused[1] == ["A colour is written as # and six digits or letters from a to f."]
    assert nameless[1] == ["Please give this place a name."]
    assert no_picture == (422, 1)


@pytest.mark.asyncio
async def test_without_a_connection_browsers_have_a_page_that_is_about_nobody(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home, reader(home) as visitor:
        worker = await visitor.http.get("/worker.js")
        kept = msgspec.json.decode(worker.text.split("const KEPT = ")[1].split(";")[0])
        answers = [await visitor.http.get(path) for path in kept]

    assert worker.headers["content-type"].startswith("text/javascript")
    assert "no-cache" in worker.headers["cache-control"]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "No connection" in answers[0].text
