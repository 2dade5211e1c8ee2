"""Phanpy, a web client of another project, led through a day of a member (`FEDCOMM_CLIENT_PHANPY`: its built files)."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from fedcomm.threads import changing, drafting
from tests.clients import serving
from tests.clients.watching import Asking, Tour, tour
from tests.clients.world import World
from tests.media.test_uploads import picture
from tests.running import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.client("PHANPY")]


async def test_phanpy_leads_a_member_through_groups(world: World, client_folder: Path, chromium: str) -> None:
    asking = Asking(world.association, world.chapter)
    async with serving.files(client_folder, world.certificates) as url, tour(chromium, asking, "phanpy") as led:
        await log_in(led, world, url)
        await _home_and_group(led)
        await _thread(led)
        await _vote(led)
        await _post(led)
        await _edit(led)
        await _boost(led)
        await _remote_group(led, world)
        await _list(led)
        await _live(led, world)
        await _notifications(led, world)
        await _log_out(led, world)

    assert led.sockets
    assert asking.troubles == []
    assert led.complaints == []
    assert asking.refused() == {("POST", "/oauth/revoke", 403)}
    assert asking.too_often() == []


async def log_in(led: Tour, world: World, url: str) -> None:
    page = led.page
    await page.goto(url + "/")
    async with led.context.expect_page() as opened:
        # Its form takes names with a dot only, so this goes the way of its links for one server.
        await page.evaluate(f"location.hash = '#/login?submit=1&instance={world.association.domain}'")
    window = await opened.value
    await window.locator("#field-login").fill("dora")
    await window.locator("#field-password").fill(PASSWORD)
    await window.locator("main form[action='/sign_in'] button").click()
    async with window.expect_event("close"):
        await window.locator("button[value=allow]").click()
    await expect(article(page, "Which primer holds")).to_be_visible()


def article(page: Page, text: str) -> Locator:
    """A post of a timeline."""
    return page.locator("article:visible", has_text=text).last


async def press(button: Locator) -> None:
    """Click what one of its passing messages or suggestions may lie upon."""
    await button.dispatch_event("click")


async def _home_and_group(led: Tour) -> None:
    page = led.page
    await expect(page.get_by_text("Paint shops").first).to_be_visible()
    await led.picture("home")
    await page.get_by_text("Paint shops").first.click()
    sheet = page.locator(".sheet")
    await expect(sheet).to_contain_text("Owners of paint shops ask and answer")
    await expect(sheet).to_contain_text("Group")
    await led.picture("group")
    await sheet.get_by_role("link", name="Posts").click()
    await expect(article(page, "Which primer holds")).to_be_visible()
    await led.picture("group timeline")
    await page.locator("a.home-button").click()


async def _thread(led: Tour) -> None:
    page = led.page
    await article(page, "Which primer holds").get_by_text("Which primer").click()
    deck = page.locator(".deck-backdrop")
    for said in ("T-wash", "How long do you wait", "tried powder"):
        await expect(deck).to_contain_text(said)
    await led.picture("thread")
    await page.locator(".deck-close").click()


async def _vote(led: Tour) -> None:
    asked = article(led.page, "Which Saturday")
    await asked.get_by_text("12 December").click()
    await asked.locator(".poll-vote-button").click()
    await expect(asked).to_contain_text("1 vote")
    await led.picture("voted")


async def _post(led: Tour) -> None:
    page = led.page
    await page.locator("#compose-button").click()
    text = page.locator("textarea[name=status]")
    # What it needs for its suggestions comes after the field.
    await page.wait_for_load_state("networkidle")
    await text.press_sequentially("@pai", delay=80)
    await page.locator(".text-expander-menu li", has_text="Paint shops").click()
    await text.press_sequentially("Our new oven\n\nIt came on Monday and is **hot**.")
    shown: FilePayload = {"name": "oven.png", "mimeType": "image/png", "buffer": picture(size=(600, 400))}
    await page.locator("#compose-container input[type=file]").set_input_files(shown)
    await page.get_by_placeholder("Image description").fill("A red oven")
    await press(page.locator("#compose-container button:has([data-icon=poll])"))
    await page.get_by_placeholder("Choice 1").fill("Too hot")
    await page.get_by_placeholder("Choice 2").fill("Just right")
    await led.picture("composing")
    await expect(_publish(page)).to_be_enabled()
    async with asyncio.timeout(30):
        while not await page.get_by_text("Post published").is_visible():
            # It takes descriptions over a little after they were typed, and asks back until then; the browser says no.
            await _publish(page).evaluate_all("found => found.forEach(each => each.click())")
            await page.wait_for_timeout(500)
    await page.get_by_text("Post published").click()
    deck = page.locator(".deck-backdrop")
    await expect(deck).to_contain_text("Our new oven")
    await expect(deck).to_contain_text("Just right")
    await expect(deck.get_by_text("A red oven").first).to_be_visible()
    await led.picture("posted")


def _publish(page: Page) -> Locator:
    """The button that sends what was composed."""
    return page.locator("#compose-container button[type=submit]")


async def _edit(led: Tour) -> None:
    page = led.page
    deck = page.locator(".deck-backdrop")
    await deck.locator(".more-button").first.click()
    await page.get_by_role("menuitem", name="Edit").click()
    text = page.locator("textarea[name=status]")
    await expect(text).to_have_value("Our new oven\n\nIt came on Monday and is **hot**.")
    await text.fill("Our new oven\n\nIt came on Tuesday and is **hot**.")
    await page.locator("#compose-container button[type=submit]").click()
    await expect(deck).to_contain_text("It came on Tuesday")
    await led.picture("edited")
    await page.locator(".deck-close").click()


async def _boost(led: Tour) -> None:
    page = led.page
    await article(page, "Which primer holds").get_by_text("Which primer").click()
    deck = page.locator(".deck-backdrop")
    await deck.locator(".reblog-button").first.click()
    await page.get_by_role("menuitem", name="Boost").click()
    await expect(deck.locator(".reblog-button.checked").first).to_be_visible()
    await led.picture("boosted")
    await page.locator(".deck-close").click()


async def _remote_group(led: Tour, world: World) -> None:
    page = led.page
    await page.evaluate(f"location.hash = '#/search?q=@north@{world.chapter.domain}'")
    found = page.locator(".account-block", has_text="North").first
    await expect(found).to_be_visible()
    await led.picture("search")
    await found.click()
    sheet = page.locator(".sheet")
    await expect(sheet).to_contain_text("The shops of the northern chapter")
    await press(sheet.get_by_role("button", name="Follow"))
    await expect(sheet.get_by_role("button", name="Requested")).to_be_visible()
    await world.until_in_north()
    await sheet.get_by_role("link", name="Posts").click()
    await expect(page.get_by_role("button", name="Following")).to_be_visible()
    await led.picture("following")


async def _list(led: Tour) -> None:
    page = led.page
    await page.evaluate("location.hash = '#/l'")
    await expect(page.get_by_text("Group: Paint shops")).to_be_visible()
    await led.picture("lists")
    await page.get_by_role("link", name="Group: Paint shops").click()
    await expect(article(page, "Which primer holds")).to_be_visible()
    await led.picture("list")
    await page.evaluate("location.hash = '#/'")


async def _live(led: Tour, world: World) -> None:
    """What others change meanwhile is there without being asked for."""
    page = led.page
    ada = world.ada
    at = world.association
    async with at.db() as db:
        said = "Which primer holds on hot-dip galvanised steel?\n\nNone of ours held for **ten years**."
        draft = await drafting.from_text(db, at.here, ada.account, said, editing=world.question, now=at.site.now())
        await changing.edit(db, at.here, ada.account, world.question.id, draft, now=at.site.now())
    await expect(article(page, "ten years")).to_be_visible()
    await led.picture("live")


async def _notifications(led: Tour, world: World) -> None:
    page = led.page
    async with world.association.site.read() as db:
        uri = await db.fetchval("SELECT uri FROM post WHERE title = 'Our new oven'")
    await world.ben.reply(uri, "Ours is colder.")
    await world.until_told("mention")
    # The bell gets its dot from the stream.
    await expect(page.locator(".notifications-button.has-badge")).to_be_visible()
    await page.locator(".notifications-button").click()
    await expect(page.get_by_text("Ours is colder.").first).to_be_visible()
    await led.picture("notifications")


async def _log_out(led: Tour, world: World) -> None:
    page = led.page
    await page.mouse.click(5, 895)
    await expect(page.get_by_text("Ours is colder.")).to_be_hidden()
    await page.locator(".nav-menu-button:visible").click()
    await page.get_by_role("menuitem", name="Accounts").click()
    await page.locator("#accounts-container .more-button").click()
    await page.get_by_role("menuitem", name="Log out").click()
    await led.picture("logging out")
    async with page.expect_response("**/oauth/revoke") as answered:
        await page.get_by_role("menuitem", name="Log out @dora").click()
    # It forgets which app it is, so that no server can take its token back (`client_id=undefined`).
    assert "client_id=undefined" in ((await answered.value).request.post_data or "")
    await expect(page.locator("#accounts-container")).to_contain_text("Logged out")
    await led.picture("logged out")
