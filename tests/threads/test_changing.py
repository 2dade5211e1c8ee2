"""Editing, deleting, and what moderators do."""

import pytest

from fedcomm.database import Connection
from fedcomm.errors import NotAllowed, NotFound
from fedcomm.threads import moderating, posting, reactions, reading, relayed
from tests.factories import (
    HERE,
    NOON,
    again,
    later,
    make_account,
    make_draft,
    make_group,
    make_remote,
    make_remote_account,
    make_remote_group,
    make_reply,
    make_thread,
    recorded,
)


async def test_an_edit_keeps_what_the_post_said_before(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])
    post = await make_thread(db, ada, group, title="Which oven?", text="Ours broke.")

    edited = await posting.edit(
        db, HERE, ada, post.id, make_draft("Ours broke twice.", title="Which oven, then?"), now=later(hours=1)
    )

    assert (edited.title, edited.content_html) == ("Which oven, then?", "<p>Ours broke twice.</p>")
    assert (edited.edited_at, edited.version) == (later(hours=1), post.version + 1)
    versions = await reading.versions(db, edited)
    assert [(each.title, each.content_html, each.created_at) for each in versions] == [
        ("Which oven?", "<p>Ours broke.</p>", NOON),
        ("Which oven, then?", "<p>Ours broke twice.</p>", later(hours=1)),
    ]
    assert await recorded(db, "PostEdited") == ["PostEdited"]


async def test_an_edit_that_changes_nothing_is_none(db: Connection) -> None:
    ada = await make_account(db)
    post = await make_thread(db, ada)

    same = await posting.edit(db, HERE, ada, post.id, make_draft("Ours broke."), now=later(hours=1))

    assert (same.version, same.edited_at) == (post.version, None)
    assert await recorded(db, "PostEdited") == []


async def test_s042_an_edit_changes_neither_audience_nor_place(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])
    secret = await make_thread(db, ada, audience="followers")

    edited = await posting.edit(db, HERE, ada, secret.id, make_draft("Now for all.", group=group), now=later(hours=1))

    assert (edited.audience, edited.group_id) == ("followers", None)


async def test_s033_only_the_author_edits(db: Connection) -> None:
    rui, eve = await make_remote_account(db), await make_remote_account(db, "eve")
    post = await make_thread(db, rui)

    with pytest.raises(NotAllowed):
        await posting.edit(
            db,
            HERE,
            eve,
            post.id,
            make_draft("Mine.", remote=make_remote(eve, uri=post.uri, edited_at=later(hours=1))),
            now=later(hours=1),
        )

    assert (await reading.by_id(db, post.id, None)).content_html == "<p>Ours broke.</p>"


async def test_r018_an_older_edit_that_comes_last_changes_nothing(db: Connection) -> None:
    rui = await make_remote_account(db)
    post = await make_thread(db, rui)

    for minutes, text in ((1, "First."), (3, "Third."), (2, "Second.")):
        remote = make_remote(rui, uri=post.uri, edited_at=later(minutes=minutes))
        await posting.edit(db, HERE, rui, post.id, make_draft(text, remote=remote), now=later(hours=1))

    now = await reading.by_id(db, post.id, None)
    assert (now.content_html, now.edited_at) == ("<p>Third.</p>", later(minutes=3))


async def test_r020_an_edit_that_overtakes_its_post_stays_newest(db: Connection) -> None:
    rui = await make_remote_account(db)
    first = make_remote(rui)
    newer = make_remote(rui, uri=first.uri, edited_at=later(minutes=5))

    await posting.publish(db, HERE, rui, make_draft("Newest.", remote=newer), now=later(minutes=6))
    post = await posting.publish(db, HERE, rui, make_draft("Oldest.", remote=first), now=later(minutes=7))

    assert post.content_html == "<p>Newest.</p>"
    older = make_remote(rui, uri=first.uri, edited_at=later(minutes=2))
    await posting.edit(db, HERE, rui, post.id, make_draft("Old.", remote=older), now=later(minutes=8))
    assert (await reading.by_id(db, post.id, None)).content_html == "<p>Newest.</p>"


