"""A Chromium for tests: pages that must load whole, quietly, and fit their window."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, cast

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.running import PASSWORD, Instance

Scheme = Literal["light", "dark"]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"]


@asynccontextmanager
async def browser(chromium: str, *, pause: float = 0) -> AsyncGenerator[Browser]:
    """A running browser; `pause`: milliseconds between two things that somebody does in it."""
    async with async_playwright() as play:
        started = await play.chromium.launch(executable_path=chromium, args=ARGUMENTS, slow_mo=pause)
        try:
            yield started
        finally:
            await started.close()


class Window:
    """One window of somebody: where they are, and what the browser complained about."""

    def __init__(self, at: Instance, page: Page, context: BrowserContext) -> None:
        self.at = at
        self.page = page
        self.context = context
        self.complaints: list[str] = []
        page.set_default_timeout(15_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        # A page that is an error by itself is reported as one; that is what was asked for.
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.complaints.append(message.text)

    @property
    def path(self) -> str:
        """Where they are, without the host."""
        return self.page.url.removeprefix(self.at.url)

    async def open(self, path: str) -> None:
        """Go to a page of the instance."""
        await self.page.goto(self.at.url + path, wait_until="load")

    async def sign_in(self, name: str) -> None:
        """Sign in by the form."""
        await self.open("/sign_in")
        await self.page.locator("#field-login").fill(name)
        await self.page.locator("#field-password").fill(PASSWORD)
        await self.page.locator("main form[action='/sign_in'] button").click()
        await self.page.wait_for_url("**/home")

    async def whole_picture(self, path: Path) -> None:
        """Save the page in full; in a window as high as the page, so that what sticks to its edges stands there."""
        size = self.page.viewport_size
        assert size is not None
        height = cast("int", await self.page.evaluate("document.documentElement.scrollHeight"))
        await self.page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        await self.page.screenshot(path=path)
        await self.page.set_viewport_size(size)

    async def sideways(self) -> int:
        """How many pixels the page is wider than its window."""
        width = await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return cast("int", width)

    async def focused(self) -> str:
        """What has the focus: its label, name or text."""
        found = await self.page.evaluate(
            """() => {
                const at = document.activeElement;
                const labels = at.labels ? [...at.labels].map((label) => label.innerText).join(" ") : "";
                return (labels || at.getAttribute("aria-label") || at.innerText || "").trim();
            }"""
        )
        return cast("str", found)

    async def unseen_focus(self) -> list[str]:
        """What can be reached with Tab but does not show that it has the focus."""
        found = await self.page.evaluate(
            """() => {
                const unseen = [];
                for (const at of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
                    if (at.type === "hidden" || !at.checkVisibility()) continue;
                    at.focus({ focusVisible: true });
                    if (document.activeElement !== at) continue;
                    const shown = [at, at.closest("label, .affixed, .ask")].some((part) => {
                        const style = part && getComputedStyle(part);
                        return style && ((style.outlineStyle !== "none" && style.outlineWidth !== "0px")
                            || style.boxShadow !== "none");
                    });
                    if (!shown) unseen.push(at.outerHTML.slice(0, 120));
                }
                return unseen;
            }"""
        )
        return cast("list[str]", found)

    async def broken_pictures(self) -> list[str]:
        """Pictures that did not load; those far below are loaded first."""
        found = await self.page.evaluate(
            """async () => {
                const broken = [];
                for (const picture of document.images) {
                    picture.loading = "eager";
                    try { await picture.decode(); } catch { broken.push(picture.src); }
                }
                return broken;
            }"""
        )
        return cast("list[str]", found)


async def tab_to(at: Window, name: str, *, most: int = 60) -> None:
    """Press Tab until what has this name has the focus, which must be seen all the way."""
    for _ in range(most):
        await at.page.keyboard.press("Tab")
        if name in await at.focused():
            return
    raise AssertionError(f"{name!r} is not reached with Tab on {at.path}")


@asynccontextmanager
async def window(
    started: Browser,
    at: Instance,
    *,
    width: int = 1280,
    height: int = 900,
    scheme: Scheme = "light",
    locale: str = "en",
    script: bool = True,
) -> AsyncGenerator[Window]:
    """A window of its own, with cookies of its own."""
    context = await started.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale=locale,
        reduced_motion="reduce",
        java_script_enabled=script,
    )
    try:
        yield Window(at, await context.new_page(), context)
    finally:
        await context.close()
