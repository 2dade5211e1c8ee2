"""Who is told of what, once."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fedcomm import facts
from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.jobs.work import Work
from fedcomm.notifications import markers, reading, telling
from fedcomm.notifications.model import Wanted
from fedcomm.threads import carrying, posting, reactions
from tests.factories import (
    HERE,
    NOON,
    again,
    later,
    make_account,
    make_draft,
    make_follow,
    make_group,
    make_remote_account,
    make_remote_group,
    make_reply,
    make_thread,
)

TOLD: dict[type[facts.Fact], Callable[[Work, Any], Awaitable[None]]] = {
    facts.PostPublished: telling.of_post,
    facts.ThreadAnnounced: telling.of_announcement,
    facts.ThreadAnnouncedElsewhere: telling.of_announcement,
    facts.PostFavourited: telling.of_favourite,
    facts.FavouriteUndone: telling.of_favourite_undone,
    facts.PostBoosted: telling.of_boost,
    facts.BoostUndone: telling.of_boost_undone,
    facts.FollowReceived: telling.of_follow,
    facts.PostEdited: telling.of_edit,
    facts.PostDeleted: telling.of_deletion,
}


async def tell(db: Connection, *, backwards: bool = False) -> None:
    """Do what follows from every fact recorded so far, as the worker would."""

    @asynccontextmanager
    async def transaction() -> AsyncGenerator[Connection]:
        yield db

    rows = await db.fetch("SELECT id, type, payload FROM fact ORDER BY id")
    for row in reversed(rows) if backwards else rows:
        fact = facts.from_row(row["type"], row["payload"])
        if type(fact) in TOLD:
            work = Work(HERE, now=NOON, transaction=transaction)
            await TOLD[type(fact)](work, fact)


async def told(db: Connection, who: Account) -> list[tuple[str, int, int | None]]:
    """Somebody's notifications, newest first: type, from whom, about which post."""
    page = await reading.page(db, who.id, cursor=Cursor())
    return [(each.type, each.from_account_id, each.post_id) for each in page]


