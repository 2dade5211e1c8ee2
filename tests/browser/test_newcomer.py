"""From the front page to a thread in two groups and out again, as a newcomer goes; and letting an app in."""

import asyncio
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from fedcomm.accounts import oauth
from tests.browser.browsing import Window, browser, tab_to, window
from tests.browser.stage import Stage
from tests.kit import FakeServer, answers
from tests.running import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

FOLDER = os.environ.get("FEDCOMM_SCREENSHOTS")


async def photographed(at: Window, name: str) -> None:
    """A picture of a page that only this way leads to, when somebody asked for pictures."""
    assert await at.sideways() == 0
    if FOLDER:
        await asyncio.to_thread(Path(FOLDER).mkdir, parents=True, exist_ok=True)
        await at.whole_picture(Path(FOLDER) / f"{name}.png")


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_newcomer_asks_is_let_in_joins_writes_answers_mends_and_leaves(
    world: Stage, chromium: str, width: int
) -> None:
    handle = f"nora_{width}"
    async with (
        browser(chromium) as started,
        window(started, world.association, width=width) as nora,
        window(started, world.association) as ada,
    ):
        await ask_for_an_account(nora, handle)
        await photographed(nora, f"way-{width}-1-received")
        await ada.sign_in("ada")
        await let_in(ada, "Nora Lindqvist")

        await nora.sign_in(handle)
        await photographed(nora, f"way-{width}-2-first-home")
        for group in ("Paint shops", "Front office"):
            await join(nora, group)
        await agree(nora, world)
        await nora.open("/@front_office")
        thread = await write_to_two_groups(nora, width)
        await answer_from_the_chapter(world, thread)
        await reply(nora, thread, width)
        await mend(nora, thread, width)
        await delete(nora, thread)
        await sign_out(nora)

        assert nora.complaints == []
        assert ada.complaints == []


async def ask_for_an_account(nora: Window, handle: str) -> None:
    await nora.open("/")
    await nora.page.get_by_role("main").get_by_role("link", name="Ask for an account").click()
    await nora.page.get_by_label("Your name").fill("Nora Lindqvist")
    await nora.page.get_by_label("Short name").fill(handle)
    await nora.page.get_by_label("E-mail address").fill(f"{handle}@shop.example")
    await nora.page.get_by_label("Password").fill(PASSWORD)
    await nora.page.get_by_label("Why would you like to join?").fill("One shop in Malmö, since spring.")
    await nora.page.get_by_label("I will keep to the rules of this place.").check()
    await nora.page.get_by_role("button", name="Send request").click()
    await expect(nora.page.get_by_role("heading", level=1)).to_have_text("Thank you, your request has arrived")


async def let_in(ada: Window, name: str) -> None:
    await ada.open("/admin")
    await ada.page.get_by_role("main").get_by_role("link", name=re.compile("asks? for an account")).click()
    line = ada.page.get_by_role("listitem").filter(has_text=name)
    await line.get_by_role("button", name="Approve").click()
    await expect(ada.page.get_by_role("status")).to_contain_text("They can sign in now.")


async def join(nora: Window, group: str) -> None:
    await nora.open("/groups")
    await nora.page.get_by_role("link", name=group, exact=True).click()
    await nora.page.get_by_role("button", name="Join", exact=True).click()
    await expect(nora.page.get_by_role("status")).to_contain_text("You are in.")


async def agree(nora: Window, world: Stage) -> None:
    await nora.open(f"/@ada/{world.question.id}")
    same_here = nora.page.get_by_role("button", name=re.compile("Same here"))
    await same_here.click()
    await expect(same_here).to_have_attribute("aria-pressed", "true")


async def write_to_two_groups(nora: Window, width: int) -> str:
    await nora.page.get_by_role("link", name="Start a thread").first.click()
    await nora.page.get_by_label("Question or title").fill("Who has a shot blaster to lend?")
    await nora.page.get_by_label("Text", exact=True).fill("For *two* weeks in May. We fetch and bring it.")
    await expect(nora.page.get_by_role("radio", name=re.compile("Front office"))).to_be_checked()
    await nora.page.get_by_text("Also show it in other groups").click()
    await nora.page.get_by_role("checkbox", name=re.compile("Paint shops")).check()
    await nora.page.get_by_role("button", name="Preview").click()
    await photographed(nora, f"way-{width}-3-preview")
    await expect(nora.page.get_by_text("It is not published yet.")).to_be_visible()
    await nora.page.get_by_role("button", name="Publish").click()
    await expect(nora.page.get_by_role("heading", level=1)).to_have_text("Who has a shot blaster to lend?")
    await expect(nora.page.get_by_role("main").get_by_role("link", name=re.compile("Paint shops"))).to_be_visible()
    await photographed(nora, f"way-{width}-4-published")
    return nora.path


async def answer_from_the_chapter(world: Stage, thread: str) -> None:
    """Ines, in the chapter, answers through the group that carries the thread."""
    post_id = int(thread.rsplit("/", 1)[1])
    async with world.association.site.read() as db:
        uri = await db.fetchval("SELECT uri FROM post WHERE id = $1", post_id)
    await world.settle()
    await world.ines_writes.reply(uri, "We do. It stands idle until June.")
    await world.settle()


