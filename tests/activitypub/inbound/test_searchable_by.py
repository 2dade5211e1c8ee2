"""Who may find a post by searching: `searchableBy` of posts (FEP-268d), beside what is said of their authors."""

from typing import Any

import pytest

from fedcomm.accounts.model import Account
from fedcomm.activitypub.translating import MOST_FINDERS
from tests.activitypub.inbound.world import asked, followed, join, rows, tell, to_group, world
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase

AS_JSON = {"Accept": "application/activity+json"}


async def _finds(at: Instance, who: Account, word: str) -> bool:
    async with at.client(await at.token(who)) as http:
        answer = await http.get("/api/v2/search", params={"q": word, "type": "statuses"})
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["statuses"])


async def _follows(at: Instance, ada: Account, rui: FakeActor) -> None:
    await tell(at, rui, rui.does("Accept", await asked(at, ada, rui)))


@pytest.mark.parametrize(
    ("said", "found_by"),
    [
        ({}, ["ada", "ben", "zoe"]),
        ({"searchableBy": None}, ["ada", "ben", "zoe"]),
        ({"searchableBy": [PUBLIC]}, ["ada", "ben", "zoe"]),
        ({"searchableBy": "as:Public"}, ["ada", "ben", "zoe"]),
        ({"searchableBy": ["followers"]}, ["ada"]),
        ({"searchableBy": ["ben", "followers"]}, ["ada", "ben"]),
        ({"searchableBy": ["ben"]}, ["ben"]),
        ({"searchableBy": ["author"]}, []),
        ({"searchableBy": ["as:Limited"]}, []),
        ({"searchableBy": []}, []),
        ({"searchableBy": 7}, []),
    ],
)
async def test_a_post_is_found_by_those_alone_whom_it_names(
    database_url: MakeDatabase, said: dict[str, Any], found_by: list[str]
) -> None:
    """On a page of its author, and in a group, where all of them may read it."""
    async with world(database_url) as (alpha, beta):
        people = {name: await alpha.person(name) for name in ("ada", "ben", "zoe")}
        group = await alpha.group(people["ada"])
        rui = beta.add("rui", indexable=True)
        await _follows(alpha, people["ada"], rui)
        await join(alpha, rui, group)
        ids = {"author": rui.id, "followers": f"{rui.id}/followers", "ben": people["ben"].uri}
        if isinstance(said.get("searchableBy"), list):
            said = {"searchableBy": [ids.get(each, each) for each in said["searchableBy"]]}

        for note in (rui.writes("Ovens here.", **said), rui.writes("Tills there.", **said, **to_group(group))):
            await tell(alpha, rui, rui.does("Create", note))

        for word in ("ovens", "tills"):
            assert [name for name, who in people.items() if await _finds(alpha, who, word)] == found_by


async def test_an_author_may_change_who_finds_a_post_and_own_library_stays(database_url: MakeDatabase) -> None:
    """Whoever favoured it finds it again; the word for all of their posts counts as before."""
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui, eve = beta.add("rui", indexable=True), beta.add("eve", indexable=False)
        for who in (rui, eve):
            await _follows(alpha, ada, who)
        note = rui.writes("Ovens here.", published="2026-01-01T12:00:00Z")
        await tell(alpha, rui, rui.does("Create", note))
        await tell(alpha, eve, eve.does("Create", eve.writes("Tills there.", searchableBy=[PUBLIC])))
        assert await _finds(alpha, ben, "ovens")
        assert not await _finds(alpha, ben, "tills")

        async with alpha.client(await alpha.token(ada)) as http:
            (found,) = (await http.get("/api/v2/search", params={"q": "ovens"})).json()["statuses"]
            await http.post(f"/api/v1/statuses/{found['id']}/favourite")
        hidden: dict[str, Any] = {**note, "searchableBy": [], "updated": "2026-01-01T13:00:00Z"}
        await tell(alpha, rui, rui.does("Update", hidden))
        assert not await _finds(alpha, ben, "ovens")
        assert await _finds(alpha, ada, "ovens")

        await tell(alpha, rui, rui.does("Update", {**note, "updated": "2026-01-01T14:00:00Z"}))
        assert await _finds(alpha, ben, "ovens")


async def test_no_more_than_some_are_kept_of_those_who_may_find_a_post(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        rui = beta.add("rui", indexable=True)
        await followed(alpha, await alpha.person(), rui)
        many = [f"{rui.id}/friends/{number}" for number in range(3 * MOST_FINDERS)]
        await tell(alpha, rui, rui.does("Create", rui.writes("Ovens here.", searchableBy=many)))

        (kept,) = await rows(alpha, "SELECT searchable_by FROM post")
        assert kept["searchable_by"] == many[:MOST_FINDERS]


async def test_our_posts_say_who_may_find_them_as_their_author_chose(database_url: MakeDatabase) -> None:
    """In groups it is the group that says so: where the author does not want to be found, nothing is written."""
    async with world(database_url) as (alpha, _):
        ada = await alpha.person()
        await alpha.group(ada)
        handle = f"@bakers@{alpha.here.domain}"

        async def said(form: dict[str, Any]) -> object:
            async with alpha.client(await alpha.token(ada)) as http:
                made = await http.post("/api/v1/statuses", json=form)
                assert made.status_code == 200, made.text
                document = await http.get(made.json()["uri"], headers=AS_JSON)
            return document.json().get("searchableBy")

        assert await said({"status": "One."}) == [PUBLIC]
        assert await said({"status": "Two.", "visibility": "unlisted"}) == [ada.uri]
        assert await said({"status": f"{handle} Three?"}) == [PUBLIC]
        async with alpha.client(await alpha.token(ada)) as http:
            assert (await http.patch("/api/v1/accounts/update_credentials", json={"indexable": False})).is_success
        assert await said({"status": "Four."}) == [ada.uri]
        assert await said({"status": f"{handle} Five?"}) is None
