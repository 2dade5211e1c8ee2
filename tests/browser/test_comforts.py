"""What script adds to pages that work without it: kept drafts, keys, news of open threads, words when offline."""

import json
import re
from typing import Any, cast

import pytest
from playwright.async_api import expect

from tests.browser.browsing import browser, window
from tests.browser.stage import Stage, Writer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_what_is_written_survives_a_lost_connection_and_is_forgotten_once_sent(
    world: Stage, chromium: str
) -> None:
    async with browser(chromium) as started, window(started, world.association, width=390) as ben:
        await ben.sign_in("ben")
        await ben.open("/compose")
        await ben.page.get_by_label("Text", exact=True).fill("Forty railings, all of them rusty.")
        await expect(ben.page.get_by_text("Kept on this device")).to_be_visible()
        await ben.context.set_offline(True)
        await expect(ben.page.get_by_text("No connection. Your text is kept on this device.")).to_be_visible()
        await ben.page.get_by_role("radio", name=re.compile("Paint shops")).check()
        await ben.page.get_by_role("button", name="Publish").click()
        stayed = ben.path
        await ben.context.set_offline(False)

        await ben.open("/compose")
        await ben.page.get_by_role("button", name="Take it up").click()
        taken = await ben.page.get_by_label("Text", exact=True).input_value()
        await ben.page.get_by_role("radio", name=re.compile("Paint shops")).check()
        await expect(ben.page.get_by_text("Anyone can read this, on any server.").last).to_be_in_viewport()
        await ben.page.get_by_role("button", name="Publish").click()
        await ben.page.wait_for_url(re.compile("/@ben/"))
        await ben.open("/compose")

        await expect(ben.page.get_by_role("button", name="Take it up")).to_be_hidden()
        assert (stayed, taken) == ("/compose", "Forty railings, all of them rusty.")


async def test_an_open_thread_tells_of_new_replies_at_once_and_shows_them_only_when_asked(
    world: Stage, chromium: str
) -> None:
    house = world.association
    cleo, ben = [Writer(house, await house.find(f"{house.url}/u/{name}")) for name in ("cleo", "ben")]
    async with browser(chromium) as started, window(started, house) as ada:
        await ada.sign_in("ada")
        await ada.open(f"/@ben/{world.poll.id}")
        await ada.page.get_by_role("textbox", name="Your reply").fill("I am still writing")
        await cleo.reply(world.poll.uri, "The twelfth, please.")
        await world.settle()
        await expect(ada.page.get_by_role("status").get_by_text("One new reply")).to_be_visible()
        top = await ada.page.evaluate("document.getElementById('reply').getBoundingClientRect().top")
        await ben.reply(world.poll.uri, "Or the fifth.")
        await world.settle()
        await expect(ada.page.get_by_text("New replies: 2")).to_be_visible()
        still = await ada.page.evaluate("document.getElementById('reply').getBoundingClientRect().top")
        unseen = await ada.page.get_by_role("article", name="Reply by Cleo Marchetti").count()
        await ada.page.get_by_role("button", name="Show").click()

        await expect(ada.page.get_by_role("article", name="Reply by Cleo Marchetti")).to_be_in_viewport()
        await expect(ada.page.get_by_role("heading", name="2 replies")).to_be_visible()
        await expect(ada.page.get_by_role("textbox", name="Your reply")).to_have_value("I am still writing")
        assert (unseen, top) == (0, still)
        assert ada.complaints == []


async def test_visitors_are_told_of_a_new_reply_by_and_by(world: Stage, chromium: str) -> None:
    house = world.association
    cleo = Writer(house, await house.find(f"{house.url}/u/cleo"))
    async with browser(chromium) as started, window(started, house) as visitor:
        await visitor.page.clock.install()
        await visitor.open(f"/@ada/{world.question.id}")
        await cleo.reply(world.question.uri, "Ask the mill.")
        await visitor.page.clock.fast_forward(16_000)
        await visitor.page.get_by_role("button", name="Show").click()

        await expect(visitor.page.get_by_text("Ask the mill.")).to_be_in_viewport()
        assert visitor.complaints == []


