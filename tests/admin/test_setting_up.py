"""Setting an instance up: step by step, with what is refused, left out, and gone on with later."""

import pytest

from fedcomm.accounts import first_owner
from fedcomm.looks.group_templates import templates
from tests import running
from tests.running import MakeDatabase
from tests.web.reader import reader

PLACE = {
    "your_name": "Olga Meier",
    "name": "Coatings Association",
    "purpose": "Owners help one another.",
    "contact_email": "office@coatings.example",
    "default_language": "en",
    "time_zone": "Europe/Berlin",
    "accent": "#7a1f5c",
}


@pytest.mark.asyncio
async def test_who_runs_a_new_instance_is_led_through_it_and_may_go_on_later(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url()) as home:
        async with home.db() as db:
            link = await first_owner.make(db, home.here, now=home.site.now())
        assert link is not None
        async with reader(home) as at:
            await at.open(link.removeprefix(home.url))
            await at.press(link.removeprefix(home.url), password=running.PASSWORD)
            began = at.path
            await at.press("/admin/setup/place", **{**PLACE, "name": " "})
            refused = (at.status, at.all(".wrong"), at.attribute("input[name=your_name]", "value"))
            await at.press("/admin/setup/place", **PLACE)
            await at.press("/admin/setup/doors", registrations="invite", federation="allowlist")
            await at.press("/admin/setup/group", handle="x!")
            wrong_handle = (at.status, at.attribute("input[name=name]", "value"))
        async with reader(home, first_owner.HANDLE) as at:
            await at.open("/admin")
            hint = at.text
            await at.open("/admin/setup")
            again = at.path
            await at.press("/admin/setup/group/leave_out")
            await at.press("/admin/setup/mail/leave_out")
            await at.press("/admin/setup/people/invite")
            invitation = at.all(".copyable")
            await at.press("/admin/setup/people")
            found = at.text
            await at.press("/admin/setup/check")
            end = (at.path, "not set up yet" in at.text)
            name = at.all(".place")
        settings = home.site.settings

    assert began == "/admin/setup/place"
    assert refused == (422, ["Please give this place a name."], "Olga Meier")
    assert wrong_handle == (422, "Ask one another")
    assert "This instance is not set up yet." in hint
    assert again == "/admin/setup/group"
    assert invitation[0].startswith(f"{home.url}/invite/")
    assert "The name of this server" in found
    assert end == ("/admin", False)
    assert name == ["Coatings Association"]
    assert (settings.registrations, settings.federation, settings.setup) == ("invite", "allowlist", "done")
    assert settings.accent == "#7a1f5c"


@pytest.mark.asyncio
async def test_each_template_makes_a_group(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="owner", password=running.PASSWORD)
        for locale in ("en", "de"):
            async with reader(home, "ada", locale=locale) as at:
                for key in [each.key for each in templates(str)]:
                    await at.open(f"/admin/setup/group?template={key}")
                    handle = at.attribute("input[name=handle]", "value")
                    await at.press("/admin/setup/group", handle=f"{handle}_{locale}"[:20])
                    assert (at.status, at.path) == (200, "/admin/setup/mail"), (key, locale, at.text)
                    await at.open(f"/@{handle}_{locale}"[:22])
                    assert at.status == 200


@pytest.mark.asyncio
async def test_only_admins_set_up_and_no_step_is_made_up(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        await home.person("mona", role="moderator", password=running.PASSWORD)
        async with reader(home, "mona") as mona, reader(home, "ada") as ada:
            forbidden = await mona.open("/admin/setup/place")
            unknown = await ada.open("/admin/setup/done")

            assert (forbidden.status, unknown.status) == (403, 404)