async def reply(nora: Window, thread: str, width: int) -> None:
    await nora.open(thread)
    reply = nora.page.get_by_role("article", name="Reply by Ines Þórsdóttir")
    await expect(reply).to_contain_text("It stands idle until June.")
    await reply.get_by_role("link", name="Reply").click()
    await expect(nora.page.get_by_text("To Ines Þórsdóttir")).to_be_visible()
    await nora.page.get_by_role("textbox", name="Your reply").fill("Wonderful. I will call you.")
    await nora.page.get_by_role("button", name="Reply", exact=True).click()
    await expect(nora.page.get_by_role("heading", name="2 replies")).to_be_visible()
    await reply.get_by_role("button", name="Favourite").click()
    await expect(reply.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
    await photographed(nora, f"way-{width}-5-answered")


async def mend(nora: Window, thread: str, width: int) -> None:
    await nora.open(thread)
    root = nora.page.get_by_role("main").get_by_role("article").first
    await root.locator("summary", has_text="More").click()
    await root.get_by_role("link", name="Edit").click()
    await nora.page.get_by_label("Text", exact=True).fill("For two weeks in **June**. We fetch and bring it.")
    await nora.page.get_by_role("button", name="Save").click()
    await expect(root).to_contain_text("June")
    await nora.page.get_by_role("link", name="edited").click()
    await expect(nora.page.get_by_text("For two weeks in May.")).to_be_visible()
    await photographed(nora, f"way-{width}-6-history")


async def delete(nora: Window, thread: str) -> None:
    await nora.open(thread)
    own = nora.page.get_by_role("article", name="Reply by Nora Lindqvist")
    await own.locator("summary", has_text="More").click()
    await own.get_by_role("link", name="Delete").click()
    await nora.page.get_by_role("button", name="Delete for good").click()
    await expect(nora.page.get_by_role("status")).to_contain_text("Deleted.")
    await expect(nora.page.get_by_text("I will call you.")).to_have_count(0)


async def sign_out(nora: Window) -> None:
    await nora.open("/you")
    await nora.page.get_by_role("button", name="Sign out").click()
    await expect(nora.page.get_by_role("status")).to_contain_text("You are signed out.")
    await nora.open("/home")
    assert nora.path.startswith("/sign_in")


async def test_an_app_in_the_browser_is_let_in_and_taken_out_again(world: Stage, chromium: str) -> None:
    """The policy of the consent page lets the browser follow the redirect to the app (D28)."""
    house = world.association
    async with FakeServer() as app_server, browser(chromium) as started, window(started, house) as ada:
        app_server.on("/back", answers.text("<h1>Connected</h1>", content_type="text/html"))
        back = app_server.url("/back")
        async with house.db() as db:
            app, _ = await oauth.register(
                db, name="Elk", redirect_uris=[back], scopes=("read", "write", "follow"), now=house.site.now()
            )
        question = f"/oauth/authorize?client_id={app.client_id}&redirect_uri={back}&response_type=code&scope=read"
        await ada.open(f"{question}&state=s1")
        await expect(ada.page.get_by_text("Sign in to connect Elk with your account.")).to_be_visible()
        await ada.page.get_by_label("Name or e-mail address").fill("ada")
        await ada.page.get_by_label("Password").fill(PASSWORD)
        await ada.page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
        await expect(ada.page.get_by_role("heading", level=1)).to_have_text("Connect Elk?")
        await photographed(ada, "way-7-consent")
        await ada.page.get_by_role("button", name="Allow", exact=True).click()
        await ada.page.wait_for_url(f"{back}**")
        said = parse_qs(urlsplit(ada.page.url).query)

        assert said["state"] == ["s1"]
        async with house.db() as db:
            grant, token = await oauth.exchange_code(
                db, app, code=said["code"][0], redirect_uri=back, verifier=None, now=house.site.now()
            )
        assert grant.account_id == world.ada.id
        await ada.open("/settings/access")
        await photographed(ada, "way-8-access")
        await ada.page.get_by_role("listitem").filter(has_text="Elk").get_by_role("button").click()
        await expect(ada.page.get_by_text("No app is connected")).to_be_visible()
        async with house.client(token) as client:
            assert (await client.get("/api/v1/accounts/verify_credentials")).status_code == 401
        assert ada.complaints == []


async def test_everything_works_with_the_keyboard_alone(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association) as ben:
        await ben.open("/sign_in")
        await expect(ben.page.locator(":focus")).to_have_attribute("autofocus", "")
        await ben.page.keyboard.type("ben")
        await ben.page.keyboard.press("Tab")
        await ben.page.keyboard.type(PASSWORD)
        await ben.page.keyboard.press("Enter")
        await ben.page.wait_for_url("**/home")

        await ben.page.keyboard.press("Tab")
        skip = await ben.focused()
        await ben.page.keyboard.press("Enter")
        await tab_to(ben, "What would you like to ask?")
        await ben.page.keyboard.press("Enter")
        await ben.page.wait_for_url("**/compose")
        await tab_to(ben, "Question or title")
        await ben.page.keyboard.type("Who trains apprentices?")
        await ben.page.keyboard.press("Tab")
        await ben.page.keyboard.type("We would like to share a school.")
        await tab_to(ben, "Front office")
        await ben.page.keyboard.press("Space")
        await ben.page.keyboard.press("ArrowDown")
        chosen = await ben.page.locator("input[name=group]:checked").evaluate(
            "field => field.closest('label').innerText"
        )
        await tab_to(ben, "Publish")
        await ben.page.keyboard.press("Enter")
        await expect(ben.page.get_by_role("heading", level=1)).to_have_text("Who trains apprentices?")

        assert skip == "Skip to content"
        assert "Paint shops" in chosen
        assert await ben.unseen_focus() == []
        assert ben.complaints == []


async def test_reading_and_posting_need_no_script(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association, script=False) as cleo:
        await cleo.sign_in("cleo")
        await cleo.open(f"/@ada/{world.question.id}")
        await cleo.page.get_by_role("textbox", name="Your reply").fill("Without any script.")
        await cleo.page.get_by_role("button", name="Reply", exact=True).click()

        await expect(cleo.page.get_by_text("Without any script.")).to_be_visible()
