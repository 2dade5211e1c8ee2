"""Name, logo and colour of an instance, on every page and where it is installed (issue 5: branding)."""

import io

import msgspec
import pytest
from PIL import Image

from tests import running
from tests.running import MakeDatabase
from tests.web.reader import reader


def picture(size: tuple[int, int] = (300, 200)) -> bytes:
    """A blue logo."""
    out = io.BytesIO()
    Image.new("RGB", size, (0, 61, 124)).save(out, "PNG")
    return out.getvalue()


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
