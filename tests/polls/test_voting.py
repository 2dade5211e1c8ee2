"""Quick polls: asking, voting once, seeing what may be seen, and the end (product 12)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec
import pytest
import pytest_asyncio

from fedcomm import database
from fedcomm.accounts import blocks
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, Pool
from fedcomm.errors import Invalid, NotAllowed, NotFound, Refusal
from fedcomm.polls import asking, counting
from fedcomm.polls import reading as polls
from fedcomm.polls.model import Choices, Counted, Poll
from fedcomm.threads import posting, voting
from fedcomm.threads.model import Audience, Post
from fedcomm.threads.recounting import recount
from tests.conftest import MakeDatabase
from tests.factories import (
    HERE,
    NOON,
    later,
    make_account,
    make_draft,
    make_group,
    make_remote,
    make_remote_account,
    recorded,
)

DAY = 86_400


@pytest_asyncio.fixture
async def pool(database_url: MakeDatabase) -> AsyncIterator[Pool]:
    """A database of its own, and connections that commit."""
    opened = await database.open_pool(await database_url(), size=8)
    yield opened
    await opened.close()


def asked(*options: str, is_multiple: bool = False, hides_totals: bool = False, now: datetime = NOON) -> Choices:
    return asking.checked(options or ("Red", "Blue"), DAY, is_multiple=is_multiple, hides_totals=hides_totals, now=now)


async def make_poll(
    db: Connection,
    author: Account,
    choices: Choices | None = None,
    *,
    group: Account | None = None,
    audience: Audience = "public",
) -> Post:
    draft = make_draft("Which one?", title="Which oven?" if group else None, group=group, audience=audience)
    draft = msgspec.structs.replace(draft, poll=choices or asked())
    return await posting.publish(db, HERE, author, draft, now=NOON)


async def make_far_poll(db: Connection, author: Account, *, votes: tuple[int, int] = (3, 4)) -> Post:
    choices = Choices(
        options=("Red", "Blue"),
        ends_at=later(days=1),
        counted=Counted(votes=votes, voters=sum(votes), wire_names=(None, "Blue ")),
    )
    remote = msgspec.structs.replace(make_remote(author), object_type="Question")
    draft = msgspec.structs.replace(make_draft("Which one?", remote=remote), poll=choices)
    return await posting.publish(db, HERE, author, draft, now=NOON)


async def standing(db: Connection, post: Post, viewer: Account | None = None) -> Poll:
    found = await polls.of_post(db, post.id, viewer.id if viewer else None)
    assert found is not None
    return found


async def test_a_vote_counts_once_and_only_the_voter_sees_it(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    post = await make_poll(db, ada)
    assert post.object_type == "Question"

    await voting.vote(db, HERE, ben, post.id, [1], now=NOON)
    with pytest.raises(Invalid, match="already"):
        await voting.vote(db, HERE, ben, post.id, [0], now=NOON)

    found = await standing(db, post, ben)
    assert [option.votes_count for option in found.options] == [0, 1]
    assert (found.voters_count, found.votes_count) == (1, 1)
    assert (found.own_votes, found.voted) == ([1], True)
    for other, has_voted in ((ada, True), (cleo, False), (None, False)):
        found = await standing(db, post, other)
        assert (found.own_votes, found.voted) == ([], has_voted)


async def test_several_may_be_chosen_at_once_where_the_poll_says_so(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_poll(db, ada, asked("A", "B", "C", is_multiple=True))

    await voting.vote(db, HERE, ben, post.id, [2, 0, 2], now=NOON)
    with pytest.raises(Invalid, match="already"):
        await voting.vote(db, HERE, ben, post.id, [1], now=NOON)

    found = await standing(db, post, ben)
    assert [option.votes_count for option in found.options] == [1, 0, 1]
    assert (found.voters_count, found.votes_count, found.own_votes) == (1, 2, [0, 2])


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        ([], "Choose an answer first."),
        ([0, 1], "Only one answer"),
        ([2], "This answer cannot be chosen."),
        ([-1], "This answer cannot be chosen."),
        ([2**70], "This answer cannot be chosen."),
    ],
)
async def test_s110_what_cannot_be_chosen_is_refused(db: Connection, positions: list[int], said: str) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_poll(db, ada)

    with pytest.raises(Invalid, match=said):
        await voting.vote(db, HERE, ben, post.id, positions, now=NOON)

    assert (await standing(db, post)).votes_count == 0


async def test_s110_nobody_votes_in_their_own_poll_or_after_its_end(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_poll(db, ada)

    with pytest.raises(Invalid, match="your own poll"):
        await voting.vote(db, HERE, ada, post.id, [0], now=NOON)
    with pytest.raises(Invalid, match="has ended"):
        await voting.vote(db, HERE, ben, post.id, [0], now=later(days=1))

    assert (await standing(db, post)).votes_count == 0


async def test_s110_only_members_vote_in_a_groups_poll(db: Connection) -> None:
    ada, ben, cleo, rui = (
        await make_account(db),
        await make_account(db, "ben"),
        await make_account(db, "cleo"),
        await make_remote_account(db),
    )
    group = await make_group(db, members=[ada, ben])
    post = await make_poll(db, ada, group=group)
    assert post.kind == "poll"

    await voting.vote(db, HERE, ben, post.id, [0], now=NOON)
    with pytest.raises(NotAllowed, match="Only members vote"):
        await voting.vote(db, HERE, cleo, post.id, [0], now=NOON)
    with pytest.raises(NotAllowed, match="Only members vote"):
        await voting.receive_vote(db, HERE, rui, post.id, "Red", now=NOON)

    assert (await standing(db, post)).votes_count == 1


async def test_who_may_not_read_a_poll_does_not_find_it(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_poll(db, ada, audience="followers")

    with pytest.raises(NotFound):
        await voting.vote(db, HERE, ben, post.id, [0], now=NOON)
    with pytest.raises(NotFound):
        await voting.poll(db, post.id, ben.id)


@pytest.mark.parametrize("blocks_first", ["author", "voter"])
async def test_a_block_between_author_and_voter_keeps_the_vote_away(db: Connection, blocks_first: str) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    group = await make_group(db, members=[ada, rui])
    post = await make_poll(db, ada, group=group)
    by, target = (ada, rui) if blocks_first == "author" else (rui, ada)
    await blocks.put_block(db, by.id, target.id, now=NOON)

    with pytest.raises(Refusal):
        await voting.receive_vote(db, HERE, rui, post.id, "Red", now=NOON)

    assert (await standing(db, post)).votes_count == 0


async def test_groups_and_services_do_not_vote(db: Connection) -> None:
    ada = await make_account(db)
    post = await make_poll(db, ada)

    for kind in ("group", "service", "application", "organization"):
        voter = await make_remote_account(db, kind=kind)
        with pytest.raises(NotAllowed):
            await voting.receive_vote(db, HERE, voter, post.id, "Red", now=NOON)

    assert (await standing(db, post)).votes_count == 0


async def test_s110_from_elsewhere_each_choice_comes_by_itself_and_counts_once(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    single, several = await make_poll(db, ada), await make_poll(db, ada, asked(is_multiple=True))

    await voting.receive_vote(db, HERE, rui, single.id, "Red", now=NOON)
    for name in ("Blue", "Red", "Green"):
        with pytest.raises(Invalid):
            await voting.receive_vote(db, HERE, rui, single.id, name, now=NOON)
    for name in ("Red", "Blue"):
        await voting.receive_vote(db, HERE, rui, several.id, name, now=NOON)
        with pytest.raises(Invalid):
            await voting.receive_vote(db, HERE, rui, several.id, name, now=NOON)

    assert [option.votes_count for option in (await standing(db, single)).options] == [1, 0]
    found = await standing(db, several)
    assert [option.votes_count for option in found.options] == [1, 1]
    assert found.voters_count == 1


async def test_a_vote_in_a_poll_elsewhere_is_told_to_its_server(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    post = await make_far_poll(db, rui)

    await voting.vote(db, HERE, ada, post.id, [1], now=NOON)

    assert [option.votes_count for option in (await standing(db, post)).options] == [3, 5]
    (fact,) = await db.fetch("SELECT payload FROM fact WHERE type = 'VoteCast'")
    assert (fact["payload"]["account_id"], fact["payload"]["poll_id"]) == (ada.id, post.id)
    ((_, name),) = await counting.chosen_names(db, post.id, fact["payload"]["vote_ids"])
    assert name == "Blue "  # as its own server spells it
    with pytest.raises(NotFound):
        await voting.receive_vote(db, HERE, await make_remote_account(db, "sol"), post.id, "Red", now=NOON)


async def test_what_another_server_counted_replaces_what_was_known_but_not_by_older_word(db: Connection) -> None:
    rui = await make_remote_account(db)
    post = await make_far_poll(db, rui)
    choices = Choices(options=("Red", "Blue"), ends_at=later(days=1), counted=Counted(votes=(9, 9), voters=None))
    newer = msgspec.structs.replace(make_draft(), poll=choices)
    older = msgspec.structs.replace(
        newer, poll=msgspec.structs.replace(choices, counted=Counted(votes=(1, 1), voters=2))
    )

    assert await voting.receive_counts(db, post, newer, at=later(minutes=2), now=later(minutes=2))
    assert await voting.receive_counts(db, post, older, at=later(minutes=1), now=later(minutes=3))

    found = await standing(db, post)
    assert [option.votes_count for option in found.options] == [9, 9]
    assert found.voters_count is None
    other = msgspec.structs.replace(newer, poll=msgspec.structs.replace(choices, options=("Red", "Green")))
    assert not await voting.receive_counts(db, post, other, at=later(minutes=5), now=later(minutes=5))


async def test_nobody_elsewhere_counts_a_poll_of_ours(db: Connection) -> None:
    ada = await make_account(db)
    post = await make_poll(db, ada)
    said = Choices(options=("Red", "Blue"), counted=Counted(votes=(900, 0), voters=900))

    assert not await voting.receive_counts(
        db, post, msgspec.structs.replace(make_draft(), poll=said), at=later(hours=1), now=later(hours=1)
    )

    assert (await standing(db, post)).votes_count == 0


async def test_many_votes_are_told_together(db: Connection) -> None:
    ada = await make_account(db)
    post = await make_poll(db, ada)

    for second in range(6):
        await voting.vote(db, HERE, await make_account(db, "ben"), post.id, [0], now=later(seconds=second))

    told = {
        type_: [
            row["created_at"] - NOON
            for row in await db.fetch("SELECT created_at FROM fact WHERE type = $1 ORDER BY id", type_)
        ]
        for type_ in ("PollCounted", "PollTallied")
    }
    assert told["PollCounted"] == [timedelta(0), counting.SHOWN_EVERY, 2 * counting.SHOWN_EVERY]
    assert told["PollTallied"] == [timedelta(0), counting.TOLD_EVERY]


async def test_the_end_is_told_once_and_later_where_others_count(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    await make_poll(db, ada)
    await make_far_poll(db, rui)

    assert await counting.end_due(db, now=later(hours=23)) == 0
    assert await counting.end_due(db, now=later(days=1)) == 1
    assert await counting.end_due(db, now=later(days=1, minutes=1)) == 0
    assert await counting.end_due(db, now=later(days=1, minutes=6)) == 1
    assert await counting.end_due(db, now=later(days=2)) == 0

    assert await recorded(db, "PollEnded") == ["PollEnded", "PollEnded"]


async def test_other_answers_are_another_question_and_nobody_has_voted_in_it(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_poll(db, ada)
    await voting.vote(db, HERE, ben, post.id, [0], now=NOON)
    draft = make_draft("Which one?")

    async def change(choices: Choices | None, *, keeps: bool = False) -> Post:
        changed = msgspec.structs.replace(draft, poll=choices, keeps_poll=keeps)
        return await posting.edit(db, HERE, ada, post.id, changed, now=later(hours=1))

    kept = await change(None, keeps=True)
    assert (await standing(db, kept, ben)).own_votes == [0]
    await change(asked("Red", "Blue", now=later(hours=1)))
    assert (await standing(db, post, ben)).own_votes == [0]
    await change(asked("Red", "Green"))
    found = await standing(db, post, ben)
    assert (found.votes_count, found.voters_count, found.voted) == (0, 0, False)
    await voting.vote(db, HERE, ben, post.id, [1], now=later(hours=2))

    without = await change(None)
    assert await polls.of_post(db, post.id, ben.id) is None
    assert without.object_type == "Note"
    assert await db.fetch("SELECT FROM poll_vote") == []
    options = await db.fetch("SELECT poll_options FROM post_version WHERE post_id = $1 ORDER BY version", post.id)
    assert [row["poll_options"] for row in options] == [["Red", "Blue"], ["Red", "Blue"], ["Red", "Green"]]


async def test_a_deleted_poll_leaves_nothing_behind(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    post = await make_poll(db, ada)
    await voting.vote(db, HERE, ben, post.id, [0], now=NOON)

    await posting.delete(db, HERE, ada, post.id, now=NOON)

    for table in ("poll", "poll_option", "poll_vote"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize(
    ("options", "seconds", "said"),
    [
        (["Red"], DAY, "at least 2 answers"),
        (["Red", " ", "\u200b"], DAY, "at least 2 answers"),
        ([str(n) for n in range(9)], DAY, "at most 8 answers"),
        (["Red", "x" * 51], DAY, "at most 50 characters"),
        (["Red", " red"], DAY, "must be different"),
        (["Red", "Blue"], None, "how long"),
        (["Red", "Blue"], 299, "at least 5 minutes"),
        (["Red", "Blue"], 2_629_747, "at most 30 days"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: list[str], seconds: int | None, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        asking.checked(options, seconds, is_multiple=False, hides_totals=False, now=NOON)


async def test_r025_a_hundred_votes_at_once_are_a_hundred_votes(pool: Pool) -> None:
    async with pool.transaction() as db:
        ada = await make_account(db)
        voters = [await make_account(db, "ben") for _ in range(20)]
        post = await make_poll(db, ada, asked(is_multiple=True))

    async def vote(voter: Account, position: int) -> bool:
        try:
            async with pool.transaction() as db:
                await voting.vote(db, HERE, voter, post.id, [position], now=NOON)
        except Invalid:
            return False
        return True

    counted = await asyncio.gather(*(vote(voter, number % 2) for voter in voters for number in range(5)))

    async with pool.connection() as db:
        found = await standing(db, post)
        assert sum(counted) == found.votes_count == found.voters_count == 20
        assert await recount(db) == []
