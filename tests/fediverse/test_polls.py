"""A poll in the groups of three instances: votes go to its author's server alone, all see how it stands (FEP-9967)."""

from fedcomm.errors import Invalid
from fedcomm.polls import asking, counting
from fedcomm.polls import reading as polls
from fedcomm.polls.model import Choices, Poll
from fedcomm.threads import reading
from tests.fediverse.chapters import Network, three
from tests.fediverse.members import Member
from tests.running import Instance, MakeDatabase


def asked(at: Instance) -> Choices:
    return asking.checked(["Red", "Blue"], 3_600, is_multiple=False, hides_totals=False, now=at.site.now())


async def poll_at(at: Instance, uri: str, viewer: Member | None = None) -> Poll:
    async with at.site.read() as db:
        post = await reading.by_uri(db, uri)
        assert post is not None
        found = await polls.of_post(db, post.id, viewer.account.id if viewer else None)
    assert found is not None
    return found


async def end(network: Network, at: Instance) -> None:
    """The poll ends at its home, and so long ago that others do not wait for its last counts."""
    now = at.site.now()
    async with at.db() as db:
        await db.execute("UPDATE poll SET ends_at = $1", now - 2 * counting.OTHERS_END_LATER)
    for each in (at, *(other for other in network.all if other is not at)):
        async with each.db() as db:
            await counting.end_due(db, now=each.site.now())
        await network.settle()


async def voters_known(at: Instance) -> list[int]:
    async with at.site.read() as db:
        rows = await db.fetch("SELECT account_id FROM poll_vote ORDER BY account_id")
    return [row["account_id"] for row in rows]


async def test_everybody_sees_how_a_poll_stands_and_nobody_but_its_home_who_voted(database_url: MakeDatabase) -> None:
    """Dora of the north asks in the association's group, which the south carries too."""
    async with three(database_url) as network:
        choices = asked(network.north)
        root = await network.dora.write(
            "Ours broke.", network.sales, network.southern, title="Which oven?", poll=choices
        )
        await network.settle()
        for at in network.all:
            found = await poll_at(at, root)
            assert ([option.title for option in found.options], found.votes_count) == (["Red", "Blue"], 0)
            assert found.ends_at == choices.ends_at

        await network.ada.vote(root, 1)
        await network.cleo.vote(root, 0)
        await network.settle()
        for voter in (network.ada, network.cleo):
            try:
                await voter.vote(root, 0)
            except Invalid:
                continue
            raise AssertionError("voted twice")

        assert (await poll_at(network.north, root)).votes_count == 2
        await end(network, network.north)

        for at in network.all:
            found = await poll_at(at, root)
            assert [option.votes_count for option in found.options] == [1, 1]
            assert (found.voters_count, found.has_ended(at.site.now())) == (2, True)
        assert (await poll_at(network.south, root, network.cleo)).own_votes == [0]
        assert len(await voters_known(network.north)) == 2
        assert await voters_known(network.association) == [network.ada.account.id]
        assert await voters_known(network.south) == [network.cleo.account.id]
        await _votes_went_home_only(network)
        for at, people in (
            (network.north, [network.dora]),
            (network.association, [network.ada]),
            (network.south, [network.cleo]),
        ):
            async with at.site.read() as db:
                told = await db.fetch("SELECT account_id FROM notification WHERE type = 'poll'")
            assert [row["account_id"] for row in told] == [person.account.id for person in people]


async def _votes_went_home_only(network: Network) -> None:
    """No activity about a vote but the voter's own, to one inbox; and none of them is a post anywhere."""
    for at in network.all:
        async with at.site.read() as db:
            sent = await db.fetch("SELECT uri FROM activity WHERE convert_from(body, 'UTF8') LIKE '%#votes/%'")
            dropped = await db.fetch("SELECT reason FROM dropped_activity WHERE reason LIKE '%vote%'")
            assert await db.fetchval("SELECT count(*) FROM post") == 1
        assert [row["uri"].startswith(f"{at.here.base_url}/u/") for row in sent] == [True] * (at is not network.north)
        assert dropped == []


async def test_a_deleted_poll_and_its_votes_are_gone_everywhere(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        root = await network.ada.write("Ours broke.", network.sales, title="Oven?", poll=asked(network.association))
        await network.settle()
        await network.dora.vote(root, 0)
        await network.settle()
        for at in (network.association, network.north):
            assert (await poll_at(at, root)).votes_count == 1

        await network.ada.delete(root)
        await network.settle()

        for at in (network.association, network.north):
            async with at.site.read() as db:
                for table in ("poll", "poll_option", "poll_vote"):
                    assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
