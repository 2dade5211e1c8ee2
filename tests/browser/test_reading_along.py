"""Reading a thread and answering by keyboard, on paper, and handing its address on."""

from typing import cast

import pytest
from playwright.async_api import expect

from tests.browser.browsing import Window, browser, tab_to, window
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def seen(at: Window, what: str) -> list[str]:
    """The text of what can be seen of this."""
    found = await at.page.evaluate(
        """what => [...document.querySelectorAll(what)].filter((each) => each.checkVisibility())
            .map((each) => (each.innerText || each.getAttribute("aria-label") || each.name || each.tagName).trim())""",
        what,
    )
    return cast("list[str]", found)


async def test_on_paper_a_thread_is_its_words_without_any_control(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association) as ada:
        await ada.sign_in("ada")
        await ada.open(f"/@ada/{world.question.id}")
        said = await seen(ada, "article .prose")
        controls = "nav, .foot, button, textarea, input, select, .reaction, summary"
        on_screen = await seen(ada, controls)
        await ada.page.emulate_media(media="print")

        assert on_screen
        assert await seen(ada, controls) == []
        assert len(said) > 1
        assert [text[:40] for text in await seen(ada, "article .prose")] == [text[:40] for text in said]
        assert await seen(ada, "article .byline time") != []


async def test_sharing_hands_over_the_address_of_a_thread(world: Stage, chromium: str) -> None:
    """To what the device offers; where it offers nothing, the address is copied, and said to be."""
    async with browser(chromium) as started, window(started, world.association) as cleo:
        await cleo.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=world.association.url)
        await cleo.page.add_init_script(
            """if (!location.search.includes("copy")) navigator.share = async (said) => { window.said = said; };
               else Object.defineProperty(navigator, "share", { value: undefined });"""
        )
        path = f"/@ada/{world.question.id}"
        await cleo.open(path)
        await cleo.page.get_by_role("button", name="Share").click()
        handed = await cleo.page.evaluate("window.said.url")
        await cleo.open(f"{path}?copy=yes")
        await cleo.page.get_by_role("button", name="Share").click()
        await expect(cleo.page.get_by_text("The link is copied.")).to_be_visible()
        copied = await cleo.page.evaluate("navigator.clipboard.readText()")

        assert handed == copied == f"{world.association.url}{path}"
        assert cleo.complaints == []


async def test_a_thread_is_read_and_answered_with_the_keyboard_alone(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association) as cleo:
        await cleo.sign_in("cleo")
        await cleo.open("/@paint_shops")
        await tab_to(cleo, world.question.title or "")
        await cleo.page.keyboard.press("Enter")
        await cleo.page.wait_for_url(f"**/@ada/{world.question.id}")
        await tab_to(cleo, "Reply")
        await cleo.page.keyboard.press("Enter")
        await expect(cleo.page.get_by_role("textbox", name="Your reply")).to_be_in_viewport()
        await tab_to(cleo, "Your reply")
        await cleo.page.keyboard.type("Said without a mouse.")
        await tab_to(cleo, "Reply")
        await cleo.page.keyboard.press("Enter")

        await expect(cleo.page.get_by_role("article").filter(has_text="Said without a mouse.")).to_be_visible()
        assert await cleo.unseen_focus() == []
        assert cleo.complaints == []
