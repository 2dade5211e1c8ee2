"""One thread in the groups of three instances: one object, one discussion, nothing twice (product 7; D38, D49, D50)."""

from fedcomm.accounts import follows
from fedcomm.groups import membership
from tests.fediverse.chapters import three
from tests.fediverse.members import carriers_at, counts_at, thread_at
from tests.running import MakeDatabase


async def test_joining_a_group_elsewhere_is_accepted_and_both_sides_know(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        for at in (network.association, network.north):
            sales = await at.find(network.sales.uri)
            dora = await at.find(network.dora.account.uri)
            async with at.site.read() as db:
                assert await membership.role(db, sales.id, dora.id) == "member"
                assert (await follows.find(db, dora.id, sales.id) or dora).state == "accepted"


async def test_a_thread_carried_by_two_chapters_reaches_everybody_once(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        root = await network.ada.write(
            "Ours broke after two years.", network.sales, network.northern, network.southern, title="Which oven?"
        )
        await network.settle()

        carried = {network.northern.uri: "carried", network.southern.uri: "carried"}
        assert await carriers_at(network.association, root) == carried
        assert (await carriers_at(network.north, root))[network.northern.uri] == "carried"
        assert (await carriers_at(network.south, root))[network.southern.uri] == "carried"
        for at in network.all:
            assert await thread_at(at, root) == await thread_at(network.association, root)
            assert (await thread_at(at, root))[root].group == network.sales.uri
        for person in network.people:
            assert await person.home() == [root]


async def test_a_reply_at_one_chapter_is_in_the_thread_everywhere(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        root = await network.ada.write("Ours broke.", network.sales, network.northern, network.southern, title="Oven?")
        await network.settle()

        north = await network.ben.answer(root, "The red one.")
        south = await network.cleo.answer(root, "The blue one.")
        await network.settle()
        deeper = await network.cleo.answer(north, "Red ones burn the bread.")
        await network.settle()

        expected = await thread_at(network.association, root)
        assert set(expected) == {root, north, south, deeper}
        assert expected[deeper].parent == north
        assert expected[deeper].author == network.cleo.account.uri
        for at in network.all:
            assert await thread_at(at, root) == expected
        for person in (network.cleo, network.dora):
            assert await person.home() == [root]
        assert await network.ada.home() == [south, north, root]
        assert await network.ben.home() == [deeper, root]


async def test_edits_and_deletions_reach_all_who_carry_the_thread(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        root = await network.ada.write("Ours broke.", network.sales, network.northern, network.southern, title="Oven?")
        await network.settle()
        north = await network.ben.answer(root, "The red one.")
        south = await network.cleo.answer(root, "The blue one.")
        await network.settle()

        await network.ben.edit(north, "The red one, since 2024.")
        await network.ada.edit(root, "Ours broke again.")
        await network.cleo.delete(south)
        await network.settle()

        expected = await thread_at(network.association, root)
        assert expected[north].html == "<p>The red one, since 2024.</p>"
        assert expected[root].html == "<p>Ours broke again.</p>"
        assert (expected[south].state, expected[south].html) == ("deleted", "")
        for at in network.all:
            assert await thread_at(at, root) == expected


async def test_the_author_may_live_elsewhere_than_the_home_group(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        root = await network.dora.write("Who has one?", network.sales, network.southern, title="Lift wanted")
        await network.settle()
        answer = await network.cleo.answer(root, "We do.")
        await network.settle()

        expected = await thread_at(network.north, root)
        assert set(expected) == {root, answer}
        for at in network.all:
            assert await thread_at(at, root) == expected
        assert await network.ada.home() == [root]
        assert await network.cleo.home() == [root]
        assert await network.ben.home() == []

        await network.dora.delete(root)
        await network.settle()

        for at in network.all:
            assert (await thread_at(at, root))[root].state == "deleted"
        for person in (network.ada, network.ben, network.cleo):
            assert await person.home() == []
        assert await network.dora.home() == [answer]


async def test_the_home_group_knows_who_carries_its_thread_at_the_authors_own_instance(
    database_url: MakeDatabase,
) -> None:
    async with three(database_url) as network:
        root = await network.dora.write(
            "Who has one?", network.sales, network.northern, network.southern, title="Lift wanted"
        )
        await network.settle()

        assert await carriers_at(network.association, root) == {
            network.northern.uri: "carried",
            network.southern.uri: "carried",
        }
        for person in network.people:
            assert await person.home() == [root]


async def test_a_group_that_said_no_can_be_asked_again(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        root = await network.ada.write("Ours broke.", network.sales, network.southern, title="Oven?")
        await network.settle()
        await network.cleo.stop_carrying(root, network.southern)
        await network.settle()

        await network.ada.ask_to_carry(root, network.southern)
        await network.settle()

        for at in (network.association, network.south):
            assert await carriers_at(at, root) == {network.southern.uri: "carried"}
        assert await network.cleo.home() == [root]


async def test_a_favourite_counts_once_at_the_author_and_at_home(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        root = await network.dora.write("Who has one?", network.sales, network.southern, title="Lift wanted")
        await network.settle()

        await network.cleo.favourite(root)
        await network.cleo.boost(root)
        await network.ada.favourite(root)
        await network.settle()

        assert await counts_at(network.north, root) == (2, 1)
        assert (await counts_at(network.association, root))[0] == 2

        await network.cleo.unfavourite(root)
        await network.settle()

        assert await counts_at(network.north, root) == (1, 1)
        assert (await counts_at(network.association, root))[0] == 1


async def test_a_group_that_stops_carrying_lets_the_others_go_on(database_url: MakeDatabase) -> None:
    async with three(database_url) as network:
        root = await network.ada.write("Ours broke.", network.sales, network.northern, network.southern, title="Oven?")
        await network.settle()

        await network.cleo.stop_carrying(root, network.southern)
        await network.settle()

        for at in (network.association, network.south):
            assert (await carriers_at(at, root))[network.southern.uri] == "withdrawn"
        assert (await carriers_at(network.association, root))[network.northern.uri] == "carried"
        assert await network.cleo.home() == []
        assert await network.ben.home() == [root]
        answer = await network.ben.answer(root, "The red one.")
        await network.settle()
        assert set(await thread_at(network.association, root)) == {root, answer}
