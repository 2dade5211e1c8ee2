"""Somebody who has never seen it sets up an instance, invites a member, who posts: led by visible texts only."""

import re
import sys
import time
from collections.abc import Callable

import pytest
from playwright.async_api import expect

from fedcomm.accounts import first_owner
from tests import running
from tests.browser.browsing import Window, browser, window
from tests.kit.mail_servers import Letter, MailServer
from tests.running import PASSWORD, Instance, MakeDatabase

pytestmark = [pytest.mark.browser, pytest.mark.asyncio]

AT_MOST_S = 300.0


async def test_from_the_first_link_to_the_first_post_of_a_member_in_under_five_minutes(
    database_url: MakeDatabase, chromium: str, record_property: Callable[[str, object], None]
) -> None:
    async with running.instances(database_url, 1) as (home,), browser(chromium) as started, MailServer() as smtp:
        async with home.db() as db:
            first_link = await first_owner.make(db, home.here, now=home.site.now())
        assert first_link is not None
        began = time.monotonic()
        async with window(started, home, width=390) as owner, window(started, home) as member:
            invitation = await set_up(owner, first_link.removeprefix(home.url), smtp)
            await come_in(member, invitation.removeprefix(home.url))
            (letter,) = await received(home, smtp, "nora@shop.example")
            await confirm(member, letter.link("/confirm/").removeprefix(home.url))
            await ask(member)
            took = time.monotonic() - began
            record_property("seconds_to_first_post", round(took, 1))
            sys.stdout.write(f"from the first link to the first post of a member: {took:.1f} s\n")
            await owner.open("/groups")
            await owner.page.get_by_role("link", name="Ask one another", exact=True).first.click()
            await expect(owner.page.get_by_role("main")).to_contain_text("Which oven would you buy again?")
            complaints = owner.complaints + member.complaints

    assert [each.sender for each in smtp.to("olga@coatings.example")] == ["hello@coatings.example"]
    assert took < AT_MOST_S
    assert complaints == []


async def received(home: Instance, smtp: MailServer, address: str) -> list[Letter]:
    """The letters to an address, once all are sent that wait."""
    await home.settle()
    return smtp.to(address)


async def set_up(owner: Window, first_link: str, smtp: MailServer) -> str:
    """All steps, to the invitation."""
    page = owner.page
    heading = page.get_by_role("heading", level=1)
    await owner.open(first_link)
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button").first.click()
    await expect(heading).to_have_text("What is this place?")
    await page.get_by_label("Your name").fill("Olga Meier")
    await page.get_by_label("Name of this place").fill("Coatings Association")
    await page.get_by_label("What is this place for?").fill("Owners of paint shops help one another.")
    await page.get_by_label("Time zone").select_option(label="Europe/Berlin")
    await page.get_by_role("button", name="Next").click()
    await expect(heading).to_have_text("Who comes in?")
    await page.get_by_text("By invitation").click()
    await page.get_by_role("button", name="Next").click()
    await expect(heading).to_have_text("The first group")
    await page.get_by_role("link", name="Questions and answers").click()
    await page.get_by_role("button", name="Create group").click()
    await expect(heading).to_have_text("How does mail leave?")
    await tell_mail_server(owner, smtp)
    await expect(heading).to_have_text("Invite the first members")
    await page.get_by_role("button", name="Make a link").click()
    invitation = await page.get_by_label("Invitation", exact=True).inner_text()
    await page.get_by_role("button", name="Next").click()
    await expect(heading).to_have_text("Is everything well?")
    await page.get_by_role("button", name="Done").click()
    await expect(heading).to_have_text("Overview")
    return invitation


async def tell_mail_server(owner: Window, smtp: MailServer) -> None:
    """First one that nobody answers at, then the right one, which takes a letter."""
    page = owner.page
    await page.get_by_label("Mail server", exact=True).fill("127.0.0.1")
    await page.get_by_text("None", exact=True).click()
    await page.get_by_role("textbox", name="Port").fill("1")
    await page.get_by_label("Address that mail comes from").fill("hello@coatings.example")
    await page.get_by_label("Send a test letter to").fill("olga@coatings.example")
    await page.get_by_role("button", name=re.compile("test letter")).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_role("textbox", name="Port").fill(str(smtp.port))
    await page.get_by_role("button", name=re.compile("test letter")).click()


async def come_in(member: Window, invitation: str) -> None:
    """By the link to an account, and into the group."""
    page = member.page
    await member.open(invitation)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Olga Meier invites you.")
    await page.get_by_role("link", name="Create an account").click()
    await page.get_by_label("Your name").fill("Nora Lindqvist")
    await page.get_by_label("Short name").fill("nora")
    await page.get_by_label("E-mail address").fill("nora@shop.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("I will keep to the rules of this place.").check()
    await page.get_by_role("main").get_by_role("button").last.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")


async def confirm(member: Window, link: str) -> None:
    """The address, by the link that was mailed; then in, and to the group."""
    page = member.page
    await member.open(link)
    await page.get_by_role("button", name="Yes, this is me").click()
    await page.get_by_label("Name or e-mail address").fill("nora")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("link", name="Groups").first.click()
    await page.get_by_role("link", name="Ask one another", exact=True).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ask one another")


async def ask(member: Window) -> None:
    """The first thread."""
    page = member.page
    await page.get_by_role("link", name=re.compile("Start a thread|Ask")).first.click()
    await page.get_by_label("Question or title").fill("Which oven would you buy again?")
    await page.get_by_label("Text", exact=True).fill("Ours is twenty years old.")
    await page.get_by_role("button", name="Publish").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Which oven would you buy again?")
