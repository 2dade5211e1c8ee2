"""Accounts and groups that move, from both sides."""

from datetime import timedelta

import pytest

from fedcomm.accounts import follows, moving
from fedcomm.accounts.model import Account
from fedcomm.errors import Invalid
from fedcomm.groups import moving as leaving
from tests.activitypub.inbound.world import (
    Clock,
    asked,
    drops,
    followed,
    join,
    proven,
    role_at,
    rows,
    tell,
    the_post,
    with_proofs,
    world,
)
from tests.kit import FakePeer
from tests.running import Instance, MakeDatabase


async def _follows(at: Instance, who: Account, uri: str) -> str | None:
    """How one of ours stands to somebody: the state of the follow."""
    known = await at.find(uri)
    async with at.site.read() as db:
        found = await follows.find(db, who.id, known.id)
    return found.state if found is not None else None


async def test_followers_go_along_where_the_new_account_names_the_old_one(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        old, new = beta.add("rui"), gamma.add("rui", alsoKnownAs=[f"{beta.server.base}/users/rui"])
        assert new.more["alsoKnownAs"] == [old.id]
        await followed(alpha, ada, old)

        await tell(alpha, old, old.does("Move", old.id, target=new.id))

        assert await _follows(alpha, ada, new.id) == "requested"
        assert await _follows(alpha, ada, old.id) is None
        assert [each["object"] for each in await gamma.got(1, type="Follow")] == [new.id]
        assert [each["object"]["type"] for each in await beta.got(1, type="Undo")] == ["Follow"]
        async with alpha.client(await alpha.token(ada)) as http:
            shown = (await http.get(f"/api/v1/accounts/{(await alpha.find(old.id)).id}")).json()
            found = (await http.get("/api/v2/search", params={"q": old.handle})).json()["accounts"]
            found += (await http.get("/api/v1/accounts/search", params={"q": old.handle})).json()
        assert shown["moved"]["acct"] == new.handle
        assert "moved" not in shown["moved"]
        assert [each["moved"]["id"] for each in found] == [shown["moved"]["id"]] * 2


async def test_what_somebody_wrote_before_shows_where_they_are_now(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        old, new = beta.add("rui"), gamma.add("rui", alsoKnownAs=[f"{beta.server.base}/users/rui"])
        await followed(alpha, ada, old)
        note = old.writes("Which oven?")
        await tell(alpha, old, old.does("Create", note))
        post = await the_post(alpha, note["id"])

        async with alpha.client(await alpha.token(ada)) as http:
            before = (await http.get(f"/api/v1/statuses/{post.id}")).json()["account"]
            await tell(alpha, old, old.does("Move", old.id, target=new.id))
            after = (await http.get(f"/api/v1/statuses/{post.id}")).json()["account"]
            new.more["name"] = "Rui in Braga"
            await tell(alpha, new, new.does("Update", new.document()))
            again = (await http.get("/api/v1/timelines/home")).json()

        assert "moved" not in before
        assert (after["acct"], after["moved"]["acct"]) == (old.handle, new.handle)
        assert "moved" not in after["moved"]
        assert all(each["account"]["moved"]["display_name"] == "Rui in Braga" for each in again)


async def test_s045_nobody_goes_where_the_target_does_not_agree(database_url: MakeDatabase) -> None:
    """No alsoKnownAs; somebody else says it; one's own address; somebody relays it without proof."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        old, eve, thief = beta.add("rui"), beta.add("eve"), gamma.add("rui")
        willing = gamma.add("rui2", alsoKnownAs=[old.id])
        await followed(alpha, ada, old)
        await followed(alpha, ada, eve)

        await tell(alpha, old, old.does("Move", old.id, target=thief.id))
        await tell(alpha, eve, eve.does("Move", old.id, target=willing.id))
        await tell(alpha, eve, old.does("Move", old.id, target=willing.id))
        await tell(alpha, old, old.does("Move", old.id, target=old.id))

        assert await _follows(alpha, ada, old.id) == "accepted"
        assert (await alpha.find(old.id)).moved_to_uri is None
        assert len(await drops(alpha)) == 4


async def test_s143_accounts_that_moved_to_each_other_lead_nowhere(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        one, two = beta.add("one"), beta.add("two")
        one.more.update({"alsoKnownAs": [two.id], "movedTo": two.id})
        two.more.update({"alsoKnownAs": [one.id], "movedTo": one.id})
        await followed(alpha, ada, one)

        await tell(alpha, one, one.does("Move", one.id, target=two.id))

        assert await _follows(alpha, ada, one.id) == "accepted"
        assert "One cannot move to this account." in await drops(alpha)


async def test_an_account_moves_once_in_seven_days(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        old = beta.add("rui")
        first, second = (beta.add(name, alsoKnownAs=[old.id]) for name in ("first", "second"))
        await followed(alpha, ada, old)
        await tell(alpha, old, old.does("Move", old.id, target=first.id))
        await followed(alpha, ada, old)

        clock.pass_by(days=6)
        await tell(alpha, old, old.does("Move", old.id, target=second.id), clock=clock)
        assert await _follows(alpha, ada, old.id) == "accepted"
        clock.pass_by(days=2)
        await tell(alpha, old, old.does("Move", old.id, target=second.id), clock=clock)
        assert await _follows(alpha, ada, second.id) == "requested"


async def test_a_move_that_is_passed_on_counts_by_its_own_proof(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        old = with_proofs(beta, "rui")
        new = gamma.add("rui", alsoKnownAs=[old.id])
        await followed(alpha, ada, old)

        await tell(alpha, new, proven(alpha, old, old.does("Move", old.id, target=new.id)))

        assert await _follows(alpha, ada, new.id) == "requested"


async def test_members_of_a_group_that_moves_join_the_new_one(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        old, new = beta.add("market", "Group"), gamma.add("market", "Group")
        new.more["alsoKnownAs"] = [old.id]
        person = gamma.add("rui", alsoKnownAs=[old.id])
        await tell(alpha, old, old.does("Accept", await asked(alpha, ada, old)))

        await tell(alpha, old, old.does("Move", old.id, target=person.id))
        assert await role_at(alpha, await alpha.find(old.id), ada.uri) == "member"  # a group does not become a person

        await tell(alpha, old, old.does("Move", old.id, target=new.id))
        (follow,) = await gamma.got(1, type="Follow")
        await tell(alpha, new, new.does("Accept", follow))
        assert await role_at(alpha, await alpha.find(new.id), ada.uri) == "member"
        assert await role_at(alpha, await alpha.find(old.id), ada.uri) is None


async def test_who_was_blocked_or_muted_stays_so_after_moving(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        old = beta.add("rui")
        new = beta.add("new", alsoKnownAs=[old.id])
        await followed(alpha, ada, old)
        async with alpha.client(await alpha.token(ben)) as http:
            await http.post(f"/api/v1/accounts/{(await alpha.find(old.id)).id}/block")

        await tell(alpha, old, old.does("Move", old.id, target=new.id))

        known = await alpha.find(new.id)
        assert [
            row["account_id"]
            for row in await rows(alpha, "SELECT account_id FROM block WHERE target_id = $1", known.id)
        ] == [ben.id]


async def test_ours_who_move_away_take_their_followers_along_and_write_here_no_more(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui, new = beta.add("rui"), gamma.add("ada")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        await followed(alpha, ben, new)
        target = await alpha.find(new.id)
        async with alpha.client(await alpha.token(ben)) as http:
            await http.post(f"/api/v1/accounts/{ada.id}/follow")
        async with alpha.db() as db:
            with pytest.raises(Invalid, match="does not name the old one yet"):
                await leaving.move_out(db, alpha.here, ada, ada, target, now=alpha.site.now())
        new.more["alsoKnownAs"] = [ada.uri]
        await tell(alpha, new, new.does("Update", new.document()))

        async with alpha.db() as db:
            await leaving.move_out(db, alpha.here, ada, ada, await alpha.find(new.id), now=alpha.site.now())
        await alpha.settle()

        (move,) = await beta.got(1, type="Move")
        assert (move["actor"], move["object"], move["target"]) == (ada.uri, ada.uri, new.id)
        (update,) = await beta.got(1, type="Update")
        assert update["object"]["movedTo"] == new.id
        assert await _follows(alpha, ben, ada.uri) is None
        async with alpha.client(await alpha.token(ada)) as http:
            answer = await http.post("/api/v1/statuses", json={"status": "Still here."})
            assert (answer.status_code, answer.json()["error"][:14]) == (403, "You have moved")
        async with alpha.db() as db:
            await leaving.come_back(db, alpha.here, ada, ada, now=alpha.site.now() + timedelta(days=1))
        await alpha.settle()
        async with alpha.client(await alpha.token(ada)) as http:
            assert (await http.post("/api/v1/statuses", json={"status": "Back."})).status_code == 200


async def test_who_moves_here_is_followed_here_by_their_own_word(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        old = beta.add("ada")
        known = await followed(alpha, ben, old)
        await tell(alpha, old, old.does("Move", old.id, target=ada.uri))
        assert await _follows(alpha, ben, ada.uri) is None

        async with alpha.db() as db:
            await moving.add_name(db, ada, known, now=alpha.site.now())
        await tell(alpha, old, old.does("Move", old.id, target=ada.uri))

        assert await _follows(alpha, ben, ada.uri) == "accepted"
        assert await _follows(alpha, ben, old.id) is None


async def test_a_group_of_ours_that_moves_is_closed_and_says_where_it_is(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, new = beta.add("rui"), beta.add("bakers", "Group")
        new.more["alsoKnownAs"] = [group.uri]
        await join(alpha, rui, group)
        async with alpha.client(await alpha.token(ada)) as http:
            answer = await http.post(f"/api/fedcomm/v1/groups/{group.id}/move", json={"acct": new.handle})
            assert (answer.status_code, answer.json()["state"]) == (200, "moved")
        await alpha.settle()

        (move,) = await beta.got(1, type="Move")
        assert (move["actor"], move["target"]) == (group.uri, new.id)
        (update,) = await beta.got(1, type="Update")
        assert (update["object"]["movedTo"], update["object"]["postingRestrictedToMods"]) == (new.id, True)
        async with alpha.client(await alpha.token(ada)) as http:
            answer = await http.post("/api/v1/statuses", json={"status": f"@{group.handle} Which oven?"})
            assert answer.json()["error"] == "Bakers has moved. Write to its new place."