async def test_deleting_empties_the_text_at_once_and_keeps_the_place(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    post = await make_thread(db, ada, group, text="A secret.")
    await posting.edit(db, HERE, ada, post.id, make_draft("Another secret.", title="Hm"), now=later(minutes=1))
    await relayed.keep(db, post.id, "https://x.example/1", "Create", b"secret", has_proof=False, now=NOON)
    reply = await make_reply(db, ben, post)

    await posting.delete(db, HERE, ada, post.id, now=later(hours=1))
    await posting.delete(db, HERE, ada, post.id, now=later(hours=2))

    left = await reading.find(db, post.id)
    assert left is not None
    assert (left.state, left.title, left.content_html, left.source, left.deleted_at) == (
        "deleted",
        None,
        "",
        None,
        later(hours=1),
    )
    assert (left.uri, left.group_id, left.published_at) == (post.uri, group.id, NOON)
    for table in ("post_version", "post_activity", "boost"):
        assert await db.fetchval(f"SELECT count(*) FROM {table} WHERE post_id = $1", post.id) == 0
    with pytest.raises(NotFound):
        await reading.by_id(db, post.id, ada.id)
    assert [each.id for each in await reading.thread(db, post.id, None)] == [post.id, reply.id]
    assert await recorded(db, "PostDeleted", "AnnouncementWithdrawn") == ["AnnouncementWithdrawn", "PostDeleted"]
    assert ((await again(db, ada)).posts_count, (await again(db, group)).posts_count) == (0, 0)


async def test_deleting_a_reply_lowers_the_counts_above_it(db: Connection) -> None:
    ada = await make_account(db)
    thread = await make_thread(db, ada, await make_group(db, members=[ada]))
    first = await make_reply(db, ada, thread)
    second = await make_reply(db, ada, first)

    await posting.delete(db, HERE, ada, second.id, now=NOON)

    counts = {post.id: post.replies_count for post in await reading.thread(db, thread.id, None)}
    assert (counts[thread.id], counts[first.id]) == (1, 0)


async def test_s035_only_the_author_deletes(db: Connection) -> None:
    ada, ben, rui, eve = (
        await make_account(db),
        await make_account(db, "ben"),
        await make_remote_account(db),
        await make_remote_account(db, "eve"),
    )
    ours, theirs = await make_thread(db, ada), await make_thread(db, rui)

    with pytest.raises(NotAllowed):
        await posting.delete(db, HERE, ben, ours.id, now=NOON)
    assert not await posting.delete_by_uri(db, HERE, eve.uri, theirs.uri, now=NOON)
    assert not await posting.delete_by_uri(db, HERE, ada.uri, ours.uri, now=NOON)

    assert (await reading.by_id(db, ours.id, None)).state == "visible"
    assert (await reading.by_id(db, theirs.id, None)).state == "visible"


async def test_a_removed_post_is_gone_for_all_but_author_and_moderators(db: Connection) -> None:
    frida, ada, ben = await make_account(db, "frida"), await make_account(db), await make_account(db, "ben")
    group = await make_group(db, facilitator=frida, members=[ada, ben])
    post = await make_thread(db, ada, group)

    with pytest.raises(NotAllowed):
        await posting.remove(db, HERE, ben, post.id, "spam", now=NOON)
    await posting.remove(db, HERE, frida, post.id, "advertising", now=NOON)

    for reader in (None, ben.id):
        with pytest.raises(NotFound):
            await reading.by_id(db, post.id, reader)
    for reader in (ada.id, frida.id):
        assert (await reading.by_id(db, post.id, reader)).content_html == "<p>Ours broke.</p>"
    assert await recorded(db, "PostRemoved", "AnnouncementWithdrawn") == ["AnnouncementWithdrawn", "PostRemoved"]


async def test_a_restored_post_is_back_in_its_place(db: Connection) -> None:
    frida, ada = await make_account(db, "frida"), await make_account(db)
    group = await make_group(db, facilitator=frida, members=[ada])
    thread = await make_thread(db, ada, group)
    reply = await make_reply(db, ada, thread)

    for post in (reply, thread):
        await posting.remove(db, HERE, frida, post.id, "", now=NOON)
    assert (await again(db, ada)).posts_count == 0
    for post in (thread, reply):
        await posting.restore(db, HERE, frida, post.id, now=NOON)

    assert (await reading.by_id(db, thread.id, None)).replies_count == 1
    assert (await again(db, ada)).posts_count == 2
    assert (await again(db, group)).posts_count == 1


async def test_a_group_elsewhere_removes_from_its_own_threads_only(db: Connection) -> None:
    ada = await make_account(db)
    market, other = await make_remote_group(db, members=[ada]), await make_remote_group(db)
    post = await make_thread(db, ada, market)

    with pytest.raises(NotAllowed):
        await posting.remove(db, HERE, other, post.id, "", now=NOON)
    await posting.remove(db, HERE, market, post.id, "", now=NOON)

    with pytest.raises(NotFound):
        await reading.by_id(db, post.id, None)
    assert (await reading.by_id(db, post.id, ada.id)).state == "removed"


async def test_a_carrying_group_hides_a_post_for_its_own_people_only(db: Connection) -> None:
    ada, frida = await make_account(db), await make_account(db, "frida")
    home = await make_group(db, members=[ada])
    carrying = await make_group(db, "millers", facilitator=frida, members=[ada])
    thread = await make_thread(db, ada, home, carried_by=[carrying])
    reply = await make_reply(db, ada, thread)

    with pytest.raises(NotAllowed):
        await moderating.hide(db, HERE, ada, carrying.id, reply.id, reason="Off topic", now=NOON)
    with pytest.raises(NotAllowed):
        await posting.remove(db, HERE, frida, reply.id, "", now=NOON)
    await moderating.hide(db, HERE, frida, carrying.id, reply.id, reason="Off topic", now=NOON)

    seen_there = await reading.thread(db, thread.id, None, group_id=carrying.id)
    assert [post.id for post in seen_there] == [thread.id]
    assert [post.id for post in await reading.thread(db, thread.id, None)] == [thread.id, reply.id]


async def test_deleting_takes_favourites_and_boosts_along(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_thread(db, ada)
    await reactions.favourite(db, HERE, ben, post.id, now=NOON)
    await reactions.boost(db, HERE, ben, post.id, now=NOON)
    await reactions.bookmark(db, HERE, ben, post.id, now=NOON)

    await posting.delete(db, HERE, ada, post.id, now=NOON)

    for table in ("favourite", "boost", "bookmark"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
