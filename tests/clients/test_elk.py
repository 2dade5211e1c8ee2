"""Elk, a web client of another project, led through a day of a member (`FEDCOMM_CLIENT_ELK`: its built server)."""

from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from tests.clients import serving
from tests.clients.watching import Asking, Tour, tour
from tests.clients.world import World
from tests.media.test_uploads import picture
from tests.running import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.client("ELK")]

OLD_DIALOGS = "delete window.showOpenFilePicker"
"""Files are chosen through a field, which tests can fill, as in browsers without the newer dialog."""


NO_MODELS = "Model not available"
"""It would like this browser to tell languages."""


async def test_elk_leads_a_member_through_groups(
    world: World, client_folder: Path, chromium: str, tmp_path: Path
) -> None:
    asking = Asking(world.association, world.chapter)
    script = client_folder / "server" / "index.mjs"
    at = world.association.domain
    settings = {"NUXT_PUBLIC_DEFAULT_SERVER": at, "NUXT_STORAGE_FS_BASE": str(tmp_path / "elk")}
    async with (
        serving.node(script, world.certificates, world.authority, tmp_path, **settings) as url,
        tour(chromium, asking, "elk") as led,
    ):
        await led.context.add_init_script(OLD_DIALOGS)
        await _log_in(led, url, at)
        await _home_and_group(led)
        await _thread(led)
        await _vote(led)
        await _post(led)
        await _ask(led)
        await _edit(led)
        await _boost(led)
        await _remote_group(led, world)
        await _list(led)
        await _live(led, world)
        await _notifications(led, world)
        complaints = set(led.complaints)
        # Signed out it turns to the server that its makers run, which is not to be had here.
        await _log_out(led)

    assert any("/api/v1/streaming" in each for each in led.sockets)
    assert asking.troubles == []
    assert complaints <= {NO_MODELS}
    # It has not asked for pushes, and says by this that it would like to know.
    assert asking.refused() == {("GET", "/api/v1/push/subscription", 404)}
    assert asking.too_often() == []


async def _log_in(led: Tour, url: str, at: str) -> None:
    page = led.page
    await page.goto(f"{url}/{at}/public/local")
    await expect(page.get_by_text("Which primer holds")).to_be_visible()
    await page.get_by_role("button", name="Sign in").first.click()
    server = page.locator("input[inputmode=url]")
    await server.fill(at)
    await server.press("Enter")
    await page.locator("#field-login").fill("dora")
    await page.locator("#field-password").fill(PASSWORD)
    await page.locator("main form[action='/sign_in'] button").click()
    await page.locator("button[value=allow]").click()
    await expect(page.get_by_text("Which primer holds")).to_be_visible()
    # Signed in for the first time it listens to no stream, if it has seen the server before.
    await page.reload()
    await expect(page.get_by_text("Which primer holds")).to_be_visible()


async def _home_and_group(led: Tour) -> None:
    page = led.page
    await led.picture("home")
    await page.get_by_role("link", name="Paint shops").last.click()
    await expect(page.get_by_text("Owners of paint shops ask and answer")).to_be_visible()
    await expect(page.get_by_text("Which primer holds")).to_be_visible()
    await led.picture("group")


async def _thread(led: Tour) -> None:
    page = led.page
    await page.get_by_text("Which primer holds").click()
    for said in ("T-wash", "How long do you wait", "tried powder"):
        await expect(page.get_by_text(said).first).to_be_visible()
    await led.picture("thread")


async def _vote(led: Tour) -> None:
    page = led.page
    await _go_home(led)
    await page.get_by_text("12 December").click()
    async with page.expect_response("**/votes"):
        await page.get_by_role("button", name="Vote").click()
    # Until it asks, it counts the first vote twice.
    await page.get_by_role("button", name="Update poll").click()
    await expect(page.get_by_text("1 vote")).to_be_visible()
    await led.picture("voted")


async def _compose(led: Tour, *lines: str) -> None:
    page = led.page
    await page.locator("a[href='/compose']:visible").first.click()
    await page.wait_for_url("**/compose")
    text = page.locator(".ProseMirror:visible")
    await expect(text).to_have_count(1)
    await expect(page.get_by_role("button", name="Publish")).to_be_visible()
    await text.click()
    await expect(text).to_be_focused()
    for number, line in enumerate(lines):
        if number:
            await page.keyboard.press("Enter")
        await page.keyboard.type(line)
    # What begins with a name is an empty draft to it, and is thrown away while one types: so the group comes last.
    await page.keyboard.type(" ")