async def test_the_open_page_of_a_group_tells_of_a_new_thread(world: Stage, chromium: str) -> None:
    house = world.association
    cleo = Writer(house, await house.find(f"{house.url}/u/cleo"))
    async with browser(chromium) as started, window(started, house) as ada:
        await ada.sign_in("ada")
        await ada.open("/@paint_shops")
        await cleo.start("Who has a spare lift?", "Ours is stuck.", world.paint)
        await world.settle()
        await ada.page.get_by_role("button", name="Show").click()

        await expect(ada.page.get_by_role("link", name="Who has a spare lift?")).to_be_visible()
        assert ada.complaints == []


async def test_keys_lead_around_and_are_explained(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association) as ada:
        await ada.sign_in("ada")
        keys = ada.page.keyboard
        await keys.press("?")
        await expect(ada.page.get_by_role("dialog", name="Keys")).to_be_visible()
        await keys.press("Escape")
        for key in "jjk":
            await keys.press(key)
        first = await ada.page.locator(".threads > li").first.evaluate("line => line === document.activeElement")
        await keys.press("o")
        await ada.page.wait_for_url(re.compile(r"/@\w+/\d+"))
        await keys.press("r")
        await ada.page.wait_for_url(re.compile("#reply"))
        await ada.page.get_by_role("textbox", name="Your reply").fill("gh")
        written = await ada.page.get_by_role("textbox", name="Your reply").input_value()
        await ada.page.get_by_role("textbox", name="Your reply").blur()
        await keys.press("g")
        await keys.press("g")
        await ada.page.wait_for_url("**/groups")

        assert first
        assert written == "gh"
        assert ada.complaints == []


async def test_who_is_quoted_is_named_beside_what_says_who_can_read_it(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association, script=False) as ada:
        await ada.sign_in("ada")
        await ada.open(f"/compose?quote={world.reply.id}")

        await expect(ada.page.get_by_role("main").get_by_text("Ines Þórsdóttir").first).to_be_visible()
        await expect(ada.page.get_by_text("Choose a place first.")).to_be_visible()
        await ada.page.get_by_role("radio", name=re.compile("own page")).check()
        await ada.page.get_by_label("Who can read it, when it is on my own page").select_option("private")
        await expect(ada.page.get_by_text("Only the author's followers can read this.")).to_be_visible()


async def test_without_a_connection_a_page_says_so(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association) as ada:
        await ada.sign_in("ada")
        await ada.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await ada.context.set_offline(True)
        await ada.open("/groups")
        said = await ada.page.locator("h1").inner_text()
        names = await ada.page.get_by_text("Ada Brenner").count()
        await ada.context.set_offline(False)

        assert (said, names) == ("No connection", 0)


async def test_what_is_pushed_is_shown_by_the_browser_while_no_page_is_open(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association) as ada:
        await ada.context.grant_permissions(["notifications"])
        await ada.sign_in("ada")
        tools = cast("Any", await ada.context.new_cdp_session(ada.page))
        known: list[str] = []

        def note(told: dict[str, Any]) -> None:
            known.extend(each["registrationId"] for each in told["registrations"] if not each["isDeleted"])

        tools.on("ServiceWorker.workerRegistrationUpdated", note)
        await tools.send("ServiceWorker.enable")
        await ada.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        message = {"title": "Ben Okafor mentioned you", "body": "Which oven?", "url": "/@ben/1", "tag": "1"}
        await tools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": world.association.url, "registrationId": known[-1], "data": json.dumps(message)},
        )
        shown = await ada.page.evaluate(
            """async () => {
                const worker = await navigator.serviceWorker.ready;
                for (let left = 100; left; left--) {
                    const [first] = await worker.getNotifications();
                    if (first) return [first.title, first.body, first.data];
                    await new Promise((done) => setTimeout(done, 50));
                }
            }"""
        )

        assert shown == ["Ben Okafor mentioned you", "Which oven?", "/@ben/1"]
        assert ada.complaints == []


async def test_a_browser_that_refuses_is_believed(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association) as ada:
        await ada.sign_in("ada")
        await ada.open("/settings/notices")
        await ada.page.get_by_role("button", name="Tell me on this device").click()

        await expect(ada.page.get_by_text("The browser does not allow it.")).to_be_visible()
        assert ada.path == "/settings/notices"