async def test_who_is_answered_or_named_is_told_once(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    thread = await make_thread(db, ada)

    reply = await make_reply(db, ben, thread, mentioning=[ada, cleo, ben])
    for _ in range(2):
        await tell(db)

    assert await told(db, ada) == [("mention", ben.id, reply.id)]
    assert await told(db, cleo) == [("mention", ben.id, reply.id)]
    assert await told(db, ben) == []


async def test_silent_mentions_and_people_elsewhere_are_not_told(db: Connection) -> None:
    ada, ben, rui = await make_account(db), await make_account(db, "ben"), await make_remote_account(db)
    post = await posting.publish(db, HERE, ada, make_draft(mentioning=[ben, rui]), now=NOON)
    await db.execute("UPDATE post_mention SET is_silent = true WHERE account_id = $1", ben.id)

    await tell(db)

    assert await db.fetchval("SELECT count(*) FROM notification WHERE post_id = $1", post.id) == 0


async def test_a_message_to_a_group_tells_its_moderators(db: Connection) -> None:
    frida, ada, ben = [await make_account(db, name) for name in ("frida", "ada", "ben")]
    group = await make_group(db, facilitator=frida, members=[ada, ben])

    message = await make_thread(db, ada, group, audience="direct")
    await make_thread(db, ada, group)
    await tell(db)

    assert await told(db, frida) == [("mention", ada.id, message.id)]
    assert await told(db, ben) == []


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_follower_of_two_groups_with_bells_is_told_once(db: Connection, backwards: bool) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    one, two = await make_group(db, "one", members=[ada, ben]), await make_group(db, "two", members=[ada, ben])
    for group in (one, two):
        await follows.follow(db, HERE, ben, group, notify=True, now=NOON)

    thread = await make_thread(db, ada, one, carried_by=[two])
    await tell(db, backwards=backwards)

    ((type_, _, about),) = await told(db, ben)
    assert (type_, about) == ("status", thread.id)


@pytest.mark.parametrize("backwards", [False, True])
async def test_being_named_weighs_more_than_a_bell(db: Connection, backwards: bool) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    await follows.follow(db, HERE, ben, group, notify=True, now=NOON)

    draft = make_draft(title="Which oven?", group=group, mentioning=[ben])
    thread = await posting.publish(db, HERE, ada, draft, now=NOON)
    await tell(db, backwards=backwards)

    assert await told(db, ben) == [("mention", ada.id, thread.id)]


async def test_the_bell_of_a_group_elsewhere_rings_too(db: Connection) -> None:
    ben, rui = await make_account(db, "ben"), await make_remote_account(db)
    market = await make_remote_group(db, members=[ben])
    await follows.follow(db, HERE, ben, market, notify=True, now=NOON)
    thread = await make_thread(db, rui, market)
    await carrying.receive_announce(db, HERE, market, thread, "https://beta.example/a/1", published_at=NOON, now=NOON)

    await tell(db)

    assert await told(db, ben) == [("status", market.id, thread.id)]


async def test_the_bell_of_a_person_rings_for_posts_and_not_for_replies(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await make_follow(db, ben, ada, notify=True)

    post = await make_thread(db, ada)
    await make_reply(db, ada, post)
    await tell(db)

    assert ("status", ada.id, post.id) in await told(db, ben)
    assert len(await told(db, ben)) == 1


async def test_authors_hear_of_favourites_and_boosts_until_they_are_taken_back(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    post = await make_thread(db, ada)
    await reactions.favourite(db, HERE, rui, post.id, uri="https://beta.example/l/1", now=NOON)
    await reactions.boost(db, HERE, rui, post.id, uri="https://beta.example/b/1", published_at=NOON, now=NOON)
    await reactions.favourite(db, HERE, ada, post.id, now=NOON)
    for _ in range(2):
        await tell(db)
    assert await told(db, ada) == [("reblog", rui.id, post.id), ("favourite", rui.id, post.id)]

    await reactions.receive_undo(db, HERE, rui, "https://beta.example/l/1", now=later(hours=1))
    await tell(db)

    assert await told(db, ada) == [("reblog", rui.id, post.id)]


async def test_a_groups_announcement_is_no_boost_to_its_author(db: Connection) -> None:
    ada = await make_account(db)

    await make_thread(db, ada, await make_group(db, members=[ada]))
    await tell(db)

    assert await told(db, ada) == []


async def test_followers_and_requests_are_told_to_people(db: Connection) -> None:
    ada, ben, rui = await make_account(db), await make_account(db, "ben"), await make_remote_account(db)
    await db.execute("UPDATE account SET is_locked = true WHERE id = $1", ben.id)
    ben = await again(db, ben)
    await follows.receive_follow(db, HERE, rui, ada, "https://beta.example/f/1", now=NOON)
    await follows.follow(db, HERE, ada, ben, now=NOON)

    await tell(db)

    assert await told(db, ada) == [("follow", rui.id, None)]
    assert await told(db, ben) == [("follow_request", ada.id, None)]


async def test_who_boosted_a_post_hears_of_its_edits(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    post = await make_thread(db, ada)
    await reactions.boost(db, HERE, ben, post.id, now=NOON)

    await posting.edit(db, HERE, ada, post.id, make_draft("Something else."), now=later(hours=1))
    await tell(db)

    assert await told(db, ben) == [("update", ada.id, post.id)]
    assert await told(db, cleo) == []


async def test_what_is_deleted_or_hidden_is_no_news(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    thread = await make_thread(db, ada)
    deleted, removed, kept = [await make_reply(db, ben, thread) for _ in range(3)]
    await tell(db)
    assert len(await told(db, ada)) == 3

    await db.execute("UPDATE post SET state = 'removed' WHERE id = $1", removed.id)
    await posting.delete(db, HERE, ben, deleted.id, now=NOON)

    assert await told(db, ada) == [("mention", ben.id, kept.id)]
    assert await reading.unread(db, ada.id, limit=40) == 1


async def test_s097_notifications_of_others_are_not_found(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await make_reply(db, ben, await make_thread(db, ada))
    await tell(db)
    (mine,) = await reading.page(db, ada.id, cursor=Cursor())

    with pytest.raises(NotFound):
        await reading.by_id(db, ben.id, mine.id)
    with pytest.raises(NotFound):
        await reading.dismiss(db, ben.id, mine.id)
    assert await reading.by_id(db, ada.id, mine.id) == mine
    await reading.dismiss(db, ada.id, mine.id)
    assert await told(db, ada) == []


async def test_pages_can_be_narrowed_by_type_and_sender(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    thread = await make_thread(db, ada)
    await make_reply(db, ben, thread)
    await reactions.favourite(db, HERE, cleo, thread.id, now=NOON)
    await tell(db)

    async def types(**narrowed: Any) -> list[str]:
        return [each.type for each in await reading.page(db, ada.id, Wanted(**narrowed), cursor=Cursor())]

    assert await types() == ["favourite", "mention"]
    assert await types(types=["mention"]) == ["mention"]
    assert await types(exclude_types=["mention"]) == ["favourite"]
    assert await types(from_id=ben.id) == ["mention"]
    await reading.clear(db, ada.id)
    assert await types() == []


async def test_markers_remember_how_far_somebody_has_read(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    thread = await make_thread(db, ada)
    for _ in range(3):
        await make_reply(db, ben, thread)
    await tell(db)
    newest, *_ = await reading.page(db, ada.id, cursor=Cursor())

    first = await markers.put(db, ada.id, "notifications", newest.id - 1, now=NOON)
    assert await reading.unread(db, ada.id, limit=40) == 1
    second = await markers.put(db, ada.id, "notifications", newest.id, now=later(minutes=1))

    assert await reading.unread(db, ada.id, limit=40) == 0
    assert (first.version, second.version) == (1, 2)
    assert await markers.of(db, ada.id) == {"notifications": second}
    assert await markers.of(db, ben.id) == {}
