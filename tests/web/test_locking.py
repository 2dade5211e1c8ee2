"""Closing threads on their page."""

from tests import running
from tests.activitypub.inbound.world import wrote
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader


async def test_a_moderator_closes_a_thread_on_its_page_and_opens_it_again(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 1) as (here,):
        ada = await here.person("ada", password=PASSWORD)
        ben = await here.person("ben", password=PASSWORD)
        group = await here.group(ada, posting_rule="anyone")
        thread = await wrote(here, ben, "Which oven?\nOurs broke.", group=group)
        path = f"/@ben/{thread.id}"
        async with reader(here, "ada") as at_ada, reader(here, "ben") as at_ben:
            await at_ada.open(path)
            await at_ada.press(f"/p/{thread.id}/lock", reason="All is said")
            assert at_ada.note == "The thread is closed. What was said stays."

            await at_ben.open(path)
            assert "This thread is closed. What was said stays. Reason: All is said" in at_ben.text
            assert at_ben.all("#reply textarea") == []
            assert at_ben.all(f'form[action="/p/{thread.id}/unlock"]') == []

            await at_ada.open(path)
            await at_ada.press(f"/p/{thread.id}/unlock")
            assert at_ada.note == "The thread is open again."
            await at_ben.open(path)
            await at_ben.press(f"/p/{thread.id}/reply", text="The red one.")
            assert "The red one." in at_ben.text
