"""Direct posts as conversations: whose they are, what of them is unread, and who hides whom."""

from typing import Any

import pytest

from fedcomm.accounts import blocks
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.threads import appearing, conversations, posting, reading
from fedcomm.threads.conversations import Conversation
from fedcomm.threads.model import Post
from tests.factories import (
    HERE,
    NOON,
    later,
    make_account,
    make_draft,
    make_group,
    make_remote,
    make_remote_account,
    make_thread,
)


async def say(db: Connection, by: Account, *to: Account, below: Post | None = None, minutes: int = 0) -> Post:
    """A direct post, by somebody here or elsewhere."""
    now = later(minutes=minutes)
    draft = make_draft(
        "Between us.",
        parent=below if by.is_local else None,
        audience="direct",
        mentioning=to,
        remote=None if by.is_local else make_remote(by, parent_uri=below.uri if below else None, published_at=now),
    )
    return await posting.publish(db, HERE, by, draft, now=now)


async def of(db: Connection, who: Account, **options: Any) -> list[Conversation]:
    return await conversations.page(db, who.id, below=2**63 - 1, limit=20, **options)


async def seen(db: Connection, who: Account) -> list[tuple[list[int], int, int]]:
    """Each with whom, what came last, and how much is unread."""
    return [(each.participant_ids, each.post_id, each.unread_count) for each in await of(db, who)]