async def _publish(led: Tour, said: str) -> None:
    """Send it, and see it at home."""
    page = led.page
    await page.get_by_role("button", name="Publish").click()
    await expect(page.locator(".ProseMirror:visible")).to_have_text("")
    await _go_home(led)
    await _see(led, said)


async def _go_home(led: Tour) -> None:
    await led.page.locator("a[href='/home']:visible").first.click()
    await led.page.wait_for_url("**/home")
    await expect(
        led.page.get_by_text("What is on your mind?").or_(led.page.locator(".ProseMirror")).first
    ).to_be_visible()


async def _see(led: Tour, said: str) -> None:
    """It is there, or waits behind a button for what came meanwhile."""
    news = led.page.locator("#elk_show_new_items")
    await expect(led.page.get_by_text(said).or_(news).first).to_be_visible()
    if await news.is_visible():
        await news.click()
    await expect(led.page.get_by_text(said).first).to_be_visible()


async def _post(led: Tour) -> None:
    page = led.page
    await _compose(led, "Our new oven", "It came on Monday.")
    await page.keyboard.type("@pai", delay=50)
    await page.locator("[data-tippy-root] button", has_text="Paint shops").click()
    async with page.expect_file_chooser() as opened:
        await page.get_by_role("button", name="Add images, a video or an audio file").click()
    shown: FilePayload = {"name": "oven.png", "mimeType": "image/png", "buffer": picture(size=(600, 400))}
    await (await opened.value).set_files(shown)
    await expect(page.locator("img[src*='/media/files/']").first).to_be_visible()
    await led.picture("composing")
    await _publish(led, "It came on Monday.")
    await led.picture("posted")


async def _ask(led: Tour) -> None:
    page = led.page
    await _compose(led, "Who needs the old one?", "It stands in the yard.")
    await page.keyboard.insert_text("@paint_shops ")
    await page.get_by_role("button", name="Create poll").click()
    await page.get_by_placeholder("Poll choice 1/").fill("I do")
    await page.get_by_placeholder("Poll choice 2/").fill("Not me")
    await led.picture("asking")
    await _publish(led, "Not me")
    await led.picture("asked")


async def _edit(led: Tour) -> None:
    page = led.page
    await page.get_by_text("It came on Monday.").first.click()
    await page.get_by_role("button", name="More").first.click()
    await page.get_by_text("Edit", exact=True).click()
    text = page.locator(".ProseMirror:visible").last
    await expect(text).to_contain_text("It came on Monday.")
    await led.picture("editing")
    await text.click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(" Or Tuesday.")
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("It came on Monday. Or Tuesday.").first).to_be_visible()
    await led.picture("edited")


async def _boost(led: Tour) -> None:
    page = led.page
    await _go_home(led)
    await page.get_by_role("button", name="Boost").first.click()
    await expect(page.get_by_role("button", name="Boosted").first).to_be_visible()
    await led.picture("boosted")


async def _remote_group(led: Tour, world: World) -> None:
    page = led.page
    await page.locator("a[href='/search']:visible").first.click()
    await page.get_by_placeholder("Search").locator("visible=true").first.fill(f"@north@{world.chapter.domain}")
    await page.get_by_text("North", exact=True).locator("visible=true").first.click()
    await expect(page.get_by_text("The shops of the northern chapter")).to_be_visible()
    await page.get_by_role("button", name="Follow").first.click()
    await world.until_in_north()
    await led.picture("followed")


async def _list(led: Tour) -> None:
    page = led.page
    await page.locator("a[href$='/lists']:visible").first.click()
    await expect(page.get_by_text("Group: North")).to_be_visible()
    await led.picture("lists")
    await page.get_by_text("Group: Paint shops").click()
    await expect(page.get_by_text("Who needs the old one?")).to_be_visible()
    await led.picture("list")


async def _live(led: Tour, world: World) -> None:
    """What others write meanwhile is announced without being asked for."""
    await _go_home(led)
    await world.ben.start("Fresh from the press", "The booth is done.", world.paint)
    await _see(led, "Fresh from the press")
    await led.picture("live")


async def _notifications(led: Tour, world: World) -> None:
    page = led.page
    async with world.association.site.read() as db:
        uri = await db.fetchval("SELECT uri FROM post WHERE title = 'Our new oven'")
    await world.ben.reply(uri, "Ours is colder.")
    await page.locator("a[href='/notifications']:visible").first.click()
    await expect(page.get_by_text("Ours is colder.").first).to_be_visible()
    await led.picture("notifications")


async def _log_out(led: Tour) -> None:
    page = led.page
    await page.get_by_role("button", name="Switch account").first.click()
    await page.get_by_text("Sign out").click()
    await expect(page.get_by_role("button", name="Sign in").first).to_be_visible()
    await led.picture("logged out")
