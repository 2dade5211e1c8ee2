"""Moving between two instances on the page of the settings."""

from fedcomm.accounts import follows
from fedcomm.activitypub.actors import Actors
from fedcomm.groups import membership
from tests import running
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader


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
