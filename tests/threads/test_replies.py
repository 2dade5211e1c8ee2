"""Replies: where they stand, who may write them, and what happens when they come before what they answer."""

import pytest

from fedcomm.database import Connection
from fedcomm.errors import NotAllowed
from fedcomm.threads import carrying, posting, reading
from fedcomm.threads.model import Post
from tests.factories import (
    HERE,
    NOON,
    again,
    later,
    make_account,
    make_draft,
    make_follow,
    make_group,
    make_remote,
    make_remote_account,
    make_remote_group,
    make_reply,
    make_thread,
    recorded,
)


async def test_a_reply_takes_group_thread_context_and_audience_from_what_it_answers(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    thread = await make_thread(db, ada, group)

    reply = await make_reply(db, ben, thread)

    assert (reply.thread_id, reply.parent_id, reply.parent_author_id) == (thread.id, thread.id, ada.id)
    assert (reply.group_id, reply.audience, reply.context_uri) == (group.id, "public", thread.context_uri)
    assert (reply.title, reply.kind) == (None, None)
    assert not reply.is_root
    assert await recorded(db, "ThreadAnnounced") == ["ThreadAnnounced"]


async def test_a_root_counts_all_replies_and_a_reply_those_to_it(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    thread = await make_thread(db, ada, group)

    first = await make_reply(db, ben, thread)
    second = await make_reply(db, ada, first)
    await make_reply(db, ben, second)

    counted = {post.id: post.replies_count for post in await reading.thread(db, thread.id, None)}
    assert counted[thread.id] == 3
    assert counted[first.id] == 1
    assert counted[second.id] == 1


async def test_who_does_not_belong_to_the_group_does_not_reply_in_it(db: Connection) -> None:
    ada, ben, rui = await make_account(db), await make_account(db, "ben"), await make_remote_account(db)
    thread = await make_thread(db, ada, await make_group(db, members=[ada]))

    with pytest.raises(NotAllowed):
        await make_reply(db, ben, thread)
    with pytest.raises(NotAllowed):
        await make_reply(db, rui, thread)


async def test_who_left_the_group_still_answers_in_their_own_thread(db: Connection) -> None:
    rui = await make_remote_account(db)
    group = await make_group(db, members=[rui])
    thread = await make_thread(db, rui, group)
    await db.execute("UPDATE membership SET state = 'left' WHERE member_id = $1", rui.id)

    reply = await make_reply(db, rui, thread)

    assert reply.group_id == group.id


async def test_members_of_a_carrying_group_are_guests_in_the_thread(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    home = await make_group(db, members=[ada])
    carrying = await make_group(db, "millers", members=[ada, ben])
    thread = await make_thread(db, ada, home, carried_by=[carrying])

    assert (await make_reply(db, ben, thread)).group_id == home.id
    with pytest.raises(NotAllowed):
        await make_reply(db, cleo, thread)


async def test_what_a_group_elsewhere_allows_is_its_own_matter(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    market = await make_remote_group(db)
    thread = await make_thread(db, rui, market)

    reply = await make_reply(db, ada, thread)

    assert reply.group_id == market.id


async def test_a_private_word_in_a_public_thread_is_not_part_of_the_groups_discussion(db: Connection) -> None:
    """S091: and nobody else finds it."""
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    group = await make_group(db, members=[ada, ben, cleo])
    thread = await make_thread(db, ada, group)

    word = await make_reply(db, ben, thread, audience="direct", mentioning=[ada])

    assert (word.group_id, word.audience, word.thread_id) == (None, "direct", thread.id)
    assert (await reading.by_id(db, thread.id, None)).replies_count == 0
    assert [post.id for post in (await reading.context(db, thread.id, cleo.id))[1]] == []
    assert [post.id for post in (await reading.context(db, thread.id, None))[1]] == []
    assert [post.id for post in (await reading.context(db, thread.id, ada.id))[1]] == [word.id]


async def test_a_reply_reaches_no_further_than_what_it_answers(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await make_follow(db, ben, ada)
    secret = await make_thread(db, ada, audience="followers")

    reply = await make_reply(db, ben, secret, audience="public")

    assert reply.audience == "followers"


async def test_ancestors_and_descendants_come_in_reading_order(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    thread = await make_thread(db, ada, group)
    first = await make_reply(db, ben, thread, now=later(minutes=1))
    second = await make_reply(db, ben, thread, now=later(minutes=2))
    below_first = await make_reply(db, ada, first, now=later(minutes=3))
    deepest = await make_reply(db, ben, below_first, now=later(minutes=4))

    ancestors, descendants = await reading.context(db, thread.id, None)
    assert ([post.id for post in ancestors], [post.id for post in descendants]) == (
        [],
        [first.id, below_first.id, deepest.id, second.id],
    )
    ancestors, descendants = await reading.context(db, below_first.id, None)
    assert ([post.id for post in ancestors], [post.id for post in descendants]) == (
        [thread.id, first.id],
        [deepest.id],
    )


async def test_a_reply_that_comes_first_waits_and_is_placed_when_its_parent_comes(db: Connection) -> None:
    rui, ben = await make_remote_account(db), await make_remote_account(db, "ben")
    group = await make_group(db, members=[rui, ben])
    root = make_remote(rui)
    early = await posting.publish(
        db, HERE, ben, make_draft(remote=make_remote(ben, parent_uri=root.uri, published_at=later(minutes=1))), now=NOON
    )
    below = await make_reply(db, rui, early, now=later(minutes=2))
    assert (early.thread_id, early.parent_uri, early.group_id) == (early.id, root.uri, None)
    assert not early.is_root

    thread = await posting.publish(db, HERE, rui, make_draft(group=group, remote=root), now=later(minutes=3))

    placed, deeper = await reading.find(db, early.id), await reading.find(db, below.id)
    assert placed is not None
    assert deeper is not None
    assert (placed.thread_id, placed.parent_id, placed.parent_uri, placed.group_id) == (
        thread.id,
        thread.id,
        None,
        group.id,
    )
    assert (deeper.thread_id, deeper.group_id) == (thread.id, group.id)
    assert (thread.replies_count, placed.replies_count) == (2, 1)
    assert [post.id for post in await reading.thread(db, thread.id, None)] == [thread.id, early.id, below.id]


async def test_replies_in_any_order_end_in_the_same_place(db: Connection) -> None:
    rui = await make_remote_account(db)
    group = await make_group(db, members=[rui])
    remotes = [make_remote(rui, published_at=NOON)]
    for minute in range(1, 5):
        remotes.append(make_remote(rui, parent_uri=remotes[-1].uri, published_at=later(minutes=minute)))
    drafts = [make_draft(remote=remotes[0], group=group), *(make_draft(remote=remote) for remote in remotes[1:])]

    for index in (3, 1, 4, 2, 0):
        await posting.publish(db, HERE, rui, drafts[index], now=later(hours=1))

    root = await reading.by_uri(db, remotes[0].uri)
    assert root is not None
    posts = await reading.thread(db, root.id, None)
    assert [post.uri for post in posts] == [remote.uri for remote in remotes]
    assert [post.replies_count for post in posts] == [4, 1, 1, 1, 0]
    assert {post.group_id for post in posts} == {group.id}


async def test_answers_that_name_each_other_make_no_ring(db: Connection) -> None:
    eve = await make_remote_account(db, "eve")
    one, two = "https://beta.example/p/one", "https://beta.example/p/two"

    await posting.publish(db, HERE, eve, make_draft(remote=make_remote(eve, uri=one, parent_uri=two)), now=NOON)
    await posting.publish(db, HERE, eve, make_draft(remote=make_remote(eve, uri=two, parent_uri=one)), now=NOON)

    first, second = await reading.by_uri(db, one), await reading.by_uri(db, two)
    assert first is not None
    assert second is not None
    assert (first.parent_uri, first.parent_id) == (two, None)
    assert second.thread_id == first.id
    assert [post.id for post in await reading.thread(db, first.id, None)] == [first.id, second.id]


async def test_who_may_not_write_in_the_group_stays_outside_when_the_root_comes(db: Connection) -> None:
    rui, eve = await make_remote_account(db), await make_remote_account(db, "eve")
    group = await make_group(db, members=[rui])
    root = make_remote(rui)
    early = await posting.publish(db, HERE, eve, make_draft(remote=make_remote(eve, parent_uri=root.uri)), now=NOON)

    thread = await posting.publish(db, HERE, rui, make_draft(group=group, remote=root), now=NOON)

    assert [post.id for post in await reading.thread(db, thread.id, None)] == [thread.id]
    still = await reading.find(db, early.id)
    assert still is not None
    assert still.parent_uri == root.uri


async def test_two_that_missed_each_other_are_brought_together_later(db: Connection) -> None:
    rui = await make_remote_account(db)
    root = await make_thread(db, rui)
    early = await posting.publish(
        db, HERE, rui, make_draft(remote=make_remote(rui, parent_uri="https://beta.example/p/unseen")), now=NOON
    )
    await db.execute("UPDATE post SET parent_uri = $2 WHERE id = $1", early.id, root.uri)

    assert await posting.place_waiting(db, HERE, now=NOON) == 1
    assert await posting.place_waiting(db, HERE, now=NOON) == 0

    assert (await reading.by_id(db, early.id, None)).thread_id == root.id


async def test_backfilled_replies_tell_nobody(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    thread = await make_thread(db, ada)
    before = len(await recorded(db))

    old = make_draft("Long ago.", remote=make_remote(rui, parent_uri=thread.uri))
    await posting.publish(db, HERE, rui, old, quiet=True, now=NOON)

    assert len(await recorded(db)) == before
    assert (await reading.by_id(db, thread.id, None)).replies_count == 1
    assert (await again(db, rui)).posts_count == 1


async def test_a_backfilled_reply_that_comes_by_itself_is_told_of_once(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    thread = await make_thread(db, ada)
    draft = make_draft(remote=make_remote(rui, parent_uri=thread.uri))
    await posting.publish(db, HERE, rui, draft, quiet=True, now=NOON)
    assert await recorded(db, "PostPublished") == ["PostPublished"]

    for _ in range(2):
        await posting.publish(db, HERE, rui, draft, now=later(minutes=1))
        await posting.publish(db, HERE, rui, draft, quiet=True, now=later(minutes=2))

    assert await recorded(db, "PostPublished") == ["PostPublished", "PostPublished"]


async def test_answers_to_what_is_gone_stand_below_the_root_in_whatever_order_they_come(db: Connection) -> None:
    rui = await make_remote_account(db)
    context = "https://beta.example/t/1"
    gone = "https://beta.example/p/gone"
    root = make_remote(rui, context_uris=(context,))
    answer = make_remote(rui, parent_uri=gone, context_uris=(context,))
    below = make_remote(rui, parent_uri=answer.uri, context_uris=(context,))

    early = await posting.publish(db, HERE, rui, make_draft(remote=answer), now=NOON)
    await posting.publish(db, HERE, rui, make_draft(remote=below), now=NOON)
    thread = await posting.publish(db, HERE, rui, make_draft(remote=root), now=later(minutes=1))
    assert (await seen(db, early)).thread_id == early.id  # what it answers may still come

    await posting.delete_by_uri(db, HERE, rui.uri, gone, now=later(minutes=2))
    late = await posting.publish(
        db,
        HERE,
        rui,
        make_draft(remote=make_remote(rui, parent_uri=gone, context_uris=(context,))),
        now=later(minutes=3),
    )

    assert (await seen(db, early)).parent_id == thread.id
    assert (late.thread_id, late.parent_id) == (thread.id, thread.id)
    everything = {post.uri for post in await reading.thread(db, thread.id, None)}
    assert everything == {root.uri, answer.uri, below.uri, late.uri}


async def test_an_answer_to_what_is_gone_waits_for_the_root_of_its_conversation(db: Connection) -> None:
    rui = await make_remote_account(db)
    context, gone = "https://beta.example/t/1", "https://beta.example/p/gone"
    await posting.delete_by_uri(db, HERE, rui.uri, gone, now=NOON)
    answer = make_remote(rui, parent_uri=gone, context_uris=(context,))
    early = await posting.publish(db, HERE, rui, make_draft(remote=answer), now=NOON)
    assert early.parent_uri == gone

    thread = await posting.publish(
        db, HERE, rui, make_draft(remote=make_remote(rui, context_uris=(context,))), now=later(minutes=1)
    )

    assert thread.replies_count == 1
    assert (await seen(db, early)).parent_id == thread.id


async def test_who_sees_a_thread_before_the_yes_of_their_group_has_arrived_may_answer(db: Connection) -> None:
    ada = await make_account(db)
    dora, ben = await make_remote_account(db, "dora"), await make_remote_account(db, "ben")
    group = await make_group(db, members=[ada, dora])
    theirs = await make_remote_group(db)
    thread = await make_thread(db, ada, group, carried_by=[theirs])
    assert (await carrying.carriers(db, [thread.id]))[thread.id][0].state == "requested"

    answer = await make_reply(db, ben, thread)

    assert (answer.group_id, answer.state) == (group.id, "visible")
    stranger = await make_remote_account(db, "eve", host="gamma.example")
    with pytest.raises(NotAllowed):
        await make_reply(db, stranger, thread)


async def seen(db: Connection, post: Post) -> Post:
    """A post as it stands in the database now."""
    found = await reading.find(db, post.id)
    assert found is not None
    return found
