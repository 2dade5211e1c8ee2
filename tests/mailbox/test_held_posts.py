"""Letters to those who look after a group, or the instance, that posts wait for them (product 13, 14)."""

from datetime import timedelta
from html import unescape
from pathlib import Path

from fedcomm import settings
from fedcomm.accounts import logins
from fedcomm.accounts.model import Account
from fedcomm.groups import membership
from fedcomm.jobs import mail_queue
from fedcomm.threads import moderating
from fedcomm.threads.model import Post
from tests.conftest import MakeDatabase
from tests.kit.mail_servers import Letter
from tests.mailbox.offices import Office, office
from tests.running import PASSWORD
from tests.web.conftest import Place
from tests.web.reader import reader

ADA = "ada@shop.example"


async def confirmed(here: Office, handle: str, **more: str) -> Account:
    """A person whose mail address is confirmed."""
    made = await here.at.person(handle, password=PASSWORD)
    async with here.at.db() as db:
        await db.execute(
            """
            UPDATE login SET email = $2, email_key = $2, confirmed_at = $3, locale = $4, role = $5 WHERE account_id = $1
            """,
            made.id,
            f"{handle}@shop.example",
            here.time(),
            more.get("locale", "en"),
            more.get("role", "member"),
        )
    return made


async def strict_group(here: Office, owner: Account, *members: Account, handle: str = "bakers") -> Account:
    """A group that looks at all posts first."""
    group = await here.at.group(owner, handle, posting_rule="all held")
    async with here.at.db() as db:
        for each in members:
            await membership.join(db, here.at.here, each, group, now=here.time())
    return group


async def hold(here: Office, author: Account, group: Account, text: str = "How low is your margin?") -> Post:
    """A post that waits, and all that follows from it at once."""
    post = await Place(here.at).write(author, text, group, title="A question")
    assert post.state == "held"
    await here.at.settle()
    return post


def told(here: Office, to: str = ADA) -> list[Letter]:
    """The letters about held posts that came to an address."""
    return [each for each in here.server.to(to) if "List-Unsubscribe" in each.message]


async def test_who_looks_after_groups_is_mailed_once_an_hour_how_many_posts_wait_where(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        ada, ben = await confirmed(here, "ada"), await confirmed(here, "ben")
        bakers = await strict_group(here, ada, ben)
        millers = await strict_group(here, ada, ben, handle="millers")
        await hold(here, ben, bakers)
        (first,) = told(here)
        await hold(here, ben, bakers)
        await hold(here, ben, millers)
        within = len(told(here))
        here.time.ahead += timedelta(minutes=61)
        await here.at.settle()
        _, second = told(here)

        assert first.message["Subject"] == f"Posts wait for you at {here.at.site.settings.name}"
        assert "Bakers: 1 post waits" in first.text
        assert f"{here.at.url}/@{bakers.handle}/held" in first.text
        assert within == 1, "what came within the hour waits for its end"
        assert "Bakers: 2 posts wait" in second.text
        assert "Millers: 1 post waits" in second.text
        assert f"{here.at.url}/@{millers.handle}/held" in unescape(second.html)
        assert "margin" not in first.text + second.text, "what is held does not leave by mail"
        assert told(here, "ben@shop.example") == []
        here.time.ahead += timedelta(hours=3)
        await here.at.settle()
        assert len(told(here)) == 2, "nothing new: no letter"


async def test_nothing_is_mailed_when_somebody_was_quicker_or_the_address_is_not_confirmed(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        ada, ben = await confirmed(here, "ada"), await confirmed(here, "ben")
        cleo = await confirmed(here, "cleo")
        group = await strict_group(here, ada, ben, cleo)
        async with here.at.db() as db:
            await membership.appoint_by_command(db, group, cleo.id, "facilitator", by_id=ada.id, now=here.time())
            await db.execute("UPDATE login SET confirmed_at = NULL WHERE account_id = $1", cleo.id)
        await hold(here, ben, group)
        await hold(here, ben, group)
        async with here.at.db() as db:
            for each in await db.fetch("SELECT id FROM post WHERE state = 'held'"):
                await moderating.release(db, here.at.here, ada, each["id"], now=here.time())
        here.time.ahead += timedelta(hours=2)
        await here.at.settle()

        assert len(told(here)) == 1
        assert told(here, "cleo@shop.example") == []
        assert (await here.states())[0] == ("dropped", "")


async def test_one_click_ends_these_letters_and_the_page_of_notices_brings_them_back(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """RFC 8058; opening the link changes nothing. In the language of who reads it."""
    async with office(await database_url(), tmp_path) as here, reader(here.at) as at_ada:
        ada, ben = await confirmed(here, "ada", locale="de"), await confirmed(here, "ben")
        group = await strict_group(here, ada, ben)
        await hold(here, ben, group)
        (letter,) = told(here)
        path = letter.message["List-Unsubscribe"].strip("<>").removeprefix(here.at.url)

        async def wants() -> bool:
            async with here.at.site.read() as db:
                return (await logins.of(db, ada.id)).wants_held_mail

        async with reader(here.at) as anybody:
            await anybody.open(path)
            shown = anybody.text
        opened_only = await wants()
        async with here.at.client() as program:
            clicked = await program.post(path, data={"List-Unsubscribe": "One-Click"})
            forged = await program.post(path[:-4] + "AAAA", data={"List-Unsubscribe": "One-Click"})
        after_click = await wants()
        here.time.ahead += timedelta(hours=2)
        await hold(here, ben, group)
        silent = len(told(here))
        await at_ada.sign_in("ada")
        await at_ada.open("/settings/notices")
        await at_ada.press("/settings/notices/mail", held="yes")
        await hold(here, ben, group)

        assert "1 Beitrag wartet" in letter.text
        assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "posts" in shown
        assert (opened_only, after_click) == (True, False)
        assert (clicked.status_code in (200, 303), forged.status_code) == (True, 404)
        assert silent == 1
        assert await wants()
        assert "3 Beiträge warten" in told(here)[-1].text


async def test_those_who_run_the_instance_are_mailed_of_what_waits_for_them(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        await confirmed(here, "ada", role="moderator")
        ben = await confirmed(here, "ben")
        async with here.at.db() as db:
            await settings.save(db, None, {"held_words": ["margin"]}, now=here.time())
        await Place(here.at).write(ben, "Our margin is low")
        await here.at.settle()

        (letter,) = told(here)
        assert f"{here.at.url}/admin/held" in letter.text


async def test_s123_held_posts_do_not_use_up_the_letters_that_an_address_may_get(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        for _ in range(mail_queue.A_DAY_TO_ONE + 2):
            assert await here.put("posts held", ADA)
        assert await here.put("test", ADA)
