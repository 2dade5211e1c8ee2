"""What arrives twice, at the same moment, or in the wrong order has the effect that it would have had in order (P5)."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import MakeDatabase
from tests.factories import make_thread
from tests.kit import FakeActor, FakePeer
from tests.reliability.queues_at import all_done
from tests.running import Instance, instance

OBJECTS = 5


def _mentions(here: Instance, uri: str, handle: str = "ada") -> dict[str, Any]:
    return {"cc": [uri], "tag": [{"type": "Mention", "href": uri, "name": f"@{handle}@{here.domain}"}]}


async def _accepted(here: Instance, by: FakeActor, activity: dict[str, Any]) -> None:
    sent = await by.send(f"{here.url}/inbox", activity)
    assert sent.status == 202, sent.body


async def test_r019_what_was_deleted_before_it_came_is_never_visible(database_url: MakeDatabase) -> None:
    """R019: Delete, then Create, of five posts at once; a Create before the Delete ends the same way."""
    async with FakePeer() as peer, instance(await database_url()) as here, here.working():
        ada, rui = await here.person("ada"), peer.add("rui")
        notes = [rui.writes(f"Bread {n}", **_mentions(here, ada.uri)) for n in range(OBJECTS)]

        async def delete_first(note: dict[str, Any]) -> None:
            await _accepted(here, rui, rui.does("Delete", note["id"], to=note["to"]))
            await _accepted(here, rui, rui.does("Create", note))

        await asyncio.gather(*map(delete_first, notes))
        await all_done(here.site.pool)
        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM post") == 0

        both = [rui.writes(f"Cake {n}", **_mentions(here, ada.uri)) for n in range(OBJECTS)]
        said = [rui.does("Create", note) for note in both] + [rui.does("Delete", note["id"]) for note in both]
        random.Random(19).shuffle(said)
        await asyncio.gather(*(_accepted(here, rui, activity) for activity in said))
        await all_done(here.site.pool)
        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM post WHERE state <> 'deleted'") == 0


@pytest.mark.parametrize("clock_is_behind", [timedelta(minutes=20), timedelta(minutes=-20)])
async def test_r020_the_newest_words_stay_in_whatever_order_they_come(
    database_url: MakeDatabase, clock_is_behind: timedelta
) -> None:
    """R020: an Update before its Create, all at the same moment, the newer first; by clocks that are not ours."""
    async with FakePeer() as peer, instance(await database_url()) as here, here.working():
        ada, rui = await here.person("ada"), peer.add("rui")
        written_at = datetime.now(UTC) - clock_is_behind
        published = written_at.isoformat()
        notes = [rui.writes("Flour", published=published, **_mentions(here, ada.uri)) for _ in range(OBJECTS)]

        def edit(note: dict[str, Any], n: int) -> dict[str, Any]:
            updated = (written_at + timedelta(minutes=n)).isoformat()
            return rui.does("Update", {**note, "content": f"<p>Edit {n}</p>", "updated": updated})

        said = [[rui.does("Create", note), *(edit(note, n) for n in range(1, 4))] for note in notes]
        chance = random.Random(20)
        for activities in said:
            chance.shuffle(activities)
        await _accepted(here, rui, edit(notes[0], 3))
        await asyncio.gather(*(_accepted(here, rui, activity) for activities in said for activity in activities))
        await all_done(here.site.pool)

        async with here.db() as db:
            rows = await db.fetch("SELECT uri, content_html FROM post")
        assert {row["uri"]: row["content_html"] for row in rows} == {note["id"]: "<p>Edit 3</p>" for note in notes}


async def test_r022_twenty_copies_at_once_have_one_effect_and_tell_once(database_url: MakeDatabase) -> None:
    """R022: the same activity twenty times, to the shared inbox and to the personal one."""
    async with FakePeer() as peer, instance(await database_url()) as here, here.working():
        ada, rui = await here.person("ada"), peer.add("rui")
        async with here.db() as db:
            post = await make_thread(db, ada, here=here.here, now=here.site.now())
        create = rui.does("Create", rui.writes("Hello @ada", **_mentions(here, ada.uri)))
        like = rui.does("Like", post.uri)
        inboxes = [f"{here.url}/inbox", f"{ada.uri}/inbox"] * 10

        sent = await asyncio.gather(*(rui.send(inbox, said) for inbox in inboxes for said in (create, like)))
        assert Counter(each.status for each in sent) == {202: 40}
        await all_done(here.site.pool)

        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM post WHERE author_id <> $1", ada.id) == 1
            assert await db.fetchval("SELECT favourites_count FROM post WHERE id = $1", post.id) == 1
            told = await db.fetch("SELECT type FROM notification WHERE account_id = $1 ORDER BY type", ada.id)
        assert [row["type"] for row in told] == ["favourite", "mention"]


async def test_r023_a_new_actor_is_fetched_and_kept_once_though_fifty_activities_come(
    database_url: MakeDatabase,
) -> None:
    """R023: fifty activities at the same moment by somebody whom nobody here knows: one row, one fetch."""
    async with FakePeer() as peer, instance(await database_url()) as here, here.working():
        ada, rui = await here.person("ada"), peer.add("rui")
        said = [rui.does("Create", rui.writes(f"Bread {n}", **_mentions(here, ada.uri))) for n in range(50)]

        answers = await asyncio.gather(*(rui.send(f"{here.url}/inbox", activity) for activity in said))
        assert Counter(sent.status for sent in answers) == {202: 50}
        await all_done(here.site.pool)

        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM account WHERE uri = $1", rui.id) == 1
            assert await db.fetchval("SELECT count(*) FROM post") == 50
        asked = Counter(seen.path for seen in peer.server.seen if seen.method == "GET")
        assert asked[rui.path] == 1, asked
        assert asked["/.well-known/webfinger"] == 1, asked
