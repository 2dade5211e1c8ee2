"""Favourites, same here, boosts and bookmarks."""

import pytest

from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.threads import reactions, reading
from tests.factories import (
    HERE,
    NOON,
    later,
    make_account,
    make_follow,
    make_group,
    make_remote_account,
    make_thread,
    recorded,
)


async def test_a_favourite_counts_once(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_thread(db, ada)

    first = await reactions.favourite(db, HERE, ben, post.id, now=NOON)
    second = await reactions.favourite(db, HERE, ben, post.id, now=later(hours=1))

    assert first == second
    assert (await reading.by_id(db, post.id, None)).favourites_count == 1
    assert await recorded(db, "PostFavourited") == ["PostFavourited"]


async def test_a_favourite_taken_back_is_gone(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_thread(db, ada)
    await reactions.favourite(db, HERE, ben, post.id, now=NOON)

    for _ in range(2):
        await reactions.unfavourite(db, HERE, ben, post.id, now=later(hours=1))

    assert (await reading.by_id(db, post.id, None)).favourites_count == 0
    assert await recorded(db, "FavouriteUndone") == ["FavouriteUndone"]


async def test_a_favourite_of_a_question_is_a_same_here_beside_the_askers(db: Connection) -> None:
    ada, ben, rui = await make_account(db), await make_account(db, "ben"), await make_remote_account(db)
    question = await make_thread(db, ada, await make_group(db, members=[ada, ben]), title="Which oven?")
    assert question.same_here_count == 1

    await reactions.favourite(db, HERE, ben, question.id, now=NOON)
    await reactions.favourite(db, HERE, rui, question.id, uri="https://beta.example/l/1", now=NOON)
    await reactions.favourite(db, HERE, ada, question.id, now=NOON)
    counted = await reading.by_id(db, question.id, None)
    assert (counted.favourites_count, counted.same_here_count) == (3, 3)

    await reactions.unfavourite(db, HERE, ben, question.id, now=NOON)
    await reactions.unfavourite(db, HERE, ada, question.id, now=NOON)
    counted = await reading.by_id(db, question.id, None)
    assert (counted.favourites_count, counted.same_here_count) == (1, 2)


async def test_r021_a_like_whose_undo_came_first_does_not_count(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    post = await make_thread(db, ada)
    uri = "https://beta.example/l/1"

    assert not await reactions.receive_undo(db, HERE, rui, uri, now=NOON)
    assert await reactions.favourite(db, HERE, rui, post.id, uri=uri, now=later(minutes=30)) is None

    assert (await reading.by_id(db, post.id, None)).favourites_count == 0


async def test_s038_only_who_liked_takes_it_back(db: Connection) -> None:
    ada, rui, eve = await make_account(db), await make_remote_account(db), await make_remote_account(db, "eve")
    post = await make_thread(db, ada)
    await reactions.favourite(db, HERE, rui, post.id, uri="https://beta.example/l/1", now=NOON)
    await reactions.boost(
        db, HERE, rui, post.id, uri="https://beta.example/b/1", published_at=NOON, now=later(minutes=1)
    )

    assert not await reactions.receive_undo(db, HERE, eve, "https://beta.example/l/1", now=NOON)
    assert not await reactions.receive_undo(db, HERE, eve, "https://beta.example/b/1", now=NOON)
    counted = await reading.by_id(db, post.id, None)
    assert (counted.favourites_count, counted.boosts_count) == (1, 1)

    assert await reactions.receive_undo(db, HERE, rui, "https://beta.example/l/1", now=NOON)
    assert await reactions.receive_undo(db, HERE, rui, "https://beta.example/b/1", now=NOON)
    counted = await reading.by_id(db, post.id, None)
    assert (counted.favourites_count, counted.boosts_count) == (0, 0)


async def test_s099_what_is_not_public_is_not_boosted(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    await make_follow(db, rui, ada)
    secret = await make_thread(db, ada, audience="followers")

    with pytest.raises(Invalid):
        await reactions.boost(db, HERE, ada, secret.id, now=NOON)
    with pytest.raises(Invalid):
        await reactions.boost(db, HERE, rui, secret.id, uri="https://beta.example/b/1", published_at=NOON, now=NOON)

    assert await db.fetchval("SELECT count(*) FROM boost") == 0


async def test_s095_what_one_cannot_see_one_cannot_react_to(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    secret = await make_thread(db, ada, audience="direct")

    for verb in (
        reactions.favourite,
        reactions.unfavourite,
        reactions.boost,
        reactions.unboost,
        reactions.bookmark,
        reactions.unbookmark,
    ):
        with pytest.raises(NotFound, match="There is no such post"):
            await verb(db, HERE, ben, secret.id, now=NOON)


async def test_a_boost_counts_once_and_comes_after_the_post(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    post = await make_thread(db, ada)

    made = {
        await reactions.boost(
            db, HERE, rui, post.id, uri="https://beta.example/b/1", published_at=later(days=-9), now=later(minutes=1)
        )
        for _ in range(2)
    }

    assert len(made) == 1
    assert (await reading.by_id(db, post.id, None)).boosts_count == 1
    assert await reactions.boosted_by(db, post.id, below=2**63 - 1, limit=9) == [(made.pop(), rui.id)]
    assert await recorded(db, "PostBoosted") == ["PostBoosted"]


async def test_a_groups_announcement_is_not_counted_as_a_boost(db: Connection) -> None:
    ada = await make_account(db)

    thread = await make_thread(db, ada, await make_group(db, members=[ada]))

    assert (await reading.by_id(db, thread.id, None)).boosts_count == 0
    assert await reactions.boosted_by(db, thread.id, below=2**63 - 1, limit=9) == []
