"""Passkeys, with a device that Chromium plays: added, used without a password and as second step, taken away."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from playwright.async_api import Browser, expect

from fedcomm.accounts import passkeys, second_step
from fedcomm.accounts.model import Account
from fedcomm.sealing import Seal
from tests.browser.browsing import Window, browser, window
from tests.browser.stage import Stage
from tests.running import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@asynccontextmanager
async def with_device(
    started: Browser, world: Stage, *, knows_owner: bool = True
) -> AsyncGenerator[tuple[Window, Any, str]]:
    """A window on a telephone that can keep passkeys; `knows_owner`: the finger is the right one."""
    async with window(started, world.association, width=390) as at:
        device = cast("Any", await at.context.new_cdp_session(at.page))
        await device.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": knows_owner,
            "automaticPresenceSimulation": True,
        }
        made = await device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield at, device, made["authenticatorId"]


async def added(at: Window, who: str, name: str = "My telephone") -> None:
    """Sign in by the password, and add a passkey."""
    await at.sign_in(who)
    await at.open("/settings/passkeys")
    await at.page.get_by_label("Name").fill(name)
    await at.page.locator("#add + form, form[data-passkey]").get_by_label("Present password").fill(PASSWORD)
    await at.page.get_by_role("button", name="Add a passkey").click()
    await expect(at.page.get_by_role("listitem").filter(has_text=name)).to_be_visible()


async def with_code(world: Stage, who: Account) -> str:
    """Signing in takes a code from now on; one that is kept on paper."""
    house = world.association
    seal = house.site.service(Seal)
    async with house.db() as db:
        now = house.site.now()
        sealed = await seal.sealed(second_step.PURPOSE, second_step.new_secret())
        await second_step.begin(db, who.id, sealed, now=now)
        await db.execute("UPDATE second_step SET confirmed_at = $2 WHERE account_id = $1", who.id, now)
        return (await second_step.new_paper_codes(db, who.id, now=now))[0]


async def test_a_passkey_is_added_lets_in_without_name_and_password_and_is_taken_away(
    world: Stage, chromium: str
) -> None:
    async with browser(chromium) as started, with_device(started, world) as (ben, _, _):
        await added(ben, "ben")
        await ben.context.clear_cookies()
        await ben.open("/sign_in?next=/groups")
        await ben.page.get_by_role("button", name="Sign in with a passkey").click()
        await ben.page.wait_for_url(re.compile(r"\d/groups$"))
        await ben.open("/settings/access")
        await expect(ben.page.get_by_text("1 device lets you in by finger, face or PIN.")).to_be_visible()

        await ben.open("/settings/passkeys")
        await ben.page.locator("details").get_by_text("Rename").click()
        await ben.page.locator("form[action$=rename]").get_by_label("Name").fill("Ben's telephone")
        await ben.page.locator("form[action$=rename]").get_by_role("button", name="Save").click()
        await expect(ben.page.get_by_role("listitem").filter(has_text="Ben's telephone")).to_be_visible()
        await ben.page.locator("details").get_by_text("Remove").first.click()
        await ben.page.locator("form[action$=remove]").get_by_label("Present password").fill(PASSWORD)
        await ben.page.get_by_role("button", name="Remove").click()
        await expect(ben.page.get_by_text("No passkey yet")).to_be_visible()
        await ben.context.clear_cookies()
        await ben.open("/sign_in")
        await ben.page.get_by_role("button", name="Sign in with a passkey").click()

        await expect(ben.page.get_by_text("The passkey was not accepted.").first).to_be_visible()
        assert ben.complaints == []


async def test_s120_a_passkey_takes_the_place_of_the_code_for_its_owner_alone(world: Stage, chromium: str) -> None:
    """S120: after the right password, the passkey of the account; that of another does not do."""
    house = world.association
    cleo = await house.find(f"{house.url}/u/cleo")
    async with browser(chromium) as started, with_device(started, world) as (at, device, device_id):
        await added(at, "cleo", "Cleo's telephone")
        paper = await with_code(world, cleo)
        await at.context.clear_cookies()
        await at.open("/sign_in")
        await at.page.get_by_label("Name or e-mail address").fill("cleo")
        await at.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await at.page.get_by_role("button", name="Sign in", exact=True).click()
        await at.page.get_by_role("button", name="Use a passkey instead").click()
        await at.page.wait_for_url("**/home")

        await at.context.clear_cookies()
        await device.send("WebAuthn.clearCredentials", {"authenticatorId": device_id})
        await at.open("/sign_in")
        await at.page.get_by_label("Name or e-mail address").fill("cleo")
        await at.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await at.page.get_by_role("button", name="Sign in", exact=True).click()
        await at.page.get_by_role("button", name="Use a passkey instead").click()

        await expect(at.page.get_by_text(re.compile("The passkey was not used"))).to_be_visible()
        await at.page.get_by_label("Code of your app").fill(paper)
        await at.page.get_by_role("button", name="Sign in", exact=True).click()
        await at.page.wait_for_url("**/home")
        async with house.db() as db:
            await second_step.forget(db, cleo.id)


async def test_a_device_that_does_not_know_its_owner_lets_nobody_in(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, with_device(started, world) as (ada, device, device_id):
        await added(ada, "ada")
        await ada.context.clear_cookies()
        await device.send("WebAuthn.setUserVerified", {"authenticatorId": device_id, "isUserVerified": False})
        await ada.open("/sign_in")
        await ada.page.get_by_role("button", name="Sign in with a passkey").click()

        await expect(ada.page.get_by_text(re.compile("The passkey was not used"))).to_be_visible()
        assert ada.path == "/sign_in"


async def test_a_wrong_password_adds_no_passkey_and_says_so(world: Stage, chromium: str) -> None:
    house = world.association
    async with browser(chromium) as started, with_device(started, world) as (ben, _, _):
        await ben.sign_in("ben")
        await ben.open("/settings/passkeys")
        await ben.page.get_by_label("Name").fill("Not mine")
        await ben.page.locator("form[data-passkey]").get_by_label("Present password").fill("something else")
        await ben.page.get_by_role("button", name="Add a passkey").click()
        await expect(ben.page.get_by_text("This is not your present password.")).to_be_visible()

        account = await house.find(f"{house.url}/u/ben")
        async with house.db() as db:
            assert await passkeys.of_account(db, account.id) == []


async def test_without_script_the_page_says_what_is_missing(world: Stage, chromium: str) -> None:
    async with browser(chromium) as started, window(started, world.association, script=False) as ben:
        await ben.sign_in("ben")
        await ben.open("/settings/passkeys")

        await expect(ben.page.get_by_text("scripts are switched off")).to_be_visible()
        await expect(ben.page.get_by_role("button", name="Add a passkey")).to_be_hidden()
