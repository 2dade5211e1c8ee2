"""Inviting people by mail: a link for each, proof of their address, and no more to whoever wants none (product 23)."""

from html import unescape
from pathlib import Path

import pytest

from fedcomm.accounts import logins, lookup
from fedcomm.errors import Invalid
from fedcomm.groups import invitations, mailed_invitations, membership
from tests.conftest import MakeDatabase
from tests.kit.mail_servers import Letter
from tests.mailbox.offices import Office, office
from tests.running import PASSWORD
from tests.web.reader import reader

LEO = {"name": "Leo", "handle": "leo", "password": PASSWORD, "agreement": "yes"}


async def invited(here: Office, to: str = "leo@shop.example") -> Letter:
    """The last invitation that came to an address."""
    await here.at.settle()
    return [each for each in here.server.to(to) if "invites you" in each.message["Subject"]][-1]


def path_of(url: str, here: Office) -> str:
    """An address of the instance as a path."""
    assert url.startswith(here.at.url + "/")
    return url.removeprefix(here.at.url)


async def test_a_member_invites_by_mail_and_who_comes_is_in_the_group_at_once(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """From the letter to the group without a second letter: the link has shown whose address it is."""
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada, reader(here.at) as leo:
        person = await here.at.person(password=PASSWORD)
        group = await here.at.group(person)
        await ada.sign_in("ada")
        await ada.open("/invitations")
        await ada.press(
            "/invitations",
            **{"groups[]": [str(group.id)], "emails": "leo@shop.example, mia@shop.example", "words": "Do come!"},
        )
        listed = ada.text
        letter = await invited(here)
        other = await invited(here, "mia@shop.example")
        await leo.open(path_of(letter.link("/invite/"), here))
        shown = leo.text
        code = letter.link("/invite/").rpartition("/")[2]
        await leo.open(f"/sign_up?invite={code}")
        filled = leo.attribute("[name=email]", "value")
        await leo.press("/sign_up", **LEO)

        assert letter.message["Subject"] == f"Ada invites you to {here.at.site.settings.name}"
        assert "Do come!" in letter.text
        assert letter.link("/invite/") != other.link("/invite/")
        assert "leo@shop.example" in listed
        assert "Ada" in shown
        assert filled == "leo@shop.example"
        assert (leo.status, leo.path) == (200, f"/@{group.handle}")
        async with here.at.site.read() as db:
            account = await lookup.local(db, "leo")
            assert account is not None
            assert await membership.role(db, group.id, account.id) == "member"
            assert (await logins.of(db, account.id)).confirmed_at is not None
            assert {each.mailed_to for each in await invitations.of(db, person.id)} == {"mia@shop.example", None}
        await leo.open(path_of(letter.link("/invite/"), here))
        assert leo.status == 410


async def test_whoever_comes_with_another_address_confirms_that_one(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as leo:
        person = await here.at.person(role="admin")
        async with here.at.db() as db:
            await mailed_invitations.send(db, person, "leo@shop.example", now=here.time())
        code = (await invited(here)).link("/invite/").rpartition("/")[2]
        await leo.open(f"/sign_up?invite={code}")
        await leo.press("/sign_up", **LEO, email="somebody@else.example")

        assert "Look into your mail" in leo.text
        async with here.at.site.read() as db:
            account = await lookup.local(db, "leo")
            assert account is not None
            assert (await logins.of(db, account.id)).state == "pending"


async def test_a_second_invitation_merges_with_the_first(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        ada = await here.at.person()
        bakers, millers = await here.at.group(ada), await here.at.group(ada, "millers")
        async with here.at.db() as db:
            await mailed_invitations.send(db, ada, "leo@shop.example", group_ids=[bakers.id], now=here.time())
            await mailed_invitations.send(db, ada, "Leo@shop.example", group_ids=[millers.id], now=here.time())
        letter = await invited(here, "Leo@shop.example")

        async with here.at.site.read() as db:
            (left,) = [each for each in await invitations.of(db, ada.id) if each.is_open(here.time())]
        assert set(left.group_ids) == {bakers.id, millers.id}
        assert len(here.server.letters) == 1, "a letter that was taken back before it left is not sent"
        assert "Bakers" in letter.text
        assert "Millers" in letter.text


async def test_one_click_stops_invitations_without_signing_in(database_url: MakeDatabase, tmp_path: Path) -> None:
    """RFC 8058: the mail program sends a form of its own, with no cookie and from no page of ours."""
    async with office(await database_url(), tmp_path) as here, reader(here.at) as leo:
        ada = await here.at.person(role="admin")
        async with here.at.db() as db:
            await mailed_invitations.send(db, ada, "leo@shop.example", now=here.time())
        letter = await invited(here)
        header = letter.message["List-Unsubscribe"].strip("<>")
        path = path_of(header, here)
        await leo.open(path)
        shown = leo.text
        async with here.at.site.read() as db:
            opened_only = await mailed_invitations.is_stopped(db, "leo@shop.example")
        async with here.at.client() as program:
            clicked = await program.post(path, data={"List-Unsubscribe": "One-Click"})
            forged = await program.post(path[:-4] + "AAAA", data={"List-Unsubscribe": "One-Click"})

        assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert header in unescape(letter.html)
        assert "leo@shop.example" in shown
        assert not opened_only, "opening a link changes nothing"
        assert clicked.status_code in (200, 303)
        assert forged.status_code == 404
        async with here.at.db() as db:
            with pytest.raises(Invalid, match="wants no invitations"):
                await mailed_invitations.send(db, ada, "LEO@shop.example", now=here.time())
        async with here.at.site.read() as db:
            kept = await db.fetchval("SELECT digest FROM mail_stop")
        assert "leo" not in kept


async def test_a_member_has_at_most_ten_that_wait(database_url: MakeDatabase, tmp_path: Path) -> None:
    """S123."""
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada:
        person = await here.at.person(password=PASSWORD)
        group = await here.at.group(person)
        await ada.sign_in("ada")
        await ada.open("/invitations")
        many = " ".join(f"somebody{n}@shop.example" for n in range(11))
        await ada.press("/invitations", **{"groups[]": [str(group.id)], "emails": many})
        refused = (ada.status, ada.text)
        await here.at.settle()

        assert refused[0] == 422
        assert "have not answered yet" in refused[1]
        assert here.server.letters == [], "all or none"
        await ada.press("/invitations", **{"groups[]": [str(group.id)], "emails": "not-an-address"})
        assert ada.status == 422