async def test_each_of_those_who_talk_has_the_conversation_and_it_is_unread_for_the_others(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")

    first = await say(db, ada, ben)
    second = await say(db, ada, ben, below=first, minutes=1)

    assert await seen(db, ada) == [([ben.id], second.id, 0)]
    assert await seen(db, ben) == [([ada.id], second.id, 2)]
    assert await seen(db, cleo) == []
    assert await conversations.unread(db, ben.id) == 1
    assert await conversations.unread(db, ada.id) == 0


async def test_answering_is_reading(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    question = await say(db, ada, ben)

    answer = await say(db, ben, ada, below=question, minutes=1)

    assert await seen(db, ben) == [([ada.id], answer.id, 0)]
    assert await seen(db, ada) == [([ben.id], answer.id, 1)]


async def test_other_people_in_the_same_thread_are_another_conversation(db: Connection) -> None:
    """Who answers in one of them does not answer to those of the other."""
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    thread = await make_thread(db, ben)

    to_ben = await say(db, ada, ben, below=thread, minutes=1)
    to_cleo = await say(db, ada, cleo, below=thread, minutes=2)

    assert await seen(db, ada) == [([cleo.id], to_cleo.id, 0), ([ben.id], to_ben.id, 0)]
    assert await seen(db, cleo) == [([ada.id], to_cleo.id, 1)]


async def test_what_is_said_in_public_is_in_no_conversation(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    for audience in ("public", "unlisted", "followers"):
        await posting.publish(db, HERE, ada, make_draft(audience=audience, mentioning=[ben]), now=NOON)

    assert await of(db, ben) == []


async def test_a_word_to_a_group_is_a_conversation_of_its_moderators(db: Connection) -> None:
    """D33."""
    ada, olga, mate = await make_account(db), await make_account(db, "olga"), await make_account(db, "mate")
    group = await make_group(db, facilitator=olga, members=[mate])

    post = await say(db, ada, group)

    assert await seen(db, olga) == [(sorted([ada.id, group.id]), post.id, 1)]
    assert await seen(db, mate) == []


async def test_whom_somebody_blocks_or_mutes_is_not_heard_and_back_when_it_ends(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    alone = await say(db, ben, ada)
    first = await say(db, cleo, ada, ben, minutes=1)
    await blocks.mute(db, ada.id, ben.id, now=NOON)

    await say(db, ben, ada, cleo, below=first, minutes=2)

    assert await seen(db, ada) == [(sorted([ben.id, cleo.id]), first.id, 1)]
    await blocks.put_block(db, ada.id, cleo.id, now=NOON)
    assert await of(db, ada) == []
    await blocks.take_back(db, ada.id, target_id=cleo.id)
    await blocks.unmute(db, ada.id, ben.id)
    assert [each.post_id for each in await of(db, ada) if len(each.participant_ids) == 1] == [alone.id]


async def test_what_comes_from_whom_one_blocks_is_not_unread_afterwards(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await blocks.put_block(db, ada.id, ben.id, now=NOON)

    await say(db, await make_remote_account(db), ada)
    post = await say(db, ben, ada, minutes=1)
    await blocks.take_back(db, ada.id, target_id=ben.id)

    assert (await seen(db, ada))[0] == ([ben.id], post.id, 0)
    assert await conversations.unread(db, ada.id) == 1


async def test_a_muted_thread_goes_on_but_is_not_unread(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    first = await say(db, ada, ben)
    await db.execute("INSERT INTO thread_mute VALUES ($1, $2, $3)", ben.id, first.thread_id, NOON)

    second = await say(db, ada, ben, below=first, minutes=1)

    assert await seen(db, ben) == [([ada.id], second.id, 1)]
    assert await conversations.with_post(db, second.id, [ada.id, ben.id]) == {ada.id: (await of(db, ada))[0]}


async def test_read_unread_and_taken_off_the_list(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    first = await say(db, ada, ben)
    (found,) = await of(db, ben)

    await conversations.read(db, ben.id, found.id)
    assert await conversations.unread(db, ben.id) == 0
    await conversations.unread_again(db, ben.id, found.id)
    assert await conversations.unread(db, ben.id) == 1
    await conversations.remove(db, ben.id, found.id)
    assert await of(db, ben) == []
    assert len(await of(db, ada)) == 1
    assert (await reading.by_id(db, first.id, ben.id)).id == first.id

    second = await say(db, ada, ben, below=first, minutes=1)
    assert await seen(db, ben) == [([ada.id], second.id, 1)]


async def test_s097_the_conversation_of_somebody_else_is_not_found(db: Connection) -> None:
    ada, ben, eva = await make_account(db), await make_account(db, "ben"), await make_account(db, "eva")
    await say(db, ada, ben)
    (found,) = await of(db, ada)

    for act in (conversations.by_id, conversations.read, conversations.unread_again, conversations.remove):
        for who in (ben, eva):
            with pytest.raises(NotFound):
                await act(db, who.id, found.id)


async def test_a_deleted_post_leaves_its_conversation_and_the_last_one_ends_it(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    first = await say(db, ada, ben)
    second = await say(db, ada, ben, below=first, minutes=1)

    await posting.delete(db, HERE, ada, second.id, now=NOON)
    assert await seen(db, ben) == [([ada.id], first.id, 1)]
    assert (await of(db, ben))[0].place == first.id
    await posting.delete(db, HERE, ada, first.id, now=NOON)
    assert await of(db, ben) == []
    assert await db.fetchval("SELECT count(*) FROM conversation") == 0


async def test_who_is_named_by_an_edit_has_the_conversation_from_then_on(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    post = await say(db, ada, ben)
    (before,) = await of(db, ben)
    await conversations.read(db, ben.id, before.id)

    await posting.edit(db, HERE, ada, post.id, make_draft("Only better words.", mentioning=[ben]), now=later(minutes=1))
    assert await seen(db, ben) == [([ada.id], post.id, 0)]
    await posting.edit(db, HERE, ada, post.id, make_draft("Cleo too.", mentioning=[ben, cleo]), now=later(minutes=2))

    assert await seen(db, cleo) == [([ada.id, ben.id], post.id, 1)]
    assert await seen(db, ben) == [([ada.id, cleo.id], post.id, 1)]
    assert await seen(db, ada) == [([ben.id, cleo.id], post.id, 0)]


async def test_an_answer_that_came_before_its_question_joins_its_conversation(db: Connection) -> None:
    """D51."""
    ada, rui = await make_account(db), await make_remote_account(db)
    question = make_draft(audience="direct", mentioning=[ada], remote=make_remote(rui, published_at=NOON))
    assert question.remote is not None
    answer = await posting.publish(
        db,
        HERE,
        rui,
        make_draft(
            audience="direct",
            mentioning=[ada],
            remote=make_remote(rui, parent_uri=question.remote.uri, published_at=later(minutes=2)),
        ),
        now=later(minutes=3),
    )
    assert await seen(db, ada) == [([rui.id], answer.id, 1)]

    await posting.publish(db, HERE, rui, question, now=later(minutes=3))

    assert await seen(db, ada) == [([rui.id], answer.id, 2)]
    assert await db.fetchval("SELECT count(*) FROM conversation") == 1


async def test_what_was_fetched_to_make_a_thread_whole_is_unread_when_it_comes_by_itself(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    draft = make_draft(audience="direct", mentioning=[ada], remote=make_remote(rui))
    post = await posting.publish(db, HERE, rui, draft, quiet=True, now=NOON)
    assert await seen(db, ada) == [([rui.id], post.id, 0)]

    await appearing.tell(db, post, now=NOON)

    assert await seen(db, ada) == [([rui.id], post.id, 1)]


async def test_pages_go_by_the_last_post(db: Connection) -> None:
    ada, people = await make_account(db), [await make_account(db, name) for name in ("ben", "cleo", "dora")]
    said = [await say(db, ada, each, minutes=number) for number, each in enumerate(people)]

    newest = await conversations.page(db, ada.id, below=2**63 - 1, limit=2)
    assert [each.place for each in newest] == [said[2].id, said[1].id]
    older = await conversations.page(db, ada.id, below=said[1].id, limit=2)
    assert [each.place for each in older] == [said[0].id]
    upwards = await conversations.page(db, ada.id, below=2**63 - 1, above=said[0].id, upwards=True, limit=1)
    assert [each.place for each in upwards] == [said[1].id]


async def test_what_is_said_stands_in_its_conversation_newest_first(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    first = await say(db, ada, ben)
    second = await say(db, ben, ada, below=first, minutes=1)
    (found,) = await of(db, ada)

    assert await conversations.posts(db, found, below=2**63 - 1, limit=20) == [second.id, first.id]
    assert await conversations.posts(db, found, below=second.id, limit=20) == [first.id]
