"""Posts are encoded once and never shown stale (decisions D63), with one statement for a page."""

from typing import Any

import orjson

from fedcomm.accounts import profiles
from fedcomm.accounts.profiles import Changes
from fedcomm.api.entities import statuses
from fedcomm.api.entities.encoded import Encoded
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.threads import posting, reactions
from fedcomm.timelines import home
from tests.api import schema
from tests.factories import (
    HERE,
    later,
    make_account,
    make_draft,
    make_group,
    make_remote_group,
    make_reply,
    make_thread,
)


class Counting:
    """A connection that counts statements."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._db, name)
        if name in ("fetch", "fetchrow", "fetchval", "execute"):
            self.statements += 1
        return found


async def shown(db: Connection, encoded: Encoded, viewer_id: int) -> list[dict[str, Any]]:
    entries = await home.page(db, viewer_id, cursor=Cursor())
    return [orjson.loads(each) for each in await statuses.page(db, encoded, entries, viewer_id)]


async def test_a_page_that_was_seen_before_costs_one_statement_however_long_it_is(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    groups = [await make_group(db, members=(ada, ben)) for _ in range(3)]
    encoded = Encoded(HERE)
    for length in (5, 20):
        for n in range(length):
            await make_thread(db, ben, groups[n % 3], title=f"Question {n}", now=later(seconds=n))
        await shown(db, encoded, ada.id)
        counting: Any = Counting(db)
        entries = await home.page(db, ada.id, cursor=Cursor())
        page = await statuses.page(counting, encoded, entries, ada.id)
        assert (len(page), counting.statements) == (length, 1)


async def test_another_process_never_shows_what_was_edited_deleted_or_renamed(db: Connection) -> None:
    ada = await make_account(db)
    post = await make_thread(db, ada, text="Canary")
    one, other = Encoded(HERE), Encoded(HERE)
    for process in (one, other):
        assert (await shown(db, process, ada.id))[0]["content"] == "<p>Canary</p>"

    await posting.edit(db, HERE, ada, post.id, make_draft("Robin"), now=later(minutes=1))
    await profiles.edit(db, HERE, ada, Changes(name="Countess"), now=later(minutes=1))
    for process in (one, other):
        (entity,) = await shown(db, process, ada.id)
        assert (entity["content"], entity["account"]["display_name"]) == ("<p>Robin</p>", "Countess")

    await posting.delete(db, HERE, ada, post.id, now=later(minutes=2))
    for process in (one, other):
        assert await shown(db, process, ada.id) == []


async def test_counts_and_marks_are_those_of_now_and_of_the_viewer(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_thread(db, ada)
    encoded = Encoded(HERE)
    await shown(db, encoded, ada.id)
    await reactions.favourite(db, HERE, ben, post.id, now=later(minutes=1))
    await reactions.boost(db, HERE, ada, post.id, now=later(minutes=1))
    await reactions.bookmark(db, HERE, ada, post.id, now=later(minutes=1))
    await make_reply(db, ben, post, now=later(minutes=1))

    by_viewer = {
        viewer: orjson.loads((await statuses.posts(db, encoded, [post.id], viewer))[post.id])
        for viewer in (ada.id, ben.id, None)
    }
    for entity in by_viewer.values():
        assert (entity["favourites_count"], entity["reblogs_count"], entity["replies_count"]) == (1, 1, 1)
        assert schema.troubles(entity, "Status") == []
    marks = ("favourited", "reblogged", "bookmarked")
    assert [by_viewer[ada.id][mark] for mark in marks] == [False, True, True]
    assert [by_viewer[ben.id][mark] for mark in marks] == [True, False, False]
    assert not {"favourited", "muted", "filtered"} & set(by_viewer[None])


async def test_a_thread_says_which_groups_have_it(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=(ada,))
    other = await make_group(db, "millers", members=(ada,))
    far = await make_remote_group(db, members=(ada,))
    post = await make_thread(db, ada, group, title="Which oven?", carried_by=[other, far])

    entity = orjson.loads((await statuses.posts(db, Encoded(HERE), [post.id], None))[post.id])
    assert entity["fedcomm"]["group"]["acct"] == group.handle
    assert [each["acct"] for each in entity["fedcomm"]["carried_by"]] == [other.handle]
    assert entity["content"].startswith("<p><strong>Which oven?</strong></p>")
    assert {each["acct"] for each in entity["mentions"]} == {group.handle, other.handle, far.acct}


async def test_a_title_made_from_the_text_is_not_shown_twice(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=(ada,))
    post = await posting.publish(db, HERE, ada, make_draft("Which oven do you have?", group=group), now=later())

    entity = orjson.loads((await statuses.posts(db, Encoded(HERE), [post.id], None))[post.id])
    assert entity["content"] == "<p>Which oven do you have?</p>"
    assert entity["fedcomm"]["title_is_generated"] is True


async def test_memory_is_bounded(db: Connection, monkeypatch: Any) -> None:
    ada = await make_account(db)
    monkeypatch.setattr("fedcomm.api.entities.encoded.CACHED_POSTS", 3)
    encoded = Encoded(HERE)
    for n in range(6):
        await make_thread(db, ada, text=f"Post {n}", now=later(seconds=n))
    assert [each["content"] for each in await shown(db, encoded, ada.id)] == [f"<p>Post {5 - n}</p>" for n in range(6)]
    assert encoded.size <= 3 + 3 + 3
