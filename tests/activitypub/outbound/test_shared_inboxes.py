"""One request for all of a server; and to each of its members, when the inbox for all is not there (R048)."""

import pytest

from fedcomm.accounts.model import Account
from tests.activitypub.inbound.world import tell, world, wrote
from tests.clocks import Clock
from tests.conftest import MakeDatabase
from tests.kit import FakeActor, FakePeer, Seen, answers
from tests.running import Instance


async def _readers(alpha: Instance, beta: FakePeer, ada: Account, *names: str) -> list[FakeActor]:
    readers = [beta.add(name) for name in names]
    for reader in readers:
        await tell(alpha, reader, reader.does("Follow", ada.uri))
    beta.server.seen.clear()
    return readers


def _came(beta: FakePeer) -> list[tuple[str, str]]:
    """What came since this was asked last: to which inbox, and what kind of activity."""
    found = [(seen.path, _type(seen)) for seen in beta.arrived()]
    beta.server.seen.clear()
    return sorted(found)


def _type(seen: Seen) -> str:
    found: str = seen.json()["type"]
    return found


def _own(*readers: FakeActor) -> list[str]:
    return sorted(f"{reader.path}/inbox" for reader in readers)


async def test_r048_a_server_gets_one_request_for_all_of_its_readers(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        await _readers(alpha, beta, ada, "rui", "zoe", "eva")

        await wrote(alpha, ada, "Hello.")

        assert _came(beta) == [("/inbox", "Create")]


@pytest.mark.parametrize("status", [404, 410])
async def test_r048_when_the_shared_inbox_is_not_there_each_reader_gets_it_once(
    database_url: MakeDatabase, status: int
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        readers = await _readers(alpha, beta, ada, "rui", "zoe", "eva")
        beta.add("ben")
        beta.server.on("/inbox", answers.status(status))

        await wrote(alpha, ada, "Hello.")

        assert _came(beta) == [("/inbox", "Create"), *((path, "Create") for path in sorted(_own(*readers)))]

        await wrote(alpha, ada, "It is remembered.")

        assert _came(beta) == [(path, "Create") for path in _own(*readers)]
        async with alpha.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM failed_delivery") == 0
            assert await db.fetchval("SELECT count(*) FROM pending_delivery") == 0


async def test_r048_what_waited_for_a_shared_inbox_that_went_away_arrives_in_its_order(
    database_url: MakeDatabase,
) -> None:
    """What is about one post comes to each reader as it happened, though the server was away first."""
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        readers = await _readers(alpha, beta, ada, "rui", "zoe")
        beta.server.on("/inbox", answers.status(500))
        post = await wrote(alpha, ada, "Hello.")
        answer = await wrote(alpha, ada, "And more.", parent=post)
        beta.server.on("/inbox", answers.status(404))
        beta.server.seen.clear()

        clock.pass_by(hours=7)
        await alpha.settle()

        for reader in readers:
            got = [seen.json()["object"]["id"] for seen in beta.arrived() if seen.path == f"{reader.path}/inbox"]
            assert got == [post.uri, answer.uri]


async def test_r048_a_word_to_one_member_goes_to_nobody_else_of_that_server(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, _ = await _readers(alpha, beta, ada, "rui", "zoe")
        beta.server.on("/inbox", answers.status(404))
        async with alpha.client(await alpha.token(ada)) as http:
            form = {"status": f"@{rui.handle} Only for you.", "visibility": "direct"}
            assert (await http.post("/api/v1/statuses", json=form)).status_code == 200

        await alpha.settle()

        assert [path for path, _ in _came(beta) if path != "/inbox"] == _own(rui)


async def test_r048_a_day_later_the_shared_inbox_is_tried_again(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        await _readers(alpha, beta, ada, "rui", "zoe")
        beta.server.on("/inbox", answers.status(404))
        await wrote(alpha, ada, "Hello.")
        beta.server.on("/inbox", answers.status(202))
        _came(beta)

        for _ in range(2):
            clock.pass_by(hours=25)
            await wrote(alpha, ada, "Good morning.")

        assert _came(beta) == [("/inbox", "Create")] * 2
