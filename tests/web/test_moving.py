"""Moving between two instances on the page of the settings."""

from pathlib import Path

from fedcomm.accounts import follows, moving
from fedcomm.activitypub.actors import Actors
from fedcomm.groups import membership
from tests import running
from tests.clocks import Clock
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader
from tests.web.test_second_step import House, set_up


async def test_somebody_moves_from_one_instance_to_another_with_a_follower(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 3) as (alpha, beta, gamma):
        old = await alpha.person("ada", password=PASSWORD)
        new = await beta.person("ada", password=PASSWORD)
        cleo = await gamma.person("cleo")
        known = await gamma.site.service(Actors).account(old.uri)
        async with gamma.db() as db:
            await membership.follow_or_join(db, gamma.here, cleo, known, now=gamma.site.now())
        await running.settle(alpha, gamma)

        async with reader(alpha, "ada") as leaving, reader(beta, "ada") as coming:
            await leaving.open("/settings/moving")
            await leaving.press("/settings/moving/out", target=new.full_handle, current_password="wrong " + PASSWORD)
            assert "This is not your present password." in leaving.text
            await leaving.press("/settings/moving/out", target=new.full_handle, current_password=PASSWORD)
            assert "The new account does not name the old one yet." in leaving.text

            await coming.open("/settings/moving")
            await coming.press("/settings/moving/names", handle="@nobody@localhost:1")
            assert "There is no such account." in coming.text
            await coming.press("/settings/moving/names", handle=old.full_handle)
            assert old.full_handle in coming.text

            await leaving.press("/settings/moving/out", target=new.full_handle, current_password=PASSWORD)
            assert leaving.note == "You have moved. Your followers are told."
        await running.settle(alpha, beta, gamma)

        target = await gamma.find(new.uri)
        async with gamma.site.read() as db:
            assert await follows.find(db, cleo.id, known.id) is None
            found = await follows.find(db, cleo.id, target.id)
        assert found is not None
        assert found.state == "accepted"
        assert (await beta.again(new)).followers_count == 1
        async with reader(gamma) as visitor, reader(alpha, "ada") as back:
            await visitor.open(f"/@{known.acct}")
            assert f"Ada has moved. {new.full_handle}" in visitor.text
            await back.open("/settings/moving")
            await back.press("/settings/moving/back")
            assert "You have moved." not in back.text


async def test_moving_away_takes_a_code_of_the_second_step_and_works_once_in_seven_days(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with (
        running.instance(await database_url(), tmp_path) as alpha,
        running.instance(await database_url()) as beta,
    ):
        ada = await alpha.person("ada", password=PASSWORD)
        ben = await alpha.person("ben")
        new = await beta.person("ada")
        async with alpha.db() as db:
            await follows.follow(db, alpha.here, ben, ada, now=alpha.site.now())
            await moving.add_name(db, ben, ada, now=alpha.site.now())
        known = await beta.site.service(Actors).account(ada.uri)
        async with beta.db() as db:
            await moving.add_name(db, new, known, now=beta.site.now())
        async with reader(alpha, "ada") as who:
            _, paper = await set_up(House(alpha, Clock()), who)
            filled = {"target": new.full_handle, "current_password": PASSWORD}
            await who.open("/settings/moving")
            await who.press("/settings/moving/out", **filled)
            without = (who.status, who.all(".wrong"))
            await who.press("/settings/moving/out", **filled, code=paper[0])
            left = who.text
            await running.settle(alpha, beta)
            await who.open("/settings/moving")
            gone = who.text
            await who.press("/settings/moving/back")
        assert without[0] == 422
        assert len(without[1]) == 1
        assert "1 follower has not gone along yet." in left
        assert "All your followers have gone along." in gone
        assert "You can move again from" in who.text


async def test_a_group_moves_from_one_instance_to_another_on_its_page(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (alpha, beta):
        ada = await alpha.person("ada", password=PASSWORD)
        await alpha.person("eve", password=PASSWORD)
        ben = await beta.person("ben", password=PASSWORD)
        old, new = await alpha.group(ada, "bakers"), await beta.group(ben, "millers")
        async with reader(alpha, "ada") as leaving, reader(beta, "ben") as coming, reader(alpha, "eve") as other:
            assert (await other.open("/@bakers/moving")).status == 403
            await leaving.open("/@bakers")
            assert leaving.all('a[href="/@bakers/moving"]') == ["Move the group"]
            await leaving.open("/@bakers/moving")
            await leaving.press("/@bakers/moving/out", target=new.full_handle)
            assert "does not name the old one yet" in leaving.text

            await coming.open("/@millers/moving")
            await coming.press("/@millers/moving/names", old="@nobody@localhost:1")
            assert "There is no such group." in coming.text
            await coming.press("/@millers/moving/names", old=old.full_handle)
            assert old.full_handle in coming.text

            await leaving.press("/@bakers/moving/out", target=new.full_handle)
            assert leaving.note == "The group has moved. Its members are told."
            await running.settle(alpha, beta)
            await other.open("/@bakers")
            assert f"Bakers has moved. {new.full_handle}" in other.text
            await leaving.press("/@bakers/moving/back")
            assert "The group has moved." not in leaving.text
